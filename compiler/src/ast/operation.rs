//! `operation`: what callers can ask for.
use super::{Block, Clause, Field, Name, Type};

/// `operation place_order(lines: [Line](1..50)) -> OrderPage { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct Operation {
    /// The name.
    pub name: Name,
    /// What it takes.
    pub parameters: Vec<Field>,
    /// What it gives.
    pub output: Option<Type>,
    /// Its doors and rules.
    pub clauses: Vec<Clause>,
    /// What it does; empty with `impl rust`.
    pub body: Block,
}
