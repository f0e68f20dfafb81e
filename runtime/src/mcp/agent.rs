//! What rmcp asks, and what the service says.
use super::tools::Tools;
use super::{Visit, result};
use crate::call::{Call, Entry, Identity, Input, Refusal};
use crate::http::caught;
use crate::service::Service;
use http::request::Parts;
use quater_ir::fault::{INTERNAL, UNAUTHORIZED};
use quater_ir::operation::{Door, Operation};
use quater_ir::{Id, Program};
use rmcp::ErrorData;
use rmcp::handler::server::ServerHandler;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, DiscoverResult, Implementation, InitializeRequestParams,
    InitializeResult, ListToolsResult, PaginatedRequestParams, ProtocolVersion, ServerCapabilities,
    ServerConfig, Tool,
};
use rmcp::service::{RequestContext, RoleServer};
use std::borrow::Cow;
use std::sync::Arc;

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
}

impl Agent {
    pub(super) fn plan(service: Service) -> Self {
        let tools = Arc::new(Tools::plan(service.program()));
        Self { service, tools }
    }

    /// The operations that a caller may call here; a bad credential ends the request with a 401.
    async fn open(&self, context: &RequestContext<RoleServer>) -> Result<Vec<Id<Operation>>, ErrorData> {
        let visit = visit(context)?;
        let asked = self.service.may_call(visit.caller.identity.clone(), Door::Mcp, visit.caller.ip);
        self.settled(asked.await, visit)
    }

    /// Judges a credential where the request does not need one.
    async fn greet(&self, context: &RequestContext<RoleServer>) -> Result<(), ErrorData> {
        match visit(context)?.caller.identity {
            Identity::Nobody => Ok(()),
            Identity::Presented(_) | Identity::Known(_) => self.open(context).await.map(drop),
        }
    }

    fn settled<T>(&self, outcome: Result<T, Refusal>, visit: &Visit) -> Result<T, ErrorData> {
        outcome.map_err(|refusal| {
            let error = ErrorData::internal_error(refusal.message.clone(), None);
            note(visit, refusal);
            error
        })
    }

    async fn invoke(&self, call: Call) -> Result<crate::Answer, Refusal> {
        let request = call.request;
        caught(self.service.invoke(call)).await.unwrap_or_else(|panic| {
            tracing::error!(%request, panic, "a tool call ended in a panic");
            Err(Refusal::plain(self.program(), INTERNAL))
        })
    }

    fn program(&self) -> &Program {
        self.service.program()
    }
}

/// Keeps a refusal that HTTP must tell.
fn note(visit: &Visit, refusal: Refusal) {
    if refusal.fault == UNAUTHORIZED && visit.unauthorized.set(refusal).is_err() {
        tracing::debug!("a request was refused twice");
    }
}

fn visit(context: &RequestContext<RoleServer>) -> Result<&Visit, ErrorData> {
    let parts = context.extensions.get::<Parts>();
    let visit = parts.and_then(|parts| parts.extensions.get::<Visit>());
    visit.ok_or_else(|| ErrorData::internal_error("the request has lost its caller", None))
}

impl ServerHandler for Agent {
    fn get_info(&self) -> ServerConfig {
        let about = &self.program().service;
        let mut server = Implementation::new(about.name.to_string(), about.version.to_string());
        server.description = Some(about.docs.clone()).filter(|docs| !docs.is_empty());
        let mut info = ServerConfig::new(ServerCapabilities::builder().enable_tools().build());
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
        _request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let open = self.open(&context).await?;
        Ok(ListToolsResult::with_all_items(self.tools.of(&open)))
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        self.tools.get(name).map(|listed| listed.tool.clone())
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let visit = visit(&context)?;
        let Some(tool) = self.tools.get(&request.name) else {
            return Err(ErrorData::invalid_params(format!("there is no tool `{}`", request.name), None));
        };
        let call = Call {
            operation: tool.operation,
            door: Door::Mcp,
            entry: Entry::Remote,
            input: Input::Object(request.arguments.unwrap_or_default()),
            identity: visit.caller.identity.clone(),
            request: visit.caller.request,
            ip: visit.caller.ip,
        };
        match self.invoke(call).await {
            Ok(answer) => result::success(&answer, tool.structured, tool.wrapped)
                .map(CallToolResponse::from)
                .map_err(|error| ErrorData::internal_error(format!("the output is not JSON: {error}"), None)),
            Err(refusal) => {
                let result = result::refused(self.program(), &refusal);
                note(visit, refusal);
                Ok(result.into())
            }
        }
    }
}
