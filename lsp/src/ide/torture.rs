//! Random edits over the examples: after each, what the workspace keeps must be what a fresh look finds, every
//! question must have an answer without a panic, and nothing may grow. `QUATER_TORTURE=20000` makes it long.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::{
    Document, Service, Snapshot, Workspace, actions, completion, formatting, hints, hover, lenses,
    navigation, rename, shape, signature, symbols, tokens,
};
use quater_compiler::report::FileId;
use std::fs;
use std::path::{Path, PathBuf};

const EDITS: usize = 40;
/// After so many edits a document begins anew, so that most edits meet a text that means something.
const ANEW: usize = 8;
const TOKENS: &[&str] = &[
    "{",
    "}",
    "(",
    ")",
    "\"",
    "/",
    "\n",
    "  ",
    ":",
    ",",
    ".",
    "=",
    "==",
    "else",
    "where",
    "find ",
    "list ",
    "return ",
    "let x = ",
    "allow ",
    "entity ",
    "operation ",
    "type ",
    "/// ",
    "//",
    "þ🗻",
    "1..",
    "?",
    "[",
    "]",
    "\t",
    "\r\n",
];

/// Numbers that look random, the same in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end.max(1)
    }

    fn place(&mut self, text: &str) -> usize {
        text.floor_char_boundary(self.below(text.len() + 1))
    }
}

fn edited(text: &str, chance: &mut Chance) -> String {
    let (from, mut new) = (chance.place(text), text.to_owned());
    match chance.below(5) {
        0 => {
            let end = text.floor_char_boundary((from + 1 + chance.below(30)).min(text.len())).max(from);
            new.replace_range(from..end, "");
        }
        1 => {
            let line = text.lines().nth(chance.below(text.lines().count())).unwrap_or("");
            new.insert_str(from, &format!("{line}\n"));
        }
        2 => {
            // One name in the place of another, which is what people get wrong.
            let words: Vec<&str> = text.split_whitespace().collect();
            let word = words[chance.below(words.len())].to_owned();
            let at = completion::word_around(text, from);
            new.replace_range(at, &word);
        }
        _ => new.insert_str(from, TOKENS[chance.below(TOKENS.len())]),
    }
    new
}

fn ask_everything(service: &Service, file: FileId, chance: &mut Chance) {
    let text = service.text_of(file).to_owned();
    let (at, to) = (chance.place(&text), chance.place(&text));
    let (offset, stretch) = (at as u32, (at.min(to) as u32, at.max(to) as u32));
    hover::hover(service, file, offset);
    for way in [navigation::Way::Definition, navigation::Way::Type, navigation::Way::Implementations] {
        navigation::go(service, file, offset, way);
    }
    navigation::mentions(service, file, offset);
    signature::signature(service, file, offset);
    symbols::document_symbols(service, file);
    hints::hints(service, file, stretch);
    tokens::tokens(service, file, stretch);
    shape::folds(service, file);
    let around = shape::around(service, file, offset);
    assert!(around.windows(2).all(|pair| pair[1].start <= pair[0].start && pair[0].end <= pair[1].end));
    lenses::lenses(service, file);
    match chance.below(4) {
        0 => _ = completion::complete(service, file, offset),
        1 => _ = rename::rename(service, file, offset, "renamed"),
        2 => _ = actions::actions(service, file, stretch),
        _ => {}
    }
}

fn services(folder: &Path) -> Vec<PathBuf> {
    let mut open = vec![folder.to_owned()];
    let mut found = Vec::new();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|extension| extension == "qtr") {
            found.push(path.canonicalize().unwrap());
        }
    }
    found.sort();
    found
}

/// What is resident, in kibibytes; nothing where the system does not say it.
fn resident() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[test]
fn whatever_is_typed_answers_are_those_of_a_fresh_look() {
    let edits = std::env::var("QUATER_TORTURE").ok().and_then(|count| count.parse().ok()).unwrap_or(EDITS);
    let paths = services(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples"));
    assert!(!paths.is_empty());
    let (mut chance, mut workspace) = (Chance(0x5EED), Workspace::default());
    let mut warm = None;
    for round in 0..edits {
        let path = &paths[round / ANEW % paths.len()];
        let uri = format!("file://{}", path.display());
        let whole = fs::read_to_string(path).unwrap();
        let mut snapshot = Snapshot::default();
        let before = workspace
            .services()
            .iter()
            .find_map(|service| service.file(&uri, Some(path)).map(|file| service.text_of(file).to_owned()));
        let text = before.filter(|_| round % ANEW != 0).unwrap_or(whole);
        let text = edited(&text, &mut chance);
        let document = Document { path: Some(path.clone()), version: 1, text: text.clone().into() };
        formatting::formatted(&document);
        snapshot.set(uri.clone(), document);
        workspace.look(&snapshot);
        let (kept, file) = workspace.of(&uri, &snapshot).unwrap();
        let mut fresh = Workspace::default();
        fresh.look(&snapshot);
        let (found, _) = fresh.of(&uri, &snapshot).unwrap();
        assert_eq!(kept.analysis.reports, found.analysis.reports, "{text}");
        assert_eq!(kept.uses.all(), found.uses.all(), "{text}");
        assert_eq!(kept.uses.definitions(), found.uses.definitions(), "{text}");
        ask_everything(&kept, file, &mut chance);
        if round == edits / 2 {
            warm = resident();
        }
    }
    if let (Some(warm), Some(now)) = (warm, resident()) {
        assert!(now < warm + 64 * 1024, "from {warm} to {now} KiB");
    }
}
