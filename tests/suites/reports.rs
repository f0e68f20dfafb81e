//! What `quater check` writes for other programs, held to their schemas: every report of every wrong program that
//! there is, in each format.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

#[path = "matrix/judges.rs"]
mod judges;

use quater_compiler::report::{Code, Report, Severity, Source, Sources, Span, Suppressed, render};
use quater_compiler::{Analysis, Asked, analyse, analyse_as};
use quater_ir::access_report;
use quater_tests::annotated::on_a_day;
use serde_json::Value as Json;
use std::collections::BTreeSet;
use std::fs;
use std::process::Command;
use tempfile::TempDir;

/// Every program of the pages and of the cases, as far as something is said about it; and reports of what only a
/// comparison of two versions tells, which have no program.
fn wrong_programs() -> Vec<Analysis> {
    let folders = ["tests/cases/check", "tests/cases/syntax"];
    let entries = folders.iter().flat_map(|folder| judges::root().join(folder).read_dir().unwrap());
    let paths = entries.map(|entry| entry.unwrap().path());
    let files = paths.filter(|path| path.extension().is_some_and(|end| end == "md"));
    let files = files.map(|path| fs::read_to_string(path).unwrap());
    let pages: Vec<String> = Code::ALL.iter().map(|code| code.page().to_owned()).chain(files).collect();
    let mut analyses = vec![compared()];
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
            let production = page.lines().next().is_some_and(|line| line.contains("production"));
            let analysis = analyse_as(sources, &Asked { production, documents: false, ..on_a_day() });
            if !(analysis.reports.is_empty() && analysis.suppressed.is_empty()) {
                analyses.push(analysis);
            }
        }
    }
    assert!(analyses.len() > 100, "{} wrong programs", analyses.len());
    analyses
}

/// Reports of all codes that compare two versions of a service.
fn compared() -> Analysis {
    let mut sources = Sources::default();
    sources.add(Source::new("shop.qtr", "service shop version 1\n".to_owned()));
    let mut analysis = analyse(sources);
    let at = Span { start: 8, end: 12, ..analysis.files[0].declarations[0].at };
    let compared = Code::ALL.iter().filter(|code| code.name()[1..].starts_with("07"));
    analysis.reports = compared.map(|code| Report::new(*code, at, "`shop` has changed")).collect();
    analysis
}

/// The lines of JSON about an analysis.
fn lines(analysis: &Analysis) -> Vec<Json> {
    let drawn = render::json(&analysis.reports, &analysis.sources);
    drawn.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn every_code_says_the_same_in_json_and_in_sarif() {
    let mut met = BTreeSet::new();
    for analysis in wrong_programs() {
        let log = render::sarif(&analysis.reports, &[], &analysis.sources);
        let log: Json = serde_json::from_str(&log).unwrap();
        let results = log["runs"][0]["results"].as_array().unwrap();
        let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
        let lines = lines(&analysis);
        assert_eq!(lines.len(), results.len());
        for ((line, result), report) in lines.iter().zip(results).zip(&analysis.reports) {
            let code = report.code.name();
            let region = &result["locations"][0]["physicalLocation"]["region"];
            let severity = if code.starts_with('E') { "error" } else { "warning" };
            assert_eq!((&line["code"], &line["severity"]), (&Json::from(code), &Json::from(severity)));
            assert_eq!((&result["ruleId"], &result["level"]), (&line["code"], &line["severity"]));
            let rule = &rules[result["ruleIndex"].as_u64().unwrap() as usize];
            assert_eq!((&rule["id"], &line["title"]), (&line["code"], &rule["shortDescription"]["text"]));
            let place = |end: &str, sarif: &str| {
                assert_eq!(line[end]["line"], region[format!("{sarif}Line")], "{line:#}");
                assert_eq!(line[end]["column"], region[format!("{sarif}Column")], "{line:#}");
            };
            place("start", "start");
            place("end", "end");
            assert_eq!(line["start"]["byte"], report.at.start);
            assert!(
                result["message"]["text"].as_str().unwrap().starts_with(line["message"].as_str().unwrap())
            );
            let fixes = |value: &Json| value["fixes"].as_array().map_or(0, Vec::len);
            assert_eq!(fixes(line), fixes(result), "{line:#}");
            met.insert(code);
        }
    }
    let missing: Vec<&str> =
        Code::ALL.iter().map(|code| code.name()).filter(|code| !met.contains(code)).collect();
    assert!(missing.is_empty(), "never drawn: {missing:?}");
}

#[test]
fn json_lines_hold_to_the_published_schema() {
    let schema = judges::root().join("docs/schema/report.schema.json");
    let schema: Json = serde_json::from_str(&fs::read_to_string(schema).unwrap()).unwrap();
    jsonschema::meta::validate(&schema).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let mut met = BTreeSet::new();
    for analysis in wrong_programs() {
        for mut line in lines(&analysis) {
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
