//! Paths of URLs.
use smol_str::SmolStr;

use super::Name;
use crate::report::Span;

/// `/orders/{order}/refunds`; no segment for `/`.
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
