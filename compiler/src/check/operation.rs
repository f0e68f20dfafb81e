//! `operation`: inputs, doors, access, body.
use super::scope::{BodyParts, Local, Place, Presence, Scope, slot_value};
use super::statement::ends;
use super::{Checker, ToolLine, docs};
use crate::ast::{self, ClauseKind, McpDoorKind, ModifierKind, ParameterSource, RouteSegment};
use crate::report::{Code, Report, Span};
use quater_ir::Id;
use quater_ir::body::{Body, Fetch, Statement};
use quater_ir::entity::Column;
use quater_ir::expr::{Expr, Node, Slot};
use quater_ir::fault;
use quater_ir::operation::{Access, Doors, Effects, Input, Operation, Place as Where};
use quater_ir::surface::{Command, Method, Route};
use quater_ir::types::Type;
use smol_str::SmolStr;

/// Paths that the service itself answers.
const RESERVED: &[&str] = &["/openapi.json", "/docs", "/mcp", "/healthz", "/readyz"];

impl<'a> Checker<'a> {
    /// Inputs, outputs, doors and access of every operation.
    pub(crate) fn operation_signatures(&mut self) {
        for index in 0..self.names.operations.len() {
            let Some((declaration, node)) = self.names.operations.get(index).copied() else { continue };
            self.inlined = 0;
            let id: Id<Operation> = Id::new(index as u32);
            let mut operation = Operation {
                name: node.name.text.clone(),
                docs: docs(declaration.docs.as_ref()),
                inputs: Vec::new(),
                output: None,
                doors: Doors { http: false, mcp: false, cli: false },
                access: Vec::new(),
                body: Body { slots: Vec::new(), prelude: 0, block: Vec::new() },
                effects: BodyParts::default().effects.finish(),
                faults: Vec::new(),
            };
            self.operation_output(&mut operation, node);
            self.operation_inputs(&mut operation, node);
            self.clauses(id, &mut operation, node);
            self.operations.add(operation);
        }
    }

    fn operation_output(&mut self, operation: &mut Operation, node: &ast::Operation) {
        let Some(ty) = &node.output else { return };
        let Some(output) = self.ty(ty) else { return };
        if let Type::Ref(entity) = output.required() {
            let name = self.entities[*entity].name.clone();
            let report = Report::new(Code::E0301, ty.at, format!("an output shows a projection of `{name}`, not the row"));
            self.sink.push(report.help(format!("write `{name}(id, …)`, or declare `type {name}Card = {name}(id, …)`")));
            return;
        }
        self.bounded_output(&output, ty.at);
        operation.output = Some(output);
    }

