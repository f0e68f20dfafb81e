//! A condition as it stands where nobody calls: a job has no actor and no role.
use super::expr::not;
use super::guard::{all, any};
use quater_ir::expr::{Context, Expr, Node};
use quater_ir::types::Type;
use quater_ir::value::Literal;

/// The condition without a caller; what could then never hold is plainly false.
pub(crate) fn uncalled(mut condition: Expr) -> Expr {
    fold(&mut condition);
    certain(condition)
}

/// What can be true of a condition: unknown is not.
fn certain(condition: Expr) -> Expr {
    if is_null(&condition) {
        return Expr::constant(false);
    }
    if let Node::And(parts) = condition.node {
        return all(parts.into_iter().map(certain).collect());
    }
    if let Node::Or(parts) = condition.node {
        return any(parts.into_iter().map(certain).collect());
    }
    condition
}

fn is_null(expr: &Expr) -> bool {
    matches!(expr.node, Node::Literal(Literal::Null))
}

/// Puts null for the caller, and works out what follows from it.
fn fold(expr: &mut Expr) {
    expr.children_mut().into_iter().for_each(fold);
    if let Some(node) = folded(expr) {
        expr.node = node;
    }
}

fn folded(expr: &mut Expr) -> Option<Node> {
    let null = || Some(Node::Literal(Literal::Null));
    if let Node::Context(Context::Actor | Context::Role) = expr.node {
        return null();
    }
    if let Node::RowColumn { row: inner, .. }
    | Node::Not(inner)
    | Node::Negate(inner)
    | Node::Convert(inner)
    | Node::In(inner, _) = &expr.node
        && is_null(inner)
    {
        return null();
    }
    if let Node::Compare(_, left, right) = &expr.node
        && (is_null(left) || is_null(right))
        && !(left.ty.is_optional() && right.ty.is_optional())
    {
        return null();
    }
    if let Node::Contains { list, item } = &expr.node
        && (is_null(list) || is_null(item))
    {
        return null();
    }
    if let Node::IsNull(inner) = &expr.node
        && is_null(inner)
    {
        return Some(Expr::constant(true).node);
    }
    joined(expr)
}

/// Conditions joined by `and`, `or`, `not` and `else`, some of which are known now.
fn joined(expr: &mut Expr) -> Option<Node> {
    if let Node::And(parts) | Node::Or(parts) = &mut expr.node {
        let parts = std::mem::take(parts);
        let and = matches!(expr.node, Node::And(_));
        if !parts.is_empty() && parts.iter().all(is_null) {
            return Some(Node::Literal(Literal::Null));
        }
        return Some(if and { all(parts).node } else { any(parts).node });
    }
    if let Node::Not(inner) = &mut expr.node
        && (inner.is(true) || inner.is(false))
    {
        let inner = std::mem::replace(&mut **inner, Expr::new(Node::Literal(Literal::Null), Type::Bool));
        return Some(not(inner).node);
    }
    if let Node::Coalesce(first, second) = &mut expr.node {
        let nothing = || Expr::new(Node::Literal(Literal::Null), Type::Bool);
        if is_null(first) {
            return Some(std::mem::replace(&mut **second, nothing()).node);
        }
        if first.is(true) || first.is(false) {
            return Some(std::mem::replace(&mut **first, nothing()).node);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role() -> Expr {
        let role = Expr::new(Node::Context(Context::Role), Type::TEXT);
        let admin = Expr::new(Node::Literal(Literal::Text("admin".into())), Type::TEXT);
        Expr::new(Node::In(Box::new(role), vec![admin]), Type::Bool)
    }

    fn given() -> Expr {
        Expr::new(Node::Slot(quater_ir::expr::Slot(0)), Type::Bool)
    }

    fn or(parts: Vec<Expr>) -> Expr {
        Expr::new(Node::Or(parts), Type::Bool)
    }

    fn and(parts: Vec<Expr>) -> Expr {
        Expr::new(Node::And(parts), Type::Bool)
    }

    #[test]
    fn what_needs_a_caller_never_holds() {
        assert!(uncalled(role()).is(false));
        assert!(uncalled(and(vec![given(), role()])).is(false));
        assert!(uncalled(not(role())).is(false));
        assert_eq!(uncalled(or(vec![given(), role()])), given());
    }

    #[test]
    fn a_denial_that_is_unknown_holds() {
        let denied = Node::Coalesce(Box::new(role()), Box::new(Expr::constant(true)));
        assert!(uncalled(not(Expr::new(denied, Type::Bool))).is(false));
    }

    #[test]
    fn what_is_unknown_stays_where_it_may_be_false() {
        let both = and(vec![given(), role()]);
        let kept = uncalled(not(both));
        assert!(!kept.is(false) && !kept.is(true));
    }
}
