//! The same through MCP, with rmcp itself.
use crate::Shop;
use crate::handlers;
use http::request::Parts;
use quater_bench::audit::Call;
use quater_bench::caller;
use quater_bench::problem::Problem;
use rmcp::ErrorData;
use rmcp::handler::server::ServerHandler;
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, Implementation, JsonObject,
    ListToolsResult, PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool, ToolAnnotations,
};
use rmcp::service::{RequestContext, RoleServer};
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::{StreamableHttpServerConfig, StreamableHttpService};
use serde_json::{Value, json};
use std::sync::Arc;

#[derive(Clone)]
pub struct Agent {
    shop: Arc<Shop>,
    get_product: Tool,
}

pub fn endpoint(shop: &Arc<Shop>) -> StreamableHttpService<Agent, NeverSessionManager> {
    let agent = Agent { shop: Arc::clone(shop), get_product: get_product() };
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .disable_allowed_hosts()
        .with_allowed_origins(["http://127.0.0.1:*"])
        .enforce_origin_validation();
    StreamableHttpService::new(move || Ok(agent.clone()), Arc::default(), config)
}

fn get_product() -> Tool {
    let object = |value: Value| Arc::new(value.as_object().cloned().unwrap_or_default());
    let input: Arc<JsonObject> = object(json!({
        "type": "object", "properties": { "product": { "type": "string", "format": "uuid" } },
        "required": ["product"], "additionalProperties": false,
    }));
    let output = json!({
        "type": "object",
        "properties": {
            "id": { "type": "string", "format": "uuid" }, "sku": { "type": "string" },
            "title": { "type": "string" }, "price": { "type": "string" },
            "stock": { "type": "integer" },
        },
        "required": ["id", "sku", "title", "price", "stock"],
    });
    let hints = ToolAnnotations::with_title("Get product").read_only(true).idempotent(true);
    let mut tool = Tool::new("get_product", "One product.", input).with_annotations(hints);
    tool.output_schema = Some(object(output));
    tool
}

fn refused(problem: &Problem, call: Call) -> CallToolResult {
    let mut result = CallToolResult::error(vec![ContentBlock::text(problem.code())]);
    result.structured_content = Some(problem.details(call.request));
    result
}

impl ServerHandler for Agent {
    fn get_info(&self) -> ServerConfig {
        let mut info = ServerConfig::new(ServerCapabilities::builder().enable_tools().build());
        info.server_info = Implementation::new("shop", "1");
        info
    }

    async fn list_tools(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(vec![self.get_product.clone()]))
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        (name == "get_product").then(|| self.get_product.clone())
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let parts = context.extensions.get::<Parts>();
        let parts = parts.ok_or_else(|| ErrorData::internal_error("the request is lost", None))?;
        if request.name != "get_product" {
            return Err(ErrorData::invalid_params("there is no such tool", None));
        }
        let call = Call::begin(caller::request_id(&parts.headers), "mcp", "get_product");
        let arguments = request.arguments.unwrap_or_default();
        let product = arguments.get("product").and_then(Value::as_str).filter(|_| arguments.len() == 1);
        let product = product.ok_or_else(|| ErrorData::invalid_params("takes `product`, a UUID", None))?;
        let body = match handlers::one(&self.shop, &parts.headers, call, product).await {
            Ok(body) => body,
            Err(problem) => return Ok(refused(&problem, call).into()),
        };
        let structured = serde_json::from_slice(&body)
            .map_err(|error| ErrorData::internal_error(error.to_string(), None))?;
        let text = String::from_utf8_lossy(&body).into_owned();
        let mut result = CallToolResult::success(vec![ContentBlock::text(text)]);
        result.structured_content = Some(structured);
        Ok(result.into())
    }
}
