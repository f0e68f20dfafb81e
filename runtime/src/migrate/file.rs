//! A plan as a file of SQL that people review, change if they must, and apply here or by other means.
use super::record::{BUILD, digest};
use super::{Act, Database, MigrateError, Plan};
use crate::store::schema::text;
use crate::store::sqlite::schema as state;
use quater_ir::Program;

const TITLE: &str = "-- quater migration plan 1";
const FROM: &str = "-- from: ";
const TO: &str = "-- to: ";
const STEP: &str = "-- step ";
const END: &str = "-- the end: ";

/// A plan that was read from a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reviewed {
    from: String,
    to: String,
    /// Statements of each part.
    parts: Vec<String>,
}

/// The text of a plan.
///
/// # Errors
/// When the tables can't be written as JSON.
pub fn write(plan: &Plan, program: &Program, database: &Database) -> Result<String, MigrateError> {
    let from = plan.from.as_ref().map_or("nothing", |past| past.digest.as_str());
    let mut out = format!(
        "{TITLE}\n-- service: {} version {}\n{FROM}{from}\n{TO}{}\n-- at: {}\n\
         -- apply it with `quater migrate apply --plan FILE`, or by hand with `sqlite3 DATABASE < FILE`;\n\
         -- the first line of the latter makes it stop at the first error, with nothing changed\n\
         .bail on\nPRAGMA foreign_keys = OFF;\nBEGIN EXCLUSIVE;\n",
        plan.service,
        plan.version,
        plan.digest,
        database.url(),
    );
    for act in &plan.acts {
        out.push('\n');
        for planned in act.steps.iter().filter_map(|at| plan.steps.get(*at).map(|step| (at + 1, step))) {
            let (number, planned) = planned;
            let code = planned.step.code().map(|code| format!(", accept {code}")).unwrap_or_default();
            let grade = planned.step.grade.name();
            out.push_str(&format!("{STEP}{number}, {grade}{code}: {}\n", planned.step));
        }
        act.sql.iter().for_each(|sql| out.push_str(&format!("{sql};\n")));
    }
    out.push_str(&ending(plan, program)?);
    Ok(out)
}

fn ending(plan: &Plan, program: &Program) -> Result<String, MigrateError> {
    let json = |value: Result<String, serde_json::Error>| value.map_err(MigrateError::Record);
    let storage = json(serde_json::to_string(&program.storage.recorded()))?;
    let steps: Vec<String> = plan.steps.iter().map(|planned| planned.step.to_string()).collect();
    let values = [
        plan.version.to_string(),
        text(&json(digest(&program.storage))?),
        text(&storage),
        text(&json(serde_json::to_string(&steps))?),
        "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)".to_owned(),
        text(BUILD),
    ];
    let system = if plan.from.is_none() { state::SYSTEM } else { "" };
    Ok(format!(
        "\n{END}every row points to one that is there, and what was done is written down\n\
         CREATE TEMP TABLE _quater_check (broken INTEGER CHECK (broken = 0));\n\
         INSERT INTO temp._quater_check SELECT count(*) FROM pragma_foreign_key_check;\n\
         DROP TABLE temp._quater_check;\n{system}{}\nVALUES (\n  {}\n);\nCOMMIT;\nPRAGMA foreign_keys = ON;\n",
        state::WRITE,
        values.join(",\n  ")
    ))
}

/// Reads a plan back; its statements may have been changed.
///
/// # Errors
/// When it is not one.
pub fn read(text: &str) -> Result<Reviewed, MigrateError> {
    let unreadable = |why| MigrateError::PlanUnreadable { why };
    let text = text.replace("\r\n", "\n");
    if text.lines().next() != Some(TITLE) {
        return Err(unreadable("its first line is not that of a plan"));
    }
    let said = |word: &str| text.lines().find_map(|line| line.strip_prefix(word)).map(str::to_owned);
    let from = said(FROM).ok_or(unreadable("it does not say from which tables it goes"))?;
    let to = said(TO).ok_or(unreadable("it does not say to which tables it leads"))?;
    let steps = text.find("BEGIN EXCLUSIVE;\n").ok_or(unreadable("its `BEGIN EXCLUSIVE` is gone"))?;
    let end = text.find(END).ok_or(unreadable("its end is gone"))?;
    let body = text.get(steps..end).and_then(|body| body.split_once('\n')).map_or("", |(_, body)| body);
    let mut parts: Vec<String> = Vec::new();
    let mut in_heading = false;
    for line in body.lines() {
        if line.starts_with(STEP) {
            if !in_heading {
                parts.push(String::new());
            }
            in_heading = true;
            continue;
        }
        in_heading = in_heading && line.trim().is_empty();
        if let Some(part) = parts.last_mut() {
            part.push_str(line);
            part.push('\n');
        }
    }
    Ok(Reviewed { from, to, parts })
}

impl Reviewed {
    /// Whether it begins at the tables that are there and leads to those that are wanted.
    pub(crate) fn fits(&self, plan: &Plan) -> Result<(), MigrateError> {
        let found = plan.from.as_ref().map_or("nothing", |past| past.digest.as_str());
        if self.from != found {
            return Err(MigrateError::PlanElsewhere { plan: short(&self.from), found: short(found) });
        }
        if self.to != plan.digest {
            return Err(MigrateError::PlanOtherwise { plan: short(&self.to), wanted: short(&plan.digest) });
        }
        Ok(())
    }

    /// Its parts, in place of those that would be made now.
    pub(crate) fn acts(&self, steps: usize) -> Vec<Act> {
        let act = |(at, sql): (usize, &String)| Act {
            steps: if at < steps { vec![at] } else { Vec::new() },
            sql: vec![sql.clone()],
        };
        self.parts.iter().enumerate().map(act).collect()
    }
}

/// A digest as people read it.
pub fn short(digest: &str) -> String {
    digest.chars().take(12).collect()
}
