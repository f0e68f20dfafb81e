//! Quater's own tables, and those of a program: made in an empty database, compared in any other.
use super::{ddl, owner, secret};
use crate::facts::Facts;
use crate::kernel::time;
use crate::migrate::record::{BUILD, Past, digest};
use crate::migrate::sqlite::live;
use crate::migrate::{planning, shape};
use crate::service::StartError;
use crate::store::owner::judged;
use crate::store::schema::makings;
use quater_ir::storage::{Storage, migration};
use rusqlite::{Connection, Error, OptionalExtension, Row, TransactionBehavior};

/// The tables of Quater itself.
pub(crate) const SYSTEM: &str = "\
CREATE TABLE _quater_migrations (
  id INTEGER PRIMARY KEY,
  version INTEGER NOT NULL,
  digest TEXT NOT NULL,
  storage TEXT NOT NULL,
  steps TEXT NOT NULL,
  applied INTEGER NOT NULL,
  build TEXT NOT NULL,
  undone INTEGER
) STRICT;
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
  took INTEGER NOT NULL,
  manner TEXT
) STRICT;
CREATE TABLE _quater_calls (
  name BLOB PRIMARY KEY,
  arguments BLOB NOT NULL,
  expires INTEGER NOT NULL,
  fault TEXT,
  body BLOB
) STRICT, WITHOUT ROWID;
CREATE INDEX _quater_calls_expires ON _quater_calls (expires);
CREATE TABLE _quater_approvals (
  id BLOB PRIMARY KEY,
  bound BLOB UNIQUE,
  operation TEXT NOT NULL,
  caller TEXT NOT NULL,
  tenant TEXT,
  arguments TEXT NOT NULL,
  state TEXT NOT NULL,
  made INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  decider TEXT,
  decided INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX _quater_approvals_operation ON _quater_approvals (operation, state, id);
CREATE INDEX _quater_approvals_caller ON _quater_approvals (caller, id);
";

/// A column that earlier builds made the table of the audit without.
const ADDED: &str = "ALTER TABLE _quater_audit ADD COLUMN manner TEXT";

/// How a migration is written down.
pub(crate) const WRITE: &str =
    "INSERT INTO _quater_migrations (version, digest, storage, steps, applied, build)";

/// Whether Quater has made tables here.
pub(crate) fn is_made(connection: &Connection) -> Result<bool, Error> {
    let sql = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '_quater_migrations'";
    Ok(connection.query_row(sql, (), |_| Ok(())).optional()?.is_some())
}

/// Every migration that counts, the first one first.
pub(crate) fn past(connection: &Connection) -> Result<Vec<Past>, Error> {
    if !is_made(connection)? {
        return Ok(Vec::new());
    }
    let sql = "SELECT id, version, digest, storage, steps, applied, build FROM _quater_migrations \
               WHERE undone IS NULL ORDER BY id";
    connection.prepare(sql)?.query_map((), one)?.collect()
}

fn one(row: &Row<'_>) -> Result<Past, Error> {
    let (storage, steps): (String, String) = (row.get(3)?, row.get(4)?);
    let unreadable = |error: serde_json::Error| Error::ToSqlConversionFailure(error.into());
    Ok(Past {
        id: row.get(0)?,
        version: row.get(1)?,
        digest: row.get(2)?,
        storage: serde_json::from_str(&storage).map_err(unreadable)?,
        steps: serde_json::from_str(&steps).map_err(unreadable)?,
        applied: row.get(5)?,
        build: row.get(6)?,
    })
}

/// Writes down what has been done.
pub(crate) fn write(
    connection: &Connection,
    version: u32,
    storage: &Storage,
    steps: &[String],
) -> Result<(), Error> {
    let failed = |error: serde_json::Error| Error::ToSqlConversionFailure(error.into());
    let text = serde_json::to_string(&storage.recorded()).map_err(failed)?;
    let steps = serde_json::to_string(steps).map_err(failed)?;
    let digest = digest(storage).map_err(failed)?;
    let values = (version, digest, text, steps, time::now(), BUILD);
    connection.execute(&format!("{WRITE} VALUES (?, ?, ?, ?, ?, ?)"), values)?;
    Ok(())
}

/// Writes down of what shape columns are, where an earlier build did not.
pub(crate) fn shape(connection: &Connection, past: &[Past], storage: &Storage) -> Result<(), Error> {
    let Some(id) = planning::untold(past, storage) else { return Ok(()) };
    let failed = |error: serde_json::Error| Error::ToSqlConversionFailure(error.into());
    let text = serde_json::to_string(&storage.recorded()).map_err(failed)?;
    let values = (text, digest(storage).map_err(failed)?, id);
    connection.execute("UPDATE _quater_migrations SET storage = ?, digest = ? WHERE id = ?", values)?;
    Ok(())
}

/// Writes down that a migration was taken back.
pub(crate) fn undo(connection: &Connection, id: i64) -> Result<(), Error> {
    connection.execute("UPDATE _quater_migrations SET undone = ? WHERE id = ?", (time::now(), id))?;
    Ok(())
}

/// Takes over what an earlier build wrote down in a table of another form.
pub(crate) fn take_over(connection: &mut Connection) -> Result<(), Error> {
    let old = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '_quater_schema'";
    let is_old = |connection: &Connection| connection.query_row(old, (), |_| Ok(())).optional();
    if is_old(connection)?.is_none() {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if is_old(&transaction)?.is_some() {
        let text: String =
            transaction.query_row("SELECT storage FROM _quater_schema", (), |row| row.get(0))?;
        let storage: Storage =
            serde_json::from_str(&text).map_err(|error| Error::ToSqlConversionFailure(error.into()))?;
        let own = SYSTEM.split_inclusive(";\n").next().unwrap_or_default();
        transaction.execute_batch(own)?;
        write(&transaction, 0, &storage, &[])?;
        transaction.execute_batch("DROP TABLE _quater_schema")?;
    }
    transaction.commit()
}

/// Makes what earlier builds made Quater's own tables without.
fn complete(connection: &mut Connection) -> Result<(), Error> {
    if lacks(connection)?.is_empty() {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for text in lacks(&transaction)? {
        transaction.execute_batch(text)?;
    }
    transaction.commit()
}

fn lacks(connection: &Connection) -> Result<Vec<&'static str>, Error> {
    let mut there = connection.prepare(
        "SELECT name FROM sqlite_master WHERE name LIKE '\\_quater\\_%' ESCAPE '\\' \
         UNION ALL SELECT name FROM pragma_table_info('_quater_audit') WHERE name = 'manner'",
    )?;
    let there = there.query_map((), |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
    let is_there = |name: &str| there.iter().any(|it| it == name);
    let makings = makings(SYSTEM).filter(|(name, _)| !is_there(name)).map(|(_, text)| text);
    let added = (is_there("_quater_audit") && !is_there("manner")).then_some(ADDED);
    Ok(makings.chain(added).collect())
}

/// Makes the tables of a program where there are none, or says what differs from those that are there; the
/// secrets of the service are known then.
pub(crate) fn prepare(connection: &mut Connection, facts: &Facts, url: &str) -> Result<(), StartError> {
    tables(connection, facts, url)?;
    let service = &facts.program.service.name;
    let written = owner::write(connection, service);
    written.map_err(|source| StartError::Database { url: url.to_owned(), source: source.into() })?;
    secret::share(connection, facts, url)
}

fn tables(connection: &mut Connection, facts: &Facts, url: &str) -> Result<(), StartError> {
    let database = |source: Error| StartError::Database { url: url.to_owned(), source: source.into() };
    take_over(connection).map_err(database)?;
    // Most starts find their tables, and need not wait for whoever writes.
    if is_made(connection).map_err(database)? {
        complete(connection).map_err(database)?;
        return same(connection, facts, url);
    }
    let behavior = TransactionBehavior::Immediate;
    let transaction = connection.transaction_with_behavior(behavior).map_err(database)?;
    if is_made(&transaction).map_err(database)? {
        return same(&transaction, facts, url);
    }
    let storage = &facts.program.storage;
    let taken = planning::occupied(&live::shapes(&transaction).map_err(database)?, storage);
    let differences: Vec<String> = taken
        .into_iter()
        .map(|table| format!("{table} is there already and was not made by Quater"))
        .collect();
    if !differences.is_empty() {
        return Err(StartError::SchemaDiffers { url: url.to_owned(), differences });
    }
    let make = || {
        transaction.execute_batch(SYSTEM)?;
        for table in &storage.tables {
            for sql in ddl::statements(table) {
                transaction.execute_batch(&sql)?;
            }
        }
        write(&transaction, facts.program.service.version, storage, &[])
    };
    make().map_err(database)?;
    transaction.commit().map_err(database)
}

/// Whether the tables are those of the program, written down and in truth.
fn same(connection: &Connection, facts: &Facts, url: &str) -> Result<(), StartError> {
    let database = |source: Error| StartError::Database { url: url.to_owned(), source: source.into() };
    let whose = owner::found(connection).map_err(database)?;
    judged(whose.as_deref(), &facts.program.service.name, None, url)?;
    let past = past(connection).map_err(database)?;
    let Some(last) = past.last() else { return Ok(()) };
    let steps = migration::plan(&last.storage, &facts.program.storage);
    if !steps.is_empty() {
        let differences = steps.iter().map(ToString::to_string).collect();
        return Err(StartError::SchemaDiffers { url: url.to_owned(), differences });
    }
    let there = live::shapes(connection).map_err(database)?;
    shape::judged(shape::drift(&there, &live::made(&last.storage)), url)?;
    shape(connection, &past, &facts.program.storage).map_err(database)
}
