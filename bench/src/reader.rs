//! Reading: a connection a thread, statements prepared once.
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use std::cell::OnceCell;
use std::path::Path;

thread_local! {
    static READER: OnceCell<Connection> = const { OnceCell::new() };
}

fn open(database: &Path) -> rusqlite::Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(database, flags)?;
    connection.pragma_update(None, "mmap_size", 256 << 20)?;
    // Without it each new value of a parameter that an index knows plans its statement anew.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_prepared_statement_cache_capacity(32);
    Ok(connection)
}

/// Reads on this thread's connection.
pub fn read<T, E: From<rusqlite::Error>>(
    database: &Path,
    work: impl FnOnce(&Connection) -> Result<T, E>,
) -> Result<T, E> {
    READER.with(|reader| {
        if let Some(connection) = reader.get() {
            return work(connection);
        }
        let connection = open(database)?;
        work(reader.get_or_init(|| connection))
    })
}
