//! `check --report`: who may do what with a service, a declaration at a time.
use crate::output;
use quater_ir::Program;
use quater_ir::access_report::{
    About, Access, Approval, Assets, Channel, Job, Limited, Line, Operation, Reach, Touched, report,
};
use quater_ir::setting::length;
use serde_json::json;
use smol_str::SmolStr;

/// What is said under a label; nothing, and the label goes too.
type Row = (&'static str, Vec<String>);

/// Prints what each operation, channel, job and tree of files lets whom do.
pub fn print(program: &Program, as_json: bool) {
    let lines = report(program);
    let told: Vec<String> = match as_json {
        true => lines.iter().map(|line| format!("{}\n", json!(line))).collect(),
        false => lines.iter().map(for_people).collect(),
    };
    output::told(as_json, &told.join(if as_json { "" } else { "\n" }));
}

/// The name, and below it a row for each thing that there is to say.
fn for_people(line: &Line) -> String {
    let (name, rows) = match &line.about {
        About::Operation(operation) => (operation.name.to_string(), of_operation(operation)),
        About::Channel(channel) => (format!("channel {}", channel.name), of_channel(channel)),
        About::Job(job) => (format!("job {}", job.name), of_job(job)),
        About::Static(assets) => (format!("static {}", assets.path), of_assets(assets)),
    };
    let mut out = format!("{name}\n");
    for (label, cells) in rows {
        for (at, cell) in cells.iter().enumerate() {
            let label = if at == 0 { label } else { "" };
            out.push_str(&format!("  {label:11} {cell}\n"));
        }
    }
    out
}

/// What may be called, by whom and how often is always said; the rest where there is something.
fn of_operation(line: &Operation) -> Vec<Row> {
    let mut rows = vec![("callers", vec![callers(&line.access)]), ("doors", doors(line))];
    rows.extend(touched(&line.touched, &line.name));
    rows.extend([
        ("body", in_rust(line.rust)),
        ("limits", limits(&line.limits)),
        ("approval", line.approval.iter().map(approval).collect()),
        ("idempotent", yes(line.idempotent)),
        ("timeout", vec![length(line.timeout)]),
        ("cache", line.cache.iter().map(|it| length(*it)).collect()),
        ("audit off", line.unaudited.iter().cloned().collect()),
        ("errors", joined(&line.errors)),
    ]);
    rows
}

fn of_channel(line: &Channel) -> Vec<Row> {
    let door = format!("http GET {} via {}", line.path, line.via.join(", "));
    let mut rows = vec![
        ("listeners", vec![callers(&line.access)]),
        ("door", vec![door]),
        ("tells of", joined(&line.changes)),
        ("senders", joined(&line.senders)),
        ("receives", yes(line.receives)),
    ];
    rows.extend(touched(&line.touched, &line.name));
    rows.extend([("limits", limits(&line.limits)), ("errors", joined(&line.errors))]);
    rows
}

fn of_job(line: &Job) -> Vec<Row> {
    let reach = match line.reach {
        Reach::Enqueued => Vec::new(),
        Reach::EachTenant => vec!["each of them".to_owned()],
        Reach::AcrossTenants => vec!["all of them at once".to_owned()],
    };
    let mut rows = vec![
        ("queue", vec![line.queue.to_string()]),
        ("enqueued by", joined(&line.enqueued_by)),
        ("starts", line.schedule.iter().cloned().collect()),
        ("starts on", joined(&line.changes)),
        ("tenants", reach),
    ];
    rows.extend(touched(&line.touched, &line.name));
    rows.extend([
        ("body", in_rust(line.rust)),
        ("retries", vec![line.retries.to_string()]),
        ("timeout", line.timeout.iter().map(|it| length(*it)).collect()),
        ("errors", joined(&line.errors)),
    ]);
    rows
}

fn of_assets(line: &Assets) -> Vec<Row> {
    vec![
        ("readers", vec!["anyone".to_owned()]),
        ("folder", vec![line.folder.to_string()]),
        ("cache", line.cache.iter().map(|it| length(*it)).collect()),
        ("spa", yes(line.spa)),
        ("packed", yes(line.precompressed)),
    ]
}

fn touched(touched: &Touched, own: &SmolStr) -> Vec<Row> {
    let reveals = touched.reveals.iter().map(|it| match it.by == *own {
        true => format!("{}: {}", it.what, it.reason),
        false => format!("{} of {}: {}", it.what, it.by, it.reason),
    });
    vec![
        ("reads", joined(&touched.rows.reads)),
        ("creates", joined(&touched.rows.creates)),
        ("updates", joined(&touched.rows.updates)),
        ("deletes", joined(&touched.rows.deletes)),
        ("calls", joined(&touched.calls)),
        ("requests", joined(&touched.requests)),
        ("enqueues", joined(&touched.jobs)),
        ("sends to", joined(&touched.channels)),
        ("mails by", joined(&touched.mails)),
        ("files of", joined(&touched.files)),
        ("reveals", reveals.collect()),
    ]
}

fn joined(names: &[SmolStr]) -> Vec<String> {
    if names.is_empty() { Vec::new() } else { vec![names.join(", ")] }
}

fn yes(is: bool) -> Vec<String> {
    if is { vec!["yes".to_owned()] } else { Vec::new() }
}

fn in_rust(is: bool) -> Vec<String> {
    if is { vec!["in Rust".to_owned()] } else { Vec::new() }
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

fn doors(line: &Operation) -> Vec<String> {
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
