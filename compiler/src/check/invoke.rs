//! `call other_operation(…)`: another operation in the same transaction, as the same caller.
use super::scope::{BodyParts, Scope, slot_value};
use super::{Checker, Typed, Unit};
use crate::ast::{self, ArgumentKind};
use crate::report::{Code, Report, Span};
use crate::resolve::Meaning;
use quater_ir::Id;
use quater_ir::body::Statement;
use quater_ir::expr::Expr;
use quater_ir::operation::{Effects, Input, Operation};
use quater_ir::types::Type;

/// Through how many operations a call may go, the first one counted.
pub(crate) const DEEPEST_CALLS: usize = 32;

/// Says that operations call others that call others too often.
pub(crate) fn too_deep(at: Span) -> Report {
    let message = format!("operations call each other more than {DEEPEST_CALLS} deep from here");
    Report::new(Code::E0630, at, message).help("call some of them from one place, one behind the other")
}

/// How far the body of an operation is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BodyState {
    /// Nobody looked yet.
    Unknown,
    /// Being checked; calling it now is a cycle.
    Open,
    /// Known, or reported.
    Done,
}

impl<'a> Checker<'a> {
    /// What every operation does; those that are called are checked before their callers.
    pub(crate) fn operation_bodies(&mut self) {
        self.bodies.resize(self.names.operations.len(), BodyState::Unknown);
        let looked_into: Vec<usize> = (0..)
            .zip(&self.names.operations)
            .filter(|(_, (declaration, _))| self.asked.looks_into(declaration.at))
            .map(|(index, _)| index)
            .collect();
        for index in looked_into {
            self.body_known(Id::new(index as u32));
        }
    }

    /// Checks a body that nobody looked at yet; false where it is being checked just now.
    fn body_known(&mut self, id: Id<Operation>) -> bool {
        match self.bodies.get(id.index()) {
            Some(BodyState::Open) => return false,
            Some(BodyState::Done) | None => return true,
            Some(BodyState::Unknown) => {}
        }
        self.set_body(id, BodyState::Open);
        let inlined = std::mem::take(&mut self.inlined);
        if let Some((_, node)) = self.names.operations.nth(id.index()).copied() {
            self.unit(Unit::Operation(id.index()), |checker| checker.operation_body(id, node));
        }
        self.inlined = inlined;
        self.set_body(id, BodyState::Done);
        true
    }

    fn set_body(&mut self, id: Id<Operation>, state: BodyState) {
        if let Some(slot) = self.bodies.get_mut(id.index()) {
            *slot = state;
        }
    }

    /// `call other(…)`
    pub(crate) fn call_operation(
        &mut self,
        scope: &mut Scope,
        (name, call): (&ast::Name, &ast::Call),
        otherwise: Option<&ast::Expr>,
        at: Span,
    ) -> Option<Typed> {
        let id = match self.names.get(name) {
            Some(Meaning::Operation(id)) => id,
            Some(Meaning::Unknown) => return None,
            _ if name.is_hole() => return None,
            _ => {
                let names = self.names;
                let known = names.all(|meaning| matches!(meaning, Meaning::Operation(_)));
                return self.unknown(
                    Code::E0201,
                    name,
                    format!("there is no operation `{}`", name.text),
                    known,
                );
            }
        };
        self.callee(id, name, at)?;
        let arguments = self.call_arguments(scope, id, call)?;
        let otherwise = self.own_raise(scope, otherwise)?;
        self.calls(scope, id, otherwise.is_none());
        let ty = self.operations[id].output.clone().unwrap_or(Type::Null);
        let slot = scope.slot(name.text.clone(), ty.clone());
        let statement = Statement::Call { slot: Some(slot), operation: id, arguments, otherwise };
        scope.body.block.push(statement);
        Some(Typed { expr: slot_value(slot, ty), secret: false, at })
    }

    /// Knows what an operation does that is to be called; nothing where it can't be.
    pub(crate) fn callee(&mut self, id: Id<Operation>, name: &ast::Name, at: Span) -> Option<()> {
        // Each level takes room while it is checked, too.
        let is_new = self.bodies.get(id.index()) == Some(&BodyState::Unknown);
        if is_new && self.bodies.iter().filter(|it| **it == BodyState::Open).count() >= DEEPEST_CALLS {
            return self.report(too_deep(name.at));
        }
        if !self.body_known(id) {
            let report = Report::new(Code::E0629, at, format!("`{}` would call itself", name.text));
            return self.report(report.help("an operation never calls one that calls it"));
        }
        self.callable(id, name)
    }

    /// Adds to a body what the operation touches that it calls, and how that may end where nothing else is said.
    pub(crate) fn calls(&self, scope: &mut Scope, id: Id<Operation>, may_fail: bool) {
        let called = &self.operations[id];
        if may_fail {
            scope.body.faults.extend(called.faults.iter().copied());
        }
        scope.body.effects.called.push((id, called.effects.clone()));
    }

