//! Plans as people and programs read them.
use quater_ir::storage::migration::Step;
use quater_runtime::migrate::{Allowed, Plan, Planned, instant, short};
use serde_json::{Map, Value as Json, json};

/// A plan for people: each step with its grade, what stands in its way, and the SQL of what can be done.
pub(super) fn plan(plan: &Plan, url: &str) -> String {
    let mut text = steps(plan, url);
    let stuck = plan.blocked().next().is_some() || !plan.drift.is_empty();
    for act in plan.acts.iter().filter(|_| !stuck) {
        let numbers: Vec<String> = act.steps.iter().map(|at| (at + 1).to_string()).collect();
        let word = if numbers.len() == 1 { "step" } else { "steps" };
        text.push_str(&format!("\n-- {word} {}\n", numbers.join(", ")));
        act.sql.iter().for_each(|sql| text.push_str(&format!("{sql};\n")));
    }
    text
}

/// The same without SQL.
pub(super) fn steps(plan: &Plan, url: &str) -> String {
    if plan.is_empty() && plan.drift.is_empty() {
        return format!("{} is up to date\n", place(plan, url));
    }
    let from = match &plan.from {
        Some(past) => format!("from version {} ({})", past.version, short(&past.digest)),
        None => "on a database without tables".to_owned(),
    };
    let count = counted(plan.steps.len(), "step");
    let mut text = format!("{}: {count} {from}\n", place(plan, url));
    text.push_str(&drift(plan));
    if plan.done {
        text.push_str("\nthe tables are those of the service already; applying writes that down\n");
    }
    text.push('\n');
    for (at, planned) in plan.steps.iter().enumerate() {
        text.push_str(&step(at + 1, planned));
    }
    text
}

fn place(plan: &Plan, url: &str) -> String {
    format!("{} version {} at `{url}`", plan.service, plan.version)
}

/// In what the tables differ from what was written down, one line each.
pub(super) fn drift(plan: &Plan) -> String {
    if plan.drift.is_empty() {
        return String::new();
    }
    let lines: String = plan.drift.iter().map(|line| format!("- {line}\n")).collect();
    format!("the tables are not as they were made:\n{lines}")
}

/// A step with its grade, and what there is to say of it.
pub(super) fn step(number: usize, planned: &Planned) -> String {
    let mut text = line(number, &planned.step);
    let mut more = |line: &str| text.push_str(&format!("                      {line}\n"));
    if !planned.rows.is_empty() {
        let end = if planned.more { " and more" } else { "" };
        more(&format!("in the way: {}{end}", in_the_way(planned).join(", ")));
    }
    planned.obstacle.iter().for_each(|obstacle| more(obstacle));
    text
}

/// Keys of rows, with how many point to each where that is what stands in the way.
fn in_the_way(planned: &Planned) -> Vec<String> {
    if planned.counts.is_empty() {
        return planned.rows.clone();
    }
    let both = planned.rows.iter().zip(&planned.counts);
    both.map(|(key, count)| format!("{key} ({count} rows)")).collect()
}

/// A step with its grade, why it has that, and what the file could say instead.
pub fn line(number: usize, step: &Step) -> String {
    let mut text = format!("{number:>3}  {:15}  {step}\n", step.grade.name());
    let mut more = |line: &str| text.push_str(&format!("                      {line}\n"));
    step.reason().iter().for_each(|reason| more(reason));
    step.code().iter().for_each(|code| more(&format!("accept it with `--accept {code}`")));
    step.hint.iter().for_each(|hint| more(hint));
    text
}

/// A plan for programs.
pub(super) fn object(plan: &Plan, url: &str, allowed: &Allowed) -> Map<String, Json> {
    let from = plan.from.as_ref().map(
        |past| json!({ "version": past.version, "digest": past.digest, "applied": instant(past.applied), "build": past.build }),
    );
    let steps = plan.steps.iter().map(|planned| {
        let mut object = step_object(&planned.step);
        object.insert("rows".to_owned(), json!(planned.rows));
        object.insert("counts".to_owned(), json!(planned.counts));
        object.insert("blocked".to_owned(), json!(planned.is_blocked()));
        object.insert("obstacle".to_owned(), json!(planned.obstacle));
        object
    });
    let acts = plan
        .acts
        .iter()
        .map(|act| json!({ "steps": act.steps.iter().map(|at| at + 1).collect::<Vec<_>>(), "sql": act.sql }));
    members([
        ("version", json!(1)),
        ("service", json!(plan.service)),
        ("database", json!(url)),
        ("from", json!(from)),
        ("to", json!({ "version": plan.version, "digest": plan.digest })),
        ("steps", json!(steps.collect::<Vec<_>>())),
        ("acts", json!(acts.collect::<Vec<_>>())),
        ("drift", json!(plan.drift)),
        ("beside", json!(plan.beside)),
        ("done", json!(plan.done)),
        ("unaccepted", json!(plan.unaccepted(allowed))),
    ])
}

/// A step for programs.
pub fn step_object(step: &Step) -> Map<String, Json> {
    members([
        ("table", json!(step.table)),
        ("step", json!(step.to_string())),
        ("grade", json!(step.grade.name())),
        ("code", json!(step.code())),
        ("reason", json!(step.reason())),
        ("hint", json!(step.hint)),
    ])
}

fn members<const N: usize>(members: [(&str, Json); N]) -> Map<String, Json> {
    members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// How many of something: `1 step`, `2 steps`.
pub(super) fn counted(count: usize, one: &str) -> String {
    format!("{count} {one}{}", if count == 1 { "" } else { "s" })
}
