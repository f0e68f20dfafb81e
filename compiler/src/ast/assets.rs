//! `static`: files under a path.
use super::{Expr, Route, Text};
use crate::report::Span;

/// `static /assets from "./public" cache 1h`
#[derive(Debug, Clone, PartialEq)]
pub struct Assets {
    /// Under which path.
    pub route: Route,
    /// From which folder.
    pub folder: Text,
    /// How long others may keep them.
    pub cache: Option<Expr>,
    /// Where `spa` stands: unknown paths get the index page.
    pub spa: Option<Span>,
    /// Where `precompressed` stands.
    pub precompressed: Option<Span>,
}
