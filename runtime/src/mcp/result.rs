//! Answers and refusals as tool results.
use crate::call::{Answer, Refusal, Violation};
use crate::http::data;
use quater_ir::Program;
use rmcp::model::{CallToolResult, ContentBlock, MetaObject};
use serde_json::{Map, Value as Json, json};

/// The member of `_meta` that a refusal is told in.
const ERROR: &str = "quater/error";

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

/// A refusal: lines that a model can act on, and the same as data for programs. Not as structured content,
/// which must be what the output schema says: clients hold errors to it too, and drop those that are not.
pub(super) fn refused(program: &Program, refusal: &Refusal) -> CallToolResult {
    let fault = &program.faults[refusal.fault];
    let mut text = format!("{}: {}", fault.name, refusal.message);
    let mut error = Map::new();
    error.insert("code".to_owned(), fault.name.as_str().into());
    error.insert("message".to_owned(), refusal.message.as_str().into());
    if let Some(data) = data(refusal) {
        text.push_str(&format!("\n{data}"));
        error.insert("data".to_owned(), data);
    }
    if !refusal.violations.is_empty() {
        let lines = refusal.violations.iter().map(|one| format!("\n- `{}`: {}", one.pointer, one.message));
        text.extend(lines);
        error.insert("violations".to_owned(), refusal.violations.iter().map(violation).collect());
    }
    let mut result = CallToolResult::error(vec![ContentBlock::text(text)]);
    result.meta = Some(MetaObject(Map::from_iter([(ERROR.to_owned(), Json::Object(error))])));
    result
}

fn violation(one: &Violation) -> Json {
    json!({ "pointer": one.pointer, "code": one.code, "message": one.message })
}
