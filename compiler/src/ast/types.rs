//! Types, and the `type` declaration that names one.
use super::{Argument, Field, Name, Range};
use crate::report::Span;

/// `type Name = …`, or `type Name { … }` for a record.
#[derive(Debug, Clone, PartialEq)]
pub struct TypeDeclaration {
    /// The new name.
    pub name: Name,
    /// What it stands for.
    pub ty: Type,
}

/// A type as written.
#[derive(Debug, Clone, PartialEq)]
pub struct Type {
    /// Which type.
    pub kind: TypeKind,
    /// The place.
    pub at: Span,
}

/// The forms of a type.
#[derive(Debug, Clone, PartialEq)]
pub enum TypeKind {
    /// A scalar, a declared type or an entity, with what stands in parentheses after it: a refinement
    /// (`text(1..80)`) or a projection (`Order(id, total)`), known apart once the name is resolved.
    Named {
        /// The name.
        name: Name,
        /// What stands in parentheses; none without parentheses.
        arguments: Option<Vec<Argument>>,
    },
    /// `[T]` or `[T](1..50)`
    List {
        /// The type of each element.
        element: Box<Type>,
        /// How many there may be.
        bound: Option<Range>,
    },
    /// `T?`
    Optional(Box<Type>),
    /// `{ text: T }` or `{ text: T }(..50)`
    Map {
        /// The type of the keys.
        key: Box<Type>,
        /// The type of the values.
        value: Box<Type>,
        /// How many there may be.
        bound: Option<Range>,
    },
    /// `(text, int)`
    Tuple(Vec<Type>),
    /// `{ token: text, … }`
    Record(Vec<Field>),
    /// `A | B`
    Union(Vec<Type>),
    /// `page T`
    Page(Box<Type>),
    /// `stream T`
    Stream(Box<Type>),
    /// `patch T(a, b)`: the type under it is `Named`.
    Patch(Box<Type>),
    /// `new T(a, b)`: the type under it is `Named`.
    New(Box<Type>),
    /// Missing or unreadable; reported by the parser.
    Hole,
}
