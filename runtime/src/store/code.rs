//! Values as they are stored.
use super::stored::{Given, Stored};
use crate::call::RequestId;
use crate::eval::{About, Scope};
use crate::facts::Facts;
use crate::kernel::number::{self, Broken};
use crate::kernel::time;
use crate::plan::cells::Cell;
use crate::plan::sql::Form;
use crate::stop::{Run, Stop};
use crate::value::Value;
use crate::wire;
use crate::wire::read::Reader;
use crate::wire::tree::Tree;
use quater_ir::Program;
use quater_ir::expr::Expr;
use quater_ir::operation::Door;
use quater_ir::storage::StoredKind;
use quater_ir::time::INSTANTS;
use quater_ir::types::{INT_LIMIT, Type};
use rust_decimal::Decimal;
use serde_json::Value as Json;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use uuid::Uuid;

const WRONG: Stop = Stop::Defect("a stored value is not of its column's type");

/// A value as it is stored.
pub(crate) fn encode<'v>(value: &'v Value, form: &Form, program: &Program) -> Run<Given<'v>> {
    match form {
        _ if value.is_null() => Ok(Given::Stored(Stored::Null)),
        Form::Scalar(kind) => scalar(value, *kind),
        Form::Structure(ty) => {
            let mut out = Vec::new();
            if let Value::File(file) = value {
                file.kept.store(true, Ordering::Relaxed);
                wire::structure::kept_file(&mut out, file);
            } else {
                wire::write::stored(&mut out, program, &settled(value.clone()), ty)?;
            }
            let text = String::from_utf8(out).map_err(|_| Stop::Defect("JSON is not UTF-8"))?;
            Ok(Given::Made(text))
        }
        Form::Items(kind) => items(value.list()?, *kind),
        Form::Nested(_) => Err(WRONG),
    }
}

/// A value of a kind as it is stored.
pub(crate) fn scalar(value: &Value, kind: StoredKind) -> Run<Given<'_>> {
    let int = |int: i64| Ok(Given::Stored(Stored::Integer(int)));
    match (value, kind) {
        (Value::Bool(truth), _) => int(i64::from(*truth)),
        (Value::Int(it) | Value::Instant(it) | Value::Duration(it), _) => int(*it),
        (Value::Float(it), _) => Ok(Given::Stored(Stored::Real(*it + 0.0))),
        (Value::Decimal(it), StoredKind::Decimal(scale)) => match number::units(*it, scale) {
            Ok(units) => int(units),
            Err(broken) => Err(Stop::invalid("", "calculation", broken.message())),
        },
        (Value::Text(it), _) => Ok(Given::Stored(Stored::Text(it.as_bytes()))),
        (Value::Bytes(it), _) => Ok(Given::Stored(Stored::Blob(it))),
        (Value::Uuid(it), _) => Ok(Given::Stored(Stored::Blob(it.as_bytes()))),
        (Value::Date(it), _) => int(i64::from(*it)),
        (Value::Json(it), _) => Ok(Given::Stored(Stored::Text(it.as_bytes()))),
        (Value::Null, _) => Ok(Given::Stored(Stored::Null)),
        (
            Value::Decimal(_)
            | Value::Row(_)
            | Value::Record(_)
            | Value::List(_)
            | Value::Map(_)
            | Value::Variant(..)
            | Value::Patch(_)
            | Value::File(_),
            _,
        ) => Err(WRONG),
    }
}

/// The cells of a row as a JSON array, each as the database takes it out again.
pub(crate) fn cells_as_json<'v>(
    cells: impl Iterator<Item = (&'v Value, &'v Form)>,
    program: &Program,
) -> Run<String> {
    let mut out = vec![b'['];
    for (value, form) in cells {
        if out.len() > 1 {
            out.push(b',');
        }
        let given = encode(value, form, program)?;
        match given.stored() {
            Stored::Null => out.extend_from_slice(b"null"),
            Stored::Integer(it) => wire::write::int(&mut out, it),
            Stored::Real(it) => wire::write::float(&mut out, it),
            Stored::Text(it) => wire::write::text(&mut out, utf8(it)?),
            Stored::Blob(it) => wire::write::text(&mut out, &hexed(it)),
            Stored::Decimal(_) => return Err(WRONG),
        }
    }
    out.push(b']');
    String::from_utf8(out).map_err(|_| Stop::Defect("JSON is not UTF-8"))
}

fn items(list: &[Value], kind: StoredKind) -> Run<Given<'static>> {
    let mut out = vec![b'['];
    for item in list {
        if out.len() > 1 {
            out.push(b',');
        }
        self::item(&mut out, item, kind)?;
    }
    out.push(b']');
    let text = String::from_utf8(out).map_err(|_| Stop::Defect("JSON is not UTF-8"))?;
    Ok(Given::Made(text))
}

