//! A call that waits for approval, told to a client that can ask its user.
use rmcp::model::{
    CallToolRequestParams, ClientResult, ElicitRequest, ElicitRequestParams, ElicitationAction,
    ElicitationSchema, InputRequest, InputRequiredResult, ProtocolVersion, ServerRequest,
};
use rmcp::service::{RequestContext, RoleServer};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::time::Duration;
use uuid::Uuid;

/// What the question is called.
const QUESTION: &str = "approval";

/// How long it takes until a call is made again, one for each time that its user is asked: some clients say yes at
/// once, whoever is asked.
const PAUSES: [Duration; 3] = [Duration::ZERO, Duration::from_secs(1), Duration::from_secs(3)];

/// Asks the user of a client that can be asked while its request is under way, up to revision 2025-11-25; whether
/// the call is made again, after so many times.
pub(super) async fn goes_on(
    context: &RequestContext<RoleServer>,
    (tool, id): (&str, Uuid),
    round: usize,
) -> bool {
    let Some(pause) = PAUSES.get(round) else { return false };
    let speaks = context.protocol_version().is_some_and(|it| it < ProtocolVersion::V_2026_07_28);
    let asks = context.client_capabilities().and_then(|it| it.elicitation).is_some();
    let Some(question) = asked(tool, id).filter(|_| speaks && asks) else { return false };
    let request = ServerRequest::ElicitRequest(question);
    let agreed = async {
        let answer = context.peer.send_request(request).await;
        let agreed =
            matches!(answer, Ok(ClientResult::ElicitResult(it)) if it.action == ElicitationAction::Accept);
        if agreed {
            tokio::time::sleep(*pause).await;
        }
        agreed
    };
    tokio::select! {
        agreed = agreed => agreed,
        () = context.ct.cancelled() => false,
    }
}

fn asked(tool: &str, id: Uuid) -> Option<ElicitRequest> {
    let message =
        format!("`{tool}` waits until somebody else approves request {id}. Go on once it is approved.");
    let requested_schema = ElicitationSchema::builder().build().ok()?;
    let params = ElicitRequestParams::FormElicitationParams { meta: None, message, requested_schema };
    Some(ElicitRequest::new(params))
}

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
    let question = InputRequest::Elicitation(asked(tool, id)?);
    let questions = BTreeMap::from([(QUESTION.to_owned(), question)]);
    Some(InputRequiredResult::new(Some(questions), Some(id.to_string())))
}
