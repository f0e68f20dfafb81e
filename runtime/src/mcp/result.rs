//! Answers and refusals as tool results.
use crate::call::{Answer, Refusal, Violation};
use crate::http::data;
use quater_ir::Program;
use rmcp::model::{CallToolResult, ContentBlock};
use serde_json::{Map, Value as Json, json};

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
