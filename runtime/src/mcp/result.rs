//! Answers and refusals as tool results.
use super::denied::REFUSED;
use crate::call::{Answer, Ending, Refusal, Violation};
use crate::http::data;
use quater_ir::Program;
use quater_ir::fault::{INVALID, NOT_FOUND};
use rmcp::ErrorData;
use rmcp::model::{CallToolResult, ContentBlock, MetaObject};
use serde_json::{Map, Value as Json, json};

/// The member of `_meta` that a refusal is told in.
const ERROR: &str = "quater/error";

/// The member of `_meta` that a dry run is told in.
const DRY_RUN: &str = "quater/dry_run";

/// The member of `_meta` that a request for approval is told in.
const APPROVAL: &str = "quater/approval";

/// The member of `_meta` that says where files go before the call.
const UPLOAD: &str = "quater/upload";

fn with(mut result: CallToolResult, member: &str, data: Json) -> CallToolResult {
    result.meta = Some(MetaObject(Map::from_iter([(member.to_owned(), data)])));
    result
}

/// A success: structured content, and the same JSON as text for models that read only that.
pub(super) fn success(
    answer: &Answer,
    structured: bool,
    wrapped: bool,
) -> Result<CallToolResult, serde_json::Error> {
    let text = String::from_utf8_lossy(&answer.body);
    match answer.ending {
        Ending::Output => output(&text, structured, wrapped),
        Ending::DryRun => {
            let told: Json = serde_json::from_str(&text)?;
            if let Some(stopped) = told.get("stopped_at").and_then(Json::as_str) {
                // There is no output, so it is no success to clients that hold one to the output schema.
                let said =
                    format!("Nothing has been done, and what `{stopped}` answers is not known.\n{text}");
                return Ok(with(CallToolResult::error(vec![ContentBlock::text(said)]), DRY_RUN, told));
            }
            let result = told.get("result").filter(|_| structured).cloned();
            let mut said = CallToolResult::success(vec![ContentBlock::text(text)]);
            said.structured_content = result.map(|it| if wrapped { json!({ "result": it }) } else { it });
            Ok(with(said, DRY_RUN, told))
        }
        // An error to clients that hold a success to the output schema.
        Ending::Waiting(_) => {
            let said = format!(
                "Nothing has been done yet: this call waits until somebody else approves it.\n{text}\n\
                 Call the tool again with the same arguments once it is approved."
            );
            let request = serde_json::from_str(&text)?;
            Ok(with(CallToolResult::error(vec![ContentBlock::text(said)]), APPROVAL, request))
        }
    }
}

/// What a caller is told who has to upload files before the call.
pub(super) fn upload(text: String, uploads: Json) -> CallToolResult {
    with(CallToolResult::error(vec![ContentBlock::text(text)]), UPLOAD, uploads)
}

fn output(text: &str, structured: bool, wrapped: bool) -> Result<CallToolResult, serde_json::Error> {
    if text.is_empty() {
        return Ok(CallToolResult::success(vec![ContentBlock::text("done")]));
    }
    let text = if wrapped { format!("{{\"result\":{text}}}") } else { text.to_owned() };
    let content = structured.then(|| serde_json::from_str::<Json>(&text)).transpose()?;
    let mut result = CallToolResult::success(vec![ContentBlock::text(text)]);
    result.structured_content = content;
    Ok(result)
}

/// An output as text; one that is a text itself without its quotes.
pub(super) fn plain(answer: &Answer, is_text: bool) -> String {
    let bare = is_text.then(|| serde_json::from_slice::<String>(&answer.body).ok()).flatten();
    bare.unwrap_or_else(|| String::from_utf8_lossy(&answer.body).into_owned())
}

/// A refusal of what is no tool.
pub(super) fn error(program: &Program, refusal: &Refusal) -> ErrorData {
    let fault = &program.faults[refusal.fault];
    let lines = refusal.violations.iter().map(|one| format!("; `{}` {}", one.pointer, one.message));
    let message = format!("{}: {}{}", fault.name, refusal.message, lines.collect::<String>());
    let data = Some(json!({ "code": fault.name, "status": fault.status }));
    if refusal.fault == NOT_FOUND {
        return ErrorData::resource_not_found(message, data);
    }
    if refusal.fault == INVALID {
        return ErrorData::invalid_params(message, data);
    }
    ErrorData::new(REFUSED, message, data)
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
