//! What reading verbs ask for.
use crate::Id;
use crate::entity::{Column, Entity};
use crate::expr::{Aggregate, Expr, Slot};
use crate::types::{Field, Record};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

/// A reading verb.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Query {
    /// Which rows.
    pub select: Select,
    /// What of them.
    pub fetch: Fetch,
    /// Holds the rows until the transaction ends.
    pub lock: bool,
}

/// Which rows of an entity, in which order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Select {
    /// The entity.
    pub entity: Id<Entity>,
    /// Who may see which row: row rules and tenant, over the row and the caller.
    pub guard: Expr,
    /// Columns that read as null where their condition does not hold.
    pub masks: Vec<(Id<Column>, Expr)>,
    /// Which rows are asked for.
    pub condition: Option<Expr>,
    /// What callers may narrow it by, words that they look for among it.
    pub filters: Vec<Filter>,
    /// The order; ties break on the key.
    pub sort: Vec<Sort>,
    /// Orders that callers may choose instead.
    pub choice: Option<SortChoice>,
    /// Most rows.
    pub take: Option<u32>,
    /// Which part of the rows.
    pub page: Option<Paging>,
}

impl Select {
    /// Every row that a guard lets through.
    pub const fn new(entity: Id<Entity>, guard: Expr) -> Self {
        Self {
            entity,
            guard,
            masks: Vec::new(),
            condition: None,
            filters: Vec::new(),
            sort: Vec::new(),
            choice: None,
            take: None,
            page: None,
        }
    }
}

/// A condition that counts only where the caller gave a value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Filter {
    /// The input; null means that it was not given.
    pub given: Slot,
    /// Over the row and the input.
    pub condition: Expr,
}

/// Orders that callers may choose from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SortChoice {
    /// The input, a member of an enum; null means that it was not given.
    pub given: Slot,
    /// The order that each member stands for.
    pub orders: Vec<(SmolStr, Vec<Sort>)>,
}

/// Which part of the rows a caller gets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paging {
    /// How many where the caller does not say.
    pub usual: u32,
    /// Most that a caller may ask for.
    pub most: u32,
    /// The input that says how many.
    pub limit: Slot,
    /// The input that says where to go on: a cursor, or with `by_offset` how many to pass over.
    pub from: Slot,
    /// Whether the rows are counted and passed over instead of gone on from.
    pub by_offset: bool,
}

/// One step of an order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sort {
    /// Relations to walk first.
    pub via: Vec<Id<Column>>,
    /// The column.
    pub column: Id<Column>,
    /// Over the row: whether the value counts; where it does not, the row stands with those that have
    /// null. None where it always does.
    pub seen: Option<Expr>,
    /// Largest first.
    pub descending: bool,
}

impl Sort {
    /// By a column of the row itself.
    pub const fn by(column: Id<Column>, descending: bool) -> Self {
        Self { via: Vec::new(), column, seen: None, descending }
    }
}

/// What a reading verb gives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Fetch {
    /// The one row, of type [`Type::Row`]; columns not listed here are never looked at.
    One(Vec<Id<Column>>),
    /// A list of rows.
    Many(Vec<Id<Column>>),
    /// The one row as a projection.
    OneShaped(Id<Record>),
    /// A list of projections.
    ManyShaped(Id<Record>),
    /// How many rows there are.
    Count,
    /// Whether there is one.
    Exists,
    /// A page of projections.
    Page(Id<Record>),
    /// A value made of all rows.
    Aggregate(Aggregate, Expr),
    /// A list with a record for each group.
    Groups(Groups),
}

/// Rows that share a value, taken together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Groups {
    /// The value that a group shares, over the row.
    pub key: Expr,
    /// Whether the key is a list, each item of which has a group.
    pub each: bool,
    /// What a group gives; the sources of its members are over [`Node::GroupKey`](crate::expr::Node) and
    /// aggregates.
    pub shape: Id<Record>,
    /// The order of the groups: members of the shape, each with whether the largest comes first.
    pub sort: Vec<(Id<Field>, bool)>,
}
