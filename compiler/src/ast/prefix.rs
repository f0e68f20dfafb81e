//! What may stand before a declaration.
use smol_str::SmolStr;

use super::{Name, Text, Whole};
use crate::report::Span;

/// One prefix.
#[derive(Debug, Clone, PartialEq)]
pub struct Prefix {
    /// Which.
    pub kind: PrefixKind,
    /// The place.
    pub at: Span,
}

/// The prefixes there are.
#[derive(Debug, Clone, PartialEq)]
pub enum PrefixKind {
    /// `since 2`
    Since(Whole),
    /// `deprecated "reason" { sunset 2027-01-01 use other }`
    Deprecated {
        /// Why.
        reason: Option<Text>,
        /// The day it goes, as it was written.
        sunset: Option<SmolStr>,
        /// What to use instead.
        instead: Option<Name>,
    },
    /// `allow W0412 "reason"`
    Silence {
        /// The warning's code.
        code: Name,
        /// Why it may be.
        reason: Text,
    },
    /// Not a prefix; reported by the parser.
    Stray,
}
