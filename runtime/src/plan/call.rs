//! Operations that operations call.
use quater_ir::body::Raise;
use quater_ir::expr::Expr;
use quater_ir::operation::Operation;
use quater_ir::{Id, Program};

/// A call of another operation, in the same transaction and for the same caller.
#[derive(Debug)]
pub(crate) struct Calling {
    pub(crate) operation: Id<Operation>,
    /// Its inputs, in their order.
    pub(crate) arguments: Vec<Expr>,
    /// Raised instead of what it ends with.
    pub(crate) otherwise: Option<Raise>,
    /// Whether it reads rows.
    pub(crate) reads: bool,
    /// Whether it writes any.
    pub(crate) writes: bool,
    /// Whether it writes rows or holds them.
    pub(crate) holds: bool,
}

/// Plans a call; what is called is planned as an operation of its own.
pub(crate) fn call(
    program: &Program,
    operation: Id<Operation>,
    arguments: Vec<Expr>,
    otherwise: Option<Raise>,
) -> Calling {
    let effects = &program.operations[operation].effects;
    let (reads, writes) = (!effects.reads.is_empty(), effects.writes());
    let holds = effects.holds();
    Calling { operation, arguments, otherwise, reads, writes, holds }
}
