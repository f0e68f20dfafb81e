//! Connections for calls that are done where they arrive: what is bounded by a few look-ups by key, or has lately
//! been brief, costs less than handing it to another thread.
use super::reader::{self, Read};
use crate::call::{Identity, Refusal};
use crate::engine::Engine;
use crate::invoke::{Admitted, Allowed};
use crate::pace::Pace;
use crate::store::session::Session;
use crate::store::sqlite::open::Location;
use crate::store::sqlite::session as sqlite;
use crossbeam_channel::{Receiver, Sender, bounded};
use quater_ir::operation::Door;
use rusqlite::{Connection, Error};

/// Most statements that a connection keeps prepared.
const PREPARED: usize = 512;

/// Connections that wait to be used.
pub(super) struct Pool {
    give: Sender<Box<Connection>>,
    take: Receiver<Box<Connection>>,
}

impl Pool {
    /// Opens so many connections.
    pub(super) fn open(engine: &Engine, location: &Location, count: usize) -> Result<Self, Error> {
        let (give, take) = bounded(count);
        for _ in 0..count {
            let connection = location.connect_to_read()?;
            let statements = engine.plan.statements.texts.len();
            connection.set_prepared_statement_cache_capacity(statements.clamp(16, PREPARED));
            if give.try_send(Box::new(connection)).is_err() {
                break;
            }
        }
        Ok(Self { give, take })
    }

    /// Does something on a connection that is free; gives it back undone where none is.
    fn with<A, T>(&self, given: A, act: impl FnOnce(&mut Session<'_>, A) -> T) -> Result<T, A> {
        let Ok(connection) = self.take.try_recv() else { return Err(given) };
        let done = act(&mut Session::Sqlite(sqlite::Session::brief(&connection)), given);
        if self.give.try_send(connection).is_err() {
            tracing::error!("a connection finds its place taken");
        }
        Ok(done)
    }

    /// Prepares a call, and does it too where that is brief.
    pub(super) fn call(
        &self,
        engine: &Engine,
        pace: &Pace,
        call: Box<Admitted>,
    ) -> Result<Read, Box<Admitted>> {
        self.with(call, |session, call| match reader::prepare(engine, session, *call) {
            Read::Reads(ready) => {
                let operation = ready.trace.operation;
                match engine.plan.operation(operation) {
                    Some(plan) if plan.quick => reader::read(engine, session, *ready),
                    Some(plan) if plan.light && pace.is_brief(operation) => {
                        pace.timed(operation, || reader::read(engine, session, *ready))
                    }
                    Some(_) | None => Read::Reads(ready),
                }
            }
            prepared @ (Read::Ended(..) | Read::Writes(_) | Read::Asks(..)) => prepared,
        })
    }

    /// The operations of a door that a caller may call.
    pub(super) fn allowed(
        &self,
        engine: &Engine,
        identity: Identity,
        door: Door,
    ) -> Result<Result<Allowed, Refusal>, Identity> {
        self.with(identity, |session, identity| engine.allowed(session, &identity, door))
    }

    /// Closes those that nobody uses.
    pub(super) fn close(&self) {
        self.take.try_iter().for_each(drop);
    }
}
