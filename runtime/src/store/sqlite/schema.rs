//! The tables of a program: made on an empty database, compared on any other.
use super::ddl;
use crate::service::StartError;
use crate::store::schema::compare;
use quater_ir::storage::Storage;
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
    let database = |source: Error| StartError::Database { url: url.to_owned(), source: source.into() };
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
        connection.execute_batch(&ddl::table(table))?;
    }
    let text = serde_json::to_string(storage).map_err(|error| Error::ToSqlConversionFailure(error.into()))?;
    let made = crate::kernel::time::now();
    connection.execute("INSERT INTO _quater_schema (storage, made) VALUES (?, ?)", (text, made))?;
    Ok(())
}
