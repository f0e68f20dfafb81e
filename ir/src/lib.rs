//! The typed program between compiler and runtime: plain data, no behaviour beyond reading it.
//!
//! Everything is resolved: names have become ids, rules have become guards inside each query, and
//! what HTTP, MCP, the command line and the documents must agree on stands in [`surface`], once.
//! The compiler makes a [`Program`]; the runtime, and any other back end, only reads it.

mod arena;
pub mod auth;
pub mod body;
pub mod builtin;
pub mod entity;
pub mod expr;
pub mod fault;
pub mod operation;
pub mod storage;
pub mod surface;
pub mod test;
pub mod types;
pub mod value;

pub use arena::{Arena, Id};

use auth::Auth;
use entity::Entity;
use expr::Expr;
use fault::Fault;
use operation::Operation;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use storage::Storage;
use surface::Surface;
use test::Test;
use types::{Enum, Record, Type};

/// The version of this format; a runtime serves only its own.
pub const FORMAT: u32 = 1;

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
    /// Every error, the built-in ones first (see [`fault`]).
    pub faults: Arena<Fault>,
    /// Stored records.
    pub entities: Arena<Entity>,
    /// What the service can do.
    pub operations: Arena<Operation>,
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
    /// Whether `/docs` and `/openapi.json` are served.
    pub docs_page: bool,
    /// Most bytes of a request body.
    pub body_limit: u64,
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

/// One `resource`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Resource {
    /// Its name.
    pub name: SmolStr,
    /// What it is.
    pub kind: ResourceKind,
}

/// What a resource is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ResourceKind {
    /// A database at a `sqlite:` URL.
    Database {
        /// Gives the URL; reads `env` alone.
        url: Expr,
    },
}
