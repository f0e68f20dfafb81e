//! `env`: what the service reads from its environment.
use super::Field;

/// `env { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct Env {
    /// The values.
    pub fields: Vec<Field>,
}
