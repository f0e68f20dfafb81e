//! Suites that nobody here wrote, against the real binary: OpenAPI documents by three validators, what they
//! promise by schemathesis and by generated clients, Conduit by RealWorld's own collection, the MCP endpoint by the
//! conformance suite. They stand in `tests/judges`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

#[path = "judges/ask.rs"]
mod ask;
#[path = "judges/browser.rs"]
mod browser;
#[path = "judges/conduit.rs"]
mod conduit;
#[path = "judges/contracts.rs"]
mod contracts;
#[path = "matrix/judges.rs"]
mod judges;
#[path = "matrix/server.rs"]
mod server;

use ask::judge;
use serde_json::Value as Json;
use server::{Server, file};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

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
