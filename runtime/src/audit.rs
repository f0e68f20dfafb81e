//! One record of every call.
use crate::call::{Entry, RequestId};
use crate::engine::Engine;
use crate::plan::common::AUDIT;
use crate::stop::Run;
use crate::store::session::Session;
use quater_ir::Id;
use quater_ir::fault::Fault;
use quater_ir::operation::{Door, Operation};
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
    /// The record, now that the call has ended.
    pub(crate) fn end(self, fault: Option<Id<Fault>>) -> Record {
        let took = i64::try_from(self.started.elapsed().as_micros()).unwrap_or(i64::MAX);
        Record { trace: self, fault, took }
    }
}

impl Record {
    /// The same call with another end.
    pub(crate) fn failed(mut self, fault: Id<Fault>) -> Self {
        self.fault = Some(fault);
        self
    }

    /// Writes it: into the database, or into the log of a program without one.
    pub(crate) fn write(&self, engine: &Engine, session: &mut Session<'_>) -> Run<()> {
        let program = &engine.facts.program;
        let operation = program.operations[self.trace.operation].name.as_str();
        let result = self.fault.map_or("ok", |fault| program.faults[fault].name.as_str());
        let Trace { time, request, door, entry, actor, arguments, .. } = &self.trace;
        if !engine.audited {
            let (door, entry, actor) = (door.name(), entry.name(), actor.as_deref());
            tracing::info!(target: "audit", %request, door, entry, operation, actor, result, took = self.took);
            return Ok(());
        }
        let statement = session.statement(&engine.plan, AUDIT)?;
        statement.raw_bind_parameter(1, time)?;
        statement.raw_bind_parameter(2, request.0.as_bytes().as_slice())?;
        statement.raw_bind_parameter(3, door.name())?;
        statement.raw_bind_parameter(4, entry.name())?;
        statement.raw_bind_parameter(5, operation)?;
        statement.raw_bind_parameter(6, actor.as_deref())?;
        statement.raw_bind_parameter(7, arguments.as_ref().map(<[u8; 32]>::as_slice))?;
        statement.raw_bind_parameter(8, result)?;
        statement.raw_bind_parameter(9, self.took)?;
        statement.raw_execute()?;
        Ok(())
    }
}
