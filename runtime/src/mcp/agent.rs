//! What rmcp asks, and what the service says.
mod attempting;
mod plainly;
mod subscribing;
mod talking;

use super::asking::Asker;
use super::content::{self, Content};
use super::library::{self, Library};
use super::subscriptions::{Listening, Subscriptions};
use super::tools::{Listed, Tools};
use super::under_way::{Held, Maker, UnderWay};
use super::{Caller, REVISIONS, Visit, approvals, denied, links, paging, progress, result, waiting};
use crate::call::{Answer, Call, Ending, Entry, Identity, Input, Refusal, RequestId, Wishes};
use crate::http::caught;
use crate::invoke::Allowed;
use crate::said::Level;
use crate::service::Service;
use http::request::Parts;
use quater_ir::fault::{INTERNAL, UNAUTHORIZED, UNAVAILABLE};
use quater_ir::operation::{Door, Operation};
use quater_ir::{Id, Program};
use rmcp::ErrorData;
use rmcp::handler::server::ServerHandler;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, CompleteRequestParams, CompleteResult,
    CompletionInfo, CustomRequest, CustomResult, DiscoverResult, ErrorCode, GetPromptRequestParams,
    GetPromptResponse, GetPromptResult, Implementation, InitializeRequestParams, InitializeResult,
    ListPromptsRequestMethod, ListPromptsResult, ListResourceTemplatesRequestMethod,
    ListResourceTemplatesResult, ListResourcesRequestMethod, ListResourcesResult, ListToolsResult,
    PaginatedRequestParams, PromptMessage, ProtocolVersion, ReadResourceRequestParams, ReadResourceResponse,
    ReadResourceResult, Reference, ResourceContents, ResourcesCapability, Role, ServerCapabilities,
    ServerConfig, SubscribeRequestParams, SubscriptionFilter, Tool, UnsubscribeRequestParams,
};
use rmcp::service::{RequestContext, RoleServer, SubscriptionContext};
use serde_json::{Value as Json, json};
use smol_str::SmolStr;
use std::borrow::Cow;
use std::future::pending;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use talking::Reached;

pub(super) use subscribing::Line;

/// A service as rmcp sees it.
#[derive(Clone)]
pub(super) struct Agent {
    service: Service,
    tools: Arc<Tools>,
    library: Arc<Library>,
    /// Who calls where no request says it: over standard input and output.
    own: Option<Identity>,
    /// Whether clients can answer while their request is under way.
    asks: bool,
    under_way: UnderWay,
    asker: Arc<Asker>,
    /// What a client of a revision with sessions wants to hear of a body.
    least: Arc<Mutex<Option<Level>>>,
    /// What a client with a session wants to hear of.
    subscribed: Arc<Subscriptions>,
}

impl Agent {
    pub(super) fn plan(service: Service, own: Option<Identity>, under_way: UnderWay) -> Self {
        let tools = Arc::new(Tools::plan(service.program()));
        let library = Arc::new(Library::plan(service.program()));
        let asker = Arc::new(Asker::of(&service));
        let least = Arc::new(Mutex::new(Some(Level::Info)));
        let subscribed = Arc::default();
        Self { service, tools, library, asks: own.is_some(), own, under_way, asker, least, subscribed }
    }

    /// The same for clients that can answer while their request is under way.
    pub(super) fn asking(self) -> Self {
        Self { asks: true, ..self }
    }

    /// The same for another client.
    pub(super) fn fresh(&self) -> Self {
        let least = Arc::new(Mutex::new(Some(Level::Info)));
        Self { least, subscribed: Arc::default(), ..self.clone() }
    }

    /// The operations that a caller may call here; a bad credential ends the request with a 401.
    async fn open(&self, context: &RequestContext<RoleServer>) -> Result<Vec<Id<Operation>>, ErrorData> {
        self.may(context).await.map(|allowed| allowed.operations)
    }

    /// What a caller may do here.
    async fn may(&self, context: &RequestContext<RoleServer>) -> Result<Allowed, ErrorData> {
        let visit = self.visit(context)?;
        let asked = self.service.may(visit.caller.identity.clone(), Door::Mcp, visit.caller.ip);
        Box::pin(asked).await.map_err(|refusal| {
            let error = ErrorData::internal_error(refusal.message.clone(), None);
            note(&visit, refusal);
            error
        })
    }

    /// Judges a credential where the request does not need one.
    async fn greet(&self, context: &RequestContext<RoleServer>) -> Result<(), ErrorData> {
        match self.visit(context)?.caller.identity {
            Identity::Nobody => Ok(()),
            Identity::Presented(_) | Identity::Known(_) => self.open(context).await.map(drop),
        }
    }

