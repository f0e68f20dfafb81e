//! Numbers with and without units, truth values, `null`, ranges.
use quater_grammar::Rule;

use super::build::{Build, Pair};
use super::expr::hole;
use crate::ast::{Expr, ExprKind, Literal, Range, SizeUnit, TimeUnit, UnaryOp};
use crate::report::{Code, Report};

/// `null`, `true`, `false`
pub(super) fn literal(word: &str) -> Option<Literal> {
    match word {
        "null" => Some(Literal::Null),
        "true" => Some(Literal::Bool(true)),
        "false" => Some(Literal::Bool(false)),
        _ => None,
    }
}

/// A `number` pair: an integer, a decimal, a duration or a size.
pub(super) fn number(build: &mut Build<'_>, pair: &Pair<'_>) -> Expr {
    let (at, text) = (build.at(pair), pair.as_str());
    let unit_at =
        text.find(|letter: char| letter.is_ascii_alphabetic() || letter == '_').unwrap_or(text.len());
    let (digits, unit) = text.split_at(unit_at);
    let read = match unit {
        "" if digits.contains('.') => digits.parse().ok().map(Literal::Decimal),
        "" => digits.parse().ok().map(Literal::Int),
        unit => digits.parse().ok().and_then(|count| measured(count, unit)),
    };
    match read {
        Some(value) => Expr { kind: ExprKind::Literal(value), at },
        None => {
            build.report(not_a_number(digits, unit, Report::new(Code::E0107, at, "")));
            hole(at)
        }
    }
}

fn not_a_number(digits: &str, unit: &str, mut report: Report) -> Report {
    let known = unit.is_empty() || measured(0, unit).is_some();
    (report.message, report.help) = match known {
        true if digits.contains('.') && !unit.is_empty() => {
            (format!("`{digits}{unit}` is not whole"), Some("take a smaller unit".to_owned()))
        }
        true => (format!("`{digits}` is more than a number can hold"), None),
        false => {
            let units = "durations end in `ms s m h d w`, sizes in `b kb mb gb`";
            (format!("`{unit}` is not a unit"), Some(units.to_owned()))
        }
    };
    report
}

fn measured(count: u64, unit: &str) -> Option<Literal> {
    let duration = |unit| Some(Literal::Duration { count, unit });
    let size = |unit| Some(Literal::Size { count, unit });
    match unit {
        "ms" => duration(TimeUnit::Millisecond),
        "s" => duration(TimeUnit::Second),
        "m" => duration(TimeUnit::Minute),
        "h" => duration(TimeUnit::Hour),
        "d" => duration(TimeUnit::Day),
        "w" => duration(TimeUnit::Week),
        "b" => size(SizeUnit::Byte),
        "kb" => size(SizeUnit::Kilobyte),
        "mb" => size(SizeUnit::Megabyte),
        "gb" => size(SizeUnit::Gigabyte),
        _ => None,
    }
}

/// A `range` pair.
pub(super) fn range(build: &mut Build<'_>, pair: &Pair<'_>) -> Range {
    let at = build.at(pair);
    let open_below = pair.as_str().starts_with("..");
    let mut bounds = pair.clone().into_inner().map(|end| Box::new(bound(build, &end)));
    let low = if open_below { None } else { bounds.next() };
    let high = bounds.next();
    Range { low, high, at }
}

/// A `bound` pair: a number, perhaps negated.
pub(super) fn bound(build: &mut Build<'_>, pair: &Pair<'_>) -> Expr {
    let at = build.at(pair);
    let inner = pair.clone().into_inner().find(|inner| inner.as_rule() == Rule::number);
    let Some(inner) = inner else { return hole(at) };
    let value = number(build, &inner);
    if pair.as_str().starts_with('-') {
        return Expr { kind: ExprKind::Unary { op: UnaryOp::Negate, operand: Box::new(value) }, at };
    }
    value
}
