//! From the tables that a database has to those that a program needs: planned in [`quater_ir`] without any
//! dialect, asked of the rows that are there, and done here.
pub(crate) mod columns;
mod error;
mod file;
pub(crate) mod fill;
pub(crate) mod fits;
pub(crate) mod planning;
#[cfg(feature = "postgres")]
pub(crate) mod postgres;
pub(crate) mod probe;
pub(crate) mod record;
pub(crate) mod reshaped;
pub(crate) mod shape;
pub(crate) mod sqlite;

pub use error::MigrateError;
pub use file::{Reviewed, read as read_plan, short, write as write_plan};
pub use record::{Past, digest};

use crate::facts::Facts;
use crate::plan::dialect::Dialect;
use crate::service::Settings;
use crate::start;
use crate::store::location::Location;
use crate::store::sqlite::open::Location as File;
use quater_ir::Program;
use quater_ir::storage::Storage;
use quater_ir::storage::migration::{Grade, Step};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

/// Statements that belong together, and the steps that they do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    /// The steps, by their places in the plan.
    pub steps: Vec<usize>,
    /// What is executed, in order.
    pub sql: Vec<String>,
    /// Whether it is done outside a transaction, so that others can go on working meanwhile.
    pub apart: bool,
}

impl Act {
    /// Statements within a transaction.
    pub(crate) const fn of(steps: Vec<usize>, sql: Vec<String>) -> Self {
        Self { steps, sql, apart: false }
    }
}

/// A step, seen with the rows of a database.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    /// The step; in a table without rows nothing can be lost, so there it is safe.
    pub step: Step,
    /// Keys of some rows that stand in its way.
    pub rows: Vec<String>,
    /// How many point to each of these, where that is what stands in the way.
    pub counts: Vec<u64>,
    /// Whether there are more such rows.
    pub more: bool,
    /// What else stands in its way.
    pub obstacle: Option<&'static str>,
}

/// What has to be done to a database, and what stands in the way.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The service.
    pub service: SmolStr,
    /// The version that the tables will be of.
    pub version: u32,
    /// The migration that made the tables as they are; none on an empty database.
    pub from: Option<Past>,
    /// The digest of the tables that will be.
    pub digest: String,
    /// The steps in order.
    pub steps: Vec<Planned>,
    /// How they are done.
    pub acts: Vec<Act>,
    /// In what the tables that are there differ from what was written down.
    pub drift: Vec<String>,
    /// What somebody else has made beside it, which stands in no way.
    pub beside: Vec<String>,
    /// Whether somebody did by hand what there was to do, so that it has only to be written down.
    pub done: bool,
}

/// What may be done without asking.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allowed {
    /// Whether steps may be done that programs of the version before do not survive.
    pub contract: bool,
    /// Codes of losses that are accepted.
    pub losses: BTreeSet<SmolStr>,
}

/// How far a migration is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Progress<'a> {
    /// Somebody else writes, and is waited for.
    Waiting,
    /// An act begins.
    Act {
        /// Its place, from 0.
        at: usize,
        /// How many there are.
        of: usize,
        /// The steps that it does, one line each.
        does: &'a [&'a str],
    },
    /// Everything is done, and about to be made permanent.
    Ending,
    /// It is permanent.
    Ended,
}

/// Which way a database goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// To the tables of the program.
    Forth,
    /// To those before the migration that was applied last.
    Back,
}

/// What is known of a database and a program.
#[derive(Debug, Clone, PartialEq)]
pub struct Status {
    /// What is to be done.
    pub plan: Plan,
    /// Migrations that count, the first one first.
    pub past: Vec<Past>,
}

impl Plan {
    /// Whether there is nothing to do.
    pub const fn is_empty(&self) -> bool {
        self.steps.is_empty() && self.from.is_some()
    }

    /// Its steps, one line each.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.steps.iter().map(|planned| planned.step.to_string()).collect()
    }

    /// The worst of its steps.
    pub fn grade(&self) -> Grade {
        self.steps.iter().map(|planned| planned.step.grade).max().unwrap_or(Grade::Safe)
    }

    /// Steps that rows or something else stand in the way of.
    pub fn blocked(&self) -> impl Iterator<Item = &Planned> {
        self.steps.iter().filter(|planned| planned.is_blocked())
    }

    /// Codes of losses that are not accepted.
    pub fn unaccepted(&self, allowed: &Allowed) -> Vec<SmolStr> {
        let codes = self.steps.iter().filter_map(|planned| planned.step.code());
        codes.filter(|code| !allowed.losses.contains(code)).collect()
    }
}

