//! What a request's headers say about it, and what every response's headers say.
use super::Response;
use crate::Refusal;
use crate::call::{Credential, Identity, RequestId};
use http::header::{AUTHORIZATION, CACHE_CONTROL, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, HeaderName, HeaderValue};
use quater_ir::Program;
use quater_ir::fault::MALFORMED;
use quater_ir::operation::Door;
use smol_str::SmolStr;
use uuid::Uuid;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The caller's own request id if it is a UUID, else a new one.
pub(super) fn request_id(headers: &HeaderMap) -> RequestId {
    let given = headers.get(REQUEST_ID).and_then(|id| Uuid::try_parse_ascii(id.as_bytes()).ok());
    given.map_or_else(RequestId::fresh, RequestId)
}

/// Who the `Authorization` header says is calling.
pub(super) fn identity(headers: &HeaderMap) -> Result<Identity, Refusal> {
    let mut given = headers.get_all(AUTHORIZATION).iter();
    let Some(first) = given.next() else { return Ok(Identity::Nobody) };
    if given.next().is_some() {
        return Err(Refusal::saying(MALFORMED, "a request carries one `Authorization` header"));
    }
    let text =
        first.to_str().map_err(|_| Refusal::saying(MALFORMED, "the `Authorization` header is not text"))?;
    let (scheme, text) = text.split_once(' ').unwrap_or((text, ""));
    Ok(Identity::Presented(Credential { scheme: SmolStr::new(scheme), text: text.trim().to_owned() }))
}

/// What `WWW-Authenticate` says to one who must sign in, at one door.
#[derive(Debug)]
pub(super) struct Challenge {
    absent: Option<HeaderValue>,
    bad: Option<HeaderValue>,
}

impl Challenge {
    /// One challenge a scheme that counts at the door (RFC 9110, section 11.6.1; RFC 6750, section 3).
    pub(super) fn new(program: &Program, door: Door) -> Self {
        let mut schemes = program
            .auths
            .values()
            .filter(|auth| auth.doors.has(door))
            .filter_map(|auth| auth.carrier.scheme())
            .collect::<Vec<_>>();
        schemes.dedup();
        let realm = &program.service.name;
        let join = |more: &str| {
            let all = schemes.iter().map(|scheme| format!("{} realm=\"{realm}\"{more}", capital(scheme)));
            HeaderValue::try_from(all.collect::<Vec<_>>().join(", ")).ok().filter(|value| !value.is_empty())
        };
        Self { absent: join(""), bad: join(", error=\"invalid_token\"") }
    }

    /// Puts it on a response to a request that did or did not carry a credential.
    pub(super) fn put(&self, response: &mut Response, presented: bool) {
        let value = if presented { &self.bad } else { &self.absent };
        if let Some(value) = value {
            response.headers_mut().insert(WWW_AUTHENTICATE, value.clone());
        }
    }
}

fn capital(scheme: &str) -> String {
    let mut letters = scheme.chars();
    let first = letters.next();
    first.into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

/// The headers that every response carries.
pub(super) fn finish(response: &mut Response, request: RequestId, signed: bool) {
    let headers = response.headers_mut();
    let mut id = [0; uuid::fmt::Hyphenated::LENGTH];
    if let Ok(value) = HeaderValue::from_str(request.0.hyphenated().encode_lower(&mut id)) {
        headers.insert(REQUEST_ID, value);
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if signed {
        headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    }
}
