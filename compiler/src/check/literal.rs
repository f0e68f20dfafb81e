//! Values that are written out: numbers, texts, durations.
use super::expr::unrefined;
use super::scope::Scope;
use super::{Checker, Typed};
use crate::ast::{self, Literal as Written, TextPart, TimeUnit};
use crate::report::{Code, Report, Span};
use quater_ir::expr::{Expr, Node};
use quater_ir::types::{Bounds, TextRules, Type};
use quater_ir::value::Literal;
use rust_decimal::Decimal;
use smol_str::SmolStr;

impl Checker<'_> {
    /// A value that is written out.
    pub(crate) fn literal(&mut self, literal: Written, expected: Option<&Type>, at: Span) -> Option<Typed> {
        let wanted = expected.map(Type::required);
        let (literal, ty) = match literal {
            Written::Null => (Literal::Null, Type::Null),
            Written::Bool(value) => (Literal::Bool(value), Type::Bool),
            Written::Int(value) => match wanted {
                Some(Type::Decimal { scale, .. }) => decimal(value.into(), *scale),
                Some(Type::Float(_)) => (Literal::Float(value as f64), exact_float(value as f64)),
                _ => (Literal::Int(value), exact_int(value)),
            },
            Written::Decimal(value) => match wanted {
                Some(Type::Float(_)) => float(value),
                Some(Type::Decimal { scale, .. }) if value.normalize().scale() <= u32::from(*scale) => {
                    decimal(value, *scale)
                }
                _ => decimal(value, u8::try_from(value.scale()).unwrap_or(u8::MAX)),
            },
            Written::Duration { count, unit } => {
                let unit: u64 = match unit {
                    TimeUnit::Millisecond => 1,
                    TimeUnit::Second => 1_000,
                    TimeUnit::Minute => 60_000,
                    TimeUnit::Hour => 3_600_000,
                    TimeUnit::Day => 86_400_000,
                    TimeUnit::Week => 604_800_000,
                };
                let Some(length) = count.checked_mul(unit).and_then(|length| i64::try_from(length).ok())
                else {
                    return self.error(Code::E0307, at, "this is longer than a duration can be");
                };
                (Literal::Duration(length), Type::Duration)
            }
            Written::Size { .. } => {
                return self.error(Code::E0301, at, "a size belongs into a type or a setting");
            }
        };
        Some(Typed { expr: Expr::new(Node::Literal(literal), ty), secret: false, at })
    }

    /// `"…"`, with values in braces or without.
    pub(crate) fn text(
        &mut self,
        scope: &mut Scope,
        text: &ast::Text,
        expected: Option<&Type>,
    ) -> Option<Typed> {
        if let Some(plain) = text.plain() {
            let plain = SmolStr::new(plain);
            if let Some(Type::Enum(id)) = expected.map(Type::required) {
                let report = Report::new(Code::E0301, text.at, "a text where a member of an enum is needed");
                let report = if self.enums[*id].members.contains(&plain) {
                    report.fix("write the member's name", text.at, plain.as_str())
                } else {
                    report
                };
                return self.report(report);
            }
            let length = u32::try_from(plain.chars().count()).ok();
            let length = Bounds { min: length, max: length };
            let rules = TextRules { length, ..TextRules::ANY };
            let expr = Expr::new(Node::Literal(Literal::Text(plain)), Type::Text(rules));
            return Some(Typed { expr, secret: false, at: text.at });
        }
        let mut secret = false;
        let mut parts = Vec::new();
        for part in &text.parts {
            match part {
                TextPart::Letters(letters) => {
                    parts.push(Expr::new(Node::Literal(Literal::Text(letters.clone())), Type::TEXT));
                }
                TextPart::Value(value) => {
                    let value = self.expr(scope, value, None)?;
                    if matches!(
                        value.ty().required(),
                        Type::Record(_) | Type::Row(_) | Type::List(..) | Type::Password
                    ) {
                        let message = format!("{} has no text", self.describe(value.ty()));
                        return self.error(Code::E0301, value.at, message);
                    }
                    secret |= value.secret;
                    parts.push(value.expr);
                }
            }
        }
        Some(Typed { expr: Expr::new(Node::Concat(parts), Type::TEXT), secret, at: text.at })
    }

    /// `-x`
    pub(crate) fn negate(
        &mut self,
        scope: &mut Scope,
        operand: &ast::Expr,
        expected: Option<&Type>,
        at: Span,
    ) -> Option<Typed> {
        let operand = self.expr(scope, operand, expected)?;
        let (node, ty) = match (operand.expr.node, &operand.expr.ty) {
            (Node::Literal(Literal::Int(value)), _) => {
                (Node::Literal(Literal::Int(-value)), exact_int(-value))
            }
            (Node::Literal(Literal::Decimal(value)), Type::Decimal { scale, .. }) => {
                let (literal, ty) = decimal(-value, *scale);
                (Node::Literal(literal), ty)
            }
            (Node::Literal(Literal::Float(value)), _) => {
                (Node::Literal(Literal::Float(-value)), exact_float(-value))
            }
            (node, ty) => {
                if !matches!(ty, Type::Int(_) | Type::Float(_) | Type::Decimal { .. } | Type::Duration) {
                    let message = format!("{} has no sign", self.describe(ty));
                    return self.error(Code::E0305, operand.at, message);
                }
                let ty = unrefined(ty);
                (Node::Negate(Box::new(Expr::new(node, operand.expr.ty))), ty)
            }
        };
        Some(Typed { expr: Expr::new(node, ty), secret: operand.secret, at })
    }
}

fn exact_int(value: i64) -> Type {
    Type::Int(Bounds { min: Some(value), max: Some(value) })
}

fn exact_float(value: f64) -> Type {
    Type::Float(Bounds { min: Some(value), max: Some(value) })
}

fn float(value: Decimal) -> (Literal, Type) {
    let value = rust_decimal::prelude::ToPrimitive::to_f64(&value).unwrap_or(f64::INFINITY);
    (Literal::Float(value), exact_float(value))
}

fn decimal(mut value: Decimal, scale: u8) -> (Literal, Type) {
    value.rescale(u32::from(scale));
    let bounds = Bounds { min: Some(value), max: Some(value) };
    (Literal::Decimal(value), Type::Decimal { scale, bounds })
}
