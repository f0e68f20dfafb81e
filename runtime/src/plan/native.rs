//! The verbs of bodies in Rust.
use super::Statements;
use super::body::{Planner, Step};
use crate::service::StartError;
use quater_ir::Program;
use quater_ir::operation::Operation;

/// A verb, planned like a body of its own.
#[derive(Debug)]
pub(crate) struct VerbPlan {
    pub(crate) steps: Vec<Step>,
    /// How many slots they use.
    pub(crate) slots: usize,
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
        let mut planner = Planner::new(program, &mut *statements, slots, doer);
        let steps = planner.block(&verb.body.block)?;
        Ok(VerbPlan { steps, slots: planner.slots as usize })
    });
    planned.collect()
}
