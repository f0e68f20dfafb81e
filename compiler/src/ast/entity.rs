//! `entity`: a stored record.
use super::{Expr, Field, Function, Name, Path, Rule, Text};
use crate::report::Span;

/// `entity User in shop as "users" { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct Entity {
    /// The name.
    pub name: Name,
    /// The database; a hole where it is missing.
    pub resource: Name,
    /// `as "users"`: the table, where it is not named after the entity.
    pub table: Option<Text>,
    /// Its lines in order.
    pub items: Vec<EntityItem>,
}

/// One line.
#[derive(Debug, Clone, PartialEq)]
pub struct EntityItem {
    /// Which.
    pub kind: EntityItemKind,
    /// The place.
    pub at: Span,
}

/// The lines there are.
#[derive(Debug, Clone, PartialEq)]
pub enum EntityItemKind {
    /// `email: email unique`
    Field(Field),
    /// `total = sum(lines, qty * price)`
    Computed {
        /// The name.
        name: Name,
        /// How it comes about.
        value: Expr,
    },
    /// `tenant branch`
    Tenant(Name),
    /// `unique (branch, sku) else Taken`
    Unique {
        /// The columns that together occur once.
        columns: IndexColumns,
        /// The error where they do not.
        otherwise: Option<Expr>,
    },
    /// `index (customer, created desc), (branch)`
    Index(Vec<IndexColumns>),
    /// `search title, body`
    Search(Vec<Path>),
    /// `allow read when …`, `deny write …`
    Rule(Rule),
    /// `fn late() = …`: sees the row.
    Function(Function),
    /// No line that there is; reported by the parser.
    Stray,
}

/// `(customer, created desc)`
#[derive(Debug, Clone, PartialEq)]
pub struct IndexColumns {
    /// The columns in order.
    pub columns: Vec<IndexColumn>,
    /// With the parentheses.
    pub at: Span,
}

/// `created desc`
#[derive(Debug, Clone, PartialEq)]
pub struct IndexColumn {
    /// The column.
    pub name: Name,
    /// Whether `desc` was said.
    pub descending: bool,
}
