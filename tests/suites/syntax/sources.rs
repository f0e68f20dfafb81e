//! The texts that the tests read.
use std::path::PathBuf;

use quater_compiler::ast;
use quater_compiler::parse::{Parsed, parse};
use quater_compiler::report::{FileId, Report};

/// A text with a name for messages.
pub(crate) struct Text {
    pub(crate) name: String,
    pub(crate) text: String,
}

/// The workspace's root.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// What `all` gives, and a file that has every construct at least once.
pub(crate) fn with_everything() -> Vec<Text> {
    let path = root().join("tests/cases/syntax/everything.qtr");
    let mut texts = all();
    texts.push(Text { name: "everything.qtr".to_owned(), text: std::fs::read_to_string(path).unwrap() });
    texts
}

/// Every service of `examples/`, and the example of the language's design where that is at hand.
pub(crate) fn all() -> Vec<Text> {
    let mut texts = examples();
    texts.extend(design());
    texts
}

fn examples() -> Vec<Text> {
    let mut found: Vec<PathBuf> = Vec::new();
    let mut folders = vec![root().join("examples")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "qtr") {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "no example to read");
    let read = |path: PathBuf| Text {
        name: path.display().to_string(),
        text: std::fs::read_to_string(path).unwrap(),
    };
    found.into_iter().map(read).collect()
}

/// The whole example of the language's design; it lives beside the repository, not in it.
pub(crate) fn design() -> Option<Text> {
    let path = root().join("../shared/design/LANGUAGE.md");
    let Ok(page) = std::fs::read_to_string(&path) else {
        assert!(std::env::var_os("CI").is_none(), "CI is set and {} is not there", path.display());
        eprintln!("skipped: {} is not there", path.display());
        return None;
    };
    let start = page.find("```qtr\n").unwrap() + "```qtr\n".len();
    let length = page[start..].find("```").unwrap();
    Some(Text { name: "LANGUAGE.md".to_owned(), text: page[start..start + length].to_owned() })
}

pub(crate) fn read(text: &str) -> Parsed {
    parse(FileId(0), text)
}

pub(crate) fn tree(text: &str) -> ast::File {
    read(text).file
}

/// A report with its line, for messages.
pub(crate) fn shown(text: &str, report: &Report) -> String {
    let line = text[..report.at.start as usize].matches('\n').count() + 1;
    let found = text.get(report.at.range()).unwrap_or("?");
    format!(
        "{line}: {}: {} [{found}] {}",
        report.code.name(),
        report.message,
        report.help.as_deref().unwrap_or("")
    )
}
