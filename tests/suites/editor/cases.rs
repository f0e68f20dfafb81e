//! Cases as data: a text with its cursor, a question, and the answer as it is drawn.
//!
//! `$0` is the cursor; two of them are a selection. A fence that names a question holds its answer, which
//! `UPDATE_EXPECT=1` rewrites. A block `qtr NAME.qtr` is another file of the same service.
use crate::drawn::{drawn, text_with};
use crate::wire::Editor;
use quater_tests::golden;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A fence of a case: what it is, and what is in it.
struct Fence<'t> {
    info: &'t str,
    body: &'t str,
}

enum Part<'t> {
    Prose(&'t str),
    Fence(Fence<'t>),
}

fn parts(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("```") {
        let (prose, fence) = rest.split_at(at);
        let (info, body) = fence[3..].split_once('\n').unwrap();
        let end = if body.starts_with("```") { 0 } else { body.find("\n```").unwrap() + 1 };
        parts.push(Part::Prose(prose));
        parts.push(Part::Fence(Fence { info, body: &body[..end] }));
        rest = &body[end + 3..];
    }
    parts.push(Part::Prose(rest));
    parts
}

/// Documents of one case, and where the cursor is.
pub(crate) struct Case {
    pub(crate) folder: TempDir,
    pub(crate) files: Vec<(String, String)>,
    asked: usize,
    cursor: (usize, usize),
}

impl Case {
    fn new(fences: &[(&str, &str)]) -> Self {
        let folder = TempDir::new().unwrap();
        let (mut files, mut asked, mut cursor) = (Vec::new(), 0, (0, 0));
        for (name, body) in fences {
            let name = if name.is_empty() { "service.qtr" } else { name };
            if let Some(from) = body.find("$0") {
                let plain = body.replacen("$0", "", 1);
                asked = files.len();
                cursor = (from, plain.find("$0").unwrap_or(from));
            }
            let text = body.replace("$0", "");
            fs::write(folder.path().join(name), &text).unwrap();
            files.push((name.to_owned(), text));
        }
        Self { folder, files, asked, cursor }
    }

    pub(crate) fn uri(&self, name: &str) -> String {
        format!("file://{}", self.folder.path().canonicalize().unwrap().join(name).display())
    }

    /// The text of the file that is asked about.
    pub(crate) fn asked_text(&self) -> &str {
        &self.files[self.asked].1
    }

    /// The name and the text of the file behind a URI.
    pub(crate) fn file(&self, uri: &str) -> (&str, &str) {
        let name = Path::new(uri).file_name().unwrap().to_str().unwrap();
        let found = self.files.iter().find(|(file, _)| file == name);
        found.map_or(("?", ""), |(name, text)| (name, text))
    }

    fn place(&self, offset: usize) -> Value {
        let before = &self.files[self.asked].1[..offset];
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        json!({ "line": before.matches('\n').count(), "character": before[start..].encode_utf16().count() })
    }
}

const METHODS: &[(&str, &str)] = &[
    ("hover", "hover"),
    ("definition", "definition"),
    ("type", "typeDefinition"),
    ("implementations", "implementation"),
    ("references", "references"),
    ("highlights", "documentHighlight"),
    ("renamable", "prepareRename"),
    ("rename", "rename"),
    ("complete", "completion"),
    ("signature", "signatureHelp"),
    ("symbols", "documentSymbol"),
    ("actions", "codeAction"),
    ("act", "codeAction"),
    ("hints", "inlayHint"),
    ("tokens", "semanticTokens/full"),
    ("folds", "foldingRange"),
    ("around", "selectionRange"),
    ("links", "documentLink"),
    ("lenses", "codeLens"),
    ("format", "formatting"),
    ("format-range", "rangeFormatting"),
    ("reports", "diagnostic"),
];

fn asks(editor: &mut Editor, case: &Case, question: &str) -> String {
    let (word, more) = question.split_once(' ').unwrap_or((question, ""));
    let uri = case.uri(&case.files[case.asked].0);
    let (from, to) = (case.place(case.cursor.0), case.place(case.cursor.1));
    let whole = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 9999, "character": 0 } });
    let range = if word == "hints" { whole } else { json!({ "start": from, "end": to }) };
    let params = json!({
        "textDocument": { "uri": uri },
        "position": from,
        "positions": [from],
        "range": range,
        "newName": more,
        "context": { "includeDeclaration": true, "diagnostics": [] },
        "options": { "tabSize": 2, "insertSpaces": true },
    });
    let Some((_, method)) = METHODS.iter().find(|(name, _)| *name == word) else {
        let moved = json!({ "files": [{ "oldUri": uri, "newUri": case.uri(more) }] });
        return match word {
            "move" => text_with(case, &editor.ask("workspace/willRenameFiles", moved)["result"]),
            "find" => drawn(case, word, more, &editor.ask("workspace/symbol", json!({ "query": more }))),
            _ => panic!("no such question: {question}"),
        };
    };
    let answer = editor.ask(&format!("textDocument/{method}"), params);
    drawn(case, word, more, &answer)
}

/// The file with every answer as it is now.
fn answered(text: &str) -> String {
    let mut out = String::new();
    let (mut editor, _) = Editor::start(json!({}));
    let mut files: Vec<(&str, &str)> = Vec::new();
    let mut case: Option<Case> = None;
    for part in parts(text) {
        match part {
            Part::Prose(prose) => out.push_str(prose),
            Part::Fence(Fence { info, body }) => {
                let (kind, name) = info.split_once(' ').unwrap_or((info, ""));
                let body = if kind == "qtr" {
                    if case.take().is_some() {
                        files.clear();
                    }
                    files.push((name, body));
                    body.to_owned()
                } else {
                    let case = case.get_or_insert_with(|| opened(&mut editor, &files));
                    asks(&mut editor, case, info)
                };
                let end = if body.is_empty() || body.ends_with('\n') { "" } else { "\n" };
                out.push_str(&format!("```{info}\n{body}{end}```"));
            }
        }
    }
    assert_eq!(editor.leave(), 0);
    out
}

fn opened(editor: &mut Editor, files: &[(&str, &str)]) -> Case {
    let case = Case::new(files);
    for (name, text) in &case.files {
        editor.open(&case.uri(name), text);
    }
    case
}

#[test]
fn every_question_is_answered_as_written() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/cases/editor");
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty());
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        golden::expect(&file, &answered(&text));
    }
}
