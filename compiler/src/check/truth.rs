//! Where a comparison may be unknown and a plain yes or no is wanted.
use quater_ir::expr::{Context, Expr, Node};
use quater_ir::types::Type;

/// The condition as a value: what is unknown, because the caller or a related row is absent, is false.
pub(crate) fn known(condition: Expr) -> Expr {
    if condition.ty != Type::Bool || never_null(&condition) {
        return condition;
    }
    Expr::new(Node::Coalesce(Box::new(condition), Box::new(Expr::constant(false))), Type::Bool)
}

/// Whether an expression always has a value, whoever calls and whatever rows there are.
pub(crate) fn never_null(expr: &Expr) -> bool {
    if expr.ty.is_optional() || expr.ty == Type::Null {
        return false;
    }
    let all = |parts: &[Expr]| parts.iter().all(never_null);
    match &expr.node {
        Node::Context(context) => !matches!(
            context,
            Context::Actor | Context::Role | Context::Tenant | Context::Claim(_) | Context::Credential
        ),
        Node::Not(inner) | Node::Negate(inner) | Node::Convert(inner) => never_null(inner),
        Node::RowColumn { row: inner, .. } | Node::Member { record: inner, .. } => never_null(inner),
        Node::Refine { value: inner, .. } | Node::Coalesce(_, inner) => never_null(inner),
        Node::And(parts) | Node::Or(parts) | Node::Call(_, parts) | Node::Concat(parts) => all(parts),
        Node::Compare(_, a, b) | Node::Arithmetic(_, a, b) => never_null(a) && never_null(b),
        Node::In(item, list) => never_null(item) && all(list),
        Node::Contains { list, item } => never_null(list) && never_null(item),
        Node::If { then, otherwise, .. } => never_null(then) && never_null(otherwise),
        Node::Literal(_)
        | Node::Slot(_)
        | Node::Column { .. }
        | Node::Env(_)
        | Node::IsNull(_)
        | Node::Sign { .. }
        | Node::Record(..)
        | Node::List(_)
        | Node::Project { .. } => true,
        Node::Related { .. }
        | Node::Rows(_)
        | Node::Element(_)
        | Node::Fold { .. }
        | Node::Index { .. }
        | Node::Tuple(_)
        | Node::Patch(_)
        | Node::Part { .. }
        | Node::Map(_)
        | Node::MapOf { .. }
        | Node::Variant { .. }
        | Node::Narrow { .. }
        | Node::Has { .. }
        | Node::FilePart { .. }
        | Node::GroupKey
        | Node::Aggregate { .. } => true,
        Node::Match { arms, otherwise, .. } => {
            arms.iter().all(|(_, value)| never_null(value)) && otherwise.as_deref().is_none_or(never_null)
        }
    }
}
