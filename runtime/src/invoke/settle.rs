//! The part of a call inside its transaction: tried, done once, agreed to, done.
use super::review::Reviewing;
use super::{Ready, caught};
use crate::audit::Trace;
use crate::call::{Answer, Ending, Refusal};
use crate::engine::Engine;
use crate::kernel::secret;
use crate::run::{Course, Tally};
use crate::spans;
use crate::stop::{Run, Stop};
use crate::store::session::Session;
use crate::wire::write;
use bytes::Bytes;

/// Work that needs a transaction.
#[derive(Clone)]
pub(crate) enum Task {
    /// The rest of a call.
    Call(Box<Ready>),
    /// A look at what waits for approval, or a decision on it.
    Review(Box<Reviewing>),
}

/// What a task comes to.
pub(crate) struct Settled {
    pub(crate) result: Result<Answer, Refusal>,
    /// Whether what it has written is to be committed.
    pub(crate) stays: bool,
}

impl Task {
    /// Whether it commits on its way, so that it can't be one of a group.
    pub(crate) fn commits(&self, engine: &Engine) -> bool {
        match self {
            Self::Call(ready) => {
                let plan = engine.plan.operation(ready.trace.operation);
                !ready.is_dry() && plan.is_some_and(|plan| plan.batches)
            }
            Self::Review(_) => false,
        }
    }

    fn trace_mut(&mut self) -> &mut Trace {
        match self {
            Self::Call(ready) => &mut ready.trace,
            Self::Review(reviewing) => &mut reviewing.trace,
        }
    }

    pub(crate) fn trace(&self) -> &Trace {
        match self {
            Self::Call(ready) => &ready.trace,
            Self::Review(reviewing) => &reviewing.trace,
        }
    }
}

/// An answer.
pub(super) fn answer(body: Bytes, ending: Ending) -> Answer {
    Answer { body, ending }
}

impl Engine {
    /// Does a task, in whatever transaction is open.
    pub(crate) fn finish(&self, session: &mut Session<'_>, task: &mut Task) -> Settled {
        self.attempt(session, task)
            .unwrap_or_else(|stop| Settled { result: Err(self.ended(stop, task.trace_mut())), stays: false })
    }

    /// The same, with the reason for which it comes to nothing.
    pub(crate) fn attempt(&self, session: &mut Session<'_>, task: &mut Task) -> Run<Settled> {
        match task {
            Task::Call(ready) => {
                let _within = spans::enter(ready.span.as_ref());
                self.settle(session, ready)
            }
            Task::Review(reviewing) => {
                caught(reviewing.trace.request, session, |session| self.review(session, reviewing))
            }
        }
    }

    /// The rest of a call. One that only reads may be tried again, as it was.
    pub(crate) fn settle(&self, session: &mut Session<'_>, ready: &mut Ready) -> Run<Settled> {
        if ready.is_dry() {
            return self.tried(session, ready);
        }
        match ready.claim.take() {
            Some(claim) => self.once(session, ready, &claim),
            None => self.agreed(session, ready),
        }
    }

    /// Does a call of which nothing stays, and says what it would do.
    fn tried(&self, session: &mut Session<'_>, ready: &mut Ready) -> Run<Settled> {
        let mut tally = Tally::counting();
        let output = self.output(session, ready, &mut tally)?;
        let mut out =
            format!("{{\"dry_run\":true,\"waits\":{},\"result\":", ready.wait.is_some()).into_bytes();
        out.extend_from_slice(if output.is_empty() { b"null" } else { &output });
        out.extend_from_slice(b",\"effects\":[");
        for (at, (entity, [created, updated, deleted])) in tally.counted().enumerate() {
            out.extend_from_slice(if at > 0 { b",{" } else { b"{" });
            write::key(&mut out, "entity");
            let name = self.facts.program.entities.values().nth(entity).map_or("", |it| it.name.as_str());
            write::text(&mut out, name);
            let counts = format!(",\"created\":{created},\"updated\":{updated},\"deleted\":{deleted}}}");
            out.extend_from_slice(counts.as_bytes());
        }
        out.push(b']');
        if let Some(stopped) = &ready.stopped {
            out.push(b',');
            write::key(&mut out, "stopped_at");
            write::text(&mut out, stopped);
        }
        out.push(b'}');
        Ok(Settled { result: Ok(answer(Bytes::from(out), Ending::DryRun)), stays: false })
    }

    /// Does a call for good.
    pub(super) fn done(&self, session: &mut Session<'_>, ready: &mut Ready) -> Run<Settled> {
        let output = self.output(session, ready, &mut Tally::default())?;
        Ok(Settled { result: Ok(answer(Bytes::from(output), Ending::Output)), stays: true })
    }

    fn output(&self, session: &mut Session<'_>, ready: &mut Ready, tally: &mut Tally) -> Run<Vec<u8>> {
        match ready.ended.take() {
            Some(Ok(output)) => return Ok(output),
            Some(Err(refusal)) => return Err(Stop::Refused(refusal)),
            None => {}
        }
        let (request, id) = (ready.trace.request, ready.trace.operation);
        caught(request, session, |session| {
            let plan = self.plan.operation(id).ok_or(Stop::Defect("an operation without a plan"))?;
            let operation = &self.facts.program.operations[id];
            let between = (plan.writes && !ready.is_dry()).then_some(ready.between);
            let about = (&ready.about, between);
            let course = (Course::rest(std::mem::take(&mut ready.places), ready.items.clone()), tally);
            let output = secret::evenly(plan.verifies, || {
                self.machine(session, about, &mut ready.slots, operation, course).run(&plan.steps)
            });
            let output = output.map_err(|stop| self.placed(stop, id, ready.about.door))?;
            Ok(output.unwrap_or_default())
        })
    }
}
