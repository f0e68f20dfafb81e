//! What callers see of a service, and its tables: a canonical, versioned description that is committed
//! beside the service file as `quater.lock`, and the rules that tell which of its changes break somebody.
mod allowance;
mod compare;
mod envelope;
mod make;
mod parse;
mod print;
mod report;
mod shape;
mod split;
mod storage;
mod stored;
mod surface;

pub use compare::{Change, Grade, Subject, compare};
pub use envelope::{Envelope, Route};
pub use make::contract;
pub use parse::{Unreadable, parse};
pub use print::print;
pub use quater_ir::access_report::Access;
pub use report::{Verdict, is_break, judge};
pub use shape::{Files, Range, Scalar, Shape};
pub use storage::storage;

use quater_ir::entity::OnDelete;
use quater_ir::operation::Doors;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};

/// The name of the file that holds a contract.
pub const FILE: &str = "quater.lock";

/// The version of the form that a contract is written in.
pub const FORMAT: u32 = 4;

/// The first form that says of what shape columns are. One before tells of them what the database holds.
const SHAPED: u32 = 3;

/// The first form that says how many rows may point to one.
const BOUNDED: u32 = 4;

/// The first form that says where the documentation is.
const DOCUMENTED: u32 = 4;

/// The oldest form that is read.
const OLDEST: u32 = 2;

/// Everything that somebody outside may rely on. All of it is sorted by name, so that the order of the
/// service file does not show.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    /// [`FORMAT`] at the time of writing; an earlier one as long as it is not written again.
    pub lock: u32,
    /// The service as a whole.
    pub service: Service,
    /// Ways to sign in.
    pub auths: BTreeMap<SmolStr, Auth>,
    /// What can be called.
    pub operations: BTreeMap<SmolStr, Operation>,
    /// What can be listened to.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub channels: BTreeMap<SmolStr, Channel>,
    /// Work that may be waiting in a queue.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub jobs: BTreeMap<SmolStr, Job>,
    /// Paths under which there are files.
    #[serde(rename = "static", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub assets: BTreeMap<SmolStr, Assets>,
    /// Records that inputs, outputs, errors and columns are made of; one that has no name in the file has that
    /// of the place where it stands, with a dot in it.
    pub types: BTreeMap<SmolStr, BTreeMap<SmolStr, Member>>,
    /// Enums by their members.
    pub enums: BTreeMap<SmolStr, BTreeSet<SmolStr>>,
    /// Members of enums that had another name, each with the one before.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub renamed: BTreeMap<SmolStr, BTreeMap<SmolStr, SmolStr>>,
    /// Unions by their members, which are types of their own.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub unions: BTreeMap<SmolStr, BTreeSet<SmolStr>>,
    /// Errors that operations end with.
    pub errors: BTreeMap<SmolStr, Fault>,
    /// Tables by their names.
    pub tables: BTreeMap<SmolStr, Table>,
}

/// What holds for every call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// Its name.
    pub name: SmolStr,
    /// Its version.
    pub version: u32,
    /// Host names that it answers to.
    pub hosts: BTreeSet<SmolStr>,
    /// Origins that may call from a browser.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub cors: BTreeSet<SmolStr>,
    /// How often all of it may be called.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub limits: BTreeSet<Limit>,
    /// Its own form of errors; none for problem details.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errors: Option<Envelope>,
    /// Most bytes of a request body.
    pub body: u64,
    /// Most bytes of a file that does not say its own most.
    pub upload: u64,
    /// Where its documentation is, with the contract at `/openapi.json`; none where both are off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub docs: Option<SmolStr>,
    /// Whether members that nothing knows are passed over.
    pub ignores_unknown_members: bool,
    /// Whether decimals are numbers instead of texts.
    pub decimals_are_numbers: bool,
}

/// A way to sign in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Auth {
    /// Where it counts.
    pub on: Doors,
    /// What carries a credential: the scheme word of the `Authorization` header, `header x`, `cookie x`.
    pub scheme: SmolStr,
    /// What a credential is.
    pub proof: Proof,
    /// Signatures that are taken, where it is a token.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub algorithms: BTreeSet<SmolStr>,
}

/// What a credential is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// A JSON web token.
    Jwt,
    /// A text that is looked up.
    Opaque,
    /// A name and a password.
    Password,
    /// A JSON web token of an issuer that is asked for its keys.
    Oauth,
}

