//! The command line of a service with bodies in Rust, which is an executable of its own.
use crate::built::Built;
use crate::command::run::Run;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::service::Here;
use crate::{Program, output};
use clap::Parser;
use quater_ir::artifact;
use quater_runtime::native::Bodies;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

/// Serve over HTTP and MCP.
#[derive(Debug, Parser)]
// What its files are asked for in production stays with them.
#[command(mut_arg("production", |production| production
    .help("Answer to the declared host names alone, log each request as JSON, and do not start with keys that can be \
           guessed")))]
struct Arguments {
    #[command(flatten)]
    run: Run,
    /// The folder where relative paths of databases and files begin
    #[arg(long, value_name = "DIR", default_value = ".")]
    data: PathBuf,
}

/// Serves a program that `quater gen rust` wrote, as the command line says; ends when it is told to.
pub fn serve(service: &[u8], bodies: Bodies) -> ExitCode {
    let exit = match Arguments::try_parse() {
        Ok(arguments) => run(arguments, service, bodies).unwrap_or_else(|failure| output::failure(&failure)),
        Err(error) => output::usage(&error),
    };
    exit.into()
}

fn run(arguments: Arguments, service: &[u8], bodies: Bodies) -> Result<Exit, Failure> {
    let Arguments { run, data: folder } = arguments;
    let artifact = artifact::read(service).map_err(|why| Failure::Generated { why })?;
    let name = artifact.program.service.name.to_string();
    let built = Built { artifact, name, folder };
    run.run(Here { bodies, ..built.told_by(&run.environment)?.here() })
}

/// The program of such a crate.
///
/// # Errors
/// Where another version has written it.
pub fn program(service: &[u8]) -> Result<Arc<Program>, Failure> {
    let read = artifact::read(service).map_err(|why| Failure::Generated { why })?;
    Ok(Arc::new(read.program))
}
