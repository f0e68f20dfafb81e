//! One route.
use super::link::Links;
use super::model::{Answer, Endpoint, Media, Parameter, RequestBody, Response, Tag};
use super::problem::{self, Problems};
use super::security;
use crate::emit::schema::Schemas;
use crate::emit::uses::Flow;
use crate::emit::{example, sentence};
use indexmap::IndexMap;
use quater_ir::Program;
use quater_ir::operation::{Access, Input, Operation, Place};
use quater_ir::surface::Route;
use quater_ir::types::Type;
use quater_ir::value::Literal;

const JSON: &str = "application/json";

/// Where a route stands in the document.
pub(super) struct Location<'p> {
    pub(super) route: &'p Route,
    /// The route's path, perhaps with other names for its parameters.
    pub(super) path: &'p str,
    pub(super) tag: Tag,
}

impl Location<'_> {
    /// What a parameter of the route's path is called in the document.
    pub(super) fn shown<'a>(&'a self, name: &'a str) -> &'a str {
        let inside = |part: &'a str| part.strip_prefix('{').and_then(|part| part.strip_suffix('}'));
        let mut parts = self.route.path.split('/').zip(self.path.split('/'));
        let part = parts.find(|(own, _)| inside(own) == Some(name));
        part.and_then(|(_, shown)| inside(shown)).unwrap_or(name)
    }
}

pub(super) fn endpoint(
    program: &Program,
    at: &Location<'_>,
    links: &Links<'_>,
    schemas: &mut Schemas<'_>,
    problems: &mut Problems<'_>,
) -> Endpoint {
    let route = at.route;
    let operation = &program.operations[route.operation];
    let title = sentence::title(&operation.name);
    let mut success = success(program, operation, route.status, schemas);
    success.links = links.from(program, at);
    let mut responses = IndexMap::from([(route.status.to_string(), Answer::Own(Box::new(success)))]);
    responses.extend(problems.responses(operation, schemas));
    Endpoint {
        tags: vec![at.tag.name.clone()],
        summary: sentence::summary(&operation.docs).unwrap_or(&title).to_owned(),
        description: description(operation),
        operation_id: operation.name.to_string(),
        parameters: operation.inputs.iter().filter_map(|input| parameter(at, input, schemas)).collect(),
        request_body: request_body(program, operation, schemas),
        responses,
        security: security::required(program, operation),
    }
}

fn description(operation: &Operation) -> String {
    let who: Vec<String> = operation.access.iter().map(callers).collect();
    let open = format!("Open to {}.", sentence::one_of(&who));
    match operation.docs.trim() {
        "" => open,
        docs => format!("{docs}\n\n{open}"),
    }
}

fn callers(access: &Access) -> String {
    match access {
        Access::Public => "anyone".to_owned(),
        Access::SignedIn => "callers who are signed in".to_owned(),
        Access::Role(roles) => {
            let name = |role: &Literal| match role {
                Literal::Text(name) => Some(format!("`{name}`")),
                Literal::Int(number) => Some(format!("`{number}`")),
                Literal::Null
                | Literal::Bool(_)
                | Literal::Float(_)
                | Literal::Decimal(_)
                | Literal::Duration(_) => None,
            };
            format!(
                "callers with role {}",
                sentence::one_of(&roles.iter().filter_map(name).collect::<Vec<_>>())
            )
        }
        Access::When(_) => "callers who meet a condition of the service".to_owned(),
    }
}

fn parameter(at: &Location<'_>, input: &Input, schemas: &mut Schemas<'_>) -> Option<Parameter> {
    let (place, name) = match &input.place {
        Place::Path => ("path", at.shown(&input.name)),
        Place::Query => ("query", input.name.as_str()),
        Place::Header(name) => ("header", name.as_str()),
        Place::Cookie(name) => ("cookie", name.as_str()),
        Place::Member | Place::Body | Place::Part => return None,
    };
    let docs = input.docs.trim();
    let mut schema = schemas.parameter(input);
    if input.place == Place::Path && matches!(input.ty, Type::Text(_)) {
        schema.min_length = schema.min_length.or(Some(1));
    }
    Some(Parameter {
        name: name.to_string(),
        place,
        description: (!docs.is_empty()).then(|| docs.to_owned()),
        required: input.place == Place::Path || (input.default.is_none() && !input.ty.is_optional()),
        schema,
    })
}

fn request_body(program: &Program, operation: &Operation, schemas: &mut Schemas<'_>) -> Option<RequestBody> {
    let needed = |input: &Input| input.default.is_none() && !input.ty.is_optional();
    let whole = operation.inputs.iter().find(|input| input.place == Place::Body);
    let members: Vec<&Input> = operation.inputs.iter().filter(|it| it.place == Place::Member).collect();
    let (required, media) = match whole {
        Some(input) => {
            let example = example::of_type(program, &input.ty, Flow::In);
            (needed(input), Media { schema: schemas.input(input), example })
        }
        None if members.is_empty() => return None,
        None => {
            let example = example::of_inputs(program, members.iter().copied());
            let required = members.iter().any(|input| needed(input));
            (required, Media { schema: schemas.inputs(members), example })
        }
    };
    Some(RequestBody { required, content: IndexMap::from([(JSON, media)]) })
}

fn success(program: &Program, operation: &Operation, status: u16, schemas: &mut Schemas<'_>) -> Response {
    let content = operation.output.iter().map(|ty| {
        let schema = schemas.value(ty, Flow::Out);
        (JSON, Media { schema, example: example::of_type(program, ty, Flow::Out) })
    });
    let description = match (status, &operation.output) {
        (201, _) => "Made.",
        (_, None) => "Done.",
        (_, Some(_)) => "The result.",
    };
    Response {
        description: description.to_owned(),
        headers: IndexMap::from([problem::header(problem::REQUEST_ID)]),
        content: content.collect(),
        links: IndexMap::new(),
    }
}
