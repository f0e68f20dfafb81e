//! What a request's headers say about it, and what every response's headers say.
use super::Response;
use crate::Refusal;
use crate::call::{Key, RequestId, Wishes};
use http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, HeaderName, HeaderValue};
use quater_ir::fault::MALFORMED;
use uuid::Uuid;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const DRY_RUN: HeaderName = HeaderName::from_static("dry-run");

/// The caller's own request id if it is a UUID, else a new one.
pub(super) fn request_id(headers: &HeaderMap) -> RequestId {
    let given = headers.get(REQUEST_ID).and_then(|id| Uuid::try_parse_ascii(id.as_bytes()).ok());
    given.map_or_else(RequestId::fresh, RequestId)
}

/// How the caller wants a call done: `Idempotency-Key`, which may stand in quotes, and `Dry-Run: true`.
pub(super) fn wishes(headers: &HeaderMap) -> Result<Wishes, Refusal> {
    let malformed = |what: &str| Refusal::saying(MALFORMED, what);
    let key = match one(headers, &KEY)? {
        Some(text) => {
            let bare = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
            let key = Key::new(bare);
            Some(key.ok_or_else(|| malformed(&format!("`Idempotency-Key` is none: {}", Key::RULE)))?)
        }
        None => None,
    };
    let dry = match one(headers, &DRY_RUN)? {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => return Err(malformed("`Dry-Run` is `true` or `false`")),
    };
    Ok(Wishes { key, dry, ..Wishes::default() })
}

fn one<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Result<Option<&'h str>, Refusal> {
    let mut given = headers.get_all(name).iter();
    let (first, second) = (given.next(), given.next());
    let text = first.map(|value| value.to_str()).transpose();
    match text {
        Ok(text) if second.is_none() => Ok(text),
        _ => {
            Err(Refusal::saying(MALFORMED, format!("a request carries one `{name}` header, which is ASCII")))
        }
    }
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
