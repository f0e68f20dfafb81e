//! SQLite: a whole migration is one transaction, so it is done or it is not.
mod acts;
mod beside;
pub(crate) mod convert;
pub(crate) mod live;

use super::planning::{self, Begin, Change, Store};
use super::probe::{self, Each};
use super::record::Past;
use super::shape::Shapes;
use super::{Act, Allowed, Asked, MigrateError, Plan, Progress, Reviewed, Way};
use crate::plan::dialect::Dialect;
use crate::service::StartError;
use crate::store::DatabaseError;
use crate::store::sqlite::open::Location;
use crate::store::sqlite::{owner, schema};
use quater_ir::storage::Storage;
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, Error, Transaction, TransactionBehavior};
use std::collections::BTreeMap;
use std::time::Duration;
use uuid::Uuid;

/// How long who writes is waited for before that is told, and how long after it: ten seconds, as on Postgres.
const PATIENCE: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(9)];

/// An open database.
pub(crate) struct Sqlite {
    connection: Connection,
    url: String,
    /// The file that is not there yet, as long as nothing but a look was asked for.
    missing: Option<Location>,
}

/// A database in the state that a transaction sees.
struct Seen<'c>(&'c Connection);

impl Store for Seen<'_> {
    const DIALECT: Dialect = Dialect::Sqlite;

    fn owner(&mut self) -> Result<Option<String>, DatabaseError> {
        Ok(owner::found(self.0)?)
    }

    fn past(&mut self) -> Result<Vec<Past>, DatabaseError> {
        Ok(schema::past(self.0)?)
    }

    fn shapes(&mut self) -> Result<Shapes, DatabaseError> {
        Ok(live::shapes(self.0)?)
    }

    fn made(&mut self, storage: &Storage) -> Result<Shapes, DatabaseError> {
        Ok(live::made(storage))
    }

    fn keys(&mut self, sql: &str) -> Result<Vec<String>, DatabaseError> {
        let mut statement = self.0.prepare(sql)?;
        let keys = statement.query_map((), |row| Ok(shown(row.get_ref(0)?)))?;
        Ok(keys.collect::<Result<_, Error>>()?)
    }

    fn texts(&mut self, sql: &str, more: &mut dyn FnMut(String, &str) -> bool) -> Result<(), DatabaseError> {
        let mut statement = self.0.prepare(sql)?;
        let mut rows = statement.query(())?;
        while let Some(row) = rows.next()? {
            if !more(shown(row.get_ref(0)?), row.get_ref(1)?.as_str().map_err(Error::from)?) {
                break;
            }
        }
        Ok(())
    }

    fn each(&mut self, each: &Each) -> Result<Vec<String>, DatabaseError> {
        let Each { key, table, condition } = each;
        let mut all = self.0.prepare(&format!("SELECT {key} FROM {table} ORDER BY 1"))?;
        let mut one = self.0.prepare(&format!("SELECT ({condition}) FROM {table} WHERE {key} = ?"))?;
        let (mut rows, mut keys) = (all.query(())?, Vec::new());
        while let Some(row) = rows.next()?.filter(|_| keys.len() <= probe::SHOWN) {
            let key: Value = row.get(0)?;
            let holds = one.query_row([&key], |row| row.get::<_, Option<bool>>(0));
            let holds = match holds.map_err(DatabaseError::from) {
                Err(error) if error.calculation().is_some() => true,
                holds => holds? == Some(true),
            };
            keys.extend(holds.then(|| shown((&key).into())));
        }
        Ok(keys)
    }

    fn acts(&mut self, change: &Change<'_>) -> Result<Vec<Act>, DatabaseError> {
        Ok(acts::acts(change, &live::beside(self.0, change)?))
    }
}

