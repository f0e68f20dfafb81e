//! Changes of a service, each classified: `cases/contract/*.md`.
//!
//! A case is a heading, a sentence that says why, a `qtr` block with the service before, one with the
//! service after, and a `changes` block with what is said: the grade, the code, the place in the service
//! after, the sentence. What the first block of a file says, before any heading, is put behind the
//! `service` line of every program of that file.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use quater_compiler::contract::{self, Change, Contract, Shape, Verdict};
use quater_compiler::report::{Code, Severity, Source, Sources};
use quater_compiler::{Analysis, analyse};
use quater_tests::golden;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};

fn checked(name: &str, text: &str) -> Analysis {
    let mut sources = Sources::default();
    sources.add(Source::new("case.qtr", text.to_owned()));
    let analysis = analyse(sources);
    let error = analysis.reports.iter().find(|report| report.code.severity() == Severity::Error);
    assert!(error.is_none(), "{name}: {error:?}\n{text}");
    analysis
}

/// A program with what its file says of all of them.
fn program(front: &str, block: &str) -> String {
    let first = if block.starts_with("service") { "" } else { "service notes version 1\n" };
    format!("{first}{block}{front}")
}

fn contract_of(analysis: &Analysis) -> Contract {
    contract::contract(analysis.program.as_ref().unwrap())
}

fn verdict(before: &Contract, after: &Analysis) -> Verdict {
    contract::judge(before, after.program.as_ref().unwrap(), &after.files)
}

/// What is said of a change, a line each, and whether it fails.
fn said(before: &Contract, after: &Analysis) -> (String, Vec<Code>) {
    let verdict = verdict(before, after);
    let mut text = String::new();
    for change in verdict.changes.iter().filter(|change| change.code.is_none()) {
        writeln!(text, "{} {}: {}", change.grade(), change.subject, change.text).unwrap();
    }
    for report in &verdict.reports {
        let place = after.sources.text(report.at).lines().next().unwrap();
        writeln!(text, "{} at `{place}`: {}", report.code.name(), report.message).unwrap();
    }
    let word = if verdict.fails() { "fails" } else { "passes" };
    writeln!(text, "{word}").unwrap();
    (text, verdict.reports.iter().map(|report| report.code).collect())
}

struct Case {
    heading: String,
    before: String,
    after: String,
    codes: Vec<Code>,
}

/// The cases of a file, and the file with true `changes` blocks.
fn read(text: &str) -> (Vec<Case>, String) {
    let (mut cases, mut rewritten) = (Vec::new(), String::new());
    let (mut heading, mut front, mut before) = (String::new(), String::new(), None::<String>);
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(title) = line.strip_prefix("## ") {
            assert!(before.is_none(), "`{heading}` has one block");
            title.clone_into(&mut heading);
        }
        if !line.starts_with("```") {
            writeln!(rewritten, "{line}").unwrap();
            continue;
        }
        let block: String =
            lines.by_ref().take_while(|line| *line != "```").map(|line| format!("{line}\n")).collect();
        if line == "```changes" {
            continue;
        }
        writeln!(rewritten, "{line}\n{block}```").unwrap();
        if heading.is_empty() {
            front = block;
        } else if let Some(before) = before.take() {
            let (before, after) = (program(&front, &before), program(&front, &block));
            let was = contract_of(&checked(&heading, &before));
            let (said, codes) = said(&was, &checked(&heading, &after));
            write!(rewritten, "```changes\n{said}```\n").unwrap();
            cases.push(Case { heading: heading.clone(), before, after, codes });
        } else {
            before = Some(block);
        }
    }
    (cases, rewritten)
}

fn files() -> Vec<(PathBuf, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/contract");
    let mut files: Vec<PathBuf> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.into_iter().map(|file| (file.clone(), std::fs::read_to_string(file).unwrap())).collect()
}

fn cases() -> Vec<Case> {
    files().into_iter().flat_map(|(_, text)| read(&text).0).collect()
}

