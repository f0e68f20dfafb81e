//! `operation`: inputs, doors, access, body.
use super::body::Finished;
use super::scope::{Doer, Local, Place, Presence, Scope, slot_value};
use super::statement::ends;
use super::{Checker, Unit, docs};
use crate::ast::{self, ClauseKind, ModifierKind, ParameterSource};
use crate::report::{Code, Report, Span};
use quater_ir::Id;
use quater_ir::body::Statement;
use quater_ir::expr::{Expr, Node, Slot};
use quater_ir::fault;
use quater_ir::operation::{Access, Effects, Input, Operation, Place as Where};
use quater_ir::types::Type;
use smol_str::SmolStr;
use std::collections::BTreeSet;

impl<'a> Checker<'a> {
    /// Inputs, outputs, doors and access of every operation, each a unit; gives those that were looked at.
    pub(crate) fn operation_signatures(&mut self) -> Vec<Id<Operation>> {
        let mut signed = Vec::new();
        for index in 0..self.names.operations.len() {
            let (unit, id) = (Unit::Signature(index), Id::new(index as u32));
            if self.told.contains_key(&unit) {
                continue;
            }
            self.inlined = 0;
            let operation = self.unit(unit, |checker| checker.operation_signature(id));
            match (operation, self.operations.nth_mut(index)) {
                (Some(operation), Some(place)) => *place = operation,
                (Some(operation), None) => _ = self.operations.add(operation),
                (None, _) => {}
            }
            signed.push(id);
        }
        signed
    }

    fn operation_signature(&mut self, id: Id<Operation>) -> Option<Operation> {
        let (declaration, node) = self.names.operations.nth(id.index()).copied()?;
        let mut operation = Operation::new(node.name.text.clone(), docs(declaration.docs.as_ref()));
        self.operation_output(&mut operation, node);
        self.operation_inputs(&mut operation, &node.parameters);
        self.offered_inputs(id, &mut operation, node);
        self.sized_page(id, &mut operation, node);
        self.clauses(id, &mut operation, node);
        Some(operation)
    }

    fn operation_output(&mut self, operation: &mut Operation, node: &ast::Operation) {
        let Some(ty) = &node.output else { return };
        let output = if let ast::TypeKind::Page(of) = &ty.kind {
            self.page_output(of)
        } else if let ast::TypeKind::Stream(of) = &ty.kind {
            self.ty(of).map(|of| Type::Stream(Box::new(of)))
        } else {
            self.ty(ty)
        };
        let Some(output) = output else { return };
        if let Type::Ref(entity) = output.required() {
            let name = self.entities[*entity].name.clone();
            let report = Report::new(
                Code::E0301,
                ty.at,
                format!("an output shows a projection of `{name}`, not the row"),
            );
            self.sink.push(
                report.help(format!("write `{name}(id, …)`, or declare `type {name}Card = {name}(id, …)`")),
            );
            return;
        }
        if let Some(shown) = self.secret_in(&output, &mut BTreeSet::new()) {
            self.error::<()>(Code::E0403, ty.at, format!("{shown} would leave the service here"));
            return;
        }
        self.bounded_output(&output, ty.at);
        operation.output = Some(output);
    }

    /// What is given: to an operation, and to whatever is begun like one.
    pub(crate) fn operation_inputs(&mut self, operation: &mut Operation, parameters: &[ast::Field]) {
        for parameter in parameters {
            if operation.inputs.iter().any(|input| input.name == parameter.name.text) {
                let message = format!("`{}` is there twice", parameter.name.text);
                self.error::<()>(Code::E0202, parameter.name.at, message);
                continue;
            }
            self.only_modifiers(parameter, |kind| {
                matches!(
                    kind,
                    ModifierKind::Secret
                        | ModifierKind::Default(_)
                        | ModifierKind::Lock
                        | ModifierKind::From(_)
                )
            });
            let Some(ty) = self.ty(&parameter.ty) else { continue };
            if *ty.required() == Type::Password {
                let report = Report::new(
                    Code::E0301,
                    parameter.ty.at,
                    "a `password` is a stored hash; what is typed is text",
                );
                self.sink.push(report.fix("take text", parameter.ty.at, "text(8..200) secret"));
                continue;
            }
            self.bounded_input(&ty, parameter.ty.at);
            let mut scope = Scope::new(Place::Rule, Presence::Never, None);
            let default = parameter
                .default()
                .and_then(|value| self.expect(&mut scope, value, &ty, &parameter.name.text));
            let slot = Slot(operation.inputs.len() as u32);
            operation.inputs.push(Input {
                name: parameter.name.text.clone(),
                docs: docs(parameter.docs.as_ref()),
                ty,
                default: default.map(|default| default.expr),
                secret: parameter.secret().is_some(),
                place: self.source(parameter),
                slot,
            });
        }
    }

    fn source(&mut self, parameter: &ast::Field) -> Where {
        for modifier in &parameter.modifiers {
            if let ModifierKind::From(source) = &modifier.kind {
                return match source {
                    ParameterSource::Body => Where::Body,
                    ParameterSource::Header(name) => Where::Header(
                        self.plain(name).map(|name| name.to_ascii_lowercase().into()).unwrap_or_default(),
                    ),
                    ParameterSource::Cookie(name) => {
                        Where::Cookie(self.plain(name).map(SmolStr::new).unwrap_or_default())
                    }
                };
            }
        }
        Where::Member
    }

