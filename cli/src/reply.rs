//! What a service elsewhere answers, and what that means.
#![expect(clippy::indexing_slicing, reason = "a member of JSON that is not there reads as null")]
use crate::ended::Ended;
use serde_json::{Value as Json, json};

/// What a service answers: its status, and one JSON value.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: Json,
    /// The same as it came.
    pub(crate) text: String,
    /// The first scheme that it wants a credential by.
    pub(crate) scheme: Option<String>,
}

impl Reply {
    /// What the call came to.
    pub(crate) fn ended(self) -> Ended {
        let id = || self.body["approval"].as_str().unwrap_or_default().to_owned();
        match self.body["status"].as_str() {
            Some("done") if self.body["result"].is_null() => Ended::Done(String::new()),
            Some("done") => Ended::Done(self.body["result"].to_string()),
            Some("dry_run") => Ended::Done(without(&self.body, &["status", "request_id"])),
            Some("waiting_approval") => {
                Ended::Waiting { id: id(), text: without(&self.body, &["request_id"]) }
            }
            Some("error") => Ended::Failed(failed(&self.body)),
            // A request for approval.
            _ if self.status == 200 && self.body.is_object() => Ended::Done(self.text),
            _ => Ended::Failed(strange(&self)),
        }
    }
}

fn without(body: &Json, names: &[&str]) -> String {
    let members = body.as_object().into_iter().flatten();
    let members = members.filter(|(name, _)| !names.contains(&name.as_str()));
    Json::Object(members.map(|(name, value)| (name.clone(), value.clone())).collect()).to_string()
}

/// An error of the protocol as the one object that is shown.
fn failed(body: &Json) -> Json {
    let mut error = body["error"].clone();
    if let Json::Object(error) = &mut error {
        error.insert("request_id".into(), body["request_id"].clone());
    }
    error
}

/// An answer that the protocol does not know: problem details, or worse.
fn strange(reply: &Reply) -> Json {
    let said = |name: &str| reply.body[name].as_str();
    json!({
        "code": said("code").unwrap_or("Unavailable"), "status": reply.status,
        "message": said("detail").unwrap_or("the service does not answer as the action protocol says"),
        "request_id": said("request_id"),
    })
}
