//! The action protocol, version 1 (`docs/protocol.md`): what can be called, a call, and approvals, as JSON.
use super::Response;
use super::approvals::{self, Asks};
use super::asking::{self, Asked};
use super::body::{self, Bounds};
use super::challenge::Challenge;
use super::credential::Carriers;
use super::following;
use super::pages::Fixed;
use super::routes::Target;
use crate::call::{Answer, Call, Ending, Entry, Identity, Key, Refusal, RequestId, Wishes};
use crate::files::rules;
use crate::invoke::approval::PLACE;
use crate::progress::{Heard, Progress};
use crate::service::Service;
use axum::body::{Body, HttpBody};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, LOCATION, RETRY_AFTER};
use http::request::Parts;
use http::{HeaderValue, Method, StatusCode};
use quater_ir::fault::{CONFLICT, MALFORMED, NOT_FOUND, UNAUTHORIZED, UNAVAILABLE};
use quater_ir::operation::Door;
use quater_ir::{Id, Program, operation::Operation};
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};
use smol_str::SmolStr;
use std::net::IpAddr;
use std::time::Duration;
use uuid::Uuid;

/// The JSON Schema of the protocol's messages.
const SCHEMA: &str = include_str!("../../../docs/schema/actions-1.schema.json");

/// The header in which a client says which version it speaks.
const VERSION: &str = "quater-protocol";

/// What is asked of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {
    /// What can be called.
    Manifest,
    /// The JSON Schema of the messages.
    Schema,
    /// A call.
    Call,
    /// About calls that wait for approval.
    Approvals(Asks),
    /// The page that shows them.
    Page,
}

const ACTIONS: [(Method, &str, Ask); 3] = [
    (Method::GET, "/quater/v1", Ask::Manifest),
    (Method::GET, "/quater/v1/schema", Ask::Schema),
    (Method::POST, "/quater/v1/actions/{name}", Ask::Call),
];

const APPROVALS: [(Method, &str, Ask); 5] = [
    (Method::GET, "/quater/v1/approvals", Ask::Approvals(Asks::List)),
    (Method::GET, "/quater/v1/approvals/{id}", Ask::Approvals(Asks::Show)),
    (Method::POST, "/quater/v1/approvals/{id}/grant", Ask::Approvals(Asks::Grant)),
    (Method::POST, "/quater/v1/approvals/{id}/deny", Ask::Approvals(Asks::Deny)),
    (Method::GET, "/approvals", Ask::Page),
];

/// The actions of a program, as the protocol tells them.
#[derive(Debug)]
pub(super) struct Actions {
    manifest: Fixed,
    /// The same, where it is not for everybody.
    closed: Option<Json>,
    schema: Fixed,
    page: Fixed,
    /// The hash of what can be called.
    hash: String,
    carriers: Carriers,
    /// Of those who come to decide, whichever way they sign in elsewhere.
    other_carriers: Carriers,
    challenge: Challenge,
    /// Whether anything can be called.
    called: bool,
    /// Whether anything can wait.
    waits: bool,
}

/// Where a request comes from.
#[derive(Debug, Clone, Copy)]
pub(super) struct From {
    pub(super) id: RequestId,
    pub(super) ip: Option<IpAddr>,
    /// Whether it carried a credential.
    pub(super) signed: bool,
}

impl Actions {
    pub(super) fn plan(program: &Program) -> Self {
        let baked = program.surface.manifest.strip_prefix('{').unwrap_or("}");
        let digest = Sha256::digest(&program.surface.manifest);
        let hash: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        let has = |wanted: fn(&Operation) -> bool| program.operations.values().any(wanted);
        let waits = has(|it| it.approval.is_some());
        let mut can = vec!["dry_run"];
        can.extend(has(|it| it.idempotent).then_some("idempotency"));
        can.extend(waits.then_some("approvals"));
        can.extend(has(|it| it.effects.progress).then_some("progress"));
        can.extend(has(|it| it.inputs.iter().any(|input| rules(&input.ty).is_some())).then_some("files"));
        let own = json!({
            "protocol": "quater-actions", "version": 1, "schema": hash, "capabilities": can,
            "limits": {
                "body": program.service.body_limit, "timeout_ms": program.service.timeout,
                "file": program.service.upload_limit,
            },
        });
        let own = own.to_string();
        let manifest = format!("{},{baked}", own.strip_suffix('}').unwrap_or_default());
        // Where nobody can sign in, nobody could ask.
        let closed =
            program.service.docs_path.is_none() && program.auths.values().any(|it| it.doors.has(Door::Cli));
        Self {
            closed: closed.then(|| serde_json::from_str(&manifest).unwrap_or(Json::Null)),
            manifest: Fixed::document(&manifest),
            schema: Fixed::document(SCHEMA),
            page: Fixed::approvals(),
            hash,
            carriers: Carriers::plan(program, Door::Cli),
            other_carriers: Carriers::plan(program, Door::Http),
            challenge: Challenge::new(program, Door::Cli),
            called: !program.surface.commands.is_empty(),
            waits,
        }
    }

