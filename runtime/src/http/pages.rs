//! The pages beside the program's routes: documentation, contract, health.
use super::Response;
use super::conditional::{Validators, Verdict};
use axum::body::Body;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, REFERRER_POLICY, X_FRAME_OPTIONS,
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
    validators: Option<Validators>,
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
        let validators = Validators::of(&text);
        Self { text, validators, media: HeaderValue::from_static(media), policy }
    }

    /// The text, or 304 for one who has it already.
    pub(super) fn answer(&self, request: &HeaderMap) -> Response {
        let verdict = self.validators.as_ref().map_or(Verdict::Go, |own| own.judge(request));
        let (status, body) = match verdict {
            Verdict::Go => (StatusCode::OK, Body::from(self.text.clone())),
            Verdict::NotModified => (StatusCode::NOT_MODIFIED, Body::empty()),
            Verdict::Failed => (StatusCode::PRECONDITION_FAILED, Body::empty()),
        };
        let mut response = Response::new(body);
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, self.media.clone());
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        headers.extend(self.validators.as_ref().map(|own| (ETAG, own.tag.clone())));
        if let Some(policy) = &self.policy {
            headers.insert(CONTENT_SECURITY_POLICY, policy.clone());
            headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
            headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        }
        response
    }
}

/// One word, for machines that ask whether the service is there.
pub(super) fn word(text: &'static str) -> Response {
    let mut response = Response::new(Body::from(text));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
