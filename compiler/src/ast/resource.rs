//! `resource`: what is outside.
use super::{Argument, Docs, Field, Method, Name, Route, Type};
use crate::report::Span;

/// `resource pay = http(env.PAY_URL, …) { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct Resource {
    /// The name that the file uses.
    pub name: Name,
    /// What it is.
    pub kind: ResourceKind,
    /// The word that says what it is.
    pub kind_at: Span,
    /// Where and how it is reached.
    pub arguments: Vec<Argument>,
    /// What may be asked of it.
    pub calls: Vec<UpstreamCall>,
}

/// The kinds of what is outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResourceKind {
    /// `database(url)`
    Database,
    /// `files(url)`
    Files,
    /// `queue(database)`
    Queue,
    /// `http(url, …)`
    Http,
    /// `mail(url)`
    Mail,
    /// None of these; reported by the parser.
    Unknown,
}

/// `charge(order: uuid) -> { ref: text } = POST /charges`
#[derive(Debug, Clone, PartialEq)]
pub struct UpstreamCall {
    /// Its `///` lines.
    pub docs: Option<Docs>,
    /// The name; a hole for a stray line, which the parser has reported.
    pub name: Name,
    /// What it takes.
    pub parameters: Vec<Field>,
    /// What it answers.
    pub output: Option<Type>,
    /// How it is asked.
    pub method: Method,
    /// `/charges/{order}`; none where `address` says it.
    pub route: Option<Route>,
    /// `{to}`: the parameter that holds the whole URL.
    pub address: Option<Name>,
    /// The place.
    pub at: Span,
}
