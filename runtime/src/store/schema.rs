//! What the makers of tables share, whatever the database.
use crate::plan::sql::quoted;
use quater_ir::storage::difference::differences;
use quater_ir::storage::{ForeignKey, Storage, Table};
use smol_str::SmolStr;

/// One line for each difference between the tables that a database describes and those that are wanted.
pub(super) fn compare(text: &str, storage: &Storage) -> Vec<String> {
    match serde_json::from_str::<Storage>(text) {
        Ok(found) => differences(&found, storage).iter().map(ToString::to_string).collect(),
        Err(_) => vec!["its description was written by another version of Quater".to_owned()],
    }
}

/// Whether the columns of some key, unique or index begin with the foreign key.
pub(super) fn is_indexed(table: &Table, foreign: &ForeignKey) -> bool {
    let uniques = table.uniques.iter().filter_map(|unique| unique.first());
    let indexes = table.indexes.iter().filter_map(|index| index.columns.first().map(|(name, _)| name));
    uniques.chain(indexes).chain([&table.key]).any(|first| *first == foreign.column)
}

/// Names in SQL, by comma.
pub(super) fn names(columns: &[SmolStr]) -> String {
    columns.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ")
}

/// Texts in SQL, by comma.
pub(super) fn texts(texts: &[SmolStr]) -> String {
    texts.iter().map(|text| format!("'{}'", text.replace('\'', "''"))).collect::<Vec<_>>().join(", ")
}

/// A condition on the bounds of a value; nothing where there are none.
pub(super) fn between<T: std::fmt::Display>(value: &str, min: Option<T>, max: Option<T>) -> Option<String> {
    match (min, max) {
        (Some(min), Some(max)) => Some(format!("{value} BETWEEN {min} AND {max}")),
        (Some(min), None) => Some(format!("{value} >= {min}")),
        (None, Some(max)) => Some(format!("{value} <= {max}")),
        (None, None) => None,
    }
}
