//! Random edits over the examples: after each, what the workspace keeps must be what a fresh look finds, every
//! question must have an answer without a panic, and nothing may grow. `QUATER_TORTURE=20000` makes it long.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use super::{
    Document, Service, Snapshot, Workspace, actions, completion, formatting, hints, hover, lenses,
    navigation, rename, shape, signature, symbols, tokens,
};
use quater_compiler::report::{FileId, Source, Sources};
use quater_compiler::{Asked, analyse_as};
use std::fmt::Debug;
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
pub(super) struct Chance(u64);

impl Chance {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end.max(1)
    }

    fn place(&mut self, text: &str) -> usize {
        text.floor_char_boundary(self.below(text.len() + 1))
    }
}

fn edited(text: &str, chance: &mut Chance) -> String {
    let (from, mut new) = (chance.place(text), text.to_owned());
    match chance.below(7) {
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
        // Declarations come, go, and stand elsewhere.
        3 => new.replace_range(declaration(text, from), ""),
        4 => {
            let (taken, copy) = (declaration(text, from), chance.below(3) > 0);
            let moved = text[taken.clone()].to_owned();
            if !copy {
                new.replace_range(taken, "");
            }
            let behind = chance.place(&new);
            new.insert_str(declaration(&new, behind).end, &moved);
        }
        _ => new.insert_str(from, TOKENS[chance.below(TOKENS.len())]),
    }
    new
}

/// A stretch around a place that begins and ends where empty lines do, as most declarations.
fn declaration(text: &str, at: usize) -> std::ops::Range<usize> {
    let start = text[..at].rfind("\n\n").map_or(0, |start| start + 1);
    let end = text[at..].find("\n\n").map_or(text.len(), |end| at + end + 1);
    start..end.max(start)
}

/// That what is remembered changes no answer: neither beside a session that remembers nothing, nor beside the
/// compiler as `quater check` asks it.
pub(super) fn assert_same(kept: &Service, fresh: &Service, text: &str) {
    assert_eq!(kept.found.reports, fresh.found.reports, "{text}");
    assert_eq!(kept.found.sound, fresh.found.sound, "{text}");
    let mut sources = Sources::default();
    for file in &kept.files {
        let name = file.path.as_ref().unwrap().to_string_lossy();
        sources.add(Source::new(&*name, file.text.to_string()));
    }
    let asked = Asked { documents: false, uses: true, ..Asked::default() };
    let checked = analyse_as(sources, &asked);
    if kept.lock.is_none() {
        assert_eq!(kept.found.reports, checked.reports, "{text}");
    }
    let uses = checked.uses.unwrap();
    assert_alike(kept.uses().all(), uses.all(), text);
    assert_alike(kept.uses().definitions(), uses.definitions(), text);
}

/// That two lists are one; of long ones only what differs is shown.
fn assert_alike<T: PartialEq + Debug>(kept: &[T], fresh: &[T], text: &str) {
    let only = |one: &'_ [T], other: &[T]| {
        one.iter().filter(|it| !other.contains(it)).map(|it| format!("{it:?}")).collect::<Vec<_>>()
    };
    assert!(kept == fresh, "{:#?} in place of {:#?}: {text}", only(kept, fresh), only(fresh, kept));
}

fn ask_everything((service, fresh): (&Service, &Service), file: FileId, chance: &mut Chance) {
    let text = service.text_of(file).to_owned();
    let (at, to) = (chance.place(&text), chance.place(&text));
    let (offset, stretch) = (at as u32, (at.min(to) as u32, at.max(to) as u32));
    assert_eq!(hover::hover(service, file, offset), hover::hover(fresh, file, offset));
    for way in [navigation::Way::Definition, navigation::Way::Type, navigation::Way::Implementations] {
        navigation::go(service, file, offset, way);
    }
    navigation::mentions(service, file, offset);
    signature::signature(service, file, offset);
    symbols::document_symbols(service, file);
    assert_eq!(hints::hints(service, file, stretch), hints::hints(fresh, file, stretch));
    tokens::tokens(service, file, stretch);
    shape::folds(service, file);
    let around = shape::around(service, file, offset);
    assert!(around.windows(2).all(|pair| pair[1].start <= pair[0].start && pair[0].end <= pair[1].end));
    lenses::lenses(service, file);
    match chance.below(4) {
        0 => {
            let items = |service| completion::complete(service, file, offset).items;
            assert_eq!(items(service), items(fresh), "{offset} in {text}");
        }
        1 => {
            let renamed = |service| rename::rename(service, file, offset, "renamed");
            assert_eq!(renamed(service), renamed(fresh), "{offset} in {text}");
        }
        2 => _ = actions::actions(service, file, stretch),
        _ => {}
    }
}

/// The large service that the benchmarks measure, with fewer entities.
fn large(root: &Path) -> String {
    let source = fs::read_to_string(root.join("bench/src/bin/measure/large.rs")).unwrap();
    let template = |name: &str| {
        let (_, rest) = source.split_once(&format!("const {name}: &str = r#\"")).unwrap();
        rest.split_once("\"#;").unwrap().0
    };
    let mut text = template("TOP").to_owned();
    for number in 0..12_u32 {
        let before = number.checked_sub(1).map(|before| format!("  parent: Thing{before}? on delete null\n"));
        let entity = template("ENTITY").replace("{n}", &number.to_string());
        text.push_str(&entity.replace("{parent}\n", &before.unwrap_or_default()));
    }
    text
}

pub(super) fn services(folder: &Path) -> Vec<PathBuf> {
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
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut texts: Vec<(PathBuf, String)> = services(&root.join("examples"))
        .into_iter()
        .map(|path| (path.clone(), fs::read_to_string(path).unwrap()))
        .collect();
    texts.push((PathBuf::from("/nowhere/large.qtr"), large(&root)));
    let (mut chance, mut workspace) = (Chance::new(0x5EED), Workspace::default());
    let (mut warm, mut remembered) = (None, 0);
    for round in 0..edits {
        let (path, whole) = &texts[round / ANEW % texts.len()];
        let uri = format!("file://{}", path.display());
        let mut snapshot = Snapshot::default();
        let before = workspace
            .services()
            .iter()
            .find_map(|service| service.file(&uri, Some(path)).map(|file| service.text_of(file).to_owned()));
        let goes_on = round % ANEW != 0 && chance.below(3) > 0;
        let text = before.filter(|_| goes_on).unwrap_or_else(|| whole.clone());
        let text = edited(&text, &mut chance);
        let document = Document { path: Some(path.clone()), version: 1, text: text.clone().into() };
        formatting::formatted(&document);
        snapshot.set(uri.clone(), document);
        workspace.look(&snapshot);
        let (kept, file) = workspace.of(&uri, &snapshot).unwrap();
        let mut fresh = Workspace::default();
        fresh.look(&snapshot);
        let (found, _) = fresh.of(&uri, &snapshot).unwrap();
        remembered += usize::from(kept.found.remembered);
        assert!(!found.found.remembered);
        assert_same(&kept, &found, &text);
        ask_everything((&kept, &found), file, &mut chance);
        if round == edits / 2 {
            warm = resident();
        }
    }
    assert!(remembered * 10 > edits, "only {remembered} of {edits} looks had something to remember");
    if let (Some(warm), Some(now)) = (warm, resident()) {
        assert!(now < warm + 64 * 1024, "from {warm} to {now} KiB");
    }
}
