//! One object a line, versioned, for programs.
use super::place::{Place, Position, word};
use crate::report::{Fix, Report, Sources, Span};
use serde::Serialize;

#[derive(Serialize)]
struct Line<'a> {
    version: u32,
    code: &'static str,
    severity: &'static str,
    title: &'static str,
    message: &'a str,
    #[serde(flatten)]
    at: At<'a>,
    note: &'a str,
    related: Vec<Related<'a>>,
    help: Option<&'a str>,
    fixes: Vec<Mend<'a>>,
}

#[derive(Serialize)]
struct At<'a> {
    file: &'a str,
    start: Position,
    end: Position,
}

#[derive(Serialize)]
struct Related<'a> {
    #[serde(flatten)]
    at: At<'a>,
    text: &'a str,
}

#[derive(Serialize)]
struct Mend<'a> {
    title: &'a str,
    edits: Vec<Related<'a>>,
}

/// Draws each report as one JSON object on its own line.
pub fn json(reports: &[Report], sources: &Sources) -> String {
    let line = |report| serde_json::json!(Line::of(report, sources)).to_string() + "\n";
    reports.iter().map(line).collect()
}

impl<'a> Line<'a> {
    fn of(report: &'a Report, sources: &'a Sources) -> Self {
        let related =
            report.related.iter().map(|label| Related { at: at(label.at, sources), text: &label.text });
        Self {
            version: 1,
            code: report.code.name(),
            severity: word(report.code.severity()),
            title: report.code.title(),
            message: &report.message,
            at: at(report.at, sources),
            note: &report.note,
            related: related.collect(),
            help: report.help.as_deref(),
            fixes: report.fixes.iter().map(|fix| mend(fix, sources)).collect(),
        }
    }
}

fn at(span: Span, sources: &Sources) -> At<'_> {
    let Place { file, start, end } = Place::of(span, sources);
    At { file, start, end }
}

fn mend<'a>(fix: &'a Fix, sources: &'a Sources) -> Mend<'a> {
    let edits = fix.edits.iter().map(|edit| Related { at: at(edit.at, sources), text: &edit.text });
    Mend { title: &fix.title, edits: edits.collect() }
}
