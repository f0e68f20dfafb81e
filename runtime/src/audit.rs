//! One record of every call.
mod read;

pub use read::{AuditError, Filter, Recorded, read};

use crate::call::{Entry, RequestId};
use crate::engine::Engine;
use crate::plan::common::AUDIT;
use crate::stop::Run;
use crate::store::session::Session;
use crate::store::stored::Stored;
use quater_ir::Id;
use quater_ir::fault::{Fault, UNAVAILABLE};
use quater_ir::operation::{Door, Operation};
use quater_ir::storage::StoredKind;
use smol_str::SmolStr;
use std::time::Instant;

/// A digest of the arguments of a call.
pub(crate) type Digest = [u8; 32];

/// What is known of a call before its end.
#[derive(Debug, Clone)]
pub(crate) struct Trace {
    pub(crate) time: i64,
    pub(crate) started: Instant,
    pub(crate) request: RequestId,
    pub(crate) door: Door,
    pub(crate) entry: Entry,
    pub(crate) operation: Id<Operation>,
    /// The key of the caller's row.
    pub(crate) actor: Option<SmolStr>,
    /// Missing where the arguments could not be read.
    pub(crate) arguments: Option<Digest>,
    /// Nothing for a call that was done then and there.
    pub(crate) manner: Option<Manner>,
}

/// What became of a call that was not simply done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// It was only tried.
    DryRun,
    /// It had been done before.
    Replayed,
    /// Somebody else has to agree.
    Waiting,
    /// Somebody has agreed to another's call.
    Granted,
    /// Somebody has refused another's call, or this is a call that was refused so.
    Denied,
    /// It goes on once its caller has answered.
    Asked,
    /// The caller had gone before it was done for good.
    Cancelled,
}

impl Manner {
    const fn name(self) -> &'static str {
        match self {
            Self::DryRun => "dry run",
            Self::Replayed => "replayed",
            Self::Waiting => "waiting",
            Self::Granted => "granted",
            Self::Denied => "denied",
            Self::Asked => "asked",
            Self::Cancelled => "cancelled",
        }
    }
}

/// The record of a call.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    trace: Trace,
    /// Nothing for a success.
    fault: Option<Id<Fault>>,
    took: i64,
}

impl Trace {
    /// The record of a call whose caller had gone.
    pub(crate) fn cancelled(mut self) -> Record {
        self.manner = Some(Manner::Cancelled);
        self.end(Some(UNAVAILABLE))
    }

    /// The record, now that the call has ended.
    pub(crate) fn end(self, fault: Option<Id<Fault>>) -> Record {
        let took = i64::try_from(self.started.elapsed().as_micros()).unwrap_or(i64::MAX);
        Record { trace: self, fault, took }
    }
}

impl Record {
    /// The columns of its table, but for their number.
    pub(crate) const COLUMNS: [(&str, StoredKind); 10] = [
        ("time", StoredKind::Instant),
        ("request", StoredKind::Uuid),
        ("door", StoredKind::Text),
        ("entry", StoredKind::Text),
        ("operation", StoredKind::Text),
        ("actor", StoredKind::Text),
        ("arguments", StoredKind::Bytes),
        ("result", StoredKind::Text),
        ("took", StoredKind::Int),
        ("manner", StoredKind::Text),
    ];

    /// The same call with another end.
    pub(crate) fn failed(mut self, fault: Id<Fault>) -> Self {
        self.fault = Some(fault);
        self
    }

    /// What stands in its columns.
    pub(crate) fn values<'r>(&'r self, engine: &'r Engine) -> [Stored<'r>; 10] {
        let Trace { time, request, door, entry, actor, arguments, .. } = &self.trace;
        [
            Stored::Integer(*time),
            Stored::Blob(request.0.as_bytes()),
            Stored::text(door.name()),
            Stored::text(entry.name()),
            Stored::text(self.operation(engine)),
            actor.as_deref().map_or(Stored::Null, Stored::text),
            arguments.as_ref().map_or(Stored::Null, |digest| Stored::Blob(digest)),
            Stored::text(self.result(engine)),
            Stored::Integer(self.took),
            self.trace.manner.map_or(Stored::Null, |manner| Stored::text(manner.name())),
        ]
    }

    fn result<'r>(&self, engine: &'r Engine) -> &'r str {
        self.fault.map_or("ok", |fault| engine.facts.program.faults[fault].name.as_str())
    }

    /// The operation; a request for approval that is not there belongs to none.
    fn operation<'r>(&self, engine: &'r Engine) -> &'r str {
        engine.facts.program.operations.find(self.trace.operation).map_or("approvals", |it| it.name.as_str())
    }

    /// Whether the operation leaves none, and says why.
    pub(crate) fn is_off(&self, engine: &Engine) -> bool {
        engine.facts.program.operations.find(self.trace.operation).is_some_and(|it| it.unaudited.is_some())
    }

    /// Writes it: into the database, or into the log of a program without one.
    pub(crate) fn write(&self, engine: &Engine, session: &mut Session<'_>) -> Run<()> {
        if self.is_off(engine) {
            return Ok(());
        }
        if !engine.audited {
            self.log(engine);
            return Ok(());
        }
        let mut ask = session.ask(&engine.plan, AUDIT)?;
        for ((_, kind), value) in Self::COLUMNS.iter().zip(self.values(engine)) {
            ask.stored(*kind, value)?;
        }
        ask.execute()?;
        Ok(())
    }

    fn log(&self, engine: &Engine) {
        let Trace { request, door, entry, actor, .. } = &self.trace;
        let operation = self.operation(engine);
        let manner = self.trace.manner.map(Manner::name);
        let (door, entry, actor) = (door.name(), entry.name(), actor.as_deref());
        let (result, took) = (self.result(engine), self.took);
        tracing::info!(target: "audit", %request, door, entry, operation, actor, result, took, manner);
    }
}
