//! Operations as MCP tools.
use super::effects;
use super::json_schema::Schema;
use super::schema::{Home, Schemas};
use super::sentence;
use super::uses::Flow;
use quater_ir::operation::Operation;
use quater_ir::surface::Tool;
use quater_ir::types::Type;
use quater_ir::{Id, Program};
use smol_str::SmolStr;

pub(super) const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// The member that holds an output which is not an object.
const RESULT: &str = "result";

/// The tool of an operation.
pub fn tool(program: &Program, id: Id<Operation>, name: SmolStr) -> Tool {
    let operation = &program.operations[id];
    let (output_schema, wrapped) = match &operation.output {
        // Nothing in it is data: all of it is shown.
        Some(ty) if ty.is_content(&program.unions) => (None, false),
        Some(ty) => (Some(output_schema(program, ty)), wrapped(ty)),
        None => (None, false),
    };
    Tool {
        title: sentence::title(&name),
        name,
        description: described(operation),
        operation: id,
        input_schema: inputs(program, operation, true),
        output_schema,
        wrapped,
        task: false,
        hints: effects::hints(program, operation),
    }
}

/// What a tool does, and that it goes.
fn described(operation: &Operation) -> String {
    let docs = operation.docs.trim();
    match &operation.lifecycle.deprecated {
        Some(deprecated) => format!("{docs}\n\n{}", deprecated.sentence()),
        None => docs.to_owned(),
    }
}

/// JSON Schema of an object with an operation's inputs.
pub fn input_schema(program: &Program, operation: &Operation) -> String {
    inputs(program, operation, false)
}

/// The same, also of a tool's arguments, whose files may come by a ticket.
fn inputs(program: &Program, operation: &Operation, uploads: bool) -> String {
    let types = operation.inputs.iter().map(|input| (&input.ty, Flow::In));
    let mut schemas = Schemas::new(program, Home::Tool, types);
    schemas.uploads = uploads;
    let inputs = schemas.inputs(&operation.inputs);
    written(inputs, schemas)
}

/// JSON Schema of a tool's structured content.
fn output_schema(program: &Program, ty: &Type) -> String {
    let mut schemas = Schemas::new(program, Home::Tool, [(ty, Flow::Out)]);
    let schema = if let Type::Record(id) = ty {
        schemas.members(*id, Flow::Out)
    } else if let Type::Page(page) = ty {
        schemas.page(page, Flow::Out)
    } else {
        let mut outer = Schema::of("object");
        outer.properties.insert(RESULT.to_owned(), schemas.value(ty, Flow::Out));
        outer.required.push(RESULT.to_owned());
        outer
    };
    written(schema, schemas)
}

fn wrapped(output: &Type) -> bool {
    !matches!(output, Type::Record(_) | Type::Page(_))
}

pub(super) fn written(mut root: Schema, mut schemas: Schemas<'_>) -> String {
    root.dialect = Some(DIALECT);
    root.defs = schemas.referred();
    json(&root)
}

/// The bytes of a document; its types hold nothing that JSON cannot say.
pub(super) fn json(document: &impl serde::Serialize) -> String {
    #[expect(clippy::expect_used, reason = "every map of a document has texts for keys")]
    serde_json::to_string(document).expect("documents are JSON")
}
