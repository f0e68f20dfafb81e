//! What a body in Rust has had from outside of itself. Where an upstream has been asked for it, it is run again from its
//! beginning and is given the same again, so that it comes to where it was.
use super::Work;
use crate::call::Refusal;
use crate::native::Failure;
use crate::stop::{Run, Stop};
use crate::value::Value;
use quater_ir::Id;
use quater_ir::operation::Operation;
use quater_ir::resource::{Resource, UpstreamCall};
use std::cell::{Cell, RefCell};
use std::sync::Arc;
use uuid::Uuid;

/// Most upstreams that one call asks.
const MOST_ASKED: usize = 64;

/// Most results that are kept of one call.
const MOST: usize = 4_096;

/// What a body asks for, with what it gives.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Act {
    /// One of its verbs.
    Verb(usize, Vec<Value>),
    Call(Id<Operation>, Vec<Option<Value>>),
    Request(Id<Resource>, Id<UpstreamCall>, Vec<Option<Value>>),
}

/// What comes of that.
#[derive(Debug, Clone)]
pub(super) enum Came {
    Gave(Value),
    Refused(Box<Refusal>),
    /// An upstream has failed, in this way.
    Failed(Value),
}

/// What a body has had so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct History {
    events: Vec<(Act, Came)>,
    /// What an upstream is asked just now.
    open: Option<Act>,
    ids: Vec<Uuid>,
    /// How many lines it has said of itself.
    said: usize,
}

/// A history that is gone through again, and goes on.
pub(super) struct Replay {
    history: History,
    /// How much of it has come again.
    at: usize,
    ids: RefCell<Vec<Uuid>>,
    ids_at: Cell<usize>,
    said: usize,
    /// Whether more is kept: upstreams may be asked, so no transaction is open.
    pub(super) asking: bool,
    /// Whether it has come to where it goes on later.
    pub(super) leaves: bool,
}

impl Replay {
    /// A body that begins, with what it has had before.
    pub(super) fn of(history: Option<Arc<History>>, asking: bool) -> Self {
        let mut history = history.map(Arc::unwrap_or_clone).unwrap_or_default();
        let ids = RefCell::new(std::mem::take(&mut history.ids));
        Self { history, at: 0, ids, ids_at: Cell::new(0), said: 0, asking, leaves: false }
    }

    /// What it has had, for the next time.
    pub(super) fn end(self) -> Arc<History> {
        Arc::new(History { ids: self.ids.into_inner(), ..self.history })
    }

    /// Whether everything has come again.
    pub(super) fn is_over(&self) -> bool {
        self.at == self.history.events.len()
    }

    /// Whether what comes now is of the history.
    pub(super) fn is_on(&self) -> bool {
        self.asking || !self.is_over()
    }

    /// How many upstreams it has asked up to here.
    pub(super) fn asked(&self) -> usize {
        let past = self.history.events.iter().take(self.at);
        past.filter(|(act, _)| matches!(act, Act::Request(..))).count()
    }

    /// An id, which is the same each time.
    pub(super) fn id(&self) -> Uuid {
        let (mut ids, at) = (self.ids.borrow_mut(), self.ids_at.get());
        self.ids_at.set(at + 1);
        if let Some(known) = ids.get(at) {
            return *known;
        }
        let fresh = Uuid::now_v7();
        if self.asking {
            ids.push(fresh);
        }
        fresh
    }

    /// Whether a line is one to be said: it was not before, and is not said of something that will not be.
    pub(super) const fn says(&mut self) -> bool {
        if self.leaves {
            return false;
        }
        self.said += 1;
        if self.said <= self.history.said {
            return false;
        }
        if self.asking {
            self.history.said = self.said;
        }
        true
    }
}

