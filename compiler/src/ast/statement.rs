//! The steps of a body.
use super::{Expr, Literal, Name, Text};
use crate::report::Span;

/// `{ … }`: steps in order.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// The steps.
    pub statements: Vec<Statement>,
    /// With the braces.
    pub at: Span,
}

/// One step.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// Which.
    pub kind: StatementKind,
    /// The place.
    pub at: Span,
}

/// The forms of a step.
#[derive(Debug, Clone, PartialEq)]
pub enum StatementKind {
    /// `let name = value`
    Let {
        /// The new name.
        name: Name,
        /// Its value.
        value: Expr,
    },
    /// `require condition else Error`
    Require {
        /// What must hold.
        condition: Expr,
        /// The error otherwise; a hole where it is missing.
        otherwise: Expr,
    },
    /// `if … { … } else if … { … } else { … }`
    If {
        /// Tried in order; at least one.
        branches: Vec<IfBranch>,
        /// What happens where none holds.
        otherwise: Option<Block>,
    },
    /// `for x in list { … }`
    For {
        /// The element's name.
        element: Name,
        /// The list.
        list: Expr,
        /// What happens for each.
        body: Block,
    },
    /// `return`, `return value`
    Return(Option<Expr>),
    /// A verb or a `match` for its effect.
    Do(Expr),
    /// Not a step; reported by the parser.
    Stray,
}

/// A condition with what happens where it holds.
#[derive(Debug, Clone, PartialEq)]
pub struct IfBranch {
    /// The condition.
    pub condition: Expr,
    /// What happens.
    pub body: Block,
}

/// `match x { paid => … else => … }`, as a step or as a value.
#[derive(Debug, Clone, PartialEq)]
pub struct Matching {
    /// What is looked at.
    pub subject: Expr,
    /// Tried in order.
    pub arms: Vec<MatchArm>,
}

/// `refunded, cancelled => …`
#[derive(Debug, Clone, PartialEq)]
pub struct MatchArm {
    /// Any of these; at least one.
    pub patterns: Vec<Pattern>,
    /// What then; a stray arm has a hole here and is reported by the parser.
    pub body: ArmBody,
    /// The place.
    pub at: Span,
}

impl MatchArm {
    /// What it yields, where it is no steps.
    pub const fn value(&self) -> Option<&Expr> {
        match &self.body {
            ArmBody::Value(value) => Some(value),
            ArmBody::Block(_) => None,
        }
    }
}

/// What an arm does or yields.
#[derive(Debug, Clone, PartialEq)]
pub enum ArmBody {
    /// A value, or one verb for its effect.
    Value(Expr),
    /// Steps.
    Block(Block),
}

/// What an arm asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern {
    /// Which.
    pub kind: PatternKind,
    /// The place.
    pub at: Span,
}

/// The forms of a pattern.
#[derive(Debug, Clone, PartialEq)]
pub enum PatternKind {
    /// A value of an enum, or a type of a union.
    Name(Name),
    /// A number, a truth value, `null`.
    Literal(Literal),
    /// A text.
    Text(Text),
    /// `else`
    Else,
}
