//! One route.
use super::link::Links;
use super::model::{Answer, Encoding, Endpoint, Media, Parameter, RequestBody, Response, Tag};
use super::problem::{self, Problems};
use super::{envelope, security};
use crate::emit::json_schema::Schema;
use crate::emit::schema::Schemas;
use crate::emit::uses::Flow;
use crate::emit::{example, sentence};
use indexmap::IndexMap;
use quater_ir::Program;
use quater_ir::fault;
use quater_ir::lifecycle::Deprecated;
use quater_ir::operation::{Access, Input, Operation, Place};
use quater_ir::surface::Route;
use quater_ir::types::Type;
use quater_ir::value::Literal;

const JSON: &str = "application/json";
const EVENTS: &str = "text/event-stream";

/// The media type of a body of parts.
const PARTS: &str = "multipart/form-data";
const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

/// How a call is tried. It stands in words: as a parameter and an answer, generators would take it for what calls give.
const TRIED: &str = "With the header `Dry-Run: true` nothing of the call stays: the answer is 200 and says `dry_run`, `waits`, `result`, `effects`, \
                     and `stopped_at` where an upstream would be asked.";

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

pub(super) fn endpoint<'p>(
    program: &'p Program,
    at: &Location<'_>,
    links: &Links<'_>,
    schemas: &mut Schemas<'p>,
    problems: &mut Problems<'_>,
) -> Endpoint {
    let route = at.route;
    let operation = &program.operations[route.operation];
    let title = sentence::title(&operation.name);
    let mut success = success(program, route, schemas);
    success.links = links.from(program, at);
    let mut responses = IndexMap::from([(route.status.to_string(), Answer::Own(Box::new(success)))]);
    if operation.cache.is_some() {
        responses.insert("304".to_owned(), Answer::Own(Box::new(unchanged(operation))));
    }
    if operation.approval.is_some() {
        responses.insert("202".to_owned(), Answer::Own(Box::new(waiting())));
    }
    if operation.output.is_none() && operation.progresses() {
        responses.insert("200".to_owned(), Answer::Own(Box::new(followed())));
    }
    responses.extend(problems.responses(operation, schemas));
    Endpoint {
        tags: vec![at.tag.name.clone()],
        summary: sentence::summary(&operation.docs).unwrap_or(&title).to_owned(),
        description: description(operation),
        operation_id: operation.name.to_string(),
        deprecated: operation.lifecycle.deprecated.is_some(),
        parameters: parameters(at, operation, schemas),
        request_body: request_body(program, route, schemas),
        responses,
        security: security::required(program, operation),
        receives: None,
        dry_run: operation.effects.writes().then_some(TRIED),
    }
}

/// What a call without an output gets that is heard while it runs.
fn followed() -> Response {
    let media = Media::new(Schema::of("string"), None);
    Response {
        description: "How far it is, and its end.".to_owned(),
        headers: [problem::header(problem::REQUEST_ID)].into_iter().collect(),
        content: [(EVENTS, media)].into_iter().collect(),
        links: IndexMap::new(),
    }
}

/// What a call gets that waits for approval.
fn waiting() -> Response {
    let status = Schema { constant: Some("waiting_approval".into()), ..Schema::of("string") };
    let members = [
        ("status", status),
        ("approval", Schema::text("uuid").described("The request.")),
        ("operation", Schema::of("string").described("What is called.")),
        (
            "expires",
            Schema::text("date-time").described("Until when it can be approved, and the call made again."),
        ),
        ("url", Schema::text("uri-reference").described("Where it is told what became of the request.")),
    ];
    let required = members.iter().map(|(name, _)| (*name).to_owned()).collect();
    let properties = members.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect();
    let media = Media::new(Schema { properties, required, ..Schema::of("object") }, None);
    Response {
        description: "Waits until somebody else approves it: make the same call again then.".to_owned(),
        headers: [problem::REQUEST_ID, problem::LOCATION].into_iter().map(problem::header).collect(),
        content: IndexMap::from([(JSON, media)]),
        links: IndexMap::new(),
    }
}

