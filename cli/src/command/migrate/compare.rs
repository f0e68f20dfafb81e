//! `quater migrate diff`
use super::shown;
use crate::earlier::Earlier;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use clap::Args;
use quater_ir::storage::Storage;
use quater_ir::storage::migration::{self, Step};
use quater_runtime::migrate;
use serde_json::json;
use std::path::Path;

/// Arguments of `quater migrate diff`.
#[derive(Args)]
pub(super) struct Compare {
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
    pub(super) fn run(&self) -> Result<Exit, Failure> {
        let (before, after) = (tables(&self.before, &self.after)?, tables(&self.after, &self.before)?);
        let steps = migration::plan(&before, &after);
        output::out(&if self.json {
            let steps: Vec<_> = steps.iter().map(shown::step_object).collect();
            format!("{}\n", json!({ "version": 1, "steps": steps }))
        } else {
            text(&steps)
        });
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
        return Ok(migrate::tables_at(named, Path::new("."))?);
    }
    let side = |named: &str| -> Earlier { named.parse().unwrap_or_else(|never| match never {}) };
    let target = if migrate::is_address(other) { ".".into() } else { side(other).target() };
    side(named).tables(&target)
}
