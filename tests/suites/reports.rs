//! What `quater check` writes for other programs, held to their schemas: every report of every wrong program that
//! there is, in each format.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

#[path = "matrix/judges.rs"]
mod judges;

use quater_compiler::report::{Code, Severity, Source, Sources, Suppressed, render};
use quater_compiler::{Analysis, access_report, analyse};
use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::fs;
use std::process::Command;
use tempfile::TempDir;

/// Every program of the pages and of the cases, as far as something is said about it.
fn wrong_programs() -> Vec<Analysis> {
    let cases = judges::root().join("tests/cases/check");
    let files = cases.read_dir().unwrap().map(|file| fs::read_to_string(file.unwrap().path()).unwrap());
    let pages: Vec<String> = Code::ALL.iter().map(|code| code.page().to_owned()).chain(files).collect();
    let mut analyses = Vec::new();
    for page in &pages {
        let blocks = || page.split("```qtr\n").skip(1).map(|rest| rest.split("```").next().unwrap());
        // The first block of a file of cases stands in front of all that follow.
        let shared = page.split("\n## ").next().is_some_and(|head| head.contains("```qtr\n"));
        let front = if shared { blocks().next().unwrap_or("") } else { "" };
        for block in blocks().skip(usize::from(shared)) {
            let marks = |line: &&str| !line.trim_start().starts_with('^');
            let program: Vec<&str> = block.lines().filter(marks).collect();
            let mut sources = Sources::default();
            sources.add(Source::new("shop/a b.qtr", format!("{front}{}\n", program.join("\n"))));
            let analysis = analyse(sources);
            if !(analysis.reports.is_empty() && analysis.suppressed.is_empty()) {
                analyses.push(analysis);
            }
        }
    }
    assert!(analyses.len() > 100, "{} wrong programs", analyses.len());
    analyses
}

#[test]
fn json_lines_hold_to_the_published_schema() {
    let schema = judges::root().join("docs/schema/report.schema.json");
    let schema: Json = serde_json::from_str(&fs::read_to_string(schema).unwrap()).unwrap();
    jsonschema::meta::validate(&schema).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let mut met = BTreeSet::new();
    for analysis in wrong_programs() {
        for line in render::json(&analysis.reports, &analysis.sources).lines() {
            let mut line: Json = serde_json::from_str(line).unwrap();
            let faults: Vec<String> = schema.iter_errors(&line).map(|fault| fault.to_string()).collect();
            assert!(faults.is_empty(), "{line:#}\n{}", faults.join("\n"));
            met.extend(line["related"].as_array().unwrap().first().map(|_| "a related place"));
            met.extend(line["fixes"].as_array().unwrap().first().map(|_| "a fix"));
            line["extra"] = Json::Null;
            assert!(!schema.is_valid(&line), "the schema lets a member pass that it does not know");
        }
    }
    assert_eq!(met.len(), 2, "the schema was held to {met:?} alone");
}

#[test]
fn lines_about_access_hold_to_the_published_schema() {
    let read = |path: &str| fs::read_to_string(judges::root().join(path)).unwrap();
    let published: Json = serde_json::from_str(&read("docs/schema/access.schema.json")).unwrap();
    jsonschema::meta::validate(&published).unwrap();
    let schema = jsonschema::validator_for(&published).unwrap();
    let mut met = BTreeSet::new();
    for path in ["examples/store/store.qtr", "tests/data/cli/files/desk.qtr"] {
        let mut sources = Sources::default();
        sources.add(Source::new(path, read(path)));
        for line in access_report::report(&analyse(sources).program.unwrap()) {
            let mut line = serde_json::to_value(line).unwrap();
            let faults: Vec<String> = schema.iter_errors(&line).map(|fault| fault.to_string()).collect();
            assert!(faults.is_empty(), "{line:#}\n{}", faults.join("\n"));
            said(&line, &format!("/{}", line["kind"].as_str().unwrap()), &mut met);
            line["extra"] = Json::Null;
            assert!(!schema.is_valid(&line), "the schema lets a member pass that it does not know");
        }
    }
    for kind in ["operation", "channel", "job", "static"] {
        for name in published["$defs"][kind]["properties"].as_object().unwrap().keys() {
            let is_said = |kind: &str| met.iter().any(|said| said.starts_with(&format!("/{kind}/{name}")));
            // What a body touches is told of all kinds alike.
            assert!(is_said(kind) || is_said("operation"), "no {kind} says anything of `{name}`");
        }
    }
}

