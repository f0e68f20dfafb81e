//! The only file that names the protocol's types.
use super::Broken;
use super::event::Event;
use super::position::{Encoding, end_of, line_character};
use super::uri;
use crate::ide::Findings;
use gen_lsp_types as lsp;
use lsp::{Notification as _, Request as _};
use lsp_server::{Connection, ErrorCode, Message, Notification, Request, RequestId, Response};
use quater_compiler::report::{Report, Severity, Span};

/// Agrees with the editor on what each can do.
pub(super) fn handshake(connection: &Connection) -> Result<Encoding, Broken> {
    let (id, params) = connection.initialize_start()?;
    let encodings =
        params.pointer("/capabilities/general/positionEncodings").and_then(|list| list.as_array());
    let utf8 = encodings.is_some_and(|list| list.iter().any(|encoding| encoding == "utf-8"));
    let encoding = if utf8 { Encoding::Utf8 } else { Encoding::Utf16 };
    let capabilities = lsp::ServerCapabilities {
        position_encoding: Some(match encoding {
            Encoding::Utf8 => lsp::PositionEncodingKind::UTF8,
            Encoding::Utf16 => lsp::PositionEncodingKind::UTF16,
        }),
        text_document_sync: Some(lsp::TextDocumentSync::Options(lsp::TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(lsp::TextDocumentSyncKind::Full),
            save: Some(lsp::Save::Bool(true)),
            ..lsp::TextDocumentSyncOptions::default()
        })),
        document_formatting_provider: Some(lsp::DocumentFormattingProvider::Bool(true)),
        ..lsp::ServerCapabilities::default()
    };
    let server_info =
        lsp::ServerInfo { name: "quater".into(), version: Some(env!("CARGO_PKG_VERSION").into()) };
    let result = lsp::InitializeResult { capabilities, server_info: Some(server_info) };
    connection.initialize_finish(id, serde_json::json!(result))?;
    Ok(encoding)
}

/// What a message says.
pub(super) fn event(message: Message) -> Event {
    match message {
        Message::Request(request) => asked(request),
        Message::Notification(notification) => told(notification),
        Message::Response(_) => Event::Nothing,
    }
}

fn asked(request: Request) -> Event {
    let Request { id, method, params } = request;
    if method == lsp::DocumentFormattingRequest::METHOD.as_str() {
        match serde_json::from_value::<lsp::DocumentFormattingParams>(params) {
            Ok(params) => Event::Format { id, uri: params.text_document.uri.0 },
            Err(why) => Event::Malformed { id, why: why.to_string() },
        }
    } else if method == lsp::ShutdownRequest::METHOD.as_str() {
        Event::Shutdown { id }
    } else {
        Event::Unknown { id, method }
    }
}

fn told(notification: Notification) -> Event {
    let Notification { method, params } = notification;
    let opened = lsp::DidOpenTextDocumentNotification::METHOD;
    let changed = lsp::DidChangeTextDocumentNotification::METHOD;
    let closed = lsp::DidCloseTextDocumentNotification::METHOD;
    let event = match method.as_str() {
        method if method == opened.as_str() => serde_json::from_value(params).ok().map(text_opened),
        method if method == changed.as_str() => serde_json::from_value(params).ok().and_then(text_changed),
        method if method == closed.as_str() => serde_json::from_value(params).ok().map(text_closed),
        method if method == lsp::DidSaveTextDocumentNotification::METHOD.as_str() => Some(Event::Saved),
        method if method == lsp::ExitNotification::METHOD.as_str() => Some(Event::Exit),
        _ => None,
    };
    event.unwrap_or(Event::Nothing)
}

fn text_opened(params: lsp::DidOpenTextDocumentParams) -> Event {
    let document = params.text_document;
    Event::Text { uri: document.uri.0, version: document.version, text: document.text }
}

/// The last change holds the whole text, as agreed in the handshake.
fn text_changed(params: lsp::DidChangeTextDocumentParams) -> Option<Event> {
    let uri = params.text_document.text_document_identifier.uri.0;
    let version = params.text_document.version;
    match params.content_changes.into_iter().next_back()? {
        lsp::TextDocumentContentChangeEvent::TextDocumentContentChangeWholeDocument(whole) => {
            Some(Event::Text { uri, version, text: whole.text })
        }
        lsp::TextDocumentContentChangeEvent::TextDocumentContentChangePartial(_) => None,
    }
}

