//! Making refusals.
use crate::call::{Refusal, Source, Violation};
use crate::question::Question;
use crate::stop::{Run, escape};
use crate::value::Value;
use crate::wire::{self, refine};
use bytes::Bytes;
use quater_ir::fault::{Fault, INVALID, Part, TOO_LARGE, UNAVAILABLE};
use quater_ir::{Id, Program};
use std::time::Duration;

impl Refusal {
    /// A fault without a payload, with the message of its declaration.
    pub fn plain(program: &Program, fault: Id<Fault>) -> Self {
        let text = |part: &Part| match part {
            Part::Text(text) => text.to_string(),
            Part::Field(_) => String::new(),
        };
        Self::saying(fault, program.faults[fault].message.iter().map(text).collect::<String>())
    }

    /// A fault without a payload, with a message of its own.
    pub fn saying(fault: Id<Fault>, message: impl Into<String>) -> Self {
        Self {
            fault,
            message: message.into(),
            payload: None,
            violations: Vec::new(),
            wait: None,
            questions: Vec::new(),
        }
    }

    /// A call that goes on once its caller has answered.
    pub(crate) fn asking(questions: Vec<Question>) -> Self {
        let message = "this goes on with an answer of whoever called, who can't be asked for it here";
        Self { questions, ..Self::saying(UNAVAILABLE, message) }
    }

    /// More than the inputs of a call may hold, in bytes.
    pub fn too_large(most: u64) -> Self {
        Self::saying(TOO_LARGE, format!("the body is larger than {most} bytes"))
    }

    /// No answer in the time that a call may take, which may have done something or not.
    pub(crate) fn overdue(longest: Duration, does: bool) -> Self {
        let longest = match longest.as_millis() {
            whole if whole % 1_000 == 0 => format!("{} s", whole / 1_000),
            part => format!("{part} ms"),
        };
        let doubt = if does { "; whether it was done is not known" } else { "" };
        Self::saying(UNAVAILABLE, format!("no answer within {longest}{doubt}"))
    }

    /// Nobody has waited for the end.
    pub(crate) fn gone() -> Self {
        Self::saying(UNAVAILABLE, "nobody waited for it any more")
    }

    /// `Invalid` with everything that is wrong.
    pub fn invalid(program: &Program, violations: Vec<Violation>) -> Self {
        Self { violations, ..Self::plain(program, INVALID) }
    }

    /// `Invalid` about one field; an empty name is about the whole input.
    pub(crate) fn about(field: &str, code: &'static str, message: impl Into<String>) -> Self {
        Self::broken(vec![(pointer(field), refine::Fault { code, message: message.into() })])
    }

    /// `Invalid` about values, each named by its place.
    pub(crate) fn broken(faults: Vec<(String, refine::Fault)>) -> Self {
        let violation = |(pointer, refine::Fault { code, message })| Violation {
            place: Source::Body,
            pointer,
            code: code.into(),
            message,
        };
        let violations = faults.into_iter().map(violation).collect();
        Self { violations, ..Self::saying(INVALID, "the input breaks a rule") }
    }

    /// A fault with the values of its fields, in their order.
    pub(crate) fn with_payload(program: &Program, fault: Id<Fault>, values: &[Value]) -> Run<Self> {
        let declared = &program.faults[fault];
        let mut message = String::new();
        for part in &declared.message {
            match part {
                Part::Text(text) => message.push_str(text),
                Part::Field(field) => {
                    let text = values.get(field.index()).and_then(wire::text::of);
                    message.push_str(text.as_deref().unwrap_or("null"));
                }
            }
        }
        let mut out = vec![b'{'];
        for (field, value) in declared.fields.values().zip(values) {
            if out.len() > 1 {
                out.push(b',');
            }
            wire::write::key(&mut out, &field.name);
            wire::write::value(&mut out, program, value, &field.ty)?;
        }
        out.push(b'}');
        let payload = (!declared.fields.is_empty()).then(|| Bytes::from(out));
        Ok(Self { fault, message, payload, violations: Vec::new(), wait: None, questions: Vec::new() })
    }
}

/// The place of a field as a JSON Pointer (RFC 6901); an empty name is the whole.
pub(crate) fn pointer(field: &str) -> String {
    if field.is_empty() { String::new() } else { format!("/{}", escape(field)) }
}
