//! Secrets of a service, whatever keeps them.
use crate::facts::Facts;
use crate::kernel::secret::random_key;
use crate::service::StartError;

/// The name of what cursors are sealed with.
pub(crate) const SEAL: &str = "seal";

/// A key that nobody knows.
pub(crate) fn fresh() -> Result<[u8; 32], StartError> {
    let what = "an operating system that gives no random bytes";
    random_key().map_err(|_| StartError::Unsupported { what: what.to_owned() })
}

/// Lets all threads know the key; it stays the first that they got.
pub(crate) fn share(facts: &Facts, key: [u8; 32]) {
    _ = facts.seal.set(key);
}
