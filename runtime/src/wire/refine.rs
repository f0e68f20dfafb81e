//! Refinements: text is normalised, then everything is checked.
use crate::kernel::number;
use crate::value::{File, Value};
use quater_ir::address;
use quater_ir::time::INSTANTS;
use quater_ir::types::{Bounds, Case, FileRules, INT_LIMIT, TextRules, Type, URL_LIMIT};
use quater_ir::{Id, Program};
use regex::Regex;
use rust_decimal::Decimal;
use smol_str::SmolStr;
use std::collections::HashMap;
use std::fmt::Display;
use std::sync::Arc;

/// What is wrong with a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// A stable word for programs.
    pub(crate) code: &'static str,
    /// For people and models.
    pub(crate) message: String,
}

fn fault<T>(code: &'static str, message: impl Into<String>) -> Result<T, Fault> {
    Err(Fault { code, message: message.into() })
}

/// The compiled regular expressions of a program's types.
#[derive(Debug, Default)]
pub(crate) struct Patterns {
    compiled: HashMap<SmolStr, Regex>,
}

impl Patterns {
    /// Compiles a pattern, to match a whole text.
    pub(crate) fn add(&mut self, pattern: &SmolStr) -> Result<(), regex::Error> {
        if !self.compiled.contains_key(pattern) {
            let read =
                quater_ir::pattern::for_rust(pattern).map_err(|refused| regex::Error::Syntax(refused.why))?;
            self.compiled.insert(pattern.clone(), Regex::new(&format!(r"\A(?:{read})\z"))?);
        }
        Ok(())
    }
}

/// Normalises a value of the type's kind and checks it; null is left to the caller.
pub(crate) fn check(value: Value, ty: &Type, program: &Program, patterns: &Patterns) -> Result<Value, Fault> {
    match (value, ty) {
        (Value::Null, _) => Ok(Value::Null),
        (value, Type::Optional(inner)) => check(value, inner, program, patterns),
        (Value::Int(it), Type::Int(bounds)) => int(it, bounds).map(Value::Int),
        // Not every database tells the zeros apart.
        (Value::Float(it), Type::Float(bounds)) => within(it + 0.0, bounds).map(Value::Float),
        (Value::Decimal(it), Type::Decimal { scale, bounds }) => {
            decimal(it, *scale, bounds).map(Value::Decimal)
        }
        (Value::Text(it), Type::Text(rules)) => text(it, rules, patterns).map(Value::Text),
        (Value::Text(it), Type::Email) => email(&it).map(Value::Text),
        (Value::Text(it), Type::Url) => url(it).map(Value::Text),
        (Value::Text(it), Type::Enum(id)) => member(it, &program.enums[*id].members).map(Value::Text),
        (Value::Instant(it), Type::Instant) if !INSTANTS.contains(&it) => {
            fault("out_of_range", "must lie between 0000-01-01T00:00:00Z and 9999-12-31T23:59:59.999Z")
        }
        (Value::Bytes(it), Type::Bytes { max: Some(max) }) if it.len() as u64 > *max => {
            fault("too_long", format!("must have at most {max} bytes"))
        }
        (Value::List(items), Type::List(item, bounds)) => {
            length(items.len(), bounds, "items")?;
            let checked = items.iter().map(|it| check(it.clone(), item, program, patterns));
            Ok(Value::List(checked.collect::<Result<_, _>>()?))
        }
        (Value::Record(members), Type::Record(id)) => {
            record(&members, *id, program, patterns).map(Value::Record)
        }
        (Value::Variant(at, members), Type::Union(id)) => {
            let Some(member) = program.unions[*id].members.get(at as usize) else {
                return fault("type", "is no member of this union");
            };
            record(&members, member.record, program, patterns).map(|members| Value::Variant(at, members))
        }
        (Value::List(items), Type::Tuple(parts)) => {
            let checked = items.iter().zip(parts).map(|(it, ty)| check(it.clone(), ty, program, patterns));
            Ok(Value::List(checked.collect::<Result<_, _>>()?))
        }
        (Value::Map(entries), Type::Map(key, of, bounds)) => {
            length(entries.len(), bounds, "entries")?;
            let one = |(name, it): &(Value, Value)| {
                let name = check(name.clone(), key, program, patterns)?;
                Ok((name, check(it.clone(), of, program, patterns)?))
            };
            Ok(Value::Map(entries.iter().map(one).collect::<Result<_, _>>()?))
        }
        (Value::File(file), Type::File(rules)) => self::file(&file, rules).map(|()| Value::File(file)),
        (value, _) => Ok(value),
    }
}

