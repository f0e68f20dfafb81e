//! Looking through expressions.
use quater_ir::Id;
use quater_ir::Program;
use quater_ir::entity::Column;
use quater_ir::expr::reach::{each_column, enters, further_in, through};
use quater_ir::expr::{Compare, Context, Expr, Node};
use quater_ir::types::Type;
use quater_ir::value::Literal;

/// Whether any part of an expression, or it itself, is such.
pub(crate) fn any(expr: &Expr, is: &dyn Fn(&Expr) -> bool) -> bool {
    is(expr) || expr.children().into_iter().any(|child| any(child, is))
}

/// Whether the value depends on the row, or on the rows of a group.
pub(crate) fn reads_row(expr: &Expr) -> bool {
    any(expr, &|it| {
        let row = matches!(it.node, Node::Column { .. } | Node::Related { .. } | Node::Rows(_));
        row || matches!(it.node, Node::GroupKey | Node::Aggregate { .. })
    })
}

/// Whether the value depends on the item of a list function so many levels out, or of one further out.
pub(crate) fn reads_item(expr: &Expr, out: u32) -> bool {
    if let Node::Element(its) = &expr.node {
        return *its >= out;
    }
    let inside: Vec<&Expr> = if let Node::Fold { each, .. } = &expr.node {
        each.iter().map(|it| &**it).collect()
    } else if let Node::MapOf { key, value, .. } = &expr.node {
        vec![key, value]
    } else {
        Vec::new()
    };
    expr.children().into_iter().any(|child| {
        let deeper = inside.iter().any(|it| std::ptr::eq(*it, child));
        reads_item(child, out + u32::from(deeper))
    })
}

/// Whether the value depends on rows that relations of the row lead to.
pub(crate) fn walks_relations(expr: &Expr) -> bool {
    any(expr, &|it| {
        let column = matches!(&it.node, Node::Column { via, .. } if !via.is_empty());
        column || matches!(it.node, Node::Related { .. } | Node::Rows(_))
    })
}

/// Whether a condition does nothing but compare columns, with what is known before the row is: the database decides it
/// in the time that it takes to give one of them, and always comes to the same.
pub(crate) fn compares_columns(condition: &Expr) -> bool {
    reads_row(condition) && only_compares(condition)
}

fn only_compares(condition: &Expr) -> bool {
    let column = |expr: &Expr| matches!(expr.node, Node::Column { .. });
    let known =
        |expr: &Expr| matches!(expr.node, Node::Context(Context::Actor | Context::Role | Context::Tenant));
    if let Node::And(parts) | Node::Or(parts) = &condition.node {
        return !parts.is_empty() && parts.iter().all(only_compares);
    }
    if let Node::Compare(Compare::Equal, left, right) = &condition.node {
        return column(left) && known(right) || known(left) && column(right);
    }
    if let Node::Not(inner) = &condition.node {
        return only_compares(inner);
    }
    if let Node::IsNull(inner) = &condition.node { column(inner) || known(inner) } else { false }
}

/// Visits the columns of the row itself.
pub(crate) fn columns(expr: &Expr, visit: &mut dyn FnMut(Id<Column>)) {
    each_column(expr, &mut |via, column| {
        if via.is_empty() {
            visit(column);
        }
    });
}

/// An expression over a row with what it takes of related rows written out: a projection of one as a
/// record, a column of one as that column, the row itself as its key; null where it may not be seen.
pub(crate) fn written_out(program: &Program, expr: &Expr) -> Expr {
    let ty = &expr.ty;
    if let Node::Project { shape, row } = &expr.node
        && let Node::Related { up, via, guard, masks } = &row.node
    {
        let fields = program.records[*shape].fields.values();
        let sources = fields.filter_map(|field| field.source.as_ref());
        let sources = sources.map(|source| masked(source, masks, 0));
        let members = sources.map(|source| written_out(program, &moved(&source, *up, via))).collect();
        let record = Expr::new(Node::Record(*shape, members), ty.required().clone());
        return where_seen(program, record, (*up, via, guard), row);
    }
    if let Node::RowColumn { row, column } = &expr.node
        && let Node::Related { up, via, guard, .. } = &row.node
    {
        let node = Node::Column { up: *up, via: via.clone(), column: *column };
        return where_seen(program, Expr::new(node, ty.clone()), (*up, via, guard), row);
    }
    let mut expr = expr.clone();
    if !matches!(expr.node, Node::Rows(_)) {
        for child in expr.children_mut() {
            *child = written_out(program, child);
        }
    }
    expr
}

/// An expression in which a column of the row at hand is null where it may not be read.
fn masked(expr: &Expr, masks: &[(Id<Column>, Expr)], depth: u32) -> Expr {
    if let Node::Column { up, via, column } = &expr.node
        && *up == depth
        && let first = via.first().unwrap_or(column)
        && let Some((_, condition)) = masks.iter().find(|(masked, _)| masked == first)
    {
        let condition = Box::new(further_in(condition.clone(), depth));
        let null = Expr::new(Node::Literal(Literal::Null), expr.ty.clone().optional());
        let (then, otherwise) = (Box::new(expr.clone()), Box::new(null));
        return Expr::new(Node::If { condition, then, otherwise }, expr.ty.clone().optional());
    }
    let mut expr = expr.clone();
    let inner = depth + u32::from(enters(&expr.node));
    for child in expr.children_mut() {
        *child = masked(child, masks, inner);
    }
    expr
}

/// An expression over the row that relations lead to, as one over the row they begin at.
fn moved(expr: &Expr, up: u32, via: &[Id<Column>]) -> Expr {
    further_in(via.iter().rev().fold(expr.clone(), |expr, relation| through(*relation, expr)), up)
}

/// A value of a related row; null where that row is absent or may not be seen.
fn where_seen(
    program: &Program,
    value: Expr,
    (up, via, guard): (u32, &[Id<Column>], &Expr),
    row: &Expr,
) -> Expr {
    let mut conditions = Vec::new();
    if let (true, Some((last, before))) = (row.ty.is_optional(), via.split_last()) {
        let key = Node::Column { up, via: before.to_vec(), column: *last };
        let absent = Node::IsNull(Box::new(Expr::new(key, row.ty.clone())));
        conditions.push(Expr::new(Node::Not(Box::new(Expr::new(absent, Type::Bool))), Type::Bool));
    }
    if !guard.is(true) {
        conditions.push(written_out(program, &moved(guard, up, via)));
    }
    if conditions.is_empty() {
        return value;
    }
    let ty = value.ty.clone().optional();
    let null = Expr::new(Node::Literal(Literal::Null), ty.clone());
    let condition = Box::new(Expr::new(Node::And(conditions), Type::Bool));
    Expr::new(Node::If { condition, then: Box::new(value), otherwise: Box::new(null) }, ty)
}
