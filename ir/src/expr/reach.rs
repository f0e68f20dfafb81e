//! What an expression looks at of the row at hand, and how it moves to another row.
//!
//! Inside [`Node::Rows`] and [`Node::Related`] the row at hand is one level up, so every walk here counts
//! the levels.
use crate::Id;
use crate::entity::Column;
use crate::expr::{Expr, Node};

/// A condition over a related row, as one over the row that points to it.
pub fn through(relation: Id<Column>, mut condition: Expr) -> Expr {
    walk(&mut condition, 0, &mut |node, depth| {
        if let Node::Column { up, via, .. } | Node::Related { up, via, .. } = node
            && *up == depth
        {
            via.insert(0, relation);
        }
        if let Node::Rows(rows) = node
            && rows.up == depth
        {
            rows.via.insert(0, relation);
        }
    });
    condition
}

/// The expression as it stands so many levels of [`Node::Rows`] further in.
pub fn further_in(mut expr: Expr, levels: u32) -> Expr {
    walk(&mut expr, 0, &mut |node, depth| {
        if let Node::Column { up, .. } | Node::Related { up, .. } = node
            && *up >= depth
        {
            *up += levels;
        }
        if let Node::Rows(rows) = node
            && rows.up >= depth
        {
            rows.up += levels;
        }
    });
    expr
}

/// The expression with every column of the row at hand, or of a row its relations lead to, replaced.
pub fn map_columns(mut expr: Expr, change: &impl Fn(Vec<Id<Column>>, Id<Column>) -> Node) -> Expr {
    replace(&mut expr, 0, change);
    expr
}

fn replace(expr: &mut Expr, depth: u32, change: &impl Fn(Vec<Id<Column>>, Id<Column>) -> Node) {
    if let Node::Column { up, via, column } = &mut expr.node
        && *up == depth
    {
        let node = change(std::mem::take(via), *column);
        let ty = expr.ty.clone();
        expr.node = further_in(Expr::new(node, ty), depth).node;
        return;
    }
    let inner = depth + u32::from(enters(&expr.node));
    expr.children_mut().into_iter().for_each(|child| replace(child, inner, change));
}

/// Calls back for every column of the row at hand itself that an expression looks at.
pub fn columns_in(expr: &Expr, found: &mut impl FnMut(Id<Column>)) {
    each_column(expr, &mut |via, column| found(via.first().copied().unwrap_or(column)));
}

/// Calls back for every column that an expression looks at of the row at hand, with the relations that
/// lead to it.
pub fn each_column(expr: &Expr, found: &mut impl FnMut(&[Id<Column>], Id<Column>)) {
    look(expr, 0, found);
}

fn look(expr: &Expr, depth: u32, found: &mut impl FnMut(&[Id<Column>], Id<Column>)) {
    if let Node::Column { up, via, column } = &expr.node
        && *up == depth
    {
        found(via, *column);
    }
    if let Node::Related { up, via, .. } = &expr.node
        && *up == depth
        && let Some((last, before)) = via.split_last()
    {
        found(before, *last);
    }
    let inner = depth + u32::from(enters(&expr.node));
    if let Node::Rows(rows) = &expr.node
        && rows.up == depth
        && let Some((last, before)) = rows.via.split_last()
    {
        found(before, *last);
    }
    expr.children().into_iter().for_each(|child| look(child, inner, found));
}

/// Whether the expressions inside a node are over another row.
pub const fn enters(node: &Node) -> bool {
    matches!(node, Node::Rows(_) | Node::Related { .. })
}

/// Calls back for every node with how many rows stand around it; outer ones first.
fn walk(expr: &mut Expr, depth: u32, change: &mut impl FnMut(&mut Node, u32)) {
    change(&mut expr.node, depth);
    let inner = depth + u32::from(enters(&expr.node));
    expr.children_mut().into_iter().for_each(|child| walk(child, inner, change));
}
