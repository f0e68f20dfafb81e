//! Clients of the revisions with a handshake that can ask their user. They are asked while their call is under way, and
//! answer by a message of its own, so the service must know them again: each has a session. All others have none, but
//! where bodies in Rust ask or say something, or resources change: there every client of these revisions has one.
//!
//! A session is worth nothing without the credential that began it, and nothing else is lost with one: a request of a
//! session that is not known here is served like any other, and its client is told instead of asked. Only of one that its
//! client has ended there is nothing any more.
use super::Caller;
use super::agent::Agent;
use crate::call::Identity;
use crate::changes::Owner;
use crate::http::Response;
use axum::body::{Body, HttpBody};
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use http_body_util::Full;
use hyper::body::{Frame, SizeHint};
use memchr::memmem;
use rmcp::model::{
    CancelledNotification, CancelledNotificationParam, ClientCapabilities, ClientJsonRpcMessage,
    ClientNotification, ProtocolVersion, RequestId,
};
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::session::{SessionId, SessionManager};
use rmcp::transport::{StreamableHttpServerConfig, StreamableHttpService};
use serde::Deserialize;
use sha2::{Digest, Sha256};
use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::runtime::Handle;

/// Names the session of a request.
const SESSION: &str = "mcp-session-id";

/// Names the last event that a client has read of a stream.
const LAST_EVENT: &str = "last-event-id";

/// Most sessions at a time; who comes later is not asked.
const MOST: usize = 1_000;

/// Most sessions of one credential; then its oldest ends.
const MOST_OF_ONE: usize = 20;

/// How long a session is kept that nobody uses.
const IDLE: Duration = Duration::from_secs(30 * 60);

/// The sessions of an endpoint.
pub(super) struct Sessions {
    endpoint: StreamableHttpService<Agent, LocalSessionManager>,
    manager: Arc<LocalSessionManager>,
    /// Whose token ends them all.
    config: StreamableHttpServerConfig,
    /// Who began each, the oldest first.
    begun: Mutex<Vec<(SessionId, Owner)>>,
    /// Those that their clients have ended, the last of them.
    ended: Mutex<VecDeque<(SessionId, Owner)>>,
    /// Whether there is something to say or to ask outside of calls, so that any client has a session.
    talks: bool,
}

/// What is read of a message before anybody takes it up.
#[derive(Deserialize)]
struct Envelope {
    id: Option<RequestId>,
    method: Option<String>,
    params: Option<Greeting>,
}

#[derive(Deserialize)]
struct Greeting {
    #[serde(rename = "protocolVersion")]
    revision: Option<ProtocolVersion>,
    capabilities: Option<ClientCapabilities>,
}

/// How a request stands to the sessions.
pub(super) enum Stands {
    /// In one.
    Within(SessionId),
    /// It begins one.
    Begins(Owner),
    /// It has none.
    Apart,
}

impl Sessions {
    /// None as yet, for an agent and by the rules of its endpoint.
    pub(super) fn plan(agent: Agent, config: StreamableHttpServerConfig, talks: bool) -> Self {
        let mut manager = LocalSessionManager::default();
        manager.session_config.keep_alive = Some(IDLE);
        // What is lost with a connection is not sent again.
        manager.session_config.sse_retry = None;
        let manager = Arc::new(manager);
        let own = StreamableHttpServerConfig::default().cancellation_token;
        let config = config.with_legacy_session_mode(true).with_sse_retry(None).with_cancellation_token(own);
        let (sessions, rules) = (Arc::clone(&manager), config.clone());
        let endpoint = StreamableHttpService::new(move || Ok(agent.fresh()), sessions, rules);
        Self { endpoint, manager, config, begun: Mutex::default(), ended: Mutex::default(), talks }
    }

    /// Whether any client has a session.
    pub(super) const fn talks(&self) -> bool {
        self.talks
    }

    /// How a request stands to the sessions; whether its credential is good has to be seen elsewhere.
    pub(super) async fn stands(&self, headers: &HeaderMap, body: &[u8], caller: &Caller) -> Stands {
        let greets = || {
            if self.talks {
                greeting(body).is_some()
            } else {
                memmem::find(body, b"\"elicitation\"").is_some() && can_be_asked(body)
            }
        };
        let (nobody, named) = (matches!(caller.identity, Identity::Nobody), headers.get(SESSION));
        if (nobody && !self.talks) || (named.is_none() && !greets()) {
            return Stands::Apart;
        }
        let owner = owner(caller);
        if let Some(named) = named {
            let id = self.begun(|begun| {
                let own = begun.iter().find(|(id, by)| id.as_bytes() == named.as_bytes() && *by == owner);
                own.map(|(id, _)| Arc::clone(id))
            });
            return match id {
                Some(id) if self.lives(&id).await => Stands::Within(id),
                // It is told that there is no such session.
                Some(_) | None => self.ended(named, owner).map_or(Stands::Apart, Stands::Within),
            };
        }
        self.make_room(owner).await
    }