#[test]
fn every_change_is_classified() {
    for (file, text) in files() {
        golden::expect(&file, &read(&text).1);
    }
}

#[test]
fn there_are_forty_cases_and_each_code_is_met_by_three_of_them() {
    let cases = cases();
    assert!(cases.len() >= 40, "there are {}", cases.len());
    let mut met: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for case in &cases {
        for code in &case.codes {
            met.entry(code.name()).or_default().insert(&case.heading);
        }
    }
    let ours = Code::ALL.iter().map(|code| code.name()).filter(|code| code[1..].starts_with("07"));
    let rare: Vec<&str> = ours.filter(|code| met.get(code).is_none_or(|cases| cases.len() < 3)).collect();
    assert!(rare.is_empty(), "met by fewer than three changes: {}", rare.join(", "));
}

#[test]
fn nothing_differs_from_itself() {
    for case in cases() {
        for text in [&case.before, &case.after] {
            let analysis = checked(&case.heading, text);
            let found = verdict(&contract_of(&analysis), &analysis);
            assert_eq!(found.changes, Vec::<Change>::new(), "{}", case.heading);
        }
    }
}

#[test]
fn a_lock_is_read_back_as_it_was_written() {
    for case in cases() {
        let contract = contract_of(&checked(&case.heading, &case.after));
        let text = contract::print(&contract);
        assert_eq!(contract::parse(&text).as_ref(), Ok(&contract), "{}\n{text}", case.heading);
        assert_eq!(contract::parse(&text.replace('\n', "\r\n")), Ok(contract), "{}", case.heading);
    }
}

/// A lock as the form before wrote it: how many rows may point to one, and where documentation is, it does not tell.
fn in_form_3(contract: &Contract) -> Contract {
    let mut old = contract.clone();
    (old.lock, old.service.docs) = (3, None);
    let relations = old.tables.values_mut().flat_map(|table| table.relations.values_mut());
    relations.for_each(|relation| relation.most = None);
    let read = contract::parse(&contract::print(&old));
    assert_eq!(read.as_ref(), Ok(&old), "it is read");
    old
}

/// A lock as the form before that wrote it: of what shape columns are it does not tell.
fn in_form_2(contract: &Contract) -> Contract {
    let mut old = in_form_3(contract);
    (old.lock, old.renamed) = (2, BTreeMap::new());
    for column in old.tables.values_mut().flat_map(|table| table.columns.values_mut()) {
        let text = String::from(column.shape.required().clone());
        if text.starts_with(['[', '{', '(']) || text.contains(' ') && !text.contains("..") {
            column.shape = Shape::try_from("json".to_owned()).unwrap();
        } else if text == "email" {
            column.shape = Shape::try_from("text(..254)".to_owned()).unwrap();
        }
    }
    let read = contract::parse(&contract::print(&old));
    assert_eq!(read.as_ref(), Ok(&old), "it is read");
    old
}

#[test]
fn a_lock_of_the_form_before_says_nothing_of_shapes() {
    let notes = |columns: &str| {
        let front = "service notes version 1\nresource db = database(\"sqlite::memory:\")\n";
        let text = format!("{front}type A {{ a: int }}\nentity Note in db {{\n  id: uuid key\n{columns}}}\n");
        checked("form 2", &text)
    };
    let columns = "  l: [int](..3)\n  m: email\n  r: A\n  t: text(..9)\n";
    let (same, other) = (notes(columns), notes(&columns.replace("[int]", "[text]")));
    let now = contract_of(&same);
    let before = in_form_2(&now);
    assert_eq!(contract::compare(&before, &now), Vec::<Change>::new());
    assert_eq!(verdict(&before, &other).changes, Vec::<Change>::new(), "it is not known");
    assert_eq!(verdict(&now, &other).changes.len(), 1, "and now it is");
    let narrow = verdict(&before, &notes(&columns.replace("..9", "..3"))).changes;
    assert_eq!(narrow.len(), 1, "what it tells still counts: {narrow:?}");
}

