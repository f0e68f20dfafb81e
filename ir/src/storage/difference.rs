//! What two sets of tables differ in.
use super::{Check, ForeignKey, Index, Storage, StoredColumn, Table};
use smol_str::SmolStr;
use std::fmt;

/// One difference between the tables that are there and those that are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The table.
    pub table: SmolStr,
    /// What differs in it.
    pub change: Change,
}

/// What differs in a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It is wanted and not there.
    TableMissing,
    /// It is there and not wanted.
    TableLeft,
    /// A column is wanted and not there.
    ColumnMissing(SmolStr),
    /// A column is there and not wanted.
    ColumnLeft(SmolStr),
    /// A column is there, of another kind.
    Kind(SmolStr),
    /// A column is there and may not be null, though it should be allowed to, or the other way round.
    Optional {
        /// The column.
        column: SmolStr,
        /// Whether it should be allowed to be null.
        wanted: bool,
    },
    /// A column is checked by another rule.
    Check(SmolStr),
    /// The key is another column, or is numbered by somebody else.
    Key,
    /// A set of columns should be unique, or is and should not be.
    Unique {
        /// The columns.
        columns: Vec<SmolStr>,
        /// Whether it should be.
        wanted: bool,
    },
    /// An index should be there, or is and should not be.
    Index {
        /// Its columns.
        columns: Vec<SmolStr>,
        /// Whether it should be.
        wanted: bool,
    },
    /// A column points to another table, or does other things when the row there goes.
    ForeignKey(SmolStr),
}

/// Everything in which `found` is not `wanted`.
pub fn differences(found: &Storage, wanted: &Storage) -> Vec<Difference> {
    let mut all = Vec::new();
    for table in &wanted.tables {
        let changes = match found.tables.iter().find(|it| it.name == table.name) {
            Some(there) => in_table(there, table),
            None => vec![Change::TableMissing],
        };
        all.extend(changes.into_iter().map(|change| Difference { table: table.name.clone(), change }));
    }
    for table in &found.tables {
        if !wanted.tables.iter().any(|it| it.name == table.name) {
            all.push(Difference { table: table.name.clone(), change: Change::TableLeft });
        }
    }
    all
}

fn in_table(found: &Table, wanted: &Table) -> Vec<Change> {
    let mut changes = Vec::new();
    for column in &wanted.columns {
        match found.columns.iter().find(|it| it.name == column.name) {
            Some(there) => in_column(there, column, &mut changes),
            None => changes.push(Change::ColumnMissing(column.name.clone())),
        }
    }
    let left = found.columns.iter().filter(|there| !wanted.columns.iter().any(|it| it.name == there.name));
    changes.extend(left.map(|column| Change::ColumnLeft(column.name.clone())));
    if found.key != wanted.key || found.numbered != wanted.numbered {
        changes.push(Change::Key);
    }
    let unique = |columns: &Vec<SmolStr>, wanted| Change::Unique { columns: columns.clone(), wanted };
    changes.extend(without(&wanted.uniques, &found.uniques).map(|it| unique(it, true)));
    changes.extend(without(&found.uniques, &wanted.uniques).map(|it| unique(it, false)));
    let names = |index: &Index| index.columns.iter().map(|(name, _)| name.clone()).collect();
    changes.extend(
        without(&wanted.indexes, &found.indexes).map(|it| Change::Index { columns: names(it), wanted: true }),
    );
    changes.extend(
        without(&found.indexes, &wanted.indexes)
            .map(|it| Change::Index { columns: names(it), wanted: false }),
    );
    foreign_keys(found, wanted, &mut changes);
    changes
}

fn in_column(found: &StoredColumn, wanted: &StoredColumn, changes: &mut Vec<Change>) {
    let name = || wanted.name.clone();
    if found.kind != wanted.kind {
        changes.push(Change::Kind(name()));
    }
    if found.optional != wanted.optional {
        changes.push(Change::Optional { column: name(), wanted: wanted.optional });
    }
    if rule(found) != rule(wanted) {
        changes.push(Change::Check(name()));
    }
}

const fn rule(column: &StoredColumn) -> Option<&Check> {
    column.check.as_ref()
}

fn foreign_keys(found: &Table, wanted: &Table, changes: &mut Vec<Change>) {
    let both = found.foreign_keys.iter().chain(&wanted.foreign_keys);
    let of = |table: &Table, column: &SmolStr| -> Option<ForeignKey> {
        table.foreign_keys.iter().find(|it| it.column == *column).cloned()
    };
    for foreign in both {
        let change = Change::ForeignKey(foreign.column.clone());
        let has_column = |table: &Table| table.columns.iter().any(|it| it.name == foreign.column);
        let shared = has_column(found) && has_column(wanted);
        if shared && of(found, &foreign.column) != of(wanted, &foreign.column) && !changes.contains(&change) {
            changes.push(change);
        }
    }
}

fn without<'a, T: PartialEq>(these: &'a [T], those: &'a [T]) -> impl Iterator<Item = &'a T> {
    these.iter().filter(|it| !those.contains(it))
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let table = &self.table;
        let listed = |columns: &[SmolStr]| columns.join(", ");
        match &self.change {
            Change::TableMissing => write!(f, "table `{table}` is missing"),
            Change::TableLeft => write!(f, "table `{table}` is not in the file any more"),
            Change::ColumnMissing(column) => write!(f, "column `{table}.{column}` is missing"),
            Change::ColumnLeft(column) => write!(f, "column `{table}.{column}` is not in the file any more"),
            Change::Kind(column) => write!(f, "column `{table}.{column}` stores another type"),
            Change::Optional { column, wanted: true } => {
                write!(f, "column `{table}.{column}` does not allow null and should")
            }
            Change::Optional { column, wanted: false } => {
                write!(f, "column `{table}.{column}` allows null and should not")
            }
            Change::Check(column) => write!(f, "column `{table}.{column}` has other bounds"),
            Change::Key => write!(f, "table `{table}` has another key"),
            Change::Unique { columns, wanted: true } => {
                write!(f, "table `{table}` lacks unique ({})", listed(columns))
            }
            Change::Unique { columns, wanted: false } => {
                write!(
                    f,
                    "table `{table}` has unique ({}), which is not in the file any more",
                    listed(columns)
                )
            }
            Change::Index { columns, wanted: true } => {
                write!(f, "table `{table}` lacks index ({})", listed(columns))
            }
            Change::Index { columns, wanted: false } => {
                write!(
                    f,
                    "table `{table}` has index ({}), which is not in the file any more",
                    listed(columns)
                )
            }
            Change::ForeignKey(column) => {
                write!(f, "relation `{table}.{column}` points or deletes otherwise")
            }
        }
    }
}
