//! Most of what agents send: the call of a tool, and nothing to be heard or answered meanwhile. It is done where it arrives,
//! as a request of HTTP is; all that rmcp would do is to carry one message in and one out, which costs as much again as
//! the call itself.
//!
//! Whatever is not exactly that, or has anything that rmcp would have to judge, is left to it.
use super::agent::Agent;
use super::tools::Listed;
use super::{Caller, Denied, result};
use crate::call::Refusal;
use crate::http::Response;
use axum::body::Body;
use http::header::{ACCEPT, CONTENT_TYPE, ORIGIN};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method};
use memchr::memmem;
use quater_ir::fault::{INTERNAL, UNAUTHORIZED};
use rmcp::model::{CallToolResult, JsonObject, ProtocolVersion, RequestId};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The header that names the revision.
const REVISION: &str = "mcp-protocol-version";

/// Revisions whose calls may be plain: in later ones each says more of itself.
const REVISIONS: [ProtocolVersion; 3] =
    [ProtocolVersion::V_2025_03_26, ProtocolVersion::V_2025_06_18, ProtocolVersion::V_2025_11_25];

/// A plain call.
pub(super) struct Plain {
    id: RequestId,
    /// The tool.
    pub(super) name: String,
    arguments: JsonObject,
    revision: ProtocolVersion,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Message<'b> {
    #[serde(borrow)]
    jsonrpc: Cow<'b, str>,
    id: RequestId,
    #[serde(borrow)]
    method: Cow<'b, str>,
    params: Params,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Params {
    name: String,
    arguments: Option<JsonObject>,
}

#[derive(Serialize)]
struct Reply {
    jsonrpc: &'static str,
    id: RequestId,
    result: CallToolResult,
}

impl Plain {
    /// Reads a request, if it is one.
    pub(super) fn read(parts: &Parts, body: &[u8]) -> Option<Self> {
        if parts.method != Method::POST || memmem::find(body, b"\"tools/call\"").is_none() {
            return None;
        }
        let revision = revision(&parts.headers)?;
        let message: Message<'_> = serde_json::from_slice(body).ok()?;
        let Message { jsonrpc, id, method, params: Params { name, arguments } } = message;
        let is_call = jsonrpc == "2.0" && method == "tools/call";
        is_call.then(|| Self { id, name, arguments: arguments.unwrap_or_default(), revision })
    }

    /// Makes the call.
    pub(super) async fn answer(
        self,
        agent: &Agent,
        tool: &Listed,
        caller: Caller,
    ) -> Result<Response, Denied> {
        let Self { id, arguments, revision, .. } = self;
        let done = agent.plainly(caller, id.clone(), (tool, arguments), &revision).await;
        let mut result = match done {
            Ok(result) => result,
            Err(refusal) if refusal.fault == UNAUTHORIZED => return Err(refusal.into()),
            Err(refusal) => result::refused(agent.program(), &refusal),
        };
        // Revisions before 2026-07-28 do not have it.
        result.result_type = None;
        let reply = serde_json::to_vec(&Reply { jsonrpc: "2.0", id, result });
        let reply = reply.map_err(|_| Refusal::plain(agent.program(), INTERNAL))?;
        let mut response = Response::new(Body::from(reply));
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Ok(response)
    }
}

/// The revision of a request whose headers leave nothing else to judge.
fn revision(headers: &HeaderMap) -> Option<ProtocolVersion> {
    let others = headers.keys().any(|name| name.as_str().starts_with("mcp-") && name != REVISION);
    if others || headers.contains_key(ORIGIN) || !takes_both(headers) {
        return None;
    }
    let mut named = headers.get_all(REVISION).iter();
    match (named.next(), named.next()) {
        // So says the protocol.
        (None, _) => Some(ProtocolVersion::V_2025_03_26),
        (Some(name), None) => {
            REVISIONS.into_iter().find(|known| known.as_str().as_bytes() == name.as_bytes())
        }
        (Some(_), Some(_)) => None,
    }
}

/// Whether a client takes both forms of answers, as it must.
fn takes_both(headers: &HeaderMap) -> bool {
    let lists = headers.get_all(ACCEPT).iter().filter_map(|list| list.to_str().ok());
    let (mut json, mut events) = (false, false);
    for media in lists.flat_map(|list| list.split(',')).map(str::trim) {
        json |= media.eq_ignore_ascii_case("application/json");
        events |= media.eq_ignore_ascii_case("text/event-stream");
    }
    json && events
}
