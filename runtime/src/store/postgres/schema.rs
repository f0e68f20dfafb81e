//! The tables of a program: made in an empty schema, compared in any other.
use super::fault::PostgresError;
use super::session::Session;
use super::{ddl, names};
use crate::service::StartError;
use crate::store::DatabaseError;
use quater_ir::storage::{Storage, migration};

const SYSTEM: &str = "\
CREATE TABLE _quater_schema (storage text NOT NULL, made timestamptz(3) NOT NULL);
CREATE TABLE _quater_audit (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  time timestamptz(3) NOT NULL,
  request uuid NOT NULL,
  door text COLLATE \"C\" NOT NULL,
  entry text COLLATE \"C\" NOT NULL,
  operation text COLLATE \"C\" NOT NULL,
  actor text COLLATE \"C\",
  arguments bytea,
  result text COLLATE \"C\" NOT NULL,
  took bigint NOT NULL
);
";

/// Whoever makes or changes tables holds this lock of the database.
const LOCK: &str = "SELECT pg_advisory_xact_lock(8246210341217038194)";

/// The oldest version whose SQL this is.
const OLDEST: u32 = 140_000;

/// Makes the tables where there are none, or sees that those there are the same.
pub(crate) fn prepare(session: &mut Session, storage: &Storage, url: &str) -> Result<(), StartError> {
    let database = |source| StartError::Database { url: url.to_owned(), source };
    suits(session, storage, url)?;
    // Most starts find their tables, and need not wait for whoever makes some.
    let differences = match stored(session).map_err(database)? {
        Some(text) => compare(&text, storage),
        None => make(session, storage).map_err(database)?,
    };
    if differences.is_empty() {
        return Ok(());
    }
    Err(StartError::SchemaDiffers { url: url.to_owned(), differences })
}

/// Whether this server can hold these tables.
pub(crate) fn suits(session: &mut Session, storage: &Storage, url: &str) -> Result<(), StartError> {
    let database = |source| StartError::Database { url: url.to_owned(), source };
    let asked = "SELECT current_setting('server_version_num'), current_setting('server_encoding'), \
                 coalesce(current_schema(), ''), \
                 (SELECT count(*) FROM pg_collation WHERE collname = 'und-x-icu')";
    let told = session.texts(asked).map_err(database)?;
    let unsupported = |what: String| Err(StartError::Unsupported { what });
    let [version, encoding, schema, collations] = told.as_slice() else {
        return unsupported(format!("the server at `{url}`, which does not say what it is,"));
    };
    if version.parse().is_ok_and(|version: u32| version < OLDEST) {
        return unsupported(format!("Postgres older than {} (at `{url}`)", OLDEST / 10_000));
    }
    if encoding != "UTF8" {
        return unsupported(format!("a database that is encoded as {encoding} and not as UTF8 (at `{url}`)"));
    }
    if schema.is_empty() {
        return unsupported(format!("a `search_path` without a schema that is there (at `{url}`)"));
    }
    if collations == "0" {
        return unsupported(format!("Postgres without ICU (at `{url}`)"));
    }
    let columns = storage.tables.iter().flat_map(|table| &table.columns).map(|column| &column.name);
    let mut all = storage.tables.iter().map(|table| &table.name).chain(columns);
    match all.find(|name| name.len() > names::LONGEST) {
        Some(long) => {
            unsupported(format!("a name of more than {} bytes (`{long}`) on Postgres", names::LONGEST))
        }
        None => Ok(()),
    }
}

/// Makes the tables unless somebody else is there, or has just made them.
fn make(session: &mut Session, storage: &Storage) -> Result<Vec<String>, DatabaseError> {
    session.simple("BEGIN")?;
    session.simple(LOCK)?;
    let made = make_locked(session, storage);
    let end = if made.as_ref().is_ok_and(Vec::is_empty) { "COMMIT" } else { "ROLLBACK" };
    let ended = session.simple(end);
    let differences = made?;
    ended?;
    Ok(differences)
}

fn make_locked(session: &mut Session, storage: &Storage) -> Result<Vec<String>, DatabaseError> {
    if let Some(text) = stored(session)? {
        return Ok(compare(&text, storage));
    }
    let names = occupied(session, storage)?;
    if names.is_empty() {
        create(session, storage)?;
    }
    Ok(names)
}

fn stored(session: &mut Session) -> Result<Option<String>, DatabaseError> {
    let table = "SELECT 1 FROM pg_class WHERE relname = '_quater_schema' \
                 AND relnamespace = current_schema()::regnamespace";
    if session.texts(table)?.is_empty() {
        return Ok(None);
    }
    Ok(session.texts("SELECT storage FROM _quater_schema")?.pop())
}

fn compare(text: &str, storage: &Storage) -> Vec<String> {
    match serde_json::from_str::<Storage>(text) {
        Ok(found) => migration::plan(&found, storage).iter().map(ToString::to_string).collect(),
        Err(_) => vec!["its description was written by another version of Quater".to_owned()],
    }
}

fn occupied(session: &mut Session, storage: &Storage) -> Result<Vec<String>, DatabaseError> {
    let names = session.texts(
        "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace \
         AND relkind IN ('r', 'p', 'v', 'm', 'f')",
    )?;
    let taken = storage.tables.iter().filter(|table| names.iter().any(|name| *name == table.name));
    Ok(taken
        .map(|table| format!("table `{}` is there already and was not made by Quater", table.name))
        .collect())
}

/// Makes the tables in the transaction that is open.
pub(crate) fn create(session: &mut Session, storage: &Storage) -> Result<(), DatabaseError> {
    let mut text = SYSTEM.to_owned();
    storage.tables.iter().for_each(|table| text.push_str(&ddl::table(table)));
    for table in &storage.tables {
        table.foreign_keys.iter().for_each(|foreign| text.push_str(&ddl::foreign(table, foreign)));
    }
    let described = serde_json::to_string(storage).map_err(PostgresError::Description)?.replace('\'', "''");
    text.push_str(&format!("INSERT INTO _quater_schema (storage, made) VALUES ('{described}', now());\n"));
    session.simple(&text)
}
