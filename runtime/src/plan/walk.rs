//! Looking through expressions.
use quater_ir::Id;
use quater_ir::entity::Column;
use quater_ir::expr::{Expr, Node};
use quater_ir::types::Type;

/// The expressions directly inside one.
pub(crate) fn children(expr: &Expr) -> Vec<&Expr> {
    match &expr.node {
        Node::Literal(_) | Node::Slot(_) | Node::Column { .. } | Node::Context(_) | Node::Env(_) => {
            Vec::new()
        }
        Node::RowColumn { row: inner, .. }
        | Node::Member { record: inner, .. }
        | Node::Not(inner)
        | Node::Negate(inner)
        | Node::IsNull(inner)
        | Node::Convert(inner)
        | Node::Project { row: inner, .. }
        | Node::Refine { value: inner, .. } => vec![inner],
        Node::And(parts) | Node::Or(parts) | Node::Concat(parts) | Node::List(parts) => {
            parts.iter().collect()
        }
        Node::Call(_, parts) | Node::Record(_, parts) => parts.iter().collect(),
        Node::Compare(_, left, right) | Node::Arithmetic(_, left, right) | Node::Coalesce(left, right) => {
            vec![left, right]
        }
        Node::In(item, list) => std::iter::once(&**item).chain(list).collect(),
        Node::Contains { list, item } => vec![list, item],
        Node::Sign { claims, life, .. } => claims.iter().map(|(_, it)| it).chain([&**life]).collect(),
        Node::If { condition, then, otherwise } => vec![condition, then, otherwise],
    }
}

/// The same, to change them.
pub(crate) fn children_mut(expr: &mut Expr) -> Vec<&mut Expr> {
    match &mut expr.node {
        Node::Literal(_) | Node::Slot(_) | Node::Column { .. } | Node::Context(_) | Node::Env(_) => {
            Vec::new()
        }
        Node::RowColumn { row: inner, .. }
        | Node::Member { record: inner, .. }
        | Node::Not(inner)
        | Node::Negate(inner)
        | Node::IsNull(inner)
        | Node::Convert(inner)
        | Node::Project { row: inner, .. }
        | Node::Refine { value: inner, .. } => vec![inner],
        Node::And(parts) | Node::Or(parts) | Node::Concat(parts) | Node::List(parts) => {
            parts.iter_mut().collect()
        }
        Node::Call(_, parts) | Node::Record(_, parts) => parts.iter_mut().collect(),
        Node::Compare(_, left, right) | Node::Arithmetic(_, left, right) | Node::Coalesce(left, right) => {
            vec![left, right]
        }
        Node::In(item, list) => std::iter::once(&mut **item).chain(list).collect(),
        Node::Contains { list, item } => vec![list, item],
        Node::Sign { claims, life, .. } => claims.iter_mut().map(|(_, it)| it).chain([&mut **life]).collect(),
        Node::If { condition, then, otherwise } => vec![condition, then, otherwise],
    }
}

/// Whether any part of an expression, or it itself, is such.
pub(crate) fn any(expr: &Expr, is: &dyn Fn(&Expr) -> bool) -> bool {
    is(expr) || children(expr).into_iter().any(|child| any(child, is))
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
    if let Node::Column { via, column } = &expr.node
        && via.is_empty()
    {
        visit(*column);
    }
    children(expr).into_iter().for_each(|child| columns(child, visit));
}

/// Gives the column that stands in for one reached through relations.
pub(crate) type Replace<'a> = dyn FnMut(&[Id<Column>], Id<Column>, &Type) -> Id<Column> + 'a;

/// Puts another column in the place of each.
pub(crate) fn replace_columns(expr: &mut Expr, replace: &mut Replace<'_>) {
    if let Node::Column { via, column } = &mut expr.node {
        *column = replace(via, *column, &expr.ty);
        via.clear();
    }
    for child in children_mut(expr) {
        replace_columns(child, replace);
    }
}
