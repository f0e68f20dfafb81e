//! `quater completions`
use crate::arguments::Arguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::service::{self, Draw};
use crate::{output, words};
use clap::{Args, CommandFactory};
use clap_complete::Shell;
use std::path::PathBuf;

/// Arguments of `quater completions`.
#[derive(Args)]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
    /// A `.qtr` file or a folder, whose commands `quater call` then completes
    target: Option<PathBuf>,
}

impl Completions {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        let mut command = Arguments::command();
        if let Some(target) = &self.target {
            let Some(program) = service::compile(target, Draw::Errors)?.program else {
                return Ok(Exit::Findings);
            };
            command = command.mut_subcommand("call", |call| words::below(call, &program));
        }
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, "quater", &mut script);
        output::out(&String::from_utf8_lossy(&script));
        Ok(Exit::Clean)
    }
}
