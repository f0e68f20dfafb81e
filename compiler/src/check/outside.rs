//! Verbs that reach beyond the rows: upstreams, jobs, channels, mail, files, progress.
use super::record::null;
use super::scope::{Scope, slot_value};
use super::{Checker, Typed};
use crate::ast::{self, ArgumentKind, ExprKind, ResourceKind as Kind, Verb};
use crate::report::{Code, Report, Span};
use quater_ir::body::{Raise, Statement};
use quater_ir::expr::{Expr, Node};
use quater_ir::fault;
use quater_ir::resource::{Resource, ResourceKind, UpstreamCall};
use quater_ir::types::{Field, FileRules, Record, Type};
use quater_ir::{Arena, Id};
use smol_str::SmolStr;

/// A parameter that a call gives a value to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Wanted {
    pub(crate) name: SmolStr,
    pub(crate) ty: Type,
    pub(crate) default: Option<Expr>,
    /// Whether a secret may go there.
    pub(crate) secret: bool,
}

impl Checker<'_> {
    /// `call pay.charge(…)` of an upstream, `call name(…)` of an operation.
    pub(crate) fn called(
        &mut self,
        scope: &mut Scope,
        call: &ast::Call,
        otherwise: Option<&ast::Expr>,
        at: Span,
    ) -> Option<Typed> {
        self.statement_allowed(scope, at)?;
        match call.callee.names.as_slice() {
            [resource, name] => self.request(scope, (resource, name), call, otherwise, at),
            [name] => self.call_operation(scope, (name, call), otherwise, at),
            _ => self.error(Code::E0310, call.callee.at, "an operation or a call of a resource belongs here"),
        }
    }

    /// A verb that reaches beyond the rows and can't fail.
    pub(crate) fn outward(&mut self, scope: &mut Scope, verb: &Verb, at: Span) -> Option<Typed> {
        if let Verb::Enqueue(call) = verb {
            return self.enqueue(scope, call, at);
        }
        if let Verb::Emit(emit) = verb {
            return self.emit(scope, emit, at);
        }
        if let Verb::Send { resource, message } = verb {
            return self.send(scope, resource, message, at);
        }
        if let Verb::Link { file, lasting } = verb {
            return self.link(scope, file, lasting.as_ref(), at);
        }
        let Verb::Progress(progress) = verb else { return None };
        self.progress(scope, progress, at)
    }

    /// The call of an upstream that a path names.
    pub(crate) fn upstream_named(
        &mut self,
        (resource, name): (&ast::Name, &ast::Name),
    ) -> Option<(Id<Resource>, Id<UpstreamCall>)> {
        let id = self.resource_named(resource, Kind::Http, "only an `http` resource can be called")?;
        let ResourceKind::Http(upstream) = &self.resources[id].kind else { return None };
        let found = upstream.calls.iter().find(|(_, call)| call.name == name.text).map(|(call, _)| call);
        self.note_upstream(id, name);
        match found {
            Some(call) => (!self.half_calls.contains(&(id, call))).then_some((id, call)),
            None if name.is_hole() => None,
            None => {
                let known: Vec<SmolStr> = upstream.calls.values().map(|call| call.name.clone()).collect();
                self.no_member(&format!("`{}`", resource.text), name, known.iter().map(SmolStr::as_str))
            }
        }
    }

    fn request(
        &mut self,
        scope: &mut Scope,
        path: (&ast::Name, &ast::Name),
        call: &ast::Call,
        otherwise: Option<&ast::Expr>,
        at: Span,
    ) -> Option<Typed> {
        let (resource, id) = self.upstream_named(path)?;
        let ResourceKind::Http(upstream) = &self.resources[resource].kind else { return None };
        let node = &upstream.calls[id];
        let wanted = node.parameters.iter().map(|it| Wanted {
            name: it.field.name.clone(),
            ty: it.field.ty.clone(),
            default: it.field.default.clone(),
            secret: false,
        });
        let (wanted, output): (Vec<Wanted>, Option<Type>) = (wanted.collect(), node.output.clone());
        let name = node.name.clone();
        let arguments = self.given_values_of(scope, call, &name, &wanted)?;
        let failure_type = self.failure_type();
        let failure = scope.slot("error", failure_type.clone());
        let otherwise = match otherwise {
            Some(expr) => {
                let before = scope.locals.len();
                scope.bind(&SmolStr::new_static("error"), slot_value(failure, failure_type), false);
                let raise = self.raise(scope, expr);
                scope.locals.truncate(before);
                Some(raise?)
            }
            None => {
                scope.body.faults.insert(fault::UNAVAILABLE);
                None
            }
        };
        scope.body.effects.requests.insert((resource, id));
        let slot = output.as_ref().map(|ty| scope.slot(name, ty.clone()));
        let statement = Statement::Request { slot, resource, call: id, arguments, failure, otherwise };
        scope.body.block.push(statement);
        Some(Typed { expr: result(slot, output), secret: false, at })
    }

    /// What went wrong with a call of an upstream: `{ status, message, body }`.
    fn failure_type(&mut self) -> Type {
        if let Some(id) = self.failure {
            return Type::Record(id);
        }
        let members = [
            ("status", "Its HTTP status; null where nothing was answered.", Type::INT.optional()),
            ("message", "What happened, in words.", Type::TEXT),
            ("body", "The answer, where it is JSON.", Type::Json.optional()),
        ];
        let field = |(name, docs, ty): (&'static str, &str, Type)| Field {
            name: SmolStr::new_static(name),
            docs: docs.to_owned(),
            ty,
            default: None,
            secret: false,
            source: None,
        };
        let fields: Arena<Field> = members.into_iter().map(field).collect();
        let record = Record { name: None, docs: String::new(), fields, of: None };
        let id = self.records.add(record);
        self.failure = Some(id);
        Type::Record(id)
    }

    /// The values of a call, one for each parameter: in order, then by name.
    pub(crate) fn given_values_of(
        &mut self,
        scope: &mut Scope,
        call: &ast::Call,
        of: &str,
        wanted: &[Wanted],
    ) -> Option<Vec<Expr>> {
        let mut given: Vec<Option<Expr>> = vec![None; wanted.len()];
        let mut whole = true;
        for (position, argument) in call.arguments.iter().enumerate() {
            let (found, value) = match &argument.kind {
                ArgumentKind::Value(value) => (wanted.get(position).map(|it| (position, it)), value),
                ArgumentKind::Named { name, value, .. } => {
                    self.note_argument(of, name);
                    let found = wanted.iter().enumerate().find(|(_, it)| it.name == name.text);
                    if found.is_none() {
                        let known = wanted.iter().map(|it| it.name.as_str());
                        return self.no_member(&format!("`{of}`"), name, known);
                    }
                    (found, value)
                }
                ArgumentKind::Stray => return None,
                ArgumentKind::Computed { .. }
                | ArgumentKind::Optional(_)
                | ArgumentKind::Range(_)
                | ArgumentKind::Everything => {
                    return self.error(Code::E0304, argument.at, "an argument is a value, or `name: value`");
                }
            };
            let Some((at, parameter)) = found else {
                let takes = super::counted(wanted.len(), "value");
                return self.error(Code::E0304, argument.at, format!("`{of}` takes {takes}"));
            };
            if given.get(at).is_some_and(Option::is_some) {
                let message = format!("`{}` is given twice", parameter.name);
                return self.error(Code::E0202, argument.at, message);
            }
            let value = self.expect(scope, value, &parameter.ty, &parameter.name);
            let fits = value.filter(|value| parameter.secret || self.not_secret(value).is_some());
            whole &= fits.is_some();
            if let (Some(place), Some(value)) = (given.get_mut(at), fits) {
                self.touch_whole(scope, &value.expr);
                *place = Some(value.expr);
            }
        }
        if !whole {
            return None;
        }
        self.filled(call, of, wanted, given)
    }

    /// Puts in what is left out.
    fn filled(
        &mut self,
        call: &ast::Call,
        of: &str,
        wanted: &[Wanted],
        given: Vec<Option<Expr>>,
    ) -> Option<Vec<Expr>> {
        let mut values = Vec::new();
        let mut missing = Vec::new();
        for (given, parameter) in given.into_iter().zip(wanted) {
            let absent = || parameter.ty.is_optional().then(|| null(parameter.ty.clone()));
            match given.or_else(|| parameter.default.clone()).or_else(absent) {
                Some(value) => values.push(value),
                None => missing.push(format!("`{}`", parameter.name)),
            }
        }
        if missing.is_empty() {
            return Some(values);
        }
        self.error(Code::E0309, call.at, format!("`{of}` needs {}", missing.join(", ")))
    }

    /// `send mail { to, subject, text, html? }`
    pub(crate) fn send(
        &mut self,
        scope: &mut Scope,
        resource: &ast::Name,
        message: &ast::Expr,
        at: Span,
    ) -> Option<Typed> {
        self.statement_allowed(scope, at)?;
        let resource = self.resource_named(resource, Kind::Mail, "letters are sent by a `mail` resource")?;
        let ExprKind::Record(record) = &message.kind else {
            if matches!(message.kind, ExprKind::Hole) {
                return None;
            }
            let report = Report::new(Code::E0301, message.at, "a letter is written out");
            return self.report(report.help("write `{ to: user.email, subject: \"…\", text: \"…\" }`"));
        };
        let mut letter: [(&str, Option<Expr>); 4] =
            [("to", None), ("subject", None), ("text", None), ("html", None)];
        let mut whole = true;
        for (name, value) in self.entries(record)? {
            let Some((word, place)) = letter.iter_mut().find(|(word, _)| *word == name.text) else {
                return self.no_member("a letter", &name, ["to", "subject", "text", "html"].into_iter());
            };
            let ty = match *word {
                "to" => Type::Email,
                "html" => Type::TEXT.optional(),
                _ => Type::TEXT,
            };
            let value = self.entry_value(scope, &name, value, &ty);
            let fits = value.filter(|value| self.not_secret(value).is_some());
            whole &= fits.is_some();
            *place = fits.map(|value| value.expr);
        }
        if !whole {
            return None;
        }
        let [(_, to), (_, subject), (_, text), (_, html)] = letter;
        let (Some(to), Some(subject), Some(text)) = (to, subject, text) else {
            return self.error(Code::E0309, message.at, "a letter has `to`, `subject` and `text`");
        };
        scope.body.effects.mails.insert(resource);
        scope.body.block.push(Statement::Send { resource, to, subject, text, html });
        Some(Typed { expr: null(Type::Null), secret: false, at })
    }

    /// `link product.photo for 15m`
    pub(crate) fn link(
        &mut self,
        scope: &mut Scope,
        file: &ast::Expr,
        lasting: Option<&ast::Expr>,
        at: Span,
    ) -> Option<Typed> {
        self.statement_allowed(scope, at)?;
        let (file, _) = self.file(scope, file)?;
        let Some(files) = self.kept_in(&file.expr) else {
            let report = Report::new(Code::E0301, file.at, "only a file that a row keeps has a link");
            return self.report(report.help("store it first: `update product { photo: photo }`"));
        };
        let life = match lasting {
            Some(life) => Some(self.expect(scope, life, &Type::Duration, "for")?.expr),
            None => None,
        };
        scope.body.effects.reads_files.insert(files);
        let slot = scope.slot("link", Type::Url);
        scope.body.block.push(Statement::Link { slot, file: file.expr, life });
        Some(Typed { expr: slot_value(slot, Type::Url), secret: false, at })
    }

    /// `read product.photo`
    pub(crate) fn read_file(
        &mut self,
        scope: &mut Scope,
        file: &ast::Expr,
        otherwise: Option<&ast::Expr>,
        at: Span,
    ) -> Option<Typed> {
        self.statement_allowed(scope, at)?;
        let (file, rules) = self.file(scope, file)?;
        let otherwise: Option<Raise> = match otherwise {
            Some(expr) => Some(self.raise(scope, expr)?),
            None => {
                scope.body.faults.insert(fault::UNAVAILABLE);
                None
            }
        };
        scope.body.effects.reads_files.extend(self.kept_in(&file.expr));
        let ty = Type::Bytes { max: rules.max };
        let slot = scope.slot("bytes", ty.clone());
        scope.body.block.push(Statement::ReadFile { slot, file: file.expr, otherwise });
        Some(Typed { expr: slot_value(slot, ty), secret: file.secret, at })
    }

    /// A file that is there.
    fn file(&mut self, scope: &mut Scope, file: &ast::Expr) -> Option<(Typed, FileRules)> {
        let value = self.expr(scope, file, None)?;
        if value.ty().is_optional() {
            let report = Report::new(Code::E0303, value.at, "this file may be absent");
            return self.report(report.help("test it first: `require product.photo is not null else …`"));
        }
        let Type::File(rules) = value.ty() else {
            let message = format!("{} where a file is needed", self.describe(value.ty()));
            return self.error(Code::E0301, value.at, message);
        };
        let rules = rules.clone();
        Some((value, rules))
    }

    /// Where the bytes of a stored file are.
    fn kept_in(&self, file: &Expr) -> Option<Id<Resource>> {
        let Node::RowColumn { row, column } = &file.node else { return None };
        let Type::Row(entity) = row.ty.required() else { return None };
        self.entities[*entity].columns[*column].files
    }

    /// `progress done of total "text"`
    pub(crate) fn progress(
        &mut self,
        scope: &mut Scope,
        progress: &ast::Progress,
        at: Span,
    ) -> Option<Typed> {
        self.statement_allowed(scope, at)?;
        let done = self.expect(scope, &progress.done, &Type::INT, "done");
        let total = self.expect(scope, &progress.total, &Type::INT, "total");
        let text = match &progress.text {
            Some(text) => {
                let kind = ExprKind::Text(text.clone());
                Some(self.expect(scope, &ast::Expr { kind, at: text.at }, &Type::TEXT, "")?)
            }
            None => None,
        };
        let (done, total) = (done?, total?);
        for shown in [Some(&done), Some(&total), text.as_ref()].into_iter().flatten() {
            self.not_secret(shown)?;
        }
        scope.body.effects.progress = true;
        let text = text.map(|text| text.expr);
        scope.body.block.push(Statement::Progress { done: done.expr, total: total.expr, text });
        Some(Typed { expr: null(Type::Null), secret: false, at })
    }
}

/// What a call gives: the value in its slot, or nothing.
fn result(slot: Option<quater_ir::expr::Slot>, output: Option<Type>) -> Expr {
    match (slot, output) {
        (Some(slot), Some(ty)) => slot_value(slot, ty),
        (_, _) => null(Type::Null),
    }
}
