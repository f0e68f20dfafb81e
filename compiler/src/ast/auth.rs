//! `auth`: how a caller proves who it is.
use super::{Argument, Door, Expr, Name, Path, Record, Text};
use crate::report::Span;

/// `auth login on http { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct Auth {
    /// The name.
    pub name: Name,
    /// `on http, mcp`; empty for all doors.
    pub doors: Vec<Door>,
    /// Its lines.
    pub items: Vec<AuthItem>,
}

/// One line.
#[derive(Debug, Clone, PartialEq)]
pub struct AuthItem {
    /// Which.
    pub kind: AuthItemKind,
    /// The place.
    pub at: Span,
}

/// The lines there are.
#[derive(Debug, Clone, PartialEq)]
pub enum AuthItemKind {
    /// `bearer jwt(secret: env.KEY)`
    Credential {
        /// How it comes in.
        carrier: Carrier,
        /// How it is judged; missing only where the parser has said so.
        proof: Option<Proof>,
    },
    /// `actor User where id == claims.sub else create { … }`
    Actor(AuthLookup),
    /// `role actor.role`
    Role(Expr),
    /// `tenant actor.branch`
    Tenant(Expr),
    /// No line that there is; reported by the parser.
    Stray,
}

/// How a credential comes in.
#[derive(Debug, Clone, PartialEq)]
pub struct Carrier {
    /// Which.
    pub kind: CarrierKind,
    /// The place.
    pub at: Span,
}

/// The carriers there are.
#[derive(Debug, Clone, PartialEq)]
pub enum CarrierKind {
    /// `bearer`, or `bearer "Token"` with another scheme word.
    Bearer(Option<Text>),
    /// `header "x"`
    Header(Text),
    /// `cookie "x"`
    Cookie(Text),
    /// `basic`
    Basic,
}

/// `jwt(secret: env.KEY)`
#[derive(Debug, Clone, PartialEq)]
pub struct Proof {
    /// Which.
    pub kind: ProofKind,
    /// What stands in parentheses.
    pub arguments: Vec<Argument>,
    /// The place.
    pub at: Span,
}

/// The proofs there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProofKind {
    /// `jwt`
    Jwt,
    /// `opaque`
    Opaque,
    /// `password`
    Password,
    /// `oauth`
    Oauth,
}

/// `User where id == claims.sub`, `Login.user where token_hash == sha256(credential)`
#[derive(Debug, Clone, PartialEq)]
pub struct AuthLookup {
    /// An entity, or a path from the row that is looked up to the actor.
    pub path: Path,
    /// Which row.
    pub condition: Expr,
    /// `else create { … }`: the row of a first visit.
    pub otherwise: Option<Record>,
}
