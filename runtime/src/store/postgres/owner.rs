//! Whose a database is, kept in a table of its own.
use super::session::Session;
use crate::store::DatabaseError;
use crate::store::schema::text;

const TABLE: &str = "CREATE TABLE IF NOT EXISTS _quater_service \
                     (one bigint PRIMARY KEY CHECK (one = 1), name text NOT NULL)";

/// The service whose it is, once that is written down.
pub(crate) fn found(session: &mut Session) -> Result<Option<String>, DatabaseError> {
    let there = "SELECT 1 FROM pg_class WHERE relname = '_quater_service' \
                 AND relnamespace = current_schema()::regnamespace";
    if session.texts(there)?.is_empty() {
        return Ok(None);
    }
    Ok(session.texts("SELECT name FROM _quater_service")?.into_iter().next())
}

/// Writes down whose it is; whoever does holds the lock of the tables.
pub(crate) fn write(session: &mut Session, service: &str) -> Result<(), DatabaseError> {
    if found(session)?.as_deref() == Some(service) {
        return Ok(());
    }
    let name = text(service);
    session.simple(&format!(
        "{TABLE}; INSERT INTO _quater_service VALUES (1, {name}) ON CONFLICT (one) DO UPDATE SET name = {name}"
    ))
}
