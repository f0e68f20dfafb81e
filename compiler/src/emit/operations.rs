//! The inputs and outputs of all operations as one JSON Schema, for those who check or generate without OpenAPI.
use super::json_schema::Schema;
use super::schema::{Home, Schemas};
use super::tool::{DIALECT, json};
use super::uses::Flow;
use quater_ir::Program;
use quater_ir::operation::Operation;

/// A schema with two definitions for each operation that has a door, `name.input` and `name.output`.
pub fn document(program: &Program) -> String {
    let door = |operation: &&Operation| operation.doors.http || operation.doors.mcp || operation.doors.cli;
    let operations = || program.operations.values().filter(door);
    let inputs = operations().flat_map(|operation| &operation.inputs).map(|input| (&input.ty, Flow::In));
    let outputs = operations().filter_map(|operation| operation.output.as_ref()).map(|ty| (ty, Flow::Out));
    let mut schemas = Schemas::new(program, Home::Tool, inputs.chain(outputs));
    let mut root = Schema { dialect: Some(DIALECT), ..Schema::default() };
    for operation in operations() {
        let input = schemas.inputs(&operation.inputs).described(operation.docs.trim());
        root.defs.insert(format!("{}.input", operation.name), input);
        if let Some(output) = &operation.output {
            root.defs.insert(format!("{}.output", operation.name), schemas.value(output, Flow::Out));
        }
    }
    root.defs.extend(schemas.referred());
    root.defs.sort_keys();
    json(&root)
}
