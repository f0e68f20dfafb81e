//! Operations that operations call.
use quater_ir::body::{Raise, Statement};
use quater_ir::expr::Expr;
use quater_ir::operation::Operation;
use quater_ir::{Id, Program};
use smol_str::SmolStr;
use std::collections::HashSet;

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

/// The names of the operations that others call.
pub(super) fn called(program: &Program) -> HashSet<SmolStr> {
    let mut called = HashSet::new();
    for operation in program.operations.values() {
        calls(&operation.body.block, &mut |id| called.insert(program.operations[id].name.clone()));
        let by_rust = operation.rust.iter().flat_map(|rust| &rust.calls);
        called.extend(by_rust.map(|id| program.operations[*id].name.clone()));
    }
    called
}

fn calls(block: &[Statement], found: &mut dyn FnMut(Id<Operation>) -> bool) {
    for statement in block {
        if let Statement::Call { operation, .. } = statement {
            found(*operation);
        }
        statement.blocks().into_iter().for_each(|block| calls(block, found));
    }
}
