//! `quater diff`
use crate::earlier::Earlier;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use clap::Args;
use quater_compiler::contract::{self, Change, Contract, Grade};
use serde_json::json;

/// Arguments of `quater diff`.
#[derive(Args)]
pub(crate) struct Diff {
    /// The earlier version: a lock, a file, a folder, or `git:` and a revision
    before: Earlier,
    /// The later version
    #[arg(default_value = ".")]
    after: Earlier,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Diff {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        let before = self.before.contract(&self.after.target())?;
        let after = self.after.contract(&self.before.target())?;
        let mut changes = contract::compare(&before, &after);
        changes.sort_by_key(Change::grade);
        output::told(
            self.json,
            &if self.json {
                format!("{}\n", object(&before, &after, &changes))
            } else {
                table(&before, &after, &changes)
            },
        );
        Ok(Exit::Clean)
    }
}

fn object(before: &Contract, after: &Contract, changes: &[Change]) -> serde_json::Value {
    let side = |side: &Contract| json!({ "name": side.service.name, "version": side.service.version });
    let change = |change: &Change| {
        json!({
            "grade": change.grade().to_string(), "code": change.code.map(|code| code.name()),
            "subject": change.subject.to_string(), "message": change.text,
        })
    };
    json!({
        "version": 1, "before": side(before), "after": side(after),
        "acknowledged": after.service.version > before.service.version,
        "changes": changes.iter().map(change).collect::<Vec<_>>(),
    })
}

/// A table in the Markdown that pull requests show.
fn table(before: &Contract, after: &Contract, changes: &[Change]) -> String {
    let (was, is) = (&before.service, &after.service);
    let names = if was.name == is.name {
        cell(&is.name)
    } else {
        format!("{} → {}", cell(&was.name), cell(&is.name))
    };
    let versions = if was.version == is.version {
        is.version.to_string()
    } else {
        format!("{} → {}", was.version, is.version)
    };
    let mut text = format!("### {names} version {versions}\n\n");
    if changes.is_empty() {
        return text + "Nothing that callers or tables notice.\n";
    }
    text.push_str(&format!("{}.\n\n", counts(changes, is.version > was.version)));
    text.push_str("| | change | where | code |\n|---|---|---|---|\n");
    for change in changes {
        let grade = match change.grade() {
            grade @ (Grade::Breaking | Grade::Lossy) => format!("**{grade}**"),
            grade @ (Grade::Noted | Grade::Added) => grade.to_string(),
        };
        let code = change.code.map_or("", |code| code.name());
        let (what, place) = (cell(&change.text), cell(&change.subject.to_string()));
        text.push_str(&format!("| {grade} | {what} | {place} | {code} |\n"));
    }
    text
}

fn counts(changes: &[Change], acknowledged: bool) -> String {
    let count = |grade: Grade| changes.iter().filter(|change| change.grade() == grade).count();
    let grades = [Grade::Breaking, Grade::Lossy, Grade::Noted, Grade::Added];
    let counted = grades.map(|grade| (count(grade), grade)).into_iter().filter(|(count, _)| *count > 0);
    let text = counted.map(|(count, grade)| format!("{count} {grade}")).collect::<Vec<_>>().join(", ");
    let hurts = count(Grade::Breaking) + count(Grade::Lossy) > 0;
    match (hurts, acknowledged) {
        (true, true) => format!("{text}; the new version announces what breaks"),
        (true, false) => format!("{text}; the version does not announce what breaks"),
        (false, _) => text,
    }
}

/// A text that stays in its cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace(['\n', '\r'], " ")
}
