//! The step at which a body in Rust works, and its verbs.
mod acting;
mod asked;
mod history;
mod known;
mod upstream;
mod verbs;

use super::{Flow, Inside, Machine, Output};
use crate::call::Refusal;
use crate::native::{Context, Failure, File as Sent, Given, Gives, Shape, Taker, Wanted, Why};
use crate::plan::OperationPlan;
use crate::question::Question;
use crate::run::Tally;
use crate::stop::{Run, Stop};
use crate::value::{File, Value};
use crate::wire::read::Reader;
use crate::wire::tree::Tree;
use crate::wire::write;
use quater_ir::Id;
use quater_ir::expr::Expr;
use quater_ir::native::RustBody;
use quater_ir::operation::Operation;
use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub(super) use history::History;
use history::Replay;
pub(super) use known::Known;

/// Room for an answer, which grows where it is longer.
const ROOM: usize = 512;

/// A value, and what it is.
type Shaped<'v> = (Value, Shape<'v>);

/// A body in Rust at work.
struct Work<'w, 'a, 's, 'c> {
    machine: &'w mut Machine<'a, 's, 'c>,
    operation: &'a Operation,
    rust: &'a RustBody,
    plan: &'a OperationPlan,
    /// Why the call has failed.
    failed: Option<Stop>,
    /// What had been done where each attempt under way began.
    marks: Vec<(Tally, Known)>,
    /// Files that the body has been given.
    files: Vec<Arc<File>>,
    /// What it has asked that has no answer yet.
    questions: Vec<Question>,
    /// What it has asked that its caller can't be asked.
    in_vain: Vec<Question>,
    /// Rows that it may point to without being asked: those that it was given, and those it has made.
    known: Known,
    /// Whether it was given rows that it does not hold.
    saw: bool,
    /// How long others have worked for it.
    away: Duration,
    /// What it has had from outside of itself.
    replay: Replay,
}

impl Machine<'_, '_, '_> {
    /// Lets a body in Rust work, and ends with what it gives.
    pub(super) fn native(&mut self, id: Id<Operation>, inside: Inside) -> Run<Flow> {
        let (facts, plans) = (self.facts, self.plan);
        let operation = &facts.program.operations[id];
        let rust = operation.rust.as_ref().ok_or(Stop::Defect("a body that is not in Rust"))?;
        let plan = plans.operation(id).ok_or(Stop::Defect("an operation without a plan"))?;
        let body =
            facts.bodies.get(&operation.name).ok_or(Stop::Defect("a body in Rust that is not there"))?;
        let (failed, marks, files) = (None, Vec::new(), Vec::new());
        let (questions, in_vain) = (Vec::new(), Vec::new());
        let (known, saw, away) = (Known::default(), false, Duration::ZERO);
        let had = if let Inside::Rust(history) = inside { Some(history) } else { None };
        let replay = Replay::of(had, self.course.asking);
        let mut work = Work {
            machine: self,
            operation,
            rust,
            plan,
            failed,
            marks,
            files,
            questions,
            in_vain,
            known,
            saw,
            away,
            replay,
        };
        work.resume()?;
        let values = work.inputs()?;
        let (program, shape) = (&facts.program, Shape::Inputs(operation, rust));
        let begun = Instant::now();
        let result = body(Context::new(&mut work), Given { program, value: &values, shape });
        if work.failed.is_none() {
            facts.computing.took(id, begun.elapsed().saturating_sub(work.away));
        }
        if let Some(stop) = work.failed.take() {
            return Err(stop);
        }
        if !work.questions.is_empty() {
            return Err(Refusal::asking(work.questions).into());
        }
        if work.replay.leaves {
            return Ok(Flow::Later(Inside::Rust(work.replay.end())));
        }
        if !work.replay.is_over() {
            return Err(work.strayed());
        }
        match result {
            Ok(output) => work.output(&*output).map(Flow::Done),
            Err(failure) => Err(work.raised(failure)),
        }
    }
}

impl Work<'_, '_, '_, '_> {
    /// The inputs in their order; those that name rows are the rows.
    fn inputs(&mut self) -> Run<Value> {
        let program = &self.machine.facts.program;
        if let Some(actor) = program.actor {
            self.known.row(program, actor, &self.machine.about.actor);
        }
        let mut values = Vec::with_capacity(self.operation.inputs.len());
        for (at, input) in self.operation.inputs.iter().enumerate() {
            let row = self.rust.rows.iter().find(|row| row.input as usize == at);
            let slot = row.map_or(input.slot, |row| row.slot);
            let value = Value::part(self.machine.slots, slot.0 as usize)?;
            if let Some(given) = row {
                self.known.row(program, given.entity, &value);
            }
            remember(&mut self.files, &value);
            values.push(value);
        }
        Ok(Value::Record(values.into()))
    }

