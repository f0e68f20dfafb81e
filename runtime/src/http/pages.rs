//! The pages beside the program's routes: documentation, contract, health.
use super::Response;
use axum::body::Body;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, REFERRER_POLICY,
    X_FRAME_OPTIONS,
};
use http::{HeaderMap, HeaderValue, StatusCode};
use sha2::{Digest, Sha256};

const PAGE: &str = include_str!("../../assets/docs/page.html");
const STYLE: &str = include_str!("../../assets/docs/style.css");
const SCRIPT: &str = include_str!("../../assets/docs/script.js");

/// A text that does not change while a service runs.
#[derive(Debug)]
pub(super) struct Fixed {
    text: Bytes,
    tag: Option<HeaderValue>,
    media: HeaderValue,
    policy: Option<HeaderValue>,
}

impl Fixed {
    /// The OpenAPI document.
    pub(super) fn contract(text: &str) -> Self {
        Self::new(Bytes::copy_from_slice(text.as_bytes()), "application/json", None)
    }

    /// The documentation page; it may run its own script and ask its own origin, and nothing else.
    pub(super) fn docs() -> Self {
        let page = PAGE.replace("{{style}}", STYLE).replace("{{script}}", SCRIPT);
        let hash = |text: &str| STANDARD.encode(Sha256::digest(text.as_bytes()));
        let policy = format!(
            "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; connect-src 'self'; img-src data:; \
             base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            hash(SCRIPT),
            hash(STYLE),
        );
        Self::new(Bytes::from(page), "text/html; charset=utf-8", HeaderValue::try_from(policy).ok())
    }

    fn new(text: Bytes, media: &'static str, policy: Option<HeaderValue>) -> Self {
        let digest = Sha256::digest(&text);
        let tag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(digest.get(..16).unwrap_or(&digest)));
        Self { text, tag: HeaderValue::try_from(tag).ok(), media: HeaderValue::from_static(media), policy }
    }

    /// The text, or 304 for one who has it already.
    pub(super) fn answer(&self, request: &HeaderMap) -> Response {
        let known = self.tag.as_ref().is_some_and(|tag| names(request, tag));
        let mut response = Response::new(if known { Body::empty() } else { Body::from(self.text.clone()) });
        if known {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        }
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, self.media.clone());
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        self.tag.iter().for_each(|tag| drop(headers.insert(ETAG, tag.clone())));
        if let Some(policy) = &self.policy {
            headers.insert(CONTENT_SECURITY_POLICY, policy.clone());
            headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
            headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        }
        response
    }
}

fn names(request: &HeaderMap, tag: &HeaderValue) -> bool {
    let given = request.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let mut tags = given.flat_map(|value| value.split(',')).map(|one| one.trim().trim_start_matches("W/"));
    tags.any(|one| one == "*" || one.as_bytes() == tag.as_bytes())
}

/// One word, for machines that ask whether the service is there.
pub(super) fn word(text: &'static str) -> Response {
    let mut response = Response::new(Body::from(text));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
