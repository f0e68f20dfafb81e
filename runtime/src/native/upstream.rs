//! How an upstream fails that a body in Rust asks.
use super::Failure;
use crate::value::Value;
use serde_json::Value as Json;
use std::fmt;

/// What went wrong with a call of an upstream. Handed on with `?` it is `Unavailable`.
///
/// A body meets one, too, where the upstream is yet to be asked: whatever it makes of that, it is run again from its
/// beginning with what came of it.
#[derive(Debug)]
pub struct UpstreamError {
    /// Its HTTP status; none where nothing was answered.
    pub status: Option<i64>,
    /// What happened, in words.
    pub message: String,
    /// The answer, where it is JSON.
    pub body: Option<Json>,
    failure: Box<Failure>,
}

impl UpstreamError {
    /// Of what a declared body calls `error`, with what the caller gets where nothing is made of it.
    pub(crate) fn new(error: &Value, failure: Failure) -> Self {
        let parts = error.record().map(|parts| &**parts).unwrap_or_default();
        let status = if let Some(Value::Int(status)) = parts.first() { Some(*status) } else { None };
        let message =
            if let Some(Value::Text(text)) = parts.get(1) { text.to_string() } else { String::new() };
        let body =
            if let Some(Value::Json(text)) = parts.get(2) { serde_json::from_str(text).ok() } else { None };
        Self { status, message, body, failure: Box::new(failure) }
    }
}

impl From<Failure> for UpstreamError {
    fn from(failure: Failure) -> Self {
        Self { status: None, message: failure.to_string(), body: None, failure: Box::new(failure) }
    }
}

impl From<UpstreamError> for Failure {
    fn from(error: UpstreamError) -> Self {
        *error.failure
    }
}

impl fmt::Display for UpstreamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for UpstreamError {}
