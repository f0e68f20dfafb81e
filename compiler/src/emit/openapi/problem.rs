//! Faults as problem details (RFC 9457).
use super::model::{Answer, Media, Reference, Response};
use super::{envelope, security};
use crate::emit::json_schema::{Discriminator, Schema};
use crate::emit::schema::Schemas;
use crate::emit::sentence;
use crate::emit::uses::Flow;
use indexmap::IndexMap;
use quater_ir::fault::{self, Fault, Part};
use quater_ir::operation::{Access, Operation, Place};
use quater_ir::surface::Template;
use quater_ir::types::Type;
use quater_ir::{Id, Program};
use std::collections::{BTreeMap, BTreeSet};

pub(super) const REQUEST_ID: &str = "X-Request-Id";
pub(super) const ALLOW: &str = "Allow";
pub(super) const RETRY: &str = "Retry-After";
pub(super) const CHALLENGE: &str = "WWW-Authenticate";

pub(super) const POLICY: &str = "RateLimit-Policy";
pub(super) const LEFT: &str = "RateLimit";

pub(super) const LOCATION: &str = "Location";

pub(super) const TAG: &str = "ETag";
pub(super) const KEPT: &str = "Cache-Control";

pub(super) const DEPRECATION: &str = "Deprecation";
pub(super) const SUNSET: &str = "Sunset";

const JSON: &str = "application/json";
const PROBLEM_JSON: &str = "application/problem+json";
const VIOLATION: &str = "Violation";

/// The problems that a document speaks of, and the responses that several operations share.
pub(super) struct Problems<'p> {
    program: &'p Program,
    used: BTreeSet<Id<Fault>>,
    alone: BTreeSet<Id<Fault>>,
}

impl<'p> Problems<'p> {
    /// None yet.
    pub(super) fn new(program: &'p Program) -> Self {
        Self { program, used: BTreeSet::new(), alone: BTreeSet::new() }
    }

    /// The responses of one operation that are not its success, by status.
    pub(super) fn responses(
        &mut self,
        operation: &Operation,
        schemas: &Schemas<'_>,
    ) -> Vec<(String, Answer)> {
        let mut by_status = BTreeMap::<u16, BTreeSet<Id<Fault>>>::new();
        for fault in operation.faults.iter().copied().chain(protocol(self.program, operation)) {
            by_status.entry(self.program.faults[fault].status).or_default().insert(fault);
        }
        let answers = by_status.into_iter().map(|(status, faults)| {
            self.used.extend(&faults);
            (status.to_string(), self.answer(&Vec::from_iter(faults), schemas))
        });
        answers.collect()
    }

    fn answer(&mut self, faults: &[Id<Fault>], schemas: &Schemas<'_>) -> Answer {
        if let [fault] = faults {
            self.alone.insert(*fault);
            let name = &self.program.faults[*fault].name;
            return Answer::Shared(Reference { to: format!("#/components/responses/{name}") });
        }
        let to = |fault: &Id<Fault>| reference(self.program, *fault, schemas);
        let any_of = || faults.iter().map(to).map(Schema::at).collect();
        let schema = if self.program.service.errors.is_some() {
            // Envelopes need not tell errors apart.
            Schema { any_of: any_of(), ..Schema::default() }
        } else {
            self.told_apart(faults, any_of(), schemas)
        };
        let said: Vec<String> = faults.iter().map(|fault| meaning(&self.program.faults[*fault])).collect();
        Answer::Own(Box::new(response(self.program, said.join(" "), faults, schema)))
    }

    fn told_apart(&self, faults: &[Id<Fault>], one_of: Vec<Schema>, schemas: &Schemas<'_>) -> Schema {
        let to = |fault: &Id<Fault>| reference(self.program, *fault, schemas);
        let code = |fault: &Id<Fault>| (self.program.faults[*fault].name.to_string(), to(fault));
        let mapping = faults.iter().map(code).collect();
        let discriminator = Some(Discriminator { property_name: "code", mapping });
        Schema { one_of, discriminator, ..Schema::default() }
    }

    /// The responses to share, and the schemas of all problems.
    pub(super) fn finish(
        self,
        schemas: &mut Schemas<'_>,
    ) -> (IndexMap<String, Response>, IndexMap<String, Schema>) {
        let program = self.program;
        let shared = |id: &Id<Fault>| {
            let fault = &program.faults[*id];
            let schema = Schema::at(reference(program, *id, schemas));
            (fault.name.to_string(), response(program, meaning(fault), &[*id], schema))
        };
        let mut responses: IndexMap<_, _> = self.alone.iter().map(shared).collect();
        responses.sort_keys();
        let mut named = IndexMap::new();
        for id in &self.used {
            let schema = match &program.service.errors {
                Some(template) => enveloped(template, &program.faults[*id], schemas),
                None => problem(&program.faults[*id], *id, schemas),
            };
            named.insert(name(program, *id, schemas), schema);
        }
        if self.used.contains(&fault::INVALID) && program.service.errors.is_none() {
            named.insert(schemas.unused(VIOLATION.to_owned()), violation());
        }
        (responses, named)
    }
}

