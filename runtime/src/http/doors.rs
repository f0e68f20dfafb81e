//! The way of one request: id, host, route, body, call, response.
use super::actions::{self, Actions};
use super::assets::{MissingFolder, Pack, Trees};
use super::body::{self, Bounds};
use super::challenge::{self, Challenge, Issuers};
use super::client::Proxies;
use super::cors::{self, Cors};
use super::credential::Carriers;
use super::exit::{Exit, JSON, longest, longest_of_all};
use super::head;
use super::host::Hosts;
use super::logs::Seen;
use super::pages::{self, Fixed};
use super::routes::{Found, Routes, Target};
use super::{Response, RouteClash, caught, conditional, download, parts, problem, upload};
use crate::call::{Call, Entry, HttpInput, Identity, Input, Parts as Given, Refusal, RequestId};
use crate::limit::Quotas;
use crate::mcp::{Agents, Caller, Denied};
use crate::service::Service;
use axum::body::{Body, HttpBody};
use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE, RANGE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use quater_ir::fault::{INTERNAL, METHOD_NOT_ALLOWED, NOT_FOUND, UNAUTHORIZED, UNAVAILABLE};
use quater_ir::operation::Door;
use quater_ir::resource::{Resource, ResourceKind};
use quater_ir::surface::Route;
use smol_str::SmolStr;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::Semaphore;

/// How a service is served.
#[derive(Debug, Clone)]
pub struct HttpOptions {
    /// Answers to declared host names alone, not to loopback or addresses.
    pub production: bool,
    /// How long one request may take, its body included; none for what the service says.
    pub deadline: Option<Duration>,
    /// How long requests under way may go on after a stop.
    pub grace: Duration,
    /// How long new requests are still answered after a stop, while `/readyz` says 503.
    pub linger: Duration,
    /// The files of its `static` folders, where they stand behind the service instead.
    pub pack: Option<Pack>,
}

impl Default for HttpOptions {
    fn default() -> Self {
        let (grace, linger) = (Duration::from_secs(10), Duration::ZERO);
        Self { production: false, deadline: None, grace, linger, pack: None }
    }
}

/// A service with everything planned that its network doors need.
pub struct Doors {
    service: Service,
    routes: Routes,
    exits: Vec<Exit>,
    hosts: Hosts,
    proxies: Proxies,
    cors: Cors,
    challenge: Challenge,
    agent_challenge: Challenge,
    carriers: Carriers,
    agent_carriers: Carriers,
    issuers: Option<Issuers>,
    docs: Fixed,
    tools: Fixed,
    contract: Fixed,
    actions: Actions,
    agents: Option<Agents>,
    files: Trees,
    deadline: Option<Duration>,
    timeout: Duration,
    /// How long files may take to arrive.
    uploads: Duration,
    bounds: Bounds,
    /// For as many requests at once.
    places: Semaphore,
    /// Whether each request is logged.
    logs: bool,
    stopping: AtomicBool,
}