impl Planned {
    /// Whether it can't be done as things are.
    pub fn is_blocked(&self) -> bool {
        !self.rows.is_empty() || self.obstacle.is_some() || self.step.grade == Grade::Refused
    }
}

/// A migration that was begun and given up: what was done of it is undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GivenUp {
    /// The version of the service that it was for.
    pub version: u32,
    /// How many of its acts were done.
    pub done: usize,
    /// How many it had.
    pub of: usize,
    /// The version that the tables are of again.
    pub back: u32,
}

/// The database of a service, with its tables as they are.
pub struct Database {
    facts: Facts,
    store: AnyStore,
    /// What the service was called before.
    before: Option<SmolStr>,
}

/// What is asked of a database: to be that of a program, or as it was before.
pub(crate) struct Asked<'a> {
    pub(crate) facts: &'a Facts,
    pub(crate) way: Way,
    /// What the service was called before.
    pub(crate) before: Option<&'a str>,
}

/// A database that can be migrated.
enum AnyStore {
    Sqlite(sqlite::Sqlite),
    #[cfg(feature = "postgres")]
    Postgres(Box<postgres::Postgres>),
}

impl AnyStore {
    fn open(location: &Location) -> Result<Self, MigrateError> {
        match location {
            Location::Sqlite(File::Memory) => Err(MigrateError::Memory),
            Location::Sqlite(file) => Ok(Self::Sqlite(sqlite::Sqlite::open(file)?)),
            #[cfg(feature = "postgres")]
            Location::Postgres(address) => Ok(Self::Postgres(Box::new(postgres::Postgres::open(address)?))),
        }
    }

    fn past(&mut self) -> Result<Vec<Past>, MigrateError> {
        match self {
            Self::Sqlite(sqlite) => sqlite.past(),
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => postgres.past(),
        }
    }
}

impl Database {
    /// Takes the database over from a service of another name, which is what this one was called before.
    #[must_use]
    pub fn renamed_from(mut self, before: Option<SmolStr>) -> Self {
        self.before = before;
        self
    }

    /// Opens the database that a program names.
    ///
    /// # Errors
    /// When it has none, or that does not open.
    pub fn open(program: &Arc<Program>, settings: &Settings) -> Result<Self, MigrateError> {
        let facts = start::tables(program, settings)?;
        if program.resources.is_empty() {
            return Err(MigrateError::NoDatabase);
        }
        let store = AnyStore::open(&start::location(&facts, settings)?)?;
        Ok(Self { facts, store, before: None })
    }

    /// Its address.
    pub fn url(&self) -> &str {
        match &self.store {
            AnyStore::Sqlite(sqlite) => sqlite.url(),
            #[cfg(feature = "postgres")]
            AnyStore::Postgres(postgres) => postgres.url(),
        }
    }

    pub(crate) const fn dialect(&self) -> Dialect {
        match &self.store {
            AnyStore::Sqlite(_) => Dialect::Sqlite,
            #[cfg(feature = "postgres")]
            AnyStore::Postgres(_) => Dialect::Postgres,
        }
    }

    /// What there is to do, and what was done before.
    ///
    /// # Errors
    /// When the database can't be read, or was not made by Quater.
    pub fn status(&mut self) -> Result<Status, MigrateError> {
        Ok(Status { plan: self.plan(Way::Forth)?, past: self.store.past()? })
    }

    /// What there is to do on one way.
    ///
    /// # Errors
    /// When the database can't be read, was not made by Quater, or there is no way back.
    pub fn plan(&mut self, way: Way) -> Result<Plan, MigrateError> {
        let asked = Asked { facts: &self.facts, way, before: self.before.as_deref() };
        match &mut self.store {
            AnyStore::Sqlite(sqlite) => sqlite.plan(&asked),
            #[cfg(feature = "postgres")]
            AnyStore::Postgres(postgres) => postgres.plan(&asked),
        }
    }

