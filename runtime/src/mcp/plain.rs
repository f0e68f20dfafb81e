//! Most of what agents send: the call of a tool, and nothing to be heard or answered meanwhile. It is done where it arrives,
//! as a request of HTTP is; all that rmcp would do is to carry one message in and one out, which costs as much again as
//! the call itself.
//!
//! Whatever is not exactly that, or has anything that rmcp would have to judge, is left to it.
use super::agent::Agent;
use super::tools::Listed;
use super::{Caller, Denied, REVISIONS, links, result};
use crate::call::{Answer, Ending, Refusal};
use crate::http::Response;
use crate::wire;
use axum::body::Body;
use http::header::{ACCEPT, CONTENT_TYPE, ORIGIN};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use memchr::memmem;
use quater_ir::fault::{INTERNAL, UNAUTHORIZED};
use rmcp::model::{CallToolResult, ClientCapabilities, JsonObject, ProtocolVersion, RequestId};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The header that names the revision.
const REVISION: &str = "mcp-protocol-version";

/// Headers that say what the message says, from revision 2026-07-28 on.
const METHOD: &str = "mcp-method";
const NAME: &str = "mcp-name";

/// The method of the call of a tool.
const CALL: &str = "tools/call";

/// A plain call.
pub(super) struct Plain {
    id: RequestId,
    /// The tool.
    name: String,
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
    #[serde(borrow)]
    params: Params<'b>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Params<'b> {
    name: String,
    arguments: Option<JsonObject>,
    #[serde(borrow, rename = "_meta")]
    meta: Option<Meta<'b>>,
}

/// What each message says of its sender, from revision 2026-07-28 on.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Meta<'b> {
    #[serde(borrow, rename = "io.modelcontextprotocol/protocolVersion")]
    revision: Cow<'b, str>,
    /// Held to its type; a plain call asks nothing.
    #[serde(rename = "io.modelcontextprotocol/clientCapabilities")]
    _capabilities: ClientCapabilities,
    #[serde(default, rename = "io.modelcontextprotocol/clientInfo")]
    _info: Option<IgnoredAny>,
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
        let Message { jsonrpc, id, method, params: Params { name, arguments, meta } } = message;
        let says_more = says_more(&revision);
        let fits = match meta {
            Some(meta) => says_more && meta.revision == revision.as_str() && is_named(&parts.headers, &name),
            None => !says_more,
        };
        let is_call = fits && jsonrpc == "2.0" && method == CALL;
        is_call.then(|| Self { id, name, arguments: arguments.unwrap_or_default(), revision })
    }

    /// The tool that is called, where its call is plain: where clients say what they can do, who waits for approval asks
    /// its user.
    pub(super) fn tool<'a>(&self, agent: &'a Agent) -> Option<&'a Listed> {
        let waits = |tool: &Listed| agent.program().operations[tool.operation].approval.is_some();
        agent.plain_tool(&self.name).filter(|tool| !(says_more(&self.revision) && waits(tool)))
    }

    /// Makes the call.
    pub(super) async fn answer(
        self,
        agent: &Agent,
        tool: &Listed,
        caller: Caller,
    ) -> Result<Response, Denied> {
        let Self { id, arguments, revision, .. } = self;
        let done = agent.plainly(caller, id.clone(), (tool, arguments)).await;
        if let Ok(answer) = &done
            && let Some(reply) = output(&id, answer, tool, &revision)
        {
            return Ok(sent(reply));
        }
        let mut result = match done.and_then(|answer| agent.told_plainly(&answer, tool, &revision)) {
            Ok(result) => result,
            Err(refusal) if refusal.fault == UNAUTHORIZED => return Err(refusal.into()),
            Err(refusal) => result::refused(agent.program(), &refusal),
        };
        result.result_type = result.result_type.filter(|_| says_more(&revision));
        let reply = serde_json::to_vec(&Reply { jsonrpc: "2.0", id, result });
        reply.map(sent).map_err(|_| Refusal::plain(agent.program(), INTERNAL).into())
    }
}

fn sent(reply: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(reply));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// The message that carries an output; nothing for an answer that says anything else, or more. The output is JSON
/// text, and stands in it as that, and as the text of it.
fn output(id: &RequestId, answer: &Answer, tool: &Listed, revision: &ProtocolVersion) -> Option<Vec<u8>> {
    let output = std::str::from_utf8(&answer.body).ok().filter(|it| !it.is_empty())?;
    if answer.ending != Ending::Output || tool.shown || links::may_stand_in(&answer.body) {
        return None;
    }
    let output =
        if tool.wrapped { Cow::Owned(format!("{{\"result\":{output}}}")) } else { Cow::Borrowed(output) };
    let mut out = Vec::with_capacity(2 * output.len() + 256);
    out.extend_from_slice(b"{\"jsonrpc\":\"2.0\",\"id\":");
    serde_json::to_writer(&mut out, id).ok()?;
    out.extend_from_slice(b",\"result\":{");
    if says_more(revision) {
        out.extend_from_slice(b"\"resultType\":\"complete\",");
    }
    out.extend_from_slice(b"\"content\":[{\"type\":\"text\",\"text\":");
    wire::write::text(&mut out, &output);
    out.extend_from_slice(b"}],");
    if tool.structured {
        out.extend_from_slice(b"\"structuredContent\":");
        out.extend_from_slice(output.as_bytes());
        out.push(b',');
    }
    out.extend_from_slice(b"\"isError\":false}}");
    Some(out)
}

/// Whether each message of a revision says who sends it and what it is.
fn says_more(revision: &ProtocolVersion) -> bool {
    *revision >= ProtocolVersion::V_2026_07_28
}

/// Whether headers name the call of a tool as its message does, each once and as it stands.
fn is_named(headers: &HeaderMap, tool: &str) -> bool {
    let says = |header: &str, text: &str| {
        let mut given = headers.get_all(header).iter();
        given.next().is_some_and(|it| it.as_bytes() == text.as_bytes()) && given.next().is_none()
    };
    says(METHOD, CALL) && says(NAME, tool)
}

/// The revision of a request whose headers leave nothing else to judge.
fn revision(headers: &HeaderMap) -> Option<ProtocolVersion> {
    let known = [REVISION, METHOD, NAME];
    let others = |name: &HeaderName| name.as_str().starts_with("mcp-") && !known.contains(&name.as_str());
    if headers.keys().any(others) || headers.contains_key(ORIGIN) || !takes_both(headers) {
        return None;
    }
    let mut named = headers.get_all(REVISION).iter();
    match (named.next(), named.next()) {
        // So says the protocol.
        (None, _) => Some(ProtocolVersion::V_2025_03_26),
        (Some(name), None) => {
            REVISIONS.iter().find(|known| known.as_str().as_bytes() == name.as_bytes()).cloned()
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
