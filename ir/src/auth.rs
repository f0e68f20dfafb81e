//! How a caller proves who it is.
use crate::Id;
use crate::body::Create;
use crate::entity::{Column, Entity};
use crate::expr::Expr;
use crate::operation::Doors;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

/// One way to sign in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Auth {
    /// Its name.
    pub name: SmolStr,
    /// What it is for.
    pub docs: String,
    /// Where it counts.
    pub doors: Doors,
    /// What carries the credential.
    pub carrier: Carrier,
    /// How the credential is judged.
    pub proof: Proof,
    /// The row that the caller is.
    pub actor: Lookup,
    /// The caller's role, over the actor's columns.
    pub role: Option<Expr>,
    /// The caller's tenant, over the actor's columns.
    pub tenant: Option<Expr>,
}

/// What carries a credential.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Carrier {
    /// The `Authorization` header with this scheme word (RFC 9110, section 11), compared without case.
    Scheme(SmolStr),
    /// A header, by its lower-case name.
    Header(SmolStr),
    /// A cookie, by its name; unsafe methods then need proof that no other site sent them.
    Cookie(SmolStr),
    /// A name and a password (RFC 7617).
    Basic,
}

impl Carrier {
    /// The scheme word of the `Authorization` header, where that is what carries the credential.
    pub fn scheme(&self) -> Option<&str> {
        match self {
            Self::Scheme(word) => Some(word),
            Self::Basic => Some("Basic"),
            Self::Header(_) | Self::Cookie(_) => None,
        }
    }
}

/// What makes a credential good. Its expressions read `env` alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Proof {
    /// A JWT (RFC 7519) whose key is known here; `exp` is required.
    Jwt {
        /// What it is verified with.
        key: JwtKey,
        /// What `iss` must be.
        issuer: Option<Expr>,
        /// What `aud` must hold.
        audience: Option<Expr>,
        /// Signatures that are taken; the header of a token never chooses another.
        algorithms: Vec<Algorithm>,
    },
    /// Anything that the look-up finds; it looks up a hash.
    Opaque,
    /// A name, by which the look-up finds a row, and the password whose hash a column of it holds.
    Password {
        /// The column.
        column: Id<Column>,
    },
    /// A JWT of an issuer that tells its keys by OpenID Connect discovery.
    Oauth {
        /// The issuer's URL.
        issuer: Expr,
        /// What `aud` must hold; for MCP clients the resource they ask tokens for (RFC 8707).
        audience: Option<Expr>,
        /// Signatures that are taken.
        algorithms: Vec<Algorithm>,
    },
}

/// What a JWT is verified with.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum JwtKey {
    /// A secret of at least 32 bytes, shared with whoever signs.
    Secret(Expr),
    /// Public keys at a URL (RFC 7517).
    Jwks(Expr),
    /// Public keys that the issuer tells by OpenID Connect discovery.
    Issuer,
}

/// A signature of a JWT (RFC 7518, RFC 8037).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Algorithm {
    /// HMAC with SHA-256.
    Hs256,
    /// HMAC with SHA-384.
    Hs384,
    /// HMAC with SHA-512.
    Hs512,
    /// RSA PKCS #1 v1.5 with SHA-256.
    Rs256,
    /// RSA PKCS #1 v1.5 with SHA-384.
    Rs384,
    /// RSA PKCS #1 v1.5 with SHA-512.
    Rs512,
    /// RSA PSS with SHA-256.
    Ps256,
    /// RSA PSS with SHA-384.
    Ps384,
    /// RSA PSS with SHA-512.
    Ps512,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// Ed25519.
    EdDsa,
}

impl Algorithm {
    /// Every one of them.
    pub const ALL: [Self; 12] = [
        Self::Hs256,
        Self::Hs384,
        Self::Hs512,
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
        Self::Es256,
        Self::Es384,
        Self::EdDsa,
    ];

    /// Its registered name, as the header of a token has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Hs384 => "HS384",
            Self::Hs512 => "HS512",
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::EdDsa => "EdDSA",
        }
    }

    /// Whether a shared secret makes it.
    pub const fn is_shared(self) -> bool {
        matches!(self, Self::Hs256 | Self::Hs384 | Self::Hs512)
    }
}

/// Finds the one row of an actor; exempt from row rules and tenant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Lookup {
    /// The entity.
    pub entity: Id<Entity>,
    /// True for at most one row: it covers a key or a unique.
    pub condition: Expr,
    /// The relation of the row found that leads to the actor; none where that row is the actor.
    pub actor: Option<Id<Column>>,
    /// The row that is made at a first visit, where none is found.
    pub create: Option<Create>,
}
