//! `service`: the name of the whole and its settings.
use super::{Expr, Limit, Name, Record, Route, Text, Whole};
use crate::report::Span;

/// `service store version 3 { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct Service {
    /// The service's name.
    pub name: Name,
    /// `version 3`
    pub version: Option<Whole>,
    /// Its settings, one a line.
    pub settings: Vec<Setting>,
}

/// One setting.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting {
    /// Which.
    pub kind: SettingKind,
    /// The place.
    pub at: Span,
}

/// The settings there are.
#[derive(Debug, Clone, PartialEq)]
pub enum SettingKind {
    /// `base /api`
    Base(Route),
    /// `hosts "store.example", "www.store.example"`
    Hosts(Vec<Text>),
    /// `cors "https://app.store.example"`
    Cors(Vec<Text>),
    /// `proxies 1`
    Proxies(Whole),
    /// `limit 300/min per ip`
    Limit(Limit),
    /// `docs /manual`; none for `docs off`.
    Docs(Option<Route>),
    /// `errors as { errors: { body: fault.messages } }`
    Errors(Record),
    /// `unknown members ignore`
    UnknownMembersIgnore,
    /// `decimals numbers`
    DecimalsNumbers,
    /// `body 2mb`: the most a request may carry.
    Body(Expr),
    /// `upload 50mb`: the most a request with files may carry.
    Upload(Expr),
    /// `timeout 30s`: the most an operation may take.
    Timeout(Expr),
    /// `patience 20s`: how long somebody is waited for.
    Patience(Expr),
    /// `headers 32kb`: the most the head of a request may hold.
    Headers(Expr),
    /// `connections 1024`: the most at once.
    Connections(Expr),
    /// `requests 1024`: the most at once.
    Requests(Expr),
    /// No setting that there is; reported by the parser.
    Stray,
}

/// A way in, as in `on http, mcp`.
#[derive(Debug, Clone, PartialEq)]
pub struct Door {
    /// Which.
    pub kind: DoorKind,
    /// The place.
    pub at: Span,
}

/// The ways in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DoorKind {
    /// `http`
    Http,
    /// `mcp`
    Mcp,
    /// `cli`
    Cli,
    /// `socket`
    Socket,
    /// `job`
    Job,
    /// `remote`: the command line against a running service, in tests.
    Remote,
}
