//! What the nodes of a service keep secret together: made once, and kept in their database.
use crate::facts::Facts;
use crate::service::StartError;
use crate::store::secret::{self, SEAL};
use rusqlite::{Connection, Error, OptionalExtension, TransactionBehavior};

const TABLE: &str =
    "CREATE TABLE IF NOT EXISTS _quater_secrets (name TEXT PRIMARY KEY, secret BLOB NOT NULL) STRICT";

/// Takes over the secrets that are there, made now where there are none.
pub(super) fn share(connection: &mut Connection, facts: &Facts, url: &str) -> Result<(), StartError> {
    let failed = |source: Error| StartError::Database { url: url.to_owned(), source: source.into() };
    // Most starts find them, and need not wait for whoever writes.
    if let Some(key) = found(connection).map_err(failed)? {
        secret::share(facts, key);
        return Ok(());
    }
    let fresh = secret::fresh()?;
    secret::share(facts, made(connection, fresh).map_err(failed)?);
    Ok(())
}

fn made(connection: &mut Connection, fresh: [u8; 32]) -> Result<[u8; 32], Error> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    transaction.execute(TABLE, ())?;
    transaction.execute("INSERT OR IGNORE INTO _quater_secrets VALUES (?, ?)", (SEAL, fresh))?;
    let key = found(&transaction)?.unwrap_or(fresh);
    transaction.commit()?;
    Ok(key)
}

fn found(connection: &Connection) -> Result<Option<[u8; 32]>, Error> {
    let there = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '_quater_secrets'";
    if connection.query_row(there, (), |_| Ok(())).optional()?.is_none() {
        return Ok(None);
    }
    let sql = "SELECT secret FROM _quater_secrets WHERE name = ?";
    connection.query_row(sql, [SEAL], |row| row.get(0)).optional()
}
