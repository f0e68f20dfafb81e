//! `mcp` lines: tools, resources and prompts.
use super::doors::Claim;
use super::{Checker, ToolLine};
use crate::ast::{self, ClauseKind, McpDoorKind};
use crate::report::{Code, Report, Span};
use quater_ir::Id;
use quater_ir::operation::{Input, Operation};
use quater_ir::surface::{AgentResource, Prompt};
use quater_ir::types::Type;
use smol_str::SmolStr;

/// How the tools of a service itself begin, such as those about approvals.
const OWN_TOOLS: &str = "quater_";

impl Checker<'_> {
    /// `mcp tool`, `mcp resource "uri"`, `mcp prompt`
    pub(crate) fn mcp_line(
        &mut self,
        id: Id<Operation>,
        operation: &mut Operation,
        door: &ast::McpDoor,
        node: &ast::Operation,
    ) {
        let first = !operation.doors.mcp;
        operation.doors.mcp = true;
        let word = match &door.kind {
            McpDoorKind::Tool { .. } => "tool",
            McpDoorKind::Resource(_) => "resource",
            McpDoorKind::Prompt { .. } => "prompt",
        };
        if operation.docs.is_empty() && first {
            let message = format!("`{}` is a {word} without a text that says what it does", node.name.text);
            self.sink.push(
                Report::new(Code::E0506, node.name.at, message).help(format!(
                    "models choose {word}s by their text: put a `///` line above the operation"
                )),
            );
        }
        match &door.kind {
            McpDoorKind::Tool { name, task } => {
                let Some(name) = self.door_name(name.as_ref(), operation) else { return };
                if name.starts_with(OWN_TOOLS) {
                    let message =
                        format!("`{name}` can't be a tool: the service keeps `{OWN_TOOLS}…` for itself");
                    self.sink.push(
                        Report::new(Code::E0505, door.at, message)
                            .help("give it another name: `mcp tool \"name\"`"),
                    );
                }
                self.telling.claims.push((Claim::Tool(name.clone()), door.at));
                self.tools.push(ToolLine { name, operation: id, task: *task });
            }
            McpDoorKind::Resource(uri) => self.resource_line(id, operation, uri),
            McpDoorKind::Prompt { name } => {
                let Some(name) = self.door_name(name.as_ref(), operation) else { return };
                self.telling.claims.push((Claim::Prompt(name.clone()), door.at));
                self.prompts.push(Prompt { name, description: operation.docs.clone(), operation: id });
            }
        }
    }

    fn door_name(&mut self, name: Option<&ast::Text>, operation: &Operation) -> Option<SmolStr> {
        match name {
            Some(text) => self.plain(text).map(SmolStr::new),
            None => Some(operation.name.clone()),
        }
    }

    fn resource_line(&mut self, id: Id<Operation>, operation: &Operation, text: &ast::Text) {
        let Some(uri) = self.agent_uri(operation, text) else { return };
        let shape: String = uri
            .split('/')
            .map(|part| if part.contains('{') { "{}" } else { part })
            .collect::<Vec<_>>()
            .join("/");
        let (shape, shown) = (SmolStr::new(shape), uri.clone());
        self.telling.claims.push((Claim::Resource { shape, shown }, text.at));
        let media = match &operation.output {
            Some(Type::Text(_)) => "text/plain",
            // Each answer says its own.
            Some(output) if output.is_content(&self.unions) => "",
            Some(_) | None => "application/json",
        };
        self.agent_resources.push(AgentResource {
            uri,
            name: operation.name.clone(),
            description: operation.docs.clone(),
            media: SmolStr::new_static(media),
            operation: id,
        });
    }

    /// A URI with `{name}` for inputs (RFC 6570, level 1). In a text these read as interpolations.
    fn agent_uri(&mut self, operation: &Operation, text: &ast::Text) -> Option<SmolStr> {
        let mut uri = String::new();
        let mut named: Vec<SmolStr> = Vec::new();
        for part in &text.parts {
            match part {
                ast::TextPart::Letters(letters) => uri.push_str(letters),
                ast::TextPart::Value(ast::Expr { kind: ast::ExprKind::Name(name), .. }) => {
                    self.uri_parameter(operation, name, &named)?;
                    uri.push_str(&format!("{{{}}}", name.text));
                    named.push(name.text.clone());
                }
                ast::TextPart::Value(other) => {
                    let report =
                        Report::new(Code::E0517, other.at, "only the name of an input stands in a URI");
                    return self.report(report.help("as in `\"store://orders/{order}\"`"));
                }
            }
        }
        if !is_uri(&uri) {
            let report = Report::new(Code::E0517, text.at, format!("`{uri}` is no URI"));
            return self.report(report.help("a URI has a scheme: `\"store://orders/{order}\"`"));
        }
        let needed = |input: &&Input| input.default.is_none() && !input.ty.is_optional();
        let lost = operation.inputs.iter().filter(needed).find(|input| !named.contains(&input.name));
        if let Some(input) = lost {
            let message = format!("the URI does not say `{}`, which must be given", input.name);
            let help = format!("add `{{{}}}`, or give the input a default", input.name);
            return self.report(Report::new(Code::E0517, text.at, message).help(help));
        }
        Some(SmolStr::new(uri))
    }

    fn uri_parameter(&mut self, operation: &Operation, name: &ast::Name, named: &[SmolStr]) -> Option<()> {
        let Some(input) = operation.inputs.iter().find(|input| input.name == name.text) else {
            let known: Vec<SmolStr> = operation.inputs.iter().map(|input| input.name.clone()).collect();
            let message = format!("there is no input `{}`", name.text);
            return self.unknown(Code::E0517, name, message, known.iter().map(SmolStr::as_str));
        };
        if named.contains(&name.text) {
            return self.error(Code::E0517, name.at, format!("`{}` is twice in the URI", name.text));
        }
        if !is_single(&input.ty) || input.ty.is_optional() {
            let message =
                format!("`{}` can't stand in a URI: only single values that are always there can", name.text);
            return self.error(Code::E0517, name.at, message);
        }
        Some(())
    }

    /// Resources and prompts only read, and give what agents can show.
    pub(crate) fn agents_fit(&mut self, id: Id<Operation>, node: &ast::Operation) {
        for clause in &node.clauses {
            let ClauseKind::Mcp(door) = &clause.kind else { continue };
            let word = match &door.kind {
                McpDoorKind::Tool { .. } => continue,
                McpDoorKind::Resource(_) => "resource",
                McpDoorKind::Prompt { .. } => "prompt",
            };
            self.agent_reads(id, word, clause.at);
            if word == "prompt" {
                self.prompt_fits(id, clause.at);
            }
        }
    }

    fn agent_reads(&mut self, id: Id<Operation>, word: &str, at: Span) {
        let operation = &self.operations[id];
        let name = operation.name.clone();
        if operation.effects.writes() || operation.effects.leaves() {
            let report = Report::new(
                Code::E0517,
                at,
                format!("`{name}` does more than read, which a {word} may never do"),
            );
            self.sink.push(report.help("make it a tool: `mcp tool`"));
        } else if operation.approval.is_some() {
            self.error::<()>(
                Code::E0517,
                at,
                format!("a {word} is answered at once, so it can't wait for anybody"),
            );
        } else if operation.output.is_none() {
            let message = format!("`{name}` has no output, so the {word} has nothing to give");
            self.telling.held.push(Report::new(Code::E0517, at, message));
        }
    }

    fn prompt_fits(&mut self, id: Id<Operation>, at: Span) {
        let operation = &self.operations[id];
        if let Some(output) = &operation.output
            && !(matches!(output, Type::Text(_)) || output.is_content(&self.unions))
        {
            let message = format!("a prompt gives text, not {}", self.describe(output));
            let report = Report::new(Code::E0517, at, message);
            return self
                .sink
                .push(report.help("give `-> text` or `-> Content`: it is what the user is taken to say"));
        }
        let lists = operation.inputs.iter().find(|input| !is_single(input.ty.required()));
        if let Some(input) = lists {
            let message =
                format!("`{}` can't be an argument of a prompt, which is always a text", input.name);
            self.error::<()>(Code::E0517, at, message);
        }
    }
}

/// Whether a value can be one text.
fn is_single(ty: &Type) -> bool {
    !matches!(
        ty,
        Type::Record(_)
            | Type::List(..)
            | Type::Json
            | Type::Row(_)
            | Type::Map(..)
            | Type::Tuple(_)
            | Type::Union(_)
            | Type::Page(_)
            | Type::Stream(_)
            | Type::Patch(_)
            | Type::File(_)
    )
}

/// Whether a text is a URI with a scheme (RFC 3986), its parameters aside; each is a whole path segment.
fn is_uri(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else { return false };
    let first = scheme.starts_with(|letter: char| letter.is_ascii_alphabetic());
    let rest_of_scheme = scheme.chars().all(|it| it.is_ascii_alphanumeric() || matches!(it, '+' | '-' | '.'));
    let plain = |it: char| it.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=%{}".contains(it);
    let whole = |part: &str| {
        !part.contains('{')
            || (part.starts_with('{') && part.ends_with('}') && part.matches('{').count() == 1)
    };
    first && rest_of_scheme && !rest.is_empty() && rest.chars().all(plain) && rest.split('/').all(whole)
}
