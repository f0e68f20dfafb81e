//! The `quater` command.
mod arguments;
mod atomic;
mod bar;
mod bug;
mod built;
mod carried;
mod catalogue;
mod client;
mod command;
mod earlier;
mod ended;
mod env_file;
mod exit;
mod failure;
mod findings;
mod git;
mod given_file;
mod output;
mod own;
mod packing;
mod production;
mod project;
mod remotes;
mod service;
mod serving;
mod target;
mod told;
mod watching;
mod words;

use clap::Parser;
use command::completions;
use exit::Exit;
use failure::Failure;
use std::process::ExitCode;

fn main() -> ExitCode {
    bug::announce();
    bug::guard(|| run().unwrap_or_else(|failure| output::failure(&failure))).into()
}

fn run() -> Result<Exit, Failure> {
    if completions::answered() {
        return Ok(Exit::Clean);
    }
    let arguments = match carried::service()? {
        Some(service) => own::parse(&service.program.service),
        None => arguments::Arguments::try_parse(),
    };
    match arguments {
        Ok(arguments) => command::run(arguments.command),
        Err(error) => Ok(output::usage(&error)),
    }
}
