//! Expressions: one tree for rules, bodies, settings and tests.
use rust_decimal::Decimal;
use smol_str::SmolStr;

use super::{Matching, Name, Path, Record, Text, Verb};
use crate::report::Span;

/// An expression as written, without its parentheses.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// Which.
    pub kind: ExprKind,
    /// The place, without parentheses around it.
    pub at: Span,
}

/// The forms of an expression.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    /// `null`, `true`, `7`, `0.5`, `7d`, `5mb`
    Literal(Literal),
    /// `"…"`
    Text(Text),
    /// `/regex/`, without its slashes; stands only as an argument.
    Regex(SmolStr),
    /// `status`
    Name(Name),
    /// `order.customer`
    Field {
        /// What has the member.
        base: Box<Expr>,
        /// The member.
        name: Name,
    },
    /// `xs[i]`
    Index {
        /// A list or a map.
        base: Box<Expr>,
        /// A position or a key.
        index: Box<Expr>,
    },
    /// `name(…)`: a function, an error, or in a projection a relation.
    Call(Call),
    /// `not x`, `-x`
    Unary {
        /// Which.
        op: UnaryOp,
        /// On what.
        operand: Box<Expr>,
    },
    /// `a + b`
    Binary {
        /// Which.
        op: BinaryOp,
        /// Where the operator stands.
        op_at: Span,
        /// On the left.
        left: Box<Expr>,
        /// On the right.
        right: Box<Expr>,
    },
    /// `x is null`, `x is not null`
    IsNull {
        /// What is tested.
        value: Box<Expr>,
        /// Whether `not` was said.
        negated: bool,
    },
    /// `changes has title`
    Has {
        /// A patch.
        value: Box<Expr>,
        /// The member asked for.
        name: Name,
    },
    /// `value else fallback`: an error to fail with, or another value.
    Else {
        /// What may be absent or fail.
        value: Box<Expr>,
        /// What then.
        otherwise: Box<Expr>,
    },
    /// `[a, b]`
    List(Vec<Expr>),
    /// `(a, b)`, two or more.
    Tuple(Vec<Expr>),
    /// `{ a, b: x }`
    Record(Record),
    /// `{ "a": x }`
    Map(Vec<(Expr, Expr)>),
    /// `{ r.kind: r.count for r in rows }`
    MapFor {
        /// The key of each element.
        key: Box<Expr>,
        /// The value of each element.
        value: Box<Expr>,
        /// The element's name.
        element: Name,
        /// The list.
        list: Box<Expr>,
    },
    /// `x => expr`; stands only as an argument.
    Lambda {
        /// The element's name.
        parameter: Name,
        /// What is made of it.
        body: Box<Expr>,
    },
    /// `match x { … }`
    Match(Box<Matching>),
    /// `find Order(id)`, `create User { … }`, …
    Verb(Box<Verb>),
    /// Missing or unreadable; reported by the parser.
    Hole,
}

/// A value that stands for itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Literal {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// `7`
    Int(i64),
    /// `0.50`, with the digits that were written.
    Decimal(Decimal),
    /// `7d`
    Duration {
        /// How many.
        count: u64,
        /// Of what.
        unit: TimeUnit,
    },
    /// `5mb`
    Size {
        /// How many.
        count: u64,
        /// Of what.
        unit: SizeUnit,
    },
}

/// A unit of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeUnit {
    /// `ms`
    Millisecond,
    /// `s`
    Second,
    /// `m`
    Minute,
    /// `h`
    Hour,
    /// `d`
    Day,
    /// `w`
    Week,
}

/// A unit of size; each is 1,024 of the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SizeUnit {
    /// `b`
    Byte,
    /// `kb`
    Kilobyte,
    /// `mb`
    Megabyte,
    /// `gb`
    Gigabyte,
}

/// An operator before its operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnaryOp {
    /// `not`
    Not,
    /// `-`
    Negate,
}

/// An operator between its operands, loosest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinaryOp {
    /// `or`
    Or,
    /// `and`
    And,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `in`
    In,
    /// `not in`
    NotIn,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
}

/// `name(…)`, `resource.name(…)`
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// What is called.
    pub callee: Path,
    /// What stands in the parentheses.
    pub arguments: Vec<Argument>,
    /// With the closing parenthesis.
    pub at: Span,
}

/// One thing between parentheses.
#[derive(Debug, Clone, PartialEq)]
pub struct Argument {
    /// Which.
    pub kind: ArgumentKind,
    /// The place.
    pub at: Span,
}

/// What may stand between parentheses after a name.
#[derive(Debug, Clone, PartialEq)]
pub enum ArgumentKind {
    /// `line.sku`, `lower`, `lines(qty, price)`
    Value(Expr),
    /// `sku: line.sku`, `author: Profile`
    Named {
        /// The parameter or member.
        name: Name,
        /// What it is given; a hole where it is missing.
        value: Expr,
        /// Whether `?` stands behind: in a projection it is null where it may not be seen.
        optional: bool,
    },
    /// `mine = customer == actor`
    Computed {
        /// The new member.
        name: Name,
        /// How it comes about.
        value: Expr,
    },
    /// `phone?`, `owner(name)?`: a member that is null where it may not be read.
    Optional(Expr),
    /// `1..80`, `..5mb`
    Range(Range),
    /// `*`
    Everything,
    /// Not an argument; reported by the parser.
    Stray,
}

/// `low..high`, open where an end is missing; ends are literals, perhaps negated.
#[derive(Debug, Clone, PartialEq)]
pub struct Range {
    /// The least, included.
    pub low: Option<Box<Expr>>,
    /// The most, included.
    pub high: Option<Box<Expr>>,
    /// The place.
    pub at: Span,
}