    /// Where it is asked.
    pub(super) fn pages(&self) -> impl Iterator<Item = (Method, &'static str, Target)> + use<> {
        let actions = ACTIONS.into_iter().take(if self.called { ACTIONS.len() } else { 0 });
        let approvals = APPROVALS.into_iter().take(if self.waits { APPROVALS.len() } else { 0 });
        actions.chain(approvals).map(|(method, path, ask)| (method, path, Target::Action(ask)))
    }

    /// Answers one request.
    pub(super) async fn answer<B>(
        &self,
        service: &Service,
        ask: Ask,
        path: &[SmolStr],
        (parts, body): (Parts, B),
        from: From,
    ) -> Response
    where
        B: HttpBody<Data = Bytes>,
    {
        let answered = match ask {
            Ask::Schema => return self.schema.answer(&parts.headers),
            Ask::Page => return self.page.answer(&parts.headers),
            Ask::Manifest => self.told(service, &parts, from).await,
            Ask::Call => self.call(service, path.first(), &parts, body, from).await,
            Ask::Approvals(asks) => self.review(service, asks, path, &parts, body, from).await,
        };
        answered.unwrap_or_else(|refusal| {
            let mut response = refused(service.program(), &refusal, from.id);
            if response.status() == StatusCode::UNAUTHORIZED {
                self.challenge.put(&mut response, from.signed && refusal.fault == UNAUTHORIZED, None);
            }
            response
        })
    }

    /// What can be called: by everybody, or where the documents are off by whoever asks.
    async fn told(&self, service: &Service, parts: &Parts, from: From) -> Result<Response, Refusal> {
        speaks(parts)?;
        let Some(closed) = &self.closed else { return Ok(self.manifest.answer(&parts.headers)) };
        let (program, identity) = (service.program(), self.carriers.identity(parts)?);
        if matches!(identity, Identity::Nobody) {
            return Err(Refusal::plain(program, UNAUTHORIZED));
        }
        let may = service.may_call(identity, Door::Cli, from.ip).await?;
        let names: Vec<&str> = may.iter().map(|id| program.operations[*id].name.as_str()).collect();
        let mut told = closed.clone();
        if let Some(actions) = told.get_mut("actions").and_then(Json::as_array_mut) {
            let name = |action: &Json| action.get("name").and_then(Json::as_str).map(str::to_owned);
            actions.retain(|action| name(action).is_some_and(|name| names.contains(&name.as_str())));
        }
        Ok(Fixed::document(&told.to_string()).answer(&parts.headers))
    }

    /// Does a call.
    async fn call<B>(
        &self,
        service: &Service,
        name: Option<&SmolStr>,
        parts: &Parts,
        body: B,
        from: From,
    ) -> Result<Response, Refusal>
    where
        B: HttpBody<Data = Bytes>,
    {
        let program = service.program();
        speaks(parts)?;
        let operation = named(program, name);
        let caller = self.carriers.identity(parts);
        let (mut asked, files) = asking::read(service, (&operation, &caller), (parts, body), from.ip).await?;
        let (identity, operation) = (caller?, operation?);
        let (wishes, heard) = self.wishes(&asked).inspect_err(|_| service.discard(&files))?;
        let input = asked.input().inspect_err(|_| service.discard(&files))?.with(files);
        let (door, entry, request, ip) = (Door::Cli, Entry::Remote, from.id, from.ip);
        let call = Call { operation, door, entry, input, identity, request, ip, wishes };
        match heard {
            Some(heard) => following::answer(service.clone(), call, heard).await,
            None => Ok(answered(&service.invoke(call).await?, from.id)),
        }
    }

    /// How a client wants its call done, and what it hears meanwhile.
    fn wishes(&self, asked: &Asked) -> Result<(Wishes, Option<Heard>), Refusal> {
        if asked.schema.as_ref().is_some_and(|known| *known != self.hash) {
            let message = "the actions have changed since: fetch the manifest again";
            return Err(Refusal::saying(CONFLICT, message));
        }
        let key = asked.key.as_deref().map(|text| {
            Key::new(text).ok_or_else(|| Refusal::saying(MALFORMED, format!("`key` is none: {}", Key::RULE)))
        });
        let mut wishes = Wishes { key: key.transpose()?, dry: asked.dry_run, ..Wishes::default() };
        let heard = asked.progress.then(Progress::heard).map(|(progress, heard)| {
            wishes.progress = progress;
            heard
        });
        Ok((wishes, heard))
    }

