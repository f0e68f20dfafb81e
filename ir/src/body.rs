//! What an operation does: statements in order, each verb one statement with a slot for its result.
//!
//! Statements and their slots make effects visible: everything between two of them is a pure
//! expression. Every query carries its guard, which already is the row rules, the tenant and the
//! column rules for this operation; nothing else in the runtime decides who may see a row.
mod query;

use crate::Id;
use crate::channel::Channel;
use crate::entity::{Column, Entity, Side};
use crate::expr::{Expr, Pattern, Slot};
use crate::fault::Fault;
use crate::job::Job;
use crate::operation::Operation;
use crate::resource::{Resource, UpstreamCall};
use crate::types::Type;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

pub use query::{Fetch, Filter, Groups, Paging, Query, Select, Sort, SortChoice};

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
    /// Goes on only if every key of an entity that stands inside a value names a row that is found.
    Keys {
        /// The value; its type says where keys stand in it.
        value: Expr,
        /// Which rows: its guard is who may see which.
        select: Select,
        /// Else this.
        otherwise: Raise,
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
    /// Does the same for each row that a query finds, so many at a time; each lot is committed.
    ForRows {
        /// The row.
        slot: Slot,
        /// Which rows.
        query: Query,
        /// How many at a time.
        batch: u32,
        /// What is done.
        block: Vec<Statement>,
    },
    /// Chooses by a value.
    Match {
        /// What is looked at.
        subject: Expr,
        /// Tried in order.
        arms: Vec<Arm>,
        /// Where none fits; none where the arms are exhaustive.
        otherwise: Option<Vec<Statement>>,
    },
    /// Adds a row, or changes the one that is there.
    Upsert {
        /// Holds the row as it is afterwards.
        slot: Option<Slot>,
        /// The row where it is not there.
        create: Create,
        /// The columns that tell whether it is there; a key or a unique.
        by: Vec<Id<Column>>,
        /// Over the row that is there: whether the caller may see it; else the values are told to be
        /// taken, as a creation tells it.
        guard: Expr,
        /// Columns that read as null where their condition does not hold.
        masks: Vec<(Id<Column>, Expr)>,
        /// What changes where it is, over slots and the row's columns; none leaves it as it is.
        update: Option<Update>,
    },
    /// Runs another operation in this transaction, as this caller.
    Call {
        /// Holds its output.
        slot: Option<Slot>,
        /// The operation.
        operation: Id<Operation>,
        /// Its inputs, one each, in order.
        arguments: Vec<Expr>,
        /// Raised instead of its own errors.
        otherwise: Option<Raise>,
    },
    /// Calls an upstream.
    Request {
        /// Holds the answer.
        slot: Option<Slot>,
        /// The resource.
        resource: Id<Resource>,
        /// Which of its calls.
        call: Id<UpstreamCall>,
        /// Its parameters, one each, in order.
        arguments: Vec<Expr>,
        /// Holds what went wrong, for `otherwise`: a record of `status`, `message` and `body`.
        failure: Slot,
        /// Raised when it goes wrong; without it `Unavailable`.
        otherwise: Option<Raise>,
    },
    /// Puts a job into its queue, in this transaction.
    Enqueue {
        /// The job.
        job: Id<Job>,
        /// Its parameters, one each, in order.
        arguments: Vec<Expr>,
    },
    /// Sends a message to those who listen, after the commit.
    Emit {
        /// The channel.
        channel: Id<Channel>,
        /// Its parameters, one each, in order.
        arguments: Vec<Expr>,
        /// The message.
        message: Expr,
    },
    /// Sends a letter, after the commit.
    Send {
        /// The mail resource.
        resource: Id<Resource>,
        /// Who gets it.
        to: Expr,
        /// What it is about.
        subject: Expr,
        /// What it says.
        text: Expr,
        /// The same as HTML.
        html: Option<Expr>,
    },
    /// Makes a URL at which a stored file can be had.
    Link {
        /// Holds the URL.
        slot: Slot,
        /// The file.
        file: Expr,
        /// How long the URL holds; none for as long as the file.
        life: Option<Expr>,
    },
    /// Reads a stored file.
    ReadFile {
        /// Holds its bytes.
        slot: Slot,
        /// The file.
        file: Expr,
        /// Raised when the bytes are gone.
        otherwise: Option<Raise>,
    },
    /// Says how far the work is.
    Progress {
        /// How much is done.
        done: Expr,
        /// Of how much.
        total: Expr,
        /// What is going on.
        text: Option<Expr>,
    },
    /// Ends the operation with its output.
    Return(Option<Expr>),
}

impl Statement {
    /// The blocks directly inside.
    pub fn blocks(&self) -> Vec<&[Self]> {
        match self {
            Self::If { then, otherwise, .. } => vec![then, otherwise],
            Self::For { block, .. } | Self::ForRows { block, .. } => vec![block],
            Self::Match { arms, otherwise, .. } => {
                arms.iter().map(|arm| &arm.block).chain(otherwise).map(Vec::as_slice).collect()
            }
            Self::Let { .. }
            | Self::Read { .. }
            | Self::Create { .. }
            | Self::Update { .. }
            | Self::UpdateWhere { .. }
            | Self::Delete { .. }
            | Self::DeleteWhere { .. }
            | Self::Keys { .. }
            | Self::Require { .. }
            | Self::Upsert { .. }
            | Self::Call { .. }
            | Self::Request { .. }
            | Self::Enqueue { .. }
            | Self::Emit { .. }
            | Self::Send { .. }
            | Self::Link { .. }
            | Self::ReadFile { .. }
            | Self::Progress { .. }
            | Self::Return(_) => Vec::new(),
        }
    }

    /// Whether it itself changes rows, its blocks left out.
    pub const fn writes(&self) -> bool {
        matches!(
            self,
            Self::Create { .. }
                | Self::Update { .. }
                | Self::UpdateWhere { .. }
                | Self::Delete { .. }
                | Self::DeleteWhere { .. }
                | Self::Upsert { .. }
                | Self::Enqueue { .. }
        )
    }
}

/// One arm of a `match`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Arm {
    /// Any of these.
    pub patterns: Vec<Pattern>,
    /// What is done.
    pub block: Vec<Statement>,
}

/// Ends the operation with an error; what it wrote is undone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Raise {
    /// The error.
    pub fault: Id<Fault>,
    /// Its payload. For `Invalid`: the field's name and the text.
    pub arguments: Vec<Expr>,
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
    /// Rows that are added with it.
    pub nested: Vec<Nested>,
}

/// Rows on the far side of a relation that are added with the row they point to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Nested {
    /// Which far side of the row.
    pub side: Id<Side>,
    /// A list with an item for each row.
    pub items: Expr,
    /// How a row is made of an item, which is [`Node::Element`](crate::expr::Node) 0; the column that
    /// points back is not among its values.
    pub create: Create,
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
    /// Whether it is set at all: of a patch, where the patch names it.
    pub when: Option<Expr>,
}

impl Assign {
    /// A value that is always set.
    pub const fn new(column: Id<Column>, value: Expr) -> Self {
        Self { column, value, when: None }
    }
}
