//! `quater seed`
use crate::exit::Exit;
use crate::failure::Failure;
use crate::service::{self, Draw, Environment};
use crate::{output, project};
use clap::Args;
use quater_runtime::seed::{SeedError, Seeded};
use std::path::PathBuf;

/// Arguments of `quater seed`.
#[derive(Args)]
pub(crate) struct Seed {
    /// A file of rows: `{ "Entity": [ { "field": … } ] }`
    file: PathBuf,
    /// A `.qtr` file, or a folder that holds a service
    #[arg(default_value = ".")]
    target: PathBuf,
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

impl Seed {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        if self.production && !self.force {
            return Err(Failure::SeedProduction);
        }
        let text = project::read(&self.file)?;
        let compiled = service::compile(&self.target, Draw::Errors)?;
        let Some(program) = compiled.program else { return Ok(Exit::Findings) };
        let settings = service::settings(&compiled.folder, &self.environment)?;
        let failed = |why| {
            if let SeedError::Start(error) = why {
                return Failure::Start(error);
            }
            Failure::Seed { path: self.file.clone(), why }
        };
        match quater_runtime::seed::seed(&program, &settings, &text, self.if_empty).map_err(failed)? {
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
