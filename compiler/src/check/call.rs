//! `name(…)`: functions of the file, written out where they are called.
use super::expr::{MOST_NODES, unrefined};
use super::scope::{Place, Presence, Scope};
use super::{Checker, Part, Typed, Unit, counted, list_function};
use crate::ast::{self, ArgumentKind};
use crate::report::{Code, Report, Severity, Span};
use crate::resolve::Meaning;
use quater_ir::Id;
use quater_ir::builtin::Builtin;
use quater_ir::entity::Entity;
use quater_ir::types::Type;

/// How deep functions are written out in functions.
const DEEPEST_FUNCTIONS: usize = 64;

impl<'a> Checker<'a> {
    /// A call in an expression.
    pub(crate) fn call(
        &mut self,
        scope: &mut Scope,
        call: &ast::Call,
        expected: Option<&Type>,
    ) -> Option<Typed> {
        let Some(name) = call.callee.single() else { return self.call_of_member(call) };
        if name.is_hole() {
            return None;
        }
        let rows = scope.row.map(|row| (row, scope.up)).into_iter().chain(scope.outer.iter().copied());
        let declared = rows.map(|row| (row, self.row_function(Some(row.0), &name.text)));
        if let Some((row, Some(function))) = declared.into_iter().find(|(_, function)| function.is_some()) {
            return self.written_out(scope, call, function, None, Some(row));
        }
        if let Some(found) = self.group_aggregate(scope, call) {
            return found;
        }
        match self.names.get(name) {
            Some(Meaning::Function(index)) => {
                let function = *self.names.functions.nth(index)?;
                return self.written_out(scope, call, function, Some(index), None);
            }
            Some(Meaning::Unknown) => return None,
            Some(Meaning::Fault(_)) => {
                let report =
                    Report::new(Code::E0310, call.at, format!("`{}` is an error, not a value", name.text));
                return self.report(report.help("an error stands behind `else`"));
            }
            Some(
                Meaning::Resource(_)
                | Meaning::Auth(_)
                | Meaning::Type(_)
                | Meaning::Enum(_)
                | Meaning::Entity(_)
                | Meaning::Operation(_)
                | Meaning::Channel(_)
                | Meaning::Job(_),
            )
            | None => {}
        }
        if let Some(found) = self.over_relation(scope, call) {
            return found;
        }
        match name.text.as_str() {
            "sign" => self.sign(scope, call),
            "header" => self.header(scope, call),
            text => match (Builtin::named(text), list_function::named(text)) {
                (Some(builtin), _) if builtin != Builtin::Hash => {
                    self.builtin(scope, builtin, call, expected)
                }
                (_, Some(function)) => self.list_function(scope, function, call, expected),
                (_, None) => self.unknown_function(name),
            },
        }
    }

    /// Says which functions may stand where the cursor is.
    pub(crate) fn offer_functions(&self, name: &ast::Name) {
        let declared = self.names.all(|meaning| matches!(meaning, Meaning::Function(_)));
        let builtins = Builtin::ALL.iter().filter(|builtin| **builtin != Builtin::Hash);
        let known = declared.into_iter().chain(builtins.map(|builtin| builtin.name()));
        self.names.notes.offer(name, Code::E0205, known.map(|known| (known, self.names.place_of(known))));
    }

    fn unknown_function<T>(&mut self, name: &ast::Name) -> Option<T> {
        let names = self.names;
        let declared = names.all(|meaning| matches!(meaning, Meaning::Function(_)));
        let builtins = Builtin::ALL.iter().map(|builtin| builtin.name());
        let message = format!("there is no function `{}`", name.text);
        self.unknown(Code::E0205, name, message, declared.chain(builtins))
    }

