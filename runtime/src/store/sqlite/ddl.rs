//! The language of SQLite that makes tables.
use crate::plan::sql::quoted;
use crate::store::schema::{between, names, texts};
use quater_ir::entity::OnDelete;
use quater_ir::storage::{Check, StoredColumn, StoredKind, Table};
use smol_str::SmolStr;

/// What stands before the value that the database puts into a column.
pub(crate) const DEFAULT: &str = " DEFAULT (";

/// What stands between the two names of a column that may hold no JSON.
pub(crate) const OR_JSON: &str = " IS NULL OR json_valid";

/// The statements that make a table with its indexes.
pub(crate) fn statements(whole: &Table) -> Vec<String> {
    let indexes = whole.every_index();
    std::iter::once(table(whole)).chain(indexes.iter().map(|it| index(whole, &it.columns))).collect()
}

/// The statement that makes a table.
pub(crate) fn table(table: &Table) -> String {
    table_with(table, |_| None)
}

/// The same, with what the database puts into columns that a row says nothing of.
pub(crate) fn table_with(table: &Table, default: impl Fn(&StoredColumn) -> Option<String>) -> String {
    let line = |it: &StoredColumn| column(table, it, default(it).as_deref());
    let mut lines: Vec<String> = table.columns.iter().map(line).collect();
    lines.extend(table.uniques.iter().map(|columns| format!("UNIQUE ({})", names(columns))));
    let options = if table.numbered { "STRICT" } else { "STRICT, WITHOUT ROWID" };
    format!("CREATE TABLE {} (\n  {}\n) {options}", quoted(&table.name), lines.join(",\n  "))
}

/// What an index is called; the flags say which columns descend.
pub(crate) fn index_name(table: &Table, columns: &[(SmolStr, bool)]) -> String {
    let mut name = table.name.to_string();
    for (column, descends) in columns {
        name = format!("{name}_{column}{}", if *descends { "_desc" } else { "" });
    }
    name
}

/// The statement that makes an index.
pub(crate) fn index(table: &Table, columns: &[(SmolStr, bool)]) -> String {
    let parts: Vec<String> = columns
        .iter()
        .map(|(column, descends)| format!("{}{}", quoted(column), if *descends { " DESC" } else { "" }))
        .collect();
    let name = quoted(&index_name(table, columns));
    format!("CREATE INDEX {name} ON {} ({})", quoted(&table.name), parts.join(", "))
}

/// What stands for a column where its table is made.
pub(crate) fn column(table: &Table, column: &StoredColumn, default: Option<&str>) -> String {
    let name = quoted(&column.name);
    let mut text = format!("{name} {}", affinity(column.kind));
    if column.name == table.key {
        text.push_str(" PRIMARY KEY");
        if table.numbered {
            text.push_str(" AUTOINCREMENT");
        }
    }
    let numbered = table.numbered && column.name == table.key;
    if !(column.optional || numbered) {
        text.push_str(" NOT NULL");
        if let Some(default) = default {
            text.push_str(&format!("{DEFAULT}{default})"));
        }
    }
    if let Some(rule) = rule(&name, column) {
        text.push_str(&format!(" CONSTRAINT {name} CHECK ({rule})"));
    }
    if let Some(foreign) = table.foreign_keys.iter().find(|foreign| foreign.column == column.name) {
        let action = match foreign.on_delete {
            OnDelete::Cascade => "CASCADE",
            OnDelete::Restrict => "RESTRICT",
            OnDelete::Null => "SET NULL",
        };
        let (other, key) = (quoted(&foreign.table), quoted(&foreign.key));
        text.push_str(&format!(" REFERENCES {other} ({key}) ON DELETE {action}"));
    }
    text
}

const fn affinity(kind: StoredKind) -> &'static str {
    match kind {
        StoredKind::Bool
        | StoredKind::Int
        | StoredKind::Decimal(_)
        | StoredKind::Date
        | StoredKind::Instant
        | StoredKind::Duration => "INTEGER",
        StoredKind::Float => "REAL",
        StoredKind::Text | StoredKind::Json => "TEXT",
        StoredKind::Bytes | StoredKind::Uuid => "BLOB",
    }
}

/// What a value of a column must be, as a condition over an expression.
pub(crate) fn rule(name: &str, column: &StoredColumn) -> Option<String> {
    match (&column.check, column.kind) {
        (Some(Check::Range { min, max }), _) => between(name, *min, *max),
        (Some(Check::Length { min, max }), _) => {
            between(&format!("length({name})"), min.map(i64::from), max.map(i64::from))
        }
        (Some(Check::OneOf(members)), _) => Some(format!("{name} IN ({})", texts(members))),
        (None, StoredKind::Uuid) => Some(format!("length({name}) = 16")),
        // SQLite before 3.42 says of null that it is not JSON.
        (None, StoredKind::Json) if column.optional => Some(format!("{name}{OR_JSON}({name})")),
        (None, StoredKind::Json) => Some(format!("json_valid({name})")),
        (None, StoredKind::Bool) => Some(format!("{name} IN (0, 1)")),
        (None, _) => None,
    }
}