/// Appends a scalar as JSON that [`of_json`] reads.
pub(crate) fn item(out: &mut Vec<u8>, item: &Value, kind: StoredKind) -> Run<()> {
    match item {
        Value::Uuid(uuid) => wire::write::text(out, &uuid.simple().to_string()),
        Value::Decimal(decimal) => {
            let StoredKind::Decimal(scale) = kind else { return Err(WRONG) };
            let units = number::units(*decimal, scale);
            let units = units.map_err(|it| Stop::invalid("", "calculation", it.message()))?;
            wire::write::int(out, units);
        }
        Value::Date(days) => wire::write::int(out, i64::from(*days)),
        Value::Instant(it) | Value::Duration(it) => wire::write::int(out, *it),
        Value::Bool(truth) => wire::write::int(out, i64::from(*truth)),
        Value::Bytes(bytes) => wire::write::text(out, &hexed(bytes)),
        Value::Null
        | Value::Int(_)
        | Value::Float(_)
        | Value::Text(_)
        | Value::Json(_)
        | Value::Row(_)
        | Value::Record(_)
        | Value::List(_)
        | Value::Map(_)
        | Value::Variant(..)
        | Value::Patch(_)
        | Value::File(_) => wire::write::scalar(out, item, false)?,
    }
    Ok(())
}

/// A selected cell as a value.
pub(crate) fn decode(stored: Stored<'_>, cell: &Cell, facts: &Facts) -> Run<Value> {
    match (&cell.form, stored) {
        (_, Stored::Null) => Ok(Value::Null),
        (Form::Scalar(kind), stored) => scalar_of(stored, *kind),
        (Form::Structure(_), Stored::Text(text)) => structure(text, &cell.ty, facts),
        (Form::Structure(_) | Form::Items(_) | Form::Nested(_), _) => Err(WRONG),
    }
}

/// A scalar that [`item`] has put into JSON.
pub(crate) fn of_json(json: &Json, kind: StoredKind) -> Run<Value> {
    let value = match (kind, json) {
        (_, Json::Null) => Some(Value::Null),
        (StoredKind::Float, Json::Number(it)) => it.as_f64().map(Value::Float),
        (StoredKind::Json, json) => Some(Value::Json(Tree::from(json).settled().text().into())),
        (StoredKind::Uuid, Json::String(it)) => Uuid::try_parse(it).ok().map(Value::Uuid),
        (StoredKind::Bytes, Json::String(it)) => unhexed(it).map(|bytes| Value::Bytes(bytes.into())),
        (kind, Json::String(it)) => return scalar_of(Stored::text(it), kind),
        (kind, Json::Number(it)) => return scalar_of(Stored::Integer(it.as_i64().ok_or(WRONG)?), kind),
        (_, Json::Bool(_) | Json::Array(_) | Json::Object(_)) => None,
    };
    value.ok_or(WRONG)
}

fn hexed(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn unhexed(text: &str) -> Option<Vec<u8>> {
    let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|it| u8::try_from(it).ok());
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let bytes = pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect();
    if rest.is_empty() { bytes } else { None }
}

/// A stored scalar as a value.
pub(crate) fn scalar_of(stored: Stored<'_>, kind: StoredKind) -> Run<Value> {
    Ok(match (kind, stored) {
        (StoredKind::Bool, Stored::Integer(it)) => Value::Bool(it != 0),
        (StoredKind::Int, Stored::Integer(it)) if (-INT_LIMIT..=INT_LIMIT).contains(&it) => Value::Int(it),
        (StoredKind::Float, Stored::Real(it)) if it.is_finite() => Value::Float(it + 0.0),
        (StoredKind::Decimal(scale), Stored::Integer(it)) => Value::Decimal(number::of_units(it, scale)),
        (StoredKind::Decimal(scale), Stored::Decimal(it)) => {
            Value::Decimal(number::of_units(units(it, scale)?, scale))
        }
        (StoredKind::Text, Stored::Text(it)) => Value::Text(utf8(it)?.into()),
        (StoredKind::Json, Stored::Text(it)) => Value::Json(json(it)?.text().into()),
        (StoredKind::Bytes, Stored::Blob(it)) => Value::Bytes(it.into()),
        (StoredKind::Uuid, Stored::Blob(it)) => Value::Uuid(Uuid::from_slice(it).map_err(|_| WRONG)?),
        (StoredKind::Date, Stored::Integer(it)) if i32::try_from(it).is_ok_and(time::is_date) => {
            Value::Date(it as i32)
        }
        (StoredKind::Instant, Stored::Integer(it)) if INSTANTS.contains(&it) => Value::Instant(it),
        (StoredKind::Duration, Stored::Integer(it)) if time::is_duration(it) => Value::Duration(it),
        // What is stored fits, so this is what a calculation in the database has come to.
        (
            StoredKind::Int | StoredKind::Date | StoredKind::Instant | StoredKind::Duration,
            Stored::Integer(_),
        )
        | (
            StoredKind::Int | StoredKind::Duration | StoredKind::Decimal(_) | StoredKind::Float,
            Stored::Real(_),
        ) => {
            return Err(Stop::invalid("", "calculation", Broken::Overflow.message()));
        }
        (_, _) => return Err(WRONG),
    })
}

