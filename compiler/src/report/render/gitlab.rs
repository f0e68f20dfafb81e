//! A GitLab code quality report.
use super::place::Place;
use crate::report::{Report, Severity, Sources, fingerprints};
use serde_json::{Value, json};

/// Draws one JSON array, an object a report.
pub fn gitlab(reports: &[Report], sources: &Sources) -> String {
    let marks = fingerprints(reports, sources);
    let issues = reports.iter().zip(marks).map(|(report, mark)| {
        let place = Place::of(report.at, sources);
        let severity = match report.code.severity() {
            Severity::Error => "major",
            Severity::Warning => "minor",
        };
        json!({
            "description": report.message,
            "check_name": report.code.name(),
            "fingerprint": mark,
            "severity": severity,
            "location": {
                "path": place.file,
                "lines": { "begin": place.start.line, "end": place.end.line },
            },
        })
    });
    format!("{:#}\n", Value::Array(issues.collect()))
}
