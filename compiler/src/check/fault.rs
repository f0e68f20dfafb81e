//! `error`, and raising one.
use super::note::note_parameter;
use super::scope::Scope;
use super::{Checker, counted, docs};
use crate::ast::{self, ArgumentKind, ExprKind, TextPart};
use crate::report::{Code, Report};
use crate::resolve::Meaning;
use quater_ir::body::Raise;
use quater_ir::fault::{self, Fault, Part};
use quater_ir::types::{Field, Type};
use quater_ir::{Arena, Id};
use smol_str::SmolStr;

impl Checker<'_> {
    /// Every declared `error`.
    pub(crate) fn declared_faults(&mut self) {
        for (declaration, node) in &self.names.errors {
            let fields = self.fields(&node.fields).unwrap_or_default();
            for (field, written) in fields.values().zip(&node.fields) {
                if field.secret {
                    self.error::<()>(
                        Code::E0403,
                        written.at,
                        "an error is shown to callers: it can't carry a secret",
                    );
                }
            }
            let status = node.status.map_or(500, |status| {
                if !(400..=599).contains(&status.value) {
                    let report = Report::new(
                        Code::E0510,
                        status.at,
                        format!("{} is no status of an error", status.value),
                    );
                    self.sink.push(report.help("use one from 400 to 599"));
                }
                u16::try_from(status.value).unwrap_or(500)
            });
            let message = self.message(node, &fields);
            let name = node.name.text.clone();
            self.faults.add(Fault { name, docs: docs(declaration.docs.as_ref()), status, message, fields });
        }
    }

    fn message(&mut self, node: &ast::ErrorDeclaration, fields: &Arena<Field>) -> Vec<Part> {
        let Some(text) = &node.message else {
            return vec![Part::Text(words(&node.name.text))];
        };
        let mut parts = Vec::new();
        for part in &text.parts {
            match part {
                TextPart::Letters(letters) => parts.push(Part::Text(letters.clone())),
                TextPart::Value(ast::Expr { kind: ExprKind::Name(name), .. }) => {
                    note_parameter(self, &node.fields, name);
                    match fields.iter().find(|(_, field)| field.name == name.text) {
                        Some((id, _)) => parts.push(Part::Field(id)),
                        None => {
                            let of = format!("`{}`", node.name.text);
                            let known = fields.values().map(|field| field.name.as_str());
                            self.no_member::<()>(&of, name, known);
                        }
                    }
                }
                TextPart::Value(value) => {
                    self.error::<()>(Code::E0310, value.at, "a message names members of its error: `{sku}`");
                }
            }
        }
        parts
    }

    /// How many values an error needs.
    pub(crate) fn payload_of(&self, id: Id<Fault>) -> usize {
        if id == fault::INVALID { 2 } else { self.declared_payload(id) }
    }

    fn declared_payload(&self, id: Id<Fault>) -> usize {
        let Some(index) = id.index().checked_sub(fault::BUILTIN_COUNT) else { return 0 };
        self.names.errors.nth(index).map_or(0, |(_, node)| node.fields.len())
    }

    /// Whether what stands behind `else` is an error rather than another value.
    pub(crate) fn is_raise(&self, expr: &ast::Expr) -> bool {
        let fault = |name: &ast::Name| matches!(self.names.get(name), Some(Meaning::Fault(_)));
        if let ExprKind::Name(name) = &expr.kind {
            return fault(name);
        }
        matches!(&expr.kind, ExprKind::Call(call) if call.callee.single().is_some_and(fault))
    }

    /// `OutOfStock(line.sku)`
    pub(crate) fn raise(&mut self, scope: &mut Scope, expr: &ast::Expr) -> Option<Raise> {
        let (name, arguments) = self.named_fault(expr)?;
        let Some(Meaning::Fault(id)) = self.names.get(name) else {
            return self.unknown_fault(name);
        };
        if !raisable(id) {
            return self.error(
                Code::E0310,
                expr.at,
                format!("`{}` is raised by the service itself", name.text),
            );
        }
        let types: Vec<(SmolStr, Type)> = if id == fault::INVALID {
            vec![("field".into(), Type::TEXT), ("text".into(), Type::TEXT)]
        } else {
            self.faults[id].fields.values().map(|field| (field.name.clone(), field.ty.clone())).collect()
        };
        if !self.payload_known(id) {
            return None;
        }
        if arguments.len() != types.len() {
            let names: Vec<&str> = types.iter().map(|(name, _)| name.as_str()).collect();
            let report = Report::new(
                Code::E0304,
                expr.at,
                format!("`{}` takes {}, not {}", name.text, counted(types.len(), "value"), arguments.len()),
            );
            return self.report(report.help(format!("write `{}({})`", name.text, names.join(", "))));
        }
        let mut values = Vec::new();
        for (argument, (field, ty)) in arguments.iter().zip(&types) {
            let ArgumentKind::Value(value) = &argument.kind else {
                return self.error(
                    Code::E0304,
                    argument.at,
                    "values of an error are given in order, without names",
                );
            };
            let value = self.expect(scope, value, ty, field)?;
            self.not_secret(&value)?;
            values.push(value.expr);
        }
        scope.body.faults.insert(id);
        Some(Raise { fault: id, arguments: values })
    }

    /// The name of the error that an expression stands for, and the values it is given.
    pub(crate) fn named_fault<'e>(
        &mut self,
        expr: &'e ast::Expr,
    ) -> Option<(&'e ast::Name, &'e [ast::Argument])> {
        if let ExprKind::Name(name) = &expr.kind {
            return Some((name, &[]));
        }
        if let ExprKind::Call(call) = &expr.kind {
            if let Some(name) = call.callee.single() {
                return Some((name, &call.arguments));
            }
            if call.callee.has_hole() {
                return None;
            }
        }
        if matches!(expr.kind, ExprKind::Hole) {
            return None;
        }
        self.error(Code::E0310, expr.at, "an error belongs here")
    }

    pub(crate) fn unknown_fault<T>(&mut self, name: &ast::Name) -> Option<T> {
        if name.is_hole() || self.names.get(name) == Some(Meaning::Unknown) {
            return None;
        }
        let names = self.names;
        let known = names.all(|meaning| matches!(meaning, Meaning::Fault(id) if raisable(id)));
        self.unknown(Code::E0201, name, format!("there is no error `{}`", name.text), known)
    }
}

/// Whether a body may raise an error itself: the protocol's own errors it may not.
fn raisable(id: Id<Fault>) -> bool {
    id.index() >= fault::BUILTIN_COUNT
        || [
            fault::INVALID,
            fault::UNAUTHORIZED,
            fault::FORBIDDEN,
            fault::NOT_FOUND,
            fault::CONFLICT,
            fault::TOO_MANY,
        ]
        .contains(&id)
}

/// `OutOfStock` as "out of stock".
fn words(name: &str) -> SmolStr {
    let mut words = String::new();
    for (at, letter) in name.char_indices() {
        if letter.is_uppercase() && at > 0 {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    SmolStr::new(words)
}
