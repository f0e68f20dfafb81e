//! Values in the binary format of Postgres's protocol.
use super::fault::PostgresError::{self, Misfit};
use crate::store::stored::Stored;
use bytes::Bytes;
use quater_ir::storage::StoredKind;
use rust_decimal::Decimal;
use std::error::Error;
use std::hash::{Hash, Hasher};
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type};

type Failed = Box<dyn Error + Sync + Send>;

/// Days from 1970-01-01 to 2000-01-01, where Postgres begins to count.
const DAYS: i64 = 10_957;

/// The same in microseconds.
const MICROSECONDS: i64 = DAYS * 86_400_000_000;

/// The type that a kind of value is sent as.
pub(super) const fn wire_type(kind: StoredKind) -> Type {
    match kind {
        StoredKind::Bool => Type::BOOL,
        StoredKind::Int | StoredKind::Duration => Type::INT8,
        StoredKind::Float => Type::FLOAT8,
        StoredKind::Decimal(_) => Type::NUMERIC,
        StoredKind::Text => Type::TEXT,
        StoredKind::Bytes => Type::BYTEA,
        StoredKind::Uuid => Type::UUID,
        StoredKind::Date => Type::DATE,
        StoredKind::Instant => Type::TIMESTAMPTZ,
        StoredKind::Json => Type::JSONB,
    }
}

/// The values of one statement, one behind the other.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Values {
    bytes: Vec<u8>,
    ends: Vec<(StoredKind, Option<usize>)>,
}

/// One of them.
#[derive(Debug)]
pub(super) struct Parameter<'v> {
    pub(super) kind: StoredKind,
    pub(super) bytes: Option<&'v [u8]>,
}

impl Hash for Values {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.bytes.hash(state);
    }
}

impl Values {
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    /// Appends a value.
    pub(super) fn push(&mut self, kind: StoredKind, value: Stored<'_>) -> Result<(), PostgresError> {
        let some = write(&mut self.bytes, kind, value)?;
        self.ends.push((kind, some.then_some(self.bytes.len())));
        Ok(())
    }

    /// Bytes that they take.
    pub(super) const fn weight(&self) -> usize {
        self.bytes.len() + self.ends.len() * size_of::<(StoredKind, Option<usize>)>()
    }

    /// All of them.
    pub(super) fn parameters(&self) -> Vec<Parameter<'_>> {
        let mut start = 0;
        let parameter = |(kind, end): &(StoredKind, Option<usize>)| {
            let bytes = end.and_then(|end| self.bytes.get(start..end));
            start = end.unwrap_or(start);
            Parameter { kind: *kind, bytes }
        };
        self.ends.iter().map(parameter).collect()
    }
}

/// Rows for `COPY … BINARY`.
pub(super) struct Copy(Vec<u8>);