    /// Looks at calls that wait for approval, or decides one.
    async fn review<B>(
        &self,
        service: &Service,
        asks: Asks,
        path: &[SmolStr],
        parts: &Parts,
        body: B,
        from: From,
    ) -> Result<Response, Refusal>
    where
        B: HttpBody<Data = Bytes>,
    {
        speaks(parts)?;
        let identity = match self.other_carriers.identity(parts)? {
            Identity::Nobody => self.carriers.identity(parts)?,
            known @ (Identity::Presented(_) | Identity::Known(_)) => known,
        };
        body::ignore(body, bounds(service.program())).await?;
        let review = approvals::review(service.program(), asks, path, parts, (identity, from))?;
        let answer = service.review(review).await?;
        Ok(message(StatusCode::OK, Body::from(answer.body)))
    }
}

/// How much a request may send, and for how long.
const fn bounds(program: &Program) -> Bounds {
    let service = &program.service;
    Bounds { most: service.body_limit, patience: Duration::from_millis(service.patience) }
}

/// Refuses a client of another version.
fn speaks(parts: &Parts) -> Result<(), Refusal> {
    match parts.headers.get(VERSION) {
        Some(version) if version != "1" => {
            Err(Refusal::saying(MALFORMED, "this service speaks version 1 of the action protocol"))
        }
        Some(_) | None => Ok(()),
    }
}

fn named(program: &Program, name: Option<&SmolStr>) -> Result<Id<Operation>, Refusal> {
    let of = |id: &Id<Operation>| Some(&program.operations[*id].name) == name;
    let found = program.surface.commands.iter().map(|command| command.operation).find(of);
    found.ok_or_else(|| {
        Refusal::saying(NOT_FOUND, format!("there is no action `{}`", name.map_or("", SmolStr::as_str)))
    })
}

/// An answer, as the protocol tells it.
pub(super) fn answered(answer: &Answer, id: RequestId) -> Response {
    let status = if let Ending::Waiting(_) = answer.ending { StatusCode::ACCEPTED } else { StatusCode::OK };
    let response = message(status, reply(answer, id));
    if let Ending::Waiting(id) = answer.ending { waiting(id, response) } else { response }
}

/// The text of an answer.
pub(super) fn reply(answer: &Answer, id: RequestId) -> String {
    let text = String::from_utf8_lossy(&answer.body);
    let open = text.strip_suffix('}').unwrap_or_default();
    let said = match answer.ending {
        Ending::Output => {
            let result = if text.is_empty() { "null" } else { &text };
            format!("{{\"status\":\"done\",\"result\":{result}")
        }
        Ending::DryRun => {
            let rest = open.strip_prefix('{').unwrap_or_default();
            format!("{{\"status\":\"dry_run\",{rest}")
        }
        Ending::Waiting(_) => open.to_owned(),
    };
    format!("{said},\"request_id\":\"{id}\"}}")
}

/// An answer that says where it is told what became of a call that waits (RFC 9110, section 15.3.3).
pub(super) fn waiting(id: Uuid, mut response: Response) -> Response {
    let place = HeaderValue::try_from(format!("{PLACE}/{id}"));
    response.headers_mut().extend(place.ok().map(|place| (LOCATION, place)));
    response
}

/// A refusal, as the protocol tells it.
fn refused(program: &Program, refusal: &Refusal, id: RequestId) -> Response {
    let status = StatusCode::from_u16(program.faults[refusal.fault].status);
    let mut response =
        message(status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR), complaint(program, refusal, id));
    if let Some(wait) = refusal.wait.or((refusal.fault == UNAVAILABLE).then_some(1)) {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(wait));
    }
    response
}

/// The text of a refusal.
pub(super) fn complaint(program: &Program, refusal: &Refusal, id: RequestId) -> String {
    let fault = &program.faults[refusal.fault];
    let mut error = json!({ "code": fault.name, "status": fault.status, "message": refusal.message });
    if let (Json::Object(error), Some(data)) = (&mut error, super::data(refusal)) {
        error.insert("data".to_owned(), data);
    }
    if let (Json::Object(error), false) = (&mut error, refusal.violations.is_empty()) {
        let violations = refusal.violations.iter();
        let violation =
            violations.map(|one| json!({ "pointer": one.pointer, "code": one.code, "message": one.message }));
        error.insert("violations".to_owned(), violation.collect());
    }
    json!({ "status": "error", "error": error, "request_id": id.to_string() }).to_string()
}

fn message(status: StatusCode, text: impl Into<Body>) -> Response {
    let mut response = Response::new(text.into());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
