//! Markdown for the page of a CI job.
use super::place::{Place, tame, word};
use crate::report::{Report, Severity, Sources};
use std::fmt::Write;

/// A table of more rows is no summary any more, and job pages cut text at a megabyte.
const MOST_ROWS: usize = 100;

/// Draws the counts and a table with a row a report.
pub fn summary(reports: &[Report], sources: &Sources) -> String {
    let count = |severity| reports.iter().filter(|report| report.code.severity() == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    let counted = |count: usize, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
    let (errors, warnings) = (counted(errors, "error"), counted(warnings, "warning"));
    let mut out = format!("### quater check: {errors}, {warnings}\n");
    if reports.is_empty() {
        return out;
    }
    out.push_str("\n| where | code | what |\n|---|---|---|\n");
    for report in reports.iter().take(MOST_ROWS) {
        let Place { file, start, .. } = Place::of(report.at, sources);
        let (code, word) = (report.code.name(), word(report.code.severity()));
        let (file, message) = (cell(file), cell(&report.message));
        _ = writeln!(out, "| {file}:{}:{} | {word} {code} | {message} |", start.line, start.column);
    }
    if let Some(more @ 1..) = reports.len().checked_sub(MOST_ROWS) {
        _ = writeln!(out, "\nand {more} more");
    }
    out
}

/// Text that stays inside its cell, and in which only backticks mean something.
fn cell(text: &str) -> String {
    let text = tame(text).replace(['\n', '\r'], " ");
    text.replace('&', "&amp;").replace('<', "&lt;").replace('|', "\\|").replace('[', "\\[")
}
