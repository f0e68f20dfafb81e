//! What an editor is told without an answer's content: that something is done, refused, or to be asked again.
use super::Client;
use lsp_server::{ErrorCode, Message, Notification, Request, RequestId, Response};
use serde_json::{Value, json};

/// The token under which the first look is shown.
const FIRST_LOOK: &str = "quater/first-look";

/// The reports on a document.
pub(in crate::server) fn published(uri: String, version: Option<i32>, diagnostics: Vec<Value>) -> Message {
    let mut params = json!({ "uri": uri, "diagnostics": diagnostics });
    if let (Some(version), Some(params)) = (version, params.as_object_mut()) {
        params.insert("version".to_owned(), version.into());
    }
    notification("textDocument/publishDiagnostics", params)
}

/// That there is nothing to say on a document any more.
pub(in crate::server) fn clear(uri: String) -> Message {
    published(uri, None, Vec::new())
}

/// Whether two messages on one document differ in nothing but the version.
pub(in crate::server) fn says_the_same(a: &Message, b: &Message) -> bool {
    let said = |message: &Message| match message {
        Message::Notification(notification) => notification.params.get("diagnostics").cloned(),
        Message::Request(_) | Message::Response(_) => None,
    };
    said(a) == said(b)
}

/// What the editor is asked for once: to watch files.
pub(in crate::server) fn registrations(client: Client) -> Vec<Message> {
    if !client.watches {
        return Vec::new();
    }
    let watchers = json!([{ "globPattern": "**/*.qtr" }, { "globPattern": "**/quater.lock" }]);
    let registration = json!({
        "id": "quater/watch",
        "method": "workspace/didChangeWatchedFiles",
        "registerOptions": { "watchers": watchers },
    });
    vec![request("quater/register", "client/registerCapability", json!({ "registrations": [registration] }))]
}

/// That the first look has begun.
pub(in crate::server) fn begun() -> Vec<Message> {
    let value = json!({ "kind": "begin", "title": "Quater", "message": "checking the service" });
    vec![
        request("quater/progress", "window/workDoneProgress/create", json!({ "token": FIRST_LOOK })),
        notification("$/progress", json!({ "token": FIRST_LOOK, "value": value })),
    ]
}

/// That the first look has ended.
pub(in crate::server) fn ended() -> Message {
    notification("$/progress", json!({ "token": FIRST_LOOK, "value": { "kind": "end" } }))
}

/// That reports are to be asked for again.
pub(in crate::server) fn reports_anew(client: Client) -> Option<Message> {
    client.asks_again.then(|| request("quater/reports", "workspace/diagnostic/refresh", Value::Null))
}

/// That hints and lenses are to be asked for again.
pub(in crate::server) fn shown_anew(client: Client) -> Vec<Message> {
    if !client.asks_again {
        return Vec::new();
    }
    vec![
        request("quater/hints", "workspace/inlayHint/refresh", Value::Null),
        request("quater/lenses", "workspace/codeLens/refresh", Value::Null),
    ]
}

/// Answers that a request was carried out.
pub(in crate::server) fn done(id: RequestId) -> Message {
    Message::Response(Response::new_ok(id, ()))
}

/// Answers a request that this server does not know.
pub(in crate::server) fn unknown(id: RequestId, method: &str) -> Message {
    refused(id, ErrorCode::MethodNotFound, format!("this server does not answer `{method}`"))
}

/// Answers a request that cannot be read.
pub(in crate::server) fn malformed(id: RequestId, why: String) -> Message {
    refused(id, ErrorCode::InvalidParams, why)
}

/// Answers a request that somebody called off.
pub(in crate::server) fn cancelled(id: RequestId) -> Message {
    refused(id, ErrorCode::RequestCanceled, "called off".to_owned())
}

/// Answers a request that can't be carried out.
pub(in crate::server) fn failed(id: RequestId, why: &str) -> Message {
    refused(id, ErrorCode::RequestFailed, why.to_owned())
}

fn refused(id: RequestId, code: ErrorCode, message: String) -> Message {
    Message::Response(Response::new_err(id, code as i32, message))
}

fn notification(method: &str, params: Value) -> Message {
    Message::Notification(Notification::new(method.to_owned(), params))
}

fn request(id: &str, method: &str, params: Value) -> Message {
    Message::Request(Request::new(RequestId::from(id.to_owned()), method.to_owned(), params))
}
