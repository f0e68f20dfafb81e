//! The doors of an operation: `http`, `mcp` and `cli` lines, and that no two of them are one.
use super::Checker;
use super::compare::is_structure;
use crate::ast::{self, RouteSegment};
use crate::report::{Code, Report, Span};
use quater_ir::Id;
use quater_ir::operation::{Operation, Place as Where};
use quater_ir::setting::{ACTIONS, OWN_PAGES, OWN_PATHS};
use quater_ir::surface::{Command, Method, Route};
use quater_ir::types::Type;
use rustc_hash::FxHashMap;
use smol_str::SmolStr;
use std::mem::{Discriminant, discriminant};

/// What leads to one operation or channel alone.
#[derive(Debug)]
pub(crate) enum Claim {
    /// A route, whatever its parameters are called.
    Route {
        shape: SmolStr,
        shown: SmolStr,
    },
    Tool(SmolStr),
    Prompt(SmolStr),
    /// The URI of an MCP resource, whatever its parameters are called.
    Resource {
        shape: SmolStr,
        shown: SmolStr,
    },
    /// The words of a command, one space between them.
    Command(SmolStr),
}

/// Claims of the same thing: each but the first is reported.
pub(crate) fn clashes<'t>(claims: impl Iterator<Item = &'t (Claim, Span)>) -> Vec<Report> {
    let mut taken: FxHashMap<(Discriminant<Claim>, &str), Span> = FxHashMap::default();
    // Every beginning of a command, and whether a command ends there.
    let mut commands: FxHashMap<&str, (Span, bool)> = FxHashMap::default();
    let mut found = Vec::new();
    for (claim, at) in claims {
        let shape = match claim {
            Claim::Route { shape, .. } | Claim::Resource { shape, .. } => shape,
            Claim::Tool(name) | Claim::Prompt(name) => name,
            Claim::Command(words) => {
                found.extend(command_clash(words, *at, &mut commands));
                continue;
            }
        };
        let Some(first) = taken.insert((discriminant(claim), shape), *at) else { continue };
        let (code, message) = match claim {
            Claim::Route { shown, .. } => (Code::E0504, format!("{shown} is taken")),
            Claim::Tool(name) => (Code::E0505, format!("there is a tool `{name}` already")),
            Claim::Prompt(name) => (Code::E0505, format!("there is a prompt `{name}` already")),
            Claim::Resource { shown, .. } => (Code::E0505, format!("there is a resource `{shown}` already")),
            Claim::Command(_) => continue,
        };
        let here = if code == Code::E0504 { "by this operation" } else { "here" };
        found.push(Report::new(code, *at, message).label(first, here));
    }
    found
}

/// A command is not the beginning of another.
fn command_clash<'t>(
    words: &'t SmolStr,
    at: Span,
    commands: &mut FxHashMap<&'t str, (Span, bool)>,
) -> Option<Report> {
    let mut clash = None;
    let ends = words.match_indices(' ').map(|(end, _)| end).chain([words.len()]);
    for beginning in ends.filter_map(|end| words.get(..end)) {
        let whole = beginning.len() == words.len();
        let (first, other_whole) = commands.entry(beginning).or_insert((at, whole));
        if *first != at && (whole || *other_whole) {
            clash = Some(*first);
        }
        *other_whole |= whole;
    }
    let message = format!("the command `{words}` can't be told from another");
    clash.map(|first| Report::new(Code::E0505, at, message).label(first, "the other one"))
}

