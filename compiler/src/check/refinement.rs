//! Refinements: what stands in parentheses after a scalar.
use super::Checker;
use crate::ast::{self, Argument, ArgumentKind, ExprKind, Literal, SizeUnit};
use crate::report::{Code, Report, Span};
use quater_ir::types::{Bounds, Case, FileRules, TextRules, Type};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

/// Digits behind the point of a bare `decimal`.
pub(crate) const DEFAULT_SCALE: u8 = 6;

/// Most digits behind the point: with 18 digits in all a decimal fits 64 bits.
const MAX_SCALE: i64 = 12;

impl Checker<'_> {
    /// A scalar narrowed by its arguments.
    pub(crate) fn refined(&mut self, base: Type, arguments: &[Argument], at: Span) -> Option<Type> {
        arguments.iter().try_fold(base, |ty, argument| self.refine(ty, argument, at))
    }

    fn refine(&mut self, ty: Type, argument: &Argument, at: Span) -> Option<Type> {
        match (&argument.kind, ty) {
            (ArgumentKind::Stray, _) => None,
            (ArgumentKind::Range(range), ty) => self.ranged(ty, range),
            (ArgumentKind::Value(value), Type::Text(rules)) => self.text_rule(rules, value),
            (ArgumentKind::Value(value), Type::File(rules)) => self.media(rules, value),
            (ArgumentKind::Value(value), Type::Decimal { bounds, .. }) => {
                let digits = self.whole(value)?;
                if !(0..=MAX_SCALE).contains(&digits) {
                    let message = format!("a decimal has 0 to {MAX_SCALE} digits behind the point");
                    return self.error(Code::E0302, value.at, message);
                }
                Some(Type::Decimal { scale: digits as u8, bounds })
            }
            (
                ArgumentKind::Value(_)
                | ArgumentKind::Named { .. }
                | ArgumentKind::Computed { .. }
                | ArgumentKind::Optional(_)
                | ArgumentKind::Everything,
                ty,
            ) => {
                let message = format!("{} can't be refined like this", self.describe(&ty));
                let report = Report::new(Code::E0302, argument.at, message).label(at, "of this type");
                self.report(report.help("a refinement is a range such as `1..80`, or for text a `/regex/`, `trim`, `lower`, `upper`"))
            }
        }
    }

    fn ranged(&mut self, ty: Type, range: &ast::Range) -> Option<Type> {
        let (low, high) = (range.low.as_deref(), range.high.as_deref());
        match ty {
            Type::Int(_) => {
                let bounds = self.bounds(low, high, Self::whole)?;
                Some(Type::Int(in_order(self, &bounds, range.at)?))
            }
            Type::Float(_) => {
                let bounds = self.bounds(low, high, |checker, expr| {
                    checker.number(expr).and_then(|number| number.to_f64())
                })?;
                Some(Type::Float(in_order(self, &bounds, range.at)?))
            }
            Type::Decimal { scale, .. } => {
                let bounds = self.bounds(low, high, Self::number)?;
                let bounds = in_order(self, &bounds, range.at)?;
                if [bounds.min, bounds.max]
                    .into_iter()
                    .flatten()
                    .any(|end| end.normalize().scale() > u32::from(scale))
                {
                    let message = format!("this bound has more than {scale} digits behind the point");
                    return self.error(Code::E0302, range.at, message);
                }
                Some(Type::Decimal { scale, bounds })
            }
            Type::Text(rules) => {
                let bounds = self.bounds(low, high, |checker, expr| checker.length(expr))?;
                Some(Type::Text(TextRules { length: in_order(self, &bounds, range.at)?, ..rules }))
            }
            Type::Bytes { .. } => self.at_most(low, high).map(|max| Type::Bytes { max }),
            Type::File(rules) => self.at_most(low, high).map(|max| Type::File(FileRules { max, ..rules })),
            Type::Bool
            | Type::Uuid
            | Type::Date
            | Type::Instant
            | Type::Duration
            | Type::Json
            | Type::Url
            | Type::Email
            | Type::Password
            | Type::Enum(_)
            | Type::Record(_)
            | Type::Ref(_)
            | Type::Row(_)
            | Type::List(..)
            | Type::Map(..)
            | Type::Tuple(_)
            | Type::Union(_)
            | Type::Page(_)
            | Type::Stream(_)
            | Type::Patch(_)
            | Type::Optional(_)
            | Type::Null => {
                let message = format!("{} has no range", self.describe(&ty));
                self.error(Code::E0302, range.at, message)
            }
        }
    }

    /// Most bytes.
    #[expect(clippy::option_option, reason = "no bound, or one with a reported fault")]
    fn at_most(&mut self, low: Option<&ast::Expr>, high: Option<&ast::Expr>) -> Option<Option<u64>> {
        if let Some(low) = low {
            return self.error(Code::E0302, low.at, "a number of bytes has no least");
        }
        match high {
            Some(expr) => self.size(expr).map(Some),
            None => Some(None),
        }
    }

    /// A media type that an upload may have.
    fn media(&mut self, rules: FileRules, value: &ast::Expr) -> Option<Type> {
        let text = if let ExprKind::Text(text) = &value.kind { self.plain(text)? } else { "" };
        let token =
            |part: &str| !part.is_empty() && part.bytes().all(|it| it.is_ascii_graphic() && it != b'/');
        if !text.split_once('/').is_some_and(|(kind, sort)| token(kind) && token(sort) && sort != "*") {
            let report = Report::new(Code::E0302, value.at, "a media type or a size belongs here");
            return self.report(report.help("write `file(\"image/png\", ..5mb)`"));
        }
        let mut media = rules.media;
        media.push(text.to_ascii_lowercase().into());
        Some(Type::File(FileRules { media, ..rules }))
    }

    fn bounds<T>(
        &mut self,
        low: Option<&ast::Expr>,
        high: Option<&ast::Expr>,
        read: impl Fn(&mut Self, &ast::Expr) -> Option<T>,
    ) -> Option<Bounds<T>> {
        let min = match low {
            Some(expr) => Some(read(self, expr)?),
            None => None,
        };
        let max = match high {
            Some(expr) => Some(read(self, expr)?),
            None => None,
        };
        Some(Bounds { min, max })
    }

    fn text_rule(&mut self, rules: TextRules, value: &ast::Expr) -> Option<Type> {
        if let ExprKind::Regex(pattern) = &value.kind {
            return self.regex(rules, pattern, value.at);
        }
        let word = if let ExprKind::Name(name) = &value.kind { name.text.as_str() } else { "" };
        let rules = match word {
            "trim" => TextRules { trim: true, ..rules },
            "lower" => TextRules { case: Some(Case::Lower), ..rules },
            "upper" => TextRules { case: Some(Case::Upper), ..rules },
            _ => {
                let report = Report::new(Code::E0302, value.at, "this is no rule for text");
                return self
                    .report(report.help(
                        "there are a length such as `1..80`, a `/regex/`, `trim`, `lower` and `upper`",
                    ));
            }
        };
        Some(Type::Text(rules))
    }

    fn regex(&mut self, rules: TextRules, pattern: &str, at: Span) -> Option<Type> {
        let read = match quater_ir::pattern::for_rust(pattern) {
            Ok(read) => read,
            Err(refused) => {
                let message =
                    format!("this regex is not one that both Rust and ECMAScript read: {}", refused.why);
                return self.report(Report::new(Code::E0302, at, message).help(refused.instead));
            }
        };
        match regex::RegexBuilder::new(&read).size_limit(1 << 20).build() {
            Ok(_) => Some(Type::Text(TextRules { pattern: Some(pattern.into()), ..rules })),
            Err(error) => {
                let text = error.to_string();
                let why = text.lines().last().unwrap_or("it can't be read").trim_start_matches("error: ");
                let report = Report::new(
                    Code::E0302,
                    at,
                    format!("this regex is not one that both Rust and ECMAScript read: {why}"),
                );
                self.report(report.help("no look-around and no back-references; it is anchored at both ends"))
            }
        }
    }

    /// A whole number that is written out.
    pub(crate) fn whole(&mut self, expr: &ast::Expr) -> Option<i64> {
        match (self.number(expr)?.normalize(), expr.at) {
            (number, at) if number.scale() > 0 => self.error(Code::E0302, at, "a whole number belongs here"),
            (number, _) => number.to_i64(),
        }
    }

    fn length(&mut self, expr: &ast::Expr) -> Option<u32> {
        let number = self.whole(expr)?;
        match u32::try_from(number) {
            Ok(length) => Some(length),
            Err(_) => self.error(Code::E0302, expr.at, "a length is between 0 and 4,294,967,295"),
        }
    }

    /// A number that is written out, perhaps with a minus.
    fn number(&mut self, expr: &ast::Expr) -> Option<Decimal> {
        if let ExprKind::Literal(Literal::Int(value)) = &expr.kind {
            return Some(Decimal::from(*value));
        }
        if let ExprKind::Literal(Literal::Decimal(value)) = &expr.kind {
            return Some(*value);
        }
        if let ExprKind::Unary { op: ast::UnaryOp::Negate, operand } = &expr.kind {
            return self.number(operand).map(|number| -number);
        }
        if matches!(expr.kind, ExprKind::Hole) {
            return None;
        }
        self.error(Code::E0302, expr.at, "a number belongs here")
    }

    /// A number of bytes that is written out.
    pub(crate) fn size(&mut self, expr: &ast::Expr) -> Option<u64> {
        if let ExprKind::Literal(Literal::Size { count, unit }) = expr.kind {
            let unit: u64 = match unit {
                SizeUnit::Byte => 1,
                SizeUnit::Kilobyte => 1 << 10,
                SizeUnit::Megabyte => 1 << 20,
                SizeUnit::Gigabyte => 1 << 30,
            };
            return Some(count.saturating_mul(unit));
        }
        self.whole(expr).and_then(|bytes| u64::try_from(bytes).ok())
    }
}

/// Bounds whose least is not above their most.
pub(crate) fn in_order<T: PartialOrd + Copy>(
    checker: &mut Checker<'_>,
    bounds: &Bounds<T>,
    at: Span,
) -> Option<Bounds<T>> {
    if let (Some(min), Some(max)) = (bounds.min, bounds.max)
        && min > max
    {
        return checker.error(Code::E0302, at, "the least is above the most");
    }
    Some(*bounds)
}
