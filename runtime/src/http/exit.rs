//! What is known of a route before a request comes, and how its answers leave.
use super::conditional::{Validators, Verdict};
use super::streamed::{Form, Sent};
use super::under_way::UnderWay;
use super::wrap::Wrap;
use super::{Response, actions, coding, lifecycle, parts, streamed};
use crate::call::{Answer, Call, Ending, Refusal};
use crate::items::Items;
use crate::limit::{self, Quotas};
use crate::progress::Progress;
use crate::service::Service;
use axum::body::Body;
use bytes::Bytes;
use http::header::{ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, VARY};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use quater_ir::auth::Carrier;
use quater_ir::operation::{Access, Door, Operation, Place};
use quater_ir::surface::Route;
use quater_ir::types::Type;
use quater_ir::{Id, Program};
use std::sync::Arc;
use std::time::Duration;

pub(super) const JSON: &str = "application/json";

const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");

const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// What is known of a route before a request comes.
#[derive(Debug)]
pub(super) struct Exit {
    pub(super) operation: Id<Operation>,
    status: StatusCode,
    pub(super) reads_body: bool,
    pub(super) reads_parts: bool,
    /// Whether its calls do anything but read.
    pub(super) does: bool,
    wrap: Option<Arc<Wrap>>,
    /// What every answer says beside.
    headers: Vec<(HeaderName, HeaderValue)>,
    pub(super) timeout: Duration,
    kept: Option<Kept>,
    /// Whether its items may be sent one by one.
    streams: bool,
    /// Whether it tells how far it is.
    progresses: bool,
    /// Whether its answers may be compressed.
    compresses: bool,
}

/// How answers may be kept.
#[derive(Debug)]
struct Kept {
    shared: HeaderValue,
    private: HeaderValue,
    /// Headers that tell callers apart, by which caches tell their answers apart.
    vary: Vec<HeaderName>,
    /// Whether all who say nothing of themselves get the same.
    open: bool,
}

impl Exit {
    pub(super) fn plan(program: &Program, route: &Route) -> Self {
        let operation = &program.operations[route.operation];
        let policies = HeaderValue::try_from(limit::policies(program, operation)).ok();
        let policies = policies.filter(|text| !text.is_empty()).map(|text| (RATE_LIMIT_POLICY, text));
        let reads_parts = operation.inputs.iter().any(|input| input.place == Place::Part);
        let slow = if reads_parts { parts::patience(program, operation) } else { Duration::ZERO };
        Self {
            operation: route.operation,
            status: StatusCode::from_u16(route.status).unwrap_or(StatusCode::OK),
            reads_body: reads_body(operation),
            reads_parts,
            does: operation.effects.writes() || !operation.effects.requests.is_empty(),
            wrap: route.output.as_ref().map(|template| Arc::new(Wrap::plan(template))),
            headers: lifecycle::headers(program, operation).into_iter().chain(policies).collect(),
            timeout: longest(program, operation.timeout.unwrap_or(program.service.timeout)) + slow,
            streams: matches!(operation.output, Some(Type::Stream(_))),
            progresses: operation.progresses(),
            compresses: operation.compress,
            kept: operation.cache.and_then(|time| Kept::plan(program, operation, time)),
        }
    }

    /// Whether the headers of a request have a say in its answer.
    pub(super) fn negotiates(&self) -> bool {
        self.streams || self.progresses || self.compresses || self.kept.is_some()
    }

    /// Does a call, and answers a request with such headers.
    pub(super) async fn run(
        &self,
        service: &Service,
        mut call: Call,
        request: &HeaderMap,
        quotas: &Quotas,
    ) -> Result<Response, Refusal> {
        let (sends, follows) = (self.sends(request), self.follows(request));
        if sends.is_none() && !follows {
            return Ok(self.answered(service.counted(call, quotas).await?, request));
        }
        let (progress, heard) = follows.then(Progress::heard).unzip();
        let (items, taken) = sends.map(|_| Items::taken()).unzip();
        call.wishes.progress = progress.unwrap_or_default();
        call.wishes.items = items.unwrap_or_default();
        let id = call.request;
        let call = UnderWay::begin(service.clone(), call, quotas.clone(), (heard, taken));
        let (form, wrap) = (sends.unwrap_or(Form::Events), self.wrap.clone());
        let sent =
            Sent { form, wrap, streams: self.streams, service: service.clone(), id, call, first: true };
        // On the heap, as all that is rare is: each request would have room for it.
        Box::pin(sent.answer(self, request)).await
    }

    /// Whether a caller hears how far a call is: as events, the answer behind them.
    fn follows(&self, request: &HeaderMap) -> bool {
        self.progresses && Form::wanted(request) == Form::Events
    }

    /// The status of an answer that has a body.
    pub(super) const fn status(&self) -> StatusCode {
        match self.status {
            StatusCode::NO_CONTENT | StatusCode::RESET_CONTENT => StatusCode::OK,
            status => status,
        }
    }

    /// How items leave one by one; nothing where they are one answer, in an envelope or with a tag.
    fn sends(&self, request: &HeaderMap) -> Option<Form> {
        let form = self.streams.then(|| Form::wanted(request))?;
        let whole = form == Form::Array && (self.wrap.is_some() || self.kept.is_some());
        (!whole).then_some(form)
    }

