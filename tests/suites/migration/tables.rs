//! Tables written by hand.
use quater_ir::storage::{Index, Origin, StoredColumn, StoredKind, Table};
use smol_str::SmolStr;

/// A column that may not be null.
pub(super) fn column(name: &str, kind: StoredKind) -> StoredColumn {
    StoredColumn {
        name: name.into(),
        kind,
        optional: false,
        check: None,
        shape: None,
        origin: Origin::default(),
    }
}

/// A table with nothing but its key.
pub(super) fn table(name: &str, numbered: bool) -> Table {
    let kind = if numbered { StoredKind::Int } else { StoredKind::Uuid };
    Table {
        name: name.into(),
        columns: vec![column("id", kind)],
        key: "id".into(),
        numbered,
        uniques: vec![],
        indexes: vec![],
        foreign_keys: vec![],
    }
}

pub(super) fn index(columns: &[(SmolStr, bool)]) -> Index {
    Index { columns: columns.to_vec() }
}
