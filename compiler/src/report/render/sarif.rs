//! SARIF 2.1.0, for code scanning: rules with their pages, places, fixes, and what was silenced and why.
use super::place::{Place, word};
use crate::report::{Code, Fix, Report, Sources, Span, Suppressed, fingerprints};
use serde_json::{Map, Value, json};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// Draws everything that was found, with what does not count as suppressed results.
pub fn sarif(reports: &[Report], suppressed: &[Suppressed], sources: &Sources) -> String {
    let counted = reports.iter().map(|report| (report, None));
    let passed = suppressed.iter().map(|passed| (&passed.report, Some(passed)));
    let mut found: Vec<(&Report, Option<&Suppressed>)> = counted.chain(passed).collect();
    found.sort_by_key(|(report, _)| (report.at, report.code));
    let mut codes: Vec<Code> = found.iter().map(|(report, _)| report.code).collect();
    codes.sort();
    codes.dedup();
    let marks = fingerprints(found.iter().map(|(report, _)| *report), sources);
    let results = found.iter().zip(marks).map(|((report, passed), mark)| {
        let mut result = result(report, &codes, &mark, sources);
        if let Some(passed) = passed {
            result.insert("suppressions".to_owned(), json!([suppression(passed, sources)]));
        }
        result
    });
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "quater",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": codes.iter().map(|code| rule(*code)).collect::<Vec<_>>(),
            } },
            "invocations": [{ "executionSuccessful": true }],
            "columnKind": "unicodeCodePoints",
            "results": results.collect::<Vec<_>>(),
        }],
    });
    format!("{log:#}\n")
}

fn rule(code: Code) -> Value {
    let page = code.page();
    let (_, text) = page.split_once('\n').unwrap_or(("", page));
    let text = text.trim_start();
    let why = text.split("\n\n").next().unwrap_or(text);
    json!({
        "id": code.name(),
        "shortDescription": { "text": code.title() },
        "fullDescription": { "text": why },
        "help": { "text": text, "markdown": text },
        "defaultConfiguration": { "level": word(code.severity()) },
    })
}

fn result(report: &Report, codes: &[Code], mark: &str, sources: &Sources) -> Map<String, Value> {
    let related = report.related.iter().zip(1..).map(|(label, id)| {
        let mut place = location(label.at, sources);
        place.insert("id".to_owned(), json!(id));
        place.insert("message".to_owned(), json!({ "text": label.text }));
        place
    });
    let mut result = Map::new();
    let mut put = |name: &str, value| _ = result.insert(name.to_owned(), value);
    put("ruleId", json!(report.code.name()));
    put("ruleIndex", json!(codes.iter().position(|code| *code == report.code)));
    put("level", json!(word(report.code.severity())));
    put("message", json!({ "text": message(report) }));
    put("locations", json!([location(report.at, sources)]));
    if !report.related.is_empty() {
        put("relatedLocations", json!(related.collect::<Vec<_>>()));
    }
    put("partialFingerprints", json!({ "quater/v1": mark }));
    if !report.fixes.is_empty() {
        put("fixes", report.fixes.iter().map(|one| fix(one, sources)).collect());
    }
    result
}

fn message(report: &Report) -> String {
    match &report.help {
        Some(help) => format!("{}\n{help}", report.message),
        None => report.message.clone(),
    }
}

fn suppression(passed: &Suppressed, sources: &Sources) -> Value {
    let mut suppression = Map::new();
    let kind = if passed.by.is_some() { "inSource" } else { "external" };
    suppression.insert("kind".to_owned(), json!(kind));
    suppression.insert("status".to_owned(), json!("accepted"));
    suppression.insert("justification".to_owned(), json!(passed.reason));
    if let Some(by) = passed.by {
        suppression.insert("location".to_owned(), json!(location(by, sources)));
    }
    Value::Object(suppression)
}

fn location(at: Span, sources: &Sources) -> Map<String, Value> {
    let place = Place::of(at, sources);
    let mut location = Map::new();
    let physical = json!({ "artifactLocation": artifact(place.file), "region": region(&place) });
    location.insert("physicalLocation".to_owned(), physical);
    location
}

fn artifact(file: &str) -> Value {
    json!({ "uri": uri(file) })
}

fn region(place: &Place<'_>) -> Value {
    json!({
        "startLine": place.start.line,
        "startColumn": place.start.column,
        "endLine": place.end.line,
        "endColumn": place.end.column,
    })
}

fn fix(fix: &Fix, sources: &Sources) -> Value {
    let changes = fix.edits.iter().map(|edit| {
        let place = Place::of(edit.at, sources);
        json!({
            "artifactLocation": artifact(place.file),
            "replacements": [{ "deletedRegion": region(&place), "insertedContent": { "text": edit.text } }],
        })
    });
    json!({ "description": { "text": fix.title }, "artifactChanges": changes.collect::<Vec<_>>() })
}

/// A path as a URI reference; an absolute one names the file on this machine.
fn uri(file: &str) -> String {
    let mut uri = String::from(if file.starts_with('/') { "file://" } else { "" });
    for byte in file.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => {
                uri.push(byte as char)
            }
            other => uri.push_str(&format!("%{other:02X}")),
        }
    }
    uri
}