    /// Does what there is to do.
    ///
    /// # Errors
    /// When something is not allowed, rows stand in the way, or the database refuses.
    pub fn apply(
        &mut self,
        way: Way,
        allowed: &Allowed,
        seen: &mut dyn FnMut(Progress<'_>),
    ) -> Result<Plan, MigrateError> {
        self.applied(way, None, allowed, seen)
    }

    /// Does a plan that was written to a file and reviewed.
    ///
    /// # Errors
    /// As [`Database::apply`] has them, and when the plan is of other tables, or does not lead to those of
    /// the program.
    pub fn apply_reviewed(
        &mut self,
        reviewed: &Reviewed,
        allowed: &Allowed,
        seen: &mut dyn FnMut(Progress<'_>),
    ) -> Result<Plan, MigrateError> {
        self.applied(Way::Forth, Some(reviewed), allowed, seen)
    }

    /// Undoes what was done of a migration that was begun and is not at its end, if there is one.
    ///
    /// # Errors
    /// When something of it has no way back, or the database refuses; then nothing is undone.
    pub fn give_up(&mut self) -> Result<Option<GivenUp>, MigrateError> {
        match &mut self.store {
            // There each is one transaction.
            AnyStore::Sqlite(_) => Ok(None),
            #[cfg(feature = "postgres")]
            AnyStore::Postgres(postgres) => postgres.give_up(),
        }
    }

    fn applied(
        &mut self,
        way: Way,
        reviewed: Option<&Reviewed>,
        allowed: &Allowed,
        seen: &mut dyn FnMut(Progress<'_>),
    ) -> Result<Plan, MigrateError> {
        let asked = Asked { facts: &self.facts, way, before: self.before.as_deref() };
        match &mut self.store {
            AnyStore::Sqlite(sqlite) => sqlite.apply(&asked, reviewed, allowed, seen),
            #[cfg(feature = "postgres")]
            AnyStore::Postgres(postgres) => postgres.apply(&asked, reviewed, allowed, seen),
        }
    }
}

/// Brings the database of a program to its tables before the service starts, if that is allowed. Tells the
/// steps that were done.
///
/// # Errors
/// When a step is not allowed, rows stand in the way, or the database refuses.
pub fn before_start(
    program: &Arc<Program>,
    settings: &Settings,
    allowed: &Allowed,
) -> Result<Vec<Planned>, MigrateError> {
    // A database of Postgres's waits in a runtime of its own, which may not stand within another.
    let apart = || -> Result<Vec<Planned>, MigrateError> { brought(program, settings, allowed) };
    match std::thread::scope(|scope| scope.spawn(apart).join()) {
        Ok(done) => done,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

fn brought(
    program: &Arc<Program>,
    settings: &Settings,
    allowed: &Allowed,
) -> Result<Vec<Planned>, MigrateError> {
    let mut database = match Database::open(program, settings) {
        Err(MigrateError::NoDatabase | MigrateError::Memory) => return Ok(Vec::new()),
        database => database?,
    };
    let plan = database.plan(Way::Forth)?;
    if plan.is_empty() || plan.from.is_none() {
        return Ok(Vec::new());
    }
    Ok(database.apply(Way::Forth, allowed, &mut |_| {})?.steps)
}

/// Whether a word is the address of a database.
pub fn is_address(word: &str) -> bool {
    ["sqlite:", "postgres:", "postgresql:"].iter().any(|scheme| word.starts_with(scheme))
}

/// The tables that are written down in the database at an address.
///
/// # Errors
/// When it does not open, or was not made by Quater.
pub fn tables_at(address: &str, folder: &Path) -> Result<Storage, MigrateError> {
    let location = Location::parse(address, folder)?;
    let past = AnyStore::open(&location)?.past()?;
    past.into_iter().next_back().map(|past| past.storage).ok_or(MigrateError::Untouched)
}

/// A moment as people read it.
pub fn instant(milliseconds: i64) -> String {
    let mut text = Vec::new();
    crate::kernel::time::write_instant(&mut text, milliseconds);
    String::from_utf8_lossy(&text).into_owned()
}
