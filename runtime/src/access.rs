//! Who may call.
use crate::call::Refusal;
use crate::eval::{About, Scope};
use crate::facts::Facts;
use crate::stop::Run;
use crate::value::Value;
use quater_ir::fault::{FORBIDDEN, UNAUTHORIZED};
use quater_ir::operation::{Access, Operation};

/// Whether one of some rules lets the caller in.
pub(crate) fn holds(facts: &Facts, about: &About, rules: &[Access]) -> Run<bool> {
    let scope = Scope { facts, about, slots: &[], row: None, item: None };
    for access in rules {
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
pub(crate) fn check(facts: &Facts, about: &About, operation: &Operation) -> Run<()> {
    if holds(facts, about, &operation.access)? {
        return Ok(());
    }
    let fault = if about.actor.is_null() { UNAUTHORIZED } else { FORBIDDEN };
    Err(Refusal::plain(&facts.program, fault).into())
}
