//! What goes into a database and comes out of it.
use rust_decimal::Decimal;

/// A value as it is stored: each kind of column has one of these forms, the same for every database.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Stored<'a> {
    Null,
    /// A bool as 0 or 1, an int, a decimal in units of its last digit, days, milliseconds.
    Integer(i64),
    Real(f64),
    /// A decimal of a database that has them.
    #[cfg_attr(not(feature = "postgres"), expect(dead_code, reason = "SQLite has none"))]
    Decimal(Decimal),
    /// UTF-8.
    Text(&'a [u8]),
    /// Bytes, or the 16 of a UUID.
    Blob(&'a [u8]),
}

impl<'a> Stored<'a> {
    /// A text.
    pub(crate) const fn text(text: &'a str) -> Self {
        Self::Text(text.as_bytes())
    }
}

const _: () = assert!(size_of::<Stored<'_>>() <= 24);

/// A value on its way into a database.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Given<'a> {
    Stored(Stored<'a>),
    /// Text made for the occasion.
    Made(String),
}

impl Given<'_> {
    /// It, borrowed.
    pub(crate) fn stored(&self) -> Stored<'_> {
        match self {
            Self::Stored(stored) => *stored,
            Self::Made(text) => Stored::Text(text.as_bytes()),
        }
    }
}
