//! Values that fit a type where a test does not care which.
use super::sample;
use crate::kernel::{number, text, time};
use crate::value::{File, Value};
use quater_ir::Program;
use quater_ir::types::{Bounds, Case, TextRules, Type};
use rust_decimal::Decimal;
use smol_str::SmolStr;
use std::sync::Arc;
use uuid::Uuid;

/// Fits no password.
const HASH: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5c3NhbHQ$6vCQN4oJ3cRlUNMoqfBrTKzlMjmYN1q1gT5J7iCyJ6Q";

/// A value of a type; another one for another number, as far as the type has others.
pub(super) fn value(program: &Program, ty: &Type, name: &str, number: usize) -> Value {
    match ty {
        Type::Bool => Value::Bool(number.is_multiple_of(2)),
        Type::Int(bounds) => Value::Int(near(bounds, number as i64)),
        Type::Float(bounds) => {
            let low = bounds.min.unwrap_or(f64::MIN);
            Value::Float((number as f64).max(low).min(bounds.max.unwrap_or(f64::MAX)))
        }
        Type::Decimal { scale, bounds } => {
            let wanted = Decimal::from(number as u64);
            let low = bounds.min.map_or(wanted, |min| wanted.max(min));
            let within = bounds.max.map_or(low, |max| low.min(max));
            Value::Decimal(number::round(within, u32::from(*scale)))
        }
        Type::Text(rules) => Value::Text(words(rules, name, number)),
        Type::Bytes { .. } => Value::Bytes(Arc::from(number.to_string().into_bytes())),
        Type::Uuid => Value::Uuid(Uuid::now_v7()),
        Type::Date => Value::Date(time::day(time::now()).saturating_sub(before(number) as i32)),
        Type::Instant => Value::Instant(time::now() - before(number) * 60_000),
        Type::Duration => Value::Duration(1_000 * number.max(1) as i64),
        Type::Json => Value::Json(Arc::from("{}")),
        Type::Url => Value::Text(format!("https://example.com/{number}").into()),
        Type::Email => Value::Text(format!("person{number}@example.com").into()),
        Type::Password => Value::Text(SmolStr::new_static(HASH)),
        Type::Enum(id) => {
            let members = &program.enums[*id].members;
            let member = members.get(before(number) as usize % members.len().max(1));
            member.cloned().map_or(Value::Null, Value::Text)
        }
        Type::Record(id) => {
            let fields = program.records[*id].fields.values();
            Value::Record(fields.map(|field| value(program, &field.ty, &field.name, number)).collect())
        }
        Type::List(item, bounds) => {
            let least = bounds.min.unwrap_or(0) as usize;
            Value::List((0..least).map(|at| value(program, item, name, number + at)).collect())
        }
        Type::Ref(_) | Type::Row(_) | Type::Optional(_) | Type::Null => Value::Null,
        Type::Map(key, of, bounds) => {
            let least = bounds.min.unwrap_or(0) as usize;
            let entry = |at| (value(program, key, name, number + at), value(program, of, name, number));
            Value::Map((0..least).map(entry).collect())
        }
        Type::Tuple(parts) => {
            Value::List(parts.iter().map(|part| value(program, part, name, number)).collect())
        }
        Type::Union(id) => program.unions[*id].members.first().map_or(Value::Null, |member| {
            let record = value(program, &Type::Record(member.record), name, number);
            if let Value::Record(parts) = record { Value::Variant(0, parts) } else { record }
        }),
        Type::Page(_) | Type::Stream(_) | Type::Patch(_) => Value::Null,
        Type::File(rules) => {
            let media = rules.media.first().cloned().unwrap_or(SmolStr::new_static("text/plain"));
            Value::File(Arc::new(File { media, ..File::sample() }))
        }
    }
}

/// How many numbers come before one.
fn before(number: usize) -> i64 {
    number.saturating_sub(1) as i64
}

fn near(bounds: &Bounds<i64>, wanted: i64) -> i64 {
    wanted.max(bounds.min.unwrap_or(wanted)).min(bounds.max.unwrap_or(i64::MAX))
}

/// The name and the number, as long as they may be.
fn words(rules: &TextRules, name: &str, number: usize) -> SmolStr {
    if let Some(sample) = rules.pattern.as_deref().and_then(|it| sample::fitting(it, &rules.length, number)) {
        return sample.into();
    }
    let most = rules.length.max.map_or(usize::MAX, |most| most as usize);
    let number = number.to_string();
    let room = most.saturating_sub(number.len() + 1);
    let mut words: String = name.chars().take(room).collect();
    if !words.is_empty() {
        words.push('-');
    }
    words.push_str(&number);
    let mut words: String = words.chars().take(most).collect();
    let least = i64::from(rules.length.min.unwrap_or(0));
    while text::length(&words) < least {
        words.push('x');
    }
    match rules.case {
        Some(Case::Lower) => words.to_lowercase().into(),
        Some(Case::Upper) => words.to_uppercase().into(),
        None => words.into(),
    }
}
