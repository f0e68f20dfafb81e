//! The far side of a relation inside an expression.
use crate::Id;
use crate::body::Sort;
use crate::entity::{Column, Entity};
use crate::expr::Expr;
use serde::{Deserialize, Serialize};

/// The rows on the far side of a relation, and what is made of them. Its expressions are over those
/// rows; the row at hand is one level up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rows {
    /// How many of these and of [`Node::Related`] further out the row is whose far side this is.
    pub up: u32,
    /// Relations to walk first.
    pub via: Vec<Id<Column>>,
    /// The entity of the rows.
    pub entity: Id<Entity>,
    /// Their column that points back.
    pub by: Id<Column>,
    /// Who may see which of them.
    pub guard: Expr,
    /// Which of them are asked for.
    pub condition: Option<Expr>,
    /// Their order; ties break on the key.
    pub sort: Vec<Sort>,
    /// Most rows.
    pub take: Option<u32>,
    /// What is made of them.
    pub gives: RowsGive,
}

impl Rows {
    /// The expressions inside, all of them over the rows of the far side.
    pub fn children(&self) -> Vec<&Expr> {
        let seen = self.sort.iter().filter_map(|step| step.seen.as_ref());
        std::iter::once(&self.guard).chain(&self.condition).chain(seen).chain(self.gives.each()).collect()
    }

    /// The same, to change them.
    pub fn children_mut(&mut self) -> Vec<&mut Expr> {
        let seen = self.sort.iter_mut().filter_map(|step| step.seen.as_mut());
        let conditions = std::iter::once(&mut self.guard).chain(&mut self.condition);
        conditions.chain(seen).chain(self.gives.each_mut()).collect()
    }
}

impl RowsGive {
    /// What is looked at of each row, if anything is.
    pub const fn each(&self) -> Option<&Expr> {
        match self {
            Self::Aggregate(_, each) => each.as_ref(),
            Self::Any(each) | Self::All(each) | Self::List(each) | Self::Distinct(each) | Self::One(each) => {
                Some(each)
            }
        }
    }

    /// The same, to change it.
    pub const fn each_mut(&mut self) -> Option<&mut Expr> {
        match self {
            Self::Aggregate(_, each) => each.as_mut(),
            Self::Any(each) | Self::All(each) | Self::List(each) | Self::Distinct(each) | Self::One(each) => {
                Some(each)
            }
        }
    }
}

/// What is made of rows on the far side of a relation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum RowsGive {
    /// A value of all of them; the expression is over each row, none for `count`.
    Aggregate(Aggregate, Option<Expr>),
    /// Whether the condition holds for one of them.
    Any(Expr),
    /// Whether the condition holds for all of them.
    All(Expr),
    /// A list with a value for each.
    List(Expr),
    /// A list of different values.
    Distinct(Expr),
    /// The one row, of type [`Type::Row`] or what is made of it; null where there is none.
    One(Expr),
}

/// A function that makes one value of many rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Aggregate {
    /// How many.
    Count,
    /// The sum, 0 of none.
    Sum,
    /// The least; null of none.
    Min,
    /// The largest; null of none.
    Max,
    /// The mean; null of none.
    Avg,
}
