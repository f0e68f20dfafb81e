//! The MCP door: tools, resources and prompts of the program over streamable HTTP and over standard input and
//! output, through rmcp, whose types end here.
//!
//! Every revision is served from the same endpoint, and one request is one call, without sessions and state between
//! requests but for clients that are asked something meanwhile. What rmcp does not judge is judged here: who calls, and
//! who gets a 401.

mod agent;
mod approvals;
mod asking;
mod content;
mod denied;
mod ending;
mod files;
mod library;
mod links;
mod paging;
mod plain;
mod progress;
mod result;
mod sessions;
mod stdio;
mod subscriptions;
mod tools;
mod under_way;
mod waiting;
mod wishes;

use crate::call::{Identity, Refusal, RequestId};
use crate::http::Response;
use crate::service::Service;
use agent::{Agent, Line};
use axum::body::Body;
use bytes::Bytes;
use ending::{Stopping, ending};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use http::request::Parts;
use http::{HeaderValue, Method, Request, StatusCode};
use http_body_util::Full;
use memchr::memmem;
use plain::Plain;
use quater_ir::operation::{Access, Door};
use rmcp::ServiceExt;
use rmcp::model::ProtocolVersion;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::{StreamableHttpServerConfig, StreamableHttpService};
use serde::Deserialize;
use sessions::{Sessions, Stands};
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use subscriptions::Listening;
use tokio::sync::watch;
use under_way::{Maker, UnderWay};

pub(crate) use denied::Denied;

/// The revisions that are spoken: the stateless one, and those with a handshake.
const REVISIONS: &[ProtocolVersion] = &[
    ProtocolVersion::V_2025_03_26,
    ProtocolVersion::V_2025_06_18,
    ProtocolVersion::V_2025_11_25,
    ProtocolVersion::V_2026_07_28,
];

/// Serves one client over standard input and output, until it hangs up.
///
/// # Errors
/// When the client does not speak the protocol.
pub async fn serve_stdio(service: Service, caller: Identity) -> io::Result<()> {
    let line = Line(Agent::plan(service, Some(caller), UnderWay::default()));
    let (input, output) = rmcp::transport::stdio();
    let (ends, written) = stdio::checked(input, output);
    let served = line.serve(ends).await.map_err(io::Error::other)?;
    served.waiting().await.map_err(io::Error::other)?;
    // What the library has said last is on its way.
    written.await.map_err(io::Error::other)?
}

/// The endpoint.
pub(crate) struct Agents {
    service: Service,
    agent: Agent,
    endpoint: StreamableHttpService<Agent, NeverSessionManager>,
    sessions: Sessions,
    /// Whether there is a tool that anybody may call.
    pub(crate) open: bool,
    under_way: UnderWay,
    stopping: watch::Sender<bool>,
}

/// What HTTP knows of a request.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// Who calls.
    pub(crate) identity: Identity,
    /// Names the request.
    pub(crate) request: RequestId,
    /// The caller's address.
    pub(crate) ip: Option<IpAddr>,
}

/// A caller, and the place for what only HTTP can tell it: that it must sign in.
#[derive(Debug, Clone)]
struct Visit {
    caller: Caller,
    unauthorized: Arc<OnceLock<Refusal>>,
}

impl Agents {
    /// The endpoint of a service, unless it has nothing for agents; browsers may call from these origins.
    pub(crate) fn plan(service: &Service, origins: Vec<String>) -> Option<Self> {
        let surface = &service.program().surface;
        if surface.tools.is_empty() && surface.resources.is_empty() && surface.prompts.is_empty() {
            return None;
        }
        let program = service.program();
        let tools = surface.tools.iter().map(|tool| tool.operation);
        let others = surface.resources.iter().map(|it| it.operation);
        let others = others.chain(surface.prompts.iter().map(|it| it.operation));
        let access = tools.chain(others).flat_map(|id| &program.operations[id].access);
        let open = access.into_iter().any(|access| matches!(access, Access::Public));
        let mut bodies = program.operations.values().filter_map(|it| it.rust.as_ref());
        let talks = service.changes().happen() || bodies.any(|rust| rust.log || !rust.asks.is_empty());
        let under_way = UnderWay::default();
        let agent = Agent::plan(service.clone(), None, under_way.clone());
        let config = StreamableHttpServerConfig::default()
            .with_legacy_session_mode(false)
            .with_json_response(true)
            .with_max_request_body_bytes(usize::MAX)
            .disable_allowed_hosts()
            .with_allowed_origins(origins)
            .enforce_origin_validation();
        let sessions = Sessions::plan(agent.clone().asking(), config.clone(), talks);
        let own = agent.clone();
        let endpoint = StreamableHttpService::new(move || Ok(own.fresh()), Arc::default(), config);
        let (service, stopping) = (service.clone(), watch::Sender::new(false));
        Some(Self { service, agent, endpoint, sessions, open, under_way, stopping })
    }

