//! What a body in Rust does to rows, and the operations that it calls.
use super::history::Act;
use super::{Shaped, Work};
use crate::call::Refusal;
use crate::native::{Gives, Shape, Taker, Wanted};
use crate::plan::native::VerbPlan;
use crate::run::{Course, Flow, Machine, Output};
use crate::stop::{Run, Stop};
use crate::value::Value;
use crate::wire::read::Reader;
use quater_ir::Id;
use quater_ir::expr::{Expr, Slot};
use quater_ir::fault::{FORBIDDEN, NOT_FOUND};
use quater_ir::native::{Gives as Giving, Verb};
use quater_ir::operation::{Act as Doing, Operation};
use quater_ir::types::Type;
use smol_str::SmolStr;

/// What parts are given, and the same with what was left out.
pub(super) type Filled = (Vec<Option<Value>>, Vec<Value>);

/// One of the verbs of a body.
pub(super) struct Named<'a> {
    /// Which.
    at: usize,
    verb: &'a Verb,
    pub(super) plan: &'a VerbPlan,
}

impl<'a> Work<'_, 'a, '_, '_> {
    /// The verb of this name that is for rows of an entity.
    pub(super) fn verb_named(&self, entity: &str, name: &str) -> Run<Named<'a>> {
        let program = &self.machine.facts.program;
        let mut verbs = self.rust.verbs.iter().zip(&self.plan.verbs).enumerate();
        let found =
            verbs.find(|(_, (verb, _))| verb.name == name && program.entities[verb.entity].name == entity);
        let found = found.map(|(at, (verb, plan))| Named { at, verb, plan });
        found.ok_or(Stop::Defect("a verb that is not among the effects"))
    }

    /// Does what a verb stands for. A row that may not be changed is not there for who may not see it either.
    pub(super) fn done(&mut self, named: &Named<'a>, arguments: &dyn Gives) -> Run<Shaped<'a>> {
        let (program, verb) = (&self.machine.facts.program, named.verb);
        let result = self.perform(named, arguments);
        let forbidden = matches!(&result, Err(Stop::Refused(refusal)) if refusal.fault == FORBIDDEN);
        if !(forbidden && matches!(verb.act, Doing::Update | Doing::Delete)) {
            return Ok((result?, self.shape(verb)));
        }
        let seen = match self.verb_named(&program.entities[verb.entity].name, "find") {
            Ok(look) => !self.perform(&look, arguments)?.is_null(),
            Err(_) => false,
        };
        if seen { Ok((result?, self.shape(verb))) } else { Err(Refusal::plain(program, NOT_FOUND).into()) }
    }

    fn perform(&mut self, named: &Named<'_>, arguments: &dyn Gives) -> Run<Value> {
        let Named { at, verb, plan } = *named;
        let slots = self.arguments(verb, plan.slots, arguments)?;
        let act = self.replay.is_on().then(|| Act::Verb(at, slots.clone()));
        let value = self.kept(act, |work| work.ran(plan, slots))?;
        let program = &self.machine.facts.program;
        match (&verb.gives, verb.act) {
            (Giving::Row(_), _) => self.known.row(program, verb.entity, &value),
            (Giving::Key, _) => self.known.key(verb.entity, &value),
            (_, Doing::Delete) => self.known.forget(),
            (Giving::Nothing | Giving::Rows(_) | Giving::Shape(_), _) => {}
        }
        Ok(value)
    }

    /// Runs the steps of a verb.
    fn ran(&mut self, plan: &VerbPlan, mut slots: Vec<Value>) -> Run<Value> {
        self.decides(plan.reads, plan.writes)?;
        let (facts, plans, about) = (self.machine.facts, self.machine.plan, self.machine.about);
        let (session, tally) = (&mut *self.machine.session, &mut *self.machine.tally);
        let (slots, output, called, between) = (&mut slots, None, true, None);
        let course = Course::knowing(std::mem::take(&mut self.known));
        let mut inner =
            Machine { facts, plan: plans, about, slots, session, output, called, between, tally, course };
        let flow = inner.block(&plan.steps);
        let asked = inner.course.known.end();
        self.known = std::mem::take(&mut inner.course.known);
        let value = match flow? {
            Flow::Next => Value::Null,
            Flow::Done(Output::Value(value)) => value,
            Flow::Done(Output::Text(_)) | Flow::Later(_) => return Err(Stop::Defect("a verb gives a value")),
        };
        // Keys that had to be asked for stand in rows that nobody holds.
        self.decides(asked, plan.writes)?;
        Ok(value)
    }

    /// What is written may depend on what was read before. Where that is not held, it takes a transaction that ends as
    /// if it had been alone.
    fn decides(&mut self, reads: bool, writes: bool) -> Run<()> {
        if writes && (self.saw || reads) {
            self.machine.session.alone()?;
        }
        self.saw |= reads;
        Ok(())
    }

    /// The operation of this name, among those that the body may call.
    pub(super) fn operation_named(&self, name: &str) -> Run<Id<Operation>> {
        let operations = &self.machine.facts.program.operations;
        let found = self.rust.calls.iter().find(|id| operations[**id].name == name);
        found.copied().ok_or(Stop::Defect("a call that is not among the effects"))
    }

    /// Calls another operation, and gives its output.
    pub(super) fn called(&mut self, id: Id<Operation>, arguments: &dyn Gives) -> Run<Shaped<'a>> {
        let facts = self.machine.facts;
        let operation = &facts.program.operations[id];
        let (given, inputs) = self.inputs_of(operation, arguments)?;
        let (reads, writes) = (!operation.effects.reads.is_empty(), operation.effects.writes());
        let act = self.replay.is_on().then_some(Act::Call(id, given));
        let output = self.kept(act, |work| {
            work.decides(reads, writes)?;
            work.machine.enter(id, |_| Ok(inputs))
        })?;
        if !operation.effects.deletes.is_empty() {
            self.known.forget();
        }
        Ok((output, operation.output.as_ref().map_or(Shape::Nothing, Shape::Type)))
    }

    /// The slots of a verb with its arguments in their places.
    fn arguments(&self, verb: &Verb, slots: usize, arguments: &dyn Gives) -> Run<Vec<Value>> {
        let given = self.parts(arguments, Wanted::Arguments(&verb.arguments), |_, given| Ok(given))?;
        let mut values = vec![Value::Null; slots];
        let mut put = |slot: Slot, value| match values.get_mut(slot.0 as usize) {
            Some(place) => {
                *place = value;
                Ok(())
            }
            None => Err(Stop::Defect("an argument beyond its verb")),
        };
        for (argument, value) in verb.arguments.iter().zip(given) {
            if let Some(given) = argument.given {
                put(given, Value::Bool(value.is_some()))?;
            }
            let value = match value {
                Some(value) => self.as_row(value, &argument.ty),
                None if argument.given.is_some() => Value::Null,
                None => return Err(Stop::Defect("an argument that is missing")),
            };
            put(argument.slot, value)?;
        }
        Ok(values)
    }

    /// The inputs that the body gives an operation, in their order, as they are given and with what is left out.
    fn inputs_of(&self, operation: &Operation, arguments: &dyn Gives) -> Run<Filled> {
        let parts = operation.inputs.iter().map(|input| (&input.name, &input.ty, input.default.as_ref()));
        self.filled(arguments, Wanted::Inputs(&operation.inputs), parts)
    }

    /// What the body gives for parts with such names, types and defaults; what breaks the rules of one is `Invalid`.
    pub(super) fn filled<'p>(
        &self,
        arguments: &dyn Gives,
        wanted: Wanted<'_>,
        parts: impl Iterator<Item = (&'p SmolStr, &'p Type, Option<&'p Expr>)>,
    ) -> Run<Filled> {
        self.parts(arguments, wanted, |reader, given| {
            let filled = parts.zip(&given).map(|((name, ty, default), value)| match value {
                Some(value) => value.clone(),
                None => reader.within(name, |reader| reader.absent(ty, default)),
            });
            let filled = filled.collect();
            reader.stop.take().map_or(Ok((given, filled)), Err)
        })
    }

    /// What the body gives, part by part.
    fn parts<T>(
        &self,
        arguments: &dyn Gives,
        wanted: Wanted<'_>,
        take: impl FnOnce(&mut Reader<'_>, Vec<Option<Value>>) -> Run<T>,
    ) -> Run<T> {
        let (parts, wrong) = self.reading(|reader| {
            let given = arguments.give(Taker { reader: &mut *reader, wanted });
            let parts = match given {
                Ok(Value::Patch(parts)) => take(reader, parts.to_vec()),
                Ok(_) | Err(_) => Err(Stop::Defect("arguments have names or an order")),
            };
            (parts, std::mem::take(&mut reader.violations))
        });
        if wrong.is_empty() {
            parts
        } else {
            Err(Refusal::invalid(&self.machine.facts.program, wrong).into())
        }
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

    /// What a verb gives.
    fn shape(&self, verb: &'a Verb) -> Shape<'a> {
        match &verb.gives {
            Giving::Nothing => Shape::Nothing,
            Giving::Key => {
                let entity = &self.machine.facts.program.entities[verb.entity];
                Shape::Type(&entity.columns[entity.key].ty)
            }
            Giving::Row(columns) => Shape::Row(verb.entity, columns),
            Giving::Rows(columns) => Shape::Rows(verb.entity, columns),
            Giving::Shape(shape) => Shape::Record(*shape),
        }
    }
}
