//! What one who must sign in is told: `WWW-Authenticate`, and where tokens come from (RFC 9728).
use super::Response;
use super::host;
use axum::body::Body;
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CONTENT_TYPE, SET_COOKIE, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, StatusCode, Uri};
use quater_ir::Program;
use quater_ir::auth::{Auth, Carrier, Proof};
use quater_ir::operation::Door;
use serde_json::json;
use smol_str::SmolStr;
use std::net::IpAddr;

/// The path of the document about the whole service.
pub(super) const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

/// The path of the document about the MCP endpoint.
pub(super) const WELL_KNOWN_MCP: &str = "/.well-known/oauth-protected-resource/mcp";

/// What `WWW-Authenticate` says to one who must sign in, at one door.
#[derive(Debug)]
pub(super) struct Challenge {
    schemes: Vec<Scheme>,
    /// The path of the document about where tokens come from.
    document: &'static str,
}

#[derive(Debug, PartialEq, Eq)]
struct Scheme {
    /// The word and what is always said behind it.
    text: String,
    /// Whether it carries tokens of which a bad one has a name (RFC 6750, section 3.1).
    token: bool,
    /// Whether tokens come from an issuer that a client can ask.
    issued: bool,
}

impl Challenge {
    /// One challenge a scheme that counts at the door (RFC 9110, section 11.6.1).
    pub(super) fn new(program: &Program, door: Door) -> Self {
        let realm = &program.service.name;
        let mut schemes: Vec<Scheme> = Vec::new();
        for auth in program.auths.values().filter(|auth| auth.doors.has(door)) {
            let (text, token) = match &auth.carrier {
                Carrier::Scheme(word) => (format!("{} realm=\"{realm}\"", capital(word)), true),
                Carrier::Basic => (format!("Basic realm=\"{realm}\", charset=\"UTF-8\""), false),
                // Nobody has registered words for these; a 401 without a challenge is none (RFC 9110, section 15.5.2).
                Carrier::Header(name) => (format!("ApiKey realm=\"{realm}\", header=\"{name}\""), false),
                Carrier::Cookie(name) => (format!("Cookie realm=\"{realm}\", cookie-name=\"{name}\""), false),
            };
            let issued = matches!(auth.proof, Proof::Oauth { .. });
            match schemes.iter_mut().find(|known| known.text == text) {
                Some(known) => known.issued |= issued,
                None => schemes.push(Scheme { text, token, issued }),
            }
        }
        Self { schemes, document: if door == Door::Mcp { WELL_KNOWN_MCP } else { WELL_KNOWN } }
    }

    /// Puts it on a response to a request, which did or did not carry a credential.
    pub(super) fn put(&self, response: &mut Response, presented: bool, origin: Option<&str>) {
        let all = self.schemes.iter().map(|scheme| {
            let mut text = scheme.text.clone();
            if presented && scheme.token {
                text.push_str(", error=\"invalid_token\"");
            }
            if let Some(origin) = origin.filter(|_| scheme.issued) {
                text.push_str(&format!(", resource_metadata=\"{origin}{}\"", self.document));
            }
            text
        });
        let value = HeaderValue::try_from(all.collect::<Vec<_>>().join(", "));
        if let Some(value) = value.ok().filter(|value| !value.is_empty()) {
            response.headers_mut().insert(WWW_AUTHENTICATE, value);
        }
    }
}

fn capital(scheme: &str) -> String {
    let mut letters = scheme.chars();
    let first = letters.next();
    first.into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

/// Where tokens for a service come from.
#[derive(Debug)]
pub(super) struct Issuers {
    name: SmolStr,
    issuers: Vec<String>,
    /// What tokens are for, where the service says a URL.
    audience: Option<String>,
}

impl Issuers {
    /// The issuers of a program; nothing where clients cannot ask any.
    pub(super) fn plan(
        program: &Program,
        constant: impl Fn(&quater_ir::expr::Expr) -> Option<String>,
    ) -> Option<Self> {
        let mut found = Self { name: program.service.name.clone(), issuers: Vec::new(), audience: None };
        let counts = |auth: &&Auth| auth.doors.has(Door::Http) || auth.doors.has(Door::Mcp);
        for auth in program.auths.values().filter(counts) {
            let Proof::Oauth { issuer, audience, .. } = &auth.proof else { continue };
            found.issuers.extend(constant(issuer));
            let said = audience.as_ref().and_then(&constant);
            found.audience = found.audience.or(said.filter(|it| it.starts_with("https://")));
        }
        (!found.issuers.is_empty()).then_some(found)
    }

    /// The document about a path of a service at an origin.
    pub(super) fn answer(&self, origin: &str, path: &str) -> Response {
        let resource = self.audience.clone().unwrap_or_else(|| format!("{origin}{path}"));
        let document = json!({
            "resource": resource,
            "authorization_servers": self.issuers,
            "bearer_methods_supported": ["header"],
            "resource_name": self.name,
        });
        let mut response = Response::new(Body::from(document.to_string()));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        // Clients in browsers read it before they may do anything else.
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        response
    }
}

/// The origin that a request was made to, whose host has been found to be the service's own. What is not at
/// this machine is encrypted, here or before it gets here.
pub(crate) fn origin(uri: &Uri, headers: &HeaderMap) -> Option<String> {
    let host = host::requested(uri, headers).ok()?;
    let bare = host::bare(host);
    let plain = bare.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok();
    Some(format!("{}://{}", if plain { "http" } else { "https" }, host.to_ascii_lowercase()))
}

/// Takes a cookie back that is no good any more, so that the next request can sign in anew.
pub(super) fn take_back(response: &mut Response, cookies: &[String]) {
    if response.status() != StatusCode::UNAUTHORIZED {
        return;
    }
    for name in cookies {
        let ended = format!("{name}=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax");
        if let Ok(value) = HeaderValue::try_from(ended) {
            response.headers_mut().append(SET_COOKIE, value);
        }
    }
}
