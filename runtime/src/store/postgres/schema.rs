//! Quater's own tables, and those of a program: made in an empty schema, compared in any other.
use super::ddl;
use super::fault::PostgresError;
use super::names;
use super::owner;
use super::secret;
use super::session::Session;
use crate::facts::Facts;
use crate::migrate::planning::{self, Store as _};
use crate::migrate::postgres::{Seen, live};
use crate::migrate::record::{BUILD, Past, digest};
use crate::migrate::{Act, shape};
use crate::service::StartError;
use crate::store::DatabaseError;
use crate::store::owner::judged;
use crate::store::schema::{makings, text};
use quater_ir::storage::{Storage, migration};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The tables of Quater itself.
pub(crate) const SYSTEM: &str = "\
CREATE TABLE _quater_migrations (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  version bigint NOT NULL,
  digest text NOT NULL,
  storage text NOT NULL,
  steps text NOT NULL,
  applied timestamptz(3),
  build text NOT NULL,
  undone timestamptz(3),
  acts text,
  done bigint NOT NULL DEFAULT 0,
  undoes bigint
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
  took bigint NOT NULL,
  manner text COLLATE \"C\"
);
CREATE TABLE _quater_calls (
  name bytea PRIMARY KEY,
  arguments bytea NOT NULL,
  expires timestamptz(3) NOT NULL,
  fault text COLLATE \"C\",
  body bytea
);
CREATE INDEX _quater_calls_expires ON _quater_calls (expires);
CREATE TABLE _quater_approvals (
  id uuid PRIMARY KEY,
  bound bytea UNIQUE,
  operation text COLLATE \"C\" NOT NULL,
  caller text COLLATE \"C\" NOT NULL,
  tenant text COLLATE \"C\",
  arguments text NOT NULL,
  state text COLLATE \"C\" NOT NULL,
  made timestamptz(3) NOT NULL,
  expires timestamptz(3) NOT NULL,
  decider text COLLATE \"C\",
  decided timestamptz(3)
);
CREATE INDEX _quater_approvals_operation ON _quater_approvals (operation, state, id);
CREATE INDEX _quater_approvals_caller ON _quater_approvals (caller, id);
";

/// Columns that earlier builds made one of their own tables without.
const ADDED: &str = "ALTER TABLE _quater_audit ADD COLUMN IF NOT EXISTS manner text COLLATE \"C\"";

/// How a migration is written down.
pub(crate) const WRITE: &str =
    "INSERT INTO _quater_migrations (version, digest, storage, steps, applied, build)";

/// Whoever makes or changes tables holds this lock of the database: for a transaction, or for longer.
pub(super) const LOCK: &str = "SELECT pg_advisory_xact_lock(8246210341217038194)";
pub(crate) const LOCK_SESSION: &str = "SELECT pg_advisory_lock(8246210341217038194)";
pub(crate) const UNLOCK_SESSION: &str = "SELECT pg_advisory_unlock(8246210341217038194)";

/// The oldest version whose SQL this is.
const OLDEST: u32 = 140_000;

/// A migration that was begun.
#[derive(Debug, Clone)]
pub(crate) struct UnderWay {
    /// Its place, once it is written down.
    pub(crate) id: Option<i64>,
    pub(crate) version: u32,
    pub(crate) acts: Vec<Act>,
    /// How many of them are done.
    pub(crate) done: usize,
    /// Its steps, one line each.
    pub(crate) lines: Vec<String>,
    /// The tables that it leads to.
    pub(crate) storage: Storage,
    /// The migration that it takes back.
    pub(crate) undoes: Option<i64>,
}

fn json(value: &impl Serialize) -> Result<String, DatabaseError> {
    Ok(serde_json::to_string(value).map_err(PostgresError::Description)?)
}

fn of_json<T: DeserializeOwned>(text: &str) -> Result<T, DatabaseError> {
    Ok(serde_json::from_str(text).map_err(PostgresError::Description)?)
}

/// Whether Quater has made tables here.
pub(crate) fn is_made(session: &mut Session) -> Result<bool, DatabaseError> {
    let table = "SELECT 1 FROM pg_class WHERE relname = '_quater_migrations' \
                 AND relnamespace = current_schema()::regnamespace";
    Ok(!session.texts(table)?.is_empty())
}

/// Every migration that counts, the first one first.
pub(crate) fn past(session: &mut Session) -> Result<Vec<Past>, DatabaseError> {
    if !is_made(session)? {
        return Ok(Vec::new());
    }
    let sql = "SELECT id, version, digest, storage, steps, \
               (extract(epoch FROM applied) * 1000)::bigint, build FROM _quater_migrations \
               WHERE applied IS NOT NULL AND undone IS NULL ORDER BY id";
    let mut past = Vec::new();
    for row in session.texts(sql)?.chunks_exact(7) {
        let [id, version, digest, storage, steps, applied, build] = row else { continue };
        past.push(Past {
            id: of_json(id)?,
            version: of_json(version)?,
            digest: digest.clone(),
            storage: of_json(storage)?,
            steps: of_json(steps)?,
            applied: of_json(applied)?,
            build: build.clone(),
        });
    }
    Ok(past)
}

