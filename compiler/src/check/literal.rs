//! Values that are written out: numbers, texts, durations.
use super::compare::is_structure;
use super::expr::unrefined;
use super::scope::Scope;
use super::{Checker, Typed};
use crate::ast::{self, Literal as Written, TextPart, TimeUnit};
use crate::report::{Code, Report, Span};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::civil::Date;
use quater_ir::address;
use quater_ir::expr::{Expr, Node};
use quater_ir::time::{DURATION_LIMIT, INSTANTS};
use quater_ir::types::{Bounds, Case, INT_LIMIT, TextRules, Type};
use quater_ir::value::Literal;
use rust_decimal::Decimal;
use smol_str::SmolStr;
use std::fmt::Display;
use uuid::Uuid;

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
                _ if value.unsigned_abs() > INT_LIMIT.unsigned_abs() => {
                    return self.error(Code::E0307, at, format!("an `int` lies within ±{INT_LIMIT}"));
                }
                _ => (Literal::Int(value), exact_int(value)),
            },
            Written::Decimal(value) if !storable(value) => {
                return self.error(Code::E0307, at, "a decimal has 18 digits at most");
            }
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
                let length = count.checked_mul(unit).and_then(|length| i64::try_from(length).ok());
                let Some(length) = length.filter(|length| *length <= DURATION_LIMIT) else {
                    let most = DURATION_LIMIT / 86_400_000;
                    return self.error(Code::E0307, at, format!("a duration has at most {most} days"));
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
            if let Some(ty) = expected.and_then(|ty| self.written_as_text(ty)) {
                return self.standing_for(plain, ty, text.at);
            }
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
                    self.has_text(&value)?;
                    self.no_dollar(text, &value);
                    secret |= value.secret;
                    parts.push(value.expr);
                }
            }
        }
        Some(Typed { expr: Expr::new(Node::Concat(parts), Type::TEXT), secret, at: text.at })
    }

    /// That no `$` stands before a value, as other languages have it; one before a number is of money.
    fn no_dollar(&mut self, text: &ast::Text, value: &Typed) {
        if matches!(value.ty(), Type::Int(_) | Type::Float(_) | Type::Decimal { .. }) {
            return;
        }
        let before = self.sources.text(Span { end: value.at.start, ..text.at }).trim_end_matches([' ', '(']);
        let Some(before) = before.strip_suffix("${") else { return };
        let start = text.at.start + u32::try_from(before.len()).unwrap_or(0);
        let dollar = Span { start, end: start + 1, ..text.at };
        let report =
            Report::new(Code::W0301, dollar, "the `$` stays in the text: a value stands in braces alone");
        self.sink.push(report.help("write `{…}`").choice("take the `$` out", dollar, ""));
    }

    /// That a value in a text is there, and has a text.
    fn has_text(&mut self, value: &Typed) -> Option<()> {
        let ty = value.ty().required();
        if is_structure(ty) || matches!(ty, Type::Row(_) | Type::Password) {
            let message = format!("{} has no text", self.describe(value.ty()));
            return self.error(Code::E0301, value.at, message);
        }
        if !value.ty().is_optional() {
            return Some(());
        }
        let report = Report::new(Code::E0303, value.at, "this may be absent, and then there is no text");
        let report = report.help("say what stands there instead: `{x else …}`, or test it first");
        let text = matches!(ty, Type::Text(_));
        self.report(if text { report.fix("leave it out", value.at.after(), " else \"\"") } else { report })
    }

    /// The type that a text stands for where a key, a day or a moment is needed.
    fn written_as_text(&self, wanted: &Type) -> Option<Type> {
        let ty = wanted.required();
        if let Type::Ref(entity) = ty {
            return (self.key_type(*entity) == Type::Uuid).then_some(Type::Uuid);
        }
        if let Type::Bytes { .. } = ty {
            return Some(Type::Bytes { max: None });
        }
        matches!(ty, Type::Uuid | Type::Date | Type::Instant).then(|| ty.clone())
    }

    /// A text as the key, the day or the moment that it stands for.
    fn standing_for(&mut self, text: SmolStr, ty: Type, at: Span) -> Option<Typed> {
        if let Type::Bytes { .. } = ty {
            return self.bytes_of(text, at);
        }
        let (stands, like) = if ty == Type::Uuid {
            (text.len() == 36 && text.parse::<Uuid>().is_ok(), "0190aaaa-0000-7000-8000-000000000000")
        } else if ty == Type::Date {
            (text.len() == 10 && text.parse::<Date>().is_ok(), "2026-03-01")
        } else {
            let moment = quater_ir::time::instant(&text);
            if moment.is_some_and(|it| !INSTANTS.contains(&it)) {
                return self.error(Code::E0307, at, "an `instant` lies in the years 0 to 9999, in UTC");
            }
            (moment.is_some(), "2026-03-01T12:00:00Z")
        };
        if !stands {
            let report = Report::new(Code::E0307, at, format!("this text is no {}", self.describe(&ty)));
            return self.report(report.help(format!("write one as in `\"{like}\"`")));
        }
        let text = Expr::new(Node::Literal(Literal::Text(text)), Type::TEXT);
        Some(Typed { expr: Expr::new(Node::Convert(Box::new(text)), ty), secret: false, at })
    }

    /// Bytes, written as JSON has them.
    fn bytes_of(&mut self, text: SmolStr, at: Span) -> Option<Typed> {
        let Ok(bytes) = STANDARD.decode(text.as_bytes()) else {
            let report = Report::new(Code::E0307, at, "this text is no base64, which says what `bytes` are");
            return self.report(report.help("write bytes as in `\"aGVsbG8=\"`"));
        };
        let max = u64::try_from(bytes.len()).ok();
        let text = Expr::new(Node::Literal(Literal::Text(text)), Type::TEXT);
        let expr = Expr::new(Node::Convert(Box::new(text)), Type::Bytes { max });
        Some(Typed { expr, secret: false, at })
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

/// Whether a decimal fits 64 bits once its point is left out.
fn storable(value: Decimal) -> bool {
    i64::try_from(value.mantissa()).is_ok()
}

/// Why a value that is written out is none of a type; one that is computed is checked when it runs.
pub(super) fn misfit(value: &Expr, ty: &Type) -> Option<String> {
    if let (Node::List(items), Type::List(_, bounds)) = (&value.node, ty) {
        let count = u32::try_from(items.len()).unwrap_or(u32::MAX);
        return (!bounds.allow(&count))
            .then(|| format!("a list of {count} where {} are allowed", range(bounds)));
    }
    if let (Node::Map(entries), Type::Map(_, _, bounds)) = (&value.node, ty) {
        let count = u32::try_from(entries.len()).unwrap_or(u32::MAX);
        return (!bounds.allow(&count))
            .then(|| format!("a map of {count} where {} are allowed", range(bounds)));
    }
    if let (Node::Convert(_), Type::Bytes { max: Some(count) }, Type::Bytes { max: Some(most) }) =
        (&value.node, &value.ty, ty)
    {
        return (count > most).then(|| format!("{count} bytes where {most} are allowed"));
    }
    let Node::Literal(literal) = &value.node else { return None };
    match (literal, ty) {
        (Literal::Int(value), Type::Int(bounds)) => outside(value, bounds),
        (Literal::Float(value), Type::Float(bounds)) => outside(value, bounds),
        (Literal::Decimal(value), Type::Decimal { bounds, scale }) => {
            let digits = u32::from(*scale).saturating_sub(value.normalize().scale());
            let wide =
                10_i128.checked_pow(digits).and_then(|unit| value.normalize().mantissa().checked_mul(unit));
            if wide.is_none_or(|wide| i64::try_from(wide).is_err()) {
                return Some(format!("{} has more than 18 digits", value.normalize()));
            }
            outside(&value.normalize(), bounds)
        }
        (Literal::Text(text), Type::Text(rules)) => text_misfit(text, rules),
        (Literal::Text(text), Type::Email) => {
            address::mail(text).is_none().then(|| format!("`{text}` is no mail address"))
        }
        (Literal::Text(text), Type::Url) => {
            (!address::is_url(text)).then(|| format!("`{text}` is no absolute URL"))
        }
        _ => None,
    }
}

fn text_misfit(text: &str, rules: &TextRules) -> Option<String> {
    let text = if rules.trim { text.trim() } else { text };
    let text = match rules.case {
        Some(Case::Lower) => text.to_lowercase(),
        Some(Case::Upper) => text.to_uppercase(),
        None => text.to_owned(),
    };
    let length = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
    if !rules.length.allow(&length) {
        return Some(format!("a text of {length} letters where {} are allowed", range(&rules.length)));
    }
    let pattern = rules.pattern.as_ref()?;
    let read = quater_ir::pattern::for_rust(pattern).ok()?;
    let regex = regex::Regex::new(&format!("^(?:{read})$")).ok()?;
    (!regex.is_match(&text)).then(|| format!("this text does not match `/{pattern}/`"))
}

fn outside<T: PartialOrd + Display>(value: &T, bounds: &Bounds<T>) -> Option<String> {
    (!bounds.allow(value)).then(|| format!("{value} where {} is allowed", range(bounds)))
}

/// Bounds as they are written.
fn range<T: Display>(bounds: &Bounds<T>) -> String {
    let end = |end: &Option<T>| end.as_ref().map_or_else(String::new, ToString::to_string);
    format!("`{}..{}`", end(&bounds.min), end(&bounds.max))
}