    /// The answer to a request with such headers, where they have a say.
    pub(super) fn answered(&self, answer: Answer, request: &HeaderMap) -> Response {
        let output = answer.body;
        match answer.ending {
            Ending::Output => {}
            Ending::DryRun => return answered(StatusCode::OK, output),
            Ending::Waiting(id) => return actions::waiting(id, answered(StatusCode::ACCEPTED, output)),
        }
        if let Some(form) = self.sends(request) {
            let text = form.text(output);
            let packs = self.packs(request, Some(text.len()));
            return form.head(self.status(), coded(text, packs), packs);
        }
        let text = match &self.wrap {
            Some(wrap) => wrap.around(&output),
            None => output,
        };
        if self.follows(request) {
            let text = streamed::event("end", &text);
            let packs = self.packs(request, Some(text.len()));
            return Form::Events.head(self.status(), coded(text, packs), packs);
        }
        let packs = self.packs(request, Some(text.len()));
        match &self.kept {
            Some(kept) => kept.answered(self.status, text, packs, request),
            None => sent(self.status, text, packs),
        }
    }

    /// Whether an answer of so many bytes, or of nobody knows how many, leaves in gzip.
    pub(super) fn packs(&self, request: &HeaderMap, length: Option<usize>) -> bool {
        self.compresses && coding::packs(request, length)
    }

    /// Says what every answer of the route says, and what is left of its limits.
    pub(super) fn tell(&self, quotas: &Quotas, response: &mut Response) {
        let headers = response.headers_mut();
        headers.extend(self.headers.iter().cloned());
        if let Some(Ok(left)) = quotas.left().map(HeaderValue::try_from) {
            headers.insert(RATE_LIMIT, left);
        }
        let negotiated = [(self.streams || self.progresses, ACCEPT), (self.compresses, ACCEPT_ENCODING)];
        let negotiated = negotiated.into_iter().filter(|(is, _)| *is);
        for (_, name) in negotiated {
            headers.append(VARY, HeaderValue::from_name(name));
        }
    }
}

impl Kept {
    fn plan(program: &Program, operation: &Operation, time: u64) -> Option<Self> {
        let said = |who: &str| HeaderValue::try_from(format!("{who}, max-age={}", time / 1_000)).ok();
        let public = operation.access.iter().any(|access| matches!(access, Access::Public));
        Some(Self {
            shared: said("public")?,
            private: said("private")?,
            vary: vary(program, operation),
            open: public && !tells_addresses(program, operation),
        })
    }

    fn answered(&self, status: StatusCode, text: Bytes, packs: bool, request: &HeaderMap) -> Response {
        let Some(validators) = Validators::of(&text) else { return sent(status, text, packs) };
        let validators = if packs { validators.coded(coding::GZIP) } else { validators };
        let mut response = match validators.judge(request) {
            Verdict::Go => sent(status, text, packs),
            Verdict::NotModified => answered(StatusCode::NOT_MODIFIED, Bytes::new()),
            Verdict::Failed => answered(StatusCode::PRECONDITION_FAILED, Bytes::new()),
        };
        let named = self.vary.iter().any(|name| request.contains_key(name));
        let cache = if self.open && !named { &self.shared } else { &self.private };
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, cache.clone());
        headers.insert(ETAG, validators.tag);
        for name in &self.vary {
            headers.append(VARY, HeaderValue::from_name(name.clone()));
        }
        response
    }
}

/// Headers that an answer depends on: those of credentials and of inputs.
fn vary(program: &Program, operation: &Operation) -> Vec<HeaderName> {
    let auths = program.auths.values().filter(|auth| auth.doors.has(Door::Http));
    let carriers = auths.map(|auth| match &auth.carrier {
        Carrier::Scheme(_) | Carrier::Basic => "authorization",
        Carrier::Header(name) => name.as_str(),
        Carrier::Cookie(_) => "cookie",
    });
    let inputs = operation.inputs.iter().filter_map(|input| match &input.place {
        Place::Header(name) => Some(name.as_str()),
        Place::Cookie(_) => Some("cookie"),
        Place::Path | Place::Query | Place::Member | Place::Body | Place::Part => None,
    });
    let mut names: Vec<HeaderName> = carriers.chain(inputs).filter_map(|name| name.parse().ok()).collect();
    names.sort_by(|left, right| left.as_str().cmp(right.as_str()));
    names.dedup();
    names
}

/// Whether an answer may depend on the caller's address. Looks at the text of the body, its rules and
/// everything computed: what only looks like it is kept by its caller alone, which is always right.
fn tells_addresses(program: &Program, operation: &Operation) -> bool {
    let written = serde_json::to_string(&(&operation.body, &program.records, &program.entities));
    written.is_ok_and(|text| text.contains("RequestIp"))
}

/// How long any request to a program may take, its body included.
pub fn longest_of_all(program: &Program) -> Duration {
    let own = program.operations.values().filter_map(|operation| operation.timeout);
    longest(program, own.fold(program.service.timeout, u64::max))
}

/// How long a request may take whose call may take so many milliseconds: the body has its own time.
pub(super) const fn longest(program: &Program, call: u64) -> Duration {
    Duration::from_millis(call.saturating_add(program.service.patience))
}

fn reads_body(operation: &Operation) -> bool {
    operation.inputs.iter().any(|input| matches!(input.place, Place::Member | Place::Body))
}

/// An answer that may be in gzip.
fn sent(status: StatusCode, text: Bytes, packs: bool) -> Response {
    if !packs {
        return answered(status, text);
    }
    let mut response = Response::new(coded(text, packs));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
    headers.insert(CONTENT_ENCODING, HeaderValue::from_static(coding::GZIP));
    response
}

fn coded(text: Bytes, packs: bool) -> Body {
    if packs { coding::packed(text) } else { Body::from(text) }
}

fn answered(status: StatusCode, text: Bytes) -> Response {
    let empty = text.is_empty();
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    if !empty {
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
    }
    response
}
