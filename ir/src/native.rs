//! Bodies that are written in Rust: what they are given, and the verbs that are all they can do to rows.
//!
//! A verb is a small body of its own, made like the statements of any other: row rules, tenants, column rules
//! and keys stand in it, so nothing of them is left to whoever writes the Rust.
use crate::body::{Body, Statement};
use crate::entity::{Column, Entity};
use crate::expr::Slot;
use crate::fault::Fault;
use crate::operation::{Act, Operation};
use crate::resource::{Resource, UpstreamCall};
use crate::types::{Record, Type};
use crate::{Id, Program};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

/// Most rows that [`Verb::BATCH`] gives at once.
pub const BATCH: u32 = 500;

/// A body that is written in Rust, and what it may touch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RustBody {
    /// Whether it reports progress.
    pub progress: bool,
    /// What it may do to rows.
    pub grants: Vec<Grant>,
    /// Errors that it says it ends with.
    pub fails: Vec<Id<Fault>>,
    /// Inputs that are given as rows.
    pub rows: Vec<GivenRow>,
    /// What it can do to rows, by entity and then by name.
    pub verbs: Vec<Verb>,
    /// The operations that it can call.
    #[serde(default)]
    pub calls: Vec<Id<Operation>>,
    /// The calls of upstreams that it can make.
    #[serde(default)]
    pub requests: Vec<(Id<Resource>, Id<UpstreamCall>)>,
    /// What it can ask whoever calls.
    #[serde(default)]
    pub asks: Vec<Ask>,
    /// Whether it writes lines of a log.
    #[serde(default)]
    pub log: bool,
}

impl RustBody {
    /// Whether rows that it is given keep files.
    pub fn sees_files(&self, program: &Program) -> bool {
        let given = self.rows.iter().map(|row| (row.entity, &row.columns));
        let found = self.verbs.iter().filter_map(|verb| match &verb.gives {
            Gives::Row(columns) | Gives::Rows(columns) => Some((verb.entity, columns)),
            Gives::Nothing | Gives::Key | Gives::Shape(_) => None,
        });
        given.chain(found).any(|(entity, columns)| {
            let all = &program.entities[entity].columns;
            columns.iter().any(|column| matches!(all[*column].ty.required(), Type::File(_)))
        })
    }
}

/// What a body in Rust can ask whoever calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ask {
    /// A person, to fill in a record.
    Form(Id<Record>),
    /// A language model, to go on from a text.
    Model,
    /// Which folders and files it lets others work on.
    Roots,
}

/// What a body in Rust may do to the rows of an entity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// What it may do.
    pub act: Act,
    /// To rows of this entity.
    pub entity: Id<Entity>,
    /// To these columns; none for all.
    pub columns: Vec<Id<Column>>,
}

/// An input that names a row, which is read before the body begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GivenRow {
    /// Which input, by its position.
    pub input: u32,
    /// The slot of the row.
    pub slot: Slot,
    /// The entity.
    pub entity: Id<Entity>,
    /// What of the row is given.
    pub columns: Vec<Id<Column>>,
}

/// One thing that a body in Rust can do to the rows of an entity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verb {
    /// Its name, of which an entity has each once: `find`, `lock_by_sku`, `create`.
    pub name: SmolStr,
    /// The entity.
    pub entity: Id<Entity>,
    /// What it does.
    pub act: Act,
    /// What it is given.
    pub arguments: Vec<Argument>,
    /// What it gives.
    pub gives: Gives,
    /// How it is done; it ends with what it gives, as a value.
    pub body: Body,
}

impl Verb {
    /// Whether it changes rows or holds them, so that nobody must be waited for behind it.
    pub fn holds(&self) -> bool {
        let locks = |it: &Statement| matches!(it, Statement::Read { query, .. } if query.lock);
        self.act != Act::Read || self.body.block.iter().any(locks)
    }

    /// The verb that goes through all rows, so many at a time.
    pub const BATCH: &str = "batch";
}

/// What a verb is given under one name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Argument {
    /// The name.
    pub name: SmolStr,
    /// Its type; [`Type::Row`] for the key of the row that the verb is about.
    pub ty: Type,
    /// Where the verb finds it.
    pub slot: Slot,
    /// Where the verb finds whether it was given; of those without, all must be.
    pub given: Option<Slot>,
    /// The column whose value it is.
    pub column: Id<Column>,
}

/// What a verb gives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Gives {
    /// Nothing.
    Nothing,
    /// The key of the row.
    Key,
    /// These columns of a row, or null where there is none.
    Row(Vec<Id<Column>>),
    /// A list of such.
    Rows(Vec<Id<Column>>),
    /// The row as a projection, or null where there is none.
    Shape(Id<Record>),
}