    /// Answers a request that begins a session, or stands in one.
    pub(super) async fn answer(&self, parts: Parts, body: Bytes, stands: Stands) -> Response {
        let ends = parts.method == Method::DELETE;
        // An answer that a client goes on to read, as the id of its last event says, is another stream.
        let answer = parts.headers.get(LAST_EVENT).is_some_and(|id| id.as_bytes().contains(&b'/'));
        let hears = parts.method == Method::GET && !answer;
        let asked = match &stands {
            Stands::Within(_) => serde_json::from_slice::<Envelope>(&body).ok(),
            Stands::Begins(_) | Stands::Apart => None,
        };
        if let (Stands::Within(id), true) = (&stands, hears) {
            self.hear_here(id).await;
        }
        let mut response = self.endpoint.handle(Request::from_parts(parts, Full::new(body))).await;
        match stands {
            Stands::Within(id) if ends => {
                // It is over by now, and kits of clients take 202 for a failure.
                if response.status() == StatusCode::ACCEPTED {
                    *response.status_mut() = StatusCode::NO_CONTENT;
                }
                let own = self.begun(|begun| begun.extract_if(.., |(it, _)| *it == id).next());
                let mut ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
                ended.extend(own);
                if ended.len() > MOST {
                    ended.pop_front();
                }
            }
            Stands::Within(id) => {
                let request = asked.filter(|it| it.method.is_some()).and_then(|it| it.id);
                let call = request.map(|request| (Arc::clone(&self.manager), id, request));
                return response.map(|body| Body::new(Watched { body: Body::new(body), call }));
            }
            Stands::Begins(owner) => {
                let id = response.headers().get(SESSION).and_then(|id| id.to_str().ok());
                self.begun(|begun| begun.extend(id.map(|id| (id.into(), owner))));
            }
            Stands::Apart => {}
        }
        response.map(Body::new)
    }

    /// Ends the stream on which a client was told so far, so that the next one is told: of several streams rmcp would
    /// tell the first one alone, and a client opens another where it has lost one.
    async fn hear_here(&self, id: &SessionId) {
        let sessions = self.manager.sessions.read().await;
        if let Some(session) = sessions.get(id)
            && let Err(error) = session.close_standalone_sse_stream(None).await
        {
            tracing::debug!(%error, "a session has ended already");
        }
    }

    /// Whether one more session can be begun.
    async fn make_room(&self, owner: Owner) -> Stands {
        let living: Vec<SessionId> = self.manager.sessions.read().await.keys().cloned().collect();
        let (oldest, full) = self.begun(|begun| {
            begun.retain(|(id, _)| living.contains(id));
            let mut own = begun.iter().filter(|(_, by)| *by == owner).map(|(id, _)| Arc::clone(id));
            let oldest = own.next().filter(|_| own.count() + 1 >= MOST_OF_ONE);
            (oldest, begun.len() >= MOST)
        });
        if let Some(oldest) = &oldest {
            self.end(oldest).await;
        }
        if full && oldest.is_none() { Stands::Apart } else { Stands::Begins(owner) }
    }

    /// A session that its client has ended.
    fn ended(&self, named: &HeaderValue, owner: Owner) -> Option<SessionId> {
        let ended = self.ended.lock().unwrap_or_else(PoisonError::into_inner);
        let own = ended.iter().find(|(id, by)| id.as_bytes() == named.as_bytes() && *by == owner);
        own.map(|(id, _)| Arc::clone(id))
    }

    async fn lives(&self, id: &SessionId) -> bool {
        self.manager.has_session(id).await.unwrap_or(false)
    }

    async fn end(&self, id: &SessionId) {
        self.begun(|begun| begun.retain(|(it, _)| it != id));
        if let Err(error) = self.manager.close_session(id).await {
            tracing::debug!(%error, "a session has ended already");
        }
    }

    fn begun<T>(&self, act: impl FnOnce(&mut Vec<(SessionId, Owner)>) -> T) -> T {
        act(&mut self.begun.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Sessions {
    /// Sessions hold their service, which may be over long before they are.
    fn drop(&mut self) {
        self.config.cancellation_token.cancel();
    }
}

/// Whether a message is the greeting of a client that can ask its user while its call is under way.
fn can_be_asked(body: &[u8]) -> bool {
    greeting(body).and_then(|greeting| greeting.capabilities).is_some_and(|can| can.elicitation.is_some())
}

/// A greeting of a revision whose clients can be asked while their calls are under way.
fn greeting(body: &[u8]) -> Option<Greeting> {
    let Ok(Envelope { id: Some(_), method: Some(method), params: Some(greeting) }) =
        serde_json::from_slice::<Envelope>(body)
    else {
        return None;
    };
    let of = [ProtocolVersion::V_2025_06_18, ProtocolVersion::V_2025_11_25];
    let speaks = greeting.revision.as_ref().is_some_and(|revision| of.contains(revision));
    (method == "initialize" && speaks).then_some(greeting)
}

/// What tells callers apart: their credential, and of those without one an address is all that is known.
pub(super) fn owner(caller: &Caller) -> Owner {
    if !matches!(caller.identity, Identity::Nobody) {
        return caller.identity.digest();
    }
    Sha256::new().chain_update("an address").chain_update(format!("{:?}", caller.ip)).finalize().into()
}

/// The answer to a call. Where its client goes away before the end, the call is taken back.
struct Watched {
    body: Body,
    call: Option<(Arc<LocalSessionManager>, SessionId, RequestId)>,
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.body).poll_frame(context);
        if let Poll::Ready(None) = polled {
            self.call = None;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let (Some((manager, session, request)), Ok(threads)) = (self.call.take(), Handle::try_current())
        else {
            return;
        };
        let gone = CancelledNotificationParam::new(Some(request), Some("the client has gone".to_owned()));
        let gone = ClientNotification::CancelledNotification(CancelledNotification::new(gone));
        let gone = ClientJsonRpcMessage::notification(gone);
        threads.spawn(async move {
            // A session that has ended has no calls.
            drop(manager.accept_message(&session, gone).await);
        });
    }
}
