//! Lines of a test beside rows and calls: values, stubs, the clock, jobs; and errors with what they carry.
use super::Checker;
use super::scope::{Scope, slot_value};
use crate::ast::{self, ArgumentKind, CarrierKind, ExprKind, StubAnswer};
use crate::report::{Code, Report, Span};
use crate::resolve::Meaning;
use quater_ir::Id;
use quater_ir::auth::Carrier;
use quater_ir::fault;
use quater_ir::operation::Operation;
use quater_ir::resource::ResourceKind;
use quater_ir::test::{Answer, Outcome, StepKind, Who};
use quater_ir::types::{Field, Type};
use smol_str::SmolStr;

impl Checker<'_> {
    /// `let name = value`
    pub(crate) fn test_let(
        &mut self,
        scope: &mut Scope,
        name: &ast::Name,
        value: &ast::Expr,
    ) -> Option<StepKind> {
        self.fresh(scope, name);
        let Some(value) = self.expr(scope, value, None) else {
            scope.unknown(&name.text);
            return None;
        };
        let slot = scope.slot(name.text.clone(), value.ty().clone());
        self.note_local(name, value.ty());
        scope.bind_at(name, slot_value(slot, value.ty().clone()), value.secret);
        Some(StepKind::Let { slot, value: value.expr })
    }

    /// `stub pay.refund gives { … }`, `stub pay.refund fails 503`
    pub(crate) fn stub(
        &mut self,
        scope: &mut Scope,
        target: &ast::Path,
        answer: &StubAnswer,
    ) -> Option<StepKind> {
        let [resource, name] = target.names.as_slice() else {
            let report = Report::new(Code::E0310, target.at, "a stub stands for a call of an upstream");
            return self.report(report.help("write `stub pay.refund gives { … }`"));
        };
        let (resource, call) = self.upstream_named((resource, name))?;
        let ResourceKind::Http(upstream) = &self.resources[resource].kind else { return None };
        let output = upstream.calls[call].output.clone();
        let answer = match (answer, output) {
            (StubAnswer::Gives(value), Some(ty)) => Answer::Gives(self.expect(scope, value, &ty, "")?.expr),
            (StubAnswer::Gives(value), None) => {
                return self.error(Code::E0310, value.at, "this call answers nothing");
            }
            (StubAnswer::Fails(status), _) => Answer::Fails(self.failing_status(status)?),
        };
        Some(StepKind::Stub { resource, call, answer })
    }

    fn failing_status(&mut self, status: &ast::Expr) -> Option<u16> {
        if let ExprKind::Literal(ast::Literal::Int(number)) = &status.kind
            && let Ok(number @ 400..=599) = u16::try_from(*number)
        {
            return Some(number);
        }
        let report = Report::new(Code::E0310, status.at, "an upstream fails with a status from 400 to 599");
        self.report(report.help("write `fails 503`"))
    }

    /// `at +8d`
    pub(crate) fn test_clock(&mut self, scope: &mut Scope, later: &ast::Expr) -> Option<StepKind> {
        self.expect(scope, later, &Type::Duration, "").map(|later| StepKind::At(later.expr))
    }

    /// `run expire_pending`
    pub(crate) fn test_run(&mut self, name: &ast::Name) -> Option<StepKind> {
        match self.names.get(name) {
            Some(Meaning::Job(id)) => Some(StepKind::Run(id)),
            Some(Meaning::Unknown) => None,
            _ if name.is_hole() => None,
            _ => {
                let names = self.names;
                let known = names.all(|meaning| matches!(meaning, Meaning::Job(_)));
                self.unknown(Code::E0201, name, format!("there is no job `{}`", name.text), known)
            }
        }
    }

    /// `gives waiting_approval`
    pub(crate) fn has_to_wait(&mut self, operation: Id<Operation>, at: Span) -> Option<Outcome> {
        let operation = &self.operations[operation];
        if operation.approval.is_some() {
            return Some(Outcome::Waits);
        }
        let message = format!("`{}` waits for nobody", operation.name);
        self.report(
            Report::new(Code::E0310, at, message).help("only an operation with an `approve` line waits"),
        )
    }

    /// `fails OutOfStock(sku)`, `fails OutOfStock(left: 3)`, `fails Invalid("sku")`
    pub(crate) fn fails(&mut self, scope: &mut Scope, expr: &ast::Expr) -> Option<Outcome> {
        let (name, arguments) = self.named_fault(expr)?;
        let Some(Meaning::Fault(id)) = self.names.get(name) else {
            return self.unknown_fault(name);
        };
        if !arguments.is_empty() && !self.payload_known(id) {
            return None;
        }
        let fields: Vec<(SmolStr, Type)> = if id == fault::INVALID {
            vec![("field".into(), Type::TEXT), ("text".into(), Type::TEXT)]
        } else {
            self.faults[id].fields.values().map(|field| (field.name.clone(), field.ty.clone())).collect()
        };
        let mut values = Vec::new();
        for (at, argument) in arguments.iter().enumerate() {
            let (place, value) = self.payload_member(&fields, at, argument, &name.text)?;
            let ty = super::expr::unrefined(&fields.get(place)?.1);
            let value = self.expect(scope, value, &ty, "")?;
            values.push((Id::<Field>::new(place as u32), value.expr));
        }
        Some(Outcome::Fails(id, values))
    }

    /// Which member of an error's payload an argument is about.
    fn payload_member<'e>(
        &mut self,
        fields: &[(SmolStr, Type)],
        at: usize,
        argument: &'e ast::Argument,
        fault: &str,
    ) -> Option<(usize, &'e ast::Expr)> {
        match &argument.kind {
            ArgumentKind::Value(value) if at < fields.len() => Some((at, value)),
            ArgumentKind::Named { name, value, .. } => {
                match fields.iter().position(|(field, _)| *field == name.text) {
                    Some(place) => Some((place, value)),
                    None => {
                        let known = fields.iter().map(|(field, _)| field.as_str());
                        self.no_member(&format!("`{fault}`"), name, known)
                    }
                }
            }
            ArgumentKind::Value(_)
            | ArgumentKind::Computed { .. }
            | ArgumentKind::Optional(_)
            | ArgumentKind::Range(_)
            | ArgumentKind::Everything
            | ArgumentKind::Stray => {
                let message = format!("`{fault}` carries {}", super::counted(fields.len(), "value"));
                self.error(Code::E0304, argument.at, message)
            }
        }
    }

    /// `with bearer r.token`, `with header "x-key" r.key`, `with cookie "session" r.token`
    pub(crate) fn carried_by(&mut self, scope: &mut Scope, credential: &ast::Credential) -> Option<Who> {
        let value = self.expect(scope, &credential.value, &Type::TEXT, "")?.expr;
        let carrier = match &credential.carrier {
            CarrierKind::Bearer(None) => return Some(Who::Bearer(value)),
            CarrierKind::Bearer(Some(word)) => Carrier::Scheme(SmolStr::new(self.plain(word)?)),
            CarrierKind::Header(name) => {
                Carrier::Header(SmolStr::new(self.plain(name)?.to_ascii_lowercase()))
            }
            CarrierKind::Cookie(name) => Carrier::Cookie(SmolStr::new(self.plain(name)?)),
            CarrierKind::Basic => Carrier::Basic,
        };
        Some(Who::Carried(carrier, value))
    }
}
