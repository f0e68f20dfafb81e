//! JSON that is written out where a `json` is needed: objects, lists and what stands in them.
use super::scope::Scope;
use super::{Checker, Typed};
use crate::ast::{self, ExprKind, Literal as Written, UnaryOp};
use crate::report::{Code, Report, Span};
use quater_ir::expr::{Expr, Node};
use quater_ir::types::{Bounds, Type};
use quater_ir::value::Literal;

/// How many records may stand in each other.
const DEPTH: usize = 16;

/// Whether a value is written out.
pub(crate) const fn is_written(value: &ast::Expr) -> bool {
    matches!(
        value.kind,
        ExprKind::Record(_)
            | ExprKind::Map(_)
            | ExprKind::MapFor { .. }
            | ExprKind::List(_)
            | ExprKind::Text(_)
            | ExprKind::Literal(
                Written::Bool(_) | Written::Int(_) | Written::Decimal(_) | Written::Duration { .. }
            )
            | ExprKind::Unary { op: UnaryOp::Negate, .. }
    )
}

impl Checker<'_> {
    /// A value that is written out, as JSON.
    pub(crate) fn json(&mut self, scope: &mut Scope, value: &ast::Expr) -> Option<Typed> {
        let value = if let ExprKind::List(items) = &value.kind {
            self.json_items(scope, items, value.at)?
        } else if let ExprKind::Record(record) = &value.kind {
            let name = |name: &ast::Name| ast::Expr { kind: ExprKind::Name(name.clone()), at: name.at };
            let mut members = Vec::new();
            for (key, value) in self.entries(record)? {
                let its = value.cloned().unwrap_or_else(|| name(&key));
                let text = Expr::new(Node::Literal(Literal::Text(key.text.clone())), Type::TEXT);
                members.push((Typed { expr: text, secret: false, at: key.at }, its));
            }
            self.json_members(scope, members, value.at)?
        } else if let ExprKind::Map(entries) = &value.kind {
            let mut members = Vec::new();
            for (key, value) in entries {
                members.push((self.expect(scope, key, &Type::TEXT, "key")?, value.clone()));
            }
            self.json_members(scope, members, value.at)?
        } else {
            let wanted = is_decimal(value).then_some(&Type::FLOAT);
            let value = self.expr(scope, value, wanted)?;
            self.touch_whole(scope, &value.expr);
            value
        };
        self.as_json(value)
    }

    fn json_items(&mut self, scope: &mut Scope, items: &[ast::Expr], at: Span) -> Option<Typed> {
        let (mut values, mut secret) = (Vec::new(), false);
        for item in items {
            let value = self.json(scope, item)?;
            secret |= value.secret;
            values.push(Expr { ty: Type::Json.optional(), ..value.expr });
        }
        let ty = Type::List(Box::new(Type::Json.optional()), Bounds::ANY);
        Some(Typed { expr: Expr::new(Node::List(values), ty), secret, at })
    }

    fn json_members(
        &mut self,
        scope: &mut Scope,
        members: Vec<(Typed, ast::Expr)>,
        at: Span,
    ) -> Option<Typed> {
        let (mut entries, mut secret) = (Vec::<(Expr, Expr)>::new(), false);
        for (key, value) in members {
            let written = matches!(key.expr.node, Node::Literal(_));
            if written && entries.iter().any(|(other, _)| other.node == key.expr.node) {
                return self.error(Code::E0202, key.at, "this key is there twice");
            }
            let value = self.json(scope, &value)?;
            secret |= key.secret || value.secret;
            entries.push((key.expr, Expr { ty: Type::Json.optional(), ..value.expr }));
        }
        let ty = Type::Map(Box::new(Type::TEXT), Box::new(Type::Json.optional()), Bounds::ANY);
        Some(Typed { expr: Expr::new(Node::Map(entries), ty), secret, at })
    }

    /// A value as the JSON that it is on the wire.
    fn as_json(&mut self, value: Typed) -> Option<Typed> {
        let Typed { expr, secret, at } = value;
        let ty =
            if expr.ty.is_optional() || expr.ty == Type::Null { Type::Json.optional() } else { Type::Json };
        if *expr.ty.required() == Type::Json || expr.ty == Type::Null {
            return Some(Typed { expr: Expr { ty, ..expr }, secret, at });
        }
        if !self.has_json(&expr.ty, DEPTH) {
            let report =
                Report::new(Code::E0301, at, format!("{} has no JSON here", self.describe(&expr.ty)));
            return self.report(report.help("name the values that belong there, one by one"));
        }
        Some(Typed { expr: Expr::new(Node::Convert(Box::new(expr)), ty), secret, at })
    }

    /// Whether values of a type can be shown, by nothing but the type.
    fn has_json(&self, ty: &Type, depth: usize) -> bool {
        match ty {
            Type::Optional(of) | Type::List(of, _) | Type::Map(_, of, _) => self.has_json(of, depth),
            Type::Tuple(parts) => parts.iter().all(|part| self.has_json(part, depth)),
            Type::Record(id) => {
                let fields = self.records[*id].fields.values();
                depth > 0 && fields.into_iter().all(|it| !it.secret && self.has_json(&it.ty, depth - 1))
            }
            Type::Union(id) => {
                let members = self.unions[*id].members.iter();
                depth > 0 && members.into_iter().all(|it| self.has_json(&Type::Record(it.record), depth - 1))
            }
            Type::Bool
            | Type::Int(_)
            | Type::Float(_)
            | Type::Decimal { .. }
            | Type::Text(_)
            | Type::Bytes { .. }
            | Type::Uuid
            | Type::Date
            | Type::Instant
            | Type::Duration
            | Type::Json
            | Type::Url
            | Type::Email
            | Type::Enum(_)
            | Type::Ref(_)
            | Type::Null => true,
            Type::Password
            | Type::File(_)
            | Type::Row(_)
            | Type::Page(_)
            | Type::Stream(_)
            | Type::Patch(_) => false,
        }
    }
}

/// Whether a number has a point, which JSON has as a double.
fn is_decimal(value: &ast::Expr) -> bool {
    if let ExprKind::Unary { op: UnaryOp::Negate, operand } = &value.kind {
        return is_decimal(operand);
    }
    matches!(value.kind, ExprKind::Literal(Written::Decimal(_)))
}