    /// That calling does not pass over what only a door holds.
    fn callable(&mut self, id: Id<Operation>, name: &ast::Name) -> Option<()> {
        let called = &self.operations[id];
        let why = if called.approval.is_some() {
            "it waits for approval, which a caller gets at a door"
        } else if called.rust.as_ref().is_some_and(|rust| !rust.asks.is_empty()) {
            "it asks its caller, which happens at a door"
        } else if called.body.block.iter().any(|it| matches!(it, Statement::ForRows { .. })) {
            "it commits in batches, and a called operation runs in its caller's transaction"
        } else {
            return Some(());
        };
        let report = Report::new(Code::E0630, name.at, format!("`{}` can't be called from here", name.text));
        self.report(report.note(why).help("put what both do into an operation without a door, and call that"))
    }

    /// The inputs of an operation, in order: given in order or by name, else their defaults.
    fn call_arguments(
        &mut self,
        scope: &mut Scope,
        id: Id<Operation>,
        call: &ast::Call,
    ) -> Option<Vec<Expr>> {
        let inputs = self.operations[id].inputs.clone();
        let mut given: Vec<Option<Expr>> = vec![None; inputs.len()];
        let whole = self.expected_of(scope, id, &inputs, (call, &mut given))?;
        let mut values = Vec::new();
        for (input, given) in inputs.into_iter().zip(given) {
            match (given, input.default) {
                (Some(value), _) | (None, Some(value)) => values.push(value),
                (None, None) if input.ty.is_optional() => values.push(super::record::null(input.ty)),
                (None, None) if whole => {
                    return self.error(Code::E0309, call.at, format!("`{}` is missing", input.name));
                }
                (None, None) => {}
            }
        }
        whole.then_some(values)
    }

    /// Puts what a call gives into the places of the inputs; false where some of it was reported.
    fn expected_of(
        &mut self,
        scope: &mut Scope,
        id: Id<Operation>,
        inputs: &[Input],
        (call, given): (&ast::Call, &mut [Option<Expr>]),
    ) -> Option<bool> {
        let mut whole = true;
        for (at, argument) in call.arguments.iter().enumerate() {
            let (place, value) = match &argument.kind {
                ArgumentKind::Value(value) => (Some(at), value),
                ArgumentKind::Named { name, value, .. } => {
                    self.note_input(id, name);
                    let place = inputs.iter().position(|input| input.name == name.text);
                    if place.is_none() {
                        let of = format!("`{}`", self.operations[id].name);
                        self.no_member::<()>(&of, name, inputs.iter().map(|input| input.name.as_str()));
                        whole = false;
                        continue;
                    }
                    (place, value)
                }
                ArgumentKind::Computed { .. }
                | ArgumentKind::Optional(_)
                | ArgumentKind::Range(_)
                | ArgumentKind::Everything => {
                    return self.error(
                        Code::E0304,
                        argument.at,
                        "an input is given as a value, or as `name: value`",
                    );
                }
                ArgumentKind::Stray => return None,
            };
            let Some((input, slot)) = place.and_then(|at| Some((inputs.get(at)?, given.get_mut(at)?))) else {
                let message =
                    format!("`{}` takes {}", self.operations[id].name, super::counted(inputs.len(), "input"));
                return self.error(Code::E0304, argument.at, message);
            };
            if slot.is_some() {
                return self.error(Code::E0202, argument.at, format!("`{}` is given twice", input.name));
            }
            match self.expect(scope, value, &input.ty, &input.name) {
                Some(value) if value.secret && !input.secret => {
                    let report =
                        Report::new(Code::E0403, value.at, format!("`{}` takes no secret", input.name));
                    self.sink.push(report.help("say `secret` behind the type of that input"));
                    whole = false;
                }
                Some(value) => *slot = Some(value.expr),
                None => whole = false,
            }
        }
        Some(whole)
    }
}

impl BodyParts {
    /// What the body touches, with what the operations touch that it calls.
    pub(crate) fn all_effects(&mut self) -> Effects {
        let called = std::mem::take(&mut self.effects.called);
        let mut effects = std::mem::take(&mut self.effects).finish();
        for (id, its) in called {
            join(&mut effects.invokes, [id]);
            merge(&mut effects, its);
        }
        effects
    }
}

fn merge(into: &mut Effects, from: Effects) {
    let Effects {
        reads,
        creates,
        updates,
        deletes,
        invokes,
        requests,
        enqueues,
        emits,
        mails,
        reads_files,
        progress,
        hashes,
        locks,
    } = from;
    join(&mut into.reads, reads);
    join(&mut into.creates, creates);
    join(&mut into.updates, updates);
    join(&mut into.deletes, deletes);
    join(&mut into.invokes, invokes);
    join(&mut into.requests, requests);
    join(&mut into.enqueues, enqueues);
    join(&mut into.emits, emits);
    join(&mut into.mails, mails);
    join(&mut into.reads_files, reads_files);
    into.progress |= progress;
    into.hashes |= hashes;
    into.locks |= locks;
}

fn join<T: Ord>(into: &mut Vec<T>, from: impl IntoIterator<Item = T>) {
    into.extend(from);
    into.sort();
    into.dedup();
}