    /// Reads something that the body gives.
    fn reading<T>(&self, read: impl FnOnce(&mut Reader<'_>) -> T) -> T {
        let facts = self.machine.facts;
        let default = |expr: &Expr| self.machine.scope().value(expr);
        let mut reader = Reader::new(&facts.program, &facts.patterns, &default);
        reader.files = &self.files;
        read(&mut reader)
    }

    /// What the body gives, as the output of the operation.
    fn output(&self, output: &dyn Gives) -> Run<Output> {
        let (facts, called) = (self.machine.facts, self.machine.called);
        let Some(ty) = &self.operation.output else {
            return Ok(if called { Output::Value(Value::Null) } else { Output::Text(Vec::new()) });
        };
        let operation = self.operation.name.as_str();
        let (value, wrong) = self.reading(|reader| {
            let value = output.give(Taker { reader: &mut *reader, wanted: Wanted::Type(ty) });
            (value, std::mem::take(&mut reader.violations).into_iter().next())
        });
        if let Some(wrong) = wrong {
            let place = wrong.pointer.as_str();
            tracing::error!(operation, place, why = %wrong.message, "the output of a body in Rust");
            return Err(Stop::Defect("a body in Rust gave what its type does not allow"));
        }
        let value = value.map_err(|why| {
            tracing::error!(operation, %why, "the output of a body in Rust");
            Stop::Defect("a body in Rust gave what its type does not allow")
        })?;
        if called {
            return Ok(Output::Value(value));
        }
        let mut out = Vec::with_capacity(ROOM);
        write::value(&mut out, &facts.program, &value, ty)?;
        Ok(Output::Text(out))
    }

    /// Why the call ends, by what the body says.
    fn raised(&mut self, failure: Failure) -> Stop {
        let facts = self.machine.facts;
        let operation = self.operation.name.as_str();
        let (name, payload) = match failure.why() {
            Why::Refused(_, refusal) => return Stop::Refused(refusal),
            Why::Raised(name, payload) => (name, payload),
            Why::Internal(reason) => {
                tracing::error!(request = %self.machine.about.request, operation, reason, "a body in Rust failed");
                return Stop::Defect("a body in Rust failed");
            }
            Why::Unanswered => return Refusal::asking(std::mem::take(&mut self.in_vain)).into(),
            Why::Unasked | Why::Ended => return Stop::Defect("a failure that belongs to another call"),
        };
        let mut faults = facts.program.faults.iter().filter(|(id, _)| self.operation.faults.contains(id));
        let Some((id, fault)) = faults.find(|(_, fault)| fault.name == name) else {
            tracing::error!(operation, fault = name.as_str(), "an error that the operation does not name");
            return Stop::Defect("an error that the operation does not name");
        };
        let Ok(Tree::Object(members)) = serde_json::from_str::<Tree<'_>>(&payload) else {
            return Stop::Defect("a payload is an object");
        };
        let (values, wrong) = self.reading(|reader| {
            let fields = fault.fields.values();
            let values = fields.map(|field| match member(&members, &field.name) {
                Some(tree) => reader.value(tree.clone(), &field.ty),
                None => reader.absent(&field.ty, None),
            });
            (values.collect::<Vec<_>>(), !reader.violations.is_empty())
        });
        if wrong {
            return Stop::Defect("a payload that its error does not allow");
        }
        Refusal::with_payload(&facts.program, id, &values).map_or_else(|stop| stop, Stop::from)
    }

    /// A file that the body was given.
    fn file(&self, is: impl Fn(&File) -> bool, named: &Sent) -> Result<&File, Failure> {
        let known = self.files.iter().find(|file| is(file));
        let known = known.map(|file| &**file);
        known.ok_or_else(|| Failure::internal(format!("`{}` is no such file of this call", named.name)))
    }

    fn execute(&mut self, number: usize) -> Result<(), Failure> {
        let done = self.machine.session.execute(self.machine.plan, number);
        done.map_err(|stop| self.fail(stop))
    }

    /// Keeps the reason for which the call comes to nothing, and tells the body.
    fn fail(&mut self, stop: Stop) -> Failure {
        let failure = Failure::of(&stop, &self.machine.facts.program);
        self.failed = Some(stop);
        failure
    }
}

/// Keeps the files of a value, whose bytes the body may ask for.
fn remember(files: &mut Vec<Arc<File>>, value: &Value) {
    if let Value::File(file) = value {
        files.push(Arc::clone(file));
    } else if let Value::Row(parts) | Value::Record(parts) | Value::List(parts) = value {
        parts.iter().for_each(|part| remember(files, part));
    }
}

fn member<'t, 'm>(members: &'m [(Cow<'t, str>, Tree<'t>)], name: &str) -> Option<&'m Tree<'t>> {
    members.iter().find(|(its, _)| its == name).map(|(_, tree)| tree)
}
