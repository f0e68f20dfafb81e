//! Which values of one kind of column are values of another.
use crate::storage::StoredKind;

/// What becomes of a stored value when its column is of another kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conversion {
    /// Every value has one that is equal.
    Exact,
    /// Some have; the rows are looked at first, and one that has none stops the change.
    Checked,
    /// None has: the old values go.
    None,
}

/// Most digits behind the point with which every `int` is a decimal of 64 bits.
const ROOM: u8 = 3;

/// How values go from one kind to another.
pub const fn conversion(from: StoredKind, to: StoredKind) -> Conversion {
    use StoredKind::{Bool, Bytes, Date, Decimal, Float, Instant, Int, Text, Uuid};
    match (from, to) {
        (Int, Decimal(digits)) if digits <= ROOM => Conversion::Exact,
        (Decimal(digits), Decimal(more)) if digits <= more => Conversion::Exact,
        (Bool, Int | Text) | (Int, Float | Text) | (Uuid, Text) | (Decimal(_), Text) | (Date, Instant) => {
            Conversion::Exact
        }
        (Text, Bytes) => Conversion::Exact,
        (Int, Decimal(_) | Bool)
        | (Decimal(_), Int | Decimal(_) | Float)
        | (Float, Int | Decimal(_))
        | (Instant, Date)
        | (Text, Int | Uuid | Bool) => Conversion::Checked,
        (_, _) => Conversion::None,
    }
}
