//! Tables that a program needs, free of any dialect.
pub mod migration;
pub mod shape;

use crate::entity::OnDelete;
use crate::expr::reach::columns_in;
use crate::expr::{Expr, Node};
use serde::{Deserialize, Serialize};
use shape::Shape;
use smol_str::SmolStr;

/// The tables of a program.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Storage {
    /// In an order in which each refers only to itself and earlier ones, where there is one.
    pub tables: Vec<Table>,
    /// Whether columns say of what shape they are. Earlier builds did not write that down, and of what they did no
    /// more is known than the database holds.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub shaped: bool,
    /// Whether relations say how many rows may point to one. Earlier builds did not write that down either.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub bounded: bool,
}

/// One table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StoredColumn {
    /// Its name.
    pub name: SmolStr,
    /// What is stored.
    pub kind: StoredKind,
    /// Whether null may stand there.
    pub optional: bool,
    /// What the database checks again.
    pub check: Option<Check>,
    /// What the database does not check: what JSON is made of, what a text has to match. None where it is told by
    /// the rest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shape: Option<Shape>,
    /// How rows that are there already come to fit.
    #[serde(default, skip_serializing_if = "Origin::is_empty")]
    pub origin: Origin,
}

/// Where the values of a column come from when it is new or has changed. It says nothing about the
/// table as it is, so two tables that differ in this alone are the same.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Origin {
    /// The column's name before it was renamed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<SmolStr>,
    /// The field's own name for its column, where the file gives the column another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<SmolStr>,
    /// Members of its enum that had another name: the name they have, and the one before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub renamed: Vec<(SmolStr, SmolStr)>,
    /// What stands in where a row has nothing, over the columns of the table as they are after the change, by
    /// their places; where null may stand, only if the file says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fill: Option<Expr>,
}

impl Storage {
    /// The tables alone, without how their rows came about.
    #[must_use]
    pub fn bare(&self) -> Self {
        let mut bare = self.clone();
        for column in bare.tables.iter_mut().flat_map(|table| &mut table.columns) {
            column.origin = Origin::default();
            column.shape.iter_mut().for_each(|shape| shape.strip(false));
        }
        bare
    }

    /// The tables as they are written down: with what was renamed, without what rows got.
    #[must_use]
    pub fn recorded(&self) -> Self {
        let mut recorded = self.clone();
        for column in recorded.tables.iter_mut().flat_map(|table| &mut table.columns) {
            column.origin.fill = None;
            column.shape.iter_mut().for_each(|shape| shape.strip(true));
        }
        recorded
    }

    /// The tables as they are written down, where what was renamed does not count: the way back is another.
    #[must_use]
    pub fn without_earlier_names(&self) -> Self {
        let mut plain = self.clone();
        for column in plain.tables.iter_mut().flat_map(|table| &mut table.columns) {
            column.origin.was = None;
        }
        plain
    }

    /// The tables alone, in one order whatever the file has.
    #[must_use]
    pub fn sorted(&self) -> Self {
        let mut sorted = Self { shaped: false, bounded: false, ..self.bare() };
        sorted.tables.sort_by(|a, b| a.name.cmp(&b.name));
        for table in &mut sorted.tables {
            table.columns.sort_by(|a, b| a.name.cmp(&b.name));
            table.uniques.sort();
            table.indexes.sort_by(|a, b| a.columns.cmp(&b.columns));
            table.foreign_keys.sort_by(|a, b| a.column.cmp(&b.column));
        }
        sorted
    }

    /// The table of a name.
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.name == name)
    }
}

impl StoredColumn {
    /// Its field, by the name that its column has where nothing else is said.
    pub fn field(&self) -> &SmolStr {
        self.origin.field.as_ref().unwrap_or(&self.name)
    }
}

impl Table {
    /// The column of a name.
    pub fn column(&self, name: &str) -> Option<&StoredColumn> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Whether no two rows have the same in a column.
    fn names_one(&self, column: &SmolStr) -> bool {
        self.key == *column || self.uniques.iter().any(|unique| unique == std::slice::from_ref(column))
    }

    /// Every index that the table has beside those of its key and its uniques: one for each relation
    /// that no other covers, and those that are declared.
    pub fn every_index(&self) -> Vec<Index> {
        let first = |columns: &[SmolStr], relation: &SmolStr| columns.first() == Some(relation);
        let covered = |relation: &SmolStr| {
            *relation == self.key
                || self.uniques.iter().any(|unique| first(unique, relation))
                || self.indexes.iter().any(|it| it.columns.first().is_some_and(|(name, _)| name == relation))
        };
        let relations = self.foreign_keys.iter().map(|foreign| &foreign.column).filter(|it| !covered(it));
        let alone = relations.map(|column| Index { columns: vec![(column.clone(), false)] });
        alone.chain(self.indexes.iter().cloned()).collect()
    }
}

impl Origin {
    /// Whether what stands in is worked out of each row.
    pub fn is_worked_out(&self) -> bool {
        self.fill.as_ref().is_some_and(reads_row)
    }

    /// Whether what stands in is one value, whatever the row and whenever it is made: so the database can put it
    /// into rows of programs that do not know the column.
    pub fn is_constant(&self) -> bool {
        self.fill.as_ref().is_some_and(|fill| !reads_row(fill) && is_pure(fill))
    }

    /// Whether it says nothing.
    pub const fn is_empty(&self) -> bool {
        self.was.is_none() && self.field.is_none() && self.renamed.is_empty() && self.fill.is_none()
    }
}

/// Whether a value is made of columns of the row.
fn reads_row(value: &Expr) -> bool {
    let mut reads = false;
    columns_in(value, &mut |_| reads = true);
    reads
}

fn is_pure(value: &Expr) -> bool {
    let own = if let Node::Call(builtin, _) = &value.node { builtin.is_pure() } else { true };
    own && value.children().into_iter().all(is_pure)
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
    /// How many rows may point to one there, which the database does not hold; none for any number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most: Option<u32>,
}
