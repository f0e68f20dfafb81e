//! Upstreams: HTTP services that this one calls. A body says what it asks; it is asked while no transaction is
//! open and no thread waits, and the body goes on with the reply.

mod address;
mod answer;
mod request;
mod send;

use crate::facts::Facts;
use crate::service::StartError;
use crate::start;
use address::Public;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use quater_ir::Id;
use quater_ir::expr::Expr;
use quater_ir::resource::{Resource, ResourceKind, Upstream as Declared, UpstreamCall, UpstreamCredential};
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Client, Url};
use smol_str::SmolStr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

pub(crate) use request::Request;

/// Most calls of one upstream that are under way.
const UNDER_WAY: usize = 256;

/// Connections to a host that wait to be used again.
const IDLE: usize = 32;

/// What an upstream is, worked out at start.
pub(crate) struct Upstream {
    name: SmolStr,
    /// The URL that paths are put behind; none where each call has its own.
    base: Option<Url>,
    client: Client,
    timeout: Duration,
    limit: usize,
    private: bool,
    turns: Semaphore,
}

/// The upstreams of a program, by the ids of its resources.
#[derive(Default)]
pub(crate) struct Upstreams {
    all: Vec<Option<Upstream>>,
}

/// What came of asking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reply {
    /// An answer of any status.
    Answered { status: u16, body: Bytes },
    /// None; says why.
    Unanswered(String),
}

impl Upstreams {
    /// Makes a client for each upstream.
    pub(crate) fn plan(facts: &Facts) -> Result<Self, StartError> {
        let all = facts.program.resources.values().map(|resource| match &resource.kind {
            ResourceKind::Http(declared) => upstream(facts, resource, declared).map(Some),
            ResourceKind::Database { .. }
            | ResourceKind::Files { .. }
            | ResourceKind::Queue { .. }
            | ResourceKind::Mail { .. } => Ok(None),
        });
        Ok(Self { all: all.collect::<Result<_, _>>()? })
    }

    fn get(&self, resource: Id<Resource>) -> Option<&Upstream> {
        self.all.get(resource.index()).and_then(Option::as_ref)
    }
}

/// A call of an upstream by its names.
pub(crate) fn call_of(
    facts: &Facts,
    resource: Id<Resource>,
    call: Id<UpstreamCall>,
) -> Option<&UpstreamCall> {
    match &facts.program.resources[resource].kind {
        ResourceKind::Http(declared) => Some(&declared.calls[call]),
        ResourceKind::Database { .. }
        | ResourceKind::Files { .. }
        | ResourceKind::Queue { .. }
        | ResourceKind::Mail { .. } => None,
    }
}

fn upstream(facts: &Facts, resource: &Resource, declared: &Declared) -> Result<Upstream, StartError> {
    let bad =
        |reason: &str| StartError::BadUpstream { resource: resource.name.clone(), reason: reason.to_owned() };
    let text = |expr: &Expr| {
        let value = start::constant(facts, expr).map_err(|_| bad("what it is told has no value"))?;
        value.text().map(str::to_owned).map_err(|_| bad("what it is told is no text"))
    };
    let base = match &declared.url {
        None => None,
        Some(url) => {
            let url = Url::parse(&text(url)?).map_err(|_| bad("its URL is no URL"))?;
            if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
                return Err(bad("its URL is not one of HTTP"));
            }
            if !url.username().is_empty() || url.password().is_some() {
                return Err(bad("its URL has a name or a password in it: say `basic: (name, password)`"));
            }
            Some(url)
        }
    };
    let headers = headers(declared, &text, &bad)?;
    let timeout = Duration::from_millis(declared.timeout);
    let mut builder = Client::builder()
        .redirect(Policy::none())
        .default_headers(headers)
        .connect_timeout(timeout)
        .pool_max_idle_per_host(IDLE)
        .user_agent(format!("{}/{}", facts.program.service.name, facts.program.service.version));
    if !declared.private {
        builder = builder.dns_resolver(Arc::new(Public));
    }
    Ok(Upstream {
        name: resource.name.clone(),
        base,
        client: builder.build().map_err(|_| bad("no client can be made for it"))?,
        timeout,
        limit: usize::try_from(declared.answer_limit).unwrap_or(usize::MAX),
        private: declared.private,
        turns: Semaphore::new(UNDER_WAY),
    })
}

/// What every call carries; none of it is ever shown.
fn headers(
    declared: &Declared,
    text: &impl Fn(&Expr) -> Result<String, StartError>,
    bad: &impl Fn(&str) -> StartError,
) -> Result<HeaderMap, StartError> {
    let hidden = |value: String, what: &str| {
        let mut value = HeaderValue::try_from(value).map_err(|_| bad(what))?;
        value.set_sensitive(true);
        Ok::<_, StartError>(value)
    };
    let mut headers = HeaderMap::new();
    let unfit = "its credential cannot stand in a header";
    match &declared.credential {
        None => {}
        Some(UpstreamCredential::Bearer(token)) => {
            headers.insert(AUTHORIZATION, hidden(format!("Bearer {}", text(token)?), unfit)?);
        }
        Some(UpstreamCredential::Basic { user, password }) => {
            let pair = STANDARD.encode(format!("{}:{}", text(user)?, text(password)?));
            headers.insert(AUTHORIZATION, hidden(format!("Basic {pair}"), unfit)?);
        }
    }
    for (name, value) in &declared.headers {
        let unfit = "the value of a header of it cannot stand in one";
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| bad(unfit))?;
        headers.insert(name, hidden(text(value)?, unfit)?);
    }
    Ok(headers)
}
