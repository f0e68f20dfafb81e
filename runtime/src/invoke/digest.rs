//! Digests of a call's arguments.
use crate::audit::Digest;
use crate::engine::Engine;
use crate::stop::{Run, Stop};
use crate::value::Value;
use crate::wire;
use crate::wire::tree::Tree;
use quater_ir::operation::{Input, Operation};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

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
    let program = &engine.facts.program;
    let mut members = BTreeMap::new();
    for input in &operation.inputs {
        let mut text = Vec::new();
        let value = Value::part(slots, input.slot.0 as usize)?;
        wire::write::value(&mut text, program, &value, &input.ty)?;
        // One after the other: a body that is one input may be as deep as a reader goes.
        let tree = Tree::read(&text).map_err(|_| Stop::Defect("an argument is not JSON"))?;
        members.insert(&input.name, tree.sorted().text());
    }
    let mut out = vec![b'{'];
    for (name, text) in &members {
        if out.len() > 1 {
            out.push(b',');
        }
        wire::write::key(&mut out, name);
        out.extend_from_slice(text.as_bytes());
    }
    out.push(b'}');
    String::from_utf8(out).map_err(|_| Stop::Defect("JSON is not UTF-8"))
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
