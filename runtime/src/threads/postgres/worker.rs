//! A worker: a call from its beginning to its commit.
use super::super::{Reply, Stage, reply};
use super::foresight::Foresight;
use super::seen::Seen;
use super::{Asked, Noted};
use crate::audit::Record;
use crate::call::{Answer, Identity, Refusal, RequestId};
use crate::engine::Engine;
use crate::invoke::{Admitted, Ready, Settled, Task};
use crate::outward;
use crate::plan::dialect::Dialect;
use crate::stop::{Run, Stop};
use crate::store::postgres::session::Session as Connection;
use crate::store::session::Session;
use crossbeam_channel::{Receiver, Sender};
use quater_ir::Id;
use quater_ir::operation::Door;
use std::sync::{Mutex, PoisonError};
use std::thread::sleep;
use std::time::Duration;

/// How often a transaction is tried that others get in the way of. Nothing of it has left before it is
/// committed, so trying again is safe.
const TRIES: u32 = 16;

/// Most milliseconds between two tries.
const PAUSE: u64 = 64;

/// What workers share.
pub(super) struct Shared {
    /// Held by the one call that is tried again: others wait for it rather than get in its way once more. Nobody
    /// who waits has a transaction open.
    pub(super) turn: Mutex<()>,
    pub(super) foresight: Foresight,
    /// Operations that write by what they read and do not hold.
    pub(super) alone: Seen,
}

struct Worker<'e> {
    engine: &'e Engine,
    connection: Connection,
    records: &'e Sender<Noted>,
    shared: &'e Shared,
}

/// Works until told to stop.
pub(super) fn run(
    engine: &Engine,
    connection: Connection,
    asked: &Receiver<Asked>,
    records: &Sender<Noted>,
    shared: &Shared,
) {
    let mut worker = Worker { engine, connection, records, shared };
    while let Ok(asked) = asked.recv() {
        match asked {
            Asked::Stop => break,
            Asked::Call(call, to) => worker.call(*call, to),
            Asked::Task(task, to) => {
                worker.refresh();
                let done = worker.write(&task, &to);
                reply(to, done.map(Stage::Ended));
            }
            Asked::Ready(ready, to) => {
                worker.refresh();
                worker.go_on(*ready, None, to);
            }
            Asked::Replied(ready, told, to) => {
                worker.refresh();
                worker.go_on(*ready, Some(told), to);
            }
            Asked::Allowed(identity, door, to) => {
                worker.refresh();
                reply(to, engine.allowed(&mut worker.session(), &identity, door));
            }
            Asked::Welcome(identity, door, to) => {
                worker.refresh();
                let welcomed = worker.welcome(&identity, door);
                reply(to, welcomed);
            }
        }
    }
}

