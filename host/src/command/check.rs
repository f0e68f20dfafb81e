//! `check` of a built service
use super::{access, settings};
use crate::built::Built;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::service::{Environment, said};
use clap::Args;

/// Arguments of `check`.
#[derive(Debug, Clone, Args)]
pub struct Check {
    /// Say what must not be met by strangers, with the settings that variables say
    #[arg(long, conflicts_with_all = ["settings", "report"])]
    pub production: bool,
    /// Show the settings of the service: what holds, who says it, and the variable that could
    #[arg(long, conflicts_with = "report")]
    pub settings: bool,
    /// Tell of each operation who may call it, by what, what it reads and writes, and what limits it
    #[arg(long)]
    pub report: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Where variables come from.
    #[command(flatten)]
    pub environment: Environment,
}

impl Check {
    /// What can be told of a service without its files.
    ///
    /// # Errors
    /// Where a variable says a setting that can't be, or nothing is asked for.
    pub fn run(&self, built: Built) -> Result<Exit, Failure> {
        let from = self.environment.env_file.as_deref();
        if self.settings {
            settings::tell(&built.here(), from, self.json)?;
            return Ok(Exit::Clean);
        }
        let built = built.told(said(from)?.into_values())?;
        if self.report {
            access::print(&built.artifact.program, self.json);
            return Ok(Exit::Clean);
        }
        if !self.production {
            return Err(Failure::NoSource { name: built.name });
        }
        let objections = built.objections();
        output::out(&objections.iter().map(|line| format!("{line}\n")).collect::<String>());
        Ok(if objections.is_empty() { Exit::Clean } else { Exit::Findings })
    }
}
