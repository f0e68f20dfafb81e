//! SQLite: a whole migration is one transaction, so it is done or it is not.
mod acts;
pub(crate) mod columns;
mod convert;
pub(crate) mod live;
mod probe;

use super::fill::Fills;
use super::record::{Past, digest};
use super::{Allowed, MigrateError, Plan, Planned, Progress, Reviewed, Status, Way};
use crate::facts::Facts;
use crate::service::StartError;
use crate::store::sqlite::open::Location;
use crate::store::sqlite::schema as state;
use quater_ir::storage::Storage;
use quater_ir::storage::migration::{self, Action, Grade, Step};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Error, TransactionBehavior};
use std::collections::BTreeMap;
use std::time::Duration;
use uuid::Uuid;

/// How long another migration is waited for.
const PATIENCE: Duration = Duration::from_secs(600);

/// An open database.
pub(crate) struct Sqlite {
    connection: Connection,
    url: String,
}

/// What a plan begins with: what is written down, what is there, and where it goes.
struct Begin {
    past: Vec<Past>,
    shapes: BTreeMap<String, live::Shape>,
    wanted: Storage,
    way: Way,
    version: u32,
}

impl Sqlite {
    pub(crate) fn open(location: &Location) -> Result<Self, MigrateError> {
        let url = location.url();
        let database = |source: Error| {
            MigrateError::from(StartError::Database { url: url.clone(), source: source.into() })
        };
        let mut connection = location.connect().map_err(database)?;
        connection.busy_timeout(PATIENCE).map_err(database)?;
        state::take_over(&mut connection).map_err(database)?;
        Ok(Self { connection, url })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    fn failed(&self) -> impl Fn(Error) -> MigrateError + use<> {
        let url = self.url.clone();
        move |source| MigrateError::Database { url: url.clone(), source: source.into() }
    }

    pub(crate) fn past(&self) -> Result<Vec<Past>, MigrateError> {
        state::past(&self.connection).map_err(self.failed())
    }

    pub(crate) fn status(&mut self, facts: &Facts) -> Result<Status, MigrateError> {
        let plan = self.plan(facts, Way::Forth)?;
        Ok(Status { plan, past: self.past()? })
    }

    pub(crate) fn plan(&mut self, facts: &Facts, way: Way) -> Result<Plan, MigrateError> {
        let failed = self.failed();
        let transaction = self.connection.transaction().map_err(&failed)?;
        let begin = begin(&transaction, facts, way, &self.url, &failed)?;
        planned(&transaction, facts, &begin, &failed)
    }

    pub(crate) fn apply(
        &mut self,
        facts: &Facts,
        way: Way,
        reviewed: Option<&Reviewed>,
        allowed: &Allowed,
        seen: &mut dyn FnMut(Progress<'_>),
    ) -> Result<Plan, MigrateError> {
        let failed = self.failed();
        // A table that is put in the place of another must not take the rows along that point to it; whether
        // they still do is asked at the end.
        self.connection.pragma_update(None, "foreign_keys", false).map_err(&failed)?;
        let done = self.in_transaction(facts, way, reviewed, allowed, seen);
        self.connection.pragma_update(None, "foreign_keys", true).map_err(&failed)?;
        done
    }

    fn in_transaction(
        &mut self,
        facts: &Facts,
        way: Way,
        reviewed: Option<&Reviewed>,
        allowed: &Allowed,
        seen: &mut dyn FnMut(Progress<'_>),
    ) -> Result<Plan, MigrateError> {
        let failed = self.failed();
        let behavior = TransactionBehavior::Exclusive;
        let transaction = self.connection.transaction_with_behavior(behavior).map_err(&failed)?;
        let begin = begin(&transaction, facts, way, &self.url, &failed)?;
        let mut plan = planned(&transaction, facts, &begin, &failed)?;
        if plan.is_empty() {
            return Ok(plan);
        }
        if let Some(reviewed) = reviewed {
            reviewed.fits(&plan)?;
            if !plan.done {
                plan.acts = reviewed.acts(plan.steps.len());
            }
        }
        may(&plan, allowed, &self.url)?;
        for (at, act) in plan.acts.iter().enumerate() {
            seen(Progress::Act { at, of: plan.acts.len(), steps: &plan.steps, does: &act.steps });
            for sql in &act.sql {
                transaction.execute_batch(sql).map_err(&failed)?;
            }
        }
        seen(Progress::Ending);
        whole(&transaction, &begin, &failed)?;
        written(&transaction, &begin, &plan, &failed)?;
        transaction.commit().map_err(&failed)?;
        seen(Progress::Ended);
        Ok(plan)
    }
}

fn begin(
    connection: &Connection,
    facts: &Facts,
    way: Way,
    url: &str,
    failed: &impl Fn(Error) -> MigrateError,
) -> Result<Begin, MigrateError> {
    let past = state::past(connection).map_err(failed)?;
    let shapes = live::shapes(connection).map_err(failed)?;
    let program = &facts.program;
    let (wanted, version) = match way {
        Way::Forth => (program.storage.clone(), program.service.version),
        Way::Back => before(&past)?,
    };
    if past.is_empty() {
        let taken = |name: &str| shapes.keys().any(|there| there.eq_ignore_ascii_case(name));
        let tables: Vec<String> = wanted
            .tables
            .iter()
            .filter(|table| taken(&table.name))
            .map(|table| format!("table `{}`", table.name))
            .collect();
        if !tables.is_empty() {
            return Err(MigrateError::Occupied { url: url.to_owned(), tables });
        }
    }
    Ok(Begin { past, shapes, wanted, way, version })
}

/// The tables before the migration that was applied last, and their version.
fn before(past: &[Past]) -> Result<(Storage, u32), MigrateError> {
    let [.., before, last] = past else { return Err(MigrateError::First) };
    let steps = migration::plan(&before.storage, &last.storage);
    let lines: Vec<String> = migration::irreversible(&steps).iter().map(ToString::to_string).collect();
    if !lines.is_empty() {
        return Err(MigrateError::Irreversible { lines });
    }
    Ok((migration::undoing(&before.storage, &last.storage), before.version))
}

fn planned(
    connection: &Connection,
    facts: &Facts,
    begin: &Begin,
    failed: &impl Fn(Error) -> MigrateError,
) -> Result<Plan, MigrateError> {
    let empty = Storage::default();
    let found = begin.past.last().map_or(&empty, |past| &past.storage);
    let fills = Fills::of(facts);
    let steps: Vec<Step> = migration::plan(found, &begin.wanted);
    let done = !steps.is_empty() && !begin.past.is_empty() && live::are(&begin.shapes, &begin.wanted);
    let drift = if done { Vec::new() } else { live::drift(&begin.shapes, found) };
    let mut plan = Plan {
        service: facts.program.service.name.clone(),
        version: begin.version,
        from: begin.past.last().cloned(),
        digest: digest(&begin.wanted).map_err(MigrateError::Record)?,
        steps: Vec::new(),
        acts: Vec::new(),
        drift: drift.iter().map(|drift| drift.text.clone()).collect(),
        done,
    };
    let mut relaxed = steps;
    if !done && !drift.iter().any(|drift| drift.harms) {
        relax(connection, &mut relaxed).map_err(failed)?;
    }
    plan.steps = relaxed.iter().map(|step| seen_alone(step, &fills)).collect();
    if !done {
        plan.acts = acts::acts(found, &begin.wanted, &relaxed, &fills);
        if !drift.iter().any(|drift| drift.harms) {
            ask(connection, found, begin, &mut plan, &fills).map_err(failed)?;
        }
    }
    Ok(plan)
}

/// In a table without rows nothing can be lost, and nothing stands in the way.
fn relax(connection: &Connection, steps: &mut [Step]) -> Result<(), Error> {
    for step in steps.iter_mut().filter(|step| step.grade > Grade::Safe) {
        let fixed = matches!(step.action, Action::Key { .. } | Action::RenameColumn { .. });
        if !fixed && live::is_empty(connection, &step.table)? {
            step.grade = Grade::Safe;
        }
    }
    Ok(())
}

fn seen_alone(step: &Step, fills: &Fills<'_>) -> Planned {
    let fill = if let Action::AddColumn(column) = &step.action {
        column.origin.fill.as_ref().filter(|_| !column.optional).map(|fill| (fill, column.kind))
    } else if let Action::Convert { fill, to, .. } = &step.action {
        fill.as_ref().filter(|_| step.grade == Grade::Lossy).map(|fill| (fill, *to))
    } else {
        None
    };
    let unknown = fill.is_some_and(|(fill, kind)| fills.sql(fill, kind).is_none());
    let obstacle = unknown.then_some("its default has no value here: are all environment values set?");
    Planned { step: step.clone(), rows: Vec::new(), more: false, obstacle }
}

/// Asks for rows that stand in the way.
fn ask(
    connection: &Connection,
    found: &Storage,
    begin: &Begin,
    plan: &mut Plan,
    fills: &Fills<'_>,
) -> Result<(), Error> {
    let steps: Vec<Step> = plan.steps.iter().map(|planned| planned.step.clone()).collect();
    for probe in probe::probes(found, &begin.wanted, &steps, fills) {
        let mut keys = keys(connection, &probe.sql)?;
        if let Some(planned) = plan.steps.get_mut(probe.step) {
            planned.more = keys.len() > probe::SHOWN;
            keys.truncate(probe::SHOWN);
            planned.rows = keys;
        }
    }
    Ok(())
}

fn keys(connection: &Connection, sql: &str) -> Result<Vec<String>, Error> {
    let shown = |value: ValueRef<'_>| match value {
        ValueRef::Null => "null".to_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
        ValueRef::Blob(bytes) => Uuid::from_slice(bytes).map_or_else(|_| "?".to_owned(), |it| it.to_string()),
    };
    connection.prepare(sql)?.query_map((), |row| Ok(shown(row.get_ref(0)?)))?.collect()
}

/// Says why a plan is not to be carried out.
fn may(plan: &Plan, allowed: &Allowed, url: &str) -> Result<(), MigrateError> {
    if !plan.drift.is_empty() {
        return Err(MigrateError::Drift { url: url.to_owned(), lines: plan.drift.clone() });
    }
    if plan.done {
        return Ok(());
    }
    if plan.blocked().next().is_some() {
        return Err(MigrateError::Blocked(Box::new(plan.clone())));
    }
    let unsafe_steps = || plan.steps.iter().filter(|planned| planned.step.grade > Grade::Safe);
    if !allowed.contract && unsafe_steps().next().is_some() {
        return Err(MigrateError::NotSafe { steps: unsafe_steps().cloned().collect() });
    }
    let codes = plan.unaccepted(allowed);
    if codes.is_empty() {
        return Ok(());
    }
    Err(MigrateError::Unaccepted { codes, plan: Box::new(plan.clone()) })
}

/// Sees that the tables are those that were wanted, and that every row points to one that is there.
fn whole(
    connection: &Connection,
    begin: &Begin,
    failed: &impl Fn(Error) -> MigrateError,
) -> Result<(), MigrateError> {
    let shapes = live::shapes(connection).map_err(failed)?;
    if !live::are(&shapes, &begin.wanted) {
        let lines = live::drift(&shapes, &begin.wanted);
        return Err(MigrateError::Missed { lines: lines.into_iter().map(|drift| drift.text).collect() });
    }
    let sql = "SELECT \"table\", count(*) FROM pragma_foreign_key_check GROUP BY 1";
    let mut statement = connection.prepare(sql).map_err(failed)?;
    let broken = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?))).map_err(failed)?;
    match broken.collect::<Result<Vec<(String, i64)>, _>>().map_err(failed)?.into_iter().next() {
        Some((table, count)) => Err(MigrateError::Dangling { table, count }),
        None => Ok(()),
    }
}

fn written(
    connection: &Connection,
    begin: &Begin,
    plan: &Plan,
    failed: &impl Fn(Error) -> MigrateError,
) -> Result<(), MigrateError> {
    if begin.past.is_empty() {
        connection.execute_batch(state::SYSTEM).map_err(failed)?;
    }
    let steps: Vec<String> = plan.steps.iter().map(|planned| planned.step.to_string()).collect();
    match (begin.way, begin.past.last()) {
        (Way::Back, Some(last)) => state::undo(connection, last.id),
        (Way::Forth | Way::Back, _) => state::write(connection, begin.version, &begin.wanted, &steps),
    }
    .map_err(failed)
}