    fn operation_inputs(&mut self, operation: &mut Operation, node: &ast::Operation) {
        for parameter in &node.parameters {
            if operation.inputs.iter().any(|input| input.name == parameter.name.text) {
                let message = format!("`{}` is there twice", parameter.name.text);
                self.error::<()>(Code::E0202, parameter.name.at, message);
                continue;
            }
            self.only_modifiers(parameter, |kind| {
                matches!(kind, ModifierKind::Secret | ModifierKind::Default(_) | ModifierKind::Lock | ModifierKind::From(_))
            });
            let Some(ty) = self.ty(&parameter.ty) else { continue };
            if *ty.required() == Type::Password {
                let report = Report::new(Code::E0301, parameter.ty.at, "a `password` is a stored hash; what is typed is text");
                self.sink.push(report.fix("take text", parameter.ty.at, "text(8..200) secret"));
                continue;
            }
            self.bounded_input(&ty, parameter.ty.at);
            let mut scope = Scope::new(Place::Rule, Presence::Never, None);
            let default = parameter.default().and_then(|value| self.expect(&mut scope, value, &ty, &parameter.name.text));
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
                    ParameterSource::Header(name) => {
                        Where::Header(self.plain(name).map(|name| name.to_ascii_lowercase().into()).unwrap_or_default())
                    }
                    ParameterSource::Cookie(name) => {
                        Where::Cookie(self.plain(name).map(SmolStr::new).unwrap_or_default())
                    }
                };
            }
        }
        Where::Member
    }

    fn clauses(&mut self, id: Id<Operation>, operation: &mut Operation, node: &'a ast::Operation) {
        let mut allows = Vec::new();
        for clause in &node.clauses {
            match &clause.kind {
                ClauseKind::Http(http) => self.http_line(id, operation, http, clause.at),
                ClauseKind::Mcp(door) => self.mcp_line(id, operation, door, node),
                ClauseKind::Cli(text) => self.cli_line(id, operation, text),
                ClauseKind::Allow(access) => allows.push((access, clause.at)),
                ClauseKind::Stray => {}
                other => {
                    if let Some(word) = later_clause(other) {
                        self.later::<()>(clause.at, word);
                    } else {
                        self.error::<()>(Code::E0310, clause.at, "this line does not belong into an operation");
                    }
                }
            }
        }
        operation.access = self.access(&allows, &node.name);
    }

    fn http_line(&mut self, id: Id<Operation>, operation: &mut Operation, http: &ast::HttpDoor, at: Span) {
        if operation.doors.http {
            self.error::<()>(Code::E0504, at, "an operation has one `http` line");
            return;
        }
        operation.doors.http = true;
        if http.input_as.is_some() || http.output_as.is_some() {
            self.later::<()>(at, "`as { … }`");
        }
        let method = match http.method {
            ast::Method::Get => Method::Get,
            ast::Method::Post => Method::Post,
            ast::Method::Put => Method::Put,
            ast::Method::Patch => Method::Patch,
            ast::Method::Delete => Method::Delete,
        };
        let path = self.path(operation, &http.route);
        let in_query = matches!(method, Method::Get | Method::Delete);
        for input in &mut operation.inputs {
            if input.place == Where::Member && in_query {
                input.place = Where::Query;
            }
        }
        self.places_fit(operation, at);
        let plain = if operation.output.is_some() { 200 } else { 204 };
        let status = http.returns.map_or(plain, |status| {
            if !(200..=299).contains(&status.value) {
                self.error::<()>(Code::E0503, status.at, format!("{} is no status of success", status.value));
            }
            u16::try_from(status.value).unwrap_or(plain)
        });
        if let Some(path) = path {
            let route = Route { method, path, operation: id, status };
            self.one_route(&route, http.route.at);
            self.routes.push((route, http.route.at));
        }
    }

    fn path(&mut self, operation: &mut Operation, route: &ast::Route) -> Option<SmolStr> {
        let mut path = self.service.as_ref().map_or_else(String::new, |service| service.base.to_string());
        let mut whole = true;
        for segment in &route.segments {
            path.push('/');
            match segment {
                RouteSegment::Fixed(letters) => path.push_str(letters),
                RouteSegment::Parameter(name) => {
                    path.push_str(&format!("{{{}}}", name.text));
                    match operation.inputs.iter_mut().find(|input| input.name == name.text) {
                        Some(input) if input.place == Where::Path => {
                            self.error::<()>(Code::E0503, name.at, format!("`{}` is twice in the path", name.text));
                        }
                        Some(input) => input.place = Where::Path,
                        None => {
                            let report = Report::new(Code::E0503, name.at, format!("there is no input `{}`", name.text));
                            self.sink.push(report.help("every `{name}` of a path is an input of the operation"));
                            whole = false;
                        }
                    }
                }
            }
        }
        if path.is_empty() {
            path.push('/');
        }
        whole.then(|| SmolStr::new(path))
    }

    /// Paths, queries, headers and cookies carry single values.
    fn places_fit(&mut self, operation: &Operation, at: Span) {
        for input in &operation.inputs {
            let single = !matches!(input.ty.required(), Type::Record(_) | Type::List(..) | Type::Json | Type::Row(_));
            let in_body = matches!(input.place, Where::Member | Where::Body);
            if !single && !in_body {
                let message = format!("`{}` can't stand in a path, a query, a header or a cookie", input.name);
                self.error::<()>(Code::E0503, at, message);
            }
            if input.place == Where::Path && input.ty.is_optional() {
                self.error::<()>(Code::E0503, at, format!("`{}` stands in the path and can't be absent", input.name));
            }
        }
        let bodies = operation.inputs.iter().filter(|input| input.place == Where::Body).count();
        let members = operation.inputs.iter().filter(|input| input.place == Where::Member).count();
        if bodies > 1 || (bodies == 1 && members > 0) {
            self.error::<()>(Code::E0503, at, "where one input is the whole body, no other can be in it");
        }
    }

    fn one_route(&mut self, route: &Route, at: Span) {
        let shape = |path: &str| -> String {
            path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part }).collect::<Vec<_>>().join("/")
        };
        let this = shape(&route.path);
        if RESERVED.contains(&route.path.as_str()) {
            self.error::<()>(Code::E0504, at, format!("`{}` is a path of the service itself", route.path));
        }
        let twin = self.routes.iter().find(|(other, _)| other.method == route.method && shape(&other.path) == this);
        if let Some((_, first)) = twin {
            let report = Report::new(Code::E0504, at, format!("{} {} is taken", route.method.name(), route.path));
            let report = report.label(*first, "by this operation");
            self.sink.push(report);
        }
    }

    fn mcp_line(&mut self, id: Id<Operation>, operation: &mut Operation, door: &ast::McpDoor, node: &ast::Operation) {
        let name = match &door.kind {
            McpDoorKind::Tool { name, task: false } => name,
            McpDoorKind::Tool { task: true, .. } => {
                self.later::<()>(door.at, "`mcp tool task`");
                return;
            }
            McpDoorKind::Resource(_) => {
                self.later::<()>(door.at, "`mcp resource`");
                return;
            }
            McpDoorKind::Prompt { .. } => {
                self.later::<()>(door.at, "`mcp prompt`");
                return;
            }
        };
        operation.doors.mcp = true;
        if operation.docs.is_empty() {
            let report = Report::new(Code::E0506, node.name.at, format!("`{}` is a tool without a text that says what it does", node.name.text));
            self.sink.push(report.help("models choose tools by their text: put a `///` line above the operation"));
        }
        let name = match name {
            Some(text) => self.plain(text).map(SmolStr::new).unwrap_or_default(),
            None => operation.name.clone(),
        };
        if let Some(twin) = self.tools.iter().find(|tool| tool.name == name) {
            let report = Report::new(Code::E0505, door.at, format!("there is a tool `{name}` already"));
            let report = report.label(twin.at, "here");
            self.sink.push(report);
        }
        self.tools.push(ToolLine { name, operation: id, at: door.at });
    }

    fn cli_line(&mut self, id: Id<Operation>, operation: &mut Operation, text: &ast::Text) {
        let Some(plain) = self.plain(text) else { return };
        operation.doors.cli = true;
        let words: Vec<SmolStr> = plain.split_whitespace().map(SmolStr::new).collect();
        if words.is_empty() || words.iter().any(|word| word.starts_with('-')) {
            self.error::<()>(Code::E0505, text.at, "a command is one or more words, none beginning with `-`");
            return;
        }
        let clash = self.commands.iter().find(|(other, _)| {
            let shorter = other.words.len().min(words.len());
            other.words.iter().take(shorter).eq(words.iter().take(shorter))
        });
        if let Some((other, first)) = clash {
            let message = format!("the command `{plain}` can't be told from `{}`", other.words.join(" "));
            let report = Report::new(Code::E0505, text.at, message).label(*first, "the other one");
            self.sink.push(report);
        }
        self.commands.push((Command { words, operation: id }, text.at));
    }

    /// What every operation does.
    pub(crate) fn operation_bodies(&mut self) {
        for index in 0..self.names.operations.len() {
            let Some((_, node)) = self.names.operations.get(index).copied() else { continue };
            self.inlined = 0;
            self.operation_body(Id::new(index as u32), node);
        }
    }

    fn operation_body(&mut self, id: Id<Operation>, node: &'a ast::Operation) {
        let rust = node.clauses.iter().any(|clause| matches!(clause.kind, ClauseKind::ImplRust { .. }));
        if rust {
            return;
        }
        let mut scope = Scope::new(Place::Body, Self::presence(&self.operations[id].access), None);
        scope.body.operation = Some(id);
        scope.body.output = self.operations[id].output.clone();
        self.bind_inputs(id, &mut scope, node);
        self.block(&mut scope, &node.body);
        let known = node.output.is_none() || scope.body.output.is_some();
        if known && scope.body.output.is_some() && !ends(&scope.body.block) && !self.sink.has_errors() {
            let report = Report::new(Code::E0313, node.name.at, format!("`{}` may end without its output", node.name.text));
            self.sink.push(report.help("end every way through the body with `return …`"));
        }
        self.finish_body(id, scope, node);
    }

    fn bind_inputs(&mut self, id: Id<Operation>, scope: &mut Scope, node: &ast::Operation) {
        let inputs: Vec<(SmolStr, Type, bool)> =
            self.operations[id].inputs.iter().map(|input| (input.name.clone(), input.ty.clone(), input.secret)).collect();
        for (name, ty, _) in &inputs {
            scope.slot(name.clone(), ty.clone());
        }
        scope.body.inputs = inputs.len() as u32;
        for (at, (name, ty, secret)) in inputs.into_iter().enumerate() {
            let Some(parameter) = node.parameters.iter().find(|parameter| parameter.name.text == name) else { continue };
            let slot = slot_value(Slot(at as u32), ty.clone());
            let lock = parameter.lock().is_some();
            let value = match &ty {
                Type::Ref(entity) => self.load(scope, *entity, slot, lock, parameter.at).map(|row| row.expr),
                Type::Optional(inner) => match **inner {
                    Type::Ref(entity) => self.load_optional(scope, entity, slot, lock, parameter.at),
                    _ => Some(slot),
                },
                _ => Some(slot),
            };
            match value {
                Some(value) => scope.locals.push(Local { name, value, secret, input: true }),
                None => scope.unknown(&name),
            }
        }
        for parameter in &node.parameters {
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
        let mut body = scope.body;
        self.partly_read(&body);
        let mut block = std::mem::take(&mut body.prelude);
        block.append(&mut body.block);
        fill_columns(&mut block, &body);
        let prelude = block.iter().take_while(|statement| is_pure(statement)).count();
        let effects = body.effects.finish();
        self.get_writes_nothing(id, &effects, node);
        let operation = &mut self.operations[id];
        let mut faults = body.faults;
        if !operation.inputs.is_empty() {
            faults.insert(fault::INVALID);
        }
        let open = operation.access.iter().any(|access| matches!(access, Access::Public));
        if !self.names.auths.is_empty() {
            faults.insert(fault::UNAUTHORIZED);
        }
        if !open && operation.access.iter().any(|access| !matches!(access, Access::SignedIn)) {
            faults.insert(fault::FORBIDDEN);
        }
        operation.faults = faults.into_iter().collect();
        operation.effects = effects;
        operation.body = Body { slots: body.slots, prelude, block };
    }

    /// Columns that may not be read wherever their row can, looked at after all.
    fn partly_read(&mut self, body: &BodyParts) {
        let mut slots: Vec<_> = body.partly.iter().collect();
        slots.sort_unstable_by_key(|(slot, _)| **slot);
        for (slot, (entity, at)) in slots {
            let partial = self.sight(*entity, body.operation, false).partial;
            let used = body.used.get(slot);
            let hidden = partial.iter().find(|(column, _)| {
                used.is_some_and(|used| used.contains(column)) && !self.entities[*entity].columns[*column].ty.is_optional()
            });
            if let Some((column, _)) = hidden {
                self.unreadable::<()>(*entity, *column, *at);
            }
        }
    }

    fn get_writes_nothing(&mut self, id: Id<Operation>, effects: &Effects, node: &ast::Operation) {
        let get = node.clauses.iter().find(|clause| {
            matches!(&clause.kind, ClauseKind::Http(http) if http.method == ast::Method::Get)
        });
        if let Some(clause) = get
            && effects.writes()
        {
            let message = format!("`{}` changes rows, which a GET may never do", self.operations[id].name);
            self.sink.push(Report::new(Code::E0502, clause.at, message).help("use POST, PUT, PATCH or DELETE"));
        }
    }
}

