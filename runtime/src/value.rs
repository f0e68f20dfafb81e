//! Values while a program runs.
use rust_decimal::Decimal;
use smol_str::SmolStr;
use std::sync::Arc;
use uuid::Uuid;

/// A value; its type is known from the expression that gave it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Decimal(Decimal),
    /// Text, a URL, a mail address, a password hash or a member of an enum.
    Text(SmolStr),
    Bytes(Arc<[u8]>),
    Uuid(Uuid),
    /// Days since 1970-01-01.
    Date(i32),
    /// Milliseconds since 1970-01-01T00:00:00Z.
    Instant(i64),
    /// Milliseconds.
    Duration(i64),
    /// JSON text.
    Json(Arc<str>),
    /// One value a column of the entity; columns that were not read are null.
    Row(Arc<[Value]>),
    /// One value a member of the record.
    Record(Arc<[Value]>),
    List(Arc<[Value]>),
}

const _: () = assert!(size_of::<Value>() <= 32);
