//! Digests of a call's arguments.
use crate::audit::Digest;
use crate::engine::Engine;
use crate::stop::{Run, Stop};
use crate::value::Value;
use crate::wire;
use quater_ir::operation::{Input, Operation};
use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};

/// Bytes that hold the arguments of most calls.
const ROOM: usize = 256;

/// SHA-256 of the arguments as one JSON object in the order of the declaration. Secrets are left out: a
/// fast digest of a password is a way to guess it.
pub(super) fn arguments(engine: &Engine, operation: &Operation, slots: &[Value]) -> Run<Digest> {
    Ok(Sha256::digest(written(engine, operation, slots, |input| !input.secret)?).into())
}

/// All arguments as one JSON object that is the same for equal arguments, in whatever order the members of
/// maps and of `json` came.
pub(super) fn canonical(engine: &Engine, operation: &Operation, slots: &[Value]) -> Run<String> {
    let mut json: Json = serde_json::from_slice(&written(engine, operation, slots, |_| true)?)
        .map_err(|_| Stop::Defect("arguments are not JSON"))?;
    json.sort_all_objects();
    Ok(json.to_string())
}

fn written(
    engine: &Engine,
    operation: &Operation,
    slots: &[Value],
    shown: impl Fn(&Input) -> bool,
) -> Run<Vec<u8>> {
    let mut out = Vec::with_capacity(ROOM);
    out.push(b'{');
    for input in operation.inputs.iter().filter(|input| shown(input)) {
        if out.len() > 1 {
            out.push(b',');
        }
        wire::write::key(&mut out, &input.name);
        let value = Value::part(slots, input.slot.0 as usize)?;
        wire::write::value(&mut out, &engine.facts.program, &value, &input.ty)?;
    }
    out.push(b'}');
    Ok(out)
}

/// SHA-256 of texts, none of which can run into the next.
pub(super) fn of_texts(texts: &[&str]) -> Digest {
    let mut digest = Sha256::new();
    for text in texts {
        digest.update((text.len() as u64).to_be_bytes());
        digest.update(text);
    }
    digest.finalize().into()
}