/// Why a service has no network doors.
#[derive(Debug, thiserror::Error)]
pub enum DoorsError {
    /// Two of its routes answer to the same requests.
    #[error(transparent)]
    Clash(#[from] RouteClash),
    /// Files that it serves are not there.
    #[error(transparent)]
    Files(#[from] MissingFolder),
}

impl Doors {
    /// Plans the doors of a service that listens at an address.
    ///
    /// # Errors
    /// When two routes answer to the same requests, or a folder of files is not there.
    pub fn plan(service: Service, options: &HttpOptions, listening: IpAddr) -> Result<Self, DoorsError> {
        let program = service.program();
        let settings = &program.service;
        let hosts = Hosts::new(&settings.hosts, listening, options.production);
        let pages = cors::ported(&settings.cors);
        let agents = Agents::plan(&service, hosts.origins().into_iter().chain(pages).collect());
        let mut pages =
            vec![(Method::GET, "/healthz", Target::Alive), (Method::GET, "/readyz", Target::Ready)];
        if let Some(docs) = &settings.docs_path {
            pages.extend([
                (Method::GET, docs.as_str(), Target::Docs),
                (Method::GET, "/openapi.json", Target::Contract),
            ]);
        }
        let agents_stand = agents.is_some();
        let files = |it: &Resource| matches!(it.kind, ResourceKind::Files { .. });
        let stored = program.resources.values().any(files);
        pages.extend(stored.then_some((Method::GET, download::ROUTE, Target::File)));
        let uploads = parts::longest(program);
        let tools = settings.docs_path.as_ref().map(|docs| format!("{docs}/tools"));
        if let Some(agents) = &agents {
            pages.extend(of_agents(tools.as_deref(), (!uploads.is_zero(), agents.listens())));
        }
        let issuers = Issuers::plan(program, |expr| service.told(expr));
        if issuers.is_some() {
            pages.push((Method::GET, challenge::WELL_KNOWN, Target::Issuers("")));
            let agents = (Method::GET, challenge::WELL_KNOWN_MCP, Target::Issuers("/mcp"));
            pages.extend(agents_stand.then_some(agents));
        }
        let actions = Actions::plan(program);
        actions.pages().for_each(|page| pages.push(page));
        let exit = |route: &Route| Exit::plan(program, route);
        Ok(Self {
            routes: Routes::plan(&program.surface.routes, &pages)?,
            exits: program.surface.routes.iter().map(exit).collect(),
            hosts,
            proxies: Proxies(settings.proxies),
            cors: Cors::plan(program),
            challenge: Challenge::new(program, Door::Http),
            agent_challenge: Challenge::new(program, Door::Mcp),
            carriers: Carriers::plan(program, Door::Http),
            agent_carriers: Carriers::plan(program, Door::Mcp),
            issuers,
            docs: Fixed::docs(),
            tools: Fixed::tools(program),
            contract: Fixed::document(&program.surface.openapi),
            actions,
            agents,
            files: Trees::plan(program, service.folder(), options.pack.as_ref())?,
            deadline: options.deadline,
            timeout: longest(program, settings.timeout),
            uploads,
            bounds: Bounds { most: settings.body_limit, patience: Duration::from_millis(settings.patience) },
            places: Semaphore::new(usize::try_from(settings.requests).unwrap_or(1)),
            logs: options.production,
            stopping: AtomicBool::new(false),
            service,
        })
    }

    /// From now on whoever asks is told that this is no place for new requests; they are answered all the same.
    pub(super) fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
        self.agents.iter().for_each(Agents::stop);
    }

    /// Answers one request of a caller at an address.
    pub async fn answer<B>(&self, request: Request<B>, ip: Option<IpAddr>) -> Response
    where
        B: HttpBody<Data = Bytes>,
    {
        let (parts, body) = request.into_parts();
        let id = head::request_id(&parts.headers);
        let signed = self.carriers.carries(&parts.headers) || self.agent_carriers.carries(&parts.headers);
        let bodiless = parts.method == Method::HEAD;
        let page = self.cors.page(&parts);
        let seen = Seen::of(&parts, self.logs);
        let found = self.routes.find(&parts.method, parts.uri.path());
        let metrics = self.service.metrics();
        let held = metrics.requests.hold();
        let span = self
            .service
            .traces()
            .map(|traces| traces.request(&parts.method, self.route(&found), &parts.headers));
        let work = self.within(found, parts, body, Asked { id, ip, signed });
        let mut response = match &span {
            Some(span) => span.around(work).await,
            None => work.await,
        };
        if let Some(span) = span {
            span.answered(response.status().as_u16());
        }
        drop(held);
        metrics.responded(response.status().as_u16());
        if bodiless {
            head::drop_body(&mut response);
        }
        head::finish(&mut response, id, signed);
        if let Some(page) = page {
            self.cors.tell(page, &mut response);
        }
        if let Some(seen) = seen {
            seen.log(id, ip, response.status());
        }
        response
    }

    /// What a request asks for as the file has it: never what it says itself.
    fn route(&self, found: &Found) -> &str {
        match found {
            Found::Target(Target::Operation(at), _) => {
                self.service.program().surface.routes.get(*at).map_or("", |route| &route.path)
            }
            Found::Target(target, _) => target.name(),
            Found::OtherMethods(_) | Found::Nothing => "",
        }
    }

    /// Answers in the time there is, if there is a place.
    async fn within<B>(&self, found: Found, parts: Parts, body: B, asked: Asked) -> Response
    where
        B: HttpBody<Data = Bytes>,
    {
        let probe = matches!(found, Found::Target(Target::Alive | Target::Ready, _));
        let place = self.places.try_acquire();
        if !probe && place.is_err() {
            self.service.metrics().turned_away.fetch_add(1, Ordering::Relaxed);
            return self.refuse(&Refusal::plain(self.service.program(), UNAVAILABLE), asked.id);
        }
        let (deadline, does) = (self.deadline(&found), self.does(&found));
        // Boxed, so that what is moved around it is a pointer and not the state of the whole way.
        let work = Box::pin(self.dispatch(found, parts, body, asked));
        match caught(tokio::time::timeout(deadline, work)).await {
            Ok(Ok(response)) => response,
            Ok(Err(_)) => self.refuse(&Refusal::overdue(deadline, does), asked.id),
            Err(panic) => {
                tracing::error!(request = %asked.id, panic, "a request ended in a panic");
                self.refuse(&Refusal::plain(self.service.program(), INTERNAL), asked.id)
            }
        }
    }

    /// Whether a request may do something.
    fn does(&self, found: &Found) -> bool {
        match found {
            Found::Target(Target::Operation(route), _) => {
                self.exits.get(*route).is_some_and(|exit| exit.does)
            }
            Found::Target(Target::Mcp | Target::Action(_) | Target::Ticket, _) => true,
            Found::Target(_, _) | Found::OtherMethods(_) | Found::Nothing => false,
        }
    }

    /// How long a request may take, its body included.
    fn deadline(&self, found: &Found) -> Duration {
        let longest = match found {
            Found::Target(Target::Operation(route), _) => {
                self.exits.get(*route).map_or(self.timeout, |exit| exit.timeout)
            }
            // A tool, or an action, has the timeout of its operation, which is not known yet.
            Found::Target(Target::Mcp, _) => longest_of_all(self.service.program()),
            Found::Target(Target::Action(_), _) => longest_of_all(self.service.program()) + self.uploads,
            Found::Target(Target::Ticket, _) => self.uploads,
            Found::Target(_, _) | Found::OtherMethods(_) | Found::Nothing => self.timeout,
        };
        self.deadline.unwrap_or(longest)
    }

    async fn dispatch<B>(&self, found: Found, mut parts: Parts, body: B, asked: Asked) -> Response
    where
        B: HttpBody<Data = Bytes>,
    {
        let probe = matches!(found, Found::Target(Target::Alive | Target::Ready, _));
        if let Err(refusal) = head::check_framing(&parts.headers) {
            return head::last(self.refuse(&refusal, asked.id));
        }
        if !probe && let Err(refusal) = self.hosts.check(&parts) {
            return self.refuse(&refusal, asked.id);
        }
        // A part is for GET alone (RFC 9110, section 14.2).
        if parts.method == Method::HEAD && !matches!(found, Found::Target(Target::Operation(_), _)) {
            parts.headers.remove(RANGE);
        }
        let asked = match self.proxies.client(asked.ip, &parts.headers) {
            Ok(ip) => Asked { ip, ..asked },
            Err(refusal) => return self.refuse(&refusal, asked.id),
        };
        match found {
            Found::Target(Target::Operation(route), path) => self.call(route, path, parts, body, asked).await,
            Found::Target(Target::Docs, _) => self.docs.answer(&parts.headers),
            Found::Target(Target::Tools, _) => self.tools.answer(&parts.headers),
            Found::Target(Target::Contract, _) => self.contract.answer(&parts.headers),
            Found::Target(Target::Action(ask), path) => {
                let from = actions::From { id: asked.id, ip: asked.ip, signed: asked.signed };
                Box::pin(self.actions.answer(&self.service, ask, &path, (parts, body), from)).await
            }
            Found::Target(Target::Alive, _) => pages::word("alive\n"),
            Found::Target(Target::Ready, _) if self.stopping.load(Ordering::Relaxed) => {
                let mut response = pages::word("stopping\n");
                *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
                response
            }
            Found::Target(Target::Ready, _) => pages::word("ready\n"),
            Found::Target(Target::Mcp, _) => Box::pin(self.agent(parts, body, asked)).await,
            Found::Target(Target::File, ticket) => {
                let ticket = ticket.first().map_or("", SmolStr::as_str);
                Box::pin(upload::stored(&self.service, ticket, &parts.headers, asked.id)).await
            }
            Found::Target(Target::Ticket, ticket) => {
                let ticket = ticket.first().map_or("", SmolStr::as_str);
                Box::pin(upload::ticketed(&self.service, ticket, body, asked.id)).await
            }
            Found::Target(Target::Issuers(path), _) => self.issuers(&parts, path, asked),
            Found::OtherMethods(allow) => self.other_method(&parts.method, allow, asked.id),
            Found::Nothing => Box::pin(self.file(&parts, asked.id)).await,
        }
    }

    /// What lies among the files of the service, if there is anything.
    async fn file(&self, parts: &Parts, id: RequestId) -> Response {
        let path = parts.uri.path();
        if self.files.have(path) && !matches!(parts.method, Method::GET | Method::HEAD) {
            return self.other_method(&parts.method, HeaderValue::from_static("GET, HEAD, OPTIONS"), id);
        }
        let found = self.files.answer(path, &parts.headers).await;
        found.unwrap_or_else(|| {
            let message = self.routes.nothing(&parts.method, path);
            self.refuse(&Refusal::saying(NOT_FOUND, message), id)
        })
    }

    async fn call<B>(&self, route: usize, path: Vec<SmolStr>, parts: Parts, body: B, asked: Asked) -> Response
    where
        B: HttpBody<Data = Bytes>,
    {
        let Some(exit) = self.exits.get(route) else {
            return self.refuse(&Refusal::plain(self.service.program(), INTERNAL), asked.id);
        };
        let met = self.met(&parts);
        // The call takes the headers; what answers by them keeps its own.
        let headers = if exit.negotiates() { parts.headers.clone() } else { HeaderMap::new() };
        let quotas = Quotas::default();
        let answered = match self.read(exit, (route, path), parts, body, asked).await {
            Ok(call) => exit.run(&self.service, call, &headers, &quotas).await,
            Err(refusal) => Err(refusal),
        };
        let mut response = match answered {
            Ok(response) => response,
            Err(refusal) => {
                let mut response = self.challenged(&self.challenge, &refusal, asked, &met);
                challenge::take_back(&mut response, &met.cookies);
                response
            }
        };
        exit.tell(&quotas, &mut response);
        response
    }

    /// The call that a request asks for.
    async fn read<B>(
        &self,
        exit: &Exit,
        (route, path): (usize, Vec<SmolStr>),
        parts: Parts,
        body: B,
        asked: Asked,
    ) -> Result<Call, Refusal>
    where
        B: HttpBody<Data = Bytes>,
    {
        let identity = self.carriers.identity(&parts)?;
        let wishes = head::wishes(&parts.headers)?;
        if !matches!(parts.method, Method::GET | Method::HEAD) {
            conditional::refuse(&parts.headers)?;
        }
        let (mut given, mut whole) = (Given::default(), Bytes::new());
        if exit.reads_parts {
            let from = (&parts.headers, body);
            let received = upload::receive(&self.service, exit.operation, from, (&identity, asked.ip));
            given = Box::pin(received).await?;
        } else if exit.reads_body {
            whole = body::read(body, &parts.headers, self.bounds).await?;
        }
        let (uri, headers) = (parts.uri, parts.headers);
        let input = HttpInput { route, path, uri, headers, body: whole, parts: given };
        Ok(Call {
            operation: exit.operation,
            door: Door::Http,
            entry: Entry::Remote,
            input: Input::Http(input),
            identity,
            request: asked.id,
            ip: asked.ip,
            wishes,
        })
    }

    async fn agent<B>(&self, parts: Parts, body: B, asked: Asked) -> Response
    where
        B: HttpBody<Data = Bytes>,
    {
        let met = self.met(&parts);
        self.converse(parts, body, asked).await.unwrap_or_else(|denied| {
            let mut response = self.challenged(&self.agent_challenge, &denied.refusal, asked, &met);
            *response.body_mut() = Body::from(denied.message(self.service.program(), asked.id));
            response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
            response
        })
    }

    async fn converse<B>(&self, parts: Parts, body: B, asked: Asked) -> Result<Response, Denied>
    where
        B: HttpBody<Data = Bytes>,
    {
        let program = self.service.program();
        let agents = self.agents.as_ref().ok_or_else(|| Refusal::plain(program, NOT_FOUND))?;
        let body = body::read(body, &parts.headers, self.bounds).await?;
        let identity = self.agent_carriers.identity(&parts)?;
        if self.issuers.is_some() && matches!(identity, Identity::Nobody) && !agents.open {
            return Err(Refusal::plain(program, UNAUTHORIZED).into());
        }
        agents.answer(parts, body, Caller { identity, request: asked.id, ip: asked.ip }).await
    }

    /// Where tokens come from.
    fn issuers(&self, parts: &Parts, path: &str, asked: Asked) -> Response {
        let origin = challenge::origin(&parts.uri, &parts.headers);
        match (&self.issuers, origin) {
            (Some(issuers), Some(origin)) => issuers.answer(&origin, path),
            (_, _) => self.refuse(&Refusal::plain(self.service.program(), NOT_FOUND), asked.id),
        }
    }

    /// What of a request is asked for again once it is gone.
    fn met(&self, request: &Parts) -> Met {
        let origin = || challenge::origin(&request.uri, &request.headers);
        self.service.called_by(origin);
        let cookies = self.carriers.cookies(&request.headers).map(str::to_owned).collect();
        Met { origin: self.issuers.as_ref().and_then(|_| origin()), cookies }
    }

    fn other_method(&self, method: &Method, allow: HeaderValue, id: RequestId) -> Response {
        let mut response = if method == Method::OPTIONS {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::NO_CONTENT;
            response
        } else {
            let allowed = allow.to_str().unwrap_or("others");
            let message = format!("`{method}` is not among the methods of this path: {allowed}");
            self.refuse(&Refusal::saying(METHOD_NOT_ALLOWED, message), id)
        };
        response.headers_mut().insert(ALLOW, allow);
        response
    }

    /// A refusal, with a challenge where it is a 401 (RFC 9110, section 15.5.2).
    fn challenged(&self, challenge: &Challenge, refusal: &Refusal, asked: Asked, met: &Met) -> Response {
        let mut response = self.refuse(refusal, asked.id);
        if response.status() == StatusCode::UNAUTHORIZED {
            let presented = asked.signed && refusal.fault == UNAUTHORIZED;
            challenge.put(&mut response, presented, met.origin.as_deref());
        }
        response
    }

    fn refuse(&self, refusal: &Refusal, id: RequestId) -> Response {
        problem(self.service.program(), refusal, id)
    }
}

/// Pages of a service that has something for agents: its documentation, where that is on, and where files go.
fn of_agents(
    tools: Option<&str>,
    (uploads, listens): (bool, bool),
) -> impl Iterator<Item = (Method, &str, Target)> {
    let endpoint = [(Method::POST, "/mcp", Target::Mcp), (Method::DELETE, "/mcp", Target::Mcp)];
    let tools = tools.map(|page| (Method::GET, page, Target::Tools));
    let tickets = uploads.then_some((Method::PUT, upload::TICKETS, Target::Ticket));
    let listening = listens.then_some((Method::GET, "/mcp", Target::Mcp));
    endpoint.into_iter().chain(listening).chain(tools).chain(tickets)
}

/// What is known of a request beside its text.
#[derive(Debug, Clone, Copy)]
struct Asked {
    id: RequestId,
    ip: Option<IpAddr>,
    signed: bool,
}

/// What a refusal needs of a request.
struct Met {
    /// The origin that it was made to, where clients are told where tokens come from.
    origin: Option<String>,
    /// The cookies in it that stand for a caller.
    cookies: Vec<String>,
}
