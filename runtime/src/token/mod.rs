//! Signed tokens (RFC 7519): what an `auth` takes as one, and what it signs.
//!
//! The algorithms are the program's, and a key says which of them it is for; the header of a token can only
//! name one of those, never choose another.

mod fetch;
mod head;
mod keys;
mod published;
mod verified;

use head::Head;
use jsonwebtoken::errors::ErrorKind as Wrong;
use jsonwebtoken::{Algorithm as Signing, DecodingKey, EncodingKey, Header, Validation};
use keys::Key;
use quater_ir::auth::Algorithm;
use serde_json::{Map, Value as Json};
use std::sync::Arc;
use verified::{LEEWAY, Verified};

pub(crate) use fetch::is_safe;
pub(crate) use published::{Published, Source};

/// What a token says.
pub(crate) type Claims = Map<String, Json>;

/// Why a token opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closed {
    /// It is no good; in words why, for the log.
    Bad(&'static str),
    /// Nobody knows: the keys cannot be had.
    Unknown,
}

/// What a token of one `auth` must be like.
pub(crate) struct Tokens {
    keys: Keys,
    algorithms: Vec<Signing>,
    issuer: Option<String>,
    /// One of these must be meant; none where a token may be for nobody in particular.
    audiences: Vec<String>,
    verified: Verified,
}

enum Keys {
    /// A secret: its two sides.
    Shared(EncodingKey, Key),
    Published(Published),
}

impl Tokens {
    /// Tokens that are signed with a secret.
    pub(crate) fn shared(secret: &[u8], algorithms: &[Algorithm]) -> Self {
        let algorithms: Vec<Signing> = algorithms.iter().copied().map(signing).collect();
        let key = Key::new(DecodingKey::from_secret(secret), algorithms.clone());
        let keys = Keys::Shared(EncodingKey::from_secret(secret), key);
        Self::of(keys, algorithms)
    }

    /// Tokens that somebody else signs and publishes the keys of.
    pub(crate) fn published(source: Source, algorithms: &[Algorithm]) -> Self {
        let algorithms = algorithms.iter().copied().map(signing).collect();
        Self::of(Keys::Published(Published::new(source)), algorithms)
    }

    fn of(keys: Keys, algorithms: Vec<Signing>) -> Self {
        Self { keys, algorithms, issuer: None, audiences: Vec::new(), verified: Verified::new() }
    }

    /// The same, of one issuer and for one of some audiences alone.
    pub(crate) fn narrowed(self, issuer: Option<String>, audiences: Vec<String>) -> Self {
        Self { issuer, audiences, ..self }
    }

    /// Whether somebody else publishes their keys.
    pub(crate) const fn are_published(&self) -> bool {
        matches!(self.keys, Keys::Published(_))
    }

    /// Sees to it that the key of a token is known, as far as that can be done.
    pub(crate) async fn prepare(&self, token: &str) {
        if let Keys::Published(keys) = &self.keys
            && let Some(head) = Head::read(token, &self.algorithms)
        {
            // On the heap: it is rare, and every call would have room for it.
            Box::pin(keys.prepare(&head)).await;
        }
    }

    /// The claims of a token that is valid now.
    pub(crate) fn open(&self, token: &str) -> Result<Arc<Claims>, Closed> {
        let known = match &self.keys {
            Keys::Shared(..) => None,
            Keys::Published(keys) => Some(keys.known().ok_or(Closed::Unknown)?),
        };
        let now = jsonwebtoken::get_current_timestamp();
        if let Some(claims) = self.verified.find(token, known.as_ref(), now) {
            return Ok(claims);
        }
        let strange = Closed::Bad("its header is none, or names no algorithm that is taken");
        let head = Head::read(token, &self.algorithms).ok_or(strange)?;
        let key = match (&self.keys, &known) {
            (Keys::Shared(_, key), _) => Some(key),
            (Keys::Published(_), known) => known.as_ref().and_then(|known| known.find(&head)),
        };
        let key = key.ok_or(Closed::Bad("no key of its issuer is the one that it names"))?;
        let claims = Arc::new(self.verify(token, &head, key)?);
        self.verified.keep(token, known, &claims);
        Ok(claims)
    }

