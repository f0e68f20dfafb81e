//! What a body in Rust does to rows, and the operations that it calls.
use super::{Shaped, Work};
use crate::call::Refusal;
use crate::native::{Gives, Shape, Taker, Wanted};
use crate::plan::native::VerbPlan;
use crate::run::{Course, Flow, Machine, Output};
use crate::stop::{Run, Stop};
use crate::value::Value;
use crate::wire::read::Reader;
use quater_ir::expr::Slot;
use quater_ir::fault::{FORBIDDEN, NOT_FOUND};
use quater_ir::native::{Gives as Giving, Verb};
use quater_ir::operation::{Act, Operation};
use quater_ir::types::Type;

impl<'a> Work<'_, 'a, '_, '_> {
    /// Does what a verb stands for. A row that may not be changed is not there for who may not see it either.
    pub(super) fn done(&mut self, entity: &str, name: &str, arguments: &dyn Gives) -> Run<Shaped<'a>> {
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
            return Ok((result?, self.shape(verb)));
        }
        let seen = match look {
            Some((verb, plan)) => !self.perform(verb, plan, arguments)?.is_null(),
            None => false,
        };
        if seen { Ok((result?, self.shape(verb))) } else { Err(Refusal::plain(program, NOT_FOUND).into()) }
    }

    fn perform(&mut self, verb: &Verb, plan: &VerbPlan, arguments: &dyn Gives) -> Run<Value> {
        let mut slots = self.arguments(verb, plan.slots, arguments)?;
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
        match (&verb.gives, verb.act) {
            (Giving::Row(_), _) => self.known.row(&facts.program, verb.entity, &value),
            (Giving::Key, _) => self.known.key(verb.entity, &value),
            (_, Act::Delete) => self.known.forget(),
            (Giving::Nothing | Giving::Rows(_) | Giving::Shape(_), _) => {}
        }
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

    /// Calls another operation, and gives its output.
    pub(super) fn called(&mut self, name: &str, arguments: &dyn Gives) -> Run<Shaped<'a>> {
        let facts = self.machine.facts;
        let program = &facts.program;
        let mut calls = self.rust.calls.iter();
        let id = calls.find(|id| program.operations[**id].name == name);
        let id = *id.ok_or(Stop::Defect("a call that is not among the effects"))?;
        let operation = &program.operations[id];
        let inputs = self.inputs_of(operation, arguments)?;
        let (reads, writes) = (!operation.effects.reads.is_empty(), operation.effects.writes());
        self.decides(reads, writes)?;
        let output = self.machine.enter(id, |_| Ok(inputs))?;
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

    /// The inputs that the body gives an operation, in their order; what breaks the rules of one is `Invalid`.
    fn inputs_of(&self, operation: &Operation, arguments: &dyn Gives) -> Run<Vec<Value>> {
        self.parts(arguments, Wanted::Inputs(&operation.inputs), |reader, given| {
            let inputs = operation.inputs.iter().zip(given).map(|(input, value)| {
                let absent = |reader: &mut Reader<'_>| reader.absent(&input.ty, input.default.as_ref());
                value.unwrap_or_else(|| reader.within(&input.name, absent))
            });
            let inputs = inputs.collect();
            reader.stop.take().map_or(Ok(inputs), Err)
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
