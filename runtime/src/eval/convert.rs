//! Values as those of other types.
use crate::kernel::{number, time};
use crate::stop::{Run, Stop};
use crate::value::Value;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use quater_ir::types::Type;

/// A decimal with the digits of its type.
pub(super) fn scaled(value: rust_decimal::Decimal, ty: &Type) -> rust_decimal::Decimal {
    if let Type::Decimal { scale, .. } = ty.required() {
        number::round(value, u32::from(*scale))
    } else {
        value
    }
}

/// The same value as one of another type: a number in a wider one, a text as what it stands for.
pub(super) fn convert(value: Value, ty: &Type) -> Run<Value> {
    Ok(match (value, ty.required()) {
        (Value::Int(it), Type::Float(_)) => Value::Float(it as f64),
        (Value::Int(it), Type::Decimal { .. }) => Value::Decimal(scaled(it.into(), ty)),
        (Value::Decimal(it), Type::Decimal { .. }) => Value::Decimal(scaled(it, ty)),
        (Value::Decimal(it), Type::Float(_)) => {
            Value::Float(rust_decimal::prelude::ToPrimitive::to_f64(&it).ok_or(Stop::Defect("no float"))?)
        }
        (Value::Text(text), Type::Uuid | Type::Date | Type::Instant | Type::Bytes { .. }) => {
            written(&text, ty.required())
                .ok_or(Stop::Defect("a text that stands for no value was let through"))?
        }
        (value, _) => value,
    })
}

/// The value that a text stands for; the compiler has seen that it does.
fn written(text: &str, ty: &Type) -> Option<Value> {
    if *ty == Type::Uuid {
        return text.parse().ok().map(Value::Uuid);
    }
    if let Type::Bytes { .. } = ty {
        return STANDARD.decode(text).ok().map(|bytes| Value::Bytes(bytes.into()));
    }
    if *ty == Type::Date {
        time::parse_date(text).map(Value::Date)
    } else {
        time::parse_instant(text).map(Value::Instant)
    }
}
