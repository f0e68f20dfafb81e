//! `quater completions`
use crate::arguments::Arguments;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use clap::{Args, CommandFactory};
use clap_complete::Shell;

/// Arguments of `quater completions`.
#[derive(Args)]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Arguments::command(), "quater", &mut script);
        output::out(&String::from_utf8_lossy(&script));
        Ok(Exit::Clean)
    }
}
