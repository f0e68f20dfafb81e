//! What a service can do.
use crate::Id;
use crate::body::{Body, Statement};
use crate::channel::Channel;
use crate::entity::Entity;
use crate::expr::{Expr, Slot};
use crate::fault::Fault;
use crate::job::Job;
use crate::lifecycle::Lifecycle;
use crate::native::RustBody;
use crate::resource::{Resource, UpstreamCall};
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
    /// Since when it is there, and whether it is on its way out.
    pub lifecycle: Lifecycle,
    /// How often it may be called.
    pub limits: Vec<Limit>,
    /// Whether a caller's key gives the first result again.
    pub idempotent: bool,
    /// Which calls wait for somebody to agree.
    pub approval: Option<Approval>,
    /// Longest run in milliseconds; none for the service's own.
    pub timeout: Option<u64>,
    /// How long an answer may be used again, in milliseconds.
    pub cache: Option<u64>,
    /// Whether its answers over HTTP may be compressed: nothing in them is secret.
    pub compress: bool,
    /// Why calls leave no audit record, where they leave none.
    pub unaudited: Option<String>,
    /// What it does.
    pub body: Body,
    /// The body is written in Rust.
    pub rust: Option<RustBody>,
    /// What it touches.
    pub effects: Effects,
    /// Secrets that it shows on purpose.
    pub reveals: Vec<Reveal>,
    /// Every error that it can end with, in the order of the table, the protocol's own left out.
    pub faults: Vec<Id<Fault>>,
}

impl Operation {
    /// One that nobody may call and that does nothing.
    pub const fn new(name: SmolStr, docs: String) -> Self {
        Self {
            name,
            docs,
            inputs: Vec::new(),
            output: None,
            doors: Doors::NONE,
            access: Vec::new(),
            lifecycle: Lifecycle { since: None, deprecated: None },
            limits: Vec::new(),
            idempotent: false,
            approval: None,
            timeout: None,
            cache: None,
            compress: false,
            unaudited: None,
            body: Body { slots: Vec::new(), prelude: 0, block: Vec::new() },
            rust: None,
            effects: Effects::NONE,
            reveals: Vec::new(),
            faults: Vec::new(),
        }
    }
}

impl Operation {
    /// Whether it tells how far a call has come.
    pub fn progresses(&self) -> bool {
        self.effects.progress || self.rust.as_ref().is_some_and(|rust| rust.progress)
    }
}

/// How often something may be done; counted by the generic cell rate algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// How many times.
    pub count: u32,
    /// In how many milliseconds.
    pub window: u64,
    /// Counted for whom.
    pub per: LimitPer,
}

/// For whom a limit counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LimitPer {
    /// For each caller; by address where there is none.
    Actor,
    /// For each address.
    Ip,
    /// For each tenant; by address where there is none.
    Tenant,
}

/// Which calls wait, and for whom.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Approval {
    /// Who may agree: any one of these suffices; never the caller.
    pub by: Vec<Access>,
    /// Over inputs and the caller: which calls wait; none for all.
    pub condition: Option<Expr>,
    /// How long a call waits, in milliseconds.
    pub within: u64,
    /// What happens when a call begins to wait.
    pub on_waiting: Vec<Statement>,
}

/// What may be done to a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Act {
    /// Read it.
    Read,
    /// Create it.
    Create,
    /// Change it.
    Update,
    /// Delete it.
    Delete,
}

impl Act {
    /// Its word in a rule.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }
}

/// A secret that is shown on purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reveal {
    /// What is shown, as it is written.
    pub what: String,
    /// Why.
    pub reason: String,
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
    /// As a part of a multipart body (RFC 7578), because there is a file among the members.
    Part,
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
    /// Channels.
    #[serde(default)]
    pub socket: bool,
}

impl Doors {
    /// Every door.
    pub const ALL: Self = Self { http: true, mcp: true, cli: true, socket: true };

    /// No door.
    pub const NONE: Self = Self { http: false, mcp: false, cli: false, socket: false };

    /// Whether the set has a door.
    pub const fn has(self, door: Door) -> bool {
        match door {
            Door::Http => self.http,
            Door::Mcp => self.mcp,
            Door::Cli => self.cli,
            Door::Socket => self.socket,
            Door::Job => false,
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
    /// A channel.
    Socket,
    /// The background, where there is no caller.
    Job,
}

impl Door {
    /// Every door through which an operation can be called.
    pub const ALL: [Self; 3] = [Self::Http, Self::Mcp, Self::Cli];

    /// Its name, as `door` has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Mcp => "mcp",
            Self::Cli => "cli",
            Self::Socket => "socket",
            Self::Job => "job",
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
    /// Operations it calls; what they touch is counted here too.
    pub invokes: Vec<Id<Operation>>,
    /// Upstream calls it makes.
    pub requests: Vec<(Id<Resource>, Id<UpstreamCall>)>,
    /// Jobs it enqueues.
    pub enqueues: Vec<Id<Job>>,
    /// Channels it sends to.
    pub emits: Vec<Id<Channel>>,
    /// Mail servers it sends letters by.
    pub mails: Vec<Id<Resource>>,
    /// Places whose files it reads or links to.
    pub reads_files: Vec<Id<Resource>>,
    /// Whether it reports progress.
    pub progress: bool,
    /// Whether it makes or verifies a password hash, which takes tens of milliseconds.
    pub hashes: bool,
    /// Whether it holds rows.
    pub locks: bool,
}

impl Effects {
    /// Nothing at all.
    pub const NONE: Self = Self {
        reads: Vec::new(),
        creates: Vec::new(),
        updates: Vec::new(),
        deletes: Vec::new(),
        invokes: Vec::new(),
        requests: Vec::new(),
        enqueues: Vec::new(),
        emits: Vec::new(),
        mails: Vec::new(),
        reads_files: Vec::new(),
        progress: false,
        hashes: false,
        locks: false,
    };

    /// Whether it changes anything.
    pub fn writes(&self) -> bool {
        !(self.creates.is_empty()
            && self.updates.is_empty()
            && self.deletes.is_empty()
            && self.enqueues.is_empty())
    }

    /// Whether it changes rows or holds them.
    pub fn holds(&self) -> bool {
        self.writes() || self.locks
    }

    /// Whether it reaches beyond this service.
    pub fn leaves(&self) -> bool {
        !(self.requests.is_empty() && self.mails.is_empty())
    }
}