    fn verify(&self, token: &str, head: &Head, key: &Key) -> Result<Claims, Closed> {
        let mut rules = Validation::new(head.algorithm);
        rules.leeway = LEEWAY;
        rules.validate_nbf = true;
        if let Some(issuer) = &self.issuer {
            rules.set_issuer(&[issuer]);
            rules.required_spec_claims.insert("iss".to_owned());
        }
        if !self.audiences.is_empty() {
            rules.set_audience(&self.audiences);
            rules.required_spec_claims.insert("aud".to_owned());
        }
        let opened = jsonwebtoken::decode::<Claims>(token, &key.key, &rules);
        opened.map(|token| token.claims).map_err(|error| Closed::Bad(why(error.kind())))
    }

    /// A token with these claims; nothing where somebody else signs.
    pub(crate) fn sign(&self, mut claims: Claims) -> Option<String> {
        let Keys::Shared(key, _) = &self.keys else { return None };
        if let Some(issuer) = &self.issuer {
            claims.insert("iss".to_owned(), issuer.as_str().into());
        }
        if let Some(audience) = self.audiences.first() {
            claims.insert("aud".to_owned(), audience.as_str().into());
        }
        let algorithm = self.algorithms.first()?;
        jsonwebtoken::encode(&Header::new(*algorithm), &claims, key).ok()
    }
}

/// What is wrong with a token, without anything of it.
fn why(wrong: &Wrong) -> &'static str {
    let known = [
        (matches!(wrong, Wrong::ExpiredSignature), "it has expired"),
        (matches!(wrong, Wrong::ImmatureSignature), "it does not hold yet"),
        (matches!(wrong, Wrong::InvalidSignature), "its signature is not of this key"),
        (matches!(wrong, Wrong::InvalidIssuer), "it is of another issuer"),
        (matches!(wrong, Wrong::InvalidAudience), "it is for another audience"),
        (matches!(wrong, Wrong::MissingRequiredClaim(_)), "it lacks `exp`, `iss` or `aud`"),
    ];
    known.iter().find(|(is, _)| *is).map_or("it cannot be read", |(_, why)| why)
}

/// Fewest bytes of a secret: as many as the digest has (RFC 7518, section 3.2).
pub(crate) fn secret_minimum(algorithms: &[Algorithm]) -> usize {
    let bytes = |algorithm: &Algorithm| match algorithm {
        Algorithm::Hs512 => 64,
        Algorithm::Hs384 => 48,
        Algorithm::Hs256
        | Algorithm::Rs256
        | Algorithm::Rs384
        | Algorithm::Rs512
        | Algorithm::Ps256
        | Algorithm::Ps384
        | Algorithm::Ps512
        | Algorithm::Es256
        | Algorithm::Es384
        | Algorithm::EdDsa => 32,
    };
    algorithms.iter().map(bytes).max().unwrap_or(32)
}

const fn signing(algorithm: Algorithm) -> Signing {
    match algorithm {
        Algorithm::Hs256 => Signing::HS256,
        Algorithm::Hs384 => Signing::HS384,
        Algorithm::Hs512 => Signing::HS512,
        Algorithm::Rs256 => Signing::RS256,
        Algorithm::Rs384 => Signing::RS384,
        Algorithm::Rs512 => Signing::RS512,
        Algorithm::Ps256 => Signing::PS256,
        Algorithm::Ps384 => Signing::PS384,
        Algorithm::Ps512 => Signing::PS512,
        Algorithm::Es256 => Signing::ES256,
        Algorithm::Es384 => Signing::ES384,
        Algorithm::EdDsa => Signing::EdDSA,
    }
}
