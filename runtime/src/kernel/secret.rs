//! Digests, passwords and tokens.
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use jsonwebtoken::{Algorithm as Signing, DecodingKey, EncodingKey, Header, Validation};
use serde_json::{Map, Value as Json};
use sha2::{Digest, Sha256};

/// Fewest bytes of a signing secret: as many as the digest has (RFC 7518, section 3.2).
pub(crate) const SECRET_MINIMUM: usize = 32;

/// Seconds by which clocks may differ.
const LEEWAY: u64 = 30;

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

fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).into_iter();
    bytes.iter().flat_map(|byte| digit(byte >> 4).chain(digit(byte & 15))).collect()
}

/// A prefix and 256 random bits.
pub(crate) fn token(prefix: &str) -> Result<String, NoChance> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|_| NoChance)?;
    Ok(format!("{prefix}{}", URL_SAFE_NO_PAD.encode(bytes)))
}

fn argon() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::default())
}

/// The Argon2id hash of a text as a PHC string.
pub(crate) fn hash(text: &str) -> Result<String, NoChance> {
    let hash: PasswordHash = argon().hash_password(text.as_bytes()).map_err(|_| NoChance)?;
    Ok(hash.to_string())
}

/// Whether a text fits a hash; nothing to compare with takes as long as something.
pub(crate) fn verify(hash: Option<&str>, text: &str) -> bool {
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

/// The two sides of a token's secret.
pub(crate) struct TokenKey {
    sign: EncodingKey,
    verify: DecodingKey,
    rules: Validation,
}

impl TokenKey {
    pub(crate) fn new(secret: &[u8]) -> Self {
        let mut rules = Validation::new(Signing::HS256);
        rules.leeway = LEEWAY;
        rules.validate_nbf = true;
        Self { sign: EncodingKey::from_secret(secret), verify: DecodingKey::from_secret(secret), rules }
    }

    /// A token with these claims.
    pub(crate) fn sign(&self, claims: &Map<String, Json>) -> Option<String> {
        jsonwebtoken::encode(&Header::new(Signing::HS256), claims, &self.sign).ok()
    }

    /// The claims of a token that is signed with this key and is valid now.
    pub(crate) fn open(&self, token: &str) -> Option<Map<String, Json>> {
        let opened = jsonwebtoken::decode::<Map<String, Json>>(token, &self.verify, &self.rules);
        opened.ok().map(|token| token.claims)
    }
}