impl Worker<'_> {
    fn session(&mut self) -> Session<'_> {
        Session::Postgres(&mut self.connection)
    }

    /// A call without a connection goes on all the same: what asks the database is refused, and recorded.
    fn refresh(&mut self) {
        if let Err(error) = self.connection.refresh() {
            tracing::warn!(%error, "no connection to the database");
        }
    }

    fn welcome(&mut self, identity: &Identity, door: Door) -> Result<(), Refusal> {
        let engine = self.engine;
        if !engine.is_new(&mut self.session(), identity, door) {
            return Ok(());
        }
        self.connection.begin(Dialect::LOCKING);
        let made = engine.welcome(&mut self.session(), identity, door);
        let made = made.and_then(|()| Ok(self.connection.commit()?));
        if made.is_ok() {
            engine.changes.note_welcome();
        }
        made.map_err(|stop| {
            if let Err(error) = self.connection.roll_back() {
                tracing::warn!(%error, "a rollback failed");
            }
            engine.told(stop, RequestId::fresh(), Id::new(u32::MAX))
        })
    }

    fn call(&mut self, call: Admitted, to: Reply<Stage>) {
        self.refresh();
        let engine = self.engine;
        let prepared = engine.prepare(&mut self.session(), call);
        match prepared {
            Ok(ready) => self.go_on(ready, None, to),
            Err(failed) => {
                self.note(failed.trace.end(Some(failed.refusal.fault)));
                reply(to, Err(failed.refusal));
            }
        }
    }

    /// The rest of a call; of one that asks an upstream, up to there.
    fn go_on(&mut self, mut ready: Ready, told: Option<outward::Reply>, to: Reply<Stage>) {
        let engine = self.engine;
        let plan = engine.plan.operation(ready.trace.operation);
        if plan.is_some_and(|plan| plan.asks) {
            let asked = engine.ask(&mut self.session(), &mut ready, told);
            match asked {
                Ok(None) => {}
                Ok(Some(request)) => return reply(to, Ok(Stage::Asks(Box::new(ready), request))),
                Err(refusal) => {
                    self.note(ready.trace.end(Some(refusal.fault)));
                    return reply(to, Err(refusal));
                }
            }
        }
        if ready.writes(engine) {
            let done = self.write(&Task::Call(Box::new(ready)), &to);
            return reply(to, done.map(Stage::Ended));
        }
        let result = engine.read(&mut self.session(), &mut ready);
        self.note(ready.trace.end(result.as_ref().err().map(|refusal| refusal.fault)));
        reply(to, result.map(Stage::Ended));
    }

    /// Hands a record on; waits where the queue is full: no call goes without its record.
    fn note(&self, record: Record) {
        if !record.is_off(self.engine) && self.records.send(Noted::Record(record)).is_err() {
            tracing::error!("a record of the audit was lost because the recorder is gone");
        }
    }

    /// A task in a transaction: all of it with its record, or nothing; nothing either where the caller has gone.
    fn write(&mut self, task: &Task, to: &Reply<Stage>) -> Result<Answer, Refusal> {
        let (mut tried, mut turn) = (1, None);
        let operation = task.trace().operation;
        let decides = self.engine.plan.operation(operation).is_some_and(|plan| plan.decides);
        let mut alone = decides || self.shared.alone.is(operation);
        // What has been committed on the way would be done twice.
        let again = !task.commits(self.engine);
        // What a body in Rust says of itself should not be said of something that was not to be.
        let operations = &self.engine.facts.program.operations;
        let rust = operations.find(operation).and_then(|it| it.rust.as_ref());
        let quiet = rust.is_none_or(|rust| !(rust.log || rust.progress));
        let mut foresees = again && quiet && self.shared.foresight.is_good(operation);
        let (stop, mut trace) = loop {
            let mut task = task.clone();
            let stop = match self.attempt(&mut task, to, (alone, foresees)) {
                Ok(result) => return result,
                Err(stop) => stop,
            };
            if let Err(error) = self.connection.roll_back() {
                tracing::warn!(%error, "a rollback failed");
            }
            if !alone && matches!(&stop, Stop::Database(error) if error.wants_alone()) {
                self.shared.alone.note(operation);
                alone = true;
                continue;
            }
            if matches!(&stop, Stop::Database(error) if error.is_unforeseen()) {
                self.shared.foresight.missed(operation);
                foresees = false;
                continue;
            }
            let conflict = matches!(&stop, Stop::Database(error) if error.is_conflict());
            if !(conflict && again) || tried == TRIES {
                break (stop, task.trace().clone());
            }
            if turn.is_none() {
                turn = Some(self.shared.turn.lock().unwrap_or_else(PoisonError::into_inner));
            } else {
                // What is still in the way is of another process.
                sleep(pause(task.trace().request, tried));
            }
            tried += 1;
        };
        drop(turn);
        if !again {
            self.engine.changes.note([operation].into_iter());
        }
        let refusal = self.engine.ended(stop, &mut trace);
        self.note(trace.end(Some(refusal.fault)));
        Err(refusal)
    }

    fn attempt(
        &mut self,
        task: &mut Task,
        to: &Reply<Stage>,
        (alone, foresees): (bool, bool),
    ) -> Run<Result<Answer, Refusal>> {
        if alone {
            self.connection.begin(Dialect::SERIAL);
        } else {
            self.connection.begin_trusting();
        }
        if foresees {
            self.connection.foresee();
        }
        let engine = self.engine;
        let settled = engine.attempt(&mut self.session(), task);
        // Nobody is told what follows from answers that are not looked at yet.
        if !matches!(settled, Ok(Settled { stays: true, .. }) | Err(Stop::Gone | Stop::Database(_))) {
            self.connection.settle()?;
        }
        let settled = settled?;
        let fault = settled.result.as_ref().err().map(|refusal| refusal.fault);
        let gone = to.is_closed();
        let trace = task.trace().clone();
        let record = if settled.stays && gone { trace.cancelled() } else { trace.end(fault) };
        if gone || !settled.stays {
            self.connection.roll_back()?;
            self.note(record);
            return Ok(settled.result);
        }
        if record.is_off(engine) {
            self.connection.commit()?;
            engine.changes.note([task.trace().operation].into_iter());
            return Ok(settled.result);
        }
        let mut ask = self.connection.ask(&engine.plan, crate::plan::common::AUDIT)?;
        for ((_, kind), value) in Record::COLUMNS.iter().zip(record.values(engine)) {
            ask.stored(*kind, value)?;
        }
        ask.commit()?;
        engine.changes.note([task.trace().operation].into_iter());
        Ok(settled.result)
    }
}

/// Longer with each try, and not the same for two calls that meet.
fn pause(request: RequestId, tried: u32) -> Duration {
    let most = 2_u64.saturating_pow(tried).min(PAUSE) * 1_000;
    let chance = u64::from(request.0.as_fields().1) ^ u64::from(tried).wrapping_mul(0x9E37);
    Duration::from_micros(most / 2 + chance % (most / 2).max(1))
}
