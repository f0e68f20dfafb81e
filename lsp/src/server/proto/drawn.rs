//! Plain answers as the protocol draws them.
use super::super::position::{self, Encoding, Place};
use super::super::uri;
use crate::ide::Service;
use crate::ide::change::Change;
use crate::ide::completion::Kind;
use quater_compiler::report::{FileId, Report, Severity, Span};
use quater_compiler::uses::DefinitionKind;
use serde_json::{Map, Value, json};
use std::path::Path;
use std::sync::Arc;

/// A service with what the editor counts in.
#[derive(Clone, Copy)]
pub(super) struct Page<'s> {
    /// The service.
    pub(super) service: &'s Service,
    /// The unit.
    pub(super) encoding: Encoding,
}

fn point(Place { line, character }: Place) -> Value {
    json!({ "line": line, "character": character })
}

/// A stretch between two places.
pub(super) fn between(start: Place, end: Place) -> Value {
    json!({ "start": point(start), "end": point(end) })
}

impl Page<'_> {
    /// Where a byte stands.
    pub(super) fn place(self, file: FileId, offset: u32) -> Place {
        let source = self.service.source(file);
        source
            .map_or(Place { line: 0, character: 0 }, |source| position::place(source, offset, self.encoding))
    }

    /// The start of a span.
    pub(super) fn point(self, at: Span) -> Value {
        point(self.place(at.file, at.start))
    }

    /// A span.
    pub(super) fn range(self, at: Span) -> Value {
        between(self.place(at.file, at.start), self.place(at.file, at.end))
    }

    /// The URI of a file, as the editor wrote it where it has it open.
    pub(super) fn uri(self, file: FileId) -> Option<String> {
        let file = self.service.files.get(file.0 as usize)?;
        file.uri.clone().or_else(|| file.path.as_deref().map(uri::from_path))
    }

    /// A span with its file.
    pub(super) fn location(self, at: Span) -> Option<Value> {
        Some(json!({ "uri": self.uri(at.file)?, "range": self.range(at) }))
    }

    /// Edits of several files.
    pub(super) fn edit(self, change: &Change) -> Value {
        let mut files: Map<String, Value> = Map::new();
        for edit in &change.edits {
            let Some(uri) = self.uri(edit.at.file) else { continue };
            let edits = files.entry(uri).or_insert_with(|| json!([]));
            if let Some(edits) = edits.as_array_mut() {
                edits.push(json!({ "range": self.range(edit.at), "newText": edit.text }));
            }
        }
        json!({ "changes": files })
    }

    /// A report.
    pub(super) fn diagnostic(self, report: &Report) -> Value {
        let severity = match report.code.severity() {
            Severity::Error => 1,
            Severity::Warning => 2,
        };
        let note = Some(report.note.clone()).filter(|note| !note.is_empty());
        let help = report.help.as_ref().map(|help| format!("help: {help}"));
        let message: Vec<String> = std::iter::once(report.message.clone()).chain(note).chain(help).collect();
        let related = report
            .related
            .iter()
            .filter_map(|label| Some(json!({ "location": self.location(label.at)?, "message": label.text })));
        let related: Vec<Value> = related.collect();
        let mut drawn = json!({
            "range": self.range(report.at),
            "severity": severity,
            "code": report.code.name(),
            "source": "quater",
            "message": message.join("\n"),
        });
        if let (false, Some(drawn)) = (related.is_empty(), drawn.as_object_mut()) {
            drawn.insert("relatedInformation".to_owned(), related.into());
        }
        drawn
    }
}

/// The reports on every open document of a service, each with the text that was looked at.
pub(in crate::server) fn diagnostics(
    service: &Service,
    encoding: Encoding,
) -> Vec<(String, Arc<str>, Vec<Value>)> {
    let page = Page { service, encoding };
    let open =
        (0..).map(FileId).zip(&service.files).filter_map(|(id, file)| Some((id, file.uri.clone()?, file)));
    let drawn = open.map(|(id, uri, file)| {
        let reports = service.reports(id).map(|report| page.diagnostic(report)).collect();
        (uri, Arc::clone(&file.text), reports)
    });
    drawn.collect()
}

