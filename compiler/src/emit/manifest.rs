//! What the action protocol tells of a program: `docs/protocol.md`.
use super::json_schema::Schema;
use super::schema::{Home, Schemas};
use super::tool;
use super::uses::Flow;
use quater_ir::fault::Fault;
use quater_ir::operation::{Access, Approval, Door, Input, Operation};
use quater_ir::surface::Command;
use quater_ir::types::Type;
use quater_ir::value::Literal;
use quater_ir::{Id, Program, type_text};
use serde::Serialize;
use serde_json::Value as Json;

#[derive(Serialize)]
struct Manifest<'p> {
    service: Service<'p>,
    auth: Vec<Scheme<'p>>,
    errors: Vec<Error<'p>>,
    actions: Vec<Action<'p>>,
}

#[derive(Serialize)]
struct Service<'p> {
    name: &'p str,
    version: u32,
    description: &'p str,
}

#[derive(Serialize)]
struct Scheme<'p> {
    name: &'p str,
    scheme: &'p str,
}

#[derive(Serialize)]
struct Error<'p> {
    code: &'p str,
    status: u16,
    description: &'p str,
    data: Vec<&'p str>,
}

#[derive(Serialize)]
struct Action<'p> {
    name: &'p str,
    command: &'p [smol_str::SmolStr],
    summary: &'p str,
    description: &'p str,
    inputs: Vec<Argument<'p>>,
    output: Option<String>,
    input_schema: Json,
    output_schema: Option<Json>,
    access: Vec<String>,
    doors: Vec<&'static str>,
    writes: bool,
    idempotent: bool,
    approval: Option<Waits>,
    progress: bool,
    deprecated: bool,
    errors: Vec<&'p str>,
}

#[derive(Serialize)]
struct Waits {
    by: Vec<String>,
    within_ms: u64,
}

#[derive(Serialize)]
struct Argument<'p> {
    name: &'p str,
    description: &'p str,
    r#type: String,
    kind: &'static str,
    list: bool,
    required: bool,
    secret: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    values: Vec<&'p str>,
}

/// The manifest of a program, without what a runtime says of itself.
pub(crate) fn manifest(program: &Program) -> String {
    let schemes = program.auths.values().filter(|auth| auth.doors.has(Door::Cli));
    let schemes =
        schemes.filter_map(|auth| Some(Scheme { name: &auth.name, scheme: auth.carrier.scheme()? }));
    let service = &program.service;
    tool::json(&Manifest {
        service: Service { name: &service.name, version: service.version, description: service.docs.trim() },
        auth: schemes.collect(),
        errors: program.faults.values().map(error).collect(),
        actions: program.surface.commands.iter().map(|it| action(program, it)).collect(),
    })
}

fn error(fault: &Fault) -> Error<'_> {
    let data = fault.fields.values().map(|field| field.name.as_str()).collect();
    Error { code: &fault.name, status: fault.status, description: fault.docs.trim(), data }
}

fn action<'p>(program: &'p Program, command: &'p Command) -> Action<'p> {
    let operation = &program.operations[command.operation];
    let output = operation.output.as_ref();
    let allowed = |rules: &[Access]| rules.iter().map(access).collect();
    let waits = |approval: &Approval| Waits { by: allowed(&approval.by), within_ms: approval.within };
    Action {
        name: &operation.name,
        command: &command.words,
        summary: operation.docs.trim().lines().next().unwrap_or_default(),
        description: operation.docs.trim(),
        inputs: operation.inputs.iter().map(|input| argument(program, input)).collect(),
        output: output.map(|ty| type_text(ty, program)),
        input_schema: raw(&tool::input_schema(program, operation)),
        output_schema: output.map(|ty| raw(&result_schema(program, ty))),
        access: allowed(&operation.access),
        doors: Door::ALL.into_iter().filter(|door| operation.doors.has(*door)).map(Door::name).collect(),
        writes: operation.effects.writes(),
        idempotent: operation.idempotent,
        approval: operation.approval.as_ref().map(waits),
        progress: operation.effects.progress,
        deprecated: operation.lifecycle.deprecated.is_some(),
        errors: codes(program, operation),
    }
}

fn codes<'p>(program: &'p Program, operation: &Operation) -> Vec<&'p str> {
    let name = |id: &Id<Fault>| program.faults[*id].name.as_str();
    operation.faults.iter().map(name).collect()
}

fn argument<'p>(program: &'p Program, input: &'p Input) -> Argument<'p> {
    let required = input.ty.required();
    let (ty, list) =
        if let Type::List(item, _) = required { (item.required(), true) } else { (required, false) };
    let values = if let Type::Enum(id) = ty {
        program.enums[*id].members.iter().map(|member| member.as_str()).collect()
    } else {
        Vec::new()
    };
    Argument {
        name: &input.name,
        description: input.docs.trim(),
        r#type: type_text(&input.ty, program),
        kind: kind(ty),
        list,
        required: input.default.is_none() && !input.ty.is_optional(),
        secret: input.secret,
        values,
    }
}

/// How a value is typed by people.
const fn kind(ty: &Type) -> &'static str {
    match ty {
        Type::Bool => "bool",
        Type::Int(_) | Type::Float(_) | Type::Decimal { .. } => "number",
        Type::Enum(_) => "enum",
        Type::File(_) => "file",
        Type::Record(_)
        | Type::Json
        | Type::Map(..)
        | Type::Tuple(_)
        | Type::Union(_)
        | Type::Page(_)
        | Type::Stream(_)
        | Type::Patch(_)
        | Type::List(..)
        | Type::Null => "json",
        Type::Text(_)
        | Type::Bytes { .. }
        | Type::Uuid
        | Type::Date
        | Type::Instant
        | Type::Duration
        | Type::Url
        | Type::Email
        | Type::Password
        | Type::Ref(_)
        | Type::Row(_)
        | Type::Optional(_) => "text",
    }
}

/// JSON Schema of an output as it is.
fn result_schema(program: &Program, ty: &Type) -> String {
    let mut schemas = Schemas::new(program, Home::Tool, [(ty, Flow::Out)]);
    let schema: Schema = schemas.value(ty, Flow::Out);
    tool::written(schema, schemas)
}

/// A document within another.
fn raw(text: &str) -> Json {
    #[expect(clippy::expect_used, reason = "schemas are JSON")]
    serde_json::from_str(text).expect("a schema is JSON")
}

fn access(access: &Access) -> String {
    let name = |literal: &Literal| match literal {
        Literal::Text(text) => text.to_string(),
        Literal::Int(number) => number.to_string(),
        Literal::Null | Literal::Bool(_) | Literal::Float(_) | Literal::Decimal(_) | Literal::Duration(_) => {
            format!("{literal:?}")
        }
    };
    match access {
        Access::Public => "public".to_owned(),
        Access::SignedIn => "signed in".to_owned(),
        Access::Role(roles) => format!("role {}", roles.iter().map(name).collect::<Vec<_>>().join(", ")),
        Access::When(_) => "when a condition on the caller holds".to_owned(),
    }
}
