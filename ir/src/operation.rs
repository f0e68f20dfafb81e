//! What a service can do.
use crate::Id;
use crate::body::Body;
use crate::entity::Entity;
use crate::expr::{Expr, Slot};
use crate::fault::Fault;
use crate::types::Type;
use crate::value::Literal;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

/// One operation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Operation {
    /// Its name.
    pub name: SmolStr,
    /// What it is for: first line a summary.
    pub docs: String,
    /// Its inputs.
    pub inputs: Vec<Input>,
    /// What it gives; none for nothing.
    pub output: Option<Type>,
    /// Where it can be called.
    pub doors: Doors,
    /// Who may call it: any one of these suffices.
    pub access: Vec<Access>,
    /// What it does.
    pub body: Body,
    /// What it touches.
    pub effects: Effects,
    /// Every error that it can end with, in the order of the table, the protocol's own left out.
    pub faults: Vec<Id<Fault>>,
}

/// One input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Input {
    /// Its name, on the wire too.
    pub name: SmolStr,
    /// What it is for.
    pub docs: String,
    /// Its type on the wire; a row is given by its key.
    pub ty: Type,
    /// What stands in when it is left out; without one, a type that is not optional is required.
    pub default: Option<Expr>,
    /// Whether it may never be shown.
    pub secret: bool,
    /// Where an HTTP request carries it.
    pub place: Place,
    /// Where the body finds it.
    pub slot: Slot,
}

/// Where an HTTP request carries an input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Place {
    /// In the path.
    Path,
    /// In the query.
    Query,
    /// As a member of the JSON body.
    Member,
    /// As the whole JSON body.
    Body,
    /// In a header, by its lower-case name.
    Header(SmolStr),
    /// In a cookie, by its name.
    Cookie(SmolStr),
}

/// A set of doors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doors {
    /// HTTP.
    pub http: bool,
    /// MCP.
    pub mcp: bool,
    /// The command line.
    pub cli: bool,
}

impl Doors {
    /// Every door.
    pub const ALL: Self = Self { http: true, mcp: true, cli: true };

    /// Whether the set has a door.
    pub const fn has(self, door: Door) -> bool {
        match door {
            Door::Http => self.http,
            Door::Mcp => self.mcp,
            Door::Cli => self.cli,
        }
    }
}

/// A way in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Door {
    /// HTTP.
    Http,
    /// The Model Context Protocol.
    Mcp,
    /// The command line.
    Cli,
}

impl Door {
    /// Every door.
    pub const ALL: [Self; 3] = [Self::Http, Self::Mcp, Self::Cli];

    /// Its name, as `door` has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Mcp => "mcp",
            Self::Cli => "cli",
        }
    }
}

/// One `allow` of an operation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Access {
    /// Anyone; a bad credential is refused all the same.
    Public,
    /// Anyone with a good credential.
    SignedIn,
    /// Those of these roles.
    Role(Vec<Literal>),
    /// Those for whom a condition over the caller holds.
    When(Expr),
}

/// What an operation touches; inferred.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effects {
    /// Entities it reads.
    pub reads: Vec<Id<Entity>>,
    /// Entities it adds to.
    pub creates: Vec<Id<Entity>>,
    /// Entities it changes.
    pub updates: Vec<Id<Entity>>,
    /// Entities it deletes from.
    pub deletes: Vec<Id<Entity>>,
    /// Whether it makes or verifies a password hash, which takes tens of milliseconds.
    pub hashes: bool,
    /// Whether it holds rows.
    pub locks: bool,
}

impl Effects {
    /// Whether it changes anything.
    pub fn writes(&self) -> bool {
        !(self.creates.is_empty() && self.updates.is_empty() && self.deletes.is_empty())
    }
}