    /// Whether clients may listen outside of their calls, to what bodies say and what changes.
    pub(crate) const fn listens(&self) -> bool {
        self.sessions.talks()
    }

    /// Ends what would stay open for ever, and no call.
    pub(crate) fn stop(&self) {
        self.stopping.send_replace(true);
    }

    /// Answers one request, whose body is known to say it is JSON.
    ///
    /// # Errors
    /// `Unauthorized`, which MCP leaves to HTTP, and `Malformed`.
    pub(crate) async fn answer(
        &self,
        mut parts: Parts,
        body: Bytes,
        caller: Caller,
    ) -> Result<Response, Denied> {
        if let Some(plain) = Plain::read(&parts, &body)
            && let Some(tool) = plain.tool(&self.agent)
        {
            return plain.answer(&self.agent, tool, caller).await;
        }
        self.take_back(&body, &caller);
        let (body, begun) = self.agent.overhear(body, &caller).await?;
        let stopping = Stopping::of(&self.stopping);
        if let Some(begun) = begun {
            parts.extensions.insert(Listening { begun, stopping: Some(stopping.clone()) });
        }
        let hears = parts.method == Method::GET;
        let stands = self.stands(&parts, &body, &caller).await;
        let unauthorized = Arc::new(OnceLock::new());
        parts.extensions.insert(Visit { caller, unauthorized: Arc::clone(&unauthorized) });
        let response = match stands {
            Stands::Apart => {
                let request = Request::from_parts(parts, Full::new(body.clone()));
                self.endpoint.handle(request).await.map(Body::new)
            }
            Stands::Within(_) | Stands::Begins(_) => self.sessions.answer(parts, body.clone(), stands).await,
        };
        if let Some(refusal) = unauthorized.get() {
            return Err(refusal.clone().into());
        }
        // rmcp says so of a body that it cannot read, whatever its type.
        if response.status() == StatusCode::UNSUPPORTED_MEDIA_TYPE {
            return Err(Denied::unreadable(&body));
        }
        if response.status().is_client_error() && !response.headers().contains_key(CONTENT_TYPE) {
            return Ok(told(response).await);
        }
        Ok(if hears { response.map(|body| ending(body, stopping)) } else { response })
    }

    /// How a request stands to the sessions. One with a credential that is no good stands apart, and is turned away as
    /// any other.
    async fn stands(&self, parts: &Parts, body: &[u8], caller: &Caller) -> Stands {
        let stands = self.sessions.stands(&parts.headers, body, caller).await;
        match stands {
            Stands::Within(_) | Stands::Begins(_)
                if !self.service.knows(caller.identity.clone(), Door::Mcp).await =>
            {
                Stands::Apart
            }
            Stands::Within(_) | Stands::Begins(_) | Stands::Apart => stands,
        }
    }

    /// Takes a call back where this is the message that does.
    fn take_back(&self, body: &[u8], caller: &Caller) {
        if memmem::find(body, CANCELLED.as_bytes()).is_none() {
            return;
        }
        let message: Option<Notification> = serde_json::from_slice(body).ok();
        let meant = message.filter(|message| message.method == CANCELLED).map(|it| it.params.request_id);
        if let (Some(by), Some(meant)) = (Maker::of(&caller.identity, caller.ip), meant) {
            self.under_way.take_back(by, &meant);
        }
    }
}

/// An answer of rmcp that is a bare text, as a message that clients read.
async fn told(response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let text = axum::body::to_bytes(body, LONGEST).await.unwrap_or_default();
    parts.headers.remove(CONTENT_LENGTH);
    parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Response::from_parts(parts, Body::from(Denied::of_text(&text)))
}

/// Most bytes of such a text.
const LONGEST: usize = 4_096;

/// The message that takes a call back.
const CANCELLED: &str = "notifications/cancelled";

#[derive(Deserialize)]
struct Notification {
    method: String,
    params: Meant,
}

#[derive(Deserialize)]
struct Meant {
    #[serde(rename = "requestId")]
    request_id: rmcp::model::RequestId,
}
