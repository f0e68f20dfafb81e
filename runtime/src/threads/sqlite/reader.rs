//! A thread that prepares calls and does those that only read.
use super::super::{Reply, Stage, reply};
use super::{Asked, Onward, Work};
use crate::audit::Record;
use crate::call::{Answer, Refusal};
use crate::engine::Engine;
use crate::invoke::{Admitted, Ready, Task};
use crate::outward::{self, Request};
use crate::store::session::Session;
use crate::store::sqlite::session as sqlite;
use crossbeam_channel::Receiver;
use quater_ir::fault::UNAVAILABLE;
use rusqlite::Connection;

/// What became of a call on a connection that must not write.
#[expect(clippy::large_enum_variant, reason = "one a call, taken apart where it is made")]
pub(super) enum Read {
    Ended(Result<Answer, Refusal>, Record),
    /// The rest of it reads.
    Reads(Box<Ready>),
    /// The rest of it writes.
    Writes(Box<Ready>),
    /// It asks an upstream before the rest.
    Asks(Box<Ready>, Box<Request>),
}

/// Works until told to stop.
pub(super) fn run(engine: &Engine, connection: Connection, asked: &Receiver<Asked>, onward: &Onward) {
    let mut session = Session::Sqlite(sqlite::Session::new(&connection));
    while let Ok(asked) = asked.recv() {
        match asked {
            Asked::Call(call, to) => hand_on(engine, one(engine, &mut session, *call), to, onward),
            Asked::Ready(ready, to) => {
                let operation = ready.trace.operation;
                let read = onward.pace.timed(operation, || read(engine, &mut session, *ready));
                hand_on(engine, read, to, onward);
            }
            Asked::Replied(ready, told, to) => {
                hand_on(engine, replied(engine, &mut session, ready, told), to, onward);
            }
            Asked::Allowed(identity, door, to) => reply(to, engine.allowed(&mut session, &identity, door)),
            Asked::Welcome(identity, door, to) => {
                if !engine.is_new(&mut session, &identity, door) {
                    reply(to, Ok(()));
                } else if let Err(back) = onward.work.send(Work::Welcome(identity, door, to))
                    && let Work::Welcome(_, _, to) = back.into_inner()
                {
                    reply(to, Err(Refusal::plain(&engine.facts.program, UNAVAILABLE)));
                }
            }
            Asked::Stop => break,
        }
    }
}

fn hand_on(engine: &Engine, read: Read, to: Reply<Stage>, onward: &Onward) {
    match read {
        Read::Ended(result, record) => {
            // Waits where the queue is full: no call goes without its record.
            if !record.is_off(engine) && onward.records.send(record).is_err() {
                tracing::error!("a record of the audit was lost because the writer is gone");
            }
            reply(to, result.map(Stage::Ended));
        }
        Read::Asks(ready, request) => reply(to, Ok(Stage::Asks(ready, request))),
        Read::Writes(ready) | Read::Reads(ready) => {
            if let Err(back) = onward.work.send(Work::Write(Task::Call(ready), to))
                && let Work::Write(_, to) = back.into_inner()
            {
                reply(to, Err(Refusal::plain(&engine.facts.program, UNAVAILABLE)));
            }
        }
    }
}

/// Prepares a call and, if it only reads, does it.
pub(super) fn one(engine: &Engine, session: &mut Session<'_>, call: Admitted) -> Read {
    match prepare(engine, session, call) {
        Read::Reads(ready) => read(engine, session, *ready),
        prepared @ (Read::Ended(..) | Read::Writes(_) | Read::Asks(..)) => prepared,
    }
}

/// Goes on with a call that asked an upstream.
pub(super) fn replied(
    engine: &Engine,
    session: &mut Session<'_>,
    ready: Box<Ready>,
    told: outward::Reply,
) -> Read {
    match ask(engine, session, ready, Some(told)) {
        Read::Reads(ready) => read(engine, session, *ready),
        asked @ (Read::Ended(..) | Read::Writes(_) | Read::Asks(..)) => asked,
    }
}

/// Goes on with a call up to where it needs a transaction.
fn ask(
    engine: &Engine,
    session: &mut Session<'_>,
    mut ready: Box<Ready>,
    told: Option<outward::Reply>,
) -> Read {
    match engine.ask(session, &mut ready, told) {
        Ok(Some(request)) => Read::Asks(ready, request),
        Ok(None) if engine.plan.operation(ready.trace.operation).is_some_and(|plan| plan.writes) => {
            Read::Writes(ready)
        }
        Ok(None) => Read::Reads(ready),
        Err(refusal) => {
            let record = ready.trace.end(Some(refusal.fault));
            Read::Ended(Err(refusal), record)
        }
    }
}

/// Prepares a call.
pub(super) fn prepare(engine: &Engine, session: &mut Session<'_>, call: Admitted) -> Read {
    match engine.prepare(session, call) {
        Ok(ready) if engine.plan.operation(ready.trace.operation).is_some_and(|plan| plan.asks) => {
            ask(engine, session, Box::new(ready), None)
        }
        Ok(ready) if ready.writes(engine) => Read::Writes(Box::new(ready)),
        Ok(ready) => Read::Reads(Box::new(ready)),
        Err(failed) => {
            let record = failed.trace.end(Some(failed.refusal.fault));
            Read::Ended(Err(failed.refusal), record)
        }
    }
}

/// Does a prepared call that only reads.
pub(super) fn read(engine: &Engine, session: &mut Session<'_>, mut ready: Ready) -> Read {
    let result = engine.read(session, &mut ready);
    let fault = result.as_ref().err().map(|refusal| refusal.fault);
    Read::Ended(result, ready.trace.end(fault))
}
