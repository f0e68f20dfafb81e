//! Making refusals.
use crate::call::{Refusal, Violation};
use quater_ir::fault::{Fault, Part};
use quater_ir::{Id, Program};

impl Refusal {
    /// A fault without a payload, with its own message.
    pub fn plain(program: &Program, fault: Id<Fault>) -> Self {
        let text = |part: &Part| match part {
            Part::Text(text) => text.to_string(),
            Part::Field(_) => String::new(),
        };
        let message = program.faults[fault].message.iter().map(text).collect();
        Self { fault, message, payload: None, violations: Vec::new() }
    }

    /// A fault without a payload, with a message of its own.
    pub fn saying(fault: Id<Fault>, message: impl Into<String>) -> Self {
        Self { fault, message: message.into(), payload: None, violations: Vec::new() }
    }

    /// `Invalid` with everything that is wrong.
    pub fn invalid(program: &Program, violations: Vec<Violation>) -> Self {
        Self { violations, ..Self::plain(program, quater_ir::fault::INVALID) }
    }
}
