//! What two contracts differ in, and whom it hurts. Each rule is a function that its name says in a
//! sentence; the lists of rules are all there is.
mod allowances;
mod channels;
mod decimals;
mod fits;
mod jobs;
mod members;
mod operations;
mod routes;
mod service;
mod shapes;
mod tables;

use super::Contract;
use crate::report::{Code, Severity};
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The rule that objects to it; none where nobody can mind.
    pub code: Option<Code>,
    /// What has changed.
    pub subject: Subject,
    /// One sentence, as in a report.
    pub text: String,
    /// What to do if it was not meant, where that is more than keeping what was there.
    pub help: Option<String>,
}

/// How much a change matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    /// A caller that worked does not work any more.
    Breaking,
    /// Rows that are there lose something, or stand in the way.
    Lossy,
    /// Nothing breaks, and somebody should know.
    Noted,
    /// Something new.
    Added,
}

/// What a change is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// The service.
    Service,
    /// A way to sign in.
    Auth(SmolStr),
    /// An operation.
    Operation(SmolStr),
    /// A channel.
    Channel(SmolStr),
    /// A job.
    Job(SmolStr),
    /// Files under a path.
    Assets(SmolStr),
    /// An input of an operation.
    Input {
        /// The operation.
        operation: SmolStr,
        /// The input.
        input: SmolStr,
    },
    /// What an operation gives.
    Output(SmolStr),
    /// A record type, or a member of it.
    Type(SmolStr, Option<SmolStr>),
    /// An enum.
    Enum(SmolStr),
    /// An error.
    Error(SmolStr),
    /// A table, or a column of it.
    Table(SmolStr, Option<SmolStr>),
}

impl Change {
    /// How much it matters.
    pub fn grade(&self) -> Grade {
        match (self.code, &self.subject) {
            (None, _) => Grade::Added,
            (Some(code), _) if code.severity() == Severity::Warning => Grade::Noted,
            (Some(_), Subject::Table(..) | Subject::Job(_)) => Grade::Lossy,
            (Some(_), _) => Grade::Breaking,
        }
    }
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Breaking => "breaking",
            Self::Lossy => "lossy",
            Self::Noted => "noted",
            Self::Added => "new",
        })
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Service => f.write_str("service"),
            Self::Auth(name) => write!(f, "auth `{name}`"),
            Self::Operation(name) => write!(f, "operation `{name}`"),
            Self::Channel(name) => write!(f, "channel `{name}`"),
            Self::Job(name) => write!(f, "job `{name}`"),
            Self::Assets(path) => write!(f, "static `{path}`"),
            Self::Input { operation, input } => write!(f, "operation `{operation}`, input `{input}`"),
            Self::Output(operation) => write!(f, "operation `{operation}`, output"),
            Self::Type(name, None) => write!(f, "type `{name}`"),
            Self::Type(name, Some(member)) => write!(f, "type `{name}`, `{member}`"),
            Self::Enum(name) => write!(f, "enum `{name}`"),
            Self::Error(name) => write!(f, "error `{name}`"),
            Self::Table(name, None) => write!(f, "table `{name}`"),
            Self::Table(name, Some(column)) => write!(f, "table `{name}`, column `{column}`"),
        }
    }
}

/// Which way a value goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Flow {
    /// From the caller.
    In,
    /// To the caller.
    Out,
}

/// Two contracts, and what was found so far.
struct Comparison<'a> {
    before: &'a Contract,
    after: &'a Contract,
    /// Records and enums that were compared already, by their old and new names.
    seen: BTreeSet<(&'a str, &'a str, Flow)>,
    changes: Vec<Change>,
}

impl Comparison<'_> {
    fn breaks(&mut self, code: Code, subject: Subject, text: String) {
        self.changes.push(Change { code: Some(code), subject, text, help: None });
    }

    fn adds(&mut self, subject: Subject, text: String) {
        self.changes.push(Change { code: None, subject, text, help: None });
    }
}

/// One name on one side or on both.
struct Pair<'a, T> {
    name: &'a SmolStr,
    was: Option<&'a T>,
    is: Option<&'a T>,
}

fn pairs<'a, T>(
    was: &'a BTreeMap<SmolStr, T>,
    is: &'a BTreeMap<SmolStr, T>,
) -> impl Iterator<Item = Pair<'a, T>> {
    let names: BTreeSet<&SmolStr> = was.keys().chain(is.keys()).collect();
    names.into_iter().map(|name| Pair { name, was: was.get(name), is: is.get(name) })
}

/// Everything in which `after` differs from `before` for callers and for rows.
pub fn compare(before: &Contract, after: &Contract) -> Vec<Change> {
    let mut all = Comparison { before, after, seen: BTreeSet::new(), changes: Vec::new() };
    for rule in service::RULES {
        rule(&mut all);
    }
    for pair in pairs(&before.operations, &after.operations) {
        operations::compare(&pair, &mut all);
    }
    for pair in pairs(&before.channels, &after.channels) {
        channels::compare(&pair, &mut all);
    }
    for pair in pairs(&before.jobs, &after.jobs) {
        jobs::compare(&pair, &mut all);
    }
    for pair in pairs(&before.tables, &after.tables) {
        tables::compare(&pair, &mut all);
    }
    all.changes
}