    /// Makes a call; a request that is taken back leaves nothing.
    async fn invoke(
        &self,
        context: &RequestContext<RoleServer>,
        operation: Id<Operation>,
        input: Input,
        mut wishes: Wishes,
    ) -> Result<Result<Answer, Refusal>, ErrorData> {
        let visit = self.visit(context)?;
        let heard = progress::listen(context, &mut wishes, self.least(context, operation));
        let Caller { identity, request, ip } = visit.caller.clone();
        let entry = if self.own.is_some() { Entry::Local } else { Entry::Remote };
        let mut held = Maker::of(&identity, ip).map(|by| self.under_way.hold(by, context.id.clone()));
        let call = Call { operation, door: Door::Mcp, entry, input, identity, request, ip, wishes };
        // On the heap: what rmcp makes of a handler is moved several times.
        let done = Box::pin(caught(progress::pass_on(context, heard, self.service.invoke(call))));
        let done = tokio::select! {
            done = done => done,
            () = context.ct.cancelled() => Ok(Err(cancelled())),
            () = taken_back(&mut held) => Ok(Err(cancelled())),
        };
        let outcome = done.unwrap_or_else(|panic| Err(self.panicked(request, &panic)));
        if let Err(refusal) = &outcome {
            note(&visit, refusal.clone());
        }
        Ok(outcome)
    }

    /// An answer that is none to a question.
    fn told(
        &self,
        answer: &Answer,
        tool: &Listed,
        revision: Option<&ProtocolVersion>,
    ) -> Result<CallToolResult, ErrorData> {
        if tool.shown && answer.ending == Ending::Output {
            let shown = content::read(&answer.body).map_err(unreadable)?;
            return Ok(CallToolResult::success(shown.into_iter().map(Content::block).collect()));
        }
        let mut told = result::success(answer, tool.structured, tool.wrapped).map_err(unreadable)?;
        told.content.extend(links::of(&self.service, revision, &answer.body));
        Ok(told)
    }

    fn panicked(&self, request: RequestId, panic: &str) -> Refusal {
        tracing::error!(%request, panic, "a tool call ended in a panic");
        Refusal::plain(self.program(), INTERNAL)
    }

    pub(super) fn program(&self) -> &Program {
        self.service.program()
    }

    fn visit(&self, context: &RequestContext<RoleServer>) -> Result<Visit, ErrorData> {
        if let Some(identity) = self.own.clone() {
            let caller = Caller { identity, request: RequestId::fresh(), ip: None };
            return Ok(Visit { caller, unauthorized: Arc::new(OnceLock::new()) });
        }
        let parts = context.extensions.get::<Parts>();
        let visit = parts.and_then(|parts| parts.extensions.get::<Visit>()).cloned();
        visit.ok_or_else(|| ErrorData::internal_error("the request has lost its caller", None))
    }
}

/// Ends when a call is taken back.
async fn taken_back(held: &mut Option<Held>) {
    match held {
        Some(held) => held.taken_back().await,
        None => pending().await,
    }
}

fn cancelled() -> Refusal {
    Refusal::saying(UNAVAILABLE, "the request was cancelled")
}

fn unreadable(error: serde_json::Error) -> ErrorData {
    ErrorData::internal_error(format!("the output is not JSON: {error}"), None)
}

/// Whether a request is of a revision without sessions.
fn is_stateless(context: &RequestContext<RoleServer>) -> bool {
    context.protocol_version().is_some_and(|it| it >= ProtocolVersion::V_2026_07_28)
}

/// That there is no such resource.
fn missing(uri: &str, context: &RequestContext<RoleServer>) -> ErrorData {
    let code = if is_stateless(context) { ErrorCode::INVALID_PARAMS } else { ErrorCode::RESOURCE_NOT_FOUND };
    ErrorData::new(code, format!("there is no resource `{uri}`"), Some(json!({ "uri": uri })))
}

/// Keeps a refusal that HTTP must tell.
fn note(visit: &Visit, refusal: Refusal) {
    if refusal.fault == UNAUTHORIZED && visit.unauthorized.set(refusal).is_err() {
        tracing::debug!("a request was refused twice");
    }
}

