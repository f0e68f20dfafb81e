//! A planned program, and the stages of a call on one connection.
use crate::changes::Changes;
use crate::facts::Facts;
use crate::plan::Plan;
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