impl Work<'_, '_, '_, '_> {
    /// What an act has come to before, else what it comes to now, which is kept.
    pub(super) fn kept(&mut self, act: Option<Act>, now: impl FnOnce(&mut Self) -> Run<Value>) -> Run<Value> {
        let Some(act) = act else { return now(self) };
        match self.before(&act)? {
            Some(Came::Gave(value)) => Ok(value),
            Some(Came::Refused(refusal)) => Err(Stop::Refused(refusal)),
            Some(Came::Failed(_)) => Err(Stop::Defect("a verb that fails as an upstream does")),
            None => {
                let result = now(self);
                match &result {
                    Ok(value) => self.keep(act, Came::Gave(value.clone()))?,
                    Err(Stop::Refused(refusal)) => self.keep(act, Came::Refused(refusal.clone()))?,
                    Err(Stop::Database(_) | Stop::Defect(_) | Stop::Gone) => {}
                }
                result
            }
        }
    }

    /// What the next act has come to before; nothing where there is none before.
    pub(super) fn before(&mut self, act: &Act) -> Run<Option<Came>> {
        let Some((its, came)) = self.replay.history.events.get(self.replay.at) else { return Ok(None) };
        if its != act {
            return Err(self.strayed());
        }
        self.replay.at += 1;
        Ok(Some(came.clone()))
    }

    /// Keeps what an act has come to.
    pub(super) fn keep(&mut self, act: Act, came: Came) -> Run<()> {
        if self.replay.history.events.len() >= MOST {
            return Err(self.too_much());
        }
        self.replay.history.events.push((act, came));
        self.replay.at += 1;
        Ok(())
    }

    /// Takes what has come of what an upstream was asked when the body left.
    pub(super) fn resume(&mut self) -> Run<()> {
        match (self.replay.history.open.take(), self.machine.course.reply.take()) {
            (Some(act), Some(reply)) => {
                let came = self.replied(&act, &reply)?;
                self.replay.history.events.push((act, came));
                Ok(())
            }
            (None, None) => Ok(()),
            (Some(_), None) | (None, Some(_)) => Err(Stop::Defect("a reply to something else")),
        }
    }

    /// Leaves with what it asks of an upstream.
    pub(super) fn open(&mut self, act: Act) -> Run<()> {
        if self.replay.asked() >= MOST_ASKED {
            return Err(self.too_much());
        }
        self.replay.history.open = Some(act);
        self.replay.leaves = true;
        Ok(())
    }

    /// The body begins to write, for which it needs a transaction: where there is none it goes on there, later.
    pub(super) fn holds(&mut self) -> Result<(), Failure> {
        if !self.replay.is_over() {
            let stop = self.strayed();
            return Err(self.fail(stop));
        }
        self.replay.leaves = self.replay.asking;
        self.goes_on()
    }

    /// Whether the body may do any more.
    pub(super) fn goes_on(&self) -> Result<(), Failure> {
        if self.failed.is_some() || self.replay.leaves { Err(Failure::ended()) } else { Ok(()) }
    }

    /// That it does not do the same again.
    pub(super) fn strayed(&self) -> Stop {
        let (request, operation) = (self.machine.about.request, self.operation.name.as_str());
        tracing::error!(%request, operation, "a body in Rust does something else when it is run again");
        Stop::Defect("a body in Rust does something else when it is run again")
    }

    fn too_much(&self) -> Stop {
        let (request, operation) = (self.machine.about.request, self.operation.name.as_str());
        let what = "a body in Rust asks too many upstreams, or gets too many results before it writes";
        tracing::error!(%request, operation, upstreams = MOST_ASKED, results = MOST, "{what}");
        Stop::Defect("a body in Rust goes beyond its limits")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A body that says three lines, one before each upstream that it asks and one before it writes.
    #[test]
    fn a_line_is_said_once() {
        let mut had = None;
        let mut said = Vec::new();
        for run in 0..3 {
            let mut replay = Replay::of(had.take(), run < 2);
            said.push((0..=run).map(|_| replay.says()).collect::<Vec<_>>());
            replay.leaves = true;
            assert!(!replay.says(), "what a body makes of what it has not been told");
            had = Some(replay.end());
        }
        assert_eq!(said, [vec![true], vec![false, true], vec![false, false, true]]);
    }

    #[test]
    fn an_id_is_the_same_again() {
        let first = Replay::of(None, true);
        let ids = [first.id(), first.id()];
        let again = Replay::of(Some(first.end()), false);
        assert_eq!([again.id(), again.id()], ids);
        assert_ne!(again.id(), again.id());
    }
}
