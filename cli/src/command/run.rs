//! `quater run`
use super::of::Target;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::service::{self, Draw};
use clap::Args;
use quater_host::command::run;

/// Arguments of `quater run`.
#[derive(Args)]
#[group(skip)]
pub(crate) struct Run {
    #[command(flatten)]
    of: Target,
    #[command(flatten)]
    run: run::Run,
}

impl Run {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        let (target, run) = (&self.of.target, &self.run);
        match service::compile_for(target, Draw::All, &run.environment, run.production)?.here() {
            Some(here) => Ok(run.run(here)?),
            None => Ok(Exit::Findings),
        }
    }
}