/// The migration that was begun and is not at its end.
pub(crate) fn under_way(session: &mut Session) -> Result<Option<UnderWay>, DatabaseError> {
    if !is_made(session)? {
        return Ok(None);
    }
    let sql = "SELECT id, version, coalesce(acts, '[]'), done, steps, storage, coalesce(undoes::text, 'null') \
               FROM _quater_migrations WHERE applied IS NULL ORDER BY id LIMIT 1";
    let texts = session.texts(sql)?;
    let [id, version, acts, done, lines, storage, undoes] = texts.as_slice() else { return Ok(None) };
    Ok(Some(UnderWay {
        id: Some(of_json(id)?),
        version: of_json(version)?,
        acts: of_json(acts)?,
        done: of_json(done)?,
        lines: of_json(lines)?,
        storage: of_json(storage)?,
        undoes: of_json(undoes)?,
    }))
}

/// Writes down how far a migration is.
pub(crate) fn keep(session: &mut Session, open: &mut UnderWay) -> Result<(), DatabaseError> {
    if let Some(id) = open.id {
        return session
            .simple(&format!("UPDATE _quater_migrations SET done = {} WHERE id = {id}", open.done));
    }
    let undoes = open.undoes.map_or_else(|| "NULL".to_owned(), |id| id.to_string());
    let sql = format!(
        "INSERT INTO _quater_migrations (version, digest, storage, steps, build, acts, done, undoes) \
         VALUES ({}, {}, {}, {}, {}, {}, {}, {undoes}) RETURNING id",
        open.version,
        text(&digest(&open.storage).map_err(PostgresError::Description)?),
        text(&json(&open.storage.recorded())?),
        text(&json(&open.lines)?),
        text(BUILD),
        text(&json(&open.acts)?),
        open.done,
    );
    open.id = session.texts(&sql)?.first().map(|id| of_json(id)).transpose()?;
    Ok(())
}

/// Writes down that a migration is done.
pub(crate) fn end(session: &mut Session, open: &UnderWay) -> Result<(), DatabaseError> {
    let gone = open.id.map(|id| format!("DELETE FROM _quater_migrations WHERE id = {id};\n"));
    match (open.undoes, open.id) {
        (Some(undone), _) => {
            let undo = format!("UPDATE _quater_migrations SET undone = now() WHERE id = {undone}");
            session.simple(&format!("{}{undo}", gone.unwrap_or_default()))
        }
        (None, Some(id)) => session.simple(&format!(
            "UPDATE _quater_migrations SET applied = now(), acts = NULL, done = 0 WHERE id = {id}"
        )),
        (None, None) => write(session, open.version, &open.storage, &open.lines),
    }
}

/// Writes down that a migration that was begun is given up.
pub(crate) fn forget(session: &mut Session, open: &UnderWay) -> Result<(), DatabaseError> {
    open.id.map_or(Ok(()), |id| session.simple(&format!("DELETE FROM _quater_migrations WHERE id = {id}")))
}

fn write(
    session: &mut Session,
    version: u32,
    storage: &Storage,
    lines: &[String],
) -> Result<(), DatabaseError> {
    let digest = digest(storage).map_err(PostgresError::Description)?;
    session.simple(&format!(
        "{WRITE} VALUES ({version}, {}, {}, {}, now(), {})",
        text(&digest),
        text(&json(&storage.recorded())?),
        text(&json(&lines)?),
        text(BUILD)
    ))
}

/// Writes down of what shape columns are, where an earlier build did not.
pub(crate) fn shape(session: &mut Session, past: &[Past], storage: &Storage) -> Result<(), DatabaseError> {
    let Some(id) = planning::untold(past, storage) else { return Ok(()) };
    let digest = digest(storage).map_err(PostgresError::Description)?;
    session.simple(&format!(
        "UPDATE _quater_migrations SET storage = {}, digest = {} WHERE id = {id}",
        text(&json(&storage.recorded())?),
        text(&digest)
    ))
}

/// Makes what earlier builds made Quater's own tables without.
fn complete(session: &mut Session) -> Result<(), DatabaseError> {
    if lacks(session)?.is_empty() {
        return Ok(());
    }
    session.simple("BEGIN")?;
    let made = session.simple(LOCK).and_then(|()| {
        let texts = lacks(session)?;
        texts.into_iter().try_for_each(|text| session.simple(text))
    });
    let ended = session.simple(if made.is_ok() { "COMMIT" } else { "ROLLBACK" });
    made.and(ended)
}

