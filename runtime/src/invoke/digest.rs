//! The digest of a call's arguments.
use crate::audit::Digest;
use crate::engine::Engine;
use crate::stop::Run;
use crate::value::Value;
use crate::wire;
use quater_ir::operation::Operation;
use sha2::{Digest as _, Sha256};

/// SHA-256 of the arguments as one JSON object in the order of the declaration. Secrets are left out: a
/// fast digest of a password is a way to guess it.
pub(super) fn arguments(engine: &Engine, operation: &Operation, slots: &[Value]) -> Run<Digest> {
    let mut out = vec![b'{'];
    for input in operation.inputs.iter().filter(|input| !input.secret) {
        if out.len() > 1 {
            out.push(b',');
        }
        wire::write::key(&mut out, &input.name);
        let value = Value::part(slots, input.slot.0 as usize)?;
        wire::write::value(&mut out, &engine.facts.program, &value, &input.ty)?;
    }
    out.push(b'}');
    Ok(Sha256::digest(&out).into())
}
