//! Postgres: one transaction where nothing takes long. Otherwise a first one, then what is done while others work,
//! then a last one; after each it is written down how far it is, so that another process can go on.
mod acts;
mod beside;
pub(crate) mod convert;
pub(crate) mod live;
mod undo;

use super::fill::Fills;
use super::planning::{self, Begin, Change, Store};
use super::probe::{self, Each};
use super::record::Past;
use super::shape::Shapes;
use super::{Act, Allowed, Asked, GivenUp, MigrateError, Plan, Progress, Reviewed, Way};
use crate::facts::Facts;
use crate::plan::dialect::Dialect;
use crate::service::StartError;
use crate::store::DatabaseError;
use crate::store::owner::judged;
use crate::store::postgres::address::Address;
use crate::store::postgres::owner;
use crate::store::postgres::schema::{self, UnderWay};
use crate::store::postgres::session::Session;
use quater_ir::storage::{Storage, migration};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

/// How long one statement of a migration may take.
const PATIENCE: Duration = Duration::from_secs(24 * 3_600);

/// How long a change of a table waits for those who work on it; they wait behind it meanwhile.
const LOCK_TIMEOUT: &str = "SET lock_timeout = '10s'";

/// Goes through the rows of a table one by one: what can't be worked out of one ends no more than the look at it.
const EACH: &str = "\
CREATE FUNCTION pg_temp.quater_each() RETURNS SETOF text LANGUAGE plpgsql AS $quater_each$
#variable_conflict use_column
DECLARE quater_row record; quater_holds boolean; quater_count integer := 0;
BEGIN
  FOR quater_row IN SELECT {key} AS quater_key FROM {table} ORDER BY 1 LOOP
    BEGIN
      SELECT ({condition}) INTO quater_holds FROM {table} WHERE {key} = quater_row.quater_key;
    EXCEPTION WHEN numeric_value_out_of_range OR division_by_zero OR datetime_field_overflow
        OR interval_field_overflow THEN
      quater_holds := true;
    END;
    IF quater_holds THEN
      RETURN NEXT quater_row.quater_key::text;
      quater_count := quater_count + 1;
      EXIT WHEN quater_count > {most};
    END IF;
  END LOOP;
END $quater_each$";

/// An open database.
pub(crate) struct Postgres {
    session: Session,
    url: String,
}

/// A database as a session sees it.
pub(crate) struct Seen<'s>(pub(crate) &'s mut Session);

impl Store for Seen<'_> {
    const DIALECT: Dialect = Dialect::Postgres;

    fn owner(&mut self) -> Result<Option<String>, DatabaseError> {
        owner::found(self.0)
    }

    fn past(&mut self) -> Result<Vec<Past>, DatabaseError> {
        schema::past(self.0)
    }

    fn shapes(&mut self) -> Result<Shapes, DatabaseError> {
        live::shapes(self.0)
    }

    fn made(&mut self, storage: &Storage) -> Result<Shapes, DatabaseError> {
        live::made(self.0, storage)
    }

    fn keys(&mut self, sql: &str) -> Result<Vec<String>, DatabaseError> {
        self.0.texts(sql)
    }

    fn texts(&mut self, sql: &str, more: &mut dyn FnMut(String, &str) -> bool) -> Result<(), DatabaseError> {
        self.0.look_through(sql, |row| {
            more(row.get(0).unwrap_or_default().to_owned(), row.get(1).unwrap_or_default())
        })
    }

    fn each(&mut self, each: &Each) -> Result<Vec<String>, DatabaseError> {
        let Each { key, table, condition } = each;
        let texts = [("{key}", key.as_str()), ("{table}", table), ("{most}", &probe::SHOWN.to_string())];
        let made = texts.iter().fold(EACH.to_owned(), |made, (name, by)| made.replace(name, by));
        self.0.simple("BEGIN")?;
        let made = self.0.simple(&made.replace("{condition}", condition));
        let keys = made.and_then(|()| self.0.texts("SELECT pg_temp.quater_each()"));
        self.0.simple("ROLLBACK")?;
        keys
    }

    fn acts(&mut self, change: &Change<'_>) -> Result<Vec<Act>, DatabaseError> {
        let mut full = BTreeSet::new();
        for table in change.found.tables.iter().filter(|table| change.wanted.table(&table.name).is_some()) {
            let touched = change.steps.iter().any(|step| step.table == table.name);
            if touched && !planning::is_empty(self, &table.name)? {
                full.insert(table.name.clone());
            }
        }
        Ok(acts::acts(change, &full))
    }
}

