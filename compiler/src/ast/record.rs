//! `{ a, b: x }`: values by name.
use super::{Expr, Name};
use crate::report::Span;

/// A record literal.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Its members in order.
    pub entries: Vec<Entry>,
    /// With both braces.
    pub at: Span,
}

/// One member of a record literal.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// How its value is given.
    pub kind: EntryKind,
    /// The place.
    pub at: Span,
}

/// How a member of a record literal is given.
#[derive(Debug, Clone, PartialEq)]
pub enum EntryKind {
    /// `email`: the value of the same name.
    Pun(Name),
    /// `email: value`
    Value {
        /// The member.
        name: Name,
        /// Its value; a hole where it is missing.
        value: Expr,
    },
    /// `n = count()`: a computed member, as in `group by`.
    Computed {
        /// The member.
        name: Name,
        /// Its value.
        value: Expr,
    },
    /// Not a member; reported by the parser.
    Stray,
}
