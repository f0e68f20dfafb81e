//! One program at every stage: the first files for a newcomer to read, in the order of their numbers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use quater_compiler::report::{FileId, Source, Sources};
use quater_compiler::{Analysis, analyse, format};
use quater_ir::Program;
use quater_ir::operation::Door;
use quater_runtime::{Call, Entry, Identity, Input, RequestId, Service, Settings, Wishes};
use quater_tests::golden::expect;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

const CALLS: &[(&str, &str)] = &[
    ("leave", r#"{"title":"  first  ","stars":4}"#),
    ("leave", r#"{"title":"second"}"#),
    ("leave", r#"{"title":"third","stars":5,"state":"hidden"}"#),
    ("best", "{}"),
    ("leave", r#"{"title":"note"}"#),
    ("leave", r#"{"title":"first"}"#),
    ("leave", r#"{"title":"","stars":9,"colour":"red"}"#),
];

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("cases/pipeline/notes")
}

fn notes() -> Analysis {
    let text = std::fs::read_to_string(folder().join("1.source.qtr")).unwrap();
    let mut sources = Sources::default();
    sources.add(Source::new("1.source.qtr", text));
    analyse(sources)
}

#[test]
fn source_is_in_the_canonical_layout() {
    let analysis = notes();
    let text = &analysis.sources.get(FileId(0)).unwrap().text;
    assert_eq!(&format::format(FileId(0), text).unwrap(), text);
}

#[test]
fn tree_then_program_then_documents() {
    let analysis = notes();
    assert_eq!(analysis.reports, []);
    let program = analysis.program.unwrap();
    expect(&folder().join("2.tree.txt"), &indented(&quater_compiler::ast::shape(&analysis.files[0])));
    let mut plain = serde_json::to_value(&program).unwrap();
    plain["surface"]["openapi"] = "in 4.openapi.json".into();
    plain["surface"]["manifest"] = "in 7.manifest.json".into();
    expect(&folder().join("3.program.json"), &pretty(&plain));
    expect(
        &folder().join("4.openapi.json"),
        &pretty(&serde_json::from_str(&program.surface.openapi).unwrap()),
    );
    expect(
        &folder().join("7.manifest.json"),
        &pretty(&serde_json::from_str(&program.surface.manifest).unwrap()),
    );
}

#[test]
fn plan_then_answers() {
    let program = Arc::new(notes().program.unwrap());
    let settings = Settings::new(BTreeMap::new(), std::env::temp_dir());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let service = Service::start(Arc::clone(&program), &settings).unwrap();
    expect(&folder().join("5.statements.sql"), &service.statements());
    let mut transcript = String::from("# What each call answers\n");
    for (name, input) in CALLS {
        let answer = runtime.block_on(service.invoke(call(&program, name, input)));
        let answer = match answer {
            Ok(answer) => String::from_utf8(answer.body.to_vec()).unwrap(),
            Err(refusal) => format!(
                "{}: {} {:?}",
                program.faults[refusal.fault].name, refusal.message, refusal.violations
            ),
        };
        transcript.push_str(&format!("\n## {name} {input}\n{answer}\n"));
    }
    runtime.block_on(service.stop());
    expect(&folder().join("6.answers.md"), &transcript);
}

fn call(program: &Program, name: &str, input: &str) -> Call {
    let (operation, _) = program.operations.iter().find(|(_, operation)| operation.name == name).unwrap();
    let serde_json::Value::Object(input) = serde_json::from_str(input).unwrap() else { panic!("an object") };
    Call {
        operation,
        door: Door::Mcp,
        entry: Entry::Local,
        input: Input::Object(input),
        identity: Identity::Nobody,
        request: RequestId::fresh(),
        ip: None,
        wishes: Wishes::default(),
    }
}

fn pretty(value: &serde_json::Value) -> String {
    format!("{}\n", serde_json::to_string_pretty(value).unwrap())
}

/// A tree in words, a node a line.
fn indented(shape: &str) -> String {
    let (mut text, mut depth, mut quoted) = (String::new(), 0_usize, false);
    let mut letters = shape.chars().peekable();
    while let Some(letter) = letters.next() {
        quoted ^= letter == '"';
        let (open, close) = (matches!(letter, '{' | '[' | '('), matches!(letter, '}' | ']' | ')'));
        let empty = open && letters.peek().is_some_and(|next| matches!(next, '}' | ']' | ')'));
        if quoted || !(open || close || letter == ',') {
            text.push(letter);
        } else if empty {
            text.push(letter);
            text.extend(letters.next());
        } else {
            depth = if open { depth + 1 } else { depth.saturating_sub(usize::from(close)) };
            if close {
                text.push('\n');
                text.push_str(&"  ".repeat(depth));
            }
            text.push(letter);
            if !close {
                text.push('\n');
                text.push_str(&"  ".repeat(depth));
                letters.next_if_eq(&' ');
            }
        }
    }
    text.push('\n');
    text
}
