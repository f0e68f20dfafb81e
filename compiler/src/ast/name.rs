//! Names, paths, whole numbers and documentation.
use smol_str::SmolStr;

use crate::report::Span;

/// A name as it was written; empty where the parser found none and said so.
#[derive(Debug, Clone, PartialEq)]
pub struct Name {
    /// The letters.
    pub text: SmolStr,
    /// The place.
    pub at: Span,
}

impl Name {
    /// Whether a name is missing here.
    pub fn is_hole(&self) -> bool {
        self.text.is_empty()
    }
}

/// Names joined by dots: `pay.charge`, `author.username`; at least one.
#[derive(Debug, Clone, PartialEq)]
pub struct Path {
    /// The names, outermost first.
    pub names: Vec<Name>,
    /// From the first name to the last.
    pub at: Span,
}

impl Path {
    /// The only name, where there is no dot.
    pub fn single(&self) -> Option<&Name> {
        match self.names.as_slice() {
            [name] => Some(name),
            _ => None,
        }
    }

    /// Whether some of it is missing.
    pub fn has_hole(&self) -> bool {
        self.names.iter().any(Name::is_hole)
    }
}

/// A whole number that belongs to the syntax: a version, a status, a count.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Whole {
    /// The number.
    pub value: u64,
    /// The place.
    pub at: Span,
}

/// `///` lines.
#[derive(Debug, Clone, PartialEq)]
pub struct Docs {
    /// The lines without their slashes, joined by newlines.
    pub text: String,
    /// From the first slash to the end of the last line.
    pub at: Span,
}
