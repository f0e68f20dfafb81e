//! The OpenAPI 3.1 document of the HTTP door.
mod channel;
mod endpoint;
mod envelope;
mod link;
mod model;
mod problem;
mod security;

use super::json_schema::Schema;
use super::schema::{Home, Schemas};
use super::tool::json;
use super::uses::Flow;
use endpoint::Location;
use indexmap::IndexMap;
use link::Links;
use model::{Components, Contact, Document, Header, Info, License, Server, Tag};
use problem::Problems;
use quater_ir::Program;
use quater_ir::fault;
use quater_ir::surface::{Method, Route};

/// What the routes of a program are, as they are sent at `/openapi.json`.
pub fn document(program: &Program) -> String {
    let mut schemas = Schemas::new(program, Home::Components, types(program));
    let mut problems = Problems::new(program);
    let mut paths = IndexMap::<_, IndexMap<_, _>>::new();
    let mut tags = Vec::<Tag>::new();
    let places = locations(program);
    let links = Links::new(program, &places);
    for at in &places {
        let endpoint = endpoint::endpoint(program, at, &links, &mut schemas, &mut problems);
        if tags.iter().all(|known| known.name != at.tag.name) {
            tags.push(at.tag.clone());
        }
        paths.entry(at.path.to_owned()).or_default().insert(key(at.route.method), endpoint);
    }
    for channel in program.channels.values() {
        let route = channel::route(channel);
        let at = channel::location(&route, tag(program, &route));
        let endpoint = channel::endpoint(program, channel, &at, &mut schemas, &mut problems);
        if tags.iter().all(|known| known.name != at.tag.name) {
            tags.push(at.tag.clone());
        }
        paths.entry(channel.path.to_string()).or_default().insert("get", endpoint);
    }
    tags.sort_by(|left, right| left.name.cmp(&right.name));
    json(&Document {
        openapi: "3.1.0",
        info: info(program),
        json_schema_dialect: "https://spec.openapis.org/oas/3.1/dialect/base",
        servers: vec![Server { url: "/", description: "The server that this document comes from." }],
        tags,
        paths,
        components: components(program, schemas, problems),
    })
}

fn locations(program: &Program) -> Vec<Location<'_>> {
    let mut firsts = IndexMap::new();
    let mut places = Vec::with_capacity(program.surface.routes.len());
    for route in &program.surface.routes {
        let path = *firsts.entry(shape(&route.path)).or_insert(route.path.as_str());
        places.push(Location { route, path, tag: tag(program, route) });
    }
    places
}

/// The parts of a path, whatever its parameters are called: to OpenAPI those that are equal are one path.
fn shape(path: &str) -> Vec<&str> {
    path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part }).collect()
}

/// The types that routes and channels speak of, each with its way.
pub(super) fn types(program: &Program) -> impl Iterator<Item = (&quater_ir::types::Type, Flow)> {
    let listened = program.channels.values().flat_map(|channel| channel::types(program, channel));
    let called = program.surface.routes.iter().flat_map(|route| {
        let operation = &program.operations[route.operation];
        let inputs = operation.inputs.iter().map(|input| (&input.ty, Flow::In));
        let faults = operation.faults.iter().flat_map(|fault| program.faults[*fault].fields.values());
        let payloads = faults.map(|field| (&field.ty, Flow::Out));
        inputs.chain(operation.output.iter().map(|output| (output, Flow::Out))).chain(payloads)
    });
    called.chain(listened)
}

fn info(program: &Program) -> Info {
    let service = &program.service;
    let docs = service.docs.trim();
    Info {
        title: service.name.to_string(),
        version: service.version.to_string(),
        description: if docs.is_empty() {
            format!("The service `{}`.", service.name)
        } else {
            docs.to_owned()
        },
        contact: Contact { name: format!("Whoever runs `{}`", service.name) },
        license: License { name: "None stated", identifier: "NOASSERTION" },
    }
}

/// Routes belong together by the first word of their path.
fn tag(program: &Program, route: &Route) -> Tag {
    let path = route.path.strip_prefix(program.service.base.as_str()).unwrap_or(&route.path);
    let word = path.split('/').find(|part| !part.is_empty() && !part.starts_with('{'));
    let name = word.unwrap_or(&program.service.name).to_owned();
    let description =
        word.map_or_else(|| "Calls at the root.".to_owned(), |word| format!("Calls under `/{word}`."));
    Tag { name, description }
}

const fn key(method: Method) -> &'static str {
    match method {
        Method::Get => "get",
        Method::Post => "post",
        Method::Put => "put",
        Method::Patch => "patch",
        Method::Delete => "delete",
    }
}

fn components(program: &Program, mut schemas: Schemas<'_>, problems: Problems<'_>) -> Components {
    let (responses, faults) = problems.finish(&mut schemas);
    let mut named = schemas.referred();
    named.extend(faults);
    named.sort_keys();
    let header = |description, schema| Header { description, required: true, schema };
    let mut headers = IndexMap::from([(
        problem::REQUEST_ID,
        header("Names this request in the service's log.", Schema::text("uuid")),
    )]);
    if !(program.surface.routes.is_empty() && program.channels.is_empty()) {
        headers.insert(problem::ALLOW, header("The methods of this path.", Schema::of("string")));
        headers.insert(problem::RETRY, header("Seconds to wait before another try.", Schema::of("integer")));
    }
    if program.operations.values().any(|operation| operation.cache.is_some()) {
        headers
            .insert(problem::TAG, header("Tells this answer from others (RFC 9110).", Schema::of("string")));
        headers.insert(
            problem::KEPT,
            header("How long it may be kept, and by whom (RFC 9111).", Schema::of("string")),
        );
    }
    if program.operations.values().any(|operation| operation.faults.contains(&fault::TOO_MANY)) {
        let says = "The limits of this operation, each with its calls and seconds \
                    (draft-ietf-httpapi-ratelimit-headers).";
        headers.insert(problem::POLICY, header(says, Schema::of("string")));
        let says = "What is left of each limit, and the seconds until all of it is there again.";
        headers.insert(problem::LEFT, header(says, Schema::of("string")));
    }
    if program.operations.values().any(|operation| operation.lifecycle.deprecated.is_some()) {
        headers.insert(problem::DEPRECATION, header("That this goes (RFC 9745).", Schema::of("string")));
        headers.insert(problem::SUNSET, header("When it may be gone (RFC 8594).", Schema::of("string")));
    }
    let waits = |route: &Route| program.operations[route.operation].approval.is_some();
    if program.surface.routes.iter().any(waits) {
        let schema = Schema::text("uri-reference");
        headers.insert(problem::LOCATION, header("Where it is told what became of the request.", schema));
    }
    let security_schemes = security::schemes(program);
    if !security_schemes.is_empty() {
        let schema = Schema::of("string");
        headers.insert(problem::CHALLENGE, header("How to sign in (RFC 9110, section 11.6.1).", schema));
    }
    Components { schemas: named, responses, headers, security_schemes }
}
