//! The `quater` command.
mod arguments;
mod atomic;
mod bug;
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
mod listen;
mod output;
mod production;
mod project;
mod remotes;
mod service;
mod target;
mod told;
mod watching;
mod words;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    bug::announce();
    let arguments = arguments::Arguments::parse();
    bug::guard(|| command::run(arguments.command).unwrap_or_else(|failure| output::failure(&failure))).into()
}
