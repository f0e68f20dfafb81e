//! A command of an operator, with the service that it is about.
use crate::exit::Exit;
use crate::failure::Failure;
use crate::service;
use clap::Args;
use quater_host::command::Operate;
use std::path::PathBuf;

/// A service by its files.
#[derive(Args)]
pub(crate) struct Target {
    /// A `.qtr` file, or a folder that holds a service
    #[arg(default_value = ".")]
    pub(crate) target: PathBuf,
}

/// A command, and the service.
#[derive(Args)]
pub(crate) struct Of<C: Args> {
    #[command(flatten)]
    command: C,
    #[command(flatten)]
    of: Target,
}

impl<C: Args + Operate> Of<C> {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        service::operate(&self.of.target, &self.command)
    }
}
