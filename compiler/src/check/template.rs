//! `as { … }` of `http` and of `errors`: JSON values with holes.
use super::Checker;
use crate::ast::{self, EntryKind, ExprKind};
use crate::report::{Code, Report, Span};
use quater_ir::operation::{Operation, Place};
use quater_ir::surface::{Hole, Template};
use quater_ir::types::Type;
use quater_ir::value::Literal;
use smol_str::SmolStr;

/// What a template is filled from.
#[derive(Clone, Copy)]
enum Filled<'o> {
    /// The body of a request, which fills inputs.
    Input(&'o Operation),
    /// The output.
    Output(&'o Operation),
    /// An error.
    Fault,
}

impl Filled<'_> {
    const fn word(self) -> &'static str {
        match self {
            Self::Input(_) => "input",
            Self::Output(_) => "output",
            Self::Fault => "fault",
        }
    }
}

impl Checker<'_> {
    /// `errors as { … }`
    pub(crate) fn error_template(&mut self, record: &ast::Record) -> Option<Template> {
        self.template_object(Filled::Fault, record)
    }

    /// `as { … }` before `returns`: every input of the body has one place in it.
    pub(crate) fn input_template(&mut self, operation: &Operation, record: &ast::Record) -> Option<Template> {
        let template = self.template_object(Filled::Input(operation), record)?;
        let mut found = Vec::new();
        holes(&template, &mut found);
        let is_in_body = |place: &Place| matches!(place, Place::Member | Place::Body | Place::Part);
        let body: Vec<&SmolStr> = operation
            .inputs
            .iter()
            .filter(|input| is_in_body(&input.place))
            .map(|input| &input.name)
            .collect();
        if body.is_empty() {
            let report = Report::new(Code::E0513, record.at, "the request has no body that could be wrapped");
            return self
                .report(report.help("the answer is wrapped behind `returns`: `returns 200 as { … }`"));
        }
        if found.contains(&&Hole::Input) {
            if found.len() > 1 {
                let message = "`input` is the whole body, so nothing else of it can have a place here";
                return self.error(Code::E0513, record.at, message);
            }
            return Some(template);
        }
        for name in body {
            let times = found.iter().filter(|hole| **hole == &Hole::Member(name.clone())).count();
            if times != 1 {
                let times = if times == 0 { "no place" } else { "two places" };
                let report = Report::new(Code::E0513, record.at, format!("`input.{name}` has {times} here"));
                return self.report(report.help("`input` alone stands for all of the body"));
            }
        }
        Some(template)
    }

    /// `as { … }` behind `returns`.
    pub(crate) fn output_template(
        &mut self,
        operation: &Operation,
        record: &ast::Record,
    ) -> Option<Template> {
        self.template_object(Filled::Output(operation), record)
    }

    fn template_object(&mut self, filled: Filled<'_>, record: &ast::Record) -> Option<Template> {
        let mut members: Vec<(SmolStr, Template)> = Vec::new();
        for entry in &record.entries {
            let (name, value) = match &entry.kind {
                EntryKind::Value { name, value } => (name, self.template_value(filled, value)?),
                EntryKind::Pun(name) => (name, self.template_name(filled, name, name.at)?),
                EntryKind::Computed { name, .. } => {
                    return self.error(
                        Code::E0513,
                        name.at,
                        "a member of a template is written `name: value`",
                    );
                }
                EntryKind::Stray => return None,
            };
            if members.iter().any(|(other, _)| *other == name.text) {
                return self.error(Code::E0513, name.at, format!("`{}` is there twice", name.text));
            }
            members.push((name.text.clone(), value));
        }
        Some(Template::Object(members))
    }

    fn template_value(&mut self, filled: Filled<'_>, expr: &ast::Expr) -> Option<Template> {
        let fixed = !matches!(filled, Filled::Input(_));
        match &expr.kind {
            ExprKind::Record(record) => self.template_object(filled, record),
            ExprKind::List(items) if fixed => {
                let items =
                    items.iter().map(|item| self.template_value(filled, item)).collect::<Option<_>>()?;
                Some(Template::List(items))
            }
            ExprKind::Text(text) if fixed => {
                let plain = self.plain(text)?;
                Some(Template::Literal(Literal::Text(SmolStr::new(plain))))
            }
            ExprKind::Literal(literal) if fixed => self.template_literal(filled, *literal, expr.at),
            ExprKind::Name(name) => self.template_name(filled, name, expr.at),
            ExprKind::Field { base, name } if is_word(base, filled.word()) => {
                self.template_part(filled, name)
            }
            ExprKind::Hole => None,
            ExprKind::List(_)
            | ExprKind::Text(_)
            | ExprKind::Literal(_)
            | ExprKind::Field { .. }
            | ExprKind::Regex(_)
            | ExprKind::Index { .. }
            | ExprKind::Call(_)
            | ExprKind::Unary { .. }
            | ExprKind::Binary { .. }
            | ExprKind::IsNull { .. }
            | ExprKind::Has { .. }
            | ExprKind::Else { .. }
            | ExprKind::Tuple(_)
            | ExprKind::Map(_)
            | ExprKind::MapFor { .. }
            | ExprKind::Lambda { .. }
            | ExprKind::Match(_)
            | ExprKind::Verb(_) => self.no_hole(filled, expr.at),
        }
    }

    fn template_literal(&mut self, filled: Filled<'_>, literal: ast::Literal, at: Span) -> Option<Template> {
        let value = match literal {
            ast::Literal::Null => Literal::Null,
            ast::Literal::Bool(truth) => Literal::Bool(truth),
            ast::Literal::Int(number) => Literal::Int(number),
            ast::Literal::Decimal(_) | ast::Literal::Duration { .. } | ast::Literal::Size { .. } => {
                return self.no_hole(filled, at);
            }
        };
        Some(Template::Literal(value))
    }

    /// `input`, `output`, or the name of an input.
    fn template_name(&mut self, filled: Filled<'_>, name: &ast::Name, at: Span) -> Option<Template> {
        match (filled, name.text.as_str()) {
            (Filled::Input(operation), "input") => {
                Some(Template::Hole(match operation.inputs.iter().find(|input| input.place == Place::Body) {
                    Some(whole) => Hole::Member(whole.name.clone()),
                    None => Hole::Input,
                }))
            }
            (Filled::Input(operation), text) if operation.inputs.iter().any(|input| input.name == text) => {
                self.template_part(filled, name)
            }
            (Filled::Output(operation), "output") if operation.output.is_some() => {
                Some(Template::Hole(Hole::Output))
            }
            (Filled::Output(operation), "output") => {
                self.error(Code::E0513, at, format!("`{}` has no output", operation.name))
            }
            (Filled::Input(_) | Filled::Output(_) | Filled::Fault, _) => self.no_hole(filled, at),
        }
    }

    fn template_part(&mut self, filled: Filled<'_>, name: &ast::Name) -> Option<Template> {
        if name.is_hole() {
            return None;
        }
        let (hole, known): (Option<Hole>, Vec<SmolStr>) = match filled {
            Filled::Input(operation) => {
                let body = operation.inputs.iter();
                let body = body.filter(|it| matches!(it.place, Place::Member | Place::Body | Place::Part));
                let names: Vec<SmolStr> = body.map(|input| input.name.clone()).collect();
                let found = names.contains(&name.text).then(|| Hole::Member(name.text.clone()));
                (found, names)
            }
            Filled::Output(operation) => {
                let names = self.output_members(operation.output.as_ref());
                let found = names.contains(&name.text).then(|| Hole::OutputMember(name.text.clone()));
                (found, names)
            }
            Filled::Fault => {
                (Hole::of_fault(&name.text), Hole::OF_FAULT.iter().map(|hole| hole.name().into()).collect())
            }
        };
        if let Some(hole) = hole {
            return Some(Template::Hole(hole));
        }
        let message = match filled {
            Filled::Input(operation) => format!("the body of `{}` has no `{}`", operation.name, name.text),
            Filled::Output(operation) => format!("the output of `{}` has no `{}`", operation.name, name.text),
            Filled::Fault => format!("an error has no `{}`", name.text),
        };
        self.unknown(Code::E0513, name, message, known.iter().map(SmolStr::as_str))
    }

    /// The members of an output that is one object.
    fn output_members(&self, output: Option<&Type>) -> Vec<SmolStr> {
        if let Some(Type::Record(id)) = output {
            return self.records[*id].fields.values().map(|it| it.name.clone()).collect();
        }
        let Some(Type::Page(page)) = output else { return Vec::new() };
        let rest = if page.by_offset { "total" } else { "next" };
        vec![SmolStr::new_static("items"), SmolStr::new_static(rest)]
    }

    fn no_hole<T>(&mut self, filled: Filled<'_>, at: Span) -> Option<T> {
        let (message, help) = match filled {
            Filled::Input(_) => (
                "only inputs and objects around them stand here",
                "write `{ article: input }`, or `{ article: { title: input.title } }`",
            ),
            Filled::Output(_) => (
                "only the output, literals, lists and objects stand here",
                "write `{ article: output }`, or `{ title: output.title }`",
            ),
            Filled::Fault => (
                "only what `fault` has, literals, lists and objects stand here",
                "`fault` has code, title, status, message, messages, fields, data and request_id",
            ),
        };
        self.report(Report::new(Code::E0513, at, message).help(help))
    }
}

fn is_word(expr: &ast::Expr, word: &str) -> bool {
    matches!(&expr.kind, ExprKind::Name(name) if name.text == word)
}

/// Every hole of a template, left to right.
fn holes<'t>(template: &'t Template, found: &mut Vec<&'t Hole>) {
    match template {
        Template::Object(members) => members.iter().for_each(|(_, value)| holes(value, found)),
        Template::List(items) => items.iter().for_each(|item| holes(item, found)),
        Template::Literal(_) => {}
        Template::Hole(hole) => found.push(hole),
    }
}
