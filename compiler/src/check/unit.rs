//! What is checked for itself: a body or a test, once all that stands outside of them is known.
//!
//! A unit looks at its own tree, at what stands outside, and at the operations that it calls. What it tells is
//! kept apart, so that it stands for as long as none of those changes.
use super::{Checker, Unsaid};
use crate::ast;
use crate::report::Report;
use crate::uses::Found;
use quater_ir::Id;
use quater_ir::types::{Field, Record};
use rustc_hash::FxHashSet;
use smol_str::SmolStr;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Something that is checked for itself, by its position among those of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Unit {
    /// All that is neither a body nor a test.
    Outside,
    /// What the list in the body of an operation asks of its callers.
    Offered(usize),
    /// The body of an operation.
    Operation(usize),
    /// The body of a job.
    Job(usize),
    /// What a channel does.
    Channel(usize),
    /// A test.
    Test(usize),
}

/// What checking a unit has told.
#[derive(Debug, Default)]
pub(crate) struct Told {
    reports: Vec<Report>,
    /// What is reported only where nothing else is wrong.
    pub(crate) held: Vec<Report>,
    /// Rows that a projection shows and that may be hidden, with what is said of each once.
    pub(crate) hidden: BTreeMap<(Id<Record>, Id<Field>), Report>,
    /// What was not understood, where it is not seen at once that somebody has said why.
    pub(crate) unsaid: Unsaid,
    /// What its names mean.
    pub(crate) found: Arc<Found>,
    /// Names that it asked the meaning of.
    pub(crate) used: FxHashSet<SmolStr>,
    /// By value of `env`: whether it reads it.
    env: Vec<bool>,
}

impl Checker<'_> {
    /// Checks a unit, and keeps apart what that tells.
    pub(crate) fn unit<T>(&mut self, unit: Unit, work: impl FnOnce(&mut Self) -> T) -> T {
        let around = self.swap(Told { env: vec![false; self.env.len()], ..Told::default() });
        let done = work(self);
        let told = self.swap(around);
        self.told.insert(unit, told);
        done
    }

    /// Takes out what was told, and leaves something else.
    fn swap(&mut self, other: Told) -> Told {
        let Told { reports, held, hidden, unsaid, found, used, env } = other;
        let sink = std::mem::take(self.sink);
        reports.into_iter().for_each(|report| self.sink.push(report));
        Told {
            reports: sink.into_reports(),
            found: Arc::new(self.names.notes.replace(Arc::unwrap_or_clone(found))),
            used: self.names.replace_used(used),
            env: std::mem::replace(&mut self.env_used, env),
            ..std::mem::replace(&mut self.telling, Told { held, hidden, unsaid, ..Told::default() })
        }
    }

    /// Whether nothing asked what a name means.
    pub(crate) fn is_idle(&self, name: &ast::Name) -> bool {
        self.names.is_idle(name) && !self.told.values().any(|one| one.used.contains(&name.text))
    }

    /// Puts together what all units have told.
    pub(crate) fn tell(&mut self) {
        let told = std::mem::take(&mut self.told);
        let mut hidden = BTreeMap::new();
        self.env_used = vec![false; self.env.len()];
        for one in told.values() {
            one.reports.iter().for_each(|report| self.sink.push(report.clone()));
            for (what, report) in &one.hidden {
                hidden.entry(*what).or_insert(report);
            }
            let read = self.env_used.iter_mut().zip(&one.env);
            read.for_each(|(used, read)| *used |= read);
        }
        hidden.into_values().for_each(|report| self.sink.push(report.clone()));
        if !self.sink.has_errors() {
            let held = told.values().flat_map(|one| &one.held);
            held.for_each(|report| self.sink.push(report.clone()));
        }
        self.told = told;
    }
}