/// Faults that the protocol itself raises at a route.
fn protocol(program: &Program, operation: &Operation) -> Vec<Id<Fault>> {
    let is_in = |place: &Place| matches!(place, Place::Member | Place::Body | Place::Part);
    let body = operation.inputs.iter().any(|input| is_in(&input.place));
    let path = operation.inputs.iter().any(|input| input.place == Place::Path);
    // All of its items may be more than what leaves at once.
    let streams = matches!(operation.output, Some(Type::Stream(_)));
    let anyone = |access: &Access| matches!(access, Access::Public | Access::SignedIn);
    let some = operation.access.iter().all(|access| !anyone(access));
    let when = [
        (fault::MALFORMED, true),
        (fault::UNAUTHORIZED, security::applies(program)),
        (fault::FORBIDDEN, some || security::by_cookie(program)),
        (fault::NOT_FOUND, path),
        (fault::METHOD_NOT_ALLOWED, true),
        (fault::TIMED_OUT, body),
        (fault::TOO_LARGE, body || streams),
        (fault::UNSUPPORTED_MEDIA, body),
        (fault::MISDIRECTED, true),
        (fault::INVALID, true),
        (fault::INTERNAL, true),
        (fault::UNAVAILABLE, true),
    ];
    when.into_iter().filter_map(|(fault, applies)| applies.then_some(fault)).collect()
}

fn name(program: &Program, fault: Id<Fault>, schemas: &Schemas<'_>) -> String {
    schemas.unused(format!("{}Problem", program.faults[fault].name))
}

fn reference(program: &Program, fault: Id<Fault>, schemas: &Schemas<'_>) -> String {
    format!("#/components/schemas/{}", name(program, fault, schemas))
}

fn response(program: &Program, description: String, faults: &[Id<Fault>], schema: Schema) -> Response {
    let mut headers = vec![REQUEST_ID];
    headers.extend(faults.contains(&fault::UNAUTHORIZED).then_some(CHALLENGE));
    let later = faults.contains(&fault::UNAVAILABLE) || faults.contains(&fault::TOO_MANY);
    headers.extend(later.then_some(RETRY));
    if faults.contains(&fault::TOO_MANY) {
        headers.extend([POLICY, LEFT]);
    }
    headers.extend(faults.contains(&fault::METHOD_NOT_ALLOWED).then_some(ALLOW));
    let media = if program.service.errors.is_some() { JSON } else { PROBLEM_JSON };
    let content = IndexMap::from([(media, Media::new(schema, None))]);
    Response {
        description,
        headers: headers.into_iter().map(header).collect(),
        content,
        links: IndexMap::new(),
    }
}

/// A header that every answer of a kind has.
pub(super) fn header(name: &'static str) -> (&'static str, Reference) {
    (name, Reference { to: format!("#/components/headers/{name}") })
}

/// What a fault means: its documentation, else its message, else its name.
fn meaning(fault: &Fault) -> String {
    let part = |part: &Part| match part {
        Part::Text(text) => text.to_string(),
        Part::Field(field) => format!("{{{}}}", fault.fields[*field].name),
    };
    let message: String = fault.message.iter().map(part).collect();
    match (fault.docs.trim(), message.is_empty()) {
        ("", true) => format!("{}.", sentence::title(&fault.name)),
        ("", false) => format!("`{}`: {message}.", fault.name),
        (docs, _) => docs.to_owned(),
    }
}

fn problem(fault: &Fault, id: Id<Fault>, schemas: &mut Schemas<'_>) -> Schema {
    let status = Schema { members: vec![fault.status.into()], ..Schema::of("integer") };
    let mut members = vec![
        ("type", Schema::text("uri-reference")),
        ("title", Schema::of("string")),
        ("status", status),
        ("detail", Schema::of("string")),
        ("code", Schema::words([fault.name.as_str()])),
        ("request_id", Schema::text("uuid")),
    ];
    if id == fault::INVALID {
        let item = Schema::at(format!("#/components/schemas/{}", schemas.unused(VIOLATION.to_owned())));
        members.push(("errors", Schema { items: Some(Box::new(item)), ..Schema::of("array") }));
    }
    members.extend(payload(fault, schemas).map(|payload| ("data", payload)));
    object(members).described(&meaning(fault))
}

/// The values of an error, where it has some.
fn payload(fault: &Fault, schemas: &mut Schemas<'_>) -> Option<Schema> {
    let values =
        fault.fields.values().map(|field| (field.name.as_str(), schemas.value(&field.ty, Flow::Out)));
    (!fault.fields.is_empty()).then(|| object(values))
}

/// An error in the envelope of the service.
fn enveloped(template: &Template, fault: &Fault, schemas: &mut Schemas<'_>) -> Schema {
    let data = payload(fault, schemas);
    envelope::schema_of(template, &mut envelope::Refused { fault, data }).described(&meaning(fault))
}

/// One thing that is wrong with the inputs.
fn violation() -> Schema {
    let members = [
        ("in", Schema::words(["body", "path", "query", "header", "cookie"])),
        ("pointer", Schema::text("json-pointer").described("Where it stood (RFC 6901).")),
        ("code", Schema::of("string").described("A stable word for programs.")),
        ("detail", Schema::of("string").described("What is wrong.")),
    ];
    object(members).described("One thing that is wrong with the inputs.")
}

fn object<'a>(members: impl IntoIterator<Item = (&'a str, Schema)>) -> Schema {
    let mut object = Schema::of("object");
    for (name, schema) in members {
        object.required.push(name.to_owned());
        object.properties.insert(name.to_owned(), schema);
    }
    object
}
