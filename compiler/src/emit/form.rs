//! Records as forms that a person fills in: JSON Schema in the subset that MCP has for them.
use super::json_schema::Schema;
use super::literal;
use super::schema::{Home, Schemas};
use super::tool;
use super::uses::Flow;
use quater_ir::types::{Record, Type};
use quater_ir::{Id, Program};

/// The schema of a record; what need not be given is left out of `required`, not null.
pub(crate) fn form(program: &Program, record: Id<Record>) -> String {
    let whole = Type::Record(record);
    let mut schemas = Schemas::new(program, Home::Tool, [(&whole, Flow::In)]);
    let record = &program.records[record];
    let mut form = Schema::of("object").described(&record.docs);
    for field in record.fields.values() {
        let mut schema = schemas.value(field.ty.required(), Flow::In).described(&field.docs);
        schema.default = field.default.as_ref().and_then(|it| literal::of_default(it, &field.ty, true));
        form.properties.insert(field.name.to_string(), schema);
        if field.default.is_none() && !field.ty.is_optional() {
            form.required.push(field.name.to_string());
        }
    }
    tool::json(&form)
}
