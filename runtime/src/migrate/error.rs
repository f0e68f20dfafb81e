//! Why a database is not brought to other tables.
use super::{Plan, Planned};
use crate::service::StartError;
use crate::store::DatabaseError;
use smol_str::SmolStr;

/// Why a database is not brought to other tables.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The database does not open.
    #[error(transparent)]
    Start(#[from] StartError),
    /// The program stores nothing.
    #[error("the service has no database")]
    NoDatabase,
    /// The database ends with the process, so it is made anew each time.
    #[error("a database in memory has nothing to migrate")]
    Memory,
    /// Quater has made no tables there.
    #[error("Quater has made no tables in this database")]
    Untouched,
    /// Tables have been changed by somebody else since they were made.
    #[error("the tables at `{url}` are not as they were made")]
    Drift {
        /// Its address.
        url: String,
        /// One line a difference.
        lines: Vec<String>,
    },
    /// Tables of these names are there, and were made by somebody else.
    #[error("the database at `{url}` has tables of these names that Quater did not make")]
    Occupied {
        /// Its address.
        url: String,
        /// One line a table.
        tables: Vec<String>,
    },
    /// A migration was begun and is not at its end.
    #[error("a migration to version {version} was begun, and {done} of {of} acts are done")]
    UnderWay {
        /// The version of the service that it is for.
        version: u32,
        /// How many acts are done.
        done: usize,
        /// How many there are.
        of: usize,
    },
    /// An act of a migration that was begun is refused.
    #[error("the migration stopped: {done} of its {of} acts are done, and the next one is refused")]
    Stopped {
        /// How many acts are done.
        done: usize,
        /// How many there are.
        of: usize,
        /// Keys of rows that are in the way.
        rows: Vec<String>,
        /// Why.
        #[source]
        source: DatabaseError,
    },
    /// Some steps can't be done as things are.
    #[error("{} can't be done", counted(.0.blocked().count()))]
    Blocked(Box<Plan>),
    /// Some steps lose something, and nobody has accepted that.
    #[error("{} something that nobody has accepted", losing(codes.len()))]
    Unaccepted {
        /// Their codes.
        codes: Vec<SmolStr>,
        /// All steps.
        plan: Box<Plan>,
    },
    /// Some steps are more than what may be done here.
    #[error("{} more than safe", more(steps.len()))]
    NotSafe {
        /// Those steps.
        steps: Vec<Planned>,
    },
    /// There is no migration to take back.
    #[error("there is no migration before the one that made the tables")]
    First,
    /// The migration that was applied last has lost what the way back needs.
    #[error("the last migration can't be taken back")]
    Irreversible {
        /// One line a step.
        lines: Vec<String>,
    },
    /// A plan is not one that was written here.
    #[error("the plan can't be read: {why}")]
    PlanUnreadable {
        /// What is wrong.
        why: &'static str,
    },
    /// A plan is of tables that the database does not have.
    #[error("the plan is for a database at {plan}, and this one is at {found}")]
    PlanElsewhere {
        /// The digest that the plan begins at.
        plan: String,
        /// The digest of the database.
        found: String,
    },
    /// A plan leads to other tables than those of the program.
    #[error("the plan leads to {plan}, and the service needs {wanted}")]
    PlanOtherwise {
        /// The digest that the plan leads to.
        plan: String,
        /// The digest of the program's tables.
        wanted: String,
    },
    /// After all steps the tables are not those that they should be.
    #[error("the steps do not lead to the tables of the service, so nothing was done")]
    Missed {
        /// One line a difference.
        lines: Vec<String>,
    },
    /// Views or triggers that somebody else has made need what goes, or what is stored otherwise.
    #[error("what somebody has made beside the tables would stop working, so nothing was done")]
    Beside {
        /// One line each.
        lines: Vec<String>,
    },
    /// After all steps rows point to rows that are not there.
    #[error("{count} rows of `{table}` would point to rows that are not there, so nothing was done")]
    Dangling {
        /// The table.
        table: String,
        /// How many.
        count: i64,
    },
    /// What is written down about the tables can't be read.
    #[error("what is written down about the tables was written by another version of Quater")]
    Record(#[source] serde_json::Error),
    /// The database fails.
    #[error("the database at `{url}` refuses")]
    Database {
        /// Its address.
        url: String,
        /// Why.
        #[source]
        source: DatabaseError,
    },
}

fn counted(steps: usize) -> String {
    if steps == 1 { "1 step".to_owned() } else { format!("{steps} steps") }
}

fn losing(steps: usize) -> String {
    if steps == 1 { "1 step loses".to_owned() } else { format!("{steps} steps lose") }
}

fn more(steps: usize) -> String {
    if steps == 1 { "1 step is".to_owned() } else { format!("{steps} steps are") }
}