pub(super) fn description(operation: &Operation) -> String {
    let who: Vec<String> = operation.access.iter().map(callers).collect();
    let open = format!("Open to {}.", sentence::one_of(&who));
    let gone = operation.lifecycle.deprecated.as_ref().map(Deprecated::sentence);
    let docs = Some(operation.docs.trim().to_owned()).filter(|docs| !docs.is_empty());
    docs.into_iter().chain([open]).chain(gone).collect::<Vec<_>>().join("\n\n")
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

/// The parameters of the inputs, and the key that a caller may give.
pub(super) fn parameters(
    at: &Location<'_>,
    operation: &Operation,
    schemas: &mut Schemas<'_>,
) -> Vec<Parameter> {
    let inputs = operation.inputs.iter().filter_map(|input| parameter(at, input, schemas));
    let key = operation.idempotent.then(|| Parameter {
        name: IDEMPOTENCY_KEY.to_owned(),
        place: "header",
        description: Some("The same key gives the first result again.".to_owned()),
        required: false,
        schema: Schema { min_length: Some(1), max_length: Some(255), ..Schema::of("string") },
    });
    inputs.chain(key).collect()
}

fn request_body<'p>(program: &'p Program, route: &Route, schemas: &mut Schemas<'p>) -> Option<RequestBody> {
    let operation = &program.operations[route.operation];
    if let Some(template) = &route.input {
        let mut asked = envelope::Asked { program, operation, schemas };
        let required = envelope::needs(template, &asked);
        let content = IndexMap::from([(JSON, envelope::media(template, &mut asked))]);
        return Some(RequestBody { required, content });
    }
    let needed = |input: &Input| input.default.is_none() && !input.ty.is_optional();
    let whole = operation.inputs.iter().find(|input| input.place == Place::Body);
    let parts: Vec<&Input> = operation.inputs.iter().filter(|it| it.place == Place::Part).collect();
    if !parts.is_empty() {
        let required = parts.iter().any(|input| needed(input));
        let encoding = encoding(&parts);
        let media = Media { encoding, ..Media::new(schemas.parts(parts), None) };
        return Some(RequestBody { required, content: IndexMap::from([(PARTS, media)]) });
    }
    let members: Vec<&Input> = operation.inputs.iter().filter(|it| it.place == Place::Member).collect();
    let (required, media) = match whole {
        Some(input) => {
            let example = example::of_type(program, &input.ty, Flow::In);
            (needed(input), Media::new(schemas.input(input), example))
        }
        None if members.is_empty() => return None,
        None => {
            let example = example::of_inputs(program, members.iter().copied());
            let required = members.iter().any(|input| needed(input));
            (required, Media::new(schemas.inputs(members), example))
        }
    };
    Some(RequestBody { required, content: IndexMap::from([(JSON, media)]) })
}

/// The media types of the files among the parts, where they are limited.
fn encoding(parts: &[&Input]) -> IndexMap<String, Encoding> {
    let limited = parts.iter().filter_map(|input| {
        let Type::File(rules) = input.ty.required() else { return None };
        let encoding = Encoding { content_type: rules.media.join(", ") };
        (!rules.media.is_empty()).then(|| (input.name.to_string(), encoding))
    });
    limited.collect()
}

/// What a caller gets who has the answer already.
fn unchanged(operation: &Operation) -> Response {
    let mut headers = vec![problem::REQUEST_ID, problem::TAG, problem::KEPT];
    if operation.faults.contains(&fault::TOO_MANY) {
        headers.extend([problem::POLICY, problem::LEFT]);
    }
    Response {
        description: "Nothing has changed since the answer whose tag `If-None-Match` names.".to_owned(),
        headers: headers.into_iter().map(problem::header).collect(),
        content: IndexMap::new(),
        links: IndexMap::new(),
    }
}

fn success<'p>(program: &'p Program, route: &Route, schemas: &mut Schemas<'p>) -> Response {
    let operation = &program.operations[route.operation];
    let output = operation.output.as_ref();
    let media = match (&route.output, output) {
        (Some(template), _) => {
            Some(envelope::media(template, &mut envelope::Answered { program, output, schemas }))
        }
        (None, Some(ty)) => {
            let schema = schemas.value(ty, Flow::Out);
            Some(Media::new(schema, example::of_type(program, ty, Flow::Out)))
        }
        (None, None) => None,
    };
    // Items one by one, and steps before an answer, are text to OpenAPI 3.1: it has no word for what repeats in them.
    let streams = matches!(output, Some(Type::Stream(_)));
    let forms = [("application/x-ndjson", streams), (EVENTS, streams || operation.progresses())];
    let forms = forms.into_iter().filter(|(_, is)| *is);
    let forms = forms.map(|(form, _)| (form, Media::new(Schema::of("string"), None)));
    // An answer without a body can't have events; they come with 200.
    let forms = forms.filter(|_| output.is_some());
    let content = media.into_iter().map(|media| (JSON, media)).chain(forms);
    let gone = operation.lifecycle.deprecated.as_ref();
    let mut headers = vec![problem::REQUEST_ID];
    headers.extend(gone.map(|_| problem::DEPRECATION));
    headers.extend(gone.and_then(|it| it.sunset.as_ref()).map(|_| problem::SUNSET));
    if operation.faults.contains(&fault::TOO_MANY) {
        headers.extend([problem::POLICY, problem::LEFT]);
    }
    if operation.cache.is_some() {
        headers.extend([problem::TAG, problem::KEPT]);
    }
    let description = match (route.status, output) {
        (201, _) => "Made.",
        (_, None) => "Done.",
        (_, Some(_)) => "The result.",
    };
    Response {
        description: description.to_owned(),
        headers: headers.into_iter().map(problem::header).collect(),
        content: content.collect(),
        links: IndexMap::new(),
    }
}
