//! Calling other operations.
use super::{Course, Flow, Machine, Output};
use crate::access;
use crate::plan::call::Calling;
use crate::stop::{Run, Stop};
use crate::value::Value;
use quater_ir::Id;
use quater_ir::operation::Operation;

impl Machine<'_, '_, '_> {
    /// Runs another operation in this transaction, as this caller, and gives its output.
    pub(super) fn call(&mut self, call: &Calling) -> Run<Value> {
        match (self.called(call), &call.otherwise) {
            (Err(Stop::Refused(_)), Some(raise)) => Err(self.raise(raise)?.into()),
            (result, _) => result,
        }
    }

    fn called(&mut self, call: &Calling) -> Run<Value> {
        self.enter(call.operation, |machine| {
            let scope = machine.scope();
            call.arguments.iter().map(|argument| scope.plain(argument)).collect()
        })
    }

    /// Runs another operation, which its caller may call, with inputs in their order.
    pub(super) fn enter(
        &mut self,
        id: Id<Operation>,
        inputs: impl FnOnce(&Self) -> Run<Vec<Value>>,
    ) -> Run<Value> {
        let (facts, plan, about) = (self.facts, self.plan, self.about);
        let operation = &facts.program.operations[id];
        let planned = plan.operation(id).ok_or(Stop::Defect("an operation without a plan"))?;
        // One without a door says who may call it only where that is not all who may call its callers.
        if !operation.access.is_empty() {
            access::check(facts, about, operation)?;
        }
        let mut slots = vec![Value::Null; planned.slots];
        for (input, value) in operation.inputs.iter().zip(inputs(self)?) {
            let place = slots.get_mut(input.slot.0 as usize);
            *place.ok_or(Stop::Defect("an input beyond its body"))? = value;
        }
        let output = operation.output.as_ref();
        let (slots, session, tally) = (&mut slots, &mut *self.session, &mut *self.tally);
        let (called, between, course) = (true, None, Course::default());
        let mut inner =
            Machine { facts, plan, about, slots, session, output, called, between, tally, course };
        for steps in [&planned.prelude, &planned.steps] {
            match inner.block(steps)? {
                Flow::Next => {}
                Flow::Done(Output::Value(value)) => return Ok(value),
                Flow::Later(_) => return Err(Stop::Defect("a called operation that waits")),
                Flow::Done(Output::Text(_)) => return Err(Stop::Defect("a called operation gives a value")),
            }
        }
        Ok(Value::Null)
    }
}
