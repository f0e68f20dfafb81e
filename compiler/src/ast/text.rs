//! `"…"` with `{expr}` inside.
use smol_str::SmolStr;

use super::Expr;
use crate::report::Span;

/// A text with its interpolations.
#[derive(Debug, Clone, PartialEq)]
pub struct Text {
    /// Letters and interpolations; two runs of letters never follow each other.
    pub parts: Vec<TextPart>,
    /// With both quotes.
    pub at: Span,
}

/// A piece of a text.
#[derive(Debug, Clone, PartialEq)]
pub enum TextPart {
    /// Letters, with escapes resolved.
    Letters(SmolStr),
    /// `{expr}`
    Value(Expr),
}

impl Text {
    /// The letters, where nothing is interpolated.
    pub fn plain(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [TextPart::Letters(letters)] => Some(letters),
            _ => None,
        }
    }
}
