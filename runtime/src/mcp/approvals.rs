//! Calls that wait for approval, as tools of the service itself: for those who have made some or may decide them.
use crate::call::{Decision, Refusal};
use crate::invoke::Allowed;
use rmcp::model::{CallToolRequestParams, JsonObject, Tool, ToolAnnotations};
use serde_json::{Value as Json, json};
use std::sync::Arc;
use uuid::Uuid;

/// The tool that lists them.
const LIST: &str = "quater_approvals";

/// The tool that decides one.
const DECIDE: &str = "quater_decide";

/// What a caller may do with calls that wait.
pub(super) fn tools(allowed: &Allowed) -> Vec<Tool> {
    let lists = allowed.waits && allowed.known;
    lists.then(list).into_iter().chain((lists && allowed.decides).then(decide)).collect()
}

fn list() -> Tool {
    let inputs = json!({
        "type": "object",
        "properties": {
            "after": { "type": "string", "format": "uuid", "description": "The last request that is known already." },
        },
        "additionalProperties": false,
    });
    let output = json!({
        "type": "object",
        "properties": {
            "items": { "type": "array", "items": request() },
            "next": { "type": ["string", "null"], "description": "The `after` of the requests behind these." },
        },
        "required": ["items", "next"],
    });
    let hints = ToolAnnotations::with_title("Calls that wait for approval").read_only(true).open_world(false);
    tool(
        LIST,
        "Lists calls that wait for approval: those that you have made or may decide, oldest first.",
        hints,
        inputs,
        output,
    )
}

fn decide() -> Tool {
    let inputs = json!({
        "type": "object",
        "properties": {
            "approval": { "type": "string", "format": "uuid", "description": "The request." },
            "decision": { "type": "string", "enum": ["grant", "deny"] },
        },
        "required": ["approval", "decision"],
        "additionalProperties": false,
    });
    let hints = ToolAnnotations::with_title("Decide a call that waits")
        .read_only(false)
        .destructive(true)
        .idempotent(false)
        .open_world(false);
    let what =
        "Grants or denies a call of somebody else that waits for approval. Its caller then makes it again.";
    tool(DECIDE, what, hints, inputs, request())
}

fn tool(name: &'static str, what: &'static str, hints: ToolAnnotations, inputs: Json, output: Json) -> Tool {
    let mut tool = Tool::new(name, what, object(inputs)).with_annotations(hints);
    tool.output_schema = Some(object(output));
    tool
}

fn object(schema: Json) -> Arc<JsonObject> {
    Arc::new(if let Json::Object(members) = schema { members } else { JsonObject::new() })
}

/// A request, as it is told.
fn request() -> Json {
    json!({
        "type": "object",
        "properties": {
            "approval": { "type": "string", "format": "uuid" },
            "operation": { "type": "string" },
            "caller": { "type": "string" },
            "arguments": { "type": "object" },
            "state": { "enum": ["waiting", "granted", "denied", "used", "expired"] },
            "made": { "type": "string", "format": "date-time" },
            "expires": { "type": "string", "format": "date-time" },
        },
        "required": ["approval", "operation", "caller", "arguments", "state", "made", "expires"],
    })
}

/// What a call asks of requests for approval; nothing where the caller has no such tool.
pub(super) fn decision(
    request: &CallToolRequestParams,
    allowed: &Allowed,
) -> Option<Result<Decision, Refusal>> {
    let tool = tools(allowed).into_iter().find(|tool| tool.name == request.name)?;
    let none = JsonObject::new();
    let given = request.arguments.as_ref().unwrap_or(&none);
    let known = tool.input_schema.get("properties").and_then(Json::as_object);
    if let Some(stranger) = given.keys().find(|name| !known.is_some_and(|known| known.contains_key(*name))) {
        return Some(Err(Refusal::about(stranger, "unknown", "is not known")));
    }
    let uuid = |name: &str| match given.get(name) {
        None | Some(Json::Null) => Ok(None),
        Some(given) => match given.as_str().and_then(|text| Uuid::try_parse(text).ok()) {
            Some(id) => Ok(Some(id)),
            None => Err(Refusal::about(name, "format", "must be the id of a request")),
        },
    };
    if tool.name == LIST {
        return Some(uuid("after").map(|after| Decision::List { after }));
    }
    let needed = |id: Option<Uuid>| id.ok_or_else(|| Refusal::about("approval", "required", "is required"));
    Some(uuid("approval").and_then(needed).and_then(
        |id| match given.get("decision").and_then(Json::as_str) {
            Some("grant") => Ok(Decision::Grant(id)),
            Some("deny") => Ok(Decision::Deny(id)),
            _ => Err(Refusal::about("decision", "enum", "must be `grant` or `deny`")),
        },
    ))
}
