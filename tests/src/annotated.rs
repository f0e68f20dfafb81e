//! Programs with what is wrong with them written under the place.
//!
//! A case is a heading, a sentence that says why, and a `qtr` block. Under a line stands what must be
//! reported there: carets below the place, the code, the message, the help. `UPDATE_EXPECT=1` writes these lines anew.
#![allow(clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use quater_compiler::Asked;
use quater_compiler::report::Report;

/// Where cases are checked: on the last day of January 2026.
pub fn on_a_day() -> Asked {
    Asked { today: Some("2026-01-31".into()), ..Asked::default() }
}

/// Runs every case of a folder's Markdown files through `check`; panics with all that differ.
pub fn run(folder: &Path, check: impl Fn(&str) -> Vec<Report>) {
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let (mut cases, mut differences) = (0, String::new());
    for file in pages(folder) {
        let page = fs::read_to_string(&file).expect("a case file is readable");
        let mut written = String::new();
        for section in sections(&page) {
            cases += usize::from(section.source.is_some());
            let now = section.rewritten(&check);
            if now != section.text && !update {
                let name = section.heading();
                let _ = writeln!(differences, "{} `{name}` should be\n{now}", file.display());
            }
            written.push_str(&now);
        }
        if update && written != page {
            fs::write(&file, written).expect("a case file is writable");
        }
    }
    assert!(cases > 0, "no case in {}", folder.display());
    assert!(differences.is_empty(), "{differences}");
}

/// The Markdown files of a folder, in order.
fn pages(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder of cases is there");
    let paths = entries.map(|entry| entry.expect("a folder entry is readable").path());
    let mut pages: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|end| end == "md")).collect();
    pages.sort();
    pages
}

/// A stretch of a page that holds at most one block.
struct Section<'a> {
    text: &'a str,
    /// The block's lines, annotations and all; where they start in `text`.
    source: Option<(usize, &'a str)>,
}

fn sections(page: &str) -> Vec<Section<'_>> {
    let mut starts: Vec<usize> = page.match_indices("\n#").map(|(at, _)| at + 1).collect();
    starts.retain(|at| page[..*at].matches("```").count().is_multiple_of(2));
    starts.insert(0, 0);
    let ends = starts.iter().skip(1).copied().chain([page.len()]);
    let texts = starts.iter().zip(ends).map(|(start, end)| &page[*start..end]);
    texts.map(|text| Section { text, source: block(text) }).collect()
}

fn block(text: &str) -> Option<(usize, &str)> {
    let start = text.find("```qtr\n")? + "```qtr\n".len();
    let length = text[start..].find("```").expect("a block ends");
    Some((start, &text[start..start + length]))
}

impl Section<'_> {
    fn heading(&self) -> &str {
        self.text.lines().next().unwrap_or("").trim_start_matches(['#', ' '])
    }

    /// The section with the annotations that `check` gives.
    fn rewritten(&self, check: impl Fn(&str) -> Vec<Report>) -> String {
        let Some((start, block)) = self.source else { return self.text.to_owned() };
        let source = block
            .lines()
            .filter(|line| !is_annotation(line))
            .fold(String::new(), |source, line| source + line + "\n");
        let annotated = annotate(&source, &check(&source));
        format!("{}{annotated}{}", &self.text[..start], &self.text[start + block.len()..])
    }
}

fn is_annotation(line: &str) -> bool {
    line.trim_start().starts_with('^')
}

/// A source with each report written under the line that it starts on.
pub fn annotate(source: &str, reports: &[Report]) -> String {
    let (mut annotated, mut start) = (String::new(), 0);
    let last = source.trim_end().len();
    for line in source.split_inclusive('\n') {
        annotated.push_str(line);
        let here = start..start + line.len();
        let under = |report: &&Report| {
            let at = report.at.start as usize;
            here.contains(&at) || (at >= last.max(here.end) && here.contains(&last.saturating_sub(1)))
        };
        for report in reports.iter().filter(under) {
            let from = (report.at.start as usize - start).min(line.trim_end().len());
            let to = (report.at.end as usize - start).clamp(from, line.trim_end().len().max(from));
            let (before, found) = (line[..from].chars().count(), line[from..to].chars().count());
            let (pad, carets) = (" ".repeat(before), "^".repeat(found.max(1)));
            let help = report.help.iter().map(|help| format!(" | {help}")).collect::<String>();
            let _ = writeln!(annotated, "{pad}{carets} {} {}{help}", report.code.name(), report.message);
        }
        start += line.len();
    }
    annotated
}
