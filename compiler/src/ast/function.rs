//! `fn`: a named expression.
use super::{Expr, Field, Name, Type};

/// `fn tidy(tag: text) -> text = lower(trim(tag))`
#[derive(Debug, Clone, PartialEq)]
pub struct Function {
    /// The name.
    pub name: Name,
    /// What it takes.
    pub parameters: Vec<Field>,
    /// What it gives, where that is said.
    pub output: Option<Type>,
    /// What it stands for; a hole where it is missing.
    pub value: Expr,
}
