//! Calls on connections that all of them share: no thread waits for the database. What of a call is run here asks
//! a relay, and is run again when the relay knows more.
use super::{Noted, Threads};
use crate::audit::{Record, Trace};
use crate::call::{Answer, Refusal};
use crate::engine::Engine;
use crate::invoke::{Admitted, Begun, Failed, Ready};
use crate::spans::Span;
use crate::stop::Stop;
use crate::store::postgres::relay::{Relay, Turn, Wants};
use crate::store::session::Session;
use crossbeam_channel::{Sender, TrySendError};
use quater_ir::Id;
use quater_ir::fault::UNAVAILABLE;
use quater_ir::operation::Operation;
use std::sync::Arc;
use std::time::Duration;

/// How far a call comes here.
pub(super) enum Relayed {
    Ended(Answer),
    /// The rest of it needs a connection of its own.
    Rest(Box<Ready>),
}

/// What a run is told.
enum Told {
    /// It had all that it asked for.
    Enough,
    /// The next one will come further.
    More,
    /// It can't be done here.
    Strayed,
}

/// A call under way. If it is left there, because its caller has gone, its record says so.
struct Watched<'t> {
    engine: &'t Engine,
    records: &'t Sender<Noted>,
    trace: Option<Trace>,
}

impl Threads {
    /// Does a call, as far as it can be done here.
    pub(super) async fn relay(&self, call: Admitted) -> Result<Relayed, Refusal> {
        let engine = &*self.engine;
        let mut begun = engine.begin(call);
        let span = begun.span.clone();
        let mut watched = Watched { engine, records: &self.records, trace: Some(begun.trace.clone()) };
        let operation = begun.trace.operation;
        let light = self.is_light(operation);
        // What needs a snapshot of its own can't be asked for along with the caller.
        let alone = engine.plan.operation(operation).is_some_and(|plan| plan.snapshot);
        let (mut relay, mut supposes) = (Relay::default(), light && !alone);
        let identified = loop {
            let identified = engine.identify(&mut Session::Relay(&mut relay), &mut begun);
            let wants = match relay.turn() {
                Turn::Wants(wants) => wants,
                Turn::Over => break identified,
                Turn::Strayed => break Err(Stop::Defect("a caller who is looked for in two ways")),
            };
            if std::mem::take(&mut supposes)
                && let Some((admitted, relay)) = self.suppose(&begun, &wants).await
            {
                return match admitted {
                    Ok(ready) => self.rest(ready, relay, &mut watched).await,
                    Err(failed) => watched.failed(*failed).await,
                };
            }
            self.find_out(&mut relay, wants, span.as_ref()).await;
        };
        if let Some((wants, rows)) = relay.found().filter(|_| light) {
            self.callers.found(wants, rows);
        }
        let mut relay = Relay::default();
        let admitted = engine.admit(&mut Session::Relay(&mut relay), begun, identified);
        match admitted {
            Ok(ready) => self.rest(ready, relay, &mut watched).await,
            Err(failed) => watched.failed(*failed).await,
        }
    }

    /// Lets a caller in as who it was last, and asks whether it still is, along with what it reads first; nothing
    /// where that is not known or no longer so.
    async fn suppose(&self, begun: &Begun, caller: &Wants) -> Option<(Result<Ready, Box<Failed>>, Relay)> {
        let engine = &*self.engine;
        let last = self.callers.last(caller)?;
        let (unknown, mut begun, span) = (begun, begun.clone(), begun.span.clone());
        let mut relay = Relay::default();
        relay.suppose(caller.clone(), Arc::clone(&last));
        let identified = engine.identify(&mut Session::Relay(&mut relay), &mut begun);
        let Turn::Over = relay.turn() else { return None };
        let mut relay = Relay::default();
        let admitted = engine.admit(&mut Session::Relay(&mut relay), begun, identified);
        let reads = admitted.as_ref().ok().and_then(|ready| {
            let settled = engine.settle(&mut Session::Relay(&mut relay), &mut ready.clone());
            match relay.turn() {
                Turn::Wants(wants) if settled.is_err() => Some(wants),
                Turn::Wants(_) | Turn::Over | Turn::Strayed => None,
            }
        });
        let asked = self.lanes.rows(&engine.plan, (caller, reads.as_ref()), span.as_ref()).await;
        let (now, came) = match asked {
            Ok(asked) => asked,
            Err(error) => {
                let nobody = Err(Stop::Database(error));
                let refused = engine.admit(&mut Session::Relay(&mut relay), unknown.clone(), nobody);
                return Some((refused, Relay::default()));
            }
        };
        if !last.is(&now) {
            return None;
        }
        if let (Some(wants), Some(came)) = (reads, came) {
            relay.tell(wants, came);
        }
        Some((admitted, relay))
    }

