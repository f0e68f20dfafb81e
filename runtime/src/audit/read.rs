//! Reading what was recorded. Of arguments there is a digest alone, so no secret is among what can be read.
use crate::plan::dialect::Dialect;
use crate::service::{Settings, StartError};
use crate::start;
use crate::stop::{Run, Stop};
use crate::store::DatabaseError;
use crate::store::location::Location;
use crate::store::session::{Row, Session};
use crate::store::sqlite;
use crate::store::stored::Stored;
use quater_ir::Program;
use quater_ir::storage::StoredKind;
use std::sync::Arc;
use uuid::Uuid;

/// Which records are wanted; those that fit all of it, the newest first.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Of this operation.
    pub operation: Option<String>,
    /// Of the caller with this key.
    pub actor: Option<String>,
    /// Through this door.
    pub door: Option<String>,
    /// That ended so: `ok`, or the name of an error.
    pub result: Option<String>,
    /// Of this request.
    pub request: Option<Uuid>,
    /// From this moment on, in milliseconds since 1970.
    pub since: Option<i64>,
    /// Before this moment.
    pub until: Option<i64>,
    /// At most so many.
    pub most: u32,
}

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// When, in milliseconds since 1970.
    pub time: i64,
    /// The request.
    pub request: Uuid,
    /// Through which door.
    pub door: String,
    /// `local` or `remote`.
    pub entry: String,
    /// Which operation.
    pub operation: String,
    /// The key of the caller; none for nobody.
    pub actor: Option<String>,
    /// A digest of the arguments, in hexadecimal; none where they could not be read.
    pub arguments: Option<String>,
    /// `ok`, or the name of an error.
    pub result: String,
    /// How long it took, in microseconds.
    pub took: i64,
    /// What became of a call that was not simply done: `dry run`, `replayed`, `waiting`, `granted`, `denied`,
    /// `cancelled`.
    pub manner: Option<String>,
}

/// Why there are no records to read.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The database does not open.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The program keeps its records in its log.
    #[error("the service has no database, so its records stand in its log")]
    NoDatabase,
    /// Nobody has called it, so there are no tables yet.
    #[error("there are no records at `{url}`: Quater has made no tables there")]
    Untouched {
        /// The address of the database.
        url: String,
    },
    /// The database fails.
    #[error("the records cannot be read")]
    Database(#[from] DatabaseError),
}

impl From<Stop> for AuditError {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Database(error) => Self::Database(error),
            Stop::Refused(_) | Stop::Defect(_) | Stop::Gone => Self::NoDatabase,
        }
    }
}

/// The records of a program that fit a filter, the newest first.
///
/// # Errors
/// When there is no database, or it does not do as it is told.
pub fn read(
    program: &Arc<Program>,
    settings: &Settings,
    filter: &Filter,
) -> Result<Vec<Recorded>, AuditError> {
    if program.resources.is_empty() {
        return Err(AuditError::NoDatabase);
    }
    let facts = start::tables(program, settings)?;
    match start::location(&facts, settings)? {
        Location::Sqlite(location) if location.is_missing() => {
            Err(AuditError::Untouched { url: location.url() })
        }
        Location::Sqlite(location) => {
            let connection = location.connect_to_read().map_err(DatabaseError::from)?;
            if !sqlite::schema::is_made(&connection).map_err(DatabaseError::from)? {
                return Err(AuditError::Untouched { url: location.url() });
            }
            let session = sqlite::session::Session::new(&connection);
            Ok(records(Session::Sqlite(session), Dialect::Sqlite, filter)?)
        }
        #[cfg(feature = "postgres")]
        Location::Postgres(address) => {
            let address = Arc::from(address);
            let mut open = crate::store::postgres::session::Session::open(&address)?;
            if !crate::store::postgres::schema::is_made(&mut open)? {
                return Err(AuditError::Untouched { url: address.url() });
            }
            Ok(records(Session::Postgres(&mut open), Dialect::Postgres, filter)?)
        }
    }
}

fn records(mut session: Session<'_>, dialect: Dialect, filter: &Filter) -> Run<Vec<Recorded>> {
    let text = |it: &'_ Option<String>| it.clone();
    let request = filter.request.map(|id| *id.as_bytes());
    let [operation, actor, door, result] =
        [&filter.operation, &filter.actor, &filter.door, &filter.result].map(text);
    let texts = [("operation", operation), ("actor", actor), ("door", door), ("result", result)];
    let mut wanted: Vec<(&str, &str, StoredKind, Stored<'_>)> = Vec::new();
    for (column, value) in &texts {
        wanted.extend(value.as_deref().map(|value| (*column, "=", StoredKind::Text, Stored::text(value))));
    }
    wanted.extend(request.as_ref().map(|id| ("request", "=", StoredKind::Uuid, Stored::Blob(id))));
    wanted.extend(filter.since.map(|it| ("time", ">=", StoredKind::Instant, Stored::Integer(it))));
    wanted.extend(filter.until.map(|it| ("time", "<", StoredKind::Instant, Stored::Integer(it))));
    let conditions = wanted.iter().enumerate().map(|(at, (column, how, kind, _))| {
        let mark = dialect.mark(at + 1, *kind);
        format!("{column} {how} {mark}")
    });
    let conditions = conditions.collect::<Vec<_>>().join(" AND ");
    let only = if conditions.is_empty() { String::new() } else { format!(" WHERE {conditions}") };
    // Builds of before kept no manner, and reading changes no table.
    let manner = if session.ask_once(dialect.asks_for_manner())?.gives()? { "manner" } else { "NULL" };
    let sql = format!(
        "SELECT time, request, door, entry, operation, actor, arguments, result, took, {manner} \
         FROM _quater_audit{only} ORDER BY id DESC LIMIT {}",
        filter.most
    );
    let mut ask = session.ask_once(&sql)?;
    for (_, _, kind, value) in wanted {
        ask.stored(kind, value)?;
    }
    let mut rows = ask.rows()?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(recorded(row)?);
    }
    Ok(found)
}

fn recorded(row: Row<'_>) -> Run<Recorded> {
    Ok(Recorded {
        time: number(row.get(0)?),
        request: bytes(row.get(1)?).and_then(|id| Uuid::from_slice(id).ok()).unwrap_or_default(),
        door: text(row.get(2)?).unwrap_or_default(),
        entry: text(row.get(3)?).unwrap_or_default(),
        operation: text(row.get(4)?).unwrap_or_default(),
        actor: text(row.get(5)?),
        arguments: bytes(row.get(6)?).map(|it| it.iter().map(|byte| format!("{byte:02x}")).collect()),
        result: text(row.get(7)?).unwrap_or_default(),
        took: number(row.get(8)?),
        manner: text(row.get(9)?),
    })
}

fn number(stored: Stored<'_>) -> i64 {
    if let Stored::Integer(number) = stored { number } else { 0 }
}

fn bytes(stored: Stored<'_>) -> Option<&[u8]> {
    if let Stored::Blob(bytes) = stored { Some(bytes) } else { None }
}

fn text(stored: Stored<'_>) -> Option<String> {
    if let Stored::Text(text) = stored { Some(String::from_utf8_lossy(text).into_owned()) } else { None }
}
