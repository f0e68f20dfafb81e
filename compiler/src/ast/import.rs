//! `use`: names from another file.
use super::{Name, Text};

/// `use A, B from "./x.qtr"`
#[derive(Debug, Clone, PartialEq)]
pub struct Import {
    /// What is taken.
    pub names: Vec<Name>,
    /// From which file.
    pub from: Text,
}