/// Paths of members that say something.
fn said(value: &Json, path: &str, met: &mut BTreeSet<String>) {
    match value {
        Json::Null | Json::Bool(false) => {}
        Json::Array(items) => items.iter().for_each(|item| said(item, path, met)),
        Json::Object(inside) => {
            inside.iter().for_each(|(name, value)| said(value, &format!("{path}/{name}"), met))
        }
        Json::Bool(true) | Json::Number(_) | Json::String(_) => _ = met.insert(path.to_owned()),
    }
}

/// A report of every code there is, silenced ones and a known one among them, as SARIF logs in a folder.
fn sarif_logs(folder: &TempDir) -> Vec<std::path::PathBuf> {
    let draw =
        |analysis: &Analysis| render::sarif(&analysis.reports, &analysis.suppressed, &analysis.sources);
    let mut logs: Vec<String> = wrong_programs().iter().map(draw).collect();
    logs.push(render::sarif(&[], &[], &Sources::default()));
    logs.push(known());
    for part in
        ["\"fixes\"", "\"relatedLocations\"", "\"suppressions\"", "\"inSource\"", "\"external\"", "a%20b.qtr"]
    {
        assert!(logs.iter().any(|log| log.contains(part)), "no log has {part}");
    }
    let write = |(number, log): (usize, String)| {
        let path = folder.path().join(format!("{number}.sarif"));
        fs::write(&path, log).unwrap();
        path
    };
    logs.into_iter().enumerate().map(write).collect()
}

/// A log in which everything is known from elsewhere.
fn known() -> String {
    let Some(analysis) = wrong_programs().into_iter().find(|analysis| !analysis.reports.is_empty()) else {
        panic!("no program is wrong")
    };
    let pass = |report| Suppressed { report, reason: "known".to_owned(), by: None };
    let passed: Vec<Suppressed> = analysis.reports.into_iter().map(pass).collect();
    render::sarif(&[], &passed, &analysis.sources)
}

#[test]
fn sarif_passes_an_independent_validator() {
    if !judges::ready() {
        return;
    }
    let folder = TempDir::new().unwrap();
    let logs = sarif_logs(&folder);
    let validate = |logs: &[std::path::PathBuf]| {
        let schema = "sarif/node_modules/@microsoft/sarif-multitool-linux/sarif-2.1.0.json";
        let mut command = Command::new(judges::folder().join("sarif/bin/check-jsonschema"));
        command.arg("--schemafile").arg(judges::folder().join(schema)).args(logs);
        command.output().unwrap()
    };
    let judged = validate(&logs);
    assert!(judged.status.success(), "{}", String::from_utf8_lossy(&judged.stdout));
    let spoilt = folder.path().join("spoilt.sarif");
    let text = fs::read_to_string(&logs[0]).unwrap();
    fs::write(&spoilt, text.replace("\"ruleId\"", "\"rule\"").replace("\"text\"", "\"words\"")).unwrap();
    assert!(!validate(&[spoilt]).status.success(), "the validator accepts anything");
}

#[test]
fn junit_counts_what_it_lists() {
    for analysis in wrong_programs() {
        let drawn = render::junit(&analysis.reports, Severity::Error, &analysis.sources);
        let errors =
            analysis.reports.iter().filter(|report| report.code.severity() == Severity::Error).count();
        assert_eq!(drawn.matches("<failure ").count(), errors, "{drawn}");
        assert_eq!(drawn.matches("<testcase ").count(), analysis.reports.len().max(1), "{drawn}");
        assert!(drawn.contains(&format!("failures=\"{errors}\"")), "{drawn}");
    }
}
