//! Values known at compile time, as JSON.
use quater_ir::expr::{Expr, Node};
use quater_ir::types::Type;
use quater_ir::value::Literal;
use rust_decimal::Decimal;
use serde_json::{Number, Value};

/// The JSON of a default, where it is the same at every call.
pub(super) fn of_default(mut default: &Expr, ty: &Type, decimals_as_numbers: bool) -> Option<Value> {
    while let Node::Convert(inner) = &default.node {
        default = inner;
    }
    let of = |literal: &Literal| of_literal(literal, ty.required(), decimals_as_numbers);
    if let Node::Literal(literal) = &default.node {
        of(literal)
    } else if let Node::Negate(inner) = &default.node
        && let Node::Literal(literal) = &inner.node
    {
        of(&negated(literal))
    } else if let Node::List(items) = &default.node
        && items.is_empty()
    {
        Some(Value::Array(Vec::new()))
    } else {
        None
    }
}

/// A literal as it stands in a template.
pub(super) fn plain(literal: &Literal) -> Value {
    match literal {
        Literal::Null => Value::Null,
        Literal::Bool(truth) => Value::from(*truth),
        Literal::Int(number) | Literal::Duration(number) => Value::from(*number),
        Literal::Float(number) => Value::from(*number),
        Literal::Decimal(number) => Value::from(number.to_string()),
        Literal::Text(text) => Value::from(text.as_str()),
    }
}

fn negated(literal: &Literal) -> Literal {
    match literal {
        Literal::Int(number) => Literal::Int(-number),
        Literal::Float(number) => Literal::Float(-number),
        Literal::Decimal(number) => Literal::Decimal(-number),
        Literal::Duration(length) => Literal::Duration(-length),
        Literal::Null | Literal::Bool(_) | Literal::Text(_) => literal.clone(),
    }
}

fn of_literal(literal: &Literal, ty: &Type, decimals_as_numbers: bool) -> Option<Value> {
    let number = match (literal, ty) {
        (Literal::Int(number), Type::Decimal { .. }) => Some(Decimal::from(*number)),
        (Literal::Decimal(number), _) => Some(*number),
        (_, _) => None,
    };
    if let (Some(number), Type::Decimal { scale, .. }) = (number, ty) {
        return Some(decimal(number, *scale, decimals_as_numbers));
    }
    match literal {
        Literal::Null => None,
        Literal::Bool(truth) => Some(Value::Bool(*truth)),
        Literal::Int(number) => Some(Value::from(*number)),
        Literal::Float(number) => Number::from_f64(*number).map(Value::Number),
        Literal::Decimal(number) => Some(Value::from(number.to_string())),
        Literal::Text(text) => Some(Value::from(text.as_str())),
        Literal::Duration(length) => Some(Value::from(duration(*length))),
    }
}

/// A decimal as it is sent.
pub(super) fn decimal(number: Decimal, scale: u8, as_number: bool) -> Value {
    let text = format!("{number:.*}", usize::from(scale));
    match text.parse::<Number>() {
        Ok(number) if as_number => Value::Number(number),
        Ok(_) | Err(_) => Value::from(text),
    }
}

/// Milliseconds as an ISO 8601 duration.
fn duration(milliseconds: i64) -> String {
    let sign = if milliseconds < 0 { "-" } else { "" };
    let length = milliseconds.unsigned_abs();
    let (days, hours, minutes) = (length / 86_400_000, length / 3_600_000 % 24, length / 60_000 % 60);
    let (seconds, rest) = (length / 1_000 % 60, length % 1_000);
    let part = |count: u64, unit: char| if count == 0 { String::new() } else { format!("{count}{unit}") };
    let fraction = if rest == 0 { part(seconds, 'S') } else { format!("{seconds}.{rest:03}S") };
    let time = format!("{}{}{fraction}", part(hours, 'H'), part(minutes, 'M'));
    match (days, time.is_empty()) {
        (0, true) => "PT0S".to_owned(),
        (_, true) => format!("{sign}P{days}D"),
        (_, false) => format!("{sign}P{}T{time}", part(days, 'D')),
    }
}
