//! What tests say about the paths they look at: that a value is there, or which member of a union it is.
use super::scope::Scope;
use super::{Checker, Typed};
use crate::ast::{self, BinaryOp, ExprKind, Literal, UnaryOp};
use quater_ir::expr::{Expr, Node};
use quater_ir::types::Type;

impl Checker<'_> {
    /// The value at a path, as the tests around it leave it.
    pub(crate) fn narrow(&self, scope: &Scope, path: &str, mut value: Expr) -> Expr {
        if value.ty.is_optional() && scope.narrowed.iter().any(|tested| tested == path) {
            value.ty = value.ty.required().clone();
        }
        let Type::Union(union) = value.ty else { return value };
        let known = scope.variants.iter().rev().find(|(tested, _)| tested == path);
        let Some((at, known)) =
            known.and_then(|(_, at)| Some((*at, self.unions[union].members.get(*at as usize)?)))
        else {
            return value;
        };
        let ty = Type::Record(known.record);
        Expr::new(Node::Narrow { value: Box::new(value), member: at }, ty)
    }

    /// The value of an expression that may be a path, as the tests around it leave it.
    pub(crate) fn narrowed(&self, scope: &Scope, ast: &ast::Expr, value: Typed) -> Typed {
        match path_of(ast) {
            Some(path) => Typed { expr: self.narrow(scope, &path, value.expr), ..value },
            None => value,
        }
    }
}

/// Paths that are not null, and members that a patch names, where a condition is `truth`.
pub(crate) fn tested(condition: &ast::Expr, truth: bool, paths: &mut Vec<String>) {
    if let ExprKind::IsNull { value, negated } = &condition.kind {
        if *negated == truth
            && let Some(path) = path_of(value)
        {
            paths.push(path);
        }
    } else if let ExprKind::Has { value, name } = &condition.kind {
        if truth && let Some(path) = path_of(value) {
            paths.push(given(&path, name));
        }
    } else if let ExprKind::Unary { op: UnaryOp::Not, operand } = &condition.kind {
        tested(operand, !truth, paths);
    } else if let ExprKind::Binary { op, left, right, .. } = &condition.kind
        && *op == (if truth { BinaryOp::And } else { BinaryOp::Or })
    {
        tested(left, truth, paths);
        tested(right, truth, paths);
    }
}

/// That the patch at a path names a member, as a path.
pub(crate) fn given(patch: &str, member: &ast::Name) -> String {
    format!("{patch} has {}", member.text)
}

/// `title`, `order.note` or `counts[kind]` as text.
pub(crate) fn path_of(expr: &ast::Expr) -> Option<String> {
    if let ExprKind::Name(name) = &expr.kind {
        return Some(name.text.to_string());
    }
    if let ExprKind::Field { base, name } = &expr.kind {
        return Some(format!("{}.{}", path_of(base)?, name.text));
    }
    let ExprKind::Index { base, index } = &expr.kind else { return None };
    Some(format!("{}[{}]", path_of(base)?, step_of(index)?))
}

/// A position or a key that is the same wherever it is written.
fn step_of(index: &ast::Expr) -> Option<String> {
    if let ExprKind::Literal(Literal::Int(at)) = &index.kind {
        return Some(at.to_string());
    }
    if let ExprKind::Text(text) = &index.kind {
        return Some(format!("{:?}", text.plain()?));
    }
    path_of(index)
}
