//! The runtime on a real database: what is kept, what is refused, what breaks and what then is left.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

#[path = "runtime/approvals.rs"]
mod approvals;
#[path = "runtime/asked.rs"]
mod asked;
#[path = "runtime/bounds.rs"]
mod bounds;
#[path = "runtime/cancel.rs"]
mod cancel;
#[path = "runtime/crash.rs"]
mod crash;
#[path = "runtime/foreseen.rs"]
mod foreseen;
#[path = "runtime/inputs.rs"]
mod inputs;
#[path = "runtime/once.rs"]
mod once;
#[path = "runtime/place.rs"]
mod place;
#[path = "runtime/same.rs"]
mod same;
#[path = "runtime/server.rs"]
mod server;
#[path = "runtime/shapes.rs"]
mod shapes;
#[path = "runtime/starting.rs"]
mod starting;
#[path = "runtime/values.rs"]
mod values;
#[path = "runtime/versions.rs"]
mod versions;
#[path = "runtime/writes.rs"]
mod writes;

use quater_compiler::report::{Source, Sources};
use quater_ir::Program;
use quater_ir::operation::Door;
use quater_runtime::{
    Call, Entry, Identity, Input, Refusal, RequestId, Service, StartError, Wishes, testing,
};
use quater_tests::postgres::Database;
use serde_json::{Value as Json, json};
use std::sync::Arc;

const LEDGER: &str = include_str!("runtime/ledger.qtr");
const KEYS: &str = include_str!("runtime/keys.qtr");
const STORED: &str = include_str!("runtime/stored.qtr");
const WRITTEN: &str = include_str!("runtime/written.qtr");
/// Rows that are changed in more than one way.
const CHANGED: &str = include_str!("runtime/changed.qtr");
/// Rows that belong to a branch by what they point to.
const TENANTS: &str = include_str!("runtime/tenants.qtr");
const SECRET: &str = "0123456789abcdef0123456789abcdef";

fn compile(text: &str) -> Arc<Program> {
    let mut sources = Sources::default();
    sources.add(Source::new("ledger.qtr", text.to_owned()));
    let analysis = quater_compiler::analyse(sources);
    Arc::new(analysis.program.unwrap_or_else(|| panic!("no program: {:#?}", analysis.reports)))
}

/// A call through MCP's way in, which takes the inputs as one object.
async fn call(service: &Service, token: Option<&str>, name: &str, arguments: Json) -> Result<Json, Refusal> {
    let program = service.program();
    let (operation, _) = program.operations.iter().find(|(_, it)| it.name == name).unwrap();
    let identity = token.map_or(Identity::Nobody, Identity::bearer);
    let Json::Object(members) = arguments else { panic!("arguments are an object") };
    let answer = service
        .invoke(Call {
            operation,
            door: Door::Mcp,
            entry: Entry::Remote,
            input: Input::Object(members),
            identity,
            request: RequestId::fresh(),
            ip: None,
            wishes: Wishes::default(),
        })
        .await?;
    Ok(if answer.body.is_empty() { Json::Null } else { serde_json::from_slice(&answer.body).unwrap() })
}

fn fault(service: &Service, result: Result<Json, Refusal>) -> String {
    match result {
        Ok(answer) => format!("ok {answer}"),
        Err(refusal) => service.program().faults[refusal.fault].name.to_string(),
    }
}

/// Somebody new: their token and key.
async fn join(service: &Service, name: &str, role: &str) -> (String, String) {
    join_as(service, json!({ "name": name, "role": role })).await
}

async fn join_as(service: &Service, about: Json) -> (String, String) {
    let made = call(service, None, "join", about).await.unwrap();
    (made["token"].as_str().unwrap().to_owned(), made["id"].as_str().unwrap().to_owned())
}

#[test]
fn services_pass_their_own_tests() {
    pass(|program| testing::run(program, None));
}

#[test]
fn services_pass_their_own_tests_on_postgres() {
    let Some(database) = Database::fresh() else { return };
    pass(|program| testing::run_at(program, None, &database.url()));
    assert_eq!(database.count("SELECT count(*) FROM pg_namespace WHERE nspname LIKE '%test%'"), 0);
}

fn pass(run: impl Fn(&Arc<Program>) -> Result<Vec<testing::Outcome>, StartError>) {
    let store = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/store/store.qtr"));
    for text in [LEDGER, KEYS, STORED, WRITTEN, CHANGED, TENANTS, once::REFUNDS, &store.unwrap()] {
        let outcomes = run(&compile(text)).unwrap();
        assert!(!outcomes.is_empty());
        let failed: Vec<_> = outcomes.iter().filter(|it| it.result.is_err()).collect();
        assert!(failed.is_empty(), "{failed:#?}");
    }
}

#[test]
fn a_test_that_should_fail_does() {
    let wrong = [
        ("gives { gone: 1 }", "gives { gone: 7 }", "at `/gone`"),
        ("fails TooPoor", "succeeds", "`transfer` through http fails"),
        ("expect a.balance == 5.50", "expect a.balance == 5.51", "does not hold"),
        ("fails Forbidden", "fails NotFound", "fails otherwise"),
    ];
    for (right, wrong, told) in wrong {
        let text = LEDGER.replacen(right, wrong, 1);
        let outcomes = testing::run(&compile(&text), Some("money moves")).unwrap();
        let [outcome] = outcomes.as_slice() else { panic!("one test has this name") };
        let failure = outcome.result.as_ref().unwrap_err();
        assert!(failure.message.contains(told), "{failure:?}");
        assert!(text.lines().nth(failure.line as usize - 1).unwrap().trim_start().contains(wrong));
    }
}