    /// What one operation does.
    pub(crate) fn operation_body(&mut self, id: Id<Operation>, node: &'a ast::Operation) {
        let mut scope = Scope::new(Place::Body, Self::presence(&self.operations[id].access), None);
        scope.body.doer = Some(Doer::Operation(id));
        scope.body.output = self.operations[id].output.clone();
        scope.body.output_broken = node.output.is_some() && scope.body.output.is_none();
        self.bind_inputs(id, &mut scope, node);
        let rust = self.rust_body(&mut scope, &node.clauses, &node.body);
        let written = rust.is_none();
        self.operations[id].rust = rust;
        if written {
            self.block(&mut scope, &node.body);
        }
        self.on_waiting(id, node, &mut scope);
        if written && scope.body.output.is_some() && !ends(&scope.body.block) {
            let report = Report::new(
                Code::E0313,
                node.name.at,
                format!("`{}` may end without its output", node.name.text),
            );
            self.telling.held.push(report.help("end every way through the body with `return …`"));
        }
        self.finish_body(id, scope, node);
    }

    fn bind_inputs(&mut self, id: Id<Operation>, scope: &mut Scope, node: &ast::Operation) {
        let inputs: Vec<(SmolStr, Type, bool)> = self.operations[id]
            .inputs
            .iter()
            .map(|input| (input.name.clone(), input.ty.clone(), input.secret))
            .collect();
        self.bind_parameters(scope, inputs, &node.parameters);
    }

    /// Gives parameters their names in a body: a key stands for the row that it names.
    pub(crate) fn bind_parameters(
        &mut self,
        scope: &mut Scope,
        inputs: Vec<(SmolStr, Type, bool)>,
        parameters: &[ast::Field],
    ) {
        for (name, ty, _) in &inputs {
            scope.slot(name.clone(), ty.clone());
        }
        scope.body.inputs = inputs.len() as u32;
        for (at, (name, ty, secret)) in inputs.into_iter().enumerate() {
            let Some(parameter) = parameters.iter().find(|parameter| parameter.name.text == name) else {
                continue;
            };
            let slot = slot_value(Slot(at as u32), ty.clone());
            let lock = parameter.lock().is_some();
            let value = if let Type::Ref(entity) = *ty.required() {
                if ty.is_optional() {
                    self.load_optional(scope, entity, slot, lock, parameter.at)
                } else {
                    self.load(scope, entity, slot, lock, parameter.at).map(|row| row.expr)
                }
            } else {
                self.keys_inside(scope, &slot, parameter.at);
                Some(slot)
            };
            scope.mark(parameter.at);
            match value {
                Some(value) => {
                    let at = Some(parameter.name.at);
                    scope.locals.push(Local { name, value, secret, input: true, depth: 0, at });
                }
                None => scope.unknown(&name),
            }
        }
        for parameter in parameters {
            if scope.local(&parameter.name.text).is_none() {
                scope.unknown(&parameter.name.text);
            }
        }
    }

    fn load_optional(
        &mut self,
        scope: &mut Scope,
        entity: Id<quater_ir::entity::Entity>,
        key: Expr,
        lock: bool,
        at: Span,
    ) -> Option<Expr> {
        let given = super::expr::not(Expr::new(Node::IsNull(Box::new(key.clone())), Type::Bool));
        let inner = Expr::new(key.node, Type::Ref(entity));
        let (row, then) = scope.nested(|scope| self.load(scope, entity, inner, lock, at));
        scope.body.block.push(Statement::If { condition: given, then, otherwise: Vec::new() });
        row.map(|row| Expr::new(row.expr.node, row.expr.ty.optional()))
    }

    fn finish_body(&mut self, id: Id<Operation>, scope: Scope, node: &ast::Operation) {
        let Finished { body, effects, mut faults, reveals } = self.finished(scope);
        self.note_effects(&node.name, &effects, &faults);
        self.get_writes_nothing(id, &effects, node);
        let operation = &mut self.operations[id];
        faults.insert(fault::INVALID);
        let open = operation.access.iter().any(|access| matches!(access, Access::Public));
        if !self.names.auths.is_empty() {
            faults.insert(fault::UNAUTHORIZED);
        }
        if !open && operation.access.iter().any(|access| !matches!(access, Access::SignedIn)) {
            faults.insert(fault::FORBIDDEN);
        }
        if operation.idempotent || operation.approval.is_some() {
            faults.insert(fault::CONFLICT);
        }
        if operation.approval.is_some() {
            faults.insert(fault::FORBIDDEN);
        }
        if !operation.limits.is_empty() || self.service.as_ref().is_some_and(|it| !it.limits.is_empty()) {
            faults.insert(fault::TOO_MANY);
        }
        operation.faults = faults.into_iter().collect();
        operation.effects = effects;
        operation.reveals = reveals;
        operation.body = body;
        self.clauses_fit(id, node);
    }

    fn get_writes_nothing(&mut self, id: Id<Operation>, effects: &Effects, node: &ast::Operation) {
        let get = node
            .clauses
            .iter()
            .find(|clause| matches!(&clause.kind, ClauseKind::Http(http) if http.method == ast::Method::Get));
        if let Some(clause) = get
            && effects.writes()
        {
            let message = format!("`{}` changes rows, which a GET may never do", self.operations[id].name);
            self.sink
                .push(Report::new(Code::E0502, clause.at, message).help("use POST, PUT, PATCH or DELETE"));
        }
    }
}
