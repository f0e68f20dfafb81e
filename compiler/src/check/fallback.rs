//! `find E(…) else value`: another value where no row is found.
use super::join::join;
use super::scope::{Scope, slot_value};
use super::{Checker, Typed};
use crate::ast::{self, ExprKind};
use crate::report::{Code, Span};
use quater_ir::body::Statement;
use quater_ir::expr::{Expr, Node};
use quater_ir::types::Type;

impl Checker<'_> {
    /// `find E(…)`, with an error or another value behind its `else`.
    pub(crate) fn found(
        &mut self,
        scope: &mut Scope,
        query: &ast::Query,
        otherwise: Option<&ast::Expr>,
        expected: Option<&Type>,
    ) -> Option<Typed> {
        match otherwise {
            Some(value) if self.is_fallback(scope, value) => self.find_or(scope, query, value, expected),
            otherwise => self.find(scope, query, otherwise, expected),
        }
    }

    /// Whether what stands behind the `else` of a `find` is a value rather than an error.
    fn is_fallback(&self, scope: &Scope, value: &ast::Expr) -> bool {
        let unknown = matches!(&value.kind, ExprKind::Name(name) if self.names_nothing(scope, name) && name.text != "actor");
        !unknown && !self.is_raise(value) && !matches!(value.kind, ExprKind::Hole)
    }

    /// The row that is found, or the other value; verbs in that run only where no row is found.
    fn find_or(
        &mut self,
        scope: &mut Scope,
        query: &ast::Query,
        fallback: &ast::Expr,
        expected: Option<&Type>,
    ) -> Option<Typed> {
        let found = self.find(scope, query, None, expected)?;
        self.touch_whole(scope, &found.expr);
        let ty = found.ty().required().clone();
        let slot = scope.slot("found", ty.clone());
        let there = super::expr::not(Expr::new(Node::IsNull(Box::new(found.expr.clone())), Type::Bool));
        let value = Expr::new(found.expr.node, ty.clone());
        let ((), then) = scope.nested(|scope| scope.body.block.push(Statement::Let { slot, value }));
        let (secret, otherwise) = scope.nested(|scope| {
            let other = self.expect(scope, fallback, &ty, "")?;
            self.touch_whole(scope, &other.expr);
            scope.body.block.push(Statement::Let { slot, value: other.expr });
            Some(other.secret)
        });
        let secret = secret?;
        scope.body.block.push(Statement::If { condition: there, then, otherwise });
        Some(Typed { expr: slot_value(slot, ty), secret, at: found.at })
    }

    /// The value, or where it is null the other value or the error.
    pub(crate) fn value_or(
        &mut self,
        scope: &mut Scope,
        value: Typed,
        fallback: &ast::Expr,
        at: Span,
    ) -> Option<Typed> {
        if !value.ty().is_optional() {
            let message = format!("{} is never absent, so `else` can't happen", self.describe(value.ty()));
            return self.error(Code::E0303, at, message);
        }
        let inner = value.ty().required().clone();
        if self.is_raise(fallback) {
            let raise = self.raise(scope, fallback)?;
            let slot = scope.slot("value", value.ty().clone());
            let held = slot_value(slot, value.expr.ty.clone());
            self.statement_allowed(scope, at)?;
            scope.body.block.push(Statement::Let { slot, value: value.expr });
            let present = super::expr::not(Expr::new(Node::IsNull(Box::new(held)), Type::Bool));
            scope.body.block.push(Statement::Require { condition: present, otherwise: raise });
            return Some(Typed { expr: slot_value(slot, inner), secret: value.secret, at });
        }
        let fallback = self.expr(scope, fallback, Some(&inner))?;
        let ty = join(&inner, fallback.ty()).unwrap_or_else(|| inner.clone());
        let present = Typed { expr: Expr::new(value.expr.node, inner), ..value };
        let value = self.coerce(scope, present, &ty, "")?;
        let fallback = self.coerce(scope, fallback, &ty, "")?;
        let secret = value.secret || fallback.secret;
        let first = Expr::new(value.expr.node, value.expr.ty.optional());
        let node = Node::Coalesce(Box::new(first), Box::new(fallback.expr));
        Some(Typed { expr: Expr::new(node, ty), secret, at })
    }
}
