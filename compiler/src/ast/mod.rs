//! The tree of a `.qtr` file: plain data as it was written, before any name is looked up.
//!
//! What could not be read stays in the tree: a hole where something is missing, a `Stray` item where
//! a line is not what may stand there. The parser has then reported it, so later phases say nothing.
mod access;
mod assets;
mod auth;
mod channel;
mod clause;
mod entity;
mod enumeration;
mod env;
mod error;
mod expr;
mod field;
mod function;
mod import;
mod job;
mod name;
mod operation;
mod prefix;
mod record;
mod resource;
mod route;
mod same;
mod service;
mod statement;
mod test;
mod text;
mod types;
mod verb;

pub use access::{Access, Grantee, GranteeKind, Rule, RuleEffect, RuleGrantee, RuleVerb, RuleVerbKind};
pub use assets::Assets;
pub use auth::{Auth, AuthItem, AuthItemKind, AuthLookup, Carrier, CarrierKind, Proof, ProofKind};
pub use channel::Channel;
pub use clause::{
    Approval, Change, ChangeEvent, ChangeEventKind, Clause, ClauseKind, Effect, EffectKind, HttpDoor,
    Interval, Limit, LimitPer, LimitUnit, McpDoor, McpDoorKind, Method, Schedule, Transport, Weekday,
};
pub use entity::{Entity, EntityItem, EntityItemKind, IndexColumn, IndexColumns};
pub use enumeration::{Enumeration, EnumerationValue};
pub use env::Env;
pub use error::ErrorDeclaration;
pub use expr::{
    Argument, ArgumentKind, BinaryOp, Call, Expr, ExprKind, Literal, Range, SizeUnit, TimeUnit, UnaryOp,
};
pub use field::{Field, Modifier, ModifierKind, OnDelete, ParameterSource, SortKey};
pub use function::Function;
pub use import::Import;
pub use job::Job;
pub use name::{Docs, Name, Path, Whole};
pub use operation::Operation;
pub use prefix::{Prefix, PrefixKind};
pub use record::{Entry, EntryKind, Record};
pub use resource::{Resource, ResourceKind, UpstreamCall};
pub use route::{Route, RouteSegment};
pub use same::{same, shape};
pub use service::{Door, DoorKind, Service, Setting, SettingKind};
pub use statement::{
    ArmBody, Block, IfBranch, MatchArm, Matching, Pattern, PatternKind, Statement, StatementKind,
};
pub use test::{
    Caller, CallerKind, Credential, Expectation, ExpectationKind, Given, StubAnswer, Test, TestCall,
    TestItem, TestItemKind,
};
pub use text::{Text, TextPart};
pub use types::{Type, TypeDeclaration, TypeKind};
pub use verb::{
    Aggregate, Create, Emit, FilterField, FilterKind, GroupBy, Page, Progress, Query, SortBy, Target, Update,
    Upsert, Verb,
};

use crate::report::Span;
use smol_str::SmolStr;
use std::sync::Arc;

/// One file.
#[derive(Debug, Clone, PartialEq)]
pub struct File {
    /// Everything declared, in the order of the text; shared by whoever keeps what did not change.
    pub declarations: Vec<Arc<Declaration>>,
}

/// One declaration with what stands before it.
#[derive(Debug, Clone, PartialEq)]
pub struct Declaration {
    /// Its `///` lines.
    pub docs: Option<Docs>,
    /// `since`, `deprecated` and `allow W…`, in the order of the text.
    pub prefixes: Vec<Prefix>,
    /// What is declared.
    pub kind: DeclarationKind,
    /// From the declaration word to the last character.
    pub at: Span,
    /// The declaration word and the name.
    pub header_at: Span,
    /// Words of lines that could not be read; what they declare or mean is not known.
    pub unread: Vec<SmolStr>,
}

/// What is declared.
#[derive(Debug, Clone, PartialEq)]
pub enum DeclarationKind {
    /// `service store version 3 { … }`
    Service(Service),
    /// `use A, B from "./x.qtr"`
    Import(Import),
    /// `env { … }`
    Env(Env),
    /// `resource shop = database(env.URL)`
    Resource(Resource),
    /// `static /assets from "./public"`
    Assets(Assets),
    /// `auth login { … }`
    Auth(Auth),
    /// `type Line { … }` or `type Sku = …`
    Type(TypeDeclaration),
    /// `enum Status { … }`
    Enumeration(Enumeration),
    /// `error OutOfStock(sku: Sku) = 409 "…"`
    Error(ErrorDeclaration),
    /// `fn tidy(tag: text) -> text = …`
    Function(Function),
    /// `entity User in shop { … }`
    Entity(Entity),
    /// `operation sign_up(…) -> … { … }`
    Operation(Operation),
    /// `channel order_feed() sends … { … }`
    Channel(Channel),
    /// `job take_payment(…) on work { … }`
    Job(Job),
    /// `test "…" { … }`
    Test(Test),
    /// Text that declares nothing; reported by the parser.
    Stray,
}

impl DeclarationKind {
    /// The name that other declarations use; none for `use`, `env`, `static`, `test` and stray text.
    pub fn name(&self) -> Option<&Name> {
        match self {
            Self::Service(node) => Some(&node.name),
            Self::Resource(node) => Some(&node.name),
            Self::Auth(node) => Some(&node.name),
            Self::Type(node) => Some(&node.name),
            Self::Enumeration(node) => Some(&node.name),
            Self::Error(node) => Some(&node.name),
            Self::Function(node) => Some(&node.name),
            Self::Entity(node) => Some(&node.name),
            Self::Operation(node) => Some(&node.name),
            Self::Channel(node) => Some(&node.name),
            Self::Job(node) => Some(&node.name),
            Self::Import(_) | Self::Env(_) | Self::Assets(_) | Self::Test(_) | Self::Stray => None,
        }
    }
}
