//! Digests, passwords and tokens.
use crate::stop::{Run, Stop};
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use std::cell::Cell;
use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

/// What is verified when there is no hash to verify, so that it takes the same time.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c29tZWJvZHlzc2FsdA$6vCQN4oJ3cRlUNMoqfBrTKzlMjmYN1q1gT5J7iCyJ6Q";

/// The operating system gives no random bytes, or a hash cannot be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoChance;

/// SHA-256 as lower-case hex digits.
pub(crate) fn sha256(text: &[u8]) -> String {
    hex(&Sha256::digest(text))
}

/// HMAC-SHA-256 as lower-case hex digits.
pub(crate) fn hmac(key: &[u8], text: &[u8]) -> Option<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(text);
    Some(hex(&mac.finalize().into_bytes()))
}

/// What shows that something was made here: the first half of an HMAC-SHA-256 (RFC 2104, section 5).
pub(crate) const SEAL: usize = 16;

/// A key of random bytes.
pub(crate) fn random_key() -> Result<[u8; 32], NoChance> {
    let mut key = [0; 32];
    getrandom::fill(&mut key).map_err(|_| NoChance)?;
    Ok(key)
}

/// The seal of some bytes.
pub(crate) fn seal(key: &[u8], bytes: &[u8]) -> Option<[u8; SEAL]> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(bytes);
    mac.finalize().into_bytes().first_chunk().copied()
}

/// Whether a seal is that of some bytes; takes the same time for each that is not.
pub(crate) fn is_sealed(key: &[u8], bytes: &[u8], seal: &[u8; SEAL]) -> bool {
    let mac = Hmac::<Sha256>::new_from_slice(key).map(|mac| mac.chain_update(bytes));
    mac.is_ok_and(|mac| mac.verify_truncated_left(seal).is_ok())
}

fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).into_iter();
    bytes.iter().flat_map(|byte| digit(byte >> 4).chain(digit(byte & 15))).collect()
}

/// A prefix and 256 random bits.
pub(crate) fn token(prefix: &str) -> Result<String, NoChance> {
    Ok(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(random_key()?)))
}

fn argon() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::default())
}

/// The Argon2id hash of a text as a PHC string.
pub(crate) fn hash(text: &str) -> Result<String, NoChance> {
    let hash: PasswordHash = argon().hash_password(text.as_bytes()).map_err(|_| NoChance)?;
    Ok(hash.to_string())
}

thread_local! {
    /// How many passwords this thread has verified.
    static VERIFIED: Cell<u64> = const { Cell::new(0) };
}

/// Does something that verifies a password on its way, and takes as long where it is refused before: whether there
/// is somebody of a name cannot be told by the time.
pub(crate) fn evenly<T>(verifies: bool, act: impl FnOnce() -> Run<T>) -> Run<T> {
    let before = VERIFIED.get();
    let done = act();
    if verifies && matches!(done, Err(Stop::Refused(_))) && VERIFIED.get() == before {
        verify(None, "");
    }
    done
}

/// Whether a text fits a hash; nothing to compare with takes as long as something.
pub(crate) fn verify(hash: Option<&str>, text: &str) -> bool {
    VERIFIED.set(VERIFIED.get() + 1);
    let fits = |hash: &str| {
        let parsed = PasswordHash::new(hash);
        parsed.is_ok_and(|hash| argon().verify_password(text.as_bytes(), &hash).is_ok())
    };
    match hash {
        Some(hash) => fits(hash),
        None => {
            fits(NOBODY);
            false
        }
    }
}

/// Most pairs that are remembered.
const REMEMBERED: usize = 4_096;

/// Pairs of a hash and a text that have been found to fit, so that whoever sends a password with each request
/// does not cost a hash with each. Only keyed digests are kept; a hash that is replaced makes other ones.
pub(crate) struct Fitting {
    key: [u8; 32],
    seen: Mutex<HashSet<[u8; 32]>>,
}

impl Fitting {
    /// None yet.
    pub(crate) fn new() -> Result<Self, NoChance> {
        let mut key = [0; 32];
        getrandom::fill(&mut key).map_err(|_| NoChance)?;
        Ok(Self { key, seen: Mutex::new(HashSet::new()) })
    }

    /// Whether a text fits a hash; what does not fit takes the same time as nothing to compare with.
    pub(crate) fn verify(&self, hash: Option<&str>, text: &str) -> bool {
        let Some(hash) = hash else { return verify(None, text) };
        let pair = self.digest(hash, text);
        let seen = || self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if pair.is_some_and(|pair| seen().contains(&pair)) {
            return true;
        }
        let fits = verify(Some(hash), text);
        if let (true, Some(pair)) = (fits, pair) {
            let mut seen = seen();
            if seen.len() >= REMEMBERED {
                seen.clear();
            }
            seen.insert(pair);
        }
        fits
    }

    fn digest(&self, hash: &str, text: &str) -> Option<[u8; 32]> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).ok()?;
        mac.update(hash.as_bytes());
        mac.update(&[0]);
        mac.update(text.as_bytes());
        Some(mac.finalize().into_bytes().into())
    }
}
