//! Answers and refusals as tool results.
use crate::call::{Answer, Refusal, RequestId, Violation};
use crate::http::data;
use quater_ir::Program;
use rmcp::model::{CallToolResult, ContentBlock};
use serde_json::{Map, Value as Json, json};

/// The JSON-RPC code of a refusal; its HTTP status says more.
const REFUSED: i32 = -32000;

/// A success: structured content, and the same JSON as text for models that read only that.
pub(super) fn success(
    answer: &Answer,
    structured: bool,
    wrapped: bool,
) -> Result<CallToolResult, serde_json::Error> {
    if answer.body.is_empty() {
        return Ok(CallToolResult::success(vec![ContentBlock::text("done")]));
    }
    let text = String::from_utf8_lossy(&answer.body);
    let text = if wrapped { format!("{{\"result\":{text}}}") } else { text.into_owned() };
    let content = structured.then(|| serde_json::from_str::<Json>(&text)).transpose()?;
    let mut result = CallToolResult::success(vec![ContentBlock::text(text)]);
    result.structured_content = content;
    Ok(result)
}

/// A refusal that ends the request before a tool is called, as the JSON-RPC error that MCP clients read
/// from a response of any status (JSON-RPC 2.0, section 5: the id is null where it is not known).
pub(crate) fn denied(program: &Program, refusal: &Refusal, request: RequestId) -> String {
    let fault = &program.faults[refusal.fault];
    let data = json!({ "code": fault.name, "status": fault.status, "request_id": request.0 });
    let error = json!({ "code": REFUSED, "message": refusal.message, "data": data });
    json!({ "jsonrpc": "2.0", "id": null, "error": error }).to_string()
}

/// A refusal: a line a model can act on, and the same as data.
pub(super) fn refused(program: &Program, refusal: &Refusal) -> CallToolResult {
    let fault = &program.faults[refusal.fault];
    let mut content = Map::new();
    content.insert("code".to_owned(), fault.name.as_str().into());
    content.insert("message".to_owned(), refusal.message.as_str().into());
    content.extend(data(refusal).map(|data| ("data".to_owned(), data)));
    if !refusal.violations.is_empty() {
        content.insert("violations".to_owned(), refusal.violations.iter().map(violation).collect());
    }
    let lines = refusal.violations.iter().map(|one| format!("\n- `{}`: {}", one.pointer, one.message));
    let text = format!("{}: {}{}", fault.name, refusal.message, lines.collect::<String>());
    let mut result = CallToolResult::error(vec![ContentBlock::text(text)]);
    result.structured_content = Some(Json::Object(content));
    result
}

fn violation(one: &Violation) -> Json {
    json!({ "pointer": one.pointer, "code": one.code, "message": one.message })
}