#[test]
fn a_lock_of_the_form_before_says_nothing_of_bounds() {
    let notes = |bounds: &str| {
        let front = "service notes version 1\nresource db = database(\"sqlite::memory:\")\n";
        let note = format!("entity Note in db {{\n  id: uuid key\n  pages: [Page]{bounds} by note\n}}\n");
        let page = "entity Page in db {\n  id: uuid key\n  note: Note on delete cascade\n}\n";
        checked("form 3", &format!("{front}{note}{page}"))
    };
    let now = contract_of(&notes("(..4)"));
    let before = in_form_3(&now);
    assert_eq!(contract::compare(&before, &now), Vec::<Change>::new());
    assert_eq!(verdict(&before, &notes("(..2)")).changes, Vec::<Change>::new(), "it is not known");
    assert_eq!(verdict(&now, &notes("(..2)")).changes.len(), 1, "and now it is");
    let tables = contract::storage(&before);
    let steps = quater_ir::storage::migration::plan(&tables, &contract::storage(&now));
    assert!(steps.is_empty(), "{steps:?}");
}

#[test]
fn the_order_of_a_file_does_not_show() {
    for case in cases() {
        let mut declarations: Vec<String> = Vec::new();
        for line in case.after.split_inclusive('\n') {
            let starts = !line.starts_with([' ', '}', '\n'])
                && !declarations.last().is_some_and(|it| {
                    ["///", "deprecated"].iter().any(|before| it.starts_with(before))
                        && it.lines().count() == 1
                });
            if starts {
                declarations.push(line.to_owned())
            } else {
                declarations.last_mut().unwrap().push_str(line)
            }
        }
        // The order of ways to sign in counts: the first that fits judges a credential.
        let text: String = declarations.iter().rev().map(String::as_str).collect();
        let there = contract::print(&contract_of(&checked(&case.heading, &case.after)));
        assert_eq!(contract::print(&contract_of(&checked(&case.heading, &text))), there, "{}", case.heading);
    }
}

#[test]
fn the_example_has_the_lock_that_is_expected() {
    let text = include_str!("../../examples/store/store.qtr");
    let lock = contract::print(&contract_of(&checked("store", text)));
    golden::expect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/contract.store.lock"), &lock);
}

#[test]
fn a_text_that_is_no_lock_gives_one_reason() {
    let text = include_str!("../cases/contract.store.lock");
    assert!(contract::parse(text).is_ok());
    let changed = |what: &str, by: &str| {
        assert!(text.contains(what), "{what}");
        text.replacen(what, by, 1)
    };
    let texts = [
        ("nothing", String::new()),
        ("another file", "service notes version 1\n".to_owned()),
        ("other JSON", "{}".to_owned()),
        ("half of it", text[..text.len() / 2].to_owned()),
        ("a newer form", changed("\"lock\": 4", "\"lock\": 5")),
        ("an older form", changed("\"lock\": 4", "\"lock\": 1")),
        ("a type that is none", changed("text(trim, lower, 1..20)", "text(trim, lower, 1..x)")),
        ("a member that is none", changed("\"access\"", "\"axess\"")),
        ("a member twice", changed("  \"version\": 1,", "  \"version\": 1,\n    \"version\": 1,")),
        ("an operation twice, as merges make them", changed("    \"log_in\": {", "    \"sign_up\": {")),
        ("another layout", changed("  \"version\": 1", "   \"version\": 1")),
        ("a type that is not described", changed("\"Line\": {", "\"Lime\": {")),
        ("an error that is not described", changed("\"BadLogin\": {", "\"BadLogins\": {")),
        ("a merge that was not finished", format!("<<<<<<< ours\n{text}")),
    ];
    let mut said = String::new();
    for (what, text) in texts {
        writeln!(said, "{what}: {}", contract::parse(&text).unwrap_err()).unwrap();
    }
    golden::expect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/contract.unreadable.txt"), &said);
}
