//! Functions of the language for SQL, where SQLite has none, or others.
use super::open::too_large;
use crate::kernel::number::{self, Broken};
use crate::store::code;
use crate::store::error::DIVISION;
use crate::store::stored::Stored;
use crate::wire;
use quater_ir::expr::Operator;
use quater_ir::storage::StoredKind;
use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Error};
use rust_decimal::Decimal;

/// Makes them known.
pub(super) fn register(connection: &Connection, flags: FunctionFlags) -> Result<(), Error> {
    connection.create_scalar_function("quater_written", 2, flags, text)?;
    connection.create_scalar_function("quater_round", 3, flags, |context| {
        let digits = context.get::<u32>(2)?;
        decimal(context, |it| number::units(number::round(it, digits), digits as u8).ok())
    })?;
    connection.create_scalar_function("quater_product", 4, flags, product)?;
    connection.create_scalar_function("quater_divisor", 1, flags, divisor)?;
    connection.create_scalar_function("quater_quotient", 5, flags, quotient)?;
    connection.create_scalar_function("quater_floor", 2, flags, |context| {
        decimal(context, |it| number::to_int(it.floor()).ok())
    })?;
    connection.create_scalar_function("quater_ceil", 2, flags, |context| {
        decimal(context, |it| number::to_int(it.ceil()).ok())
    })
}

/// Something of a decimal, which comes in units of its last digit and with how many there are.
fn decimal(context: &Context<'_>, make: impl Fn(Decimal) -> Option<i64>) -> Result<Option<i64>, Error> {
    let scale = context.get::<u8>(1)?;
    match context.get_raw(0) {
        ValueRef::Null => Ok(None),
        ValueRef::Integer(units) => make(number::of_units(units, scale)).map(Some).ok_or_else(too_large),
        ValueRef::Real(_) | ValueRef::Text(_) | ValueRef::Blob(_) => Err(too_large()),
    }
}

/// A rounded product of two decimals in units, which together have so many digits behind the point.
fn product(context: &Context<'_>) -> Result<Option<i64>, Error> {
    let (scale, digits) = (context.get::<u32>(2)?, context.get::<u32>(3)?);
    match (context.get_raw(0), context.get_raw(1)) {
        (ValueRef::Null, _) | (_, ValueRef::Null) => Ok(None),
        (ValueRef::Integer(a), ValueRef::Integer(b)) => {
            let exact = Decimal::try_from_i128_with_scale(i128::from(a) * i128::from(b), scale);
            let rounded = exact.map(|it| number::units(number::round(it, digits), digits as u8));
            rounded.ok().and_then(Result::ok).map(Some).ok_or_else(too_large)
        }
        (_, _) => Err(too_large()),
    }
}

/// A quotient of two decimals in units, with how many digits each has, rounded to as many as are asked for.
fn quotient(context: &Context<'_>) -> Result<Option<i64>, Error> {
    let (of, by, digits) = (context.get::<u8>(2)?, context.get::<u8>(3)?, context.get::<u8>(4)?);
    match (context.get_raw(0), context.get_raw(1)) {
        (ValueRef::Null, _) | (_, ValueRef::Null) => Ok(None),
        (ValueRef::Integer(a), ValueRef::Integer(b)) => {
            let (a, b) = (number::of_units(a, of), number::of_units(b, by));
            let units = number::decimal(Operator::Divide, a, b).and_then(|it| number::units(it, digits));
            units.map(Some).map_err(|broken| match broken {
                Broken::DivisionByZero => Error::UserFunctionError(DIVISION.into()),
                Broken::Overflow => too_large(),
            })
        }
        (_, _) => Err(too_large()),
    }
}

/// A number that another one is divided by.
fn divisor(context: &Context<'_>) -> Result<Value, Error> {
    match context.get::<Value>(0)? {
        Value::Integer(0) | Value::Real(0.0) => Err(Error::UserFunctionError(DIVISION.into())),
        number @ (Value::Null | Value::Integer(_) | Value::Real(_) | Value::Text(_) | Value::Blob(_)) => {
            Ok(number)
        }
    }
}

/// The text of a value whose kind is named, or that has so many digits behind its point.
fn text(context: &Context<'_>) -> Result<Option<String>, Error> {
    let kind = match context.get_raw(1) {
        ValueRef::Integer(scale) => {
            StoredKind::Decimal(u8::try_from(scale).map_err(|_| Error::InvalidQuery)?)
        }
        ValueRef::Text(b"uuid") => StoredKind::Uuid,
        ValueRef::Text(b"date") => StoredKind::Date,
        ValueRef::Text(_) => StoredKind::Instant,
        ValueRef::Null | ValueRef::Real(_) | ValueRef::Blob(_) => return Err(Error::InvalidQuery),
    };
    let stored = match context.get_raw(0) {
        ValueRef::Null => return Ok(None),
        ValueRef::Integer(it) => Stored::Integer(it),
        ValueRef::Blob(it) => Stored::Blob(it),
        ValueRef::Real(it) => Stored::Real(it),
        ValueRef::Text(it) => Stored::Text(it),
    };
    let value = code::scalar_of(stored, kind).map_err(|_| too_large())?;
    Ok(wire::text::of(&value).map(std::borrow::Cow::into_owned))
}
