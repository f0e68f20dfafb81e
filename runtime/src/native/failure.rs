//! Why a body in Rust comes to nothing.
use crate::call::Refusal;
use crate::stop::Stop;
use quater_ir::Program;
use serde::Serialize;
use serde::de::DeserializeOwned;
use smol_str::SmolStr;
use std::fmt;

/// Why a body, or something that it did, came to nothing.
#[derive(Debug)]
pub struct Failure(Why);

#[derive(Debug)]
pub(crate) enum Why {
    /// A verb was refused.
    Refused(SmolStr, Box<Refusal>),
    /// The body raises an error, with its payload as JSON text.
    Raised(SmolStr, String),
    /// Nothing that a caller is told; the log gets it.
    Internal(String),
    /// A question has no answer yet, or can't be asked.
    Unanswered,
    /// An upstream is asked once the body has ended.
    Unasked,
    /// The call has failed already, for a reason that the runtime keeps.
    Ended,
}

impl Failure {
    /// An error of the service, with its payload.
    pub fn raise(name: &str, payload: &impl Serialize) -> Self {
        match serde_json::to_string(payload) {
            Ok(payload) => Self(Why::Raised(name.into(), payload)),
            Err(error) => Self::internal(error),
        }
    }

    /// `Invalid`, about one of the inputs.
    pub fn invalid(field: &str, text: &str) -> Self {
        Self(Why::Refused("Invalid".into(), Box::new(Refusal::about(field, "rule", text))))
    }

    /// Something that went wrong inside: the caller gets `Internal`, the log gets the reason.
    pub fn internal(reason: impl fmt::Display) -> Self {
        Self(Why::Internal(reason.to_string()))
    }

    pub(crate) const fn unanswered() -> Self {
        Self(Why::Unanswered)
    }

    pub(crate) const fn unasked() -> Self {
        Self(Why::Unasked)
    }

    pub(crate) const fn ended() -> Self {
        Self(Why::Ended)
    }

    /// What a body is told of the reason for which a verb came to nothing.
    pub(crate) fn of(stop: &Stop, program: &Program) -> Self {
        match stop {
            Stop::Refused(refusal) => {
                let name = program.faults[refusal.fault].name.clone();
                Self(Why::Refused(name, refusal.clone()))
            }
            Stop::Database(_) | Stop::Defect(_) | Stop::Gone => Self::ended(),
        }
    }

    pub(crate) fn why(self) -> Why {
        self.0
    }

    /// The name of the error that the caller would get, where it is one that callers are told.
    pub fn name(&self) -> Option<&str> {
        match &self.0 {
            Why::Refused(name, _) | Why::Raised(name, _) => Some(name),
            Why::Internal(_) | Why::Unanswered | Why::Unasked | Why::Ended => None,
        }
    }

    /// What a caller would be told, in one sentence: what is wrong with the input, where it is that.
    pub fn reason(&self) -> String {
        let Why::Refused(_, refusal) = &self.0 else { return self.to_string() };
        let violations = refusal.violations.iter();
        let told: Vec<String> = violations
            .map(|it| match it.pointer.trim_start_matches('/') {
                "" => it.message.clone(),
                place => format!("{place} {}", it.message),
            })
            .collect();
        if told.is_empty() { refusal.message.clone() } else { told.join(", ") }
    }

    /// The payload of that error.
    pub fn payload<T: DeserializeOwned>(&self) -> Option<T> {
        match &self.0 {
            Why::Refused(_, refusal) => serde_json::from_slice(refusal.payload.as_ref()?).ok(),
            Why::Raised(_, payload) => serde_json::from_str(payload).ok(),
            Why::Internal(_) | Why::Unanswered | Why::Unasked | Why::Ended => None,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Why::Refused(name, refusal) => write!(f, "{name}: {}", refusal.message),
            Why::Raised(name, _) => f.write_str(name),
            Why::Internal(reason) => f.write_str(reason),
            Why::Unanswered => f.write_str("an answer of the caller is missing"),
            Why::Unasked => f.write_str("an upstream is yet to be asked"),
            Why::Ended => f.write_str("the call has failed already"),
        }
    }
}

impl std::error::Error for Failure {}
