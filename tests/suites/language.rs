//! The reference and the guide: every `qtr` block is a service in the agreed layout that checks without
//! a report, starts and passes its own tests, or, marked `fails CODE`, is refused with that code alone.
//!
//! A block marked `checks` has no report either, but the runtime refuses to start it, for what it lacks or for
//! bodies in Rust that are not here: as soon as it starts, its mark is wrong and the test says so.
//!
//! A block marked `file NAME` is no service: it is a file that later blocks of its section may `use`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use quater_compiler::report::{FileId, Source, Sources};
use quater_compiler::{analyse, format};
use quater_ir::Program;
use quater_ir::setting::Setting;
use quater_runtime::{StartError, testing};
use quater_tests::postgres::Database;
use std::collections::BTreeSet;
use std::io::Write as _;
use std::sync::Arc;

const REFERENCE: &str = include_str!("../../docs/language.md");
const GUIDE: &str = include_str!("../../docs/guide.md");
const AUTH: &str = include_str!("../../docs/auth.md");
const FILES: &str = include_str!("../../docs/files.md");

/// Models read the guide whole; a token is about four characters.
const MOST_TOKENS: usize = 4_000;

/// Runs the tests of a program.
type Run<'r> = &'r dyn Fn(&Arc<Program>) -> Result<Vec<testing::Outcome>, StartError>;

fn in_memory(program: &Arc<Program>) -> Result<Vec<testing::Outcome>, StartError> {
    testing::run(program, None)
}

struct Block<'p> {
    line: usize,
    mark: &'p str,
    text: String,
}

/// The `qtr` blocks of a section, `line` being the line of its first.
fn blocks(section: &str, first: usize) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut lines = section.lines().zip(first..);
    while let Some((opening, line)) = lines.next() {
        let Some(mark) = opening.strip_prefix("```qtr") else { continue };
        let inside = lines.by_ref().map(|(text, _)| text).take_while(|text| *text != "```");
        let text = inside.map(|text| format!("{text}\n")).collect();
        blocks.push(Block { line, mark: mark.trim_start_matches(','), text });
    }
    blocks
}

fn sections(page: &str) -> Vec<Vec<Block<'_>>> {
    let mut line = 1;
    let found = page.split_inclusive("\n## ").map(|section| {
        let blocks = blocks(section, line);
        line += section.matches('\n').count();
        blocks
    });
    found.collect()
}

/// What is wrong with a service, a line a fault.
fn faults(block: &Block<'_>, files: &[(&str, &str)], run: Run<'_>) -> Vec<String> {
    let mut sources = Sources::default();
    sources.add(Source::new("service.qtr", block.text.clone()));
    for (name, text) in files {
        sources.add(Source::new(*name, (*text).to_owned()));
    }
    let analysis = analyse(sources);
    let codes: BTreeSet<&str> = analysis.reports.iter().map(|report| report.code.name()).collect();
    if let Some(wanted) = block.mark.strip_prefix("fails ") {
        let told = codes == BTreeSet::from([wanted]);
        return if told { Vec::new() } else { vec![format!("should be refused with {wanted}: {codes:?}")] };
    }
    let mut faults: Vec<String> =
        analysis.reports.iter().map(|report| format!("{} {}", report.code.name(), report.message)).collect();
    let Some(program) = analysis.program else { return faults };
    match run(&Arc::new(program)) {
        Err(StartError::Unsupported { .. } | StartError::Bodies { .. }) if block.mark == "checks" => {}
        Err(error) => faults.push(format!("does not start: {error}")),
        Ok(_) if block.mark == "checks" => {
            faults.push("starts by now: take the mark `checks` away".to_owned());
        }
        Ok(outcomes) => {
            for outcome in outcomes {
                let told = outcome.result.err().map(|failure| format!("`{}`: {failure:?}", outcome.name));
                faults.extend(told);
            }
        }
    }
    faults
}

/// Checks every block of a page.
fn holds(name: &str, page: &str, run: Run<'_>) {
    let mut wrong = Vec::new();
    let mut count = 0;
    for section in sections(page) {
        let mut files: Vec<(&str, &str)> = Vec::new();
        for block in &section {
            count += 1;
            let laid_out = format::format(FileId(0), &block.text);
            if laid_out.as_ref().ok() != Some(&block.text) {
                wrong.push(format!("{name}:{}: is not as `quater fmt` writes it", block.line));
            }
            match block.mark.strip_prefix("file ") {
                Some(file) => files.push((file, &block.text)),
                None => {
                    let found = faults(block, &files, run).into_iter();
                    wrong.extend(found.map(|fault| format!("{name}:{}: {fault}", block.line)));
                }
            }
        }
    }
    assert!(count > 0, "{name} shows no program");
    assert!(wrong.is_empty(), "blocks that do not hold:\n  {}", wrong.join("\n  "));
}

#[test]
fn every_block_of_the_reference_runs() {
    holds("docs/language.md", REFERENCE, &in_memory);
}

#[test]
fn every_block_of_the_guide_runs() {
    holds("docs/guide.md", GUIDE, &in_memory);
    holds("docs/auth.md", AUTH, &in_memory);
    holds("docs/files.md", FILES, &in_memory);
}

#[test]
fn every_block_runs_on_postgres() {
    let Some(database) = Database::fresh() else { return };
    let run = |program: &Arc<Program>| testing::run_at(program, None, &database.url());
    holds("docs/language.md", REFERENCE, &run);
    holds("docs/guide.md", GUIDE, &run);
    holds("docs/auth.md", AUTH, &run);
    holds("docs/files.md", FILES, &run);
}

#[test]
fn the_guide_is_short_enough_to_be_read_whole() {
    let tokens = GUIDE.chars().count().div_ceil(4);
    assert!(tokens < MOST_TOKENS, "the guide has about {tokens} tokens");
}

#[test]
fn every_setting_has_its_row() {
    let row = |setting: &Setting| {
        let about = setting.about();
        let (word, variable, says) = (about.word, about.variable, about.says);
        format!("| `{word}` | {says} | {}; {} | {} | `{variable}` |", about.unit, about.limits, about.default)
    };
    let missing: Vec<String> = Setting::ALL.iter().map(row).filter(|row| !REFERENCE.contains(row)).collect();
    assert!(missing.is_empty(), "rows that the reference lacks:\n{}", missing.join("\n"));
}

/// The example that the language was designed by, whole: it has every construct, and nothing to find.
#[test]
fn the_whole_example_of_the_design_has_no_findings() {
    let page = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/design/LANGUAGE.md");
    let Ok(page) = std::fs::read_to_string(page) else {
        assert!(
            std::env::var_os("CI").is_none(),
            "in CI nothing is skipped: the design is not beside the project"
        );
        drop(writeln!(
            std::io::stderr(),
            "\nskipped: the whole example of the design: it is not beside the project"
        ));
        return;
    };
    let section = page.split_once("\n## 2. ").unwrap().0;
    let example = &blocks(section, 1)[0];
    let mut sources = Sources::default();
    sources.add(Source::new("store.qtr", example.text.clone()));
    sources.add(Source::new("common.qtr", "type Money = decimal(2)\n".to_owned()));
    let analysis = analyse(sources);
    assert!(analysis.reports.is_empty(), "{:#?}", analysis.reports);
    let program = analysis.program.unwrap();
    assert_eq!((program.jobs.len(), program.channels.len(), program.operations.len()), (3, 1, 9));
}
