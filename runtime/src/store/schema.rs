//! The tables of a program: made on an empty database, compared on any other.
use crate::plan::sql::quoted;
use crate::service::StartError;
use quater_ir::entity::OnDelete;
use quater_ir::storage::difference::differences;
use quater_ir::storage::{Check, ForeignKey, Storage, StoredColumn, StoredKind, Table};
use rusqlite::{Connection, Error, OptionalExtension, TransactionBehavior};

const SYSTEM: &str = "\
CREATE TABLE _quater_schema (storage TEXT NOT NULL, made INTEGER NOT NULL) STRICT;
CREATE TABLE _quater_audit (
  id INTEGER PRIMARY KEY,
  time INTEGER NOT NULL,
  request BLOB NOT NULL,
  door TEXT NOT NULL,
  entry TEXT NOT NULL,
  operation TEXT NOT NULL,
  actor TEXT,
  arguments BLOB,
  result TEXT NOT NULL,
  took INTEGER NOT NULL
) STRICT;
";

/// Makes the tables where there are none, or sees that those there are the same.
pub(crate) fn prepare(connection: &mut Connection, storage: &Storage, url: &str) -> Result<(), StartError> {
    let database = |source| StartError::Database { url: url.to_owned(), source };
    // Most starts find their tables, and need not wait for whoever writes.
    let differences = match stored(connection).map_err(database)? {
        Some(text) => compare(&text, storage),
        None => make(connection, storage).map_err(database)?,
    };
    if differences.is_empty() {
        return Ok(());
    }
    Err(StartError::SchemaDiffers { url: url.to_owned(), differences })
}

/// Makes the tables unless somebody else is there, or has just made them.
fn make(connection: &mut Connection, storage: &Storage) -> Result<Vec<String>, Error> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if let Some(text) = stored(&transaction)? {
        return Ok(compare(&text, storage));
    }
    let names = occupied(&transaction, storage)?;
    if names.is_empty() {
        create(&transaction, storage)?;
        transaction.commit()?;
    }
    Ok(names)
}

fn stored(connection: &Connection) -> Result<Option<String>, Error> {
    let table = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '_quater_schema'";
    if connection.query_row(table, [], |_| Ok(())).optional()?.is_none() {
        return Ok(None);
    }
    connection.query_row("SELECT storage FROM _quater_schema", [], |row| row.get(0)).optional()
}

fn compare(text: &str, storage: &Storage) -> Vec<String> {
    match serde_json::from_str::<Storage>(text) {
        Ok(found) => differences(&found, storage).iter().map(ToString::to_string).collect(),
        Err(_) => vec!["its description was written by another version of Quater".to_owned()],
    }
}

fn occupied(connection: &Connection, storage: &Storage) -> Result<Vec<String>, Error> {
    let mut found = connection.prepare("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")?;
    let names: Vec<String> = found.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let taken =
        storage.tables.iter().filter(|table| names.iter().any(|name| name.eq_ignore_ascii_case(&table.name)));
    Ok(taken
        .map(|table| format!("table `{}` is there already and was not made by Quater", table.name))
        .collect())
}

fn create(connection: &Connection, storage: &Storage) -> Result<(), Error> {
    connection.execute_batch(SYSTEM)?;
    for table in &storage.tables {
        connection.execute_batch(&definition(table))?;
    }
    let text = serde_json::to_string(storage).map_err(|error| Error::ToSqlConversionFailure(error.into()))?;
    let made = crate::kernel::time::now();
    connection.execute("INSERT INTO _quater_schema (storage, made) VALUES (?, ?)", (text, made))?;
    Ok(())
}

/// The statements that make a table with its indexes.
fn definition(table: &Table) -> String {
    let mut lines: Vec<String> = table.columns.iter().map(|it| column(table, it)).collect();
    lines.extend(table.uniques.iter().map(|columns| format!("UNIQUE ({})", names(columns))));
    let options = if table.numbered { "STRICT" } else { "STRICT, WITHOUT ROWID" };
    let mut text =
        format!("CREATE TABLE {} (\n  {}\n) {options};\n", quoted(&table.name), lines.join(",\n  "));
    for foreign in table.foreign_keys.iter().filter(|foreign| !is_indexed(table, foreign)) {
        text.push_str(&index(table, &[(foreign.column.clone(), false)]));
    }
    for declared in &table.indexes {
        text.push_str(&index(table, &declared.columns));
    }
    text
}

/// Whether the columns of some key, unique or index begin with the foreign key.
fn is_indexed(table: &Table, foreign: &ForeignKey) -> bool {
    let uniques = table.uniques.iter().filter_map(|unique| unique.first());
    let indexes = table.indexes.iter().filter_map(|index| index.columns.first().map(|(name, _)| name));
    uniques.chain(indexes).chain([&table.key]).any(|first| *first == foreign.column)
}

fn names(columns: &[smol_str::SmolStr]) -> String {
    columns.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ")
}

fn index(table: &Table, columns: &[(smol_str::SmolStr, bool)]) -> String {
    let mut name = table.name.to_string();
    for (column, descends) in columns {
        name = format!("{name}_{column}{}", if *descends { "_desc" } else { "" });
    }
    let parts: Vec<String> = columns
        .iter()
        .map(|(column, descends)| format!("{}{}", quoted(column), if *descends { " DESC" } else { "" }))
        .collect();
    format!("CREATE INDEX {} ON {} ({});\n", quoted(&name), quoted(&table.name), parts.join(", "))
}

fn column(table: &Table, column: &StoredColumn) -> String {
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

fn rule(name: &str, column: &StoredColumn) -> Option<String> {
    let between = |value: &str, min: Option<i64>, max: Option<i64>| match (min, max) {
        (Some(min), Some(max)) => Some(format!("{value} BETWEEN {min} AND {max}")),
        (Some(min), None) => Some(format!("{value} >= {min}")),
        (None, Some(max)) => Some(format!("{value} <= {max}")),
        (None, None) => None,
    };
    match (&column.check, column.kind) {
        (Some(Check::Range { min, max }), _) => between(name, *min, *max),
        (Some(Check::Length { min, max }), _) => {
            between(&format!("length({name})"), min.map(i64::from), max.map(i64::from))
        }
        (Some(Check::OneOf(texts)), _) => {
            let texts: Vec<String> =
                texts.iter().map(|text| format!("'{}'", text.replace('\'', "''"))).collect();
            Some(format!("{name} IN ({})", texts.join(", ")))
        }
        (None, StoredKind::Uuid) => Some(format!("length({name}) = 16")),
        (None, StoredKind::Bool) => Some(format!("{name} IN (0, 1)")),
        (None, _) => None,
    }
}
