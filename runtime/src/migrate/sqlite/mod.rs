//! SQLite: a whole migration is one transaction, so it is done or it is not.
mod acts;
pub(crate) mod convert;
pub(crate) mod live;

use super::planning::{self, Begin, Change, Store};
use super::record::Past;
use super::shape::Shapes;
use super::{Act, Allowed, MigrateError, Plan, Progress, Reviewed, Way};
use crate::facts::Facts;
use crate::plan::dialect::Dialect;
use crate::service::StartError;
use crate::store::DatabaseError;
use crate::store::sqlite::open::Location;
use crate::store::sqlite::schema;
use quater_ir::storage::Storage;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Error, TransactionBehavior};
use std::time::Duration;
use uuid::Uuid;

/// How long another migration is waited for.
const PATIENCE: Duration = Duration::from_secs(600);

/// An open database.
pub(crate) struct Sqlite {
    connection: Connection,
    url: String,
}

/// A database in the state that a transaction sees.
struct Seen<'c>(&'c Connection);

impl Store for Seen<'_> {
    const DIALECT: Dialect = Dialect::Sqlite;

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

    fn acts(&mut self, change: &Change<'_>) -> Result<Vec<Act>, DatabaseError> {
        Ok(acts::acts(change))
    }
}

impl Sqlite {
    pub(crate) fn open(location: &Location) -> Result<Self, MigrateError> {
        let url = location.url();
        let database = |source: Error| {
            MigrateError::from(StartError::Database { url: url.clone(), source: source.into() })
        };
        let mut connection = location.connect().map_err(database)?;
        connection.busy_timeout(PATIENCE).map_err(database)?;
        schema::take_over(&mut connection).map_err(database)?;
        Ok(Self { connection, url })
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

    pub(crate) fn plan(&mut self, facts: &Facts, way: Way) -> Result<Plan, MigrateError> {
        let failed = self.failed();
        let transaction = self.connection.transaction().map_err(&failed)?;
        Ok(planning::plan(&mut Seen(&transaction), facts, way, &self.url)?.1)
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
        let (begin, mut plan) = planning::plan(&mut Seen(&transaction), facts, way, &self.url)?;
        if plan.is_empty() {
            schema::shape(&transaction, &begin.past, &begin.wanted).map_err(&failed)?;
            transaction.commit().map_err(&failed)?;
            return Ok(plan);
        }
        if let Some(reviewed) = reviewed {
            reviewed.takes_the_place(&mut plan)?;
        }
        planning::may(&plan, allowed, &self.url)?;
        let lines = plan.lines();
        for (at, act) in plan.acts.iter().enumerate() {
            let does: Vec<&str> =
                act.steps.iter().filter_map(|step| lines.get(*step)).map(String::as_str).collect();
            seen(Progress::Act { at, of: plan.acts.len(), does: &does });
            for sql in &act.sql {
                transaction.execute_batch(sql).map_err(&failed)?;
            }
        }
        seen(Progress::Ending);
        planning::whole(&live::shapes(&transaction).map_err(&failed)?, &begin)?;
        related(&transaction, &failed)?;
        written(&transaction, &begin, &plan).map_err(&failed)?;
        transaction.commit().map_err(&failed)?;
        seen(Progress::Ended);
        Ok(plan)
    }
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
