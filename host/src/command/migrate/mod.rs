//! `migrate`
mod apply;
mod back;
mod plan;
pub mod shown;
mod status;

pub use apply::Apply;
pub use back::Rollback;
pub use plan::Plan;
pub use status::Status;

use super::Operate;
use crate::built::Built;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::service::{Environment, Here};
use clap::{Args, Subcommand};
use quater_runtime::migrate::{Allowed, Database};
use smol_str::SmolStr;

/// Arguments of `migrate`.
#[derive(Args)]
pub struct Migrate {
    #[command(subcommand)]
    what: What<()>,
}

/// What is done, to a service that `T` names.
#[derive(Subcommand)]
pub enum What<T: Args> {
    /// Show what it takes to bring the database to the tables of the service, and do nothing
    Plan(Of<Plan, T>),
    /// Bring the database to the tables of the service: all of it, or nothing
    Apply(Of<Apply, T>),
    /// Say of which version the database is, what is to be done, and whether somebody changed its tables
    Status(Of<Status, T>),
    /// Take the migration back that was applied last, where that is possible
    Rollback(Of<Rollback, T>),
}

/// A command, and the service that it is about.
#[derive(Args)]
pub struct Of<C: Args, T: Args> {
    /// What is done.
    #[command(flatten)]
    pub command: C,
    /// The service.
    #[command(flatten)]
    pub target: T,
}

impl<T: Args> What<T> {
    /// The command, and the service that it is about.
    pub fn parts(&self) -> (&dyn Operate, &T) {
        match self {
            Self::Plan(Of { command, target }) => (command, target),
            Self::Apply(Of { command, target }) => (command, target),
            Self::Status(Of { command, target }) => (command, target),
            Self::Rollback(Of { command, target }) => (command, target),
        }
    }
}

impl Migrate {
    /// Does it with a built service.
    ///
    /// # Errors
    /// Where it can't be done.
    pub fn operate(&self, built: Built) -> Result<Exit, Failure> {
        self.what.parts().0.operate(built)
    }
}

/// The database of a service.
fn open(here: &Here, from: &Environment) -> Result<Database, Failure> {
    Ok(Database::open(&here.program, &here.settings(from)?)?)
}

/// Which losses are accepted, and whose the database may be.
#[derive(Args)]
struct Accept {
    /// Accept the loss of the step with this code, as `plan` shows it; several may be given
    #[arg(long = "accept", value_name = "CODE")]
    codes: Vec<SmolStr>,
    /// Take the database over from the service of this name, which is what this one was called before
    #[arg(long, value_name = "NAME")]
    renamed_from: Option<SmolStr>,
}

impl Accept {
    fn open(&self, here: &Here, from: &Environment) -> Result<Database, Failure> {
        Ok(open(here, from)?.renamed_from(self.renamed_from.clone()))
    }

    fn allowed(&self) -> Allowed {
        Allowed { contract: true, losses: self.codes.iter().cloned().collect() }
    }
}
