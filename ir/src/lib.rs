//! The typed program between compiler and runtime: plain data, no behaviour beyond reading it.
//!
//! Everything is resolved: names have become ids, rules have become guards inside each query, and
//! what HTTP, MCP, the command line and the documents must agree on stands in [`surface`], once.
//! The compiler makes a [`Program`]; the runtime, and any other back end, only reads it.

pub mod access_report;
pub mod address;
mod arena;
pub mod artifact;
pub mod auth;
pub mod body;
pub mod builtin;
pub mod channel;
pub mod entity;
pub mod expr;
pub mod fault;
pub mod job;
pub mod lifecycle;
pub mod native;
pub mod operation;
pub mod pattern;
pub mod production;
pub mod resource;
pub mod setting;
pub mod storage;
pub mod surface;
pub mod test;
pub mod time;
mod type_text;
pub mod types;
pub mod value;

pub use arena::{Arena, Id};
pub use type_text::type_text;

use auth::Auth;
use channel::Channel;
use entity::Entity;
use expr::Expr;
use fault::Fault;
use job::Job;
use lifecycle::{Declared, Lifecycle};
use operation::{Limit, Operation};
use resource::Resource;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use storage::Storage;
use surface::{Surface, Template};
use test::Test;
use types::{Enum, Record, Type, Union};

/// The version of this format; a runtime serves only its own.
pub const FORMAT: u32 = 2;

/// A checked service.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Program {
    /// [`FORMAT`] at the time of compiling.
    pub format: u32,
    /// Name, version and settings.
    pub service: Service,
    /// Environment values the service reads.
    pub env: Arena<EnvValue>,
    /// What is outside.
    pub resources: Arena<Resource>,
    /// How callers prove who they are, in the order they are tried.
    pub auths: Arena<Auth>,
    /// The entity whose rows are actors, where there is an `auth`.
    pub actor: Option<Id<Entity>>,
    /// Closed sets of names.
    pub enums: Arena<Enum>,
    /// Records: declared, projected and written in place.
    pub records: Arena<Record>,
    /// Unions.
    pub unions: Arena<Union>,
    /// Every error, the built-in ones first (see [`fault`]).
    pub faults: Arena<Fault>,
    /// Stored records.
    pub entities: Arena<Entity>,
    /// What the service can do.
    pub operations: Arena<Operation>,
    /// Types, errors and entities that have a first or a last version.
    pub lifecycles: Vec<(Declared, Lifecycle)>,
    /// Messages to those who listen.
    pub channels: Arena<Channel>,
    /// Work in the background.
    pub jobs: Arena<Job>,
    /// Routes, tools, commands and the baked documents.
    pub surface: Surface,
    /// Tables that the entities need.
    pub storage: Storage,
    /// Cases of `quater test`.
    pub tests: Vec<Test>,
}

/// The `service` declaration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Service {
    /// Its name.
    pub name: SmolStr,
    /// Its version.
    pub version: u32,
    /// What it is for.
    pub docs: String,
    /// Path that every route begins with: empty, or `/x` without a slash at the end.
    pub base: SmolStr,
    /// Host names that it answers to, beside loopback.
    pub hosts: Vec<SmolStr>,
    /// Where the documentation page is, with the contract beside it; none where it is not served.
    pub docs_path: Option<SmolStr>,
    /// Origins that may call from a browser.
    pub cors: Vec<SmolStr>,
    /// How many proxies stand before the service; as many addresses of `X-Forwarded-For` are believed.
    pub proxies: u32,
    /// How often the whole service may be called.
    pub limits: Vec<Limit>,
    /// The service's own envelope of errors; none for problem details (RFC 9457).
    pub errors: Option<Template>,
    /// Longest run of a call, in milliseconds.
    pub timeout: u64,
    /// Most bytes of a request body.
    pub body_limit: u64,
    /// Most bytes of one uploaded file that does not say its own most.
    pub upload_limit: u64,
    /// How long a request may take to arrive and an answer to be taken, in milliseconds.
    pub patience: u64,
    /// Most bytes of the head of a request.
    pub header_limit: u64,
    /// Most connections at once.
    pub connections: u64,
    /// Most requests at once.
    pub requests: u64,
    /// Whether unknown members of a body are passed over instead of refused.
    pub ignore_unknown_members: bool,
    /// Whether decimals are JSON numbers instead of strings.
    pub decimals_as_numbers: bool,
}

/// One value of `env`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EnvValue {
    /// The variable's name.
    pub name: SmolStr,
    /// How its text is read.
    pub ty: Type,
    /// Whether it may never be shown.
    pub secret: bool,
    /// What stands in when it is not set; without one the service refuses to start.
    pub default: Option<Expr>,
}
