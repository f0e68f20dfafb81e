//! Requests that end before a tool is called.
use crate::call::{Refusal, RequestId};
use quater_ir::Program;
use quater_ir::fault::MALFORMED;
use rmcp::ErrorData;
use rmcp::model::{CallToolRequestParams, CustomRequest, ErrorCode};
use serde_json::{Value as Json, json};

/// The JSON-RPC code of a refusal whose HTTP status says more.
pub(super) const REFUSED: ErrorCode = ErrorCode(-32000);

/// A refusal, as the JSON-RPC error that MCP clients read from a response of any status.
#[derive(Debug)]
pub(crate) struct Denied {
    code: ErrorCode,
    /// What HTTP says of it.
    pub(crate) refusal: Refusal,
}

impl From<Refusal> for Denied {
    fn from(refusal: Refusal) -> Self {
        Self { code: REFUSED, refusal }
    }
}

impl Denied {
    /// A body that is not one JSON-RPC message.
    pub(super) fn unreadable(body: &[u8]) -> Self {
        let (code, why) = match serde_json::from_slice::<Json>(body) {
            Ok(message) => (
                ErrorCode::INVALID_REQUEST,
                format!("the body is not one JSON-RPC message: {}", fault(&message)),
            ),
            Err(error) => {
                let (line, column) = (error.line(), error.column());
                (
                    ErrorCode::PARSE_ERROR,
                    format!("the body is not JSON: it breaks at line {line}, column {column}"),
                )
            }
        };
        Self { code, refusal: Refusal::saying(MALFORMED, why) }
    }

    /// What rmcp says in a bare text of a request that it does not take, as clients read it.
    pub(super) fn of_text(text: &[u8]) -> String {
        let error = json!({ "code": REFUSED.0, "message": String::from_utf8_lossy(text) });
        json!({ "jsonrpc": "2.0", "id": null, "error": error }).to_string()
    }

    /// The message; its id is null, since a denied request may not have been read (JSON-RPC 2.0, section 5).
    pub(crate) fn message(&self, program: &Program, request: RequestId) -> String {
        let fault = &program.faults[self.refusal.fault];
        let data = json!({ "code": fault.name, "status": fault.status, "request_id": request.0 });
        let error = json!({ "code": self.code.0, "message": self.refusal.message, "data": data });
        json!({ "jsonrpc": "2.0", "id": null, "error": error }).to_string()
    }
}

/// What is wrong with a message that is JSON.
fn fault(message: &Json) -> &'static str {
    let Json::Object(message) = message else {
        return if message.is_array() { "batches are not taken" } else { "it is no object" };
    };
    let id = message.get("id");
    if message.get("jsonrpc").and_then(Json::as_str) != Some("2.0") {
        "`jsonrpc` must be \"2.0\""
    } else if id.is_some_and(|id| !(id.is_string() || id.is_i64() || id.is_u64())) {
        "`id` must be a text or a whole number"
    } else if message.get("method").is_some_and(|method| !method.is_string()) {
        "`method` must be a text"
    } else if message.get("params").is_some_and(|params| !params.is_object()) {
        "`params` must be an object"
    } else if !["method", "result", "error"].iter().any(|name| message.contains_key(*name)) {
        "it has no `method`"
    } else {
        "its members are not those of its method"
    }
}

/// What is said of a request that is none of those the protocol has: its method is not known in its revision, or its
/// params are others.
pub(super) fn strange(request: &CustomRequest, stateless: bool) -> ErrorData {
    let method = &request.method;
    let params = request.params.clone().unwrap_or(Json::Null);
    let known = METHODS.contains(&method.as_str());
    if !known || stateless && OF_SESSIONS.contains(&method.as_str()) {
        return ErrorData::new(ErrorCode::METHOD_NOT_FOUND, format!("there is no method `{method}`"), None);
    }
    let why = (method == "tools/call").then(|| serde_json::from_value::<CallToolRequestParams>(params).err());
    let why = why.flatten().map_or_else(String::new, |why| format!(": {why}"));
    ErrorData::invalid_params(format!("the params of `{method}` are not as the protocol has them{why}"), None)
}

/// Methods that are known, where their params are right.
const METHODS: [&str; 15] = [
    "initialize",
    "ping",
    "server/discover",
    "tools/list",
    "tools/call",
    "resources/list",
    "resources/templates/list",
    "resources/read",
    "resources/subscribe",
    "resources/unsubscribe",
    "subscriptions/listen",
    "prompts/list",
    "prompts/get",
    "completion/complete",
    "logging/setLevel",
];

/// Those that revision 2026-07-28 has no more.
const OF_SESSIONS: [&str; 4] =
    ["initialize", "logging/setLevel", "resources/subscribe", "resources/unsubscribe"];