impl Postgres {
    pub(crate) fn open(address: &Address) -> Result<Self, MigrateError> {
        let url = address.url();
        if address.lent {
            let what = "a migration through a pooler that lends connections for one transaction".to_owned();
            return Err(StartError::Unsupported { what }.into());
        }
        let patient = Address { statement_timeout: PATIENCE, ..address.clone() };
        let open = || {
            let mut session = Session::open(&Arc::new(patient))?;
            session.simple(LOCK_TIMEOUT)?;
            Ok(session)
        };
        let session = open().map_err(|source| StartError::Database { url: url.clone(), source })?;
        Ok(Self { session, url })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    fn failed(&self) -> impl Fn(DatabaseError) -> MigrateError + use<> {
        let url = self.url.clone();
        move |source| MigrateError::Database { url: url.clone(), source }
    }

    pub(crate) fn past(&mut self) -> Result<Vec<Past>, MigrateError> {
        let failed = self.failed();
        schema::past(&mut self.session).map_err(failed)
    }

    pub(crate) fn plan(&mut self, asked: &Asked<'_>) -> Result<Plan, MigrateError> {
        let failed = self.failed();
        if let Some(open) = schema::under_way(&mut self.session).map_err(&failed)? {
            return Err(MigrateError::UnderWay {
                version: open.version,
                done: open.done,
                of: open.acts.len(),
            });
        }
        Ok(planning::plan(&mut Seen(&mut self.session), asked, &self.url)?.1)
    }

    pub(crate) fn apply(
        &mut self,
        asked: &Asked<'_>,
        reviewed: Option<&Reviewed>,
        allowed: &Allowed,
        seen: &mut dyn FnMut(Progress<'_>),
    ) -> Result<Plan, MigrateError> {
        let failed = self.failed();
        schema::suits(&mut self.session, &asked.facts.program.storage, &self.url)?;
        self.session.simple(schema::LOCK_SESSION).map_err(&failed)?;
        let done = self.locked(asked, reviewed, allowed, seen);
        if done.is_err() {
            // The transaction that failed may be open; what it says to that is not why it failed.
            drop(self.session.simple("ROLLBACK"));
        }
        self.session.simple(schema::UNLOCK_SESSION).map_err(&failed)?;
        done
    }

    fn locked(
        &mut self,
        asked: &Asked<'_>,
        reviewed: Option<&Reviewed>,
        allowed: &Allowed,
        seen: &mut dyn FnMut(Progress<'_>),
    ) -> Result<Plan, MigrateError> {
        let failed = self.failed();
        let (facts, service) = (asked.facts, &asked.facts.program.service.name);
        let whose = owner::found(&mut self.session).map_err(&failed)?;
        judged(whose.as_deref(), service, asked.before, &self.url)?;
        if let Some(open) = schema::under_way(&mut self.session).map_err(&failed)? {
            self.go_on(facts, &open, seen)?;
        }
        let (begin, mut plan) = planning::plan(&mut Seen(&mut self.session), asked, &self.url)?;
        if plan.is_empty() {
            planning::may(&plan, allowed, &self.url)?;
            owner::write(&mut self.session, service).map_err(&failed)?;
            schema::shape(&mut self.session, &begin.past, &begin.wanted).map_err(&failed)?;
            return Ok(plan);
        }
        if let Some(reviewed) = reviewed {
            reviewed.takes_the_place(&mut plan)?;
        }
        planning::may(&plan, allowed, &self.url)?;
        // Whoever has changed the plan may have seen to it there.
        if reviewed.is_none() {
            let steps = plan.steps.iter().map(|planned| &planned.step);
            beside::spared(&mut self.session, &begin, steps, &failed)?;
        }
        let open = UnderWay {
            id: None,
            version: begin.version,
            acts: plan.acts.clone(),
            done: 0,
            lines: plan.lines(),
            storage: begin.wanted.clone(),
            undoes: begin.past.last().filter(|_| begin.way == Way::Back).map(|past| past.id),
        };
        self.through(facts, open, &begin, seen)?;
        owner::write(&mut self.session, service).map_err(&failed)?;
        Ok(plan)
    }

    /// Why an act was not done: how far the migration is, and which rows are in the way.
    fn stopped(
        &mut self,
        facts: &Facts,
        (open, act): (&UnderWay, &Act),
        begin: &Begin,
        source: DatabaseError,
    ) -> MigrateError {
        if open.id.is_none() {
            return MigrateError::Database { url: self.url.clone(), source };
        }
        // The transaction that failed is over; what it says to that is not why it failed.
        drop(self.session.simple("ROLLBACK"));
        let found = &begin.found();
        let (wanted, fills) = (&open.storage, Fills::of(facts, Dialect::Postgres));
        let steps = migration::plan(found, wanted);
        let change = Change { found, wanted, steps: &steps, fills: &fills };
        let rows = probe::behind(&mut Seen(&mut self.session), act, &change);
        MigrateError::Stopped { done: open.done, of: open.acts.len(), rows, source }
    }

    /// Undoes what was done of a migration that was begun, if there is one.
    pub(crate) fn give_up(&mut self) -> Result<Option<GivenUp>, MigrateError> {
        let failed = self.failed();
        self.session.simple(schema::LOCK_SESSION).map_err(&failed)?;
        let done = self.given_up();
        if done.is_err() {
            drop(self.session.simple("ROLLBACK"));
        }
        self.session.simple(schema::UNLOCK_SESSION).map_err(&failed)?;
        done
    }

    fn given_up(&mut self) -> Result<Option<GivenUp>, MigrateError> {
        let failed = self.failed();
        let Some(open) = schema::under_way(&mut self.session).map_err(&failed)? else { return Ok(None) };
        let past = schema::past(&mut self.session).map_err(&failed)?;
        let before = past.into_iter().next_back();
        let found = before.as_ref().map(|past| past.storage.clone()).unwrap_or_default();
        let found = if open.undoes.is_some() { found.without_earlier_names() } else { found };
        let made = live::made(&mut self.session, &found).map_err(&failed)?;
        let goal = live::made(&mut self.session, &open.storage).map_err(&failed)?;
        self.session.simple("BEGIN").map_err(&failed)?;
        undo::undo(&mut self.session, &open, &found, [&made, &goal]).map_err(|error| match error {
            undo::Failed::Database(source) => failed(source),
            undo::Failed::Migrate(error) => error,
        })?;
        schema::forget(&mut self.session, &open).map_err(&failed)?;
        self.session.simple("COMMIT").map_err(&failed)?;
        let back = before.map_or(0, |past| past.version);
        Ok(Some(GivenUp { version: open.version, done: open.done, of: open.acts.len(), back }))
    }

    /// Goes on where another process stopped.
    fn go_on(
        &mut self,
        facts: &Facts,
        open: &UnderWay,
        seen: &mut dyn FnMut(Progress<'_>),
    ) -> Result<(), MigrateError> {
        let failed = self.failed();
        let made = live::made(&mut self.session, &open.storage).map_err(&failed)?;
        let past = schema::past(&mut self.session).map_err(&failed)?;
        let way = if open.undoes.is_some() { Way::Back } else { Way::Forth };
        let (wanted, version) = (open.storage.clone(), open.version);
        let found = past.last().map(|past| past.storage.clone()).unwrap_or_default();
        let before = live::made(&mut self.session, &found).map_err(&failed)?;
        let begin = Begin { past, wanted, made, before, way, version, own: true };
        self.through(facts, open.clone(), &begin, seen)
    }

    /// Does what is left, act by act.
    fn through(
        &mut self,
        facts: &Facts,
        mut open: UnderWay,
        begin: &Begin,
        seen: &mut dyn FnMut(Progress<'_>),
    ) -> Result<(), MigrateError> {
        let failed = self.failed();
        let acts = open.acts.clone();
        if begin.past.is_empty() && open.id.is_none() {
            self.session.simple(schema::SYSTEM).map_err(&failed)?;
        }
        if open.id.is_none() && acts.iter().any(|act| act.apart) {
            schema::keep(&mut self.session, &mut open).map_err(&failed)?;
        }
        for (at, act) in acts.iter().enumerate().skip(open.done) {
            let does: Vec<&str> =
                act.steps.iter().filter_map(|step| open.lines.get(*step)).map(String::as_str).collect();
            seen(Progress::Act { at, of: acts.len(), does: &does });
            let begun = if act.apart { "" } else { "BEGIN" };
            self.session.simple(begun).map_err(&failed)?;
            let done = act.sql.iter().try_for_each(|sql| self.session.simple(sql));
            done.map_err(|source| self.stopped(facts, (&open, act), begin, source))?;
            open.done = at + 1;
            if open.done < acts.len() {
                schema::keep(&mut self.session, &mut open).map_err(&failed)?;
                self.session.simple(if act.apart { "" } else { "COMMIT" }).map_err(&failed)?;
            }
        }
        if acts.last().is_none_or(|act| act.apart) {
            self.session.simple("BEGIN").map_err(&failed)?;
        }
        seen(Progress::Ending);
        planning::whole(live::shapes(&mut self.session).map_err(&failed)?, begin)?;
        schema::end(&mut self.session, &open).map_err(&failed)?;
        self.session.simple("COMMIT").map_err(&failed)?;
        seen(Progress::Ended);
        Ok(())
    }
}
