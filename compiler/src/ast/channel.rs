//! `channel`: typed messages to listeners.
use super::{Clause, Field, Name, Type};

/// `channel order_feed() sends OrderCard { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct Channel {
    /// The name.
    pub name: Name,
    /// What a listener gives to listen.
    pub parameters: Vec<Field>,
    /// The type of a message.
    pub sends: Option<Type>,
    /// Its doors, rules and sources.
    pub clauses: Vec<Clause>,
}
