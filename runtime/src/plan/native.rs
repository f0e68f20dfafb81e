//! The verbs of bodies in Rust.
use super::Statements;
use super::body::{Planner, Step};
use crate::service::StartError;
use quater_ir::native::RustBody;
use quater_ir::operation::{Act, Operation};
use quater_ir::{Id, Program};

/// A verb, planned like a body of its own.
#[derive(Debug)]
pub(crate) struct VerbPlan {
    pub(crate) steps: Vec<Step>,
    /// How many slots they use.
    pub(crate) slots: usize,
    /// Whether it gives rows that it does not hold.
    pub(crate) reads: bool,
    pub(crate) writes: bool,
}

/// A body in Rust, as a step.
#[derive(Debug)]
pub(crate) struct Native {
    pub(crate) operation: Id<Operation>,
    /// Whether it may look for rows.
    pub(crate) reads: bool,
    pub(crate) writes: bool,
    /// Whether nothing but what it gives comes of it, so that nobody sees whether it is run twice.
    pub(crate) quiet: bool,
}

/// Plans the verbs of an operation's body in Rust, in their order.
pub(super) fn verbs(
    program: &Program,
    statements: &mut Statements,
    operation: &Operation,
) -> Result<Vec<VerbPlan>, StartError> {
    let verbs = operation.rust.iter().flat_map(|rust| &rust.verbs);
    let planned = verbs.map(|verb| {
        let slots = verb.body.slots.len() as u32;
        let doer = Some(operation);
        let block = &verb.body.block;
        let mut planner = Planner::new(program, &mut *statements, slots, doer).of(block);
        let steps = planner.block(block)?;
        let (reads, writes) = (!verb.holds(), verb.act != Act::Read);
        Ok(VerbPlan { steps, slots: planner.slots as usize, reads, writes })
    });
    planned.collect()
}

/// What a body in Rust does as a whole.
pub(super) fn native(id: Id<Operation>, operation: &Operation, rust: &RustBody) -> Native {
    let writes = operation.effects.writes();
    let reads = !(rust.verbs.is_empty() && rust.calls.is_empty());
    // What it calls may do so, too.
    let alone = rust.asks.is_empty() && rust.requests.is_empty() && rust.calls.is_empty();
    let speaks = rust.progress || rust.log || !alone;
    let quiet = !(writes || speaks || operation.inputs.iter().any(super::is_file));
    Native { operation: id, reads, writes, quiet }
}
