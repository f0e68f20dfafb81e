//! Suites that nobody here wrote, against the real binary: the OpenAPI document by three validators, what the
//! document promises by schemathesis, the MCP endpoint by the conformance suite. They stand in `tests/judges`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

#[path = "matrix/judges.rs"]
mod judges;
#[path = "matrix/server.rs"]
mod server;

use serde_json::Value as Json;
use server::{Server, file};
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// A judge by its path below the folder of the judges, with a Node that is new enough for it.
fn judge(program: &str) -> Command {
    let folder = judges::folder();
    let mut path = OsString::from(folder.join("node_modules/node/bin"));
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap());
    let mut command = Command::new(folder.join(program));
    command.env("PATH", path).env("REDOCLY_TELEMETRY", "off").env("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true");
    command
}

#[track_caller]
fn approves(command: &mut Command) {
    let output = command.output().unwrap();
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}\n{said}");
}

fn get(url: &str) -> String {
    reqwest::blocking::get(url).unwrap().text().unwrap()
}

#[test]
fn the_contract_is_one() {
    if !judges::ready() {
        return;
    }
    let folder = TempDir::new().unwrap();
    let store = Server::start(&file(&folder.path().join("store.db")), folder.path());
    let document = folder.path().join("openapi.json");
    fs::write(&document, get(&format!("{}/openapi.json", store.url))).unwrap();
    approves(judge("python/bin/openapi-spec-validator").arg(&document));
    let redocly = ["lint", "--extends=recommended-strict"];
    approves(judge("node_modules/.bin/redocly").args(redocly).arg(&document).current_dir(folder.path()));
    let rules = judges::root().join("tests/judges/spectral.yaml");
    let mut spectral = judge("node_modules/.bin/spectral");
    approves(spectral.args(["lint", "--fail-severity=warn", "--ruleset"]).arg(rules).arg(&document));
}

/// No schema can say which cursors there are, so that one of nobody's making is rightly refused.
const CURSORS: &str = r#"
[[operations]]
include-name = "GET /orders"
checks.positive_data_acceptance.expected-statuses = ["2xx", "3xx", "401", "403", "404", "409", "422", "429", "5xx"]
"#;

/// Has schemathesis call everything that the contract promises.
fn keeps_its_contract(store: &Server, folder: &Path, token: Option<&str>) {
    fs::write(folder.join("schemathesis.toml"), CURSORS).unwrap();
    let mut run = judge("python/bin/st");
    run.current_dir(folder).arg("run").arg(format!("{}/openapi.json", store.url));
    run.args(["--checks", "all", "--phases", "examples,coverage,fuzzing,stateful", "--seed", "1"]);
    run.args(["--max-examples", "10"]);
    if let Some(token) = token {
        run.args(["--header", &format!("Authorization: Bearer {token}")]);
    }
    approves(&mut run);
}

#[test]
fn the_contract_holds_for_nobody() {
    if judges::ready() {
        let folder = TempDir::new().unwrap();
        let store = Server::start(&file(&folder.path().join("store.db")), folder.path());
        keeps_its_contract(&store, folder.path(), None);
    }
}

#[test]
fn the_contract_holds_for_a_manager() {
    if !judges::ready() {
        return;
    }
    let folder = TempDir::new().unwrap();
    let store = Server::start(&file(&folder.path().join("store.db")), folder.path());
    let form = r#"{"email": "max@store.example", "password": "correct horse", "name": "north"}"#;
    let opened = reqwest::blocking::Client::new().post(format!("{}/branches", store.url));
    let opened = opened.header("content-type", "application/json").body(form).send().unwrap().text().unwrap();
    let opened: Json = serde_json::from_str(&opened).unwrap();
    keeps_its_contract(&store, folder.path(), Some(opened["token"].as_str().unwrap()));
}

#[test]
fn the_agents_door_conforms() {
    if !judges::ready() {
        return;
    }
    let folder = TempDir::new().unwrap();
    let read = |path: &str| fs::read_to_string(judges::root().join(path)).unwrap();
    let text = format!("{}\n{}", read("tests/doors/service.qtr"), read("tests/judges/agents.qtr"));
    fs::write(folder.path().join("service.qtr"), text).unwrap();
    let server = Server::serve(
        &folder.path().join("service.qtr"),
        &file(&folder.path().join("doors.db")),
        folder.path(),
    );
    let table = read("tests/judges/conformance.txt");
    let rows = table.lines().filter(|line| !line.starts_with('#'));
    let wrong: Vec<String> = rows.flat_map(|row| conforms(row, &server, folder.path())).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is wrong with one scenario: checks that fail and need not, or need to and pass.
fn conforms(row: &str, server: &Server, folder: &Path) -> Vec<String> {
    let [scenario, revision, waiting @ ..] = &row.split_whitespace().collect::<Vec<_>>()[..] else {
        panic!("not a row: {row}");
    };
    let out = folder.join(format!("{scenario}-{revision}"));
    let mut suite = judge("node_modules/.bin/conformance");
    suite.args(["server", "--url", &format!("{}/mcp", server.url), "--scenario", scenario]);
    let output = suite.args(["--spec-version", revision, "-o"]).arg(&out).output().unwrap();
    let checks = checks(&out);
    assert!(!checks.is_empty(), "{scenario}: {}", String::from_utf8_lossy(&output.stdout));
    let judged = checks.iter().filter_map(|check| {
        let (id, failed) = (check["id"].as_str().unwrap(), check["status"] == "FAILURE");
        let excused = waiting.contains(&id);
        (failed != excused)
            .then(|| format!("{scenario} {revision}: {id}: {}: {}", check["status"], check["errorMessage"]))
    });
    judged.collect()
}

/// The checks that a run has written, in whatever folder below.
fn checks(folder: &Path) -> Vec<Json> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(checks(&path));
        } else if path.ends_with("checks.json") {
            found.extend(serde_json::from_str::<Vec<Json>>(&fs::read_to_string(path).unwrap()).unwrap());
        }
    }
    found
}
