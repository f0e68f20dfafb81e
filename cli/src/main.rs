//! The `quater` command.
mod arguments;
mod client;
mod command;
mod earlier;
mod failure;
mod findings;
mod git;
mod multipart;
mod output;
mod packing;
mod project;
mod remotes;
mod reply;
mod runner_file;
mod service;
mod target;
mod told;
mod watching;

use clap::Parser;
use command::completions;
use exit::Exit;
use failure::Failure;
use quater_host::{atomic, bar, bug, built, catalogue, ended, exit, given_file, words};
use std::process::ExitCode;

fn main() -> ExitCode {
    bug::announce();
    output::settled(bug::guard(|| run().unwrap_or_else(|failure| output::failure(&failure)))).into()
}

fn run() -> Result<Exit, Failure> {
    if completions::answered() {
        return Ok(Exit::Clean);
    }
    match arguments::Arguments::try_parse() {
        Ok(arguments) => command::run(arguments.command),
        Err(error) => Ok(output::usage(&error)),
    }
}
