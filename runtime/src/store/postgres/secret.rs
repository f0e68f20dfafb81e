//! What the nodes of a service keep secret together: made once, and kept in their database.
use super::schema::LOCK;
use super::session::Session;
use crate::facts::Facts;
use crate::service::StartError;
use crate::store::DatabaseError;
use crate::store::secret::{self, SEAL};

const TABLE: &str =
    "CREATE TABLE IF NOT EXISTS _quater_secrets (name text PRIMARY KEY, secret bytea NOT NULL)";

/// Takes over the secrets that are there, made now where there are none.
pub(super) fn share(session: &mut Session, facts: &Facts, url: &str) -> Result<(), StartError> {
    let failed = |source| StartError::Database { url: url.to_owned(), source };
    // Most starts find them, and need not wait for whoever makes some.
    if let Some(key) = found(session).map_err(failed)? {
        secret::share(facts, key);
        return Ok(());
    }
    let fresh = secret::fresh()?;
    session.simple("BEGIN").map_err(failed)?;
    let made = make(session, fresh);
    let ended = session.simple(if made.is_ok() { "COMMIT" } else { "ROLLBACK" });
    let key = made.map_err(failed)?;
    ended.map_err(failed)?;
    secret::share(facts, key);
    Ok(())
}

fn make(session: &mut Session, fresh: [u8; 32]) -> Result<[u8; 32], DatabaseError> {
    session.simple(LOCK)?;
    session.simple(TABLE)?;
    let digits: String = fresh.iter().map(|byte| format!("{byte:02x}")).collect();
    session.simple(&format!(
        "INSERT INTO _quater_secrets VALUES ('{SEAL}', decode('{digits}', 'hex')) ON CONFLICT DO NOTHING"
    ))?;
    Ok(found(session)?.unwrap_or(fresh))
}

fn found(session: &mut Session) -> Result<Option<[u8; 32]>, DatabaseError> {
    let there = "SELECT 1 FROM pg_class WHERE relname = '_quater_secrets' \
                 AND relnamespace = current_schema()::regnamespace";
    if session.texts(there)?.is_empty() {
        return Ok(None);
    }
    let sql = format!("SELECT encode(secret, 'hex') FROM _quater_secrets WHERE name = '{SEAL}'");
    let digits = session.texts(&sql)?;
    let bytes = digits.first().and_then(|digits| crate::store::code::unhexed(digits));
    Ok(bytes.and_then(|bytes| bytes.try_into().ok()))
}
