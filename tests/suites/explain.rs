//! The pages of `quater explain`: each shows one program that is refused for its reason alone, and
//! the same program mended.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "tests"
)]

use quater_compiler::report::{Code, Report, Source, Sources};
use quater_compiler::{Asked, contract};
use quater_tests::annotated::on_a_day;

/// The `qtr` block under a heading of a page.
fn example<'p>(page: &'p str, heading: &str) -> Option<&'p str> {
    let (_, under) = page.split_once(&format!("\n## {heading}\n"))?;
    let under = under.split("\n## ").next()?;
    let (_, block) = under.split_once("```qtr\n")?;
    block.split_once("```").map(|(block, _)| block)
}

/// Whether a code is about what changed between two versions of a service.
fn compares(code: Code) -> bool {
    code.name().get(1..3) == Some("07")
}

/// What is said about a program, a line a report.
fn reports(text: &str, production: bool) -> Vec<(Code, String)> {
    let asked = Asked { production, ..on_a_day() };
    let mut sources = Sources::default();
    sources.add(Source::new("example.qtr", text.to_owned()));
    let analysis = quater_compiler::analyse_as(sources, &asked);
    let line = |report: &Report| {
        let place = analysis.sources.get(report.at.file).unwrap().line_column(report.at.start);
        format!("{}:{} {} {}", place.line, place.column, report.code.name(), report.message)
    };
    let found = analysis.reports.iter().map(|report| (report.code, line(report))).collect();
    assert_eq!(
        analysis.program.is_none(),
        analysis
            .reports
            .iter()
            .any(|report| report.code.severity() == quater_compiler::report::Severity::Error),
        "a program is there where no error is: {found:?}\n{text}"
    );
    found
}

/// Whether a page on one code is wrong if another is met: what it declares to show it, nothing else has to use,
/// and nobody to limit.
fn counts(code: Code, other: Code) -> bool {
    other == code || !matches!(other, Code::W0202 | Code::W0502)
}

/// What is wrong with the page of a code that compares: its two programs are right, and differ in this alone.
fn faults_of_change(code: Code) -> Vec<String> {
    let analysed = |heading: &str| {
        let text = example(code.page(), heading).unwrap_or_default();
        let mut sources = Sources::default();
        sources.add(Source::new("example.qtr", text.to_owned()));
        quater_compiler::analyse(sources)
    };
    let (before, after) = (analysed("Before"), analysed("After"));
    let reports = before.reports.iter().chain(&after.reports).filter(|report| counts(code, report.code));
    let mut faults: Vec<String> = reports.map(|report| format!("reported: {}", report.message)).collect();
    let (Some(was), Some(is)) = (&before.program, &after.program) else {
        faults.push("has no programs under `## Before` and `## After`".to_owned());
        return faults;
    };
    let found = contract::judge(&contract::contract(was), is, &after.files).reports;
    if found.is_empty() {
        faults.push("nothing is reported".to_owned());
    }
    let others = found.iter().filter(|report| report.code != code);
    faults.extend(others.map(|report| format!("{}: {}", report.code.name(), report.message)));
    faults
}

/// What is wrong with one page.
fn faults(code: Code) -> Vec<String> {
    if compares(code) {
        return faults_of_change(code);
    }
    let page = code.page();
    let mut faults = Vec::new();
    let production = code.is_of_production();
    match example(page, "Wrong").map(|text| reports(text, production)) {
        None => faults.push("has no `qtr` block under `## Wrong`".to_owned()),
        Some(found) if found.is_empty() => faults.push("wrong: nothing is reported".to_owned()),
        Some(found) => {
            let others = found.into_iter().filter(|(other, _)| *other != code && counts(code, *other));
            faults.extend(others.map(|(_, line)| format!("wrong: {line}")));
        }
    }
    match example(page, "Right").map(|text| reports(text, production)) {
        None => faults.push("has no `qtr` block under `## Right`".to_owned()),
        Some(found) => {
            let found = found.into_iter().filter(|(other, _)| counts(code, *other));
            faults.extend(found.map(|(_, line)| format!("right: {line}")));
        }
    }
    faults
}

#[test]
fn every_page_shows_its_code_and_the_way_out() {
    let found = Code::ALL.iter().flat_map(|code| {
        faults(*code).into_iter().map(|fault| format!("{}: {fault}", code.name())).collect::<Vec<_>>()
    });
    let found: Vec<String> = found.collect();
    assert!(found.is_empty(), "pages that do not hold:\n  {}", found.join("\n  "));
}

#[test]
fn every_code_stands_in_one_row_of_the_promises() {
    let page = include_str!("../../docs/promises.md");
    let cells = page.lines().filter(|line| line.starts_with("| ")).filter_map(|line| line.rsplit('|').nth(1));
    let told: Vec<&str> = cells.flat_map(str::split_whitespace).filter(|word| word.len() == 5).collect();
    let known: Vec<&str> = Code::ALL.iter().map(|code| code.name()).collect();
    let wrong = |code: &&&str| told.iter().filter(|told| told == code).count() != 1;
    let missing: Vec<&&str> = known.iter().filter(wrong).collect();
    let strange: Vec<&&str> = told.iter().filter(|code| **code != "codes" && !known.contains(code)).collect();
    assert!(missing.is_empty() && strange.is_empty(), "not in one row: {missing:?}; no codes: {strange:?}");
}