/// Puts the columns that are looked at into each read of a row.
fn fill_columns(block: &mut [Statement], body: &BodyParts) {
    for statement in block {
        match statement {
            Statement::Read { slot, query, .. } => {
                if let Fetch::One(columns) = &mut query.fetch {
                    let used = body.used.get(slot);
                    *columns = used.into_iter().flatten().copied().collect::<Vec<Id<Column>>>();
                }
            }
            Statement::If { then, otherwise, .. } => {
                fill_columns(then, body);
                fill_columns(otherwise, body);
            }
            Statement::For { block, .. } => fill_columns(block, body),
            Statement::Let { .. }
            | Statement::Create { .. }
            | Statement::Update { .. }
            | Statement::UpdateWhere { .. }
            | Statement::Delete { .. }
            | Statement::DeleteWhere { .. }
            | Statement::Require { .. }
            | Statement::Return(_) => {}
        }
    }
}

/// Whether a statement needs no database.
fn is_pure(statement: &Statement) -> bool {
    matches!(statement, Statement::Let { .. } | Statement::Require { .. })
}

/// The name of a line that cannot run yet; none for a line that never belongs to an operation.
fn later_clause(clause: &ClauseKind) -> Option<&'static str> {
    Some(match clause {
        ClauseKind::Limit(_) => "`limit`",
        ClauseKind::Idempotent => "`idempotent`",
        ClauseKind::Approve(_) => "`approve`",
        ClauseKind::OnWaiting(_) => "`on waiting`",
        ClauseKind::Timeout(_) => "`timeout`",
        ClauseKind::Cache(_) => "`cache`",
        ClauseKind::AuditOff(_) => "`audit off`",
        ClauseKind::Effects(_) => "`effects`",
        ClauseKind::Fails(_) => "`fails`",
        ClauseKind::ImplRust { .. } => "`impl rust`",
        ClauseKind::Http(_)
        | ClauseKind::Mcp(_)
        | ClauseKind::Cli(_)
        | ClauseKind::Allow(_)
        | ClauseKind::Retry { .. }
        | ClauseKind::Every(_)
        | ClauseKind::EachTenant
        | ClauseKind::AcrossTenants
        | ClauseKind::On(_)
        | ClauseKind::Receives { .. }
        | ClauseKind::Stray => return None,
    })
}
