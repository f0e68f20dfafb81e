//! A body that is not done at once: it leaves where it asks an upstream, or where it comes to what others may
//! touch too, and goes on there later, on another thread.
use super::native::{History, Known};
use super::{Flow, Machine, Output};
use crate::call::Refusal;
use crate::items::Items;
use crate::outward::{Reply, Request};
use crate::plan::body::Step;
use crate::stop::{Run, Stop};
use crate::value::Value;
use quater_ir::fault::UNAVAILABLE;
use std::sync::Arc;

/// A step of a block, and where in it.
#[derive(Debug, Clone)]
pub(crate) struct Stand {
    pub(crate) at: usize,
    pub(crate) inside: Inside,
}

/// Where in a step.
#[derive(Debug, Clone)]
pub(crate) enum Inside {
    Itself,
    /// In this one of its blocks.
    Branch(usize),
    /// At this one of these items.
    Item(Arc<[Value]>, usize),
    /// In a body in Rust that has had this from outside of itself.
    Rust(Arc<History>),
}

/// Where a body is.
#[derive(Debug, Default)]
pub(crate) struct Course {
    /// Whether no transaction is open: then upstreams may be asked, and what holds rows is left for later.
    pub(crate) asking: bool,
    /// Where it goes on, the outermost block last.
    from: Vec<Stand>,
    /// What came of what it asked last.
    pub(super) reply: Option<Reply>,
    /// Where it has left, the outermost block last.
    pub(super) left: Vec<Stand>,
    /// What it asks.
    pub(super) request: Option<Request>,
    /// Who takes the items of its output one by one.
    pub(super) items: Items,
    /// Rows that it need not ask for, where it is a verb of a body in Rust.
    pub(super) known: Known,
}

/// How far a body has come without a transaction.
pub(crate) enum Asked {
    /// To its end, with its output.
    Ended(Option<Vec<u8>>),
    /// To where it asks this.
    Asks(Box<Request>, Vec<Stand>),
    /// To where it needs a transaction.
    Holds(Vec<Stand>),
}

impl Inside {
    /// Which of its blocks, of a step that has begun.
    pub(super) const fn branch(&self) -> Option<usize> {
        if let Self::Branch(at) = self { Some(*at) } else { None }
    }
}

impl Course {
    /// The rest of a body, in a transaction.
    pub(crate) fn rest(from: Vec<Stand>, items: Items) -> Self {
        Self { from, items, ..Self::default() }
    }

    /// The rest of a body up to where it needs a transaction or asks again.
    pub(crate) fn asking(from: Vec<Stand>, reply: Option<Reply>) -> Self {
        Self { asking: true, from, reply, ..Self::default() }
    }

    /// A verb of a body in Rust that knows some rows.
    pub(super) fn knowing(known: Known) -> Self {
        Self { known, ..Self::default() }
    }

    /// Where the next block goes on.
    pub(super) fn next(&mut self) -> Stand {
        self.from.pop().unwrap_or(Stand { at: 0, inside: Inside::Itself })
    }
}

impl Flow {
    /// The same, seen from around a block.
    pub(super) fn in_branch(self, at: usize) -> Self {
        if let Self::Later(_) = self { Self::Later(Inside::Branch(at)) } else { self }
    }
}

impl Machine<'_, '_, '_> {
    /// Runs steps as far as that can be done without a transaction.
    pub(crate) fn ask(&mut self, steps: &[Step]) -> Run<Asked> {
        let flow = self.block(steps)?;
        let left = std::mem::take(&mut self.course.left);
        Ok(match (flow, self.course.request.take()) {
            (Flow::Next, _) => Asked::Ended(None),
            (Flow::Done(Output::Text(output)), _) => Asked::Ended(Some(output)),
            (Flow::Done(Output::Value(_)), _) => return Err(Stop::Defect("a door gets text")),
            (Flow::Later(_), Some(request)) => Asked::Asks(Box::new(request), left),
            (Flow::Later(_), None) => Asked::Holds(left),
        })
    }

    /// Asks an upstream, or goes on with what came of that.
    pub(super) fn request(&mut self, step: &Step) -> Run<Flow> {
        let Step::Request { slot, resource, call, arguments, failure, otherwise } = step else {
            return Err(Stop::Defect("a step that asks nobody"));
        };
        if !self.course.asking {
            return Err(Stop::Defect("an upstream is asked in a transaction"));
        }
        let reply = match self.course.reply.take() {
            Some(reply) => reply,
            None => {
                let scope = self.scope();
                let values = arguments.iter().map(|it| scope.plain(it)).collect::<Run<_>>()?;
                match self.facts.upstreams.request(&scope, *resource, *call, values)? {
                    Ok(request) => {
                        self.course.request = Some(request);
                        return Ok(Flow::Later(Inside::Itself));
                    }
                    Err(why) => Reply::Unanswered(why),
                }
            }
        };
        match reply.settle(&self.scope(), *resource, *call)? {
            Ok(output) => self.set_some(*slot, output)?,
            Err(went_wrong) => {
                self.set(*failure, went_wrong)?;
                let refusal = otherwise.as_ref().map(|raise| self.raise(raise)).transpose()?;
                return Err(refusal.unwrap_or_else(|| self.unanswered()).into());
            }
        }
        Ok(Flow::Next)
    }

    pub(super) fn unanswered(&self) -> Refusal {
        Refusal::plain(&self.facts.program, UNAVAILABLE)
    }
}
