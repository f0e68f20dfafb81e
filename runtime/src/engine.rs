//! A planned program, and the stages of a call on one connection.
use crate::changes::Changes;
use crate::facts::Facts;
use crate::plan::Plan;
use quater_ir::Id;
use quater_ir::operation::Operation;
use std::sync::Arc;

/// What all threads of a service share and none changes.
pub(crate) struct Engine {
    pub(crate) facts: Facts,
    pub(crate) plan: Plan,
    /// Whether there is a database to keep the audit in.
    pub(crate) audited: bool,
    /// Who is told of what calls change.
    pub(crate) changes: Arc<Changes>,
}

impl Engine {
    /// Whether a call asks upstreams from a body in Rust that may compute for long: then it does not run where it
    /// arrives.
    pub(crate) fn computes_long(&self, operation: Id<Operation>) -> bool {
        self.plan.operation(operation).is_some_and(|plan| plan.asks)
            && self.facts.program.operations[operation].rust.is_some()
            && !self.facts.computing.is_brief(operation)
    }
}
