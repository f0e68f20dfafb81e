//! Channels: a GET that begins to listen.
use super::endpoint::{self, Location};
use super::model::{Answer, Endpoint, Media, Response, Tag};
use super::problem::{self, Problems};
use super::security;
use crate::emit::json_schema::Schema;
use crate::emit::schema::Schemas;
use crate::emit::sentence;
use crate::emit::uses::Flow;
use indexmap::IndexMap;
use quater_ir::channel::Channel;
use quater_ir::operation::Operation;
use quater_ir::surface::{Method, Route};
use quater_ir::types::Type;
use quater_ir::{Id, Program};

/// The route by which listening begins.
pub(super) fn route(channel: &Channel) -> Route {
    let operation = Id::new(u32::MAX);
    let path = channel.path.clone();
    Route { method: Method::Get, path, operation, status: 200, input: None, output: None }
}

/// Listening begins like an operation that only reads.
fn begun(channel: &Channel) -> Operation {
    Operation {
        inputs: channel.inputs.clone(),
        access: channel.access.clone(),
        lifecycle: channel.lifecycle.clone(),
        limits: channel.limits.clone(),
        faults: channel.faults.clone(),
        ..Operation::new(channel.name.clone(), channel.docs.clone())
    }
}

/// Types that a channel speaks of.
pub(super) fn types<'p>(program: &'p Program, channel: &'p Channel) -> Vec<(&'p Type, Flow)> {
    let inputs = channel.inputs.iter().map(|input| (&input.ty, Flow::In));
    let received = channel.receives.iter().map(|receives| (&receives.ty, Flow::In));
    let faults = channel.faults.iter().flat_map(|fault| program.faults[*fault].fields.values());
    let sent = channel.sends.iter().chain(faults.map(|field| &field.ty)).map(|ty| (ty, Flow::Out));
    inputs.chain(received).chain(sent).collect()
}

/// What listening asks for, and what comes of it.
pub(super) fn endpoint<'p>(
    program: &'p Program,
    channel: &'p Channel,
    at: &Location<'_>,
    schemas: &mut Schemas<'p>,
    problems: &mut Problems<'_>,
) -> Endpoint {
    let operation = begun(channel);
    let title = sentence::title(&operation.name);
    let sent = message(channel, schemas);
    let mut responses = IndexMap::new();
    if channel.socket {
        let said = "The connection becomes a WebSocket (RFC 6455). Each message is JSON, as this is.";
        responses.insert("101".to_owned(), listening(said, "application/json", sent.clone()));
    }
    if channel.events {
        let said = "Server-sent events that do not end. The `data` of each is JSON, as this is.";
        responses.insert("200".to_owned(), listening(said, "text/event-stream", sent));
    }
    responses.extend(problems.responses(&operation, schemas));
    Endpoint {
        tags: vec![at.tag.name.clone()],
        summary: sentence::summary(&operation.docs).unwrap_or(&title).to_owned(),
        description: endpoint::description(&operation),
        operation_id: operation.name.to_string(),
        deprecated: operation.lifecycle.deprecated.is_some(),
        parameters: endpoint::parameters(at, &operation, schemas),
        request_body: None,
        responses,
        security: security::required(program, &operation),
        receives: channel.receives.as_ref().map(|receives| schemas.value(&receives.ty, Flow::In)),
        dry_run: None,
    }
}

fn listening(description: &str, media: &'static str, schema: Schema) -> Answer {
    let headers = IndexMap::from([problem::header(problem::REQUEST_ID)]);
    let content = IndexMap::from([(media, Media::new(schema, None))]);
    Answer::Own(Box::new(Response {
        description: description.to_owned(),
        headers,
        content,
        links: IndexMap::new(),
    }))
}

/// `{ event, data }`
fn message(channel: &Channel, schemas: &mut Schemas<'_>) -> Schema {
    let mut message = Schema::of("object");
    let event = Schema::of("string").described("What has happened.");
    let data = channel.sends.as_ref().map(|ty| ("data", schemas.value(ty, Flow::Out)));
    for (name, schema) in [("event", event)].into_iter().chain(data) {
        message.required.push(name.to_owned());
        message.properties.insert(name.to_owned(), schema);
    }
    message
}

/// Where a channel stands in the document.
pub(super) fn location<'r>(route: &'r Route, tag: Tag) -> Location<'r> {
    Location { route, path: &route.path, tag }
}
