//! Expressions: pure, typed, every name resolved.
//!
//! Verbs never stand here: a body gives each of them a statement and a slot of its own
//! (see [`crate::body`]), so an expression can be evaluated, or turned into SQL, without effects.
//!
//! Truth has three values, as in SQL: a comparison with null is null, `not null` is null, and a
//! condition holds only when it is true. Only `is null` and `==` on two optionals look at null itself.
mod operator;
pub mod reach;
mod rows;
mod text;

use crate::EnvValue;
use crate::Id;
use crate::auth::Auth;
use crate::builtin::Builtin;
use crate::entity::Column;
use crate::types::{Field, Record, Type};
use crate::value::Literal;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

pub use operator::{Arithmetic, Compare, Context, FilePart, ListFunction, Operands, Operator, Pattern};
pub use rows::{Aggregate, Rows, RowsGive};
pub use text::{text, text_of_literal, text_over};

/// A place for a value during one call: an input, a `let`, a loop variable, or the result of a verb.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Slot(pub u32);

/// An expression and its type.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Expr {
    /// What it is.
    pub node: Node,
    /// The type of its value.
    pub ty: Type,
}

impl Expr {
    /// An expression of a type.
    pub const fn new(node: Node, ty: Type) -> Self {
        Self { node, ty }
    }

    /// A condition that is known.
    pub const fn constant(truth: bool) -> Self {
        Self::new(Node::Literal(Literal::Bool(truth)), Type::Bool)
    }

    /// The expressions directly inside, left to right.
    pub fn children(&self) -> Vec<&Self> {
        match &self.node {
            Node::Literal(_)
            | Node::Slot(_)
            | Node::Column { .. }
            | Node::Context(_)
            | Node::Env(_)
            | Node::Element(_)
            | Node::GroupKey => Vec::new(),
            Node::RowColumn { row: inner, .. }
            | Node::Member { record: inner, .. }
            | Node::Not(inner)
            | Node::Negate(inner)
            | Node::IsNull(inner)
            | Node::Convert(inner)
            | Node::Project { row: inner, .. }
            | Node::Refine { value: inner, .. } => vec![inner],
            Node::And(parts)
            | Node::Or(parts)
            | Node::Concat(parts)
            | Node::List(parts)
            | Node::Tuple(parts) => parts.iter().collect(),
            Node::Call(_, parts) | Node::Record(_, parts) => parts.iter().collect(),
            Node::Compare(_, left, right)
            | Node::Arithmetic(_, left, right)
            | Node::Coalesce(left, right) => {
                vec![left, right]
            }
            Node::In(item, list) => std::iter::once(&**item).chain(list).collect(),
            Node::Contains { list, item } => vec![list, item],
            Node::Patch(members) => members.iter().map(|(_, value)| value).collect(),
            Node::Sign { claims, life, .. } => claims.iter().map(|(_, it)| it).chain([&**life]).collect(),
            Node::If { condition, then, otherwise } => vec![condition, then, otherwise],
            Node::Part { tuple: inner, .. }
            | Node::Variant { value: inner, .. }
            | Node::Narrow { value: inner, .. }
            | Node::Has { patch: inner, .. }
            | Node::FilePart { file: inner, .. } => vec![inner],
            Node::Related { guard, masks, .. } => {
                std::iter::once(&**guard).chain(masks.iter().map(|(_, it)| it)).collect()
            }
            Node::Rows(rows) => rows.children(),
            Node::Fold { list, each, argument, .. } => {
                [Some(list), each.as_ref(), argument.as_ref()].into_iter().flatten().map(|it| &**it).collect()
            }
            Node::Index { of, at } => vec![of, at],
            Node::Map(entries) => entries.iter().flat_map(|(key, value)| [key, value]).collect(),
            Node::MapOf { list, key, value } => vec![list, key, value],
            Node::Match { subject, arms, otherwise } => {
                let arms = arms.iter().map(|(_, value)| value);
                let otherwise = otherwise.iter().map(|it| &**it);
                std::iter::once(&**subject).chain(arms).chain(otherwise).collect()
            }
            Node::Aggregate { value, .. } => value.iter().map(|it| &**it).collect(),
        }
    }

