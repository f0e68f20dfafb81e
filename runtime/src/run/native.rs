//! The step at which a body in Rust works, and its verbs.
mod asked;

use super::{Course, Flow, Machine, Output};
use crate::call::Refusal;
use crate::native::{Acting, Context, Failure, File as Sent, Level, Mark, Why};
use crate::plan::OperationPlan;
use crate::plan::common::{RELEASE, ROLLBACK_TO, SAVEPOINT};
use crate::plan::native::VerbPlan;
use crate::question::Question;
use crate::run::Tally;
use crate::stop::{Run, Stop};
use crate::value::{File, Value};
use crate::wire::read::Reader;
use crate::wire::refine;
use crate::wire::tree::Tree;
use crate::wire::write;
use quater_ir::Id;
use quater_ir::entity::{Column, Entity};
use quater_ir::expr::Expr;
use quater_ir::fault::{FORBIDDEN, NOT_FOUND};
use quater_ir::native::{Gives, RustBody, Verb};
use quater_ir::operation::{Act, Operation};
use quater_ir::types::{Record, Type};
use std::borrow::Cow;
use std::sync::Arc;

/// A body in Rust at work.
struct Work<'w, 'a, 's, 'c> {
    machine: &'w mut Machine<'a, 's, 'c>,
    operation: &'a Operation,
    rust: &'a RustBody,
    plan: &'a OperationPlan,
    /// Why the call has failed.
    failed: Option<Stop>,
    /// What had been done where each attempt under way began.
    marks: Vec<Tally>,
    /// Files that the body has been given.
    files: Vec<Arc<File>>,
    /// What it has asked that has no answer yet.
    questions: Vec<Question>,
    /// What it has asked that its caller can't be asked.
    in_vain: Vec<Question>,
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
        let mut work =
            Work { machine: self, operation, rust, plan, failed, marks, files, questions, in_vain };
        let input = work.inputs()?;
        let result = body(Context::new(&mut work), &input);
        if let Some(stop) = work.failed.take() {
            return Err(stop);
        }
        if !work.questions.is_empty() {
            return Err(Refusal::asking(work.questions).into());
        }
        match result {
            Ok(output) => work.output(&output).map(Flow::Done),
            Err(failure) => Err(work.raised(failure)),
        }
    }
}

