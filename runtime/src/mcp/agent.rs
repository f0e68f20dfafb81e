//! What rmcp asks, and what the service says.
use super::library::Library;
use super::tools::Tools;
use super::wishes::wishes;
use super::{Caller, Visit, paging, result, waiting};
use crate::call::{Answer, Call, Ending, Entry, Identity, Input, Refusal, RequestId, Wishes};
use crate::http::caught;
use crate::service::Service;
use http::request::Parts;
use quater_ir::fault::{INTERNAL, UNAUTHORIZED, UNAVAILABLE};
use quater_ir::operation::{Door, Operation};
use quater_ir::{Id, Program};
use rmcp::ErrorData;
use rmcp::handler::server::ServerHandler;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, DiscoverResult, GetPromptRequestParams, GetPromptResponse,
    GetPromptResult, Implementation, InitializeRequestParams, InitializeResult, ListPromptsRequestMethod,
    ListPromptsResult, ListResourceTemplatesRequestMethod, ListResourceTemplatesResult,
    ListResourcesRequestMethod, ListResourcesResult, ListToolsResult, PaginatedRequestParams, PromptMessage,
    ProtocolVersion, ReadResourceRequestParams, ReadResourceResponse, ReadResourceResult, ResourceContents,
    Role, ServerCapabilities, ServerConfig, Tool,
};
use rmcp::service::{RequestContext, RoleServer};
use serde_json::Value as Json;
use smol_str::SmolStr;
use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

/// The revisions that are spoken: the stateless one, and those with a handshake.
const REVISIONS: &[ProtocolVersion] = &[
    ProtocolVersion::V_2025_03_26,
    ProtocolVersion::V_2025_06_18,
    ProtocolVersion::V_2025_11_25,
    ProtocolVersion::V_2026_07_28,
];

/// A service as rmcp sees it.
#[derive(Clone)]
pub(super) struct Agent {
    service: Service,
    tools: Arc<Tools>,
    library: Arc<Library>,
    /// Who calls where no request says it: over standard input and output.
    own: Option<Identity>,
}

impl Agent {
    pub(super) fn plan(service: Service, own: Option<Identity>) -> Self {
        let tools = Arc::new(Tools::plan(service.program()));
        let library = Arc::new(Library::plan(service.program()));
        Self { service, tools, library, own }
    }

    /// The operations that a caller may call here; a bad credential ends the request with a 401.
    async fn open(&self, context: &RequestContext<RoleServer>) -> Result<Vec<Id<Operation>>, ErrorData> {
        let visit = self.visit(context)?;
        let asked = self.service.may_call(visit.caller.identity.clone(), Door::Mcp, visit.caller.ip);
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
        wishes: Wishes,
    ) -> Result<Result<Answer, Refusal>, ErrorData> {
        let visit = self.visit(context)?;
        let Caller { identity, request, ip } = visit.caller.clone();
        let entry = if self.own.is_some() { Entry::Local } else { Entry::Remote };
        let call = Call { operation, door: Door::Mcp, entry, input, identity, request, ip, wishes };
        // On the heap: what rmcp makes of a handler is moved several times.
        let done = Box::pin(caught(self.service.invoke(call)));
        let done = tokio::select! {
            done = done => done,
            () = context.ct.cancelled() => Ok(Err(Refusal::saying(UNAVAILABLE, "the request was cancelled"))),
        };
        let outcome = done.unwrap_or_else(|panic| {
            tracing::error!(%request, panic, "a tool call ended in a panic");
            Err(Refusal::plain(self.program(), INTERNAL))
        });
        if let Err(refusal) = &outcome {
            note(&visit, refusal.clone());
        }
        Ok(outcome)
    }

    fn program(&self) -> &Program {
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
        can.resources = self.library.has_resources().then(Default::default);
        can.prompts = self.library.has_prompts().then(Default::default);
        let mut info = ServerConfig::new(can);
        info.server_info = server;
        info.instructions = Some(about.docs.clone()).filter(|docs| !docs.is_empty());
        info
    }

    fn supported_protocol_versions(&self) -> Cow<'static, [ProtocolVersion]> {
        Cow::Borrowed(REVISIONS)
    }

    async fn initialize(
        &self,
        request: InitializeRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<InitializeResult, ErrorData> {
        self.greet(&context).await?;
        self.negotiate_initialize(&request)
    }

    async fn discover(&self, context: RequestContext<RoleServer>) -> Result<DiscoverResult, ErrorData> {
        self.greet(&context).await?;
        Ok(DiscoverResult::from_server_info(REVISIONS.to_vec(), self.get_info()))
    }

    async fn ping(&self, context: RequestContext<RoleServer>) -> Result<(), ErrorData> {
        self.greet(&context).await
    }

    async fn list_tools(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let (page, next) = paging::page(self.tools.of(&self.open(&context).await?), request)?;
        let mut list = ListToolsResult::with_all_items(page);
        list.next_cursor = next;
        Ok(list)
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        self.tools.get(name).map(|listed| listed.tool.clone())
    }

    async fn call_tool(
        &self,
        mut request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let Some(tool) = self.tools.get(&request.name) else {
            return Err(ErrorData::invalid_params(format!("there is no tool `{}`", request.name), None));
        };
        let wishes = wishes(&context.meta)?;
        let input = Input::Object(request.arguments.take().unwrap_or_default());
        match self.invoke(&context, tool.operation, input, wishes).await? {
            Ok(answer) => {
                if let Ending::Waiting(id) = answer.ending
                    && let Some(question) = waiting::question(&request, &context, &tool.tool.name, id)
                {
                    return Ok(question.into());
                }
                result::success(&answer, tool.structured, tool.wrapped).map(CallToolResponse::from).map_err(
                    |error| ErrorData::internal_error(format!("the output is not JSON: {error}"), None),
                )
            }
            Err(refusal) => Ok(result::refused(self.program(), &refusal).into()),
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
            let message = format!("there is no resource `{}`", request.uri);
            return Err(ErrorData::resource_not_found(message, None));
        };
        let input = Input::Arguments(arguments);
        let outcome = self.invoke(&context, shelf.operation, input, Wishes::default()).await?;
        let answer = outcome.map_err(|refusal| result::error(self.program(), &refusal))?;
        let text = result::plain(&answer, shelf.media == "text/plain");
        let contents = ResourceContents::text(text, request.uri).with_mime_type(shelf.media.as_str());
        Ok(ReadResourceResult::new(vec![contents]).into())
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
        for (name, value) in request.arguments.unwrap_or_default() {
            let Json::String(text) = value else {
                return Err(ErrorData::invalid_params(format!("the argument `{name}` is no text"), None));
            };
            arguments.push((SmolStr::new(name), text));
        }
        let outcome =
            self.invoke(&context, operation, Input::Arguments(arguments), Wishes::default()).await?;
        let answer = outcome.map_err(|refusal| result::error(self.program(), &refusal))?;
        let message = PromptMessage::new_text(Role::User, result::plain(&answer, true));
        Ok(GetPromptResult::new(vec![message]).into())
    }
}