    /// The rest of a call that is let in, as far as it can be done here.
    async fn rest(
        &self,
        ready: Ready,
        mut relay: Relay,
        watched: &mut Watched<'_>,
    ) -> Result<Relayed, Refusal> {
        let engine = &*self.engine;
        let operation = ready.trace.operation;
        if ready.writes(engine) || !self.is_light(operation) {
            watched.trace = None;
            return Ok(Relayed::Rest(Box::new(ready)));
        }
        let once = engine.plan.operation(operation).is_some_and(|plan| plan.snapshot);
        if once {
            relay = Relay::once();
        }
        watched.trace = Some(ready.trace.clone());
        loop {
            let mut attempt = ready.clone();
            let settled = engine.settle(&mut Session::Relay(&mut relay), &mut attempt);
            match self.tell(&mut relay, ready.span.as_ref()).await {
                Told::More => {}
                Told::Enough => {
                    let result = engine.concluded(settled, &mut attempt.trace);
                    let fault = result.as_ref().err().map(|refusal| refusal.fault);
                    watched.end(attempt.trace.end(fault)).await?;
                    return result.map(Relayed::Ended);
                }
                Told::Strayed => {
                    if once {
                        self.many.note(operation);
                    }
                    watched.trace = None;
                    return Ok(Relayed::Rest(Box::new(ready)));
                }
            }
        }
    }

    /// Whether an operation is to be done here: what a body in Rust computes must be brief, and be known to be.
    fn is_light(&self, operation: Id<Operation>) -> bool {
        let engine = &*self.engine;
        let in_rust = engine.facts.program.operations[operation].rust.is_some();
        engine.plan.operation(operation).is_some_and(|plan| plan.light)
            && !self.many.is(operation)
            && (!in_rust || engine.facts.computing.is_brief(operation))
    }

    /// Finds out what a run wanted to know.
    async fn tell(&self, relay: &mut Relay, span: Option<&Arc<Span>>) -> Told {
        match relay.turn() {
            Turn::Over => Told::Enough,
            Turn::Strayed => Told::Strayed,
            Turn::Wants(wants) => {
                self.find_out(relay, wants, span).await;
                Told::More
            }
        }
    }

    async fn find_out(&self, relay: &mut Relay, wants: Wants, span: Option<&Arc<Span>>) {
        let came = self.lanes.rows(&self.engine.plan, (&wants, None), span).await;
        relay.tell(wants, came.map(|(rows, _)| rows));
    }
}

impl Watched<'_> {
    /// Ends a call that is not let in.
    async fn failed(&mut self, failed: Failed) -> Result<Relayed, Refusal> {
        self.end(failed.trace.end(Some(failed.refusal.fault))).await?;
        Err(failed.refusal)
    }

    /// Hands on the record of the call; waits where the queue is full: no call goes without its record.
    async fn end(&mut self, record: Record) -> Result<(), Refusal> {
        self.trace = None;
        if record.is_off(self.engine) {
            return Ok(());
        }
        let mut noted = Noted::Record(record);
        loop {
            match self.records.try_send(noted) {
                Ok(()) => return Ok(()),
                Err(TrySendError::Full(back)) => noted = back,
                Err(TrySendError::Disconnected(_)) => {
                    return Err(Refusal::plain(&self.engine.facts.program, UNAVAILABLE));
                }
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

impl Drop for Watched<'_> {
    fn drop(&mut self) {
        let Some(record) = self.trace.take().map(Trace::cancelled) else { return };
        if !record.is_off(self.engine) && self.records.send(Noted::Record(record)).is_err() {
            tracing::error!("a record of the audit was lost because the recorder is gone");
        }
    }
}