impl Work<'_, '_, '_, '_> {
    /// The inputs as one JSON object; those that name rows are the rows.
    fn inputs(&mut self) -> Run<Vec<u8>> {
        let facts = self.machine.facts;
        let program = &facts.program;
        let mut out = vec![b'{'];
        for (at, input) in self.operation.inputs.iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            write::key(&mut out, &input.name);
            let row = self.rust.rows.iter().find(|row| row.input as usize == at);
            let slot = row.map_or(input.slot, |row| row.slot);
            let value = Value::part(self.machine.slots, slot.0 as usize)?;
            match row {
                Some(given) => {
                    row_text(&mut out, &mut self.files, program, (given.entity, &given.columns), &value)?
                }
                None => {
                    remember(&mut self.files, &value);
                    write::stored(&mut out, program, &value, &input.ty)?;
                }
            }
        }
        out.push(b'}');
        Ok(out)
    }

    /// What the body gives, as the output of the operation.
    fn output(&self, text: &[u8]) -> Run<Output> {
        let (facts, called) = (self.machine.facts, self.machine.called);
        let Some(ty) = &self.operation.output else {
            return Ok(if called { Output::Value(Value::Null) } else { Output::Text(Vec::new()) });
        };
        let tree = serde_json::from_slice::<Tree<'_>>(text).map_err(|_| Stop::Defect("an output is JSON"))?;
        let default = |expr: &Expr| self.machine.scope().value(expr);
        let mut reader = Reader::new(&facts.program, &facts.patterns, &default);
        let value = reader.value(tree, ty);
        if let Some(wrong) = reader.violations.first() {
            let (operation, place) = (self.operation.name.as_str(), wrong.pointer.as_str());
            tracing::error!(operation, place, why = %wrong.message, "the output of a body in Rust");
            return Err(Stop::Defect("a body in Rust gave what its type does not allow"));
        }
        if called {
            return Ok(Output::Value(value));
        }
        let mut out = Vec::new();
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
        let default = |expr: &Expr| self.machine.scope().value(expr);
        let mut reader = Reader::new(&facts.program, &facts.patterns, &default);
        let fields = fault.fields.values();
        let values: Vec<Value> = fields
            .map(|field| match member(&members, &field.name) {
                Some(tree) => reader.value(tree.clone(), &field.ty),
                None => reader.absent(&field.ty, None),
            })
            .collect();
        if !reader.violations.is_empty() {
            return Stop::Defect("a payload that its error does not allow");
        }
        Refusal::with_payload(&facts.program, id, &values).map_or_else(|stop| stop, Stop::from)
    }

    /// Does what a verb stands for. A row that may not be changed is not there for who may not see it either.
    fn done(&mut self, entity: &str, name: &str, arguments: &[u8]) -> Run<Vec<u8>> {
        let (facts, rust, plan) = (self.machine.facts, self.rust, self.plan);
        let program = &facts.program;
        let named =
            |name: &str, verb: &Verb| verb.name == name && program.entities[verb.entity].name == entity;
        let mut verbs = rust.verbs.iter().zip(&plan.verbs);
        let done = verbs.clone().find(|it| named(name, it.0));
        let (verb, plan) = done.ok_or(Stop::Defect("a verb that is not among the effects"))?;
        let look = verbs.find(|it| named("find", it.0));
        let result = self.perform(verb, plan, arguments);
        let forbidden = matches!(&result, Err(Stop::Refused(refusal)) if refusal.fault == FORBIDDEN);
        if !(forbidden && matches!(verb.act, Act::Update | Act::Delete)) {
            return result;
        }
        let seen = match look {
            Some((verb, plan)) => self.perform(verb, plan, arguments)? != b"null",
            None => false,
        };
        if seen { result } else { Err(Refusal::plain(program, NOT_FOUND).into()) }
    }

    fn perform(&mut self, verb: &Verb, plan: &VerbPlan, arguments: &[u8]) -> Run<Vec<u8>> {
        let mut slots = self.arguments(verb, plan.slots, arguments)?;
        let (facts, plans, about) = (self.machine.facts, self.machine.plan, self.machine.about);
        let (session, tally) = (&mut *self.machine.session, &mut *self.machine.tally);
        let (slots, output, called, between) = (&mut slots, None, true, None);
        let course = Course::default();
        let mut inner =
            Machine { facts, plan: plans, about, slots, session, output, called, between, tally, course };
        let value = match inner.block(&plan.steps)? {
            Flow::Next => Value::Null,
            Flow::Done(Output::Value(value)) => value,
            Flow::Done(Output::Text(_)) | Flow::Later(_) => return Err(Stop::Defect("a verb gives a value")),
        };
        self.given(verb, &value)
    }

    /// Calls another operation, and gives its output as JSON text.
    fn called(&mut self, name: &str, arguments: &[u8]) -> Run<Vec<u8>> {
        let program = &self.machine.facts.program;
        let mut calls = self.rust.calls.iter();
        let id = calls.find(|id| program.operations[**id].name == name);
        let id = *id.ok_or(Stop::Defect("a call that is not among the effects"))?;
        let operation = &program.operations[id];
        let files = &self.files;
        let output = self.machine.enter(id, |machine| given_inputs(machine, operation, arguments, files))?;
        let mut out = Vec::new();
        match &operation.output {
            Some(ty) => write::stored(&mut out, program, &output, ty)?,
            None => out.extend_from_slice(b"null"),
        }
        Ok(out)
    }

    /// The slots of a verb with its arguments in their places.
    fn arguments(&self, verb: &Verb, slots: usize, text: &[u8]) -> Run<Vec<Value>> {
        let facts = self.machine.facts;
        let mut values = vec![Value::Null; slots];
        let mut put = |slot: quater_ir::expr::Slot, value| match values.get_mut(slot.0 as usize) {
            Some(place) => {
                *place = value;
                Ok(())
            }
            None => Err(Stop::Defect("an argument beyond its verb")),
        };
        let Ok(Tree::Object(members)) = serde_json::from_slice::<Tree<'_>>(text) else {
            return Err(Stop::Defect("arguments are an object"));
        };
        let default = |expr: &Expr| self.machine.scope().value(expr);
        let mut reader = Reader::new(&facts.program, &facts.patterns, &default);
        for argument in &verb.arguments {
            let tree = member(&members, &argument.name);
            if let Some(given) = argument.given {
                put(given, Value::Bool(tree.is_some()))?;
            }
            let value = match tree {
                Some(tree) => {
                    reader.within(&argument.name, |reader| reader.value(tree.clone(), &argument.ty))
                }
                None if argument.given.is_some() => Value::Null,
                None => return Err(Stop::Defect("an argument that is missing")),
            };
            put(argument.slot, self.as_row(value, &argument.ty))?;
        }
        if reader.violations.is_empty() {
            return Ok(values);
        }
        Err(Refusal::invalid(&facts.program, reader.violations).into())
    }

    /// The key of a row as a row of which only that is known.
    fn as_row(&self, value: Value, ty: &Type) -> Value {
        let Type::Row(id) = ty else { return value };
        let entity = &self.machine.facts.program.entities[*id];
        let mut row = vec![Value::Null; entity.columns.len()];
        if let Some(place) = row.get_mut(entity.key.index()) {
            *place = value;
        }
        Value::Row(row.into())
    }

    /// What a verb gives, as JSON text.
    fn given(&mut self, verb: &Verb, value: &Value) -> Run<Vec<u8>> {
        let facts = self.machine.facts;
        let program = &facts.program;
        let entity = &program.entities[verb.entity];
        let mut out = Vec::new();
        match &verb.gives {
            Gives::Nothing => out.extend_from_slice(b"null"),
            Gives::Key => write::stored(&mut out, program, value, &entity.columns[entity.key].ty)?,
            Gives::Shape(shape) => write::stored(&mut out, program, value, &Type::Record(*shape))?,
            Gives::Row(columns) => {
                row_text(&mut out, &mut self.files, program, (verb.entity, columns), value)?;
            }
            Gives::Rows(columns) => {
                out.push(b'[');
                for (at, row) in value.list()?.iter().enumerate() {
                    if at > 0 {
                        out.push(b',');
                    }
                    row_text(&mut out, &mut self.files, program, (verb.entity, columns), row)?;
                }
                out.push(b']');
            }
        }
        Ok(out)
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
    fn verb(&mut self, entity: &str, verb: &str, arguments: &[u8]) -> Result<Vec<u8>, Failure> {
        if self.failed.is_some() {
            return Err(Failure::ended());
        }
        self.done(entity, verb, arguments).map_err(|stop| self.fail(stop))
    }

    fn call(&mut self, operation: &str, arguments: &[u8]) -> Result<Vec<u8>, Failure> {
        if self.failed.is_some() {
            return Err(Failure::ended());
        }
        self.called(operation, arguments).map_err(|stop| self.fail(stop))
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
        self.execute(SAVEPOINT)?;
        self.marks.push(self.machine.tally.clone());
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
        if stays && swallowed.is_none() {
            return self.execute(RELEASE);
        }
        self.execute(ROLLBACK_TO)?;
        self.execute(RELEASE)?;
        if let Some(before) = before {
            *self.machine.tally = before;
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
        let same = |it: &&Arc<File>| it.digest == file.digest && it.size == file.size;
        let known = self.files.iter().find(same);
        let known =
            known.ok_or_else(|| Failure::internal(format!("`{}` is no file of this call", file.name)))?;
        let bytes = self.machine.facts.files.as_ref().and_then(|files| files.read(known));
        bytes.ok_or_else(|| Failure::internal(format!("the bytes of `{}` are gone", file.name)))
    }

    fn now(&self) -> i64 {
        self.machine.about.now
    }

    fn actor(&self) -> Option<Vec<u8>> {
        let program = &self.machine.facts.program;
        let entity = &program.entities[program.actor?];
        let key = self.machine.about.actor.row().ok()?.get(entity.key.index())?;
        let mut out = Vec::new();
        write::stored(&mut out, program, key, &entity.columns[entity.key].ty).ok()?;
        Some(out)
    }
}

/// The inputs that a body gives an operation, in their order; what breaks the rules of one is `Invalid`.
fn given_inputs(
    machine: &Machine<'_, '_, '_>,
    operation: &Operation,
    arguments: &[u8],
    files: &[Arc<File>],
) -> Run<Vec<Value>> {
    let facts = machine.facts;
    let Ok(Tree::Object(members)) = serde_json::from_slice::<Tree<'_>>(arguments) else {
        return Err(Stop::Defect("arguments are an object"));
    };
    let default = |expr: &Expr| machine.scope().value(expr);
    let mut reader = Reader::new(&facts.program, &facts.patterns, &default);
    let mut values = Vec::new();
    for input in &operation.inputs {
        let tree = member(&members, &input.name);
        values.push(reader.within(&input.name, |reader| match tree {
            Some(tree) if matches!(input.ty.required(), Type::File(_)) => {
                let file = passed_on(tree, files).map_or(Value::Null, Value::File);
                let file = refine::check(file, &input.ty, &facts.program, &facts.patterns);
                file.unwrap_or_else(|fault| reader.refuse(fault.code, fault.message))
            }
            Some(tree) => reader.value(tree.clone(), &input.ty),
            None => reader.absent(&input.ty, input.default.as_ref()),
        }));
    }
    if let Some(stop) = reader.stop.take() {
        return Err(stop);
    }
    if reader.violations.is_empty() {
        return Ok(values);
    }
    Err(Refusal::invalid(&facts.program, reader.violations).into())
}

