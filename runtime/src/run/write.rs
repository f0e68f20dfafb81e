//! Answers written while they are worked out: no value of the whole is put together first.
use crate::eval::Scope;
use crate::plan::nest::Nest;
use crate::plan::walk;
use crate::stop::Run;
use crate::value::Value;
use crate::wire;
use quater_ir::expr::{Expr, Node};
use quater_ir::types::Type;

/// The cells that an expression is over.
pub(crate) struct Over<'o> {
    scope: Scope<'o>,
    cells: &'o [Value],
    /// The list that a cell is, and its text, where it has not been made a value.
    list: &'o dyn Fn(usize) -> Option<(&'o Nest, &'o [u8])>,
}

impl<'o> Over<'o> {
    /// Cells that are values.
    pub(crate) fn values(scope: &Scope<'o>, cells: &'o [Value]) -> Self {
        Self::lists(scope, cells, &|_| None)
    }

    /// Cells of which some are lists as text.
    pub(crate) fn lists(
        scope: &Scope<'o>,
        cells: &'o [Value],
        list: &'o dyn Fn(usize) -> Option<(&'o Nest, &'o [u8])>,
    ) -> Self {
        Self { scope: Scope { row: Some(cells), ..*scope }, cells, list }
    }
}

/// Appends the value of an expression, of a type; [`walk::written`] knows what of it is written where it stands.
pub(crate) fn expr(out: &mut Vec<u8>, expr: &Expr, ty: &Type, over: &Over<'_>) -> Run<()> {
    let program = &over.scope.facts.program;
    if let (Some(members), Type::Record(id)) = (walk::members(expr, ty), ty.required()) {
        out.push(b'{');
        for (at, (field, member)) in program.records[*id].fields.values().zip(members).enumerate() {
            if at > 0 {
                out.push(b',');
            }
            wire::write::key(out, &field.name);
            self::expr(out, member, &field.ty, over)?;
        }
        out.push(b'}');
        return Ok(());
    }
    if let Node::If { condition, then, otherwise } = &expr.node {
        let chosen = if over.scope.holds(condition)? { then } else { otherwise };
        return self::expr(out, chosen, ty, over);
    }
    let Some(at) = walk::cell(expr) else {
        return wire::write::value(out, program, &over.scope.value(expr)?, ty);
    };
    match (over.list)(at) {
        Some((nest, text)) => nest.write(out, text, ty, &over.scope),
        None => wire::write::value(out, program, over.cells.get(at).unwrap_or(&Value::Null), ty),
    }
}
