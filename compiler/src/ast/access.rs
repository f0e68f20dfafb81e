//! Who may: the `allow` of operations, the row rules of entities, the `by` of approvals.
use super::{Expr, Name};
use crate::report::Span;

/// `public`, `signed_in`, `role a, b`, `when expr`; at least one of the two is there.
#[derive(Debug, Clone, PartialEq)]
pub struct Access {
    /// Who.
    pub grantee: Option<Grantee>,
    /// When.
    pub condition: Option<Expr>,
}

/// Who is meant.
#[derive(Debug, Clone, PartialEq)]
pub struct Grantee {
    /// Which.
    pub kind: GranteeKind,
    /// The place.
    pub at: Span,
}

/// The ways to say who is meant.
#[derive(Debug, Clone, PartialEq)]
pub enum GranteeKind {
    /// `public`
    Public,
    /// `signed_in`
    SignedIn,
    /// `role staff, manager`
    Roles(Vec<Name>),
}

/// Whom a row rule means.
#[derive(Debug, Clone, PartialEq)]
pub enum RuleGrantee {
    /// Callers, as operations name them.
    Caller(Grantee),
    /// `via order`
    Via(Name),
    /// `in place_order, pay_back`
    In(Vec<Name>),
}

/// `allow read, update(status) in take_payment when …`
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// Whether it gives or takes.
    pub effect: RuleEffect,
    /// What may be done.
    pub verbs: Vec<RuleVerb>,
    /// Who; that or when is there.
    pub grantee: Option<RuleGrantee>,
    /// When.
    pub condition: Option<Expr>,
    /// The place.
    pub at: Span,
}

/// Whether a rule gives or takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleEffect {
    /// `allow`
    Allow,
    /// `deny`
    Deny,
}

/// `update(email, phone)`
#[derive(Debug, Clone, PartialEq)]
pub struct RuleVerb {
    /// What is done.
    pub kind: RuleVerbKind,
    /// To which columns; empty for all.
    pub columns: Vec<Name>,
    /// The place.
    pub at: Span,
}

/// What may be done to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleVerbKind {
    /// `read`
    Read,
    /// `create`
    Create,
    /// `update`
    Update,
    /// `delete`
    Delete,
    /// `write`: create, update and delete.
    Write,
    /// `all`
    All,
}
