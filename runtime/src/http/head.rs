//! What a request's headers say about it, and what every response's headers say.
use super::Response;
use crate::call::RequestId;
use http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, HeaderName, HeaderValue};
use uuid::Uuid;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The caller's own request id if it is a UUID, else a new one.
pub(super) fn request_id(headers: &HeaderMap) -> RequestId {
    let given = headers.get(REQUEST_ID).and_then(|id| Uuid::try_parse_ascii(id.as_bytes()).ok());
    given.map_or_else(RequestId::fresh, RequestId)
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
