//! Tables that a program needs, free of any dialect.
pub mod difference;

use crate::entity::OnDelete;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

/// The tables of a program.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Storage {
    /// In an order in which each refers only to itself and earlier ones, where there is one.
    pub tables: Vec<Table>,
}

/// One table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Its name.
    pub name: SmolStr,
    /// Its columns.
    pub columns: Vec<StoredColumn>,
    /// The column of its primary key.
    pub key: SmolStr,
    /// Whether the database numbers the key.
    pub numbered: bool,
    /// Sets of columns without duplicates.
    pub uniques: Vec<Vec<SmolStr>>,
    /// Indexes, beside those of keys, uniques and foreign keys.
    pub indexes: Vec<Index>,
    /// Columns that point to other tables.
    pub foreign_keys: Vec<ForeignKey>,
}

/// One column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredColumn {
    /// Its name.
    pub name: SmolStr,
    /// What is stored.
    pub kind: StoredKind,
    /// Whether null may stand there.
    pub optional: bool,
    /// What the database checks again.
    pub check: Option<Check>,
}

/// What a column stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum StoredKind {
    /// True or false.
    Bool,
    /// A whole number.
    Int,
    /// A double.
    Float,
    /// An exact number with so many digits behind the point.
    Decimal(u8),
    /// UTF-8 text.
    Text,
    /// Bytes.
    Bytes,
    /// A UUID, 16 bytes.
    Uuid,
    /// A day.
    Date,
    /// A point in time, UTC, in milliseconds.
    Instant,
    /// A length of time in milliseconds.
    Duration,
    /// JSON text.
    Json,
}

/// A rule of a type that the database holds too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Check {
    /// A number within bounds; a decimal's are in units of its last digit.
    Range {
        /// Least.
        min: Option<i64>,
        /// Most.
        max: Option<i64>,
    },
    /// A text's length in characters.
    Length {
        /// Least.
        min: Option<u32>,
        /// Most.
        max: Option<u32>,
    },
    /// One of these texts.
    OneOf(Vec<SmolStr>),
}

/// One index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    /// Its columns, each with whether it descends.
    pub columns: Vec<(SmolStr, bool)>,
}

/// A column that points to another table's key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForeignKey {
    /// The column; it is indexed.
    pub column: SmolStr,
    /// The other table.
    pub table: SmolStr,
    /// The other table's key.
    pub key: SmolStr,
    /// What happens when the other row goes.
    pub on_delete: OnDelete,
}
