//! One line a report, for editors and other tools that read lines.
use super::place::{Place, tame, word};
use crate::report::{Report, Sources};
use std::fmt::Write;

/// Draws `file:line:column: severity[code]: message`, one report a line.
pub fn plain(reports: &[Report], sources: &Sources) -> String {
    let mut out = String::new();
    for report in reports {
        let place = Place::of(report.at, sources);
        let (line, column) = (place.start.line, place.start.column);
        let (word, code) = (word(report.code.severity()), report.code.name());
        let message = tame(&report.message).replace(['\n', '\r'], " ");
        _ = writeln!(out, "{}:{line}:{column}: {word}[{code}]: {message}", tame(place.file));
    }
    out
}
