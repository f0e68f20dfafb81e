//! One table of cases, through every door over its real transport: HTTP from a Rust client, MCP from both
//! official kits in both of their modes, and `quater call` as a process. What is expected stands in
//! `tests/cases/matrix`, written by hand; no door is held against another.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

#[path = "matrix/agents.rs"]
mod agents;
#[path = "matrix/cases.rs"]
mod cases;
#[path = "matrix/covered.rs"]
mod covered;
#[path = "matrix/doors.rs"]
mod doors;
#[path = "matrix/expect.rs"]
mod expect;
#[path = "matrix/judges.rs"]
mod judges;
#[path = "matrix/people.rs"]
mod people;
#[path = "matrix/server.rs"]
mod server;

use agents::{Agents, Kit, Mode};
use cases::Case;
use doors::{Actions, CommandLine, Door, Http};
use expect::Outcome;
use people::{People, Place};
use quater_tests::postgres::Database;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

fn people() -> Arc<People> {
    static PEOPLE: OnceLock<Arc<People>> = OnceLock::new();
    Arc::clone(PEOPLE.get_or_init(|| Arc::new(People::sign_up(Place::new(None)))))
}

/// Plays every story through one door, each on a copy of its own of the same database, and holds the audit
/// to it: one record a call.
fn play(people: &Arc<People>, open: impl Fn(Arc<People>, &Place) -> Box<dyn Door>) {
    let mut wrong = Vec::new();
    for story in cases::stories() {
        let place = people.place();
        let mut door = open(Arc::clone(people), &place);
        let mut bindings = people.ids();
        let mut records = Vec::new();
        let mut requests = BTreeMap::new();
        let name = door.name();
        let entry = door.entry();
        for case in story.cases.iter().filter(|case| case.speaks(name, entry)) {
            if case.is_statement() {
                place.does(&case.caller, &case.operation);
                continue;
            }
            let input = expect::filled(&case.input, &bindings);
            let outcome = match case.operation.as_str() {
                "grant" | "deny" => door.decide(&case.caller, &case.operation, &input),
                operation => door.call(&case.caller, operation, &input, &case.wishes),
            };
            // So that no two rows are of the same millisecond, and "newest first" has one answer.
            std::thread::sleep(Duration::from_millis(2));
            records.extend(record(case, &input, &outcome, (&*door, &requests)));
            if let Outcome::Waits(id) = &outcome {
                requests.insert(id.clone(), case.operation.clone());
            }
            if let Err(why) = case.expected.hold(&outcome, &mut bindings) {
                let Case { line, caller, operation, input, .. } = case;
                wrong.push(format!("{}:{line} {name}: {caller} {operation} {input}\n{why}", story.file));
            }
        }
        drop(door);
        let audited = place.audit();
        if audited != records {
            wrong.push(format!(
                "{}: the audit differs\n{}",
                story.file,
                expect::difference(&records, &audited)
            ));
        }
    }
    assert!(wrong.is_empty(), "{} are wrong\n\n{}\n", wrong.len(), wrong.join("\n\n"));
}

/// What the audit must say of a call: door, entry, operation, whether there was an actor, result.
fn record(
    case: &Case,
    input: &Json,
    outcome: &Outcome,
    (door, requests): (&dyn Door, &BTreeMap<String, String>),
) -> Option<String> {
    let result = match outcome {
        Outcome::Gives(_) | Outcome::Tried(_) | Outcome::Waits(_) => "ok",
        // What is too large is never read, and so is no call yet.
        Outcome::Fails(failure) if failure.code == "TooLarge" => return None,
        Outcome::Fails(failure) => &failure.code,
    };
    if let "grant" | "deny" = case.operation.as_str() {
        let request = input["approval"].as_str().unwrap();
        let decides = door.decides();
        let operation = if result == "NotFound" { "approvals" } else { &requests[request] };
        return Some(format!("{decides} {operation} actor {result}"));
    }
    let (nobody, unknown) = (case.caller == "nobody", result == "Unauthorized");
    // What is lost there is who calls.
    let lost = result == "Internal" && case.operation == "me";
    let actor = if nobody || unknown || lost { "-" } else { "actor" };
    // MCP clients with a bad credential get no further than the greeting, which is no call.
    let called = case.operation != "tools" && (nobody || !unknown || door.name() != "mcp");
    called.then(|| format!("{} {} {} {actor} {result}", door.name(), door.entry(), case.operation))
}

#[test]
fn http() {
    play(&people(), |people, place| Box::new(Http::open(people, place)));
}

#[test]
fn command_line() {
    play(&people(), |people, place| Box::new(CommandLine::open(people, place)));
}

#[test]
fn actions() {
    play(&people(), |people, place| Box::new(Actions::open(people, place)));
}

#[test]
fn mcp_python_stateless() {
    mcp(Kit::Python, Mode::Auto);
}

#[test]
fn mcp_python_handshake() {
    mcp(Kit::Python, Mode::Legacy);
}

#[test]
fn mcp_typescript_stateless() {
    mcp(Kit::TypeScript, Mode::Auto);
}

#[test]
fn mcp_typescript_handshake() {
    mcp(Kit::TypeScript, Mode::Legacy);
}

fn mcp(kit: Kit, mode: Mode) {
    if judges::ready() {
        play(&people(), |people, place| Box::new(Agents::open(kit, mode, people, place)));
    }
}

/// The same through every door, from a server of Postgres's.
#[test]
fn every_door_on_postgres() {
    let Some(database) = Database::fresh() else { return };
    let people = Arc::new(People::sign_up(Place::new(Some(database))));
    play(&people, |people, place| Box::new(Http::open(people, place)));
    play(&people, |people, place| Box::new(CommandLine::open(people, place)));
    play(&people, |people, place| Box::new(Actions::open(people, place)));
    if judges::ready() {
        for (kit, mode) in [(Kit::Python, Mode::Auto), (Kit::TypeScript, Mode::Legacy)] {
            play(&people, |people, place| Box::new(Agents::open(kit, mode, people, place)));
        }
    }
}
