//! Who may call.
use crate::call::Refusal;
use crate::engine::Engine;
use crate::eval::{About, Scope};
use crate::stop::Run;
use crate::value::Value;
use quater_ir::fault::{FORBIDDEN, UNAUTHORIZED};
use quater_ir::operation::{Access, Operation};

/// Whether one of an operation's rules lets the caller in.
pub(super) fn holds(engine: &Engine, about: &About, operation: &Operation) -> Run<bool> {
    let scope = Scope { facts: &engine.facts, about, slots: &[], row: None, item: None };
    for access in &operation.access {
        let lets_in = match access {
            Access::Public => true,
            Access::SignedIn => !about.actor.is_null(),
            Access::Role(roles) => roles.iter().any(|role| Value::from(role) == about.role),
            Access::When(condition) => scope.holds(condition)?,
        };
        if lets_in {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Refuses a caller who may not call: 401 for nobody, else 403.
pub(super) fn check(engine: &Engine, about: &About, operation: &Operation) -> Run<()> {
    if holds(engine, about, operation)? {
        return Ok(());
    }
    let fault = if about.actor.is_null() { UNAUTHORIZED } else { FORBIDDEN };
    Err(Refusal::plain(&engine.facts.program, fault).into())
}
