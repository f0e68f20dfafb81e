//! `enum`: a closed set of names.
use super::{Docs, Name};
use crate::report::Span;

/// `enum Status { pending, paid }`
#[derive(Debug, Clone, PartialEq)]
pub struct Enumeration {
    /// The name.
    pub name: Name,
    /// Its values in order.
    pub values: Vec<EnumerationValue>,
}

/// `paid`, `paid was payed`
#[derive(Debug, Clone, PartialEq)]
pub struct EnumerationValue {
    /// Its `///` lines.
    pub docs: Option<Docs>,
    /// The value.
    pub name: Name,
    /// The name that it had before.
    pub was: Option<Name>,
    /// The place.
    pub at: Span,
}
