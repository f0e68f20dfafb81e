//! Expressions: pure, typed, every name resolved.
//!
//! Verbs never stand here: a body gives each of them a statement and a slot of its own
//! (see [`crate::body`]), so an expression can be evaluated, or turned into SQL, without effects.
//!
//! Truth has three values, as in SQL: a comparison with null is null, `not null` is null, and a
//! condition holds only when it is true. Only `is null` and `==` on two optionals look at null itself.
use crate::EnvValue;
use crate::Id;
use crate::auth::Auth;
use crate::builtin::Builtin;
use crate::entity::Column;
use crate::types::{Field, Record, Type};
use crate::value::Literal;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

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
            Node::Literal(_) | Node::Slot(_) | Node::Column { .. } | Node::Context(_) | Node::Env(_) => {
                Vec::new()
            }
            Node::RowColumn { row: inner, .. }
            | Node::Member { record: inner, .. }
            | Node::Not(inner)
            | Node::Negate(inner)
            | Node::IsNull(inner)
            | Node::Convert(inner)
            | Node::Project { row: inner, .. }
            | Node::Refine { value: inner, .. } => vec![inner],
            Node::And(parts) | Node::Or(parts) | Node::Concat(parts) | Node::List(parts) => {
                parts.iter().collect()
            }
            Node::Call(_, parts) | Node::Record(_, parts) => parts.iter().collect(),
            Node::Compare(_, left, right)
            | Node::Arithmetic(_, left, right)
            | Node::Coalesce(left, right) => {
                vec![left, right]
            }
            Node::In(item, list) => std::iter::once(&**item).chain(list).collect(),
            Node::Contains { list, item } => vec![list, item],
            Node::Sign { claims, life, .. } => claims.iter().map(|(_, it)| it).chain([&**life]).collect(),
            Node::If { condition, then, otherwise } => vec![condition, then, otherwise],
        }
    }

    /// The same, to change them.
    pub fn children_mut(&mut self) -> Vec<&mut Self> {
        match &mut self.node {
            Node::Literal(_) | Node::Slot(_) | Node::Column { .. } | Node::Context(_) | Node::Env(_) => {
                Vec::new()
            }
            Node::RowColumn { row: inner, .. }
            | Node::Member { record: inner, .. }
            | Node::Not(inner)
            | Node::Negate(inner)
            | Node::IsNull(inner)
            | Node::Convert(inner)
            | Node::Project { row: inner, .. }
            | Node::Refine { value: inner, .. } => vec![inner],
            Node::And(parts) | Node::Or(parts) | Node::Concat(parts) | Node::List(parts) => {
                parts.iter_mut().collect()
            }
            Node::Call(_, parts) | Node::Record(_, parts) => parts.iter_mut().collect(),
            Node::Compare(_, left, right)
            | Node::Arithmetic(_, left, right)
            | Node::Coalesce(left, right) => {
                vec![left, right]
            }
            Node::In(item, list) => std::iter::once(&mut **item).chain(list).collect(),
            Node::Contains { list, item } => vec![list, item],
            Node::Sign { claims, life, .. } => {
                claims.iter_mut().map(|(_, it)| it).chain([&mut **life]).collect()
            }
            Node::If { condition, then, otherwise } => vec![condition, then, otherwise],
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
}

/// Something about the call that is not an input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Context {
    /// The row of the caller, of [`crate::Program::actor`]; null without one.
    Actor,
    /// The value of the caller's `role`; null without one.
    Role,
    /// The caller's tenant; null without one.
    Tenant,
    /// The door's name: `http`, `mcp`, `cli`.
    Door,
    /// The id of the request.
    RequestId,
    /// The address of the caller; null in process.
    RequestIp,
    /// In `auth`: what the caller presented.
    Credential,
    /// In `auth`: a claim, parsed as the type of the expression; a failure is 401.
    Claim(SmolStr),
}

/// Equality and order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Compare {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
}

/// Arithmetic, by kind of operand so that nothing is chosen while it runs. A result that does not
/// fit, and a division by zero, raise `Invalid("", …)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Arithmetic {
    /// What is done.
    pub operator: Operator,
    /// To what.
    pub on: Operands,
}

/// `+ - * / %`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Operator {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`: of ints, towards zero.
    Divide,
    /// `%`: sign of the left side.
    Remainder,
}

/// Kinds of operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Operands {
    /// Two ints.
    Int,
    /// Two floats.
    Float,
    /// Two decimals; a product has the sum of the scales.
    Decimal,
    /// An instant and a duration.
    InstantDuration,
    /// Two instants; their difference is a duration.
    Instants,
    /// Two durations.
    Durations,
    /// A date and a duration of whole days.
    DateDuration,
}
