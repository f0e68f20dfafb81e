//! Workflow commands, which GitHub shows beside the changed lines.
use super::place::{Place, word};
use crate::report::{Report, Sources};
use std::fmt::Write;

/// Draws `::error file=…,line=…::message`, one report a line.
pub fn github(reports: &[Report], sources: &Sources) -> String {
    let mut out = String::new();
    for report in reports {
        let place = Place::of(report.at, sources);
        let (command, code) = (word(report.code.severity()), report.code.name());
        let (file, title) = (property(place.file), property(report.code.title()));
        let (start, end) = (place.start, place.end);
        _ = write!(out, "::{command} file={file},line={},col={},", start.line, start.column);
        _ = write!(out, "endLine={},endColumn={},title={code}%3A {title}::", end.line, end.column);
        _ = writeln!(out, "{}", data(&message(report)));
    }
    out
}

fn message(report: &Report) -> String {
    let said =
        std::iter::once(report.message.as_str()).chain(Some(report.note.as_str()).filter(|n| !n.is_empty()));
    let helped = report.help.iter().map(|help| format!("help: {help}"));
    said.map(str::to_owned).chain(helped).collect::<Vec<_>>().join("\n")
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
