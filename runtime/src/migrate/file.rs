//! A plan as a file of SQL that people review, change if they must, and apply here or by other means.
use super::record::{BUILD, digest};
use super::{Act, Database, MigrateError, Plan};
use crate::plan::dialect::Dialect;
use crate::store::schema::text;
use crate::store::sqlite::schema as sqlite;
use quater_ir::Program;

const TITLE: &str = "-- quater migration plan 1";
const FROM: &str = "-- from: ";
const TO: &str = "-- to: ";
const STEP: &str = "-- step ";
const PART: &str = "-- part ";
const APART: &str = ", outside a transaction";
const BEGIN: &str = "-- the steps";
const END: &str = "-- the end: what was done is written down";

/// A plan that was read from a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reviewed {
    from: String,
    to: String,
    acts: Vec<Act>,
}

/// In what the files of the databases differ.
struct Frame {
    /// How the file is run by hand.
    by_hand: &'static str,
    /// What stands before everything.
    head: &'static str,
    /// What stands before and behind a part.
    around: [&'static str; 2],
    /// What stands before the record, and at the very end.
    ends: [&'static str; 2],
    system: &'static str,
    write: &'static str,
    now: &'static str,
}

const SQLITE: Frame = Frame {
    by_hand: "sqlite3 DATABASE < FILE",
    head: ".bail on\nPRAGMA foreign_keys = OFF;\nPRAGMA legacy_alter_table = ON;\nBEGIN EXCLUSIVE;\n",
    around: ["", ""],
    ends: [
        "CREATE TEMP TABLE _quater_check (broken INTEGER CHECK (broken = 0));\n\
         INSERT INTO temp._quater_check SELECT count(*) FROM pragma_foreign_key_check;\n\
         DROP TABLE temp._quater_check;\n",
        "COMMIT;\nPRAGMA legacy_alter_table = OFF;\nPRAGMA foreign_keys = ON;\n",
    ],
    system: sqlite::SYSTEM,
    write: sqlite::WRITE,
    now: "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)",
};

#[cfg(feature = "postgres")]
const POSTGRES: Frame = Frame {
    by_hand: "psql -f FILE ADDRESS",
    head: "\\set ON_ERROR_STOP on\n",
    around: ["BEGIN;\n", "COMMIT;\n"],
    ends: ["BEGIN;\n", "COMMIT;\n"],
    system: crate::store::postgres::schema::SYSTEM,
    write: crate::store::postgres::schema::WRITE,
    now: "now()",
};

const fn frame(dialect: Dialect) -> &'static Frame {
    match dialect {
        Dialect::Sqlite => &SQLITE,
        #[cfg(feature = "postgres")]
        Dialect::Postgres => &POSTGRES,
        #[cfg(not(feature = "postgres"))]
        Dialect::Postgres => &SQLITE,
    }
}

/// The text of a plan.
///
/// # Errors
/// When the tables can't be written as JSON.
pub fn write(plan: &Plan, program: &Program, database: &Database) -> Result<String, MigrateError> {
    let from = plan.from.as_ref().map_or("nothing", |past| past.digest.as_str());
    let frame = frame(database.dialect());
    let (version, digest, url) = (plan.version, &plan.digest, database.url());
    let mut out = format!(
        "{TITLE}\n-- service: {} version {version}\n{FROM}{from}\n{TO}{digest}\n-- at: {url}\n\
         -- apply it with `quater migrate apply --plan FILE`{}\n{}\n{BEGIN}\n",
        plan.service,
        other_means(plan, frame),
        frame.head,
    );
    for (at, act) in plan.acts.iter().enumerate() {
        out.push_str(&format!("\n{PART}{}{}\n", at + 1, if act.apart { APART } else { "" }));
        for (number, planned) in
            act.steps.iter().filter_map(|at| plan.steps.get(*at).map(|step| (at + 1, step)))
        {
            let code = planned.step.code().map(|code| format!(", accept {code}")).unwrap_or_default();
            out.push_str(&format!("{STEP}{number}, {}{code}: {}\n", planned.step.grade.name(), planned.step));
        }
        let [before, behind] = if act.apart { ["", ""] } else { frame.around };
        out.push_str(before);
        act.sql.iter().for_each(|sql| out.push_str(&format!("{sql};\n")));
        out.push_str(behind);
    }
    out.push_str(&ending(plan, program, frame)?);
    Ok(out)
}

/// How a plan is applied without Quater, whose functions no other program has.
fn other_means(plan: &Plan, frame: &Frame) -> String {
    let ours = |sql: &String| {
        sql.match_indices("quater_").any(|(at, _)| sql.get(..at).is_some_and(|it| !it.ends_with(['"', '_'])))
    };
    if plan.acts.iter().flat_map(|act| &act.sql).any(ours) {
        return ":\n-- it calls functions that no other program has".to_owned();
    }
    format!(", or by hand with `{}`,\n-- which stops at the first error", frame.by_hand)
}

fn ending(plan: &Plan, program: &Program, frame: &Frame) -> Result<String, MigrateError> {
    let json = |value: Result<String, serde_json::Error>| value.map_err(MigrateError::Record);
    let storage = json(serde_json::to_string(&program.storage.recorded()))?;
    let values = [
        plan.version.to_string(),
        text(&json(digest(&program.storage))?),
        text(&storage),
        text(&json(serde_json::to_string(&plan.lines()))?),
        frame.now.to_owned(),
        text(BUILD),
    ];
    let [before, behind] = frame.ends;
    let system = if plan.from.is_none() { frame.system } else { "" };
    let values = values.join(",\n  ");
    Ok(format!("\n{END}\n{before}{system}{}\nVALUES (\n  {values}\n);\n{behind}", frame.write))
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
    let (_, rest) =
        text.split_once(&format!("\n{BEGIN}\n")).ok_or(unreadable("its line `-- the steps` is gone"))?;
    let (body, _) = rest.split_once(END).ok_or(unreadable("its line `-- the end` is gone"))?;
    let mut acts: Vec<Act> = Vec::new();
    for line in body.lines() {
        if line.starts_with(PART) {
            acts.push(Act { apart: line.ends_with(APART), ..Act::of(Vec::new(), vec![String::new()]) });
        } else if let Some(act) = acts.last_mut() {
            take(act, line);
        }
    }
    for act in &mut acts {
        act.sql.retain(|sql| !sql.trim().is_empty());
    }
    Ok(Reviewed { from, to, acts })
}

/// Takes a line of a part: a step that it does, or some of its SQL. What is done outside a transaction is done
/// statement by statement.
fn take(act: &mut Act, line: &str) {
    if let Some(step) = line.strip_prefix(STEP) {
        let number = step.split(',').next().and_then(|number| number.parse::<usize>().ok());
        return act.steps.extend(number.and_then(|number| number.checked_sub(1)));
    }
    if POSTGRES_AROUND.contains(&line.trim()) {
        return;
    }
    if let Some(sql) = act.sql.last_mut() {
        sql.push_str(line);
        sql.push('\n');
    }
    if act.apart && line.trim_end().ends_with(';') {
        act.sql.push(String::new());
    }
}

/// Lines around a part, which is given a transaction here anyway.
const POSTGRES_AROUND: [&str; 2] = ["BEGIN;", "COMMIT;"];

impl Reviewed {
    /// Puts its statements in the place of those that would be made now, if it begins at the tables that are
    /// there and leads to those that are wanted.
    pub(crate) fn takes_the_place(&self, plan: &mut Plan) -> Result<(), MigrateError> {
        let found = plan.from.as_ref().map_or("nothing", |past| past.digest.as_str());
        if self.from != found {
            return Err(MigrateError::PlanElsewhere { plan: short(&self.from), found: short(found) });
        }
        if self.to != plan.digest {
            return Err(MigrateError::PlanOtherwise { plan: short(&self.to), wanted: short(&plan.digest) });
        }
        if !plan.done {
            plan.acts.clone_from(&self.acts);
        }
        Ok(())
    }
}

/// A digest as people read it.
pub fn short(digest: &str) -> String {
    digest.chars().take(12).collect()
}
