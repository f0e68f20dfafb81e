//! What is written down about the tables: one row a migration, with the tables themselves, so that nobody
//! needs the file that they were made by.
use crate::kernel::secret;
use quater_ir::storage::Storage;

/// The build that writes.
pub(crate) const BUILD: &str = env!("CARGO_PKG_VERSION");

/// A migration that was applied.
#[derive(Debug, Clone, PartialEq)]
pub struct Past {
    /// Its place.
    pub id: i64,
    /// The version of the service that it was for.
    pub version: u32,
    /// The digest of the tables after it.
    pub digest: String,
    /// The tables after it.
    pub storage: Storage,
    /// What it did, one line a step.
    pub steps: Vec<String>,
    /// When it was done, in milliseconds.
    pub applied: i64,
    /// The build of Quater that did it.
    pub build: String,
}

/// A text that is the same for the same tables, whatever the order of the file: a hash in hex.
pub fn digest(storage: &Storage) -> Result<String, serde_json::Error> {
    Ok(secret::sha256(serde_json::to_string(&storage.sorted())?.as_bytes()))
}
