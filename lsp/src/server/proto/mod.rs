//! The protocol: what editors send becomes events, what they are told becomes messages. Only here and below
//! stand its names.
mod answer;
mod asked;
mod drawn;
mod told;

pub(super) use answer::answer;
pub(super) use asked::event;
pub(super) use drawn::{diagnostics, lock_problem};
pub(super) use told::{
    begun, cancelled, clear, done, ended, failed, malformed, published, registrations, reports_anew,
    says_the_same, shown_anew, unknown,
};

use super::Broken;
use super::event::Settings;
use super::position::Encoding;
use gen_lsp_types::PositionEncodingKind;
use lsp_server::Connection;
use serde_json::{Value, json};

/// What an editor can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Client {
    /// How it counts.
    pub(super) encoding: Encoding,
    /// Whether it asks for reports itself.
    pub(super) pulls: bool,
    /// Whether it shows that something takes long.
    pub(super) progress: bool,
    /// Whether it can be asked to watch files.
    pub(super) watches: bool,
    /// Whether it can be told to ask again for reports, and for hints and lenses.
    pub(super) asks_again: bool,
}

/// Agrees with the editor on what each can do.
pub(super) fn handshake(connection: &Connection) -> Result<(Client, Settings), Broken> {
    let (id, params) = connection.initialize_start()?;
    let can = |path: &str| {
        params.pointer(path).is_some_and(|value| value.as_bool() != Some(false) && !value.is_null())
    };
    let encodings = params.pointer("/capabilities/general/positionEncodings").and_then(Value::as_array);
    let counts = |kind: &PositionEncodingKind| {
        let name = json!(kind);
        encodings.is_some_and(|list| list.contains(&name))
    };
    let encoding = if counts(&PositionEncodingKind::UTF8) {
        Encoding::Utf8
    } else if counts(&PositionEncodingKind::UTF32) && !counts(&PositionEncodingKind::UTF16) {
        Encoding::Utf32
    } else {
        Encoding::Utf16
    };
    let client = Client {
        encoding,
        pulls: can("/capabilities/textDocument/diagnostic"),
        progress: can("/capabilities/window/workDoneProgress"),
        watches: can("/capabilities/workspace/didChangeWatchedFiles/dynamicRegistration"),
        asks_again: can("/capabilities/workspace/diagnostics/refreshSupport"),
    };
    let settings = asked::settings(params.get("initializationOptions"));
    let result = json!({
        "capabilities": capabilities(encoding),
        "serverInfo": { "name": "quater", "version": env!("CARGO_PKG_VERSION") },
    });
    connection.initialize_finish(id, result)?;
    Ok((client, settings))
}

fn capabilities(encoding: Encoding) -> Value {
    let counted = match encoding {
        Encoding::Utf8 => PositionEncodingKind::UTF8,
        Encoding::Utf16 => PositionEncodingKind::UTF16,
        Encoding::Utf32 => PositionEncodingKind::UTF32,
    };
    let files = json!({ "filters": [{ "scheme": "file", "pattern": { "glob": "**/*.qtr" } }] });
    json!({
        "positionEncoding": counted,
        "textDocumentSync": { "openClose": true, "change": 2, "save": true },
        "hoverProvider": true,
        "definitionProvider": true,
        "typeDefinitionProvider": true,
        "implementationProvider": true,
        "referencesProvider": true,
        "documentHighlightProvider": true,
        "documentSymbolProvider": true,
        "workspaceSymbolProvider": true,
        "renameProvider": { "prepareProvider": true },
        "completionProvider": { "triggerCharacters": [".", "(", "{", " ", ":"] },
        "signatureHelpProvider": { "triggerCharacters": ["(", ","] },
        "codeActionProvider": { "codeActionKinds": ["quickfix", "refactor.extract", "source.fixAll"] },
        "inlayHintProvider": true,
        "semanticTokensProvider": { "legend": drawn::legend(), "full": true, "range": true },
        "foldingRangeProvider": true,
        "selectionRangeProvider": true,
        "documentLinkProvider": {},
        "codeLensProvider": {},
        "documentFormattingProvider": true,
        "documentRangeFormattingProvider": true,
        "diagnosticProvider": { "identifier": "quater", "interFileDependencies": true, "workspaceDiagnostics": false },
        "workspace": {
            "workspaceFolders": { "supported": true },
            "fileOperations": { "willRename": files },
        },
    })
}