/// What is wrong with the lock of a service, told in the lock; nothing where there is no lock.
pub(in crate::server) fn lock_problem(service: &Service) -> Option<(String, Vec<Value>)> {
    let uri = uri::from_path(&service.lock.as_ref()?.path);
    let start = Place { line: 0, character: 0 };
    let problem = service.unreadable.as_ref().map(|why| {
        let message = format!("this is no lock that can be compared: {why}\nhelp: `quater lock` writes it");
        json!({ "range": between(start, start), "severity": 1, "source": "quater", "message": message })
    });
    Some((uri, problem.into_iter().collect()))
}

/// What tokens can be, in the order of their numbers.
const TOKENS: &[&str] = &[
    "namespace",
    "type",
    "class",
    "enum",
    "enumMember",
    "function",
    "method",
    "property",
    "parameter",
    "variable",
    "event",
];

/// The names of tokens.
pub(super) fn legend() -> Value {
    json!({ "tokenTypes": TOKENS, "tokenModifiers": ["declaration"] })
}

/// The number of a kind of token.
pub(super) fn token(kind: DefinitionKind) -> usize {
    let name = match kind {
        DefinitionKind::Service | DefinitionKind::Resource | DefinitionKind::Auth => "namespace",
        DefinitionKind::Type => "type",
        DefinitionKind::Entity => "class",
        DefinitionKind::Enum => "enum",
        DefinitionKind::Value => "enumMember",
        DefinitionKind::Function | DefinitionKind::Operation | DefinitionKind::Job => "function",
        DefinitionKind::Upstream => "method",
        DefinitionKind::Field | DefinitionKind::Computed | DefinitionKind::Env => "property",
        DefinitionKind::Parameter => "parameter",
        DefinitionKind::Local | DefinitionKind::Test => "variable",
        DefinitionKind::Error | DefinitionKind::Channel => "event",
    };
    TOKENS.iter().position(|token| *token == name).unwrap_or(0)
}

/// The number of a kind of symbol.
pub(super) const fn symbol(kind: DefinitionKind) -> u32 {
    match kind {
        DefinitionKind::Service => 4,
        DefinitionKind::Resource | DefinitionKind::Auth => 3,
        DefinitionKind::Type => 23,
        DefinitionKind::Entity => 5,
        DefinitionKind::Enum => 10,
        DefinitionKind::Value => 22,
        DefinitionKind::Function | DefinitionKind::Operation | DefinitionKind::Job => 12,
        DefinitionKind::Upstream | DefinitionKind::Test => 6,
        DefinitionKind::Field | DefinitionKind::Env => 8,
        DefinitionKind::Computed => 7,
        DefinitionKind::Parameter | DefinitionKind::Local => 13,
        DefinitionKind::Error | DefinitionKind::Channel => 24,
    }
}

/// The number of a kind of completion.
pub(super) const fn item(kind: Kind) -> u32 {
    match kind {
        Kind::Word => 14,
        Kind::Snippet => 15,
        Kind::Known => 12,
        Kind::Defined(kind) => match kind {
            DefinitionKind::Service | DefinitionKind::Resource | DefinitionKind::Auth => 9,
            DefinitionKind::Type => 22,
            DefinitionKind::Entity => 7,
            DefinitionKind::Enum => 13,
            DefinitionKind::Value => 20,
            DefinitionKind::Function | DefinitionKind::Operation | DefinitionKind::Job => 3,
            DefinitionKind::Upstream => 2,
            DefinitionKind::Field | DefinitionKind::Env => 5,
            DefinitionKind::Computed => 10,
            DefinitionKind::Parameter | DefinitionKind::Local | DefinitionKind::Test => 6,
            DefinitionKind::Error | DefinitionKind::Channel => 23,
        },
    }
}

/// A file as a URI.
pub(super) fn file(path: &Path) -> String {
    uri::from_path(path)
}