/// The file that a body gives on, which it was given itself.
fn passed_on(tree: &Tree<'_>, files: &[Arc<File>]) -> Option<Arc<File>> {
    let Tree::Object(members) = tree else { return None };
    let says = |name: &str, its: &str| matches!(member(members, name), Some(Tree::Text(text)) if text == its);
    let same =
        |it: &&Arc<File>| says("digest", &it.digest) && says("name", &it.name) && says("type", &it.media);
    files.iter().find(same).cloned()
}

/// A row as a JSON object of some of its columns, or null.
fn row_text(
    out: &mut Vec<u8>,
    files: &mut Vec<Arc<File>>,
    program: &quater_ir::Program,
    (entity, columns): (Id<Entity>, &[Id<Column>]),
    value: &Value,
) -> Run<()> {
    if value.is_null() {
        out.extend_from_slice(b"null");
        return Ok(());
    }
    let row = value.row()?;
    out.push(b'{');
    for (at, column) in columns.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        let declared = &program.entities[entity].columns[*column];
        let value = Value::part(row, column.index())?;
        remember(files, &value);
        write::key(out, &declared.name);
        write::stored(out, program, &value, &declared.ty)?;
    }
    out.push(b'}');
    Ok(())
}

fn remember(files: &mut Vec<Arc<File>>, value: &Value) {
    if let Value::File(file) = value {
        files.push(Arc::clone(file));
    }
}

fn member<'t, 'm>(members: &'m [(Cow<'t, str>, Tree<'t>)], name: &str) -> Option<&'m Tree<'t>> {
    members.iter().find(|(its, _)| its == name).map(|(_, tree)| tree)
}
