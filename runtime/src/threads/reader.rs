//! A thread that prepares calls and does those that only read.
use super::{Asked, Onward, Reply, Work, reply};
use crate::audit::Record;
use crate::call::{Answer, Call, Refusal};
use crate::engine::Engine;
use crate::invoke::Ready;
use crate::store::session::Session;
use crossbeam_channel::Receiver;
use quater_ir::fault::UNAVAILABLE;
use rusqlite::Connection;

/// What became of a call on a connection that must not write.
pub(super) enum Read {
    Ended(Result<Answer, Refusal>, Record),
    /// The rest of it writes.
    Writes(Box<Ready>),
}

/// Works until told to stop.
pub(super) fn run(engine: &Engine, connection: Connection, asked: &Receiver<Asked>, onward: &Onward) {
    let mut session = Session::new(&connection);
    while let Ok(asked) = asked.recv() {
        match asked {
            Asked::Call(call, to) => hand_on(engine, one(engine, &mut session, *call), to, onward),
            Asked::Allowed(identity, door, to) => reply(to, engine.allowed(&mut session, &identity, door)),
            Asked::Stop => break,
        }
    }
}

fn hand_on(engine: &Engine, read: Read, to: Reply<Answer>, onward: &Onward) {
    match read {
        Read::Ended(result, record) => {
            // Waits where the queue is full: no call goes without its record.
            if onward.records.send(record).is_err() {
                tracing::error!("a record of the audit was lost because the writer is gone");
            }
            reply(to, result);
        }
        Read::Writes(ready) => {
            if let Err(back) = onward.work.send(Work::Write(ready, to))
                && let Work::Write(_, to) = back.into_inner()
            {
                reply(to, Err(Refusal::plain(&engine.facts.program, UNAVAILABLE)));
            }
        }
    }
}

/// Prepares a call and, if it only reads, does it.
pub(super) fn one(engine: &Engine, session: &mut Session<'_>, call: Call) -> Read {
    let mut ready = match engine.prepare(session, call) {
        Ok(ready) => ready,
        Err(failed) => {
            let record = failed.trace.end(Some(failed.refusal.fault));
            return Read::Ended(Err(failed.refusal), record);
        }
    };
    if engine.plan.operation(ready.trace.operation).is_some_and(|plan| plan.writes) {
        return Read::Writes(Box::new(ready));
    }
    let result = engine.read(session, &mut ready);
    let fault = result.as_ref().err().map(|refusal| refusal.fault);
    Read::Ended(result, ready.trace.end(fault))
}