impl Checker<'_> {
    /// `http GET /path`
    pub(crate) fn http_line(
        &mut self,
        id: Id<Operation>,
        operation: &mut Operation,
        http: &ast::HttpDoor,
        at: Span,
    ) {
        if operation.doors.http {
            self.error::<()>(Code::E0504, at, "an operation has one `http` line");
            return;
        }
        operation.doors.http = true;
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
        self.parts(operation, http);
        let status = self.status(operation, http);
        let input = http.input_as.as_ref().map(|record| self.input_template(operation, record));
        let output = http.output_as.as_ref().map(|record| self.output_template(operation, record));
        if let Some(path) = path {
            let (input, output) = (input.flatten(), output.flatten());
            let route = Route { method, path, operation: id, status, input, output };
            self.one_route(&route, http.route.at);
            self.routes.push(route);
        }
    }

    fn status(&mut self, operation: &Operation, http: &ast::HttpDoor) -> u16 {
        let content = operation.output.is_some() || http.output_as.is_some();
        let plain = if content { 200 } else { 204 };
        let Some(status) = http.returns else { return plain };
        if !(200..=299).contains(&status.value) {
            self.error::<()>(Code::E0503, status.at, format!("{} is no status of success", status.value));
        }
        if content && matches!(status.value, 204 | 205) {
            let message = format!("an answer of status {} has no body, and this one has", status.value);
            self.error::<()>(Code::E0503, status.at, message);
        }
        u16::try_from(status.value).unwrap_or(plain)
    }

    /// Whether an operation has an input of a name, be its type known or not.
    fn declares_input(&self, operation: &str, name: &ast::Name) -> bool {
        self.names.operations.iter().any(|(_, (_, node))| {
            let mut parameters = node.parameters.iter();
            node.name.text == operation && parameters.any(|parameter| parameter.name.text == name.text)
        })
    }

    pub(crate) fn path(&mut self, operation: &mut Operation, route: &ast::Route) -> Option<SmolStr> {
        let mut path = self.service.as_ref().map_or_else(String::new, |service| service.base.to_string());
        let mut whole = self.ends_without_slash(route);
        for segment in &route.segments {
            path.push('/');
            match segment {
                RouteSegment::Fixed(letters) => {
                    path.push_str(letters);
                    whole &= self.plain_segment(letters, route.at);
                }
                RouteSegment::Parameter(name) => {
                    path.push_str(&format!("{{{}}}", name.text));
                    match operation.inputs.iter_mut().find(|input| input.name == name.text) {
                        Some(input) if input.place == Where::Path => {
                            self.error::<()>(
                                Code::E0503,
                                name.at,
                                format!("`{}` is twice in the path", name.text),
                            );
                        }
                        Some(input) => input.place = Where::Path,
                        // Its type was reported.
                        None if self.declares_input(&operation.name, name) => whole = false,
                        None => {
                            let known = operation.inputs.iter().map(|input| input.name.as_str());
                            self.names.notes.offer(name, Code::E0503, known.map(|known| (known, None)));
                            let report = Report::new(
                                Code::E0503,
                                name.at,
                                format!("there is no input `{}`", name.text),
                            );
                            self.sink
                                .push(report.help("every `{name}` of a path is an input of the operation"));
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

    /// That a path of the service ends without a slash: nobody could tell whether `/orders/` is another place than
    /// `/orders`.
    pub(crate) fn ends_without_slash(&mut self, route: &ast::Route) -> bool {
        let Some((RouteSegment::Fixed(last), others)) = route.segments.split_last() else { return true };
        if !last.is_empty() {
            return true;
        }
        let better: String = others.iter().map(|segment| format!("/{segment}")).collect();
        let report = Report::new(Code::E0503, route.at, format!("the path `{better}/` ends with a slash"));
        let help = "paths end without one; whoever asks with a slash too many gets 404, and is told";
        self.sink.push(report.help(help).fix(format!("write `{better}`"), route.at, better));
        false
    }

    /// That a segment is not meant as something else than letters.
    fn plain_segment(&mut self, letters: &str, at: Span) -> bool {
        let report = |message: String| Report::new(Code::E0503, at, message);
        if let Some(name) = letters.strip_prefix(':') {
            let report = report(format!("`:{name}` is no parameter"));
            self.sink.push(report.help(format!("a parameter stands in braces: `{{{name}}}`")));
            return false;
        }
        if let Some((path, _)) = letters.split_once('?') {
            let report = report(format!("the path ends at `{path}`: a query is no part of it"));
            self.sink.push(report.help("inputs that are not in the path of a GET or DELETE are its query"));
            return false;
        }
        true
    }

    /// Paths, queries, headers and cookies carry single values.
    pub(crate) fn places_fit(&mut self, operation: &Operation, at: Span) {
        for input in &operation.inputs {
            let single = if let Type::List(of, _) = input.ty.required() {
                input.place == Where::Query && one_text(of)
            } else {
                one_text(input.ty.required())
            };
            let in_body = matches!(input.place, Where::Member | Where::Body);
            if !single && !in_body {
                let message =
                    format!("`{}` can't stand in a path, a query, a header or a cookie", input.name);
                self.error::<()>(Code::E0503, at, message);
            }
            if input.place == Where::Path && input.ty.is_optional() {
                self.error::<()>(
                    Code::E0503,
                    at,
                    format!("`{}` stands in the path and can't be absent", input.name),
                );
            }
        }
        let bodies = operation.inputs.iter().filter(|input| input.place == Where::Body).count();
        let members = operation.inputs.iter().filter(|input| input.place == Where::Member).count();
        if bodies > 1 || (bodies == 1 && members > 0) {
            self.error::<()>(Code::E0503, at, "where one input is the whole body, no other can be in it");
        }
    }

    /// With a file among its members a body has parts instead of members.
    fn parts(&mut self, operation: &mut Operation, http: &ast::HttpDoor) {
        let files = operation.inputs.iter().filter(|it| matches!(it.ty.required(), Type::File(_)));
        if files.filter(|it| it.place == Where::Member).count() == 0 {
            return;
        }
        let members = operation.inputs.iter_mut().filter(|input| input.place == Where::Member);
        members.for_each(|input| input.place = Where::Part);
        if let Some(record) = &http.input_as {
            let message = "a body with a file in it has parts, and nothing stands around them";
            self.error::<()>(Code::E0513, record.at, message);
        }
    }

    pub(crate) fn one_route(&mut self, route: &Route, at: Span) {
        let docs = self.service.as_ref().and_then(|service| service.docs_path.as_deref());
        let below = route.path.strip_prefix(ACTIONS).is_some_and(|rest| rest.starts_with('/'));
        let shape = nameless(&route.path);
        let page = route.method == Method::Get && OWN_PAGES.contains(&shape.as_str());
        if below || page || OWN_PATHS.iter().copied().chain(docs).any(|own| own == route.path) {
            self.error::<()>(Code::E0504, at, format!("`{}` is a path of the service itself", route.path));
        }
        let method = route.method.name();
        let shape = SmolStr::new(format!("{method} {shape}"));
        let shown = SmolStr::new(format!("{method} {}", route.path));
        self.telling.claims.push((Claim::Route { shape, shown }, at));
    }

    /// `cli "words"`
    pub(crate) fn cli_line(&mut self, id: Id<Operation>, operation: &mut Operation, text: &ast::Text) {
        let Some(plain) = self.plain(text) else { return };
        operation.doors.cli = true;
        let words: Vec<SmolStr> = plain.split_whitespace().map(SmolStr::new).collect();
        if words.is_empty() || words.iter().any(|word| word.starts_with('-')) {
            self.error::<()>(Code::E0505, text.at, "a command is one or more words, none beginning with `-`");
            return;
        }
        self.telling.claims.push((Claim::Command(SmolStr::new(words.join(" "))), text.at));
        self.commands.push(Command { words, operation: id });
    }
}

/// A path whose parameters have no names.
fn nameless(path: &str) -> String {
    let parts: Vec<&str> =
        path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part }).collect();
    parts.join("/")
}

/// Whether a value is one text where there is no JSON.
pub(crate) const fn one_text(ty: &Type) -> bool {
    !is_structure(ty) && !matches!(ty, Type::Json | Type::Row(_) | Type::Optional(_))
}
