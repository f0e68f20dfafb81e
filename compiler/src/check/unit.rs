//! What is checked for itself: what an operation takes and gives, a body, a test.
//!
//! A unit looks at its own tree and at whatever else it needs. What it tells is kept apart, with what it has looked
//! at, so that it stands for as long as none of that changes.
use super::doors::{Claim, clashes};
use super::{Checker, Part, Unsaid};
use crate::ast;
use crate::report::{Report, Span};
use crate::uses::Found;
use crate::watched::Look;
use quater_ir::Id;
use quater_ir::types::{Field, Record};
use rustc_hash::{FxHashMap, FxHashSet};
use smol_str::SmolStr;
use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;

/// Something that is checked for itself, by its position among those of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Unit {
    /// All that is no other unit.
    Outside,
    /// What one pass says of one declaration, which stands outside of all that follow here.
    Part(Part, usize),
    /// Inputs, output, doors and access of an operation.
    Signature(usize),
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
    /// Names that it asked about without using them.
    pub(crate) asked: FxHashSet<SmolStr>,
    /// What it has looked at outside of itself, in order.
    pub(crate) looks: Vec<Look>,
    /// What it wants for itself alone.
    pub(crate) claims: Vec<(Claim, Span)>,
    /// By value of `env`: whether it reads it.
    env: Vec<bool>,
    /// How many records there were when it began.
    records: usize,
    /// Whether it has left something to a later pass.
    pub(crate) waits: bool,
}

impl Unit {
    /// Whether operations, bodies and tests may look at it.
    pub(crate) const fn is_outside(self) -> bool {
        matches!(self, Self::Outside | Self::Part(..))
    }
}

/// What all units have told.
#[derive(Default)]
pub(crate) struct AllTold {
    /// In boxes, as all of it is moved where units get other positions.
    by_unit: BTreeMap<Unit, Box<Told>>,
    /// By name: how many units use it.
    used_by: FxHashMap<SmolStr, u32>,
}

impl Deref for AllTold {
    type Target = BTreeMap<Unit, Box<Told>>;

    fn deref(&self) -> &Self::Target {
        &self.by_unit
    }
}

impl AllTold {
    /// Keeps what a unit has told.
    pub(crate) fn keep(&mut self, unit: Unit, told: Box<Told>) {
        told.used.iter().for_each(|name| *self.used_by.entry(name.clone()).or_default() += 1);
        self.by_unit.insert(unit, told);
    }

    /// Takes out what a unit has told.
    pub(crate) fn take(&mut self, unit: Unit) -> Option<Box<Told>> {
        let told = self.by_unit.remove(&unit)?;
        self.uses_no_more(&told);
        Some(told)
    }

    /// Keeps what stands outside, and what all other units have told in another place.
    pub(crate) fn inherit(&mut self, mut other: Self) {
        other.renumber(|unit, _| (!unit.is_outside()).then_some(unit));
        let outside = std::mem::replace(self, other);
        outside.by_unit.into_iter().for_each(|(unit, told)| self.keep(unit, told));
    }

    /// Gives units other positions, and forgets those that have none.
    pub(crate) fn renumber(&mut self, mut to: impl FnMut(Unit, &mut Told) -> Option<Unit>) {
        let mut stay = Vec::with_capacity(self.by_unit.len());
        for (unit, mut told) in std::mem::take(&mut self.by_unit) {
            match to(unit, &mut told) {
                Some(unit) => stay.push((unit, told)),
                None => self.uses_no_more(&told),
            }
        }
        self.by_unit = stay.into_iter().collect();
    }

    fn uses_no_more(&mut self, told: &Told) {
        told.used.iter().for_each(|name| {
            if let Some(count) = self.used_by.get_mut(name) {
                *count -= 1;
            }
        });
    }

    fn uses(&self, name: &str) -> bool {
        self.used_by.get(name).is_some_and(|count| *count > 0)
    }
}

impl Checker<'_> {
    /// Checks a unit, and keeps apart what that tells.
    pub(crate) fn unit<T>(&mut self, unit: Unit, work: impl FnOnce(&mut Self) -> T) -> T {
        let (env, records) = (vec![false; self.env.len()], self.records.len());
        let around = self.swap(Told { env, records, ..Told::default() });
        let done = work(self);
        let mut told = self.swap(around);
        told.looks.sort_unstable();
        told.looks.dedup();
        told.looks.shrink_to_fit();
        self.told.keep(unit, Box::new(told));
        done
    }

    /// The records that the unit at hand has made so far.
    pub(crate) fn own_records(&self) -> impl Iterator<Item = (Id<Record>, &Record)> {
        let ids = (self.telling.records..self.records.len()).map(|at| Id::new(at as u32));
        ids.map(|id| (id, &self.records.arena()[id]))
    }

    /// Takes out what was told, and leaves something else.
    fn swap(&mut self, other: Told) -> Told {
        let Told { reports, held, hidden, unsaid, found, used, asked, looks, claims, env, records, waits } =
            other;
        let sink = std::mem::take(self.sink);
        reports.into_iter().for_each(|report| self.sink.push(report));
        let inside = Told { held, hidden, unsaid, looks, claims, records, waits, ..Told::default() };
        let mut telling = std::mem::replace(&mut self.telling, inside);
        self.drain_seen(&mut telling.looks);
        Told {
            reports: sink.into_reports(),
            found: Arc::new(self.names.notes.replace(Arc::unwrap_or_clone(found))),
            used: self.names.replace_used(used),
            asked: self.names.replace_asked(asked),
            env: std::mem::replace(&mut self.env_used, env),
            ..telling
        }
    }

    /// Whether nothing asked what a name means.
    pub(crate) fn is_idle(&self, name: &ast::Name) -> bool {
        self.names.is_idle(name) && !self.told.uses(&name.text)
    }

    /// What is looked at meanwhile, outside of all units.
    pub(crate) fn looking<T>(&self, work: impl FnOnce() -> T) -> (T, Vec<Look>) {
        let mut looks = Vec::new();
        self.drain_seen(&mut looks);
        looks.clear();
        let done = work();
        self.drain_seen(&mut looks);
        looks.sort_unstable();
        (done, looks)
    }

    /// Puts together what all units have told.
    pub(crate) fn tell(&mut self) {
        self.telling = Told::default();
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
        let (outside, operations) = (told.get(&Unit::Outside), told.range(Unit::Signature(0)..));
        let claims = operations.map(|(_, told)| told).chain(outside).flat_map(|told| &told.claims);
        clashes(claims).into_iter().for_each(|report| self.sink.push(report));
        if !self.sink.has_errors() {
            let held = told.values().flat_map(|one| &one.held);
            held.for_each(|report| self.sink.push(report.clone()));
        }
        self.told = told;
    }
}
