//! Looking through expressions.
use quater_ir::Id;
use quater_ir::entity::Column;
use quater_ir::expr::{Expr, Node};
use quater_ir::types::Type;

/// Whether any part of an expression, or it itself, is such.
pub(crate) fn any(expr: &Expr, is: &dyn Fn(&Expr) -> bool) -> bool {
    is(expr) || expr.children().into_iter().any(|child| any(child, is))
}

/// Whether the value depends on the row.
pub(crate) fn reads_row(expr: &Expr) -> bool {
    any(expr, &|it| matches!(it.node, Node::Column { .. }))
}

/// Whether the value depends on rows that relations of the row lead to.
pub(crate) fn walks_relations(expr: &Expr) -> bool {
    any(expr, &|it| matches!(&it.node, Node::Column { via, .. } if !via.is_empty()))
}

/// Visits the columns of the row itself.
pub(crate) fn columns(expr: &Expr, visit: &mut dyn FnMut(Id<Column>)) {
    if let Node::Column { via, column, .. } = &expr.node
        && via.is_empty()
    {
        visit(*column);
    }
    expr.children().into_iter().for_each(|child| columns(child, visit));
}

/// Gives the column that stands in for one reached through relations.
pub(crate) type Replace<'a> = dyn FnMut(&[Id<Column>], Id<Column>, &Type) -> Id<Column> + 'a;

/// Puts another column in the place of each.
pub(crate) fn replace_columns(expr: &mut Expr, replace: &mut Replace<'_>) {
    if let Node::Column { via, column, .. } = &mut expr.node {
        *column = replace(via, *column, &expr.ty);
        via.clear();
    }
    for child in expr.children_mut() {
        replace_columns(child, replace);
    }
}
