//! A call that waits for approval, told to a client that can ask its user.
use rmcp::model::{
    CallToolRequestParams, ElicitRequest, ElicitRequestParams, ElicitationSchema, InputRequest,
    InputRequiredResult, ProtocolVersion,
};
use rmcp::service::{RequestContext, RoleServer};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use uuid::Uuid;

/// What the question is called.
const QUESTION: &str = "approval";

/// The question that a client puts to its user before it makes the call again; nothing for clients that can't
/// ask, or whose user would not wait.
pub(super) fn question(
    request: &CallToolRequestParams,
    context: &RequestContext<RoleServer>,
    tool: &str,
    id: Uuid,
) -> Option<InputRequiredResult> {
    let speaks = context.meta.protocol_version().is_some_and(|it| it >= ProtocolVersion::V_2026_07_28);
    let asks = context.meta.client_capabilities().and_then(|it| it.elicitation);
    let asks = asks.is_some_and(|it| it.form.is_some() || it.url.is_none());
    let answered = request.input_responses.as_ref().and_then(|answers| answers.get(QUESTION));
    let declined =
        answered.is_some_and(|answer| answer.get("action").and_then(Json::as_str) != Some("accept"));
    if !(speaks && asks) || declined {
        return None;
    }
    let message =
        format!("`{tool}` waits until somebody else approves request {id}. Go on once it is approved.");
    let requested_schema = ElicitationSchema::builder().build().ok()?;
    let params = ElicitRequestParams::FormElicitationParams { meta: None, message, requested_schema };
    let question = InputRequest::Elicitation(ElicitRequest::new(params));
    let questions = BTreeMap::from([(QUESTION.to_owned(), question)]);
    Some(InputRequiredResult::new(Some(questions), Some(id.to_string())))
}
