//! `job`: durable work in the background.
use super::{Block, Clause, Field, Name};

/// `job take_payment(order: Order) on work { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// The name.
    pub name: Name,
    /// What it takes.
    pub parameters: Vec<Field>,
    /// The queue; a hole where it is missing.
    pub queue: Name,
    /// When and how often it runs.
    pub clauses: Vec<Clause>,
    /// What it does.
    pub body: Block,
}