    /// The same, to change them.
    pub fn children_mut(&mut self) -> Vec<&mut Self> {
        match &mut self.node {
            Node::Literal(_)
            | Node::Slot(_)
            | Node::Column { .. }
            | Node::Context(_)
            | Node::Env(_)
            | Node::Element(_)
            | Node::GroupKey => Vec::new(),
            Node::RowColumn { row: inner, .. }
            | Node::Member { record: inner, .. }
            | Node::Not(inner)
            | Node::Negate(inner)
            | Node::IsNull(inner)
            | Node::Convert(inner)
            | Node::Project { row: inner, .. }
            | Node::Refine { value: inner, .. } => vec![inner],
            Node::And(parts)
            | Node::Or(parts)
            | Node::Concat(parts)
            | Node::List(parts)
            | Node::Tuple(parts) => parts.iter_mut().collect(),
            Node::Call(_, parts) | Node::Record(_, parts) => parts.iter_mut().collect(),
            Node::Compare(_, left, right)
            | Node::Arithmetic(_, left, right)
            | Node::Coalesce(left, right) => {
                vec![left, right]
            }
            Node::In(item, list) => std::iter::once(&mut **item).chain(list).collect(),
            Node::Contains { list, item } => vec![list, item],
            Node::Patch(members) => members.iter_mut().map(|(_, value)| value).collect(),
            Node::Sign { claims, life, .. } => {
                claims.iter_mut().map(|(_, it)| it).chain([&mut **life]).collect()
            }
            Node::If { condition, then, otherwise } => vec![condition, then, otherwise],
            Node::Part { tuple: inner, .. }
            | Node::Variant { value: inner, .. }
            | Node::Narrow { value: inner, .. }
            | Node::Has { patch: inner, .. }
            | Node::FilePart { file: inner, .. } => vec![inner],
            Node::Related { guard, masks, .. } => {
                std::iter::once(&mut **guard).chain(masks.iter_mut().map(|(_, it)| it)).collect()
            }
            Node::Rows(rows) => rows.children_mut(),
            Node::Fold { list, each, argument, .. } => [Some(list), each.as_mut(), argument.as_mut()]
                .into_iter()
                .flatten()
                .map(|it| &mut **it)
                .collect(),
            Node::Index { of, at } => vec![of, at],
            Node::Map(entries) => entries.iter_mut().flat_map(|(key, value)| [key, value]).collect(),
            Node::MapOf { list, key, value } => vec![list, key, value],
            Node::Match { subject, arms, otherwise } => {
                let arms = arms.iter_mut().map(|(_, value)| value);
                let otherwise = otherwise.iter_mut().map(|it| &mut **it);
                std::iter::once(&mut **subject).chain(arms).chain(otherwise).collect()
            }
            Node::Aggregate { value, .. } => value.iter_mut().map(|it| &mut **it).collect(),
        }
    }

    /// Whether it is the literal `truth`.
    pub fn is(&self, truth: bool) -> bool {
        matches!(self.node, Node::Literal(Literal::Bool(value)) if value == truth)
    }
}