/// An operation that has a door.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operation {
    /// Who may call it: any of these.
    pub access: BTreeSet<Access>,
    /// Its routes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub http: BTreeMap<SmolStr, Route>,
    /// Names of its tools.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub mcp: BTreeSet<SmolStr>,
    /// URIs of its MCP resources.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub resources: BTreeSet<SmolStr>,
    /// Names of its MCP prompts.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub prompts: BTreeSet<SmolStr>,
    /// Its commands.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub cli: BTreeSet<String>,
    /// What it takes.
    pub inputs: BTreeMap<SmolStr, Input>,
    /// What it gives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Shape>,
    /// Errors that it can end with.
    pub errors: BTreeSet<SmolStr>,
    /// How often it may be called.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub limits: BTreeSet<Limit>,
    /// Whether a caller's key gives the first result again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub idempotent: bool,
    /// Which calls wait for somebody to agree.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
    /// That it is on its way out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<Deprecated>,
}

/// How often something may be called.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// Counted for whom: `actor`, `ip` or `tenant`.
    pub per: SmolStr,
    /// How many times.
    pub count: u32,
    /// In how many milliseconds.
    pub window: u64,
}

/// Which calls wait, and for whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// Who may agree: any of these.
    pub by: BTreeSet<Access>,
    /// Which calls wait; none for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// How long a call waits, in milliseconds.
    pub within: u64,
}

/// That something is on its way out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deprecated {
    /// The day after which it may be gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sunset: Option<SmolStr>,
    /// What to use instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instead: Option<SmolStr>,
}

/// Messages to those who listen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Channel {
    /// Who may listen: any of these.
    pub access: BTreeSet<Access>,
    /// Where it is listened to.
    pub path: SmolStr,
    /// By which protocols: `ws`, `sse`.
    pub via: BTreeSet<SmolStr>,
    /// What a listener gives.
    pub inputs: BTreeMap<SmolStr, Input>,
    /// Changes that are told: `Order created`.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub on: BTreeSet<SmolStr>,
    /// What is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sends: Option<Shape>,
    /// What listeners may send.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receives: Option<Shape>,
    /// Errors that listening, and sending, can end with.
    pub errors: BTreeSet<SmolStr>,
    /// How often somebody may begin to listen.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub limits: BTreeSet<Limit>,
    /// That it is on its way out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deprecated: Option<Deprecated>,
}

/// Work in the background: what waits in a queue was written by an earlier version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Job {
    /// What is kept of each.
    pub inputs: BTreeMap<SmolStr, Member>,
}

/// Files under a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assets {
    /// Whether a path without a file gives the index page.
    pub spa: bool,
}

/// One input of an operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Its type.
    #[serde(rename = "type")]
    pub shape: Shape,
    /// Where an HTTP request carries it: `path`, `query`, `member`, `body`, `header x`, `cookie x`.
    pub place: String,
    /// Whether it must be given.
    pub required: bool,
    /// What stands in when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
}

/// One member of a record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Member {
    /// Its type.
    #[serde(rename = "type")]
    pub shape: Shape,
    /// Whether an input must give it.
    pub required: bool,
    /// What stands in when an input leaves it out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
}

/// An error.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Its HTTP status.
    pub status: u16,
    /// What it carries.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub data: BTreeMap<SmolStr, Member>,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// The column of its primary key.
    pub key: SmolStr,
    /// Its columns.
    pub columns: BTreeMap<SmolStr, Column>,
    /// Sets of columns without duplicates.
    pub uniques: BTreeSet<Vec<SmolStr>>,
    /// Columns that point to other tables.
    pub relations: BTreeMap<SmolStr, Relation>,
    /// Indexes beside those of keys, uniques and relations, as in `customer, created desc`.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub indexes: BTreeSet<SmolStr>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// What is stored, with its bounds.
    #[serde(rename = "type")]
    pub shape: Shape,
    /// The only texts it may hold; empty where it may hold any.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub one_of: BTreeSet<SmolStr>,
    /// What a row gets that is made without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// Its name before it was renamed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<SmolStr>,
    /// Whether rows that were there before it get a value that is said beside the default.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub backfilled: bool,
    /// Texts that were others before, each with the one that it was.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub were: BTreeMap<SmolStr, SmolStr>,
}

impl Column {
    /// Whether rows that were there before it have nothing in it.
    pub(super) const fn is_empty_at_first(&self) -> bool {
        self.default.is_none() && !self.backfilled
    }
}

/// A column that points to another table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Relation {
    /// The other table.
    pub table: SmolStr,
    /// What happens when the other row goes.
    pub on_delete: OnDelete,
    /// How many rows may point to one there; none for any number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most: Option<u32>,
}
