//! `quater migrate`
mod apply;
mod back;
mod compare;
mod plan;
mod shown;
mod status;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::service::{self, Compiled, Draw, Environment};
use clap::{Args, Subcommand};
use quater_ir::Program;
use quater_runtime::migrate::{Allowed, Database};
use smol_str::SmolStr;
use std::path::PathBuf;
use std::sync::Arc;

/// Arguments of `quater migrate`.
#[derive(Args)]
pub(crate) struct Migrate {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Show what it takes to bring the database to the tables of the service, and do nothing
    Plan(plan::Plan),
    /// Bring the database to the tables of the service: all of it, or nothing
    Apply(apply::Apply),
    /// Say of which version the database is, what is to be done, and whether somebody changed its tables
    Status(status::Status),
    /// Take the migration back that was applied last, where that is possible
    Rollback(back::Rollback),
    /// Show the steps between the tables of two files, locks, revisions or databases
    Diff(compare::Compare),
}

impl Migrate {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        match &self.what {
            What::Plan(plan) => plan.run(),
            What::Apply(apply) => apply.run(),
            What::Status(status) => status.run(),
            What::Rollback(rollback) => rollback.run(),
            What::Diff(compare) => compare.run(),
        }
    }
}

/// A service and the database that it names.
#[derive(Args)]
struct Subject {
    /// A `.qtr` file, or a folder that holds a service
    #[arg(default_value = ".")]
    target: PathBuf,
    #[command(flatten)]
    environment: Environment,
}

impl Subject {
    /// The program, unless it has errors, which have been drawn.
    fn program(&self) -> Result<Option<(Arc<Program>, Compiled)>, Failure> {
        let compiled = service::compile(&self.target, Draw::Errors)?;
        Ok(compiled.program.clone().map(|program| (program, compiled)))
    }

    /// The program and its database.
    fn open(&self) -> Result<Option<(Arc<Program>, Database)>, Failure> {
        let Some((program, compiled)) = self.program()? else { return Ok(None) };
        let settings = service::settings(&compiled.folder, &self.environment)?;
        let database = Database::open(&program, &settings)?;
        Ok(Some((program, database)))
    }
}

/// Which losses are accepted.
#[derive(Args)]
struct Accept {
    /// Accept the loss of the step with this code, as `plan` shows it; several may be given
    #[arg(long = "accept", value_name = "CODE")]
    codes: Vec<SmolStr>,
}

impl Accept {
    fn allowed(&self) -> Allowed {
        Allowed { contract: true, losses: self.codes.iter().cloned().collect() }
    }
}