    /// A function that the entity at hand declares.
    fn row_function(&self, row: Option<Id<Entity>>, name: &str) -> Option<&'a ast::Function> {
        let (_, entity) = self.names.entities.nth(row?.index())?;
        entity.items.iter().find_map(|item| match &item.kind {
            ast::EntityItemKind::Function(function) if function.name.text == name => Some(function),
            ast::EntityItemKind::Function(_)
            | ast::EntityItemKind::Field(_)
            | ast::EntityItemKind::Computed { .. }
            | ast::EntityItemKind::Tenant(_)
            | ast::EntityItemKind::Unique { .. }
            | ast::EntityItemKind::Index(_)
            | ast::EntityItemKind::Search(_)
            | ast::EntityItemKind::Rule(_)
            | ast::EntityItemKind::Stray => None,
        })
    }

    /// `title.trim()`, as other languages call their functions; or an upstream without its verb.
    fn call_of_member(&mut self, call: &ast::Call) -> Option<Typed> {
        let is_resource = |name: &ast::Name| matches!(self.names.get(name), Some(Meaning::Resource(_)));
        if let [base @ .., name] = call.callee.names.as_slice()
            && let [first, ..] = base
            && let Some(function) = function_meant(&name.text)
            && !is_resource(first)
        {
            let value = base.iter().map(|name| name.text.as_str()).collect::<Vec<_>>().join(".");
            let (more, behind) = if call.arguments.is_empty() { ("", "") } else { (", …", ", ") };
            let report = Report::new(Code::E0310, call.at, "a function is no member of a value");
            let arguments = call.arguments.first().map_or(call.at.end.saturating_sub(1), |it| it.at.start);
            let head = Span { end: arguments, ..call.at };
            let title = format!("write `{function}({value}{more})`");
            let report = report.help(format!("it takes the value: `{function}({value}{more})`"));
            let report = report.fix(title, head, format!("{function}({value}{behind}"));
            return self.report(report);
        }
        let report = Report::new(Code::E0310, call.at, "what is outside is asked by a verb");
        self.report(report.help("write `call` before it: `let paid = call pay.charge(…)`"))
    }

    /// The value of a function with its parameters replaced by the arguments. What is wrong inside was
    /// reported where the function is declared.
    fn written_out(
        &mut self,
        scope: &mut Scope,
        call: &ast::Call,
        function: &'a ast::Function,
        index: Option<usize>,
        row: Option<(Id<Entity>, u32)>,
    ) -> Option<Typed> {
        let mut values = Vec::new();
        self.may_stand_here(scope, call, function)?;
        for (argument, parameter) in call.arguments.iter().zip(&function.parameters) {
            let ty = self.ty(&parameter.ty)?;
            let ArgumentKind::Value(value) = &argument.kind else {
                return self.error(
                    Code::E0304,
                    argument.at,
                    "arguments of a function are given in order, without names",
                );
            };
            let value = self.expect(scope, value, &ty, &parameter.name.text)?;
            values.push((&parameter.name, value));
        }
        if let Some(index) = index {
            if self.open_functions.contains(&index) {
                return None;
            }
            self.open_functions.push(index);
        }
        let actor = if scope.actor == Presence::Never { scope.actor } else { Presence::Assumed };
        let mut inner = Scope::new(Place::Rule, actor, row.map(|(entity, _)| entity));
        inner.written_out = scope.written_out + 1;
        (inner.up, inner.seen) = (row.map_or(scope.up, |(_, up)| up), scope.seen);
        for (name, value) in values {
            inner.bind_at(name, value.expr, value.secret);
        }
        let before = self.inlined;
        let asked = std::mem::take(&mut self.asked_nobody);
        let (value, said) = self.heard(|checker| checker.function_value(&mut inner, function));
        self.not_written_out(call, function, said.into_iter().filter(|_| value.is_none()));
        if std::mem::replace(&mut self.asked_nobody, asked) && actor == Presence::Never {
            let message = format!("`{}` is about `actor`, and there is none here", function.name.text);
            self.error::<()>(Code::E0310, call.at, message);
        }
        if before <= MOST_NODES && self.inlined > MOST_NODES {
            self.too_large(call.at);
        }
        for (slot, columns) in inner.body.used {
            scope.body.used.entry(slot).or_default().extend(columns);
        }
        if index.is_some() {
            self.open_functions.pop();
        }
        value.map(|value| Typed { at: call.at, ..value })
    }

    /// Reports a call with too many arguments or too few, and functions that stand in functions without end.
    fn may_stand_here(&mut self, scope: &Scope, call: &ast::Call, function: &ast::Function) -> Option<()> {
        if call.arguments.len() != function.parameters.len() {
            let (wanted, given) = (function.parameters.len(), call.arguments.len());
            let wanted = counted(wanted, "argument");
            let message = format!("`{}` takes {wanted}, not {given}", function.name.text);
            return self
                .report(Report::new(Code::E0304, call.at, message).label(function.name.at, "declared here"));
        }
        if scope.written_out >= DEEPEST_FUNCTIONS {
            let message = format!("functions stand in functions here, more than {DEEPEST_FUNCTIONS} deep");
            return self.error(Code::E0312, call.at, message);
        }
        Some(())
    }

    /// Keeps why a call stands for nothing with these arguments, should nobody say it where the function is.
    fn not_written_out(
        &mut self,
        call: &ast::Call,
        function: &ast::Function,
        mut said: impl Iterator<Item = Report>,
    ) {
        let Some(why) = said.find(|report| report.code.severity() == Severity::Error) else { return };
        let message = format!("`{}` has no value with this: {}", function.name.text, why.message);
        let report = Report::new(why.code, call.at, message).label(why.at, "this is in its way");
        self.telling.unsaid.call.get_or_insert(report);
    }

    fn function_value(&mut self, scope: &mut Scope, function: &ast::Function) -> Option<Typed> {
        match &function.output {
            Some(ty) => {
                let ty = self.ty(ty)?;
                self.expect(scope, &function.value, &ty, "")
            }
            None => self.expr(scope, &function.value, None),
        }
    }

    /// Runs something without letting its reports out.
    pub(crate) fn quietly<T>(&mut self, run: impl FnOnce(&mut Self) -> T) -> T {
        self.heard(run).0
    }

    /// Runs something, and takes what it reports.
    fn heard<T>(&mut self, run: impl FnOnce(&mut Self) -> T) -> (T, Vec<Report>) {
        let kept = std::mem::take(self.sink);
        let result = run(self);
        let said = std::mem::replace(self.sink, kept);
        (result, said.into_reports())
    }

    /// Checks every `fn` on its own, with its parameters as they are declared.
    pub(crate) fn functions(&mut self) {
        let names = self.names;
        for index in 0..names.functions.len() {
            self.renewed(Part::Function, index, |checker| {
                if let Some(function) = names.functions.nth(index) {
                    checker.function(function, Some(index), None);
                }
            });
        }
        for (id, (_, node)) in names.entities.arena().iter() {
            let functions = node.items.iter().filter_map(|item| {
                if let ast::EntityItemKind::Function(function) = &item.kind { Some(function) } else { None }
            });
            let index = id.index();
            if functions.clone().next().is_none() {
                self.told.take(Unit::Part(Part::Functions, index));
                continue;
            }
            self.renewed(Part::Functions, index, |checker| {
                let id = Id::new(index as u32);
                checker.entities.look(id);
                functions.for_each(|function| checker.function(function, None, Some(id)));
            });
        }
    }

    fn function(&mut self, function: &'a ast::Function, index: Option<usize>, row: Option<Id<Entity>>) {
        self.inlined = 0;
        let mut scope = Scope::rule(row);
        for parameter in &function.parameters {
            let Some(ty) = self.ty(&parameter.ty) else { return };
            let slot = scope.slot(parameter.name.text.clone(), ty.clone());
            scope.bind_at(
                &parameter.name,
                super::scope::slot_value(slot, unrefined(&ty)),
                parameter.secret().is_some(),
            );
        }
        if let Some(index) = index {
            if self.reaches(index, index) {
                let told = (0..index).any(|first| self.reaches(index, first) && self.reaches(first, index));
                if !told {
                    let message = format!("`{}` calls itself", function.name.text);
                    self.error::<()>(Code::E0311, function.name.at, message);
                }
                return;
            }
            self.open_functions.push(index);
        }
        self.function_value(&mut scope, function);
        if index.is_some() {
            self.open_functions.pop();
        }
    }

    /// Whether a function calls another one, itself or through those it calls.
    fn reaches(&self, start: usize, wanted: usize) -> bool {
        let mut seen = vec![false; self.names.functions.len()];
        let mut open = vec![start];
        while let Some(index) = open.pop() {
            let Some(function) = self.names.functions.nth(index) else { continue };
            let mut called = Vec::new();
            called_functions(&function.value, &mut called);
            for name in called {
                let Some(Meaning::Function(next)) = self.names.get(name) else { continue };
                if next == wanted {
                    return true;
                }
                if let Some(first @ false) = seen.get_mut(next) {
                    *first = true;
                    open.push(next);
                }
            }
        }
        false
    }
}

