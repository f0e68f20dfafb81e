//! How a caller proves who it is.
use crate::Id;
use crate::entity::Entity;
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
    /// The scheme word of the `Authorization` header (RFC 9110, section 11), compared without case.
    pub scheme: SmolStr,
    /// How the credential is judged.
    pub proof: Proof,
    /// The row that the caller is.
    pub actor: Lookup,
    /// The caller's role, over the actor's columns.
    pub role: Option<Expr>,
    /// The caller's tenant, over the actor's columns.
    pub tenant: Option<Expr>,
}

/// What makes a credential good.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Proof {
    /// A JWT (RFC 7519) signed with HS256 under a secret of at least 32 bytes; `exp` is required.
    Jwt {
        /// The secret; reads `env` alone.
        secret: Expr,
    },
    /// Anything that the look-up finds; it looks up a hash.
    Opaque,
}

/// Finds the one row of an actor; exempt from row rules and tenant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Lookup {
    /// The entity.
    pub entity: Id<Entity>,
    /// True for at most one row: it covers a key or a unique.
    pub condition: Expr,
}