/// What an expression is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Node {
    /// A literal.
    Literal(Literal),
    /// The value in a slot.
    Slot(Slot),
    /// A column of the row that the surrounding condition, rule or projection is about, reached
    /// through relations of that row, outermost first; null when a relation on the way is absent.
    Column {
        /// How many [`Node::Rows`] and [`Node::Related`] further out the row is; mostly none.
        up: u32,
        /// Relations to walk; mostly none.
        via: Vec<Id<Column>>,
        /// The column of the row reached.
        column: Id<Column>,
    },
    /// A column of a row that a slot or another expression holds.
    RowColumn {
        /// Gives the row, of type [`Type::Row`] or an optional of it.
        row: Box<Expr>,
        /// Its column.
        column: Id<Column>,
    },
    /// A member of a record.
    Member {
        /// Gives the record.
        record: Box<Expr>,
        /// Its member.
        field: Id<Field>,
    },
    /// Something about the call.
    Context(Context),
    /// An environment value.
    Env(Id<EnvValue>),
    /// Three-valued `not`.
    Not(Box<Expr>),
    /// The number with its sign turned.
    Negate(Box<Expr>),
    /// Three-valued conjunction, left to right, stopping at the first false.
    And(Vec<Expr>),
    /// Three-valued disjunction, left to right, stopping at the first true.
    Or(Vec<Expr>),
    /// Equality or order; both sides have one comparable type after [`Node::Convert`].
    Compare(Compare, Box<Expr>, Box<Expr>),
    /// Membership in a list that is written out.
    In(Box<Expr>, Vec<Expr>),
    /// Membership in a list that is a value.
    Contains {
        /// The list.
        list: Box<Expr>,
        /// What is looked for.
        item: Box<Expr>,
    },
    /// Whether the value is null.
    IsNull(Box<Expr>),
    /// Arithmetic on two values of one kind.
    Arithmetic(Arithmetic, Box<Expr>, Box<Expr>),
    /// The same number in a wider type: int to decimal or float, decimal to a larger scale.
    Convert(Box<Expr>),
    /// A builtin function.
    Call(Builtin, Vec<Expr>),
    /// A token of an `auth`, signed here.
    Sign {
        /// Whose secret and form.
        auth: Id<Auth>,
        /// Claims by name.
        claims: Vec<(SmolStr, Expr)>,
        /// Its life, a duration.
        life: Box<Expr>,
    },
    /// The parts as text, one after the other.
    Concat(Vec<Expr>),
    /// A record, its members in the order of the type.
    Record(Id<Record>, Vec<Expr>),
    /// A list.
    List(Vec<Expr>),
    /// A projection of a row that is at hand.
    Project {
        /// The projection.
        shape: Id<Record>,
        /// Gives the row.
        row: Box<Expr>,
    },
    /// The first value, or the second where the first is null.
    Coalesce(Box<Expr>, Box<Expr>),
    /// One of two values.
    If {
        /// The condition; null counts as false.
        condition: Box<Expr>,
        /// Where it holds.
        then: Box<Expr>,
        /// Where it does not.
        otherwise: Box<Expr>,
    },
    /// The value again, after checking it against the refinement of a type; failing raises
    /// `Invalid(field, …)`.
    Refine {
        /// The value, of the same kind without the refinement.
        value: Box<Expr>,
        /// Named in the error.
        field: SmolStr,
    },
    /// The row at hand, or the one that its relations lead to, of type [`Type::Row`]; null where it is
    /// absent or its guard does not hold. The expressions inside are over the row reached; the row at
    /// hand is one level up.
    Related {
        /// How many of these and of [`Node::Rows`] further out the row at hand is.
        up: u32,
        /// Relations to walk; none for the row at hand.
        via: Vec<Id<Column>>,
        /// Whether it may be seen.
        guard: Box<Expr>,
        /// Columns that read as null where their condition does not hold.
        masks: Vec<(Id<Column>, Expr)>,
    },
    /// Something made of the rows on the far side of a relation.
    Rows(Box<Rows>),
    /// The item that the list function so many levels further out is looking at.
    Element(u32),
    /// A function over the items of a list; `each` is over [`Node::Element`].
    Fold {
        /// What is made of them.
        function: ListFunction,
        /// The items.
        list: Box<Expr>,
        /// What of each item counts; none for the item itself.
        each: Option<Box<Expr>>,
        /// How many `take` takes, or what `join` puts between.
        argument: Option<Box<Expr>>,
    },
    /// An item of a list by its position from 0, or of a map by its key; null where there is none.
    Index {
        /// The list or map.
        of: Box<Expr>,
        /// The position or key.
        at: Box<Expr>,
    },
    /// A tuple.
    Tuple(Vec<Expr>),
    /// A value of a tuple, by its position from 0.
    Part {
        /// The tuple.
        tuple: Box<Expr>,
        /// The position.
        at: u32,
    },
    /// A map, key by key; a later equal key replaces an earlier one.
    Map(Vec<(Expr, Expr)>),
    /// A map with an entry for each item of a list; key and value are over [`Node::Element`].
    MapOf {
        /// The items.
        list: Box<Expr>,
        /// The key of each.
        key: Box<Expr>,
        /// The value of each.
        value: Box<Expr>,
    },
    /// A record as a member of a union.
    Variant {
        /// Which member, by its position.
        member: u32,
        /// The record.
        value: Box<Expr>,
    },
    /// The record inside a union that is known to be this member.
    Narrow {
        /// The union.
        value: Box<Expr>,
        /// Which member, by its position.
        member: u32,
    },
    /// A patch that carries these members.
    Patch(Vec<(Id<Field>, Expr)>),
    /// The value of the first arm whose pattern fits.
    Match {
        /// What is looked at.
        subject: Box<Expr>,
        /// Tried in order.
        arms: Vec<(Vec<Pattern>, Expr)>,
        /// Where none fits; absent where the arms are exhaustive.
        otherwise: Option<Box<Expr>>,
    },
    /// Whether a patch names a member.
    Has {
        /// The patch.
        patch: Box<Expr>,
        /// The member.
        field: Id<Field>,
    },
    /// A fact about a stored file.
    FilePart {
        /// The file.
        file: Box<Expr>,
        /// Which fact.
        part: FilePart,
    },
    /// Within a group: the value that its rows share.
    GroupKey,
    /// Within a group: something made of its rows.
    Aggregate {
        /// What.
        function: Aggregate,
        /// Over each row; none for `count`.
        value: Option<Box<Expr>>,
    },
}