/// A decimal in units of the last of so many digits.
fn units(it: Decimal, scale: u8) -> Run<i64> {
    let exact = it.normalize().scale() <= u32::from(scale);
    let overflow = |broken: Broken| Stop::invalid("", "calculation", broken.message());
    if exact { number::units(it, scale).map_err(overflow) } else { Err(WRONG) }
}

fn utf8(text: &[u8]) -> Run<&str> {
    std::str::from_utf8(text).map_err(|_| WRONG)
}

fn json(text: &[u8]) -> Run<Tree<'_>> {
    serde_json::from_slice::<Tree<'_>>(text).map(Tree::settled).map_err(|_| WRONG)
}

/// A value as a structure gives it back: entries of maps by their keys.
pub(crate) fn settled(value: Value) -> Value {
    let all = |parts: &[Value]| parts.iter().cloned().map(settled).collect();
    match &value {
        Value::Map(entries) => {
            let entry = |(key, it): &(Value, Value)| {
                (wire::text::of(key).map(Cow::into_owned), (key.clone(), settled(it.clone())))
            };
            let entries: BTreeMap<_, _> = entries.iter().map(entry).collect();
            Value::Map(entries.into_values().collect())
        }
        Value::List(items) => Value::List(all(items)),
        Value::Record(members) => Value::Record(all(members)),
        Value::Variant(member, members) => Value::Variant(*member, all(members)),
        Value::Float(it) if *it == 0.0 => Value::Float(0.0),
        Value::Null
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Float(_)
        | Value::Decimal(_)
        | Value::Text(_)
        | Value::Bytes(_)
        | Value::Uuid(_)
        | Value::Date(_)
        | Value::Instant(_)
        | Value::Duration(_)
        | Value::Json(_)
        | Value::Row(_)
        | Value::Patch(_)
        | Value::File(_) => value,
    }
}

fn structure(text: &[u8], ty: &Type, facts: &Facts) -> Run<Value> {
    tree(serde_json::from_slice(text).map_err(|_| WRONG)?, ty, facts)
}

fn tree(tree: Tree, ty: &Type, facts: &Facts) -> Run<Value> {
    let default = |expr: &Expr| {
        let about = About::nobody(Door::Job, RequestId(Uuid::nil()), None);
        Scope { facts, about: &about, slots: &[], row: None, item: None }.value(expr)
    };
    let mut reader = Reader::new(&facts.program, &facts.patterns, &default);
    reader.stored = true;
    let value = reader.value(tree, ty);
    if let Some(stop) = reader.stop.take() {
        return Err(stop);
    }
    if reader.violations.is_empty() { Ok(settled(value)) } else { Err(WRONG) }
}

/// Appends a selected cell as JSON.
pub(crate) fn write(out: &mut Vec<u8>, stored: Stored<'_>, kind: StoredKind, as_numbers: bool) -> Run<()> {
    match (kind, stored) {
        (_, Stored::Null) => out.extend_from_slice(b"null"),
        (StoredKind::Bool, Stored::Integer(it)) => wire::write::boolean(out, it != 0),
        (StoredKind::Int, Stored::Integer(it)) => wire::write::int(out, it),
        (StoredKind::Float, Stored::Real(it)) => wire::write::float(out, it + 0.0),
        (StoredKind::Decimal(scale), Stored::Integer(it)) => {
            wire::write::units(out, it, scale, as_numbers);
        }
        (StoredKind::Decimal(scale), Stored::Decimal(it)) => {
            wire::write::units(out, units(it, scale)?, scale, as_numbers);
        }
        (StoredKind::Text, Stored::Text(it)) => {
            if !wire::write::utf8(out, it) {
                return Err(WRONG);
            }
        }
        (StoredKind::Json, Stored::Text(it)) => json(it)?.write(out),
        (StoredKind::Bytes, Stored::Blob(it)) => wire::write::bytes(out, it),
        (StoredKind::Uuid, Stored::Blob(it)) => {
            wire::write::uuid(out, &Uuid::from_slice(it).map_err(|_| WRONG)?);
        }
        (StoredKind::Date, Stored::Integer(it)) => {
            let days = i32::try_from(it).map_err(|_| WRONG)?;
            wire::write::quoted(out, |out| time::write_date(out, days));
        }
        (StoredKind::Instant, Stored::Integer(it)) => {
            wire::write::quoted(out, |out| time::write_instant(out, it));
        }
        (StoredKind::Duration, Stored::Integer(it)) => {
            wire::write::quoted(out, |out| time::write_duration(out, it));
        }
        (_, _) => return Err(WRONG),
    }
    Ok(())
}
