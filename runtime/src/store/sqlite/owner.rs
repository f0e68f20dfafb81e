//! Whose a database is, kept in a table of its own.
use rusqlite::{Connection, Error, OptionalExtension};

const TABLE: &str = "CREATE TABLE IF NOT EXISTS _quater_service \
                     (one INTEGER PRIMARY KEY CHECK (one = 1), name TEXT NOT NULL) STRICT";

/// The service whose it is, once that is written down.
pub(crate) fn found(connection: &Connection) -> Result<Option<String>, Error> {
    let there = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '_quater_service'";
    if connection.query_row(there, (), |_| Ok(())).optional()?.is_none() {
        return Ok(None);
    }
    connection.query_row("SELECT name FROM _quater_service", (), |row| row.get(0)).optional()
}

/// Writes down whose it is.
pub(crate) fn write(connection: &Connection, service: &str) -> Result<(), Error> {
    if found(connection)?.as_deref() == Some(service) {
        return Ok(());
    }
    connection.execute(TABLE, ())?;
    connection.execute("INSERT OR REPLACE INTO _quater_service VALUES (1, ?)", [service])?;
    Ok(())
}
