//! `quater completions`
use super::actions::catalogue;
use crate::arguments::Arguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::target::{self, Target};
use crate::{output, words};
use clap::{Args, CommandFactory};
use clap_complete::Shell;

/// Arguments of `quater completions`.
#[derive(Args)]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
    /// A `.qtr` file, a folder or a remote, whose commands `quater call` then completes
    target: Option<String>,
}

impl Completions {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        let mut command = Arguments::command();
        if let Some(target) = &self.target {
            let target = match target::split(std::slice::from_ref(target))? {
                (found, []) => found,
                (_, [..]) => Target::Here(target.into()),
            };
            let Some(catalogue) = catalogue(&target)? else { return Ok(Exit::Findings) };
            command = command.mut_subcommand("call", |call| words::below(call, &catalogue));
        }
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, "quater", &mut script);
        output::out(&String::from_utf8_lossy(&script));
        Ok(Exit::Clean)
    }
}
