//! What a call came to, wherever it was made, and how it is shown.
#![expect(clippy::indexing_slicing, reason = "a member of JSON that is not there reads as null")]
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use quater_ir::Program;
use quater_runtime::{Answer, Ending, Refusal, RequestId};
use serde_json::{Map, Value as Json, json};
use std::time::Duration;

/// How long one waits between two looks at a call that waits for approval.
pub const PAUSE: Duration = Duration::from_secs(1);

/// What a call came to.
pub enum Ended {
    /// An output, or what a dry run found, as JSON text; empty for nothing.
    Done(String),
    /// Somebody else has to agree.
    Waiting {
        /// The id of the request.
        id: String,
        /// What is told of it.
        text: String,
    },
    /// An error, as one object.
    Failed(Json),
}

impl Ended {
    /// Of a call in this process.
    pub fn here(result: Result<Answer, Refusal>, program: &Program, request: RequestId) -> Self {
        match result {
            Ok(answer) => {
                let text = String::from_utf8_lossy(&answer.body).into_owned();
                match answer.ending {
                    Ending::Waiting(id) => Self::Waiting { id: id.to_string(), text },
                    Ending::Output | Ending::DryRun => Self::Done(text),
                }
            }
            Err(refusal) => Self::Failed(object(&refusal, program, request)),
        }
    }

    /// Shows it.
    pub fn show(self, as_json: bool) -> Result<Exit, Failure> {
        let (text, exit) = match self {
            Self::Done(text) => (text, Exit::Clean),
            Self::Waiting { id, text } => {
                if !as_json {
                    output::err(&format!(
                        "nothing is done yet: somebody else has to agree, by `approvals grant {id}`\n  \
                         help: make the same call again then, or say `--wait` and it is made\n"
                    ));
                }
                (text, Exit::Waiting)
            }
            Self::Failed(error) => {
                let status = error["status"].as_u64().unwrap_or(0);
                if as_json {
                    output::json(&format!("{error}\n"));
                } else {
                    output::err(&lines(&error));
                }
                return Ok(Exit::of_status(status));
            }
        };
        if as_json {
            output::json(&format!("{}\n", if text.is_empty() { "null" } else { &text }));
        } else if !text.is_empty() {
            let value: Json = serde_json::from_str(&text).map_err(|why| Failure::Answer { why })?;
            output::json(&format!("{value:#}\n"));
        }
        Ok(exit)
    }
}

fn object(refusal: &Refusal, program: &Program, request: RequestId) -> Json {
    let fault = &program.faults[refusal.fault];
    let mut object = Map::new();
    object.insert("code".into(), fault.name.as_str().into());
    object.insert("status".into(), fault.status.into());
    object.insert("message".into(), refusal.message.as_str().into());
    object.insert("request_id".into(), request.to_string().into());
    let data = refusal.payload.as_deref().and_then(|text| serde_json::from_slice::<Json>(text).ok());
    object.extend(data.map(|data| ("data".to_owned(), data)));
    if !refusal.violations.is_empty() {
        let violations = refusal.violations.iter();
        let violation =
            violations.map(|one| json!({ "pointer": one.pointer, "code": one.code, "message": one.message }));
        object.insert("violations".into(), violation.collect());
    }
    Json::Object(object)
}

fn lines(error: &Json) -> String {
    let text = |of: &Json, name: &str| output::line(of[name].as_str().unwrap_or_default()).into_owned();
    let mut out = format!("{}: {}\n", text(error, "code"), text(error, "message"));
    if error["status"].as_u64().is_some_and(|status| status >= 500) && error["request_id"].is_string() {
        out.push_str(&format!("  request {}\n", text(error, "request_id")));
    }
    for violation in error["violations"].as_array().into_iter().flatten() {
        let place = text(violation, "pointer").trim_start_matches('/').replace('/', ".");
        out.push_str(&format!("  {place}: {}\n", text(violation, "message")));
    }
    out
}
