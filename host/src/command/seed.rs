//! `seed`
use super::Operate;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::service::{Environment, Here};
use crate::{output, text_file};
use clap::Args;
use quater_runtime::seed::{SeedError, Seeded};
use std::path::PathBuf;

/// Arguments of `seed`.
#[derive(Debug, Clone, Args)]
pub struct Seed {
    /// A file of rows: `{ "Entity": [ { "field": … } ] }`
    file: PathBuf,
    /// Do nothing where one of these entities has rows
    #[arg(long)]
    if_empty: bool,
    /// Say that this is a database in production, which rows are not put into without `--force`
    #[arg(long)]
    production: bool,
    /// Write the rows even so
    #[arg(long, requires = "production")]
    force: bool,
    #[command(flatten)]
    environment: Environment,
}

impl Operate for Seed {
    fn environment(&self) -> &Environment {
        &self.environment
    }

    fn run(&self, here: Here) -> Result<Exit, Failure> {
        if self.production && !self.force {
            return Err(Failure::SeedProduction);
        }
        let text = text_file::read(&self.file)?;
        let settings = here.settings(&self.environment)?;
        let failed = |why| {
            if let SeedError::Start(error) = why {
                return Failure::Start(error);
            }
            Failure::Seed { path: self.file.clone(), why }
        };
        match quater_runtime::seed::seed(&here.program, &settings, &text, self.if_empty).map_err(failed)? {
            Seeded::Rows(counts) => {
                for (entity, count) in counts {
                    output::out(&format!("{entity}  {count} rows\n"));
                }
            }
            Seeded::Full(entity) => {
                output::err(&format!("there are rows of `{entity}` already, so nothing was done\n"))
            }
        }
        Ok(Exit::Clean)
    }
}
