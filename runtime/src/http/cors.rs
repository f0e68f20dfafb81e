//! Pages of other origins that may call (the CORS protocol of the Fetch standard). Cookies are sent along only
//! from origins that are named, and only where a cookie can say who calls.
use super::Response;
use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_METHOD, ALLOW, ORIGIN, VARY,
};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method};
use quater_ir::Program;
use quater_ir::auth::Carrier;
use quater_ir::operation::{Door, Place};
use smol_str::SmolStr;

/// How long a browser may remember what it was told, in seconds.
const REMEMBERED: HeaderValue = HeaderValue::from_static("600");

/// What pages may read of an answer beside its body.
const EXPOSED: HeaderValue = HeaderValue::from_static(
    "x-request-id, etag, location, retry-after, ratelimit, ratelimit-policy, deprecation, sunset, link, \
     www-authenticate, mcp-session-id",
);

/// Headers that any request may have.
const TAKEN: &str = "authorization, content-type, dry-run, idempotency-key, x-request-id, if-none-match, \
                     traceparent, tracestate";

/// Headers that programs of the action protocol and agents have beside.
const OF_ACTIONS: &str = "quater-protocol";
const OF_AGENTS: [&str; 5] =
    ["mcp-protocol-version", "mcp-session-id", "mcp-method", "mcp-name", "last-event-id"];

/// Origins from which a browser may speak MCP beside the service's own, each with its port, so that it is that one alone.
pub(super) fn ported(origins: &[SmolStr]) -> impl Iterator<Item = String> {
    origins.iter().filter(|origin| *origin != "*").map(|origin| {
        let (scheme, authority) = origin.split_once("://").unwrap_or(("", origin));
        let ported = authority.rsplit_once(':').is_some_and(|(_, port)| !port.ends_with(']'));
        let usual = if scheme == "https" { 443 } else { 80 };
        if ported { origin.to_string() } else { format!("{origin}:{usual}") }
    })
}

/// The origins of a service.
#[derive(Debug)]
pub(super) struct Cors {
    origins: Vec<SmolStr>,
    taken: Option<HeaderValue>,
    /// Whether callers may be known by a cookie, which pages of listed origins may then send.
    cookies: bool,
}

/// What a request says of the page it comes from.
#[derive(Debug)]
pub(super) struct Page {
    allowed: Option<HeaderValue>,
    /// Whether it only asks what it may.
    asks: bool,
}

impl Cors {
    pub(super) fn plan(program: &Program) -> Self {
        let inputs = program.operations.values().flat_map(|operation| &operation.inputs);
        let surface = &program.surface;
        let mut taken = TAKEN.to_owned();
        let actions = (!surface.commands.is_empty()).then_some(OF_ACTIONS);
        let agents =
            !surface.tools.is_empty() || !surface.resources.is_empty() || !surface.prompts.is_empty();
        for name in OF_AGENTS.into_iter().filter(|_| agents).chain(actions) {
            taken.push_str(&format!(", {name}"));
        }
        for input in inputs {
            if let Place::Header(name) = &input.place
                && !taken.split(", ").any(|known| known == name)
            {
                taken.push_str(&format!(", {name}"));
            }
        }
        let http = program.auths.values().filter(|auth| auth.doors.has(Door::Http));
        let mut cookies = false;
        for auth in http {
            cookies |= matches!(auth.carrier, Carrier::Cookie(_));
            if let Carrier::Header(name) = &auth.carrier
                && !taken.split(", ").any(|known| known == name)
            {
                taken.push_str(&format!(", {name}"));
            }
        }
        Self { origins: program.service.cors.clone(), taken: HeaderValue::try_from(taken).ok(), cookies }
    }

    /// What is to be said to the page of a request; nothing where no page may call.
    pub(super) fn page(&self, request: &Parts) -> Option<Page> {
        if self.origins.is_empty() {
            return None;
        }
        let asks =
            request.method == Method::OPTIONS && request.headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
        Some(Page { allowed: self.allowed(&request.headers), asks })
    }

    fn allowed(&self, request: &HeaderMap) -> Option<HeaderValue> {
        let origin = request.get(ORIGIN)?;
        if self.is_open() {
            return Some(HeaderValue::from_static("*"));
        }
        self.origins.iter().any(|known| known.as_bytes() == origin.as_bytes()).then(|| origin.clone())
    }

    fn is_open(&self) -> bool {
        self.origins.iter().any(|origin| origin == "*")
    }

    /// Says it.
    pub(super) fn tell(&self, page: Page, response: &mut Response) {
        let methods = response.headers().get(ALLOW).cloned();
        let headers = response.headers_mut();
        if !self.is_open() {
            headers.append(VARY, HeaderValue::from_static("Origin"));
        }
        let Some(origin) = page.allowed else { return };
        if self.cookies && !self.is_open() {
            headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        }
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        if !page.asks {
            headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
            return;
        }
        headers.extend(methods.map(|methods| (ACCESS_CONTROL_ALLOW_METHODS, methods)));
        headers.extend(self.taken.clone().map(|taken| (ACCESS_CONTROL_ALLOW_HEADERS, taken)));
        headers.insert(ACCESS_CONTROL_MAX_AGE, REMEMBERED);
    }
}
