//! Tools as MCP lists them.
use super::content;
use quater_ir::{Id, Program, operation::Operation, surface};
use rmcp::model::{JsonObject, Tool, ToolAnnotations};
use smol_str::SmolStr;
use std::collections::HashMap;
use std::sync::Arc;

/// The program's tools.
#[derive(Debug)]
pub(super) struct Tools {
    all: Vec<Listed>,
    by_name: HashMap<SmolStr, usize>,
}

/// One tool.
#[derive(Debug)]
pub(super) struct Listed {
    /// As it is listed.
    pub(super) tool: Tool,
    /// What it calls.
    pub(super) operation: Id<Operation>,
    /// Whether its output goes into an object under `result`.
    pub(super) wrapped: bool,
    /// Whether a success has structured content.
    pub(super) structured: bool,
    /// Whether its output is shown as it is, and has no text.
    pub(super) shown: bool,
}

impl Tools {
    pub(super) fn plan(program: &Program) -> Self {
        let all = program.surface.tools.iter().map(|tool| listed(program, tool)).collect::<Vec<_>>();
        let by_name = all.iter().enumerate().map(|(at, one)| (SmolStr::new(&one.tool.name), at)).collect();
        Self { all, by_name }
    }

    /// The tool of a name.
    pub(super) fn get(&self, name: &str) -> Option<&Listed> {
        self.by_name.get(name).and_then(|at| self.all.get(*at))
    }

    /// The tools of these operations, in their order.
    pub(super) fn of(&self, operations: &[Id<Operation>]) -> Vec<Tool> {
        let open = self.all.iter().filter(|one| operations.contains(&one.operation));
        open.map(|one| one.tool.clone()).collect()
    }
}

fn listed(program: &Program, tool: &surface::Tool) -> Listed {
    let hints = ToolAnnotations::with_title(tool.title.clone())
        .read_only(tool.hints.read_only)
        .destructive(tool.hints.destructive)
        .idempotent(tool.hints.idempotent)
        .open_world(tool.hints.open_world);
    let mut shown =
        Tool::new(tool.name.to_string(), tool.description.clone(), schema(&tool.name, &tool.input_schema))
            .with_title(tool.title.clone())
            .with_annotations(hints);
    shown.output_schema = tool.output_schema.as_deref().map(|text| schema(&tool.name, text));
    Listed {
        structured: shown.output_schema.is_some(),
        shown: content::shows(program, tool.operation),
        tool: shown,
        operation: tool.operation,
        wrapped: tool.wrapped,
    }
}

/// A schema as an object. The compiler writes them, so one that is none is a fault of its own: the
/// tool then takes anything, and the runtime's validation goes on as ever.
fn schema(tool: &str, text: &str) -> Arc<JsonObject> {
    let read = serde_json::from_str::<JsonObject>(text).unwrap_or_else(|error| {
        tracing::error!(tool, %error, "the schema of a tool is not a JSON object");
        JsonObject::from_iter([("type".to_owned(), "object".into())])
    });
    Arc::new(read)
}
