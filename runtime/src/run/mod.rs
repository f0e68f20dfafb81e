//! Running a body on one connection.

mod adding;
mod batch;
mod bound;
mod call;
mod change;
mod course;
mod file;
mod keys;
mod listed;
mod native;
mod nested;
mod page;
mod read;
mod tally;
pub(crate) mod write;

use crate::call::Refusal;
use crate::eval::{About, Scope};
use crate::facts::Facts;
use crate::plan::Plan;
use crate::plan::body::Step;
use crate::plan::query::Read;
use crate::plan::steps::holds;
use crate::stop::{Run, Stop};
use crate::store::session::Session;
use crate::value::Value;
use crate::wire;
use quater_ir::body::Raise;
use quater_ir::expr::{Expr, Pattern, Slot};
use quater_ir::fault::INVALID;
use quater_ir::types::Type;
use std::sync::Arc;

use listed::Listed;

pub(crate) use course::{Asked, Course, Inside, Stand};
pub(crate) use read::row;
pub(crate) use tally::{Did, Tally};

/// A body under way.
pub(crate) struct Machine<'a, 's, 'c> {
    pub(crate) facts: &'a Facts,
    pub(crate) plan: &'a Plan,
    pub(crate) about: &'a About,
    pub(crate) slots: &'a mut Vec<Value>,
    pub(crate) session: &'s mut Session<'c>,
    /// The type of what the operation gives.
    pub(crate) output: Option<&'a Type>,
    /// Whether another operation called this one, and wants its output as a value.
    pub(crate) called: bool,
    /// What ends a transaction in the middle of a body, and what begins the next one; none where nothing is
    /// written.
    pub(crate) between: Option<[usize; 2]>,
    /// What it does to rows.
    pub(crate) tally: &'a mut Tally,
    /// Where in its body it is, where it does not do all of it at once.
    pub(crate) course: Course,
}

/// Where a body goes after a step.
enum Flow {
    Next,
    /// It has ended with this.
    Done(Output),
    /// It goes on later with this step, of which it was there.
    Later(Inside),
}

/// What a body gives.
enum Output {
    /// JSON text, for a door.
    Text(Vec<u8>),
    Value(Value),
}