fn text_closed(params: lsp::DidCloseTextDocumentParams) -> Event {
    Event::Closed { uri: params.text_document.uri.0 }
}

/// The reports on a document.
pub(super) fn diagnostics(found: &Findings, encoding: Encoding) -> Message {
    let diagnostics = found.reports.iter().map(|report| diagnostic(report, found, encoding)).collect();
    published(found.uri.clone(), Some(found.version), diagnostics)
}

/// That there is nothing to say on a document any more.
pub(super) fn clear(uri: String) -> Message {
    published(uri, None, Vec::new())
}

fn published(uri: String, version: Option<i32>, diagnostics: Vec<lsp::Diagnostic>) -> Message {
    let params = lsp::PublishDiagnosticsParams { uri: lsp::Uri(uri), version, diagnostics };
    let method = lsp::PublishDiagnosticsNotification::METHOD.as_str().to_owned();
    Message::Notification(Notification::new(method, params))
}

/// Whether two messages on one document differ in nothing but the version.
pub(super) fn says_the_same(a: &Message, b: &Message) -> bool {
    let said = |message: &Message| match message {
        Message::Notification(notification) => notification.params.get("diagnostics").cloned(),
        Message::Request(_) | Message::Response(_) => None,
    };
    said(a) == said(b)
}

fn diagnostic(report: &Report, found: &Findings, encoding: Encoding) -> lsp::Diagnostic {
    let severity = match report.code.severity() {
        Severity::Error => lsp::DiagnosticSeverity::Error,
        Severity::Warning => lsp::DiagnosticSeverity::Warning,
    };
    let note = Some(report.note.clone()).filter(|note| !note.is_empty());
    let help = report.help.as_ref().map(|help| format!("help: {help}"));
    let message =
        std::iter::once(report.message.clone()).chain(note).chain(help).collect::<Vec<_>>().join("\n");
    let related = report.related.iter().filter_map(|label| {
        let location =
            lsp::Location { uri: uri_of(label.at, found)?, range: range(label.at, found, encoding) };
        Some(lsp::DiagnosticRelatedInformation { location, message: label.text.clone() })
    });
    lsp::Diagnostic {
        range: range(report.at, found, encoding),
        severity: Some(severity),
        code: Some(lsp::Code::String(report.code.name().to_owned())),
        source: Some("quater".to_owned()),
        message: lsp::Message::String(message),
        related_information: Some(related.collect::<Vec<_>>()).filter(|related| !related.is_empty()),
        ..lsp::Diagnostic::default()
    }
}

/// The document's own URI as the editor wrote it; other files get the one of their path.
fn uri_of(at: Span, found: &Findings) -> Option<lsp::Uri> {
    let path = found.paths.get(at.file.0 as usize)?.as_deref();
    let own = path == uri::to_path(&found.uri).as_deref();
    Some(lsp::Uri(if own { found.uri.clone() } else { uri::from_path(path?) }))
}

fn range(at: Span, found: &Findings, encoding: Encoding) -> lsp::Range {
    let place =
        |offset| found.sources.get(at.file).map_or((0, 0), |source| line_character(source, offset, encoding));
    lsp::Range { start: position(place(at.start)), end: position(place(at.end)) }
}

fn position((line, character): (u32, u32)) -> lsp::Position {
    lsp::Position { line, character }
}

/// Answers a wish for formatting with one edit, or with nothing to do.
pub(super) fn replacement(id: RequestId, new: Option<(&str, String)>, encoding: Encoding) -> Message {
    let edits = new.map(|(old, new_text)| {
        let range = lsp::Range { start: position((0, 0)), end: position(end_of(old, encoding)) };
        vec![lsp::TextEdit { range, new_text }]
    });
    Message::Response(Response::new_ok(id, edits))
}

/// Answers that a request was carried out.
pub(super) fn done(id: RequestId) -> Message {
    Message::Response(Response::new_ok(id, ()))
}

/// Answers a request that this server does not know.
pub(super) fn unknown(id: RequestId, method: &str) -> Message {
    refused(id, ErrorCode::MethodNotFound, format!("this server does not answer `{method}`"))
}

/// Answers a request that cannot be read.
pub(super) fn malformed(id: RequestId, why: String) -> Message {
    refused(id, ErrorCode::InvalidParams, why)
}

fn refused(id: RequestId, code: ErrorCode, message: String) -> Message {
    Message::Response(Response::new_err(id, code as i32, message))
}