impl ServerHandler for Agent {
    fn get_info(&self) -> ServerConfig {
        let about = &self.program().service;
        let mut server = Implementation::new(about.name.to_string(), about.version.to_string());
        server.description = Some(about.docs.clone()).filter(|docs| !docs.is_empty());
        let mut can = ServerCapabilities::builder().enable_tools().build();
        can.resources = self.library.has_resources().then(|| {
            let mut resources = ResourcesCapability::default();
            resources.subscribe = self.tells().then_some(true);
            resources
        });
        can.prompts = self.library.has_prompts().then(Default::default);
        let logs = self.program().operations.values().any(|it| it.rust.as_ref().is_some_and(|rust| rust.log));
        can.logging = logs.then(Default::default);
        can.completions = (can.prompts.is_some() || can.resources.is_some()).then(Default::default);
        let mut info = ServerConfig::new(can);
        info.server_info = server;
        info.instructions = Some(about.docs.clone()).filter(|docs| !docs.is_empty());
        info
    }

    fn supported_protocol_versions(&self) -> Cow<'static, [ProtocolVersion]> {
        Cow::Borrowed(REVISIONS)
    }

    /// What no method takes: one that is not known, or one whose params are others.
    async fn on_custom_request(
        &self,
        request: CustomRequest,
        context: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        Err(denied::strange(&request, is_stateless(&context)))
    }

    async fn initialize(
        &self,
        request: InitializeRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<InitializeResult, ErrorData> {
        self.greet(&context).await?;
        let mut result = self.negotiate_initialize(&request)?;
        if !self.asks
            && let Some(resources) = &mut result.capabilities.resources
        {
            resources.subscribe = None;
        }
        Ok(result)
    }

    async fn discover(&self, context: RequestContext<RoleServer>) -> Result<DiscoverResult, ErrorData> {
        self.greet(&context).await?;
        Ok(DiscoverResult::from_server_info(REVISIONS.to_vec(), self.get_info()))
    }

    #[expect(deprecated, reason = "clients of older revisions ask for it")]
    async fn set_level(
        &self,
        request: rmcp::model::SetLevelRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        self.greet(&context).await?;
        *self.least.lock().unwrap_or_else(PoisonError::into_inner) = progress::least(request.level);
        Ok(())
    }

    async fn ping(&self, context: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        self.greet(&context).await
    }

    async fn list_tools(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let allowed = self.may(&context).await?;
        let mut tools = self.tools.of(&allowed.operations);
        tools
            .extend(approvals::tools(&allowed).into_iter().filter(|own| self.tools.get(&own.name).is_none()));
        let (page, next) = paging::page(tools, request)?;
        let mut list = ListToolsResult::with_all_items(page);
        list.next_cursor = next;
        Ok(list)
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        self.tools.get(name).map(|listed| listed.tool.clone())
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let Some(tool) = self.tools.get(&request.name) else {
            return Box::pin(self.review(&request, &context)).await;
        };
        let earlier = (request.input_responses.as_ref(), request.request_state.as_deref());
        let arguments = format!("{:?}", request.arguments);
        let mut talk = self.hear(&context, tool.operation, (earlier, arguments))?;
        let mut rounds = 0;
        loop {
            let outcome = match self.attempt(&request, &context, (tool, &talk)).await? {
                Ok(outcome) => outcome,
                Err(told) => return Ok((*told).into()),
            };
            let answer = match outcome {
                Ok(answer) => answer,
                Err(refusal) if refusal.questions.is_empty() => {
                    return Ok(result::refused(self.program(), &refusal).into());
                }
                Err(refusal) => {
                    let asked = self.asker.ask(&context, self.program(), &refusal.questions, &mut talk);
                    match Box::pin(asked).await? {
                        Some(asked) => return Ok(asked.into()),
                        None => continue,
                    }
                }
            };
            if let Ending::Waiting(id) = answer.ending {
                if let Some(question) = waiting::question(&request, &context, &tool.tool.name, id) {
                    return Ok(question.into());
                }
                if self.asks && Box::pin(waiting::goes_on(&context, (&tool.tool.name, id), rounds)).await {
                    rounds += 1;
                    continue;
                }
            }
            let revision = context.protocol_version();
            return self.told(&answer, tool, revision.as_ref()).map(Into::into);
        }
    }

    async fn list_resources(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        if !self.library.has_resources() {
            return Err(ErrorData::method_not_found::<ListResourcesRequestMethod>());
        }
        let (page, next) = paging::page(self.library.resources(&self.open(&context).await?), request)?;
        let mut list = ListResourcesResult::with_all_items(page);
        list.next_cursor = next;
        Ok(list)
    }

    async fn list_resource_templates(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        if !self.library.has_resources() {
            return Err(ErrorData::method_not_found::<ListResourceTemplatesRequestMethod>());
        }
        let (page, next) = paging::page(self.library.templates(&self.open(&context).await?), request)?;
        let mut list = ListResourceTemplatesResult::with_all_items(page);
        list.next_cursor = next;
        Ok(list)
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        let Some((shelf, arguments)) = self.library.find(&request.uri) else {
            return Err(missing(&request.uri, &context));
        };
        let earlier = (request.input_responses.as_ref(), request.request_state.as_deref());
        let answer = match self.reach(&context, shelf.operation, arguments, earlier).await? {
            Reached::Answer(answer) => answer,
            Reached::Asked(asked) => return Ok(ReadResourceResponse::InputRequired(asked)),
        };
        if content::shows(self.program(), shelf.operation) {
            let shown = content::read(&answer.body).map_err(unreadable)?;
            let shown = shown.into_iter().map(|one| one.resource(&request.uri));
            return Ok(ReadResourceResult::new(shown.collect()).into());
        }
        let text = result::plain(&answer, shelf.media == "text/plain");
        let contents = ResourceContents::text(text, request.uri).with_mime_type(shelf.media.as_str());
        Ok(ReadResourceResult::new(vec![contents]).into())
    }

    async fn subscribe(
        &self,
        request: SubscribeRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        Box::pin(self.subscribe_to(&request.uri, &context)).await
    }

    async fn unsubscribe(
        &self,
        request: UnsubscribeRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<(), ErrorData> {
        self.unsubscribe_from(&request.uri, &context).await
    }

    fn accepted_subscription_filter(&self, requested: &SubscriptionFilter) -> Option<SubscriptionFilter> {
        // What a caller may not read is not among it any more.
        let mut accepted = SubscriptionFilter::new();
        accepted.resource_subscriptions.clone_from(&requested.resource_subscriptions);
        self.tells().then_some(accepted)
    }

    async fn listen(&self, context: SubscriptionContext) -> Result<(), ErrorData> {
        let extensions = &context.request_context().extensions;
        let of_http = || extensions.get::<Parts>().and_then(|parts| parts.extensions.get::<Listening>());
        if let Some(listening) = extensions.get::<Listening>().or_else(of_http) {
            listening.tell(&self.service, &context).await;
        }
        Ok(())
    }

    async fn complete(
        &self,
        request: CompleteRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, ErrorData> {
        let open = self.open(&context).await?;
        let (what, operation) = if let Reference::Prompt(it) = &request.r#ref {
            (it.name.as_str(), self.library.prompt(&it.name))
        } else if let Reference::Resource(it) = &request.r#ref {
            (it.uri.as_str(), self.library.template(&it.uri))
        } else {
            ("", None)
        };
        let Some(operation) = operation.filter(|operation| open.contains(operation)) else {
            return Err(ErrorData::invalid_params(format!("there is no `{what}`"), None));
        };
        let begun = &request.argument;
        let values = library::completions(self.program(), operation, &begun.name, &begun.value);
        let told = CompletionInfo::with_all_values(values);
        told.map(CompleteResult::new).map_err(|why| ErrorData::internal_error(why, None))
    }

    async fn list_prompts(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        if !self.library.has_prompts() {
            return Err(ErrorData::method_not_found::<ListPromptsRequestMethod>());
        }
        let (page, next) = paging::page(self.library.prompts(&self.open(&context).await?), request)?;
        let mut list = ListPromptsResult::with_all_items(page);
        list.next_cursor = next;
        Ok(list)
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        let Some(operation) = self.library.prompt(&request.name) else {
            return Err(ErrorData::invalid_params(format!("there is no prompt `{}`", request.name), None));
        };
        let mut arguments = Vec::new();
        for (name, value) in request.arguments.clone().unwrap_or_default() {
            let Json::String(text) = value else {
                return Err(ErrorData::invalid_params(format!("the argument `{name}` is no text"), None));
            };
            arguments.push((SmolStr::new(name), text));
        }
        let earlier = (request.input_responses.as_ref(), request.request_state.as_deref());
        let answer = match self.reach(&context, operation, arguments, earlier).await? {
            Reached::Answer(answer) => answer,
            Reached::Asked(asked) => return Ok(GetPromptResponse::InputRequired(asked)),
        };
        let messages = if content::shows(self.program(), operation) {
            let shown = content::read(&answer.body).map_err(unreadable)?;
            shown.into_iter().map(Content::message).collect()
        } else {
            vec![PromptMessage::new_text(Role::User, result::plain(&answer, true))]
        };
        Ok(GetPromptResult::new(messages).into())
    }
}
