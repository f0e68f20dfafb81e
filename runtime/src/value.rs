//! Values while a program runs.
use crate::stop::{Run, Stop};
use quater_ir::value::Literal;
use rust_decimal::Decimal;
use smol_str::SmolStr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
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
    /// A list, or a tuple.
    List(Arc<[Value]>),
    /// Keys with their values, each key once, in the order they were put in.
    Map(Arc<[(Value, Value)]>),
    /// A member of a union, by its position, as a record.
    Variant(u32, Arc<[Value]>),
    /// One value a member of the record, where it is carried.
    Patch(Arc<[Option<Value>]>),
    File(Arc<File>),
}

/// What is known about a file.
#[derive(Debug)]
pub(crate) struct File {
    pub(crate) name: SmolStr,
    /// Its media type.
    pub(crate) media: SmolStr,
    pub(crate) size: u64,
    /// SHA-256, in lower-case hex digits.
    pub(crate) digest: SmolStr,
    /// Where its bytes are; never shown.
    pub(crate) key: SmolStr,
    /// Whether a row keeps it, or is about to.
    pub(crate) kept: AtomicBool,
}

impl PartialEq for File {
    fn eq(&self, other: &Self) -> bool {
        (&self.name, &self.media, self.size) == (&other.name, &other.media, other.size)
            && self.digest == other.digest
    }
}

impl File {
    /// One without bytes.
    pub(crate) fn sample() -> Self {
        Self {
            name: SmolStr::new_static("sample"),
            media: SmolStr::new_static("text/plain"),
            size: 0,
            digest: SmolStr::new_static("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            key: SmolStr::new_static("00000000000000000000000000000000"),
            kept: AtomicBool::new(true),
        }
    }
}

const _: () = assert!(size_of::<Value>() <= 32);

impl Value {
    pub(crate) const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// Whether a condition with this value holds: null does not.
    pub(crate) const fn holds(&self) -> bool {
        matches!(self, Self::Bool(true))
    }

    pub(crate) fn truth(truth: Option<bool>) -> Self {
        truth.map_or(Self::Null, Self::Bool)
    }

    pub(crate) fn text(&self) -> Run<&str> {
        if let Self::Text(text) = self { Ok(text) } else { Err(Stop::Defect("a text was expected")) }
    }

    pub(crate) fn int(&self) -> Run<i64> {
        if let Self::Int(int) = self { Ok(*int) } else { Err(Stop::Defect("an int was expected")) }
    }

    pub(crate) fn float(&self) -> Run<f64> {
        if let Self::Float(float) = self { Ok(*float) } else { Err(Stop::Defect("a float was expected")) }
    }

    pub(crate) fn decimal(&self) -> Run<Decimal> {
        if let Self::Decimal(it) = self { Ok(*it) } else { Err(Stop::Defect("a decimal was expected")) }
    }

    pub(crate) fn instant(&self) -> Run<i64> {
        if let Self::Instant(it) = self { Ok(*it) } else { Err(Stop::Defect("an instant was expected")) }
    }

    pub(crate) fn date(&self) -> Run<i32> {
        if let Self::Date(days) = self { Ok(*days) } else { Err(Stop::Defect("a date was expected")) }
    }

    pub(crate) fn duration(&self) -> Run<i64> {
        if let Self::Duration(it) = self { Ok(*it) } else { Err(Stop::Defect("a duration was expected")) }
    }

    pub(crate) fn list(&self) -> Run<&Arc<[Self]>> {
        if let Self::List(items) = self { Ok(items) } else { Err(Stop::Defect("a list was expected")) }
    }

    pub(crate) fn record(&self) -> Run<&Arc<[Self]>> {
        if let Self::Record(record) = self { Ok(record) } else { Err(Stop::Defect("a record was expected")) }
    }

    pub(crate) fn patch(&self) -> Run<&Arc<[Option<Self>]>> {
        if let Self::Patch(members) = self { Ok(members) } else { Err(Stop::Defect("a patch was expected")) }
    }

    pub(crate) fn file(&self) -> Run<&File> {
        if let Self::File(file) = self { Ok(file) } else { Err(Stop::Defect("a file was expected")) }
    }

    pub(crate) fn row(&self) -> Run<&Arc<[Self]>> {
        if let Self::Row(row) = self { Ok(row) } else { Err(Stop::Defect("a row was expected")) }
    }

    /// The member or column at a position.
    pub(crate) fn part(parts: &[Self], at: usize) -> Run<Self> {
        parts.get(at).cloned().ok_or(Stop::Defect("a member beyond its record"))
    }
}

impl From<&Literal> for Value {
    fn from(literal: &Literal) -> Self {
        match literal {
            Literal::Null => Self::Null,
            Literal::Bool(truth) => Self::Bool(*truth),
            Literal::Int(int) => Self::Int(*int),
            Literal::Float(float) => Self::Float(*float),
            Literal::Decimal(decimal) => Self::Decimal(*decimal),
            Literal::Text(text) => Self::Text(text.clone()),
            Literal::Duration(milliseconds) => Self::Duration(*milliseconds),
        }
    }
}
