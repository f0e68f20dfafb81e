//! `quater check --report`: who may do what with a service, an operation at a time.
use crate::output;
use quater_compiler::access_report::{Approval, Limited, Line, report};
use quater_compiler::contract::Access;
use quater_ir::Program;
use quater_ir::setting::length;
use serde_json::json;

/// Prints what each operation lets whom do.
pub(crate) fn print(program: &Program, as_json: bool) {
    let lines = report(program);
    let told: Vec<String> = match as_json {
        true => lines.iter().map(|line| format!("{}\n", json!(line))).collect(),
        false => lines.iter().map(for_people).collect(),
    };
    output::out(&told.join(if as_json { "" } else { "\n" }));
}

/// The operation, and below it a row for each thing that there is to say.
fn for_people(line: &Line) -> String {
    let mut out = format!("{}\n", line.operation);
    for (label, cells) in rows(line) {
        for (at, cell) in cells.iter().enumerate() {
            let label = if at == 0 { label } else { "" };
            out.push_str(&format!("  {label:11} {cell}\n"));
        }
    }
    out
}

/// What may be called, by whom and how often is always said; the rest where there is something.
fn rows(line: &Line) -> Vec<(&'static str, Vec<String>)> {
    let joined = |names: &[smol_str::SmolStr]| match names {
        [] => Vec::new(),
        names => vec![names.join(", ")],
    };
    let reveals = line.reveals.iter().map(|it| match it.by == line.operation {
        true => format!("{}: {}", it.what, it.reason),
        false => format!("{} of {}: {}", it.what, it.by, it.reason),
    });
    vec![
        ("callers", vec![callers(&line.access)]),
        ("doors", doors(line)),
        ("reads", joined(&line.rows.reads)),
        ("creates", joined(&line.rows.creates)),
        ("updates", joined(&line.rows.updates)),
        ("deletes", joined(&line.rows.deletes)),
        ("calls", joined(&line.calls)),
        ("requests", joined(&line.requests)),
        ("enqueues", joined(&line.jobs)),
        ("sends to", joined(&line.channels)),
        ("mails by", joined(&line.mails)),
        ("files of", joined(&line.files)),
        ("body", if line.rust { vec!["in Rust".to_owned()] } else { Vec::new() }),
        ("reveals", reveals.collect()),
        ("limits", limits(&line.limits)),
        ("approval", line.approval.iter().map(approval).collect()),
        ("idempotent", if line.idempotent { vec!["yes".to_owned()] } else { Vec::new() }),
        ("timeout", vec![length(line.timeout)]),
        ("cache", line.cache.iter().map(|it| length(*it)).collect()),
        ("audit off", line.unaudited.iter().cloned().collect()),
        ("errors", joined(&line.errors)),
    ]
}

fn callers(access: &[Access]) -> String {
    let one = |access: &Access| match access {
        Access::Public => "anyone".to_owned(),
        Access::SignedIn => "anyone signed in".to_owned(),
        Access::Role(role) => format!("role {role}"),
        Access::When(condition) => format!("when {condition}"),
    };
    match access {
        [] => "nobody from outside".to_owned(),
        access => access.iter().map(one).collect::<Vec<_>>().join(", or "),
    }
}

fn doors(line: &Line) -> Vec<String> {
    let doors = &line.doors;
    let kinds = [
        ("http", &doors.http),
        ("mcp tool", &doors.tools),
        ("mcp resource", &doors.resources),
        ("mcp prompt", &doors.prompts),
        ("cli", &doors.commands),
    ];
    let found = kinds.iter().flat_map(|(kind, names)| names.iter().map(move |name| format!("{kind} {name}")));
    let found: Vec<String> = found.collect();
    if found.is_empty() { vec!["none".to_owned()] } else { found }
}

fn limits(limits: &[Limited]) -> Vec<String> {
    let one = |limit: &Limited| match limit.service {
        true => format!("{}, with all of the service", limit.shown),
        false => limit.shown.clone(),
    };
    if limits.is_empty() { vec!["none".to_owned()] } else { limits.iter().map(one).collect() }
}

fn approval(approval: &Approval) -> String {
    let which = approval.when.as_ref().map_or("all calls".to_owned(), |when| format!("calls with {when}"));
    format!("{which}: {}, within {}", callers(&approval.by), length(approval.within))
}
