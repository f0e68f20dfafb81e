//! What a request's headers say about it, and what every response's headers say.
use super::Response;
use crate::Refusal;
use crate::call::{Key, RequestId, Wishes};
use axum::body::{Body, HttpBody};
use http::header::{
    CACHE_CONTROL, CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING, X_CONTENT_TYPE_OPTIONS,
};
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

/// Refuses a body whose end or type is told in a way that other servers on the way may read otherwise (RFC 9112,
/// section 6.1).
pub(super) fn check_framing(headers: &HeaderMap) -> Result<(), Refusal> {
    if headers.get_all(CONTENT_TYPE).iter().nth(1).is_some() {
        return Err(Refusal::saying(MALFORMED, "a request carries one `Content-Type` header"));
    }
    let mut codings = headers.get_all(TRANSFER_ENCODING).iter();
    let chunked = codings.next().is_none_or(|it| it.as_bytes().eq_ignore_ascii_case(b"chunked"));
    if chunked && codings.next().is_none() {
        return Ok(());
    }
    Err(Refusal::saying(MALFORMED, "the only `Transfer-Encoding` that is read here is `chunked`, once"))
}

/// An answer behind which nothing more is read of its connection.
pub(super) fn last(mut response: Response) -> Response {
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
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

/// What `HEAD` gets: the headers of `GET`, the length included.
pub(super) fn drop_body(response: &mut Response) {
    if let Some(length) = response.body().size_hint().exact().filter(|length| *length > 0) {
        response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
    *response.body_mut() = Body::empty();
}
