//! Answers, and the bodies of requests.
use crate::problem::Problem;
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, HeaderValue, StatusCode};
use http_body_util::{BodyExt, Limited};
use serde_json::Value;
use std::io::Write;
use uuid::Uuid;

const BODY_LIMIT: usize = 1 << 20;

/// The bytes of a JSON body.
pub async fn body(headers: &HeaderMap, body: Body) -> Result<Bytes, Problem> {
    let media = headers.get(CONTENT_TYPE).and_then(|media| media.to_str().ok()).unwrap_or("");
    if !media.split(';').next().unwrap_or("").trim().eq_ignore_ascii_case("application/json") {
        return Err(Problem::UnsupportedMedia);
    }
    let body = Limited::new(body, BODY_LIMIT).collect().await.map_err(|_| Problem::TooLarge)?;
    Ok(body.to_bytes())
}

/// A text of JSON.
pub fn string(text: &str, body: &mut Vec<u8>) {
    if text.bytes().all(|byte| byte >= b' ' && byte != b'"' && byte != b'\\') {
        body.push(b'"');
        body.extend_from_slice(text.as_bytes());
        body.push(b'"');
    } else {
        // A vector takes every byte, so this cannot fail.
        drop(write!(body, "{}", Value::from(text)));
    }
}

/// What is sent back.
pub fn finish(outcome: Result<Vec<u8>, Problem>, request: Uuid, status: StatusCode) -> Response {
    let mut response = match outcome {
        Ok(body) => {
            let mut response = Response::new(Body::from(body));
            *response.status_mut() = status;
            let json = HeaderValue::from_static("application/json");
            response.headers_mut().insert(CONTENT_TYPE, json);
            response
        }
        Err(problem) => problem.response(request),
    };
    let headers = response.headers_mut();
    let mut text = [0; uuid::fmt::Hyphenated::LENGTH];
    if let Ok(id) = HeaderValue::from_str(request.hyphenated().encode_lower(&mut text)) {
        headers.insert("x-request-id", id);
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
