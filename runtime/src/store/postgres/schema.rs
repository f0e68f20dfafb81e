//! The tables of a program: made in an empty schema, compared in any other.
use super::fault::PostgresError;
use super::session::Session;
use super::{ddl, live, names};
use crate::facts::Facts;
use crate::migrate::record::{BUILD, Past, digest};
use crate::migrate::sqlite::live::drift_from;
use crate::service::StartError;
use crate::store::DatabaseError;
use crate::store::schema::text;
use quater_ir::storage::{Storage, migration};

const SYSTEM: &str = "\
CREATE TABLE _quater_migrations (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  version bigint NOT NULL,
  digest text NOT NULL,
  storage text NOT NULL,
  steps text NOT NULL,
  applied timestamptz(3) NOT NULL,
  build text NOT NULL,
  undone timestamptz(3)
);
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

/// How a migration is written down.
const WRITE: &str = "INSERT INTO _quater_migrations (version, digest, storage, steps, applied, build)";

/// Makes the tables where there are none, or says what differs from those that are there.
pub(crate) fn prepare(session: &mut Session, facts: &Facts, url: &str) -> Result<(), StartError> {
    suits(session, &facts.program.storage, url)?;
    // Most starts find their tables, and need not wait for whoever makes some.
    if is_made(session).map_err(database(url))? {
        return same(session, facts, url);
    }
    session.simple("BEGIN").map_err(database(url))?;
    let made = session.simple(LOCK).map_err(database(url)).and_then(|()| make(session, facts, url));
    let ended = session.simple(if made.is_ok() { "COMMIT" } else { "ROLLBACK" });
    made?;
    ended.map_err(database(url))
}

fn database(url: &str) -> impl Fn(DatabaseError) -> StartError {
    move |source| StartError::Database { url: url.to_owned(), source }
}

/// Whether this server can hold these tables.
pub(crate) fn suits(session: &mut Session, storage: &Storage, url: &str) -> Result<(), StartError> {
    let asked = "SELECT current_setting('server_version_num'), current_setting('server_encoding'), \
                 coalesce(current_schema(), ''), \
                 (SELECT count(*) FROM pg_collation WHERE collname = 'und-x-icu')";
    let told = session.texts(asked).map_err(database(url))?;
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
fn make(session: &mut Session, facts: &Facts, url: &str) -> Result<(), StartError> {
    if is_made(session).map_err(database(url))? {
        return same(session, facts, url);
    }
    let there = live::shapes(session).map_err(database(url))?;
    let storage = &facts.program.storage;
    let names = storage.tables.iter().map(|table| &table.name).filter(|it| there.contains_key(it.as_str()));
    let differences: Vec<String> =
        names.map(|name| format!("table `{name}` is there already and was not made by Quater")).collect();
    if !differences.is_empty() {
        return Err(StartError::SchemaDiffers { url: url.to_owned(), differences });
    }
    let version = facts.program.service.version;
    create(session, storage).and_then(|()| write(session, version, storage, &[])).map_err(database(url))
}

/// Whether the tables are those of the program, written down and in truth.
fn same(session: &mut Session, facts: &Facts, url: &str) -> Result<(), StartError> {
    let past = past(session).map_err(database(url))?;
    let Some(last) = past.last() else { return Ok(()) };
    let steps = migration::plan(&last.storage, &facts.program.storage);
    if !steps.is_empty() {
        let differences = steps.iter().map(ToString::to_string).collect();
        return Err(StartError::SchemaDiffers { url: url.to_owned(), differences });
    }
    let there = live::shapes(session).map_err(database(url))?;
    let drift = drift_from(&there, &last.storage, live::made);
    let (harmful, beside): (Vec<_>, Vec<_>) = drift.into_iter().partition(|drift| drift.harms);
    for drift in beside {
        tracing::warn!(database = url, "{}", drift.text);
    }
    if harmful.is_empty() {
        return Ok(());
    }
    let lines = harmful.into_iter().map(|drift| drift.text).collect();
    Err(StartError::Drift { url: url.to_owned(), lines })
}

/// Whether Quater has made tables here.
pub(crate) fn is_made(session: &mut Session) -> Result<bool, DatabaseError> {
    let table = "SELECT 1 FROM pg_class WHERE relname = '_quater_migrations' \
                 AND relnamespace = current_schema()::regnamespace";
    Ok(!session.texts(table)?.is_empty())
}

/// Every migration that counts, the first one first.
pub(crate) fn past(session: &mut Session) -> Result<Vec<Past>, DatabaseError> {
    let texts = session.texts(
        "SELECT id, version, digest, storage, steps, (extract(epoch FROM applied) * 1000)::bigint, build \
         FROM _quater_migrations WHERE undone IS NULL ORDER BY id",
    )?;
    texts.chunks_exact(7).map(|row| Ok(one(row)?)).collect()
}

fn one(row: &[String]) -> Result<Past, PostgresError> {
    let [id, version, digest, storage, steps, applied, build] = row else {
        return Err(PostgresError::Misfit);
    };
    Ok(Past {
        id: id.parse().map_err(|_| PostgresError::Misfit)?,
        version: version.parse().map_err(|_| PostgresError::Misfit)?,
        digest: digest.clone(),
        storage: serde_json::from_str(storage).map_err(PostgresError::Description)?,
        steps: serde_json::from_str(steps).map_err(PostgresError::Description)?,
        applied: applied.parse().map_err(|_| PostgresError::Misfit)?,
        build: build.clone(),
    })
}

/// Writes down what has been done.
pub(crate) fn write(
    session: &mut Session,
    version: u32,
    storage: &Storage,
    steps: &[String],
) -> Result<(), DatabaseError> {
    let tables = serde_json::to_string(&storage.recorded()).map_err(PostgresError::Description)?;
    let steps = serde_json::to_string(steps).map_err(PostgresError::Description)?;
    let digest = digest(storage).map_err(PostgresError::Description)?;
    let [digest, tables, steps, build] = [&digest, &tables, &steps, BUILD].map(text);
    session.simple(&format!("{WRITE} VALUES ({version}, {digest}, {tables}, {steps}, now(), {build})"))
}

/// Makes the tables in the transaction that is open.
pub(crate) fn create(session: &mut Session, storage: &Storage) -> Result<(), DatabaseError> {
    let mut text = SYSTEM.to_owned();
    storage.tables.iter().for_each(|table| text.push_str(&ddl::table(table)));
    for table in &storage.tables {
        table.foreign_keys.iter().for_each(|foreign| text.push_str(&ddl::foreign(table, foreign)));
    }
    session.simple(&text)
}
