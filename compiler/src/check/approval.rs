//! `approve by … when … within …` and `on waiting …`.
use super::Checker;
use super::scope::{Doer, Local, Place, Scope, slot_value};
use crate::ast::{self, ClauseKind, ExprKind, GranteeKind, ResourceKind, Verb};
use crate::report::{Code, Report, Span};
use quater_ir::Id;
use quater_ir::operation::{Access, Approval, Operation};

/// How long a call waits where the line does not say it, in milliseconds.
const WITHIN: u64 = 86_400_000;

/// The least and the most that a call may wait, in milliseconds.
const WAIT: (u64, u64) = (60_000, 30 * 86_400_000);

impl Checker<'_> {
    /// Who may agree, to which calls, for how long.
    pub(crate) fn approval(
        &mut self,
        operation: &Operation,
        (line, at): (&ast::Approval, Span),
        node: &ast::Operation,
    ) -> Option<Approval> {
        let no = |checker: &mut Self, message: &str, help: &str| {
            checker.report::<()>(Report::new(Code::E0514, at, message).help(help))
        };
        match &line.by.kind {
            GranteeKind::Public => {
                no(self, "anyone could agree, the caller too", "name a role: `approve by role manager`")?
            }
            GranteeKind::SignedIn | GranteeKind::Roles(_) => {}
        }
        if operation.access.iter().any(|access| matches!(access, Access::Public)) {
            no(
                self,
                "whoever calls need not say who they are, and could agree to their own call",
                "let nobody but signed-in callers in: `allow signed_in`",
            )?;
        }
        if !self.names.resources.iter().any(|resource| resource.kind == ResourceKind::Database) {
            no(
                self,
                "there is no database in which a call could wait",
                "declare `resource db = database(…)`",
            )?;
        }
        let access = ast::Access { grantee: Some(line.by.clone()), condition: None };
        let by = self.access(&[&access]);
        let condition = match &line.condition {
            Some(condition) => {
                let mut scope = self.over_inputs(operation, node);
                let held = self.condition(&mut scope, condition)?;
                self.can_hold(&held.expr, condition.at);
                Some(held.expr)
            }
            None => None,
        };
        let within = match &line.within {
            Some(within) => self.time_between(within, WAIT, Code::E0514)?,
            None => WITHIN,
        };
        (!by.is_empty()).then_some(Approval { by, condition, within, on_waiting: Vec::new() })
    }

    /// Names of the inputs as they come in, a row as its key, and the caller.
    fn over_inputs(&self, operation: &Operation, node: &ast::Operation) -> Scope {
        let mut scope = Scope::new(Place::Rule, Self::presence(&operation.access), None);
        for input in &operation.inputs {
            let written = node.parameters.iter().find(|parameter| parameter.name.text == input.name);
            let slot = scope.slot(input.name.clone(), input.ty.clone());
            let value = slot_value(slot, input.ty.clone());
            scope.locals.push(Local {
                name: input.name.clone(),
                value,
                secret: input.secret,
                input: true,
                depth: 0,
                at: written.map(|parameter| parameter.name.at),
            });
        }
        scope.body.inputs = operation.inputs.len() as u32;
        scope
    }

    /// `on waiting enqueue …`, over the inputs; what it touches is counted with the body.
    pub(crate) fn on_waiting(&mut self, id: Id<Operation>, node: &ast::Operation, body: &mut Scope) {
        if !node.clauses.iter().any(|clause| matches!(clause.kind, ClauseKind::Approve(_))) {
            return;
        }
        for clause in &node.clauses {
            let ClauseKind::OnWaiting(verb) = &clause.kind else { continue };
            let enqueues = matches!(&verb.kind, ExprKind::Verb(verb) if matches!(**verb, Verb::Enqueue(_)));
            if !enqueues {
                if !matches!(verb.kind, ExprKind::Hole) {
                    let report =
                        Report::new(Code::E0514, verb.at, "a waiting call enqueues a job, nothing else");
                    self.sink.push(report.help("write `on waiting enqueue tell(order)`"));
                }
                continue;
            }
            let operation = self.operations[id].clone();
            let mut scope = self.over_inputs(&operation, node);
            scope.place = Place::Body;
            scope.body.doer = Some(Doer::Operation(id));
            std::mem::swap(&mut scope.body.effects, &mut body.body.effects);
            self.expr(&mut scope, verb, None);
            std::mem::swap(&mut scope.body.effects, &mut body.body.effects);
            if let Some(approval) = &mut self.operations[id].approval {
                approval.on_waiting.append(&mut scope.body.block);
            }
        }
    }
}
