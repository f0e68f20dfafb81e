//! What an operation does: statements in order, each verb one statement with a slot for its result.
//!
//! Statements and their slots make effects visible: everything between two of them is a pure
//! expression. Every query carries its guard, which already is the row rules, the tenant and the
//! column rules for this operation; nothing else in the runtime decides who may see a row.
use crate::Id;
use crate::entity::{Column, Entity};
use crate::expr::{Expr, Slot};
use crate::fault::Fault;
use crate::types::{Record, Type};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

/// The code of an operation or of a test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Body {
    /// One entry a slot, inputs first.
    pub slots: Vec<SlotInfo>,
    /// How many of the first statements touch no database.
    pub prelude: usize,
    /// The statements.
    pub block: Vec<Statement>,
}

/// What a slot is for; read by generators and traces.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SlotInfo {
    /// The name in the file, or one the compiler made.
    pub name: SmolStr,
    /// The type of its values.
    pub ty: Type,
}

/// One statement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Statement {
    /// Gives a slot a value.
    Let {
        /// The slot.
        slot: Slot,
        /// Its value.
        value: Expr,
    },
    /// Reads, and gives a slot the result.
    Read {
        /// The slot.
        slot: Slot,
        /// What is read.
        query: Query,
        /// Raised by [`Fetch::One`] without a row; without it the slot becomes null.
        otherwise: Option<Raise>,
    },
    /// Adds a row; the slot, if any, holds it as written.
    Create {
        /// The slot.
        slot: Option<Slot>,
        /// What is added.
        create: Create,
    },
    /// Changes the row in a slot, which then holds it as written.
    Update {
        /// The slot; null in it means there is nothing to change, which raises `NotFound`.
        row: Slot,
        /// What changes.
        update: Update,
    },
    /// Changes every row that a condition finds; the slot, if any, holds their count.
    UpdateWhere {
        /// The slot.
        slot: Option<Slot>,
        /// Which rows: its guard already joins what may be seen and what may be changed.
        select: Select,
        /// What changes.
        update: Update,
    },
    /// Deletes the row in a slot.
    Delete {
        /// The slot.
        row: Slot,
        /// The entity.
        entity: Id<Entity>,
        /// Over the row: whether the caller may delete it; else `Forbidden`.
        permit: Expr,
    },
    /// Deletes every row that a condition finds; the slot, if any, holds their count.
    DeleteWhere {
        /// The slot.
        slot: Option<Slot>,
        /// Which rows: its guard already joins what may be seen and what may be deleted.
        select: Select,
        /// Raised when no row was found.
        otherwise: Option<Raise>,
    },
    /// Goes on only if a condition holds.
    Require {
        /// The condition; null counts as false.
        condition: Expr,
        /// Else this.
        otherwise: Raise,
    },
    /// Chooses.
    If {
        /// The condition; null counts as false.
        condition: Expr,
        /// Where it holds.
        then: Vec<Statement>,
        /// Where it does not.
        otherwise: Vec<Statement>,
    },
    /// Does the same for each item, in order.
    For {
        /// The item.
        slot: Slot,
        /// The list.
        list: Expr,
        /// What is done.
        block: Vec<Statement>,
    },
    /// Ends the operation with its output.
    Return(Option<Expr>),
}

/// Ends the operation with an error; what it wrote is undone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Raise {
    /// The error.
    pub fault: Id<Fault>,
    /// Its payload. For `Invalid`: the field's name and the text.
    pub arguments: Vec<Expr>,
}

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
    /// The order; ties break on the key.
    pub sort: Vec<Sort>,
    /// Most rows.
    pub take: Option<u32>,
}

/// One step of an order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sort {
    /// The column.
    pub column: Id<Column>,
    /// Largest first.
    pub descending: bool,
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
}

/// Adds a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Create {
    /// The entity.
    pub entity: Id<Entity>,
    /// Values for columns; the compiler has added defaults and the tenant. Columns not named are null,
    /// and a key that the runtime or the database makes is not named.
    pub values: Vec<Assign>,
    /// Over the row as written: whether the caller may create it; else `Forbidden`.
    pub permit: Expr,
    /// Raised instead of a broken constraint's own error.
    pub otherwise: Option<Raise>,
}

/// Changes a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Update {
    /// The entity.
    pub entity: Id<Entity>,
    /// New values, over slots and, in [`Statement::UpdateWhere`], the row's columns.
    pub values: Vec<Assign>,
    /// Over the row: must hold before and after; else `Forbidden`.
    pub permit: Expr,
    /// Raised instead of a broken constraint's own error.
    pub otherwise: Option<Raise>,
}

/// A value for a column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Assign {
    /// The column.
    pub column: Id<Column>,
    /// Its value, already of the column's type.
    pub value: Expr,
}
