//! The step at which a body in Rust works, and its verbs.
mod asked;
mod known;
mod verbs;

use super::{Flow, Machine, Output};
use crate::call::Refusal;
use crate::native::{
    Acting, Context, Duration as Lasting, Failure, File as Sent, Given, Gives, Level, Mark, Shape, Taker, To,
    Wanted, Why,
};
use crate::plan::OperationPlan;
use crate::plan::common::{RELEASE, ROLLBACK_TO, SAVEPOINT};
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
use quater_ir::types::Record;
use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

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
}

impl Machine<'_, '_, '_> {
    /// Lets a body in Rust work, and ends with what it gives.
    pub(super) fn native(&mut self, id: Id<Operation>) -> Run<Flow> {
        let (facts, plans) = (self.facts, self.plan);
        let operation = &facts.program.operations[id];
        let rust = operation.rust.as_ref().ok_or(Stop::Defect("a body that is not in Rust"))?;
        let plan = plans.operation(id).ok_or(Stop::Defect("an operation without a plan"))?;
        let body =
            facts.bodies.get(&operation.name).ok_or(Stop::Defect("a body in Rust that is not there"))?;
        let (failed, marks, files) = (None, Vec::new(), Vec::new());
        let (questions, in_vain) = (Vec::new(), Vec::new());
        let (known, saw, away) = (Known::default(), false, Duration::ZERO);
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
        };
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
            Why::Ended => return Stop::Defect("a failure that belongs to another call"),
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

impl Acting for Work<'_, '_, '_, '_> {
    fn verb(
        &mut self,
        (entity, verb): (&str, &str),
        arguments: &dyn Gives,
        to: To<'_>,
    ) -> Result<(), Failure> {
        if self.failed.is_some() {
            return Err(Failure::ended());
        }
        let begun = Instant::now();
        let done = self.done(entity, verb, arguments);
        self.away += begun.elapsed();
        let (value, shape) = done.map_err(|stop| self.fail(stop))?;
        if self.plan.reads_files {
            remember(&mut self.files, &value);
        }
        let program = &self.machine.facts.program;
        to(Given { program, value: &value, shape }).map_err(Failure::internal)
    }

    fn call(&mut self, operation: &str, arguments: &dyn Gives, to: To<'_>) -> Result<(), Failure> {
        if self.failed.is_some() {
            return Err(Failure::ended());
        }
        let begun = Instant::now();
        let called = self.called(operation, arguments);
        self.away += begun.elapsed();
        let (value, shape) = called.map_err(|stop| self.fail(stop))?;
        let program = &self.machine.facts.program;
        to(Given { program, value: &value, shape }).map_err(Failure::internal)
    }

    fn ask(&mut self, question: Question) -> Result<Vec<u8>, Failure> {
        if self.failed.is_some() {
            return Err(Failure::ended());
        }
        self.asked(question)
    }

    fn form(&self, name: &str) -> Option<Id<Record>> {
        self.form_named(name)
    }

    fn log(&self, level: Level, text: &str) {
        if !self.rust.log {
            return;
        }
        let (request, operation) = (self.machine.about.request, self.operation.name.as_str());
        match level {
            Level::Debug => tracing::debug!(%request, operation, "{text}"),
            Level::Info => tracing::info!(%request, operation, "{text}"),
            Level::Warning => tracing::warn!(%request, operation, "{text}"),
            Level::Error => tracing::error!(%request, operation, "{text}"),
        }
        self.machine.about.saying.say(level, text);
    }

    fn begin(&mut self) -> Result<Mark, Failure> {
        if self.failed.is_some() {
            return Err(Failure::ended());
        }
        if self.plan.writes {
            self.execute(SAVEPOINT)?;
        }
        self.marks.push((self.machine.tally.clone(), self.known.clone()));
        Ok(Mark(self.marks.len()))
    }

    /// What the database itself could not do fails the whole call: nobody knows what is left of it.
    fn end(&mut self, mark: Mark, stays: bool) -> Result<(), Failure> {
        let at = mark.0.saturating_sub(1);
        let before = self.marks.get(at).cloned();
        self.marks.truncate(at);
        if matches!(self.failed, Some(Stop::Database(_) | Stop::Defect(_) | Stop::Gone)) {
            return Err(Failure::ended());
        }
        let swallowed = self.failed.take();
        let undone = !stays || swallowed.is_some();
        if self.plan.writes {
            if undone {
                self.execute(ROLLBACK_TO)?;
            }
            self.execute(RELEASE)?;
        }
        if let Some((tally, known)) = before.filter(|_| undone) {
            *self.machine.tally = tally;
            self.known = known;
        }
        match swallowed.filter(|_| stays) {
            Some(stop) => Err(Failure::of(&stop, &self.machine.facts.program)),
            None => Ok(()),
        }
    }

    fn progress(&self, done: i64, total: i64, text: Option<&str>) {
        if self.rust.progress {
            self.machine.about.progress.tell(done, total, text);
        }
    }

    fn read(&self, file: &Sent) -> Result<Vec<u8>, Failure> {
        let known = self.file(|it| it.digest == file.digest && it.size == file.size, file)?;
        let bytes = self.machine.facts.files.as_ref().and_then(|files| files.read(known));
        bytes.ok_or_else(|| Failure::internal(format!("the bytes of `{}` are gone", file.name)))
    }

    fn link(&self, file: &Sent, life: Option<Lasting>) -> Result<String, Failure> {
        let kept = |it: &File| {
            (it.digest.as_str(), it.name.as_str()) == (&file.digest, &file.name)
                && it.kept.load(Ordering::Relaxed)
        };
        let known = self.file(kept, file)?;
        self.machine
            .link_to(known, life.map(Lasting::milliseconds))
            .map_err(|_| Failure::internal(format!("`{}` can have no link", file.name)))
    }

    fn now(&self) -> i64 {
        self.machine.about.now
    }

    fn actor(&self, to: To<'_>) -> Result<(), Failure> {
        let program = &self.machine.facts.program;
        let entity = program.actor.map(|actor| &program.entities[actor]);
        let (Some(entity), Ok(row)) = (entity, self.machine.about.actor.row()) else {
            return Ok(());
        };
        let (Some(value), ty) = (row.get(entity.key.index()), &entity.columns[entity.key].ty) else {
            return Ok(());
        };
        to(Given { program, value, shape: Shape::Type(ty) }).map_err(Failure::internal)
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
