//! Refusals as problem details (RFC 9457).
use super::{Response, wrap};
use crate::call::{Refusal, RequestId, Violation};
use axum::body::Body;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use quater_ir::Program;
use quater_ir::fault::{Fault, UNAVAILABLE};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};
use serde_json::Value as Json;

/// The response for a refusal, without the headers that every response gets.
pub(crate) fn problem(program: &Program, refusal: &Refusal, request: RequestId) -> Response {
    let (text, media) = problem_text(program, refusal, request);
    let mut response = Response::new(Body::from(text));
    let status = StatusCode::from_u16(program.faults[refusal.fault].status);
    *response.status_mut() = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media));
    if let Some(wait) = refusal.wait.or((refusal.fault == UNAVAILABLE).then_some(1)) {
        headers.insert(RETRY_AFTER, HeaderValue::from(wait));
    }
    response
}

/// The JSON text of a refusal, in one line, and its media type.
pub(super) fn problem_text(
    program: &Program,
    refusal: &Refusal,
    request: RequestId,
) -> (Vec<u8>, &'static str) {
    let fault = &program.faults[refusal.fault];
    let docs = program.service.docs_path.as_deref().unwrap_or("/docs");
    let details = Details { fault, refusal, request, docs };
    let (written, media) = match &program.service.errors {
        Some(template) => {
            let enveloped = wrap::refusal(program, template, refusal, request);
            (serde_json::to_vec(&enveloped), "application/json")
        }
        None => (serde_json::to_vec(&details), "application/problem+json"),
    };
    let text = written.unwrap_or_else(|error| {
        tracing::error!(%request, %error, "a refusal cannot be written");
        Vec::new()
    });
    (text, media)
}

struct Details<'a> {
    fault: &'a Fault,
    refusal: &'a Refusal,
    request: RequestId,
    /// The path of the documentation.
    docs: &'a str,
}

impl Serialize for Details<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("type", &format!("{}#{}", self.docs, self.fault.name))?;
        map.serialize_entry("title", &words(&self.fault.name))?;
        map.serialize_entry("status", &self.fault.status)?;
        map.serialize_entry("detail", &self.refusal.message)?;
        map.serialize_entry("code", &self.fault.name)?;
        map.serialize_entry("request_id", &self.request.0)?;
        if let Some(data) = data(self.refusal) {
            map.serialize_entry("data", &data)?;
        }
        if !self.refusal.violations.is_empty() {
            map.serialize_entry("errors", &Violations(&self.refusal.violations))?;
        }
        map.end()
    }
}

/// A fault's payload, if it has one.
pub(crate) fn data(refusal: &Refusal) -> Option<Json> {
    refusal.payload.as_deref().and_then(|text| serde_json::from_slice(text).ok())
}

struct Violations<'a>(&'a [Violation]);

impl Serialize for Violations<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.len()))?;
        self.0.iter().try_for_each(|violation| list.serialize_element(&One(violation)))?;
        list.end()
    }
}

struct One<'a>(&'a Violation);

impl Serialize for One<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("in", self.0.place.name())?;
        map.serialize_entry("pointer", &self.0.pointer)?;
        map.serialize_entry("code", &self.0.code)?;
        map.serialize_entry("detail", &self.0.message)?;
        map.end()
    }
}

/// `OutOfStock` as `Out of stock`.
pub(super) fn words(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter.is_uppercase() && !out.is_empty() {
            out.push(' ');
            out.extend(letter.to_lowercase());
        } else {
            out.push(letter);
        }
    }
    out
}
