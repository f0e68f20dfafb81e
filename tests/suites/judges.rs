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
#[path = "judges/forms.rs"]
mod forms;
#[path = "matrix/judges.rs"]
mod judges;
#[path = "matrix/server.rs"]
mod server;

use ask::{approves, judge};
use quater_compiler::report::{Source, Sources};
use quater_host::{Service, Settings};
use quater_runtime::http::{HttpOptions, serve};
use serde_json::Value as Json;
use server::{Server, file};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::sync::watch;

#[test]
fn the_agents_door_conforms() {
    if !judges::ready() {
        return;
    }
    let folder = TempDir::new().unwrap();
    let read = |path: &str| fs::read_to_string(judges::root().join(path)).unwrap();
    let table = read("tests/judges/conformance.txt");
    let rows = table.lines().filter(|line| !line.starts_with('#'));
    let wrong = served(&read("tests/agents/agents.qtr"), folder.path(), |url| {
        rows.flat_map(|row| conforms(row, url, folder.path())).collect::<Vec<String>>()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Serves what the suite calls while it is asked.
fn served<T>(text: &str, folder: &Path, ask: impl FnOnce(&str) -> T) -> T {
    let mut sources = Sources::default();
    sources.add(Source::new("agents.qtr", text.to_owned()));
    let program = Arc::new(quater_compiler::analyse(sources).program.unwrap());
    let settings = Settings::new(Default::default(), folder.to_owned());
    let service = Service::start_with(program, &settings, agents::generated::bodies(agents::Team)).unwrap();
    let threads = tokio::runtime::Runtime::new().unwrap();
    let listener = threads.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    threads.spawn(async move {
        let (_newest, services) = watch::channel(service);
        serve(services, listener, HttpOptions::default(), std::future::pending()).await.unwrap();
    });
    let asked = ask(&url);
    threads.shutdown_timeout(std::time::Duration::from_secs(5));
    asked
}

/// What is wrong with one scenario: checks that fail and need not, or need to and pass.
fn conforms(row: &str, url: &str, folder: &Path) -> Vec<String> {
    let [scenario, revision, waiting @ ..] = &row.split_whitespace().collect::<Vec<_>>()[..] else {
        panic!("not a row: {row}");
    };
    let out = folder.join(format!("{scenario}-{revision}"));
    let mut suite = judge("node_modules/.bin/conformance");
    suite.args(["server", "--url", &format!("{url}/mcp"), "--scenario", scenario]);
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

/// What the Inspector finds in the tools of the store and of papers: nothing, in either era of the protocol.
#[test]
fn the_inspector_has_nothing_to_object_to() {
    if !judges::ready() {
        return;
    }
    let folder = TempDir::new().unwrap();
    let (papers, [clerk, _]) = papers(folder.path());
    for era in ["legacy", "modern"] {
        let inspect = || {
            let mut inspector = judge("node_modules/.bin/mcp-inspector");
            inspector.args(["--cli", "--transport", "http", "--protocol-era", era, "--server-url"]);
            inspector.arg(format!("{}/mcp", papers.url));
            inspector
                .args(["--header", &format!("Authorization: Bearer {clerk}")])
                .env("HOME", folder.path());
            inspector
        };
        approves(inspect().args(["--strict", "--method", "tools/list"]));
        let called = inspect().args(["--method", "tools/call", "--tool-name", "count_up"]).output().unwrap();
        let said = String::from_utf8_lossy(&called.stdout).into_owned();
        assert!(called.status.success() && said.contains("\"counted\": 3"), "{era}: {called:?}");
    }
}

/// A service with everything that agents do, and tokens of a clerk and a manager.
fn papers(folder: &Path) -> (Server, [String; 2]) {
    let service = folder.join("papers.qtr");
    fs::write(&service, include_str!("remote/papers.qtr")).unwrap();
    let server = Server::serve(&service, &file(&folder.join("papers.db")), folder);
    let join = |role: &str| {
        let form = format!(r#"{{"name": "{role}", "role": "{role}"}}"#);
        let made = reqwest::blocking::Client::new().post(format!("{}/people", server.url));
        let made = made.header("content-type", "application/json").body(form).send().unwrap();
        let made: Json = serde_json::from_str(&made.text().unwrap()).unwrap();
        made["token"].as_str().unwrap().to_owned()
    };
    let tokens = [join("clerk"), join("manager")];
    (server, tokens)
}

/// The program that plays an agent by the client of rmcp, which is built here: it is no part of the workspace.
fn rmcp() -> Command {
    let (crate_of_it, target) = (judges::root().join("tests/judges/rmcp"), judges::folder().join("rmcp"));
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--quiet", "--locked", "--target-dir"]).arg(&target).current_dir(crate_of_it);
    let built = cargo.output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    Command::new(target.join("debug/duties"))
}

/// Everything that agents do, by the client of rmcp.
#[test]
fn agents_of_rmcp_do_their_duties() {
    if !judges::ready() {
        return;
    }
    for mode in ["auto", "legacy"] {
        let folder = TempDir::new().unwrap();
        let (server, [clerk, manager]) = papers(folder.path());
        let url = format!("{}/mcp", server.url);
        approves(rmcp().args(["http", &url, mode, &clerk, &manager]));
        if mode == "legacy" {
            let file = folder.path().join("papers.qtr");
            let database = server::file(&folder.path().join("papers.db"));
            let mut agent = rmcp();
            agent.args(["stdio", env!("CARGO_BIN_EXE_quater")]).arg(file).current_dir(folder.path());
            agent.env("QUATER_TOKEN", &clerk).env("DATABASE_URL", database);
            approves(agent.env("SIGNING_KEY", server::SIGNING_KEY));
        }
    }
}

/// Everything that agents do, by each of the official clients in each of their modes.
#[test]
fn agents_do_their_duties() {
    if !judges::ready() {
        return;
    }
    let kits = [
        ("python/bin/python", "duties.py", "auto"),
        ("python/bin/python", "duties.py", "legacy"),
        ("node_modules/node/bin/node", "duties.mjs", "auto"),
        ("node_modules/node/bin/node", "duties.mjs", "legacy"),
    ];
    for (program, script, mode) in kits {
        let folder = TempDir::new().unwrap();
        let (server, [clerk, manager]) = papers(folder.path());
        let mut duties = judge(program);
        duties.arg(judges::root().join("tests/judges").join(script)).arg(format!("{}/mcp", server.url));
        approves(duties.args([mode, &clerk, &manager]).arg(judges::folder()));
    }
}
