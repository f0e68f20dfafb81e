//! From the tables that a database has to those that a program needs: planned in [`quater_ir`] without any
//! dialect, asked of the rows that are there, and done here.
mod error;
mod file;
pub(crate) mod fill;
pub(crate) mod record;
pub(crate) mod sqlite;

pub use error::MigrateError;
pub use file::{Reviewed, read as read_plan, short, write as write_plan};
pub use record::{Past, digest};

use crate::facts::Facts;
use crate::service::Settings;
use crate::start;
use crate::store::location::Location;
use crate::store::sqlite::open::Location as File;
use quater_ir::Program;
use quater_ir::storage::Storage;
use quater_ir::storage::migration::{Grade, Step};
use smol_str::SmolStr;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

/// Statements that belong together, and the steps that they do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// The steps, by their places in the plan.
    pub steps: Vec<usize>,
    /// What is executed, in order.
    pub sql: Vec<String>,
}

/// A step, seen with the rows of a database.
#[derive(Debug, Clone, PartialEq)]
pub struct Planned {
    /// The step; in a table without rows nothing can be lost, so there it is safe.
    pub step: Step,
    /// Keys of some rows that stand in its way.
    pub rows: Vec<String>,
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
    /// An act begins.
    Act {
        /// Its place, from 0.
        at: usize,
        /// How many there are.
        of: usize,
        /// The steps that it does.
        steps: &'a [Planned],
        /// Those of them, by their places.
        does: &'a [usize],
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

/// The database of a service, with its tables as they are.
pub struct Database {
    facts: Facts,
    sqlite: sqlite::Sqlite,
}

impl Database {
    /// Opens the database that a program names.
    ///
    /// # Errors
    /// When it has none, or that does not open.
    pub fn open(program: &Arc<Program>, settings: &Settings) -> Result<Self, MigrateError> {
        let facts = start::tables(program, settings)?;
        if program.resources.is_empty() {
            return Err(MigrateError::NoDatabase);
        }
        let sqlite = sqlite::Sqlite::open(&file(start::location(&facts, settings)?)?)?;
        Ok(Self { facts, sqlite })
    }

    /// Its address.
    pub fn url(&self) -> &str {
        self.sqlite.url()
    }

    /// What there is to do, and what was done before.
    ///
    /// # Errors
    /// When the database can't be read, or was not made by Quater.
    pub fn status(&mut self) -> Result<Status, MigrateError> {
        self.sqlite.status(&self.facts)
    }

    /// What there is to do on one way.
    ///
    /// # Errors
    /// When the database can't be read, was not made by Quater, or there is no way back.
    pub fn plan(&mut self, way: Way) -> Result<Plan, MigrateError> {
        self.sqlite.plan(&self.facts, way)
    }

    /// Does what there is to do: all of it, or nothing.
    ///
    /// # Errors
    /// When something is not allowed, rows stand in the way, or the database refuses.
    pub fn apply(
        &mut self,
        way: Way,
        allowed: &Allowed,
        seen: &mut dyn FnMut(Progress<'_>),
    ) -> Result<Plan, MigrateError> {
        self.sqlite.apply(&self.facts, way, None, allowed, seen)
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
        self.sqlite.apply(&self.facts, Way::Forth, Some(reviewed), allowed, seen)
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
    word.starts_with("sqlite:")
}

/// The tables that are written down in the database at an address.
///
/// # Errors
/// When it does not open, or was not made by Quater.
pub fn tables_at(address: &str, folder: &Path) -> Result<Storage, MigrateError> {
    let file = file(Location::parse(address, folder)?)?;
    if matches!(&file, File::File(path) if !path.exists()) {
        return Err(MigrateError::Untouched);
    }
    let past = sqlite::Sqlite::open(&file)?.past()?;
    past.into_iter().next_back().map(|past| past.storage).ok_or(MigrateError::Untouched)
}

/// A moment as people read it.
pub fn instant(milliseconds: i64) -> String {
    let mut text = Vec::new();
    crate::kernel::time::write_instant(&mut text, milliseconds);
    String::from_utf8_lossy(&text).into_owned()
}

/// The file of a database that can be migrated.
fn file(location: Location) -> Result<File, MigrateError> {
    match location {
        Location::Sqlite(File::Memory) => Err(MigrateError::Memory),
        Location::Sqlite(file) => Ok(file),
        #[cfg(feature = "postgres")]
        Location::Postgres(_) => Err(crate::service::StartError::Unsupported {
            what: "migrating a database of Postgres's".to_owned(),
        }
        .into()),
    }
}