fn lacks(session: &mut Session) -> Result<Vec<&'static str>, DatabaseError> {
    let sql = "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace \
               AND relname LIKE '\\_quater\\_%' UNION ALL SELECT attname FROM pg_attribute \
               WHERE attrelid = to_regclass('_quater_audit') AND attname = 'manner'";
    let there = session.texts(sql)?;
    let is_there = |name: &str| there.iter().any(|it| it == name);
    let makings = makings(SYSTEM).filter(|(name, _)| !is_there(name)).map(|(_, text)| text);
    let added = (is_there("_quater_audit") && !is_there("manner")).then_some(ADDED);
    Ok(makings.chain(added).collect())
}

/// Makes the tables of a program where there are none, or says what differs from those that are there; the
/// secrets of the service are known then.
pub(crate) fn prepare(session: &mut Session, facts: &Facts, url: &str) -> Result<(), StartError> {
    tables(session, facts, url)?;
    own(session, &facts.program.service.name)
        .map_err(|source| StartError::Database { url: url.to_owned(), source })?;
    secret::share(session, facts, url)
}

/// Writes down whose the database is, if that is not written down yet.
fn own(session: &mut Session, service: &str) -> Result<(), DatabaseError> {
    if owner::found(session)?.is_some() {
        return Ok(());
    }
    session.simple("BEGIN")?;
    let written = session.simple(LOCK).and_then(|()| owner::write(session, service));
    let ended = session.simple(if written.is_ok() { "COMMIT" } else { "ROLLBACK" });
    written.and(ended)
}

fn tables(session: &mut Session, facts: &Facts, url: &str) -> Result<(), StartError> {
    let database = |source| StartError::Database { url: url.to_owned(), source };
    suits(session, &facts.program.storage, url)?;
    // Most starts find their tables, and need not wait for whoever makes some.
    if is_made(session).map_err(database)? {
        complete(session).map_err(database)?;
        return same(session, facts, url);
    }
    session.simple("BEGIN").map_err(database)?;
    let made = session.simple(LOCK).and_then(|()| make_locked(session, facts));
    let end = if matches!(&made, Ok(Made::Now)) { "COMMIT" } else { "ROLLBACK" };
    let ended = session.simple(end);
    let made = made.map_err(database)?;
    ended.map_err(database)?;
    match made {
        Made::Now => Ok(()),
        Made::Before => same(session, facts, url),
        Made::ByOthers(differences) => Err(StartError::SchemaDiffers { url: url.to_owned(), differences }),
    }
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

/// Who has made the tables.
enum Made {
    Now,
    Before,
    ByOthers(Vec<String>),
}

/// Makes the tables unless somebody else is there, or has just made them.
fn make_locked(session: &mut Session, facts: &Facts) -> Result<Made, DatabaseError> {
    if is_made(session)? {
        return Ok(Made::Before);
    }
    let storage = &facts.program.storage;
    let taken = planning::occupied(&Seen(session).shapes()?, storage);
    if !taken.is_empty() {
        let told = |table| format!("{table} is there already and was not made by Quater");
        return Ok(Made::ByOthers(taken.into_iter().map(told).collect()));
    }
    create(session, storage)?;
    write(session, facts.program.service.version, storage, &[])?;
    owner::write(session, &facts.program.service.name)?;
    Ok(Made::Now)
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

/// Whether the tables are those of the program, written down and in truth.
fn same(session: &mut Session, facts: &Facts, url: &str) -> Result<(), StartError> {
    let database = |source| StartError::Database { url: url.to_owned(), source };
    let differs = |differences| Err(StartError::SchemaDiffers { url: url.to_owned(), differences });
    let whose = owner::found(session).map_err(database)?;
    judged(whose.as_deref(), &facts.program.service.name, None, url)?;
    if let Some(open) = under_way(session).map_err(database)? {
        let line = format!(
            "a migration to version {} was begun, and is not at its end: `quater migrate apply` goes on with it, \
             `quater migrate rollback` undoes what is done of it",
            open.version
        );
        return differs(vec![line]);
    }
    let past = past(session).map_err(database)?;
    let Some(last) = past.last() else { return Ok(()) };
    let steps = migration::plan(&last.storage, &facts.program.storage);
    if !steps.is_empty() {
        return differs(steps.iter().map(ToString::to_string).collect());
    }
    let there = live::shapes(session).map_err(database)?;
    let made = live::made(session, &last.storage).map_err(database)?;
    shape::judged(shape::drift(&there, &made), url)?;
    shape(session, &past, &facts.program.storage).map_err(database)
}
