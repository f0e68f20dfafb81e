//! Questions of bodies to the people, models and folders behind a client: from revision 2026-07-28 on as a result that
//! wants input, before that as requests on the line of the call.
#![expect(deprecated, reason = "models and folders are asked as clients of today know it")]
use super::denied::REFUSED;
use crate::call::Identity;
use crate::question::{Answers, Given, Question, What};
use crate::service::Service;
use quater_ir::operation::Operation;
use quater_ir::{Id, Program};
use rmcp::ErrorData;
use rmcp::model::{
    ClientCapabilities, ClientResult, CreateMessageRequest, CreateMessageRequestParams, ElicitRequest,
    ElicitRequestParams, InputRequest, InputRequiredResult, InputResponses, ListRootsRequest,
    ProtocolVersion, RequestStateCodec, SamplingMessage, SealOptions, ServerRequest,
};
use rmcp::service::{RequestContext, RoleServer};
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// How long what has been answered so far may be sent back.
const LIFE: Duration = Duration::from_secs(60 * 60);

/// How long a client on a line may take to answer.
const PATIENCE: Duration = Duration::from_secs(10 * 60);

/// How often a client on a line is asked in one call.
const ROUNDS: u32 = 16;

/// Most answers of one call.
const ANSWERS: usize = 64;

/// What seals the answers of earlier rounds, which clients keep.
#[derive(Debug)]
pub(super) struct Asker(RequestStateCodec);

/// The answers to the questions of one call.
#[derive(Debug)]
pub(super) struct Talk {
    /// As the client wrote them, by the keys of the questions.
    answers: BTreeMap<String, Json>,
    /// The call that they belong to.
    bound: Vec<u8>,
    can: ClientCapabilities,
    /// Whether questions are results, not requests.
    stateless: bool,
    /// Whether it knows members of enums as options with titles.
    options: bool,
    rounds: u32,
}

/// What a request says of earlier rounds.
pub(super) type Earlier<'r> = (Option<&'r InputResponses>, Option<&'r str>);

impl Asker {
    /// Seals with the secret of a service's database; without one with a secret of this process.
    pub(super) fn of(service: &Service) -> Self {
        let mut own = [0; 32];
        let key = match service.seal() {
            Some(key) => key,
            None => {
                // Without chance nothing that was sealed is opened again by others either.
                if let Err(error) = getrandom::fill(&mut own) {
                    tracing::error!(%error, "there are no random numbers");
                }
                &own
            }
        };
        Self(RequestStateCodec::new(key))
    }

    /// What has been answered of a call that `bound` tells from others.
    pub(super) fn hear(
        &self,
        context: &RequestContext<RoleServer>,
        (given, state): Earlier<'_>,
        (bound, on_a_line): (Vec<u8>, bool),
    ) -> Result<Talk, ErrorData> {
        let revision = context.protocol_version();
        let is_of = |least: ProtocolVersion| revision.as_ref().is_some_and(|it| *it >= least);
        let stateless = is_of(ProtocolVersion::V_2026_07_28);
        let options = is_of(ProtocolVersion::V_2025_11_25);
        let mut answers: BTreeMap<String, Json> = BTreeMap::new();
        if let Some(state) = state {
            let opened = self.0.open_with(state, &bound);
            let opened =
                opened.map_err(|why| ErrorData::invalid_params(format!("`requestState`: {why}"), None))?;
            answers = serde_json::from_slice(&opened)
                .map_err(|why| ErrorData::invalid_params(format!("`requestState`: {why}"), None))?;
        }
        answers.extend(given.into_iter().flatten().map(|(key, answer)| (key.clone(), answer.clone())));
        if answers.len() > ANSWERS {
            return Err(ErrorData::invalid_params(format!("there are more than {ANSWERS} answers"), None));
        }
        // Who is neither on a line nor asked by results can't be asked.
        let can = context.client_capabilities().filter(|_| stateless || on_a_line).unwrap_or_default();
        Ok(Talk { answers, bound, can, stateless, options, rounds: 0 })
    }

    /// Asks a client. Nothing where it has answered on the line, so that the call can be made again.
    pub(super) async fn ask(
        &self,
        context: &RequestContext<RoleServer>,
        program: &Program,
        questions: &[Question],
        talk: &mut Talk,
    ) -> Result<Option<InputRequiredResult>, ErrorData> {
        let known = talk.known();
        let open: Vec<&Question> = questions.iter().filter(|question| known.may_be(&question.what)).collect();
        if open.is_empty() {
            return Err(talk.unable(questions));
        }
        let requests = open
            .into_iter()
            .map(|question| Ok((question.key.clone(), request(program, &question.what, talk.options)?)));
        let requests = requests.collect::<Result<BTreeMap<_, _>, ErrorData>>()?;
        if talk.stateless {
            let so_far = serde_json::to_vec(&talk.answers).map_err(unwritable)?;
            let options = SealOptions::new().associated_data(&talk.bound).ttl(LIFE);
            return Ok(Some(InputRequiredResult::new(
                Some(requests),
                Some(self.0.seal_with(&so_far, &options)),
            )));
        }
        talk.rounds += 1;
        if talk.rounds > ROUNDS {
            return Err(ErrorData::new(REFUSED, format!("asked {ROUNDS} times without an answer"), None));
        }
        for (key, request) in requests {
            let answer = on_the_line(context, request).await?;
            talk.answers.insert(key, answer);
        }
        Ok(None)
    }
}

