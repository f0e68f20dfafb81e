//! Paths of URLs.
use smol_str::SmolStr;
use std::fmt;

use super::Name;
use crate::report::Span;

/// `/orders/{order}/refunds`; no segment for `/`, and an empty one behind a slash at the end.
#[derive(Debug, Clone, PartialEq)]
pub struct Route {
    /// What stands between the slashes.
    pub segments: Vec<RouteSegment>,
    /// The place.
    pub at: Span,
}

/// What stands between two slashes.
#[derive(Debug, Clone, PartialEq)]
pub enum RouteSegment {
    /// Fixed letters.
    Fixed(SmolStr),
    /// `{order}`
    Parameter(Name),
}

impl fmt::Display for RouteSegment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed(letters) => f.write_str(letters),
            Self::Parameter(name) => write!(f, "{{{}}}", name.text),
        }
    }
}
