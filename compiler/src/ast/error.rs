//! `error`: a way to fail that callers can tell apart.
use super::{Field, Name, Text, Whole};

/// `error OutOfStock(sku: Sku) = 409 "not enough stock for `{sku}`"`
#[derive(Debug, Clone, PartialEq)]
pub struct ErrorDeclaration {
    /// The name.
    pub name: Name,
    /// What it carries.
    pub fields: Vec<Field>,
    /// The HTTP status; missing only where the parser has said so.
    pub status: Option<Whole>,
    /// What it tells people.
    pub message: Option<Text>,
}