impl Sqlite {
    pub(crate) fn open(location: &Location) -> Result<Self, MigrateError> {
        let url = location.url();
        let database = |source: Error| {
            MigrateError::from(StartError::Database { url: url.clone(), source: source.into() })
        };
        let missing = Some(location).filter(|location| location.is_missing()).cloned();
        let there = if missing.is_some() { &Location::Memory } else { location };
        Ok(Self { connection: connected(there).map_err(database)?, url, missing })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    fn failed(&self) -> impl Fn(Error) -> MigrateError + use<> {
        let url = self.url.clone();
        move |source| MigrateError::Database { url: url.clone(), source: source.into() }
    }

    pub(crate) fn past(&mut self) -> Result<Vec<Past>, MigrateError> {
        schema::past(&self.connection).map_err(self.failed())
    }

    pub(crate) fn plan(&mut self, asked: &Asked<'_>) -> Result<Plan, MigrateError> {
        let failed = self.failed();
        let transaction = self.connection.transaction().map_err(&failed)?;
        Ok(planning::plan(&mut Seen(&transaction), asked, &self.url)?.1)
    }

    pub(crate) fn apply(
        &mut self,
        asked: &Asked<'_>,
        reviewed: Option<&Reviewed>,
        allowed: &Allowed,
        seen: &mut dyn FnMut(Progress<'_>),
    ) -> Result<Plan, MigrateError> {
        let failed = self.failed();
        if let Some(location) = self.missing.take_if(|_| asked.way == Way::Forth) {
            self.connection = connected(&location).map_err(&failed)?;
        }
        // A table that is put in the place of another must not take the rows along that point to it; whether
        // they still do is asked at the end.
        self.connection.pragma_update(None, "foreign_keys", false).map_err(&failed)?;
        // So must views and triggers that name the table not keep it from being put there; whether they still work
        // is asked at the end, too.
        self.connection.pragma_update(None, "legacy_alter_table", true).map_err(&failed)?;
        let done = self.in_transaction(asked, reviewed, allowed, seen);
        self.connection.pragma_update(None, "legacy_alter_table", false).map_err(&failed)?;
        self.connection.pragma_update(None, "foreign_keys", true).map_err(&failed)?;
        done
    }

    fn in_transaction(
        &mut self,
        asked: &Asked<'_>,
        reviewed: Option<&Reviewed>,
        allowed: &Allowed,
        seen: &mut dyn FnMut(Progress<'_>),
    ) -> Result<Plan, MigrateError> {
        let failed = self.failed();
        let transaction = begun(&mut self.connection, seen).map_err(&failed)?;
        let (begin, mut plan) = planning::plan(&mut Seen(&transaction), asked, &self.url)?;
        let service = &asked.facts.program.service.name;
        if plan.is_empty() {
            planning::may(&plan, allowed, &self.url)?;
            owner::write(&transaction, service).map_err(&failed)?;
            schema::shape(&transaction, &begin.past, &begin.wanted).map_err(&failed)?;
            transaction.commit().map_err(&failed)?;
            return Ok(plan);
        }
        if let Some(reviewed) = reviewed {
            reviewed.takes_the_place(&mut plan)?;
        }
        planning::may(&plan, allowed, &self.url)?;
        let lines = plan.lines();
        let broken = beside::broken(&transaction).map_err(&failed)?;
        let made = beside::made(&transaction).map_err(&failed)?;
        // What somebody has made is made again with a table, and may name a column that is gone.
        let refused = |sql: &String, error: Error| match made.get(sql) {
            Some(name) => MigrateError::Beside { lines: vec![format!("{name}: {}", beside::reason(error))] },
            None => failed(error),
        };
        for (at, act) in plan.acts.iter().enumerate() {
            let does: Vec<&str> =
                act.steps.iter().filter_map(|step| lines.get(*step)).map(String::as_str).collect();
            seen(Progress::Act { at, of: plan.acts.len(), does: &does });
            for sql in &act.sql {
                transaction.execute_batch(sql).map_err(|error| refused(sql, error))?;
            }
        }
        seen(Progress::Ending);
        planning::whole(live::shapes(&transaction).map_err(&failed)?, &begin)?;
        still_work(&transaction, &broken, &failed)?;
        related(&transaction, &failed)?;
        written(&transaction, &begin, &plan).map_err(&failed)?;
        owner::write(&transaction, service).map_err(&failed)?;
        transaction.commit().map_err(&failed)?;
        seen(Progress::Ended);
        Ok(plan)
    }
}

fn connected(location: &Location) -> Result<Connection, Error> {
    let mut connection = location.connect()?;
    connection.busy_timeout(PATIENCE.iter().sum())?;
    schema::take_over(&mut connection)?;
    Ok(connection)
}

/// A transaction beside which nobody writes.
fn begun<'c>(
    connection: &'c mut Connection,
    seen: &mut dyn FnMut(Progress<'_>),
) -> Result<Transaction<'c>, Error> {
    let [silent, told] = PATIENCE;
    connection.busy_timeout(silent)?;
    let begun = connection.execute_batch("BEGIN EXCLUSIVE");
    connection.busy_timeout(told)?;
    if begun.is_ok() {
        connection.execute_batch("ROLLBACK")?;
    } else {
        seen(Progress::Waiting);
    }
    connection.transaction_with_behavior(TransactionBehavior::Exclusive)
}

/// A key as people read it.
fn shown(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "null".to_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
        ValueRef::Blob(bytes) => Uuid::from_slice(bytes).map_or_else(|_| "?".to_owned(), |it| it.to_string()),
    }
}

/// Sees that what somebody else has made does not stop working; `broken` did not work before.
fn still_work(
    connection: &Connection,
    broken: &BTreeMap<String, String>,
    failed: &impl Fn(Error) -> MigrateError,
) -> Result<(), MigrateError> {
    let mut fresh = beside::broken(connection).map_err(failed)?;
    fresh.retain(|name, _| !broken.contains_key(name));
    if fresh.is_empty() {
        return Ok(());
    }
    Err(MigrateError::Beside { lines: fresh.iter().map(|(name, why)| format!("{name}: {why}")).collect() })
}

/// Sees that every row points to one that is there.
fn related(connection: &Connection, failed: &impl Fn(Error) -> MigrateError) -> Result<(), MigrateError> {
    let sql = "SELECT \"table\", count(*) FROM pragma_foreign_key_check GROUP BY 1";
    let mut statement = connection.prepare(sql).map_err(failed)?;
    let broken = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?))).map_err(failed)?;
    match broken.collect::<Result<Vec<(String, i64)>, _>>().map_err(failed)?.into_iter().next() {
        Some((table, count)) => Err(MigrateError::Dangling { table, count }),
        None => Ok(()),
    }
}

fn written(connection: &Connection, begin: &Begin, plan: &Plan) -> Result<(), Error> {
    if begin.past.is_empty() {
        connection.execute_batch(schema::SYSTEM)?;
    }
    match (begin.way, begin.past.last()) {
        (Way::Back, Some(last)) => schema::undo(connection, last.id),
        (Way::Forth | Way::Back, _) => schema::write(connection, begin.version, &begin.wanted, &plan.lines()),
    }
}
