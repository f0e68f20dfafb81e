//! The pages beside the program's routes: documentation, contract, health.
use super::conditional::{Validators, Verdict};
use super::{Response, tools};
use axum::body::Body;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, REFERRER_POLICY, X_FRAME_OPTIONS,
};
use http::{HeaderMap, HeaderValue, StatusCode};
use quater_ir::Program;
use sha2::{Digest, Sha256};

const APPROVALS: [&str; 3] = [
    include_str!("../../assets/approvals/page.html"),
    include_str!("../../assets/approvals/style.css"),
    include_str!("../../assets/approvals/script.js"),
];

const TOOLS: [&str; 2] =
    [include_str!("../../assets/tools/page.html"), include_str!("../../assets/tools/style.css")];

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
    /// A JSON document.
    pub(super) fn document(text: &str) -> Self {
        Self::new(Bytes::copy_from_slice(text.as_bytes()), "application/json", None)
    }

    /// The documentation page.
    pub(super) fn docs() -> Self {
        Self::page(PAGE, STYLE, SCRIPT)
    }

    /// The page of calls that wait for approval.
    pub(super) fn approvals() -> Self {
        let [page, style, script] = APPROVALS;
        Self::page(page, style, script)
    }

    /// The page of what agents are offered.
    pub(super) fn tools(program: &Program) -> Self {
        let [page, style] = TOOLS;
        Self::page(&page.replace("{{main}}", &tools::main(program)), style, "")
    }

    /// A page; it may run its own script and ask its own origin, and nothing else.
    fn page(page: &str, style: &str, script: &str) -> Self {
        let page = page.replace("{{style}}", style).replace("{{script}}", script);
        let hash = |text: &str| STANDARD.encode(Sha256::digest(text.as_bytes()));
        let policy = format!(
            "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; connect-src 'self'; img-src data:; \
             base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            hash(script),
            hash(style),
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