fn record(
    members: &[Value],
    id: Id<quater_ir::types::Record>,
    program: &Program,
    patterns: &Patterns,
) -> Result<Arc<[Value]>, Fault> {
    let fields = program.records[id].fields.values();
    let checked = fields.zip(members).map(|(field, it)| check(it.clone(), &field.ty, program, patterns));
    checked.collect()
}

fn file(file: &File, rules: &FileRules) -> Result<(), Fault> {
    if rules.max.is_some_and(|max| file.size > max) {
        return fault("too_long", format!("must have at most {} bytes", rules.max.unwrap_or_default()));
    }
    if !rules.media.is_empty() && !rules.media.contains(&file.media) {
        return fault("media", format!("must be one of {}", rules.media.join(", ")));
    }
    Ok(())
}

fn int(value: i64, bounds: &Bounds<i64>) -> Result<i64, Fault> {
    if value.unsigned_abs() > INT_LIMIT.unsigned_abs() {
        return fault("out_of_range", format!("must lie between -{INT_LIMIT} and {INT_LIMIT}"));
    }
    within(value, bounds)
}

fn decimal(value: Decimal, scale: u8, bounds: &Bounds<Decimal>) -> Result<Decimal, Fault> {
    if value.scale() > u32::from(scale) && value.normalize().scale() > u32::from(scale) {
        return fault("too_precise", format!("must have at most {scale} digits behind the point"));
    }
    if number::units(value, scale).is_err() {
        return fault("out_of_range", "is too large");
    }
    within(number::round(value, u32::from(scale)), bounds)
}

fn within<T: PartialOrd + Display>(value: T, bounds: &Bounds<T>) -> Result<T, Fault> {
    match (&bounds.min, &bounds.max) {
        (Some(min), _) if value < *min => fault("too_small", format!("must be at least {min}")),
        (_, Some(max)) if value > *max => fault("too_large", format!("must be at most {max}")),
        _ => Ok(value),
    }
}

pub(super) fn length(count: usize, bounds: &Bounds<u32>, what: &str) -> Result<(), Fault> {
    match (bounds.min, bounds.max) {
        (Some(1), _) if count == 0 => fault("too_short", "must not be empty"),
        (Some(min), _) if count < min as usize => {
            fault("too_short", format!("must have at least {min} {what}"))
        }
        (_, Some(max)) if count > max as usize => {
            fault("too_long", format!("must have at most {max} {what}"))
        }
        _ => Ok(()),
    }
}

fn text(value: SmolStr, rules: &TextRules, patterns: &Patterns) -> Result<SmolStr, Fault> {
    let value = normalise(value, rules);
    if value.contains('\0') {
        return fault("pattern", "must not hold the character U+0000");
    }
    if rules.length != Bounds::ANY {
        length(value.chars().count(), &rules.length, "characters")?;
    }
    match &rules.pattern {
        Some(pattern) if !patterns.compiled.get(pattern).is_some_and(|it| it.is_match(&value)) => {
            fault("pattern", format!("must match /{pattern}/"))
        }
        _ => Ok(value),
    }
}

fn normalise(value: SmolStr, rules: &TextRules) -> SmolStr {
    let value = if rules.trim && value.trim().len() != value.len() { value.trim().into() } else { value };
    match rules.case {
        Some(Case::Lower) => value.to_lowercase().into(),
        Some(Case::Upper) => value.to_uppercase().into(),
        None => value,
    }
}

fn email(value: &str) -> Result<SmolStr, Fault> {
    address::mail(value).map_or_else(|| fault("format", "must be a mail address"), |mail| Ok(mail.into()))
}

fn url(value: SmolStr) -> Result<SmolStr, Fault> {
    if value.len() > URL_LIMIT as usize {
        return fault("too_long", format!("must have at most {URL_LIMIT} characters"));
    }
    if address::is_url(&value) { Ok(value) } else { fault("format", "must be an absolute URL") }
}

fn member(value: SmolStr, members: &[SmolStr]) -> Result<SmolStr, Fault> {
    if members.contains(&value) {
        return Ok(value);
    }
    fault("enum", format!("must be one of {}", members.join(", ")))
}
