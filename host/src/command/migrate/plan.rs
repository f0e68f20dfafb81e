//! `migrate plan`
use super::{Accept, shown};
use crate::command::Operate;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::service::{Environment, Here};
use crate::{atomic, output};
use clap::Args;
use quater_runtime::migrate::{self, Allowed, Way};
use serde_json::json;
use std::path::PathBuf;

/// Arguments of `migrate plan`.
#[derive(Args)]
pub struct Plan {
    #[command(flatten)]
    environment: Environment,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// Write the steps as SQL to a file, to be reviewed and applied with `apply --plan` or by hand
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    accept: Accept,
}

impl Operate for Plan {
    fn environment(&self) -> &Environment {
        &self.environment
    }

    fn run(&self, here: Here) -> Result<Exit, Failure> {
        let mut database = self.accept.open(&here, &self.environment)?;
        let plan = database.plan(Way::Forth)?;
        let allowed = self.accept.allowed();
        output::told(
            self.json,
            &if self.json {
                format!("{}\n", json!(shown::object(&plan, database.url(), &allowed)))
            } else {
                shown::plan(&plan, database.url())
            },
        );
        let exit = judged(&plan, &allowed);
        if let Some(path) = &self.out {
            if exit == Exit::Findings {
                output::err("nothing is written: the steps can't be done as things are\n");
            } else {
                atomic::write(path, &migrate::write_plan(&plan, &here.program, &database)?)?;
                output::err(&format!("`{}` written\n", path.display()));
            }
        }
        Ok(exit)
    }
}

/// Whether a plan could be applied now.
pub(super) fn judged(plan: &migrate::Plan, allowed: &Allowed) -> Exit {
    if plan.done {
        Exit::Clean
    } else if plan.blocked().next().is_some() || !plan.drift.is_empty() {
        Exit::Findings
    } else if plan.unaccepted(allowed).is_empty() {
        Exit::Clean
    } else {
        Exit::Broken
    }
}