impl Talk {
    /// What the body is told.
    pub(super) fn known(&self) -> Arc<Answers> {
        let given =
            self.answers.iter().filter_map(|(key, answer)| Some((key.clone(), given(answer)?))).collect();
        let forms = self.can.elicitation.as_ref().is_some_and(|it| it.form.is_some() || it.url.is_none());
        Arc::new(Answers {
            given,
            forms,
            model: self.can.sampling.is_some(),
            roots: self.can.roots.is_some(),
        })
    }

    /// That the client can't be asked what it would have to be.
    fn unable(&self, questions: &[Question]) -> ErrorData {
        let mut needed = ClientCapabilities::default();
        for question in questions {
            match question.what {
                What::Form { .. } => needed.elicitation = Some(Default::default()),
                What::Model { .. } => needed.sampling = Some(Default::default()),
                What::Roots => needed.roots = Some(Default::default()),
            }
        }
        if self.stateless {
            return ErrorData::missing_required_client_capability(needed);
        }
        let data = Some(json!({ "requiredCapabilities": needed }));
        ErrorData::new(REFUSED, "this needs answers of a client that can be asked", data)
    }
}

/// Whether the body of an operation asks its callers.
pub(super) fn asks(program: &Program, operation: Id<Operation>) -> bool {
    program.operations[operation].rust.as_ref().is_some_and(|rust| !rust.asks.is_empty())
}

/// What tells a call from others: its operation, its arguments and its caller.
pub(super) fn bound(operation: &str, arguments: &str, caller: &Identity) -> Vec<u8> {
    let digest = Sha256::new().chain_update(caller.digest()).chain_update(operation);
    digest.chain_update([0]).chain_update(arguments).finalize().to_vec()
}

/// Asks one thing while a request is under way, and waits.
async fn on_the_line(context: &RequestContext<RoleServer>, request: InputRequest) -> Result<Json, ErrorData> {
    let request = match request {
        InputRequest::Elicitation(it) => ServerRequest::ElicitRequest(it),
        InputRequest::CreateMessage(it) => ServerRequest::CreateMessageRequest(it),
        InputRequest::ListRoots(it) => ServerRequest::ListRootsRequest(it),
        _ => return Err(ErrorData::internal_error("a question that no revision knows", None)),
    };
    let answered = tokio::select! {
        answered = tokio::time::timeout(PATIENCE, context.peer.send_request(request)) => answered,
        () = context.ct.cancelled() => return Err(ErrorData::new(REFUSED, "the request was cancelled", None)),
    };
    let silent = |why: String| ErrorData::new(REFUSED, format!("the client has not answered: {why}"), None);
    let answer = answered.map_err(|why| silent(why.to_string()))?.map_err(|why| silent(why.to_string()))?;
    let other = || silent("what it says is no answer to the question".to_owned());
    match answer {
        ClientResult::ElicitResult(it) => serde_json::to_value(it).map_err(unwritable),
        ClientResult::CreateMessageResult(it) => serde_json::to_value(it).map_err(unwritable),
        ClientResult::ListRootsResult(it) => serde_json::to_value(it).map_err(unwritable),
        ClientResult::EmptyResult(_) | ClientResult::CustomResult(_) => Err(other()),
        _ => Err(other()),
    }
}

/// What a client is asked.
fn request(program: &Program, what: &What, options: bool) -> Result<InputRequest, ErrorData> {
    Ok(match what {
        What::Form { record, message } => {
            let mut forms = program.surface.forms.iter();
            let form = forms.find(|form| form.record == *record);
            let earlier = form.and_then(|form| form.earlier.as_ref()).filter(|_| !options);
            let schema = earlier.or_else(|| form.map(|form| &form.schema)).map_or("{}", String::as_str);
            let requested_schema = serde_json::from_str(schema).map_err(unwritable)?;
            let message = message.clone();
            let form = ElicitRequestParams::FormElicitationParams { meta: None, message, requested_schema };
            InputRequest::Elicitation(ElicitRequest::new(form))
        }
        What::Model { prompt, most } => {
            let asked = vec![SamplingMessage::user_text(prompt.as_str())];
            let params = CreateMessageRequestParams::new(asked, *most);
            InputRequest::CreateMessage(CreateMessageRequest::new(params))
        }
        What::Roots => InputRequest::ListRoots(ListRootsRequest::default()),
    })
}

/// What an answer says; nothing where it is none.
fn given(answer: &Json) -> Option<Given> {
    if let Some(action) = answer.get("action").and_then(Json::as_str) {
        return match action {
            "accept" => Some(Given::Filled(answer.get("content").cloned().unwrap_or_else(|| json!({})))),
            "decline" => Some(Given::Declined),
            "cancel" => Some(Given::Cancelled),
            _ => None,
        };
    }
    if let Some(roots) = answer.get("roots").and_then(Json::as_array) {
        let text = |root: &Json, name: &str| root.get(name).and_then(Json::as_str).map(str::to_owned);
        let roots = roots.iter().map(|root| Some((text(root, "uri")?, text(root, "name"))));
        return roots.collect::<Option<_>>().map(Given::Roots);
    }
    let content = answer.get("content")?;
    let blocks = content.as_array().map_or(std::slice::from_ref(content), Vec::as_slice);
    let texts: Vec<&str> =
        blocks.iter().filter_map(|block| block.get("text").and_then(Json::as_str)).collect();
    (!texts.is_empty()).then(|| Given::Said(texts.join("\n")))
}

fn unwritable(error: serde_json::Error) -> ErrorData {
    ErrorData::internal_error(format!("a question is not JSON: {error}"), None)
}