/// The function that a name stands for, or one of the same by which other languages call it.
fn function_meant(name: &str) -> Option<&str> {
    let known = |name: &str| Builtin::named(name).is_some() || list_function::named(name).is_some();
    let ours = match name {
        "toLowerCase" | "lowercase" => "lower",
        "toUpperCase" | "uppercase" => "upper",
        "strip" => "trim",
        "includes" => "contains",
        "startsWith" => "starts_with",
        "length" | "size" => "len",
        name => name,
    };
    known(ours).then_some(ours)
}

/// Names that an expression calls.
fn called_functions<'e>(expr: &'e ast::Expr, names: &mut Vec<&'e ast::Name>) {
    use ast::ExprKind;
    match &expr.kind {
        ExprKind::Call(call) => {
            names.extend(call.callee.single());
            for argument in &call.arguments {
                if let ArgumentKind::Value(value) | ArgumentKind::Named { value, .. } = &argument.kind {
                    called_functions(value, names);
                }
            }
        }
        ExprKind::Field { base: value, .. }
        | ExprKind::Unary { operand: value, .. }
        | ExprKind::IsNull { value, .. }
        | ExprKind::Has { value, .. }
        | ExprKind::Lambda { body: value, .. } => called_functions(value, names),
        ExprKind::Binary { left, right, .. }
        | ExprKind::Else { value: left, otherwise: right }
        | ExprKind::Index { base: left, index: right } => {
            called_functions(left, names);
            called_functions(right, names);
        }
        ExprKind::List(items) | ExprKind::Tuple(items) => {
            items.iter().for_each(|item| called_functions(item, names))
        }
        ExprKind::Text(text) => {
            for part in &text.parts {
                if let ast::TextPart::Value(value) = part {
                    called_functions(value, names);
                }
            }
        }
        ExprKind::Record(record) => {
            for entry in &record.entries {
                if let ast::EntryKind::Value { value, .. } = &entry.kind {
                    called_functions(value, names);
                }
            }
        }
        ExprKind::Verb(verb) => {
            if let ast::Verb::Reveal { value, .. } = &**verb {
                called_functions(value, names);
            }
        }
        ExprKind::Map(entries) => {
            let parts = entries.iter().flat_map(|(key, value)| [key, value]);
            parts.for_each(|part| called_functions(part, names));
        }
        ExprKind::MapFor { key, value, list, .. } => {
            [key, value, list].into_iter().for_each(|part| called_functions(part, names));
        }
        ExprKind::Match(matching) => {
            called_functions(&matching.subject, names);
            let values = matching.arms.iter().filter_map(|arm| arm.value());
            values.for_each(|value| called_functions(value, names));
        }
        ExprKind::Literal(_) | ExprKind::Regex(_) | ExprKind::Name(_) | ExprKind::Hole => {}
    }
}