impl Copy {
    pub(super) fn begin() -> Self {
        // The signature, no flags, no extension.
        Self(b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0".to_vec())
    }

    /// Appends a row.
    pub(super) fn row<const N: usize>(
        &mut self,
        kinds: &[StoredKind; N],
        row: [Stored<'_>; N],
    ) -> Result<(), PostgresError> {
        self.0.extend((N as u16).to_be_bytes());
        for (kind, value) in kinds.iter().zip(row) {
            let at = self.0.len();
            self.0.extend((-1_i32).to_be_bytes());
            if write(&mut self.0, *kind, value)? {
                let length = i32::try_from(self.0.len() - at - 4).map_err(|_| Misfit)?;
                if let Some(place) = self.0.get_mut(at..at + 4) {
                    place.copy_from_slice(&length.to_be_bytes());
                }
            }
        }
        Ok(())
    }

    pub(super) fn end(mut self) -> Bytes {
        self.0.extend((-1_i16).to_be_bytes());
        self.0.into()
    }
}

impl ToSql for Parameter<'_> {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Failed> {
        if *ty != wire_type(self.kind) {
            return Err(format!("the statement wants {ty}").into());
        }
        let Some(bytes) = self.bytes else { return Ok(IsNull::Yes) };
        out.extend_from_slice(bytes);
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn to_sql_checked(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Failed> {
        self.to_sql(ty, out)
    }
}

/// Appends a value; false for null, which has no bytes.
fn write(out: &mut Vec<u8>, kind: StoredKind, value: Stored<'_>) -> Result<bool, PostgresError> {
    match (kind, value) {
        (_, Stored::Null) => return Ok(false),
        (StoredKind::Bool, Stored::Integer(it)) => out.push(u8::from(it != 0)),
        (StoredKind::Int | StoredKind::Duration, Stored::Integer(it)) => out.extend(it.to_be_bytes()),
        (StoredKind::Float, Stored::Real(it)) => out.extend(it.to_be_bytes()),
        (StoredKind::Decimal(scale), Stored::Integer(it)) => write_numeric(out, it, scale),
        (StoredKind::Text, Stored::Text(it)) => out.extend_from_slice(it),
        (StoredKind::Bytes | StoredKind::Uuid, Stored::Blob(it)) => out.extend_from_slice(it),
        (StoredKind::Date, Stored::Integer(it)) => {
            let days = i32::try_from(it - DAYS).map_err(|_| Misfit)?;
            out.extend(days.to_be_bytes());
        }
        (StoredKind::Instant, Stored::Integer(it)) => {
            let microseconds = it.checked_mul(1_000).and_then(|it| it.checked_sub(MICROSECONDS));
            out.extend(microseconds.ok_or(Misfit)?.to_be_bytes());
        }
        (StoredKind::Json, Stored::Text(it)) => {
            out.push(1);
            out.extend_from_slice(it);
        }
        (_, _) => return Err(Misfit),
    }
    Ok(true)
}

/// `numeric`: counts of digits of base 10,000, the power of the first, sign, digits shown behind the point.
fn write_numeric(out: &mut Vec<u8>, units: i64, scale: u8) {
    let pad = (4 - u32::from(scale) % 4) % 4;
    let behind = i64::from((u32::from(scale) + pad) / 4);
    let mut rest = u128::from(units.unsigned_abs()) * 10_u128.pow(pad);
    let mut digits = Vec::with_capacity(8);
    while rest > 0 {
        digits.push((rest % 10_000) as u16);
        rest /= 10_000;
    }
    let weight = if digits.is_empty() { 0 } else { digits.len() as i64 - behind - 1 };
    let zeros = digits.iter().take_while(|digit| **digit == 0).count();
    out.extend(((digits.len() - zeros) as u16).to_be_bytes());
    out.extend((weight as i16).to_be_bytes());
    out.extend(if units < 0 { 0x4000_u16 } else { 0 }.to_be_bytes());
    out.extend(u16::from(scale).to_be_bytes());
    for digit in digits.iter().skip(zeros).rev() {
        out.extend(digit.to_be_bytes());
    }
}

fn read_numeric(raw: &[u8]) -> Option<Decimal> {
    let mut words = raw.chunks_exact(2).filter_map(|pair| pair.try_into().ok().map(i16::from_be_bytes));
    let (count, weight, sign, shown) = (words.next()?, words.next()?, words.next()?, words.next()?);
    let mut mantissa = 0_i128;
    for digit in words.by_ref().take(usize::try_from(count).ok()?) {
        mantissa = mantissa.checked_mul(10_000)?.checked_add(i128::from(digit))?;
    }
    // The last digit of base 10,000 stands so many decimal places behind the point.
    let places = (i32::from(count) - i32::from(weight) - 1) * 4;
    let shown = i32::from(shown);
    let factor = 10_i128.checked_pow(places.abs_diff(shown))?;
    let mantissa = if places > shown { mantissa / factor } else { mantissa.checked_mul(factor)? };
    let negative = match sign {
        0 => false,
        0x4000 => true,
        _ => return None,
    };
    let mantissa = if negative { -mantissa } else { mantissa };
    Decimal::try_from_i128_with_scale(mantissa, u32::try_from(shown).ok()?).ok()
}

impl<'a> FromSql<'a> for Stored<'a> {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Failed> {
        read(ty, raw).ok_or_else(|| Misfit.into())
    }

    fn from_sql_null(_: &Type) -> Result<Self, Failed> {
        Ok(Self::Null)
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// A cell as it was sent.
pub(super) struct Raw<'a>(pub(super) Option<&'a [u8]>);

impl<'a> FromSql<'a> for Raw<'a> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Failed> {
        Ok(Self(Some(raw)))
    }

    fn from_sql_null(_: &Type) -> Result<Self, Failed> {
        Ok(Self(None))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// A value of a type.
pub(super) fn read<'a>(ty: &Type, raw: &'a [u8]) -> Option<Stored<'a>> {
    let long = |raw: &[u8]| raw.try_into().ok().map(i64::from_be_bytes);
    let short = |raw: &[u8]| raw.try_into().ok().map(i32::from_be_bytes);
    Some(match *ty {
        Type::INT8 => Stored::Integer(long(raw)?),
        Type::INT4 => Stored::Integer(short(raw)?.into()),
        Type::BOOL => Stored::Integer(i64::from(*raw.first()?)),
        Type::FLOAT8 => Stored::Real(f64::from_bits(long(raw)?.cast_unsigned())),
        // What is stored fits, so this is what a calculation has come to: as large as in SQLite, where it is no int.
        Type::NUMERIC => read_numeric(raw).map_or(Stored::Real(f64::INFINITY), Stored::Decimal),
        Type::TEXT | Type::VARCHAR | Type::NAME | Type::JSON => Stored::Text(raw),
        Type::BYTEA | Type::UUID | Type::RECORD_ARRAY => Stored::Blob(raw),
        Type::DATE => Stored::Integer(i64::from(short(raw)?) + DAYS),
        Type::TIMESTAMPTZ => Stored::Integer(long(raw)?.checked_add(MICROSECONDS)?.div_euclid(1_000)),
        Type::JSONB => Stored::Text(raw.strip_prefix(&[1])?),
        _ => return None,
    })
}

#[cfg(test)]
#[path = "cell/tests.rs"]
mod tests;
