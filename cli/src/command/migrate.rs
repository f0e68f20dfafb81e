//! `quater migrate`
use super::of::Target;
use crate::earlier::Earlier;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::{output, service};
use clap::{Args, Subcommand};
use quater_host::command::migrate::{self as here, shown};
use quater_host::failure::Failure as Hosted;
use quater_ir::storage::Storage;
use quater_ir::storage::migration::{self, Step};
use quater_runtime::migrate;
use serde_json::json;
use std::path::Path;

/// Arguments of `quater migrate`.
#[derive(Args)]
pub(crate) struct Migrate {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    #[command(flatten)]
    Here(here::What<Target>),
    /// Show the steps between the tables of two files, locks, revisions or databases
    Diff(Compare),
}

impl Migrate {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        match &self.what {
            What::Here(what) => {
                let (command, of) = what.parts();
                service::operate(&of.target, command)
            }
            What::Diff(compare) => compare.run(),
        }
    }
}

/// Arguments of `quater migrate diff`.
#[derive(Args)]
struct Compare {
    /// The tables before: a lock, a file, a folder, `git:` and a revision, or the address of a database
    before: String,
    /// The tables after
    #[arg(default_value = ".")]
    after: String,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Compare {
    fn run(&self) -> Result<Exit, Failure> {
        let (before, after) = (tables(&self.before, &self.after)?, tables(&self.after, &self.before)?);
        let steps = migration::plan(&before, &after);
        output::told(
            self.json,
            &if self.json {
                let steps: Vec<_> = steps.iter().map(shown::step_object).collect();
                format!("{}\n", json!({ "version": 1, "steps": steps }))
            } else {
                text(&steps)
            },
        );
        Ok(Exit::Clean)
    }
}

fn text(steps: &[Step]) -> String {
    if steps.is_empty() {
        return "the tables are the same\n".to_owned();
    }
    steps.iter().enumerate().map(|(at, step)| shown::line(at + 1, step)).collect()
}

fn tables(named: &str, other: &str) -> Result<Storage, Failure> {
    if migrate::is_address(named) {
        return Ok(migrate::tables_at(named, Path::new(".")).map_err(Hosted::from)?);
    }
    let side = |named: &str| -> Earlier { named.parse().unwrap_or_else(|never| match never {}) };
    let target = if migrate::is_address(other) { ".".into() } else { side(other).target() };
    side(named).tables(&target)
}
