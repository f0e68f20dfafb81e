//! What callers see of a service, and its tables: a canonical, versioned description that is committed
//! beside the service file as `quater.lock`, and the rules that tell which of its changes break somebody.
mod compare;
mod expression;
mod make;
mod parse;
mod print;
mod report;
mod shape;
mod split;
mod storage;

pub use compare::{Change, Grade, Subject, compare};
pub(crate) use expression::text_over;
pub(crate) use make::access;
pub use make::contract;
pub use parse::{Unreadable, parse};
pub use print::print;
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
pub const FORMAT: u32 = 1;

/// Everything that somebody outside may rely on. All of it is sorted by name, so that the order of the
/// service file does not show.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contract {
    /// [`FORMAT`] at the time of writing.
    pub lock: u32,
    /// The service as a whole.
    pub service: Service,
    /// Ways to sign in.
    pub auths: BTreeMap<SmolStr, Auth>,
    /// What can be called.
    pub operations: BTreeMap<SmolStr, Operation>,
    /// Records that inputs, outputs and errors are made of; one that has no name in the file has that
    /// of the place where it stands, with a dot in it.
    pub types: BTreeMap<SmolStr, BTreeMap<SmolStr, Member>>,
    /// Enums by their members.
    pub enums: BTreeMap<SmolStr, BTreeSet<SmolStr>>,
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
    /// Most bytes of a request body.
    pub body: u64,
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
    /// The scheme word of the `Authorization` header.
    pub scheme: SmolStr,
    /// What a credential is.
    pub proof: Proof,
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
    /// Its routes, each with the status of success.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub http: BTreeMap<SmolStr, u16>,
    /// Names of its tools.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub mcp: BTreeSet<SmolStr>,
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
}

/// One `allow` of an operation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Anyone.
    Public,
    /// Anyone with a good credential.
    SignedIn,
    /// Those of a role.
    Role(String),
    /// Those for whom a condition holds.
    When(String),
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
    /// Texts that were others before, each with the one that it was.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub were: BTreeMap<SmolStr, SmolStr>,
}

/// A column that points to another table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Relation {
    /// The other table.
    pub table: SmolStr,
    /// What happens when the other row goes.
    pub on_delete: OnDelete,
}
