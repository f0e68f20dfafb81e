//! What an editor sends, as events.
use super::super::event::{Edit, Event, Settings};
use super::super::position::{Place, Stretch};
use super::super::question::{Asked, Question};
use super::super::uri;
use crate::ide::navigation::Way;
use lsp_server::{Message, Notification, Request, RequestId};
use serde_json::Value;

/// What a message says.
pub(in crate::server) fn event(message: Message) -> Event {
    match message {
        Message::Request(request) => asked(request),
        Message::Notification(notification) => told(&notification).unwrap_or(Event::Nothing),
        Message::Response(_) => Event::Nothing,
    }
}

fn asked(request: Request) -> Event {
    let Request { id, method, params } = request;
    if method == "shutdown" {
        return Event::Shutdown { id };
    }
    let asked = match method.as_str() {
        "workspace/symbol" => text(&params, "/query").map(Asked::Declarations),
        "workspace/willRenameFiles" => renames(&params).map(Asked::Moved),
        _ => {
            let Some(read) = reader(&method) else { return Event::Unknown { id, method } };
            let uri = text(&params, "/textDocument/uri");
            uri.zip(read(&params)).map(|(uri, question)| Asked::Of { uri, question })
        }
    };
    match asked {
        Some(asked) => Event::Ask { id, asked },
        None => Event::Malformed { id, why: format!("these are no parameters of `{method}`") },
    }
}

/// How the parameters of a method are read.
fn reader(method: &str) -> Option<fn(&Value) -> Option<Question>> {
    Some(match method {
        "textDocument/hover" => |params| Some(Question::Hover(here(params)?)),
        "textDocument/definition" => |params| Some(Question::Go(here(params)?, Way::Definition)),
        "textDocument/typeDefinition" => |params| Some(Question::Go(here(params)?, Way::Type)),
        "textDocument/implementation" => |params| Some(Question::Go(here(params)?, Way::Implementations)),
        "textDocument/references" => |params| {
            let declaration = params.pointer("/context/includeDeclaration").and_then(Value::as_bool);
            Some(Question::References { at: here(params)?, declaration: declaration.unwrap_or(true) })
        },
        "textDocument/documentHighlight" => |params| Some(Question::Highlights(here(params)?)),
        "textDocument/prepareRename" => |params| Some(Question::Renamable(here(params)?)),
        "textDocument/rename" => {
            |params| Some(Question::Rename { at: here(params)?, name: text(params, "/newName")? })
        }
        "textDocument/completion" => |params| Some(Question::Complete(here(params)?)),
        "textDocument/signatureHelp" => |params| Some(Question::Signature(here(params)?)),
        "textDocument/documentSymbol" => |_| Some(Question::Symbols),
        "textDocument/codeAction" => |params| Some(Question::Actions(stretch(params.get("range")?)?)),
        "textDocument/inlayHint" => |params| Some(Question::Hints(stretch(params.get("range")?)?)),
        "textDocument/semanticTokens/full" => |_| Some(Question::Tokens(None)),
        "textDocument/semanticTokens/range" => {
            |params| Some(Question::Tokens(Some(stretch(params.get("range")?)?)))
        }
        "textDocument/foldingRange" => |_| Some(Question::Folds),
        "textDocument/selectionRange" => |params| {
            let places = params.get("positions")?.as_array()?.iter().map(place);
            places.collect::<Option<Vec<Place>>>().map(Question::Around)
        },
        "textDocument/documentLink" => |_| Some(Question::Links),
        "textDocument/codeLens" => |_| Some(Question::Lenses),
        "textDocument/formatting" => |_| Some(Question::Format(None)),
        "textDocument/rangeFormatting" => {
            |params| Some(Question::Format(Some(stretch(params.get("range")?)?)))
        }
        "textDocument/diagnostic" => |_| Some(Question::Reports),
        _ => return None,
    })
}

fn told(notification: &Notification) -> Option<Event> {
    let params = &notification.params;
    let uri = || text(params, "/textDocument/uri");
    let version = || i32::try_from(params.pointer("/textDocument/version")?.as_i64()?).ok();
    Some(match notification.method.as_str() {
        "textDocument/didOpen" => {
            Event::Opened { uri: uri()?, version: version()?, text: text(params, "/textDocument/text")? }
        }
        "textDocument/didChange" => {
            let edits = params.get("contentChanges")?.as_array()?.iter().map(edit);
            Event::Edited { uri: uri()?, version: version()?, edits: edits.collect::<Option<_>>()? }
        }
        "textDocument/didClose" => Event::Closed { uri: uri()? },
        "textDocument/didSave" | "workspace/didChangeWatchedFiles" | "workspace/didRenameFiles" => {
            Event::Disk
        }
        "workspace/didChangeConfiguration" => Event::Set(settings(params.get("settings"))),
        "$/cancelRequest" => Event::Cancel { id: request_id(params.get("id")?)? },
        "exit" => Event::Exit,
        _ => Event::Nothing,
    })
}

fn request_id(id: &Value) -> Option<RequestId> {
    match id {
        Value::Number(number) => Some(RequestId::from(i32::try_from(number.as_i64()?).ok()?)),
        Value::String(text) => Some(RequestId::from(text.clone())),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// What is set, by itself or under `quater`; what is not said is as it is without.
pub(super) fn settings(options: Option<&Value>) -> Settings {
    let own = options.and_then(|options| options.get("quater")).or(options);
    let on = |name: &str| own.and_then(|own| own.get(name)?.as_bool()).unwrap_or(true);
    Settings { hints: on("inlayHints"), lenses: on("codeLenses") }
}

fn edit(change: &Value) -> Option<Edit> {
    let at = match change.get("range") {
        Some(range) => Some(stretch(range)?),
        None => None,
    };
    Some(Edit { at, text: text(change, "/text")? })
}

fn renames(params: &Value) -> Option<Vec<(std::path::PathBuf, std::path::PathBuf)>> {
    let files = params.get("files")?.as_array()?.iter();
    let pairs = files.filter_map(|file| {
        Some((uri::to_path(&text(file, "/oldUri")?)?, uri::to_path(&text(file, "/newUri")?)?))
    });
    Some(pairs.collect())
}

fn text(value: &Value, path: &str) -> Option<String> {
    value.pointer(path)?.as_str().map(ToOwned::to_owned)
}

fn here(params: &Value) -> Option<Place> {
    place(params.get("position")?)
}

fn place(value: &Value) -> Option<Place> {
    let number = |name: &str| u32::try_from(value.get(name)?.as_u64()?).ok();
    Some(Place { line: number("line")?, character: number("character")? })
}

fn stretch(value: &Value) -> Option<Stretch> {
    Some(Stretch { start: place(value.get("start")?)?, end: place(value.get("end")?)? })
}
