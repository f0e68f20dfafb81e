//! Records as forms that a person fills in: JSON Schema in the subset that MCP has for them.
use super::json_schema::Schema;
use super::literal;
use super::schema::{Home, Schemas};
use super::tool;
use super::uses::Flow;
use quater_ir::surface::Form;
use quater_ir::types::{Enum, Record, Type};
use quater_ir::{Id, Program};

/// Which clients a form is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum For {
    /// Those who know members of enums as options with titles.
    Options,
    /// Those of the revision before, who know a list of names beside the members.
    Names,
}

/// The form of a record.
pub(crate) fn form(program: &Program, record: Id<Record>) -> Form {
    let schema = written(program, record, For::Options);
    let earlier = Some(written(program, record, For::Names)).filter(|earlier| *earlier != schema);
    Form { record, schema, earlier }
}

/// The schema of a record; what need not be given is left out of `required`, not null.
fn written(program: &Program, record: Id<Record>, clients: For) -> String {
    let whole = Type::Record(record);
    let mut schemas = Schemas::new(program, Home::Tool, [(&whole, Flow::In)]);
    let record = &program.records[record];
    let mut form = Schema::of("object").described(&record.docs);
    for field in record.fields.values() {
        let ty = field.ty.required();
        let schema = titled(program, ty, schemas.value(ty, Flow::In), clients);
        let mut schema = schema.described(&field.docs);
        schema.default = field.default.as_ref().and_then(|it| literal::of_default(it, &field.ty, true));
        form.properties.insert(field.name.to_string(), schema);
        if field.default.is_none() && !field.ty.is_optional() {
            form.required.push(field.name.to_string());
        }
    }
    tool::json(&form)
}

/// The schema of a field with the titles of what can be chosen, where there are any. What has none is shown as it is
/// written. Options stand for all of what there is; an enum only some of whose members have a title stays a plain one,
/// with names beside it.
fn titled(program: &Program, ty: &Type, mut schema: Schema, clients: For) -> Schema {
    let list = if let Type::List(of, _) = ty { Some(&**of) } else { None };
    let Type::Enum(id) = list.unwrap_or(ty) else { return schema };
    let Enum { members, docs, .. } = &program.enums[*id];
    let title = |member: &str| program.enums[*id].title(member);
    let titles = members.iter().filter(|member| title(member).is_some()).count();
    if titles == 0 {
        return schema;
    }
    schema.description = Some(docs.clone()).filter(|docs| list.is_none() && !docs.is_empty());
    let shown = members.iter().map(|member| (member.as_str(), title(member).unwrap_or(member)));
    match (list, clients) {
        (Some(_), For::Options) => {
            let any_of = Schema::options(shown);
            schema.items = Some(Box::new(Schema { any_of, ..Schema::default() }));
        }
        // Nothing but options has titles in a list.
        (Some(_), For::Names) => {}
        (None, For::Options) if titles == members.len() => {
            schema.members.clear();
            schema.one_of = Schema::options(shown);
        }
        (None, For::Options | For::Names) => {
            schema.enum_names = shown.map(|(_, title)| title.to_owned()).collect();
        }
    }
    schema
}