impl Machine<'_, '_, '_> {
    /// Runs steps; gives the output as JSON text once a `return` is reached.
    pub(crate) fn run(&mut self, steps: &[Step]) -> Run<Option<Vec<u8>>> {
        match self.block(steps)? {
            Flow::Next => Ok(None),
            Flow::Done(Output::Text(output)) => Ok(Some(output)),
            Flow::Done(Output::Value(_)) => Err(Stop::Defect("a door gets text")),
            Flow::Later(_) => Err(Stop::Defect("a body that waits in a transaction")),
        }
    }

    fn scope(&self) -> Scope<'_> {
        Scope { facts: self.facts, about: self.about, slots: self.slots, row: None, item: None }
    }

    fn set(&mut self, slot: Slot, value: Value) -> Run<()> {
        let place = self.slots.get_mut(slot.0 as usize).ok_or(Stop::Defect("a slot beyond the body"))?;
        *place = value;
        Ok(())
    }

    /// Reads a row again; one that is gone stays as it was.
    fn again(&mut self, slot: Slot, read: &Read) -> Run<()> {
        let value = self.read(read)?;
        if value.is_null() { Ok(()) } else { self.set(slot, value) }
    }

    /// Puts a row into those slots that hold the row of its key.
    fn same(&mut self, row: Slot, others: &[Slot], key: usize) -> Run<()> {
        let written = Value::part(self.slots, row.0 as usize)?;
        let Value::Row(cells) = &written else { return Ok(()) };
        for other in others {
            let place = self.slots.get_mut(other.0 as usize).ok_or(Stop::Defect("a slot beyond the body"))?;
            if let Value::Row(its) = place
                && its.get(key) == cells.get(key)
            {
                *place = written.clone();
            }
        }
        Ok(())
    }

    fn set_some(&mut self, slot: Option<Slot>, value: Value) -> Run<()> {
        slot.map_or(Ok(()), |slot| self.set(slot, value))
    }

    fn block(&mut self, steps: &[Step]) -> Run<Flow> {
        let Stand { at, inside } = self.course.next();
        let mut inside = Some(inside);
        for (at, step) in steps.iter().enumerate().skip(at) {
            if self.about.presence.has_gone() {
                return Err(Stop::Gone);
            }
            match self.step(step, inside.take().unwrap_or(Inside::Itself))? {
                Flow::Next => {}
                Flow::Later(inside) => {
                    self.course.left.push(Stand { at, inside });
                    return Ok(Flow::Later(Inside::Itself));
                }
                done @ Flow::Done(_) => return Ok(done),
            }
        }
        Ok(Flow::Next)
    }

    fn step(&mut self, step: &Step, inside: Inside) -> Run<Flow> {
        if self.course.asking && holds(step) {
            return Ok(Flow::Later(Inside::Itself));
        }
        match step {
            Step::Let { slot, value } => self.set(*slot, self.scope().value(value)?)?,
            Step::Read { slot, read, otherwise } => {
                let value = self.read(read)?;
                self.found(!value.is_null(), otherwise.as_ref())?;
                self.set(*slot, value)?;
            }
            Step::Again { slot, read } => self.again(*slot, read)?,
            Step::Same { row, others, key } => self.same(*row, others, *key)?,
            Step::Answer { read, otherwise } => {
                return self.answered(read, otherwise.as_ref()).map(Flow::Done);
            }
            Step::Create { slot, create } => {
                let row = self.create(create)?;
                self.set_some(*slot, row)?;
            }
            Step::Upsert { slot, upsert } => {
                let row = self.upsert(upsert)?;
                self.set_some(*slot, row)?;
            }
            Step::Call { slot, call } => {
                let output = self.call(call)?;
                self.set_some(*slot, output)?;
            }
            Step::Update { row, update } => self.update(*row, update)?,
            Step::UpdateWhere { slot, rows, update } => {
                let count = self.update_where(rows, update)?;
                self.set_some(*slot, Value::Int(count))?;
            }
            Step::Delete { row, delete } => self.delete(*row, delete)?,
            Step::DeleteWhere { slot, of, rows, otherwise } => {
                let count = self.delete_where(*of, rows)?;
                self.found(count > 0, otherwise.as_ref())?;
                self.set_some(*slot, Value::Int(count))?;
            }
            Step::Keys { keys, otherwise } => self.all_found(keys, otherwise)?,
            Step::Require { condition, otherwise } => self.required(condition, otherwise)?,
            Step::If { condition, then, otherwise } => {
                return self.either(condition, then, otherwise, inside.branch());
            }
            Step::Match { subject, arms, otherwise } => {
                return self.choice(subject, arms, otherwise, inside.branch());
            }
            Step::Batches { batches } => return self.batches(batches),
            Step::For { slot, list, block } => return self.each(*slot, list, block, inside),
            Step::Link { slot, file, life } => self.link(*slot, file, life.as_ref())?,
            Step::ReadFile { slot, file, otherwise } => self.read_file(*slot, file, otherwise.as_ref())?,
            Step::Request { .. } => return self.request(step),
            Step::Progress { done, total, text } => self.progress(done, total, text.as_ref())?,
            Step::Native { native } => return self.native(native.operation, inside),
            Step::Return(output) => return self.output(output.as_ref()).map(Flow::Done),
        }
        Ok(Flow::Next)
    }

    /// Says how far the work is. What it says is worked out whether or not anybody listens, so that the call
    /// comes to the same.
    fn progress(&self, done: &Expr, total: &Expr, text: Option<&Expr>) -> Run<()> {
        let scope = self.scope();
        let (done, total) = (scope.value(done)?.int()?, scope.value(total)?.int()?);
        let text = text.map(|text| scope.value(text)).transpose()?;
        self.about.progress.tell(done, total, text.as_ref().map(Value::text).transpose()?);
        Ok(())
    }

    /// What a body ends with that returns what it reads.
    fn answered(&mut self, read: &Read, otherwise: Option<&Raise>) -> Run<Output> {
        if self.called {
            let value = self.read(read)?;
            self.found(!value.is_null(), otherwise)?;
            return Ok(Output::Value(value));
        }
        let output = self.answer(read)?;
        self.found(output.is_some(), otherwise)?;
        Ok(Output::Text(output.unwrap_or_else(|| b"null".to_vec())))
    }

    fn either(
        &mut self,
        condition: &Expr,
        then: &[Step],
        otherwise: &[Step],
        before: Option<usize>,
    ) -> Run<Flow> {
        let at = match before {
            Some(at) => at,
            None => usize::from(!self.scope().holds(condition)?),
        };
        Ok(self.block(if at == 0 { then } else { otherwise })?.in_branch(at))
    }

    fn choice(
        &mut self,
        subject: &Expr,
        arms: &[(Vec<Pattern>, Vec<Step>)],
        otherwise: &[Step],
        before: Option<usize>,
    ) -> Run<Flow> {
        let at = match before {
            Some(at) => at,
            None => {
                let scope = self.scope();
                let subject = scope.value(subject)?;
                let fits = scope.arm(&subject, arms.iter().map(|(patterns, _)| patterns.as_slice()));
                fits.unwrap_or(arms.len())
            }
        };
        let arm = arms.get(at).map_or(otherwise, |(_, block)| block);
        Ok(self.block(arm)?.in_branch(at))
    }

    fn each(&mut self, slot: Slot, list: &Expr, block: &[Step], inside: Inside) -> Run<Flow> {
        let (items, from) = match inside {
            Inside::Item(items, at) => (items, at),
            Inside::Itself | Inside::Branch(_) | Inside::Rust(_) => {
                let list = self.scope().value(list)?;
                if list.is_null() {
                    return Ok(Flow::Next);
                }
                (Arc::clone(list.list()?), 0)
            }
        };
        for (at, item) in items.iter().enumerate().skip(from) {
            self.set(slot, item.clone())?;
            match self.block(block)? {
                Flow::Next => {}
                Flow::Later(_) => return Ok(Flow::Later(Inside::Item(Arc::clone(&items), at))),
                done @ Flow::Done(_) => return Ok(done),
            }
        }
        Ok(Flow::Next)
    }

    fn output(&self, output: Option<&Expr>) -> Run<Output> {
        if self.called {
            return output.map_or(Ok(Value::Null), |it| self.scope().value(it)).map(Output::Value);
        }
        let mut out = Vec::new();
        if let (Some(expr), Some(ty)) = (output, self.output) {
            let (value, program) = (self.scope().value(expr)?, &self.facts.program);
            if let Type::Stream(of) = ty {
                let mut listed = Listed::new(Vec::new(), Some(ty), &self.course.items, &self.about.presence);
                for item in value.list()?.iter() {
                    listed.item(|out| wire::write::value(out, program, item, of))?;
                }
                return Ok(Output::Text(listed.end()));
            }
            wire::write::value(&mut out, program, &value, ty)?;
        }
        Ok(Output::Text(out))
    }

    fn required(&self, condition: &Expr, otherwise: &Raise) -> Run<()> {
        self.found(self.scope().holds(condition)?, Some(otherwise))
    }

    /// Ends the body with an error unless what was looked for is there.
    fn found(&self, found: bool, otherwise: Option<&Raise>) -> Run<()> {
        match otherwise {
            Some(raise) if !found => Err(self.raise(raise)?.into()),
            _ => Ok(()),
        }
    }

    /// The refusal that a `Raise` stands for.
    fn raise(&self, raise: &Raise) -> Run<Refusal> {
        let scope = self.scope();
        if raise.fault == INVALID
            && let [field, text] = raise.arguments.as_slice()
        {
            let (field, text) = (scope.value(field)?, scope.value(text)?);
            return Ok(Refusal::about(field.text()?, "rule", text.text()?));
        }
        let values = raise.arguments.iter().map(|it| scope.plain(it)).collect::<Run<Vec<_>>>()?;
        Refusal::with_payload(&self.facts.program, raise.fault, &values)
    }
}
