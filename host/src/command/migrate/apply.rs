//! `migrate apply`
use super::plan::judged;
use super::{Accept, shown};
use crate::command::Operate;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::service::{Environment, Here};
use crate::{output, text_file};
use clap::Args;
use quater_runtime::migrate::{self, Database, MigrateError, Plan, Progress, Way};
use std::path::PathBuf;

/// Arguments of `migrate apply`.
#[derive(Args)]
pub struct Apply {
    #[command(flatten)]
    environment: Environment,
    #[command(flatten)]
    accept: Accept,
    /// Apply the steps of a file that `plan --out` wrote, as they stand there
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
    /// Say what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
}

impl Operate for Apply {
    fn environment(&self) -> &Environment {
        &self.environment
    }

    fn run(&self, here: Here) -> Result<Exit, Failure> {
        let mut database = self.accept.open(&here, &self.environment)?;
        let reviewed = match &self.plan {
            Some(path) => Some(migrate::read_plan(&text_file::read(path)?)?),
            None => None,
        };
        let allowed = self.accept.allowed();
        if self.dry_run {
            let plan = database.plan(Way::Forth)?;
            output::out(&shown::plan(&plan, database.url()));
            return Ok(judged(&plan, &allowed));
        }
        let done = match &reviewed {
            Some(reviewed) => database.apply_reviewed(reviewed, &allowed, &mut progress),
            None => database.apply(Way::Forth, &allowed, &mut progress),
        };
        ended(done, &database)
    }
}

/// Tells how far it is, on standard error.
pub(super) fn progress(progress: Progress<'_>) {
    match progress {
        Progress::Act { at, of, does } => {
            for step in does {
                output::err(&format!("[{}/{of}] {step}\n", at + 1));
            }
        }
        Progress::Waiting => output::err("waiting for another program, which writes\n"),
        Progress::Ending => output::err("looking at the result\n"),
        Progress::Ended => {}
    }
}

/// Tells what came of it.
pub(super) fn ended(done: Result<Plan, MigrateError>, database: &Database) -> Result<Exit, Failure> {
    match done {
        Ok(plan) if plan.is_empty() => {
            output::out(&shown::plan(&plan, database.url()));
            Ok(Exit::Clean)
        }
        Ok(plan) => {
            let count = shown::counted(plan.steps.len(), "step");
            let what = if plan.done { "was done by hand, and is written down" } else { "done" };
            output::out(&format!("{count} {what}: {} is at version {}\n", database.url(), plan.version));
            Ok(Exit::Clean)
        }
        Err(MigrateError::Unaccepted { codes, plan }) => {
            output::err(&shown::steps(&plan, database.url()));
            let codes: Vec<String> = codes.iter().map(|code| format!("--accept {code}")).collect();
            output::err(&format!("\nnothing was done. to accept what is lost, say `{}`\n", codes.join(" ")));
            Ok(Exit::Broken)
        }
        Err(MigrateError::Blocked(plan)) => {
            for (at, planned) in plan.steps.iter().enumerate().filter(|(_, planned)| planned.is_blocked()) {
                output::err(&shown::step(at + 1, planned));
            }
            output::err("\nnothing was done: these steps can't be done as things are\n");
            Ok(Exit::Findings)
        }
        Err(
            error @ (MigrateError::Irreversible { .. }
            | MigrateError::Drift { .. }
            | MigrateError::Beside { .. }),
        ) => Err(Failure::NotNow(error)),
        Err(error) => Err(error.into()),
    }
}
