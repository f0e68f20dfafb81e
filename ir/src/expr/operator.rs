//! What expressions do and ask about: operators, list functions, patterns, facts of the call.
use crate::value::Literal;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

/// A function over a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum ListFunction {
    /// How many; with `each`, for how many it holds.
    Count,
    /// Their sum, 0 of none.
    Sum,
    /// The least; null of none.
    Min,
    /// The largest; null of none.
    Max,
    /// The mean; null of none.
    Avg,
    /// Whether `each` holds for one.
    Any,
    /// Whether `each` holds for all.
    All,
    /// `each` of every item.
    Map,
    /// The items for which `each` holds.
    Filter,
    /// Each different value once, first come first.
    Distinct,
    /// In order of `each`, least first.
    Sort,
    /// In order of `each`, largest first.
    SortDescending,
    /// The first so many.
    Take,
    /// The texts, with another one between.
    Join,
}

/// What an arm of a `match` asks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Pattern {
    /// A value, null included.
    Literal(Literal),
    /// A member of a union, by its position.
    Variant(u32),
}

/// A fact about a stored file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FilePart {
    /// Its name.
    Name,
    /// Its bytes.
    Size,
    /// Its media type.
    Type,
    /// Its SHA-256 digest, in lower-case hex digits.
    Digest,
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
    /// In `auth`: a header of the request by its lower-case name; null without it.
    Header(SmolStr),
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
    /// A duration and how often it is taken, or into how many parts it is cut.
    DurationInt,
}
