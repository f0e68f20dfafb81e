//! The command line of an executable that carries a service.
use crate::built::Built;
use crate::command::Operate;
use crate::command::actions::Actions;
use crate::command::approvals::Approvals;
use crate::command::audit::Audit;
use crate::command::call::Call;
use crate::command::check::Check;
use crate::command::mcp::Mcp;
use crate::command::migrate::Migrate;
use crate::command::run::Run;
use crate::command::seed::Seed;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::service::{Environment, Here};
use crate::{bug, carried, output};
use clap::builder::Str;
use clap::{Command, FromArgMatches, Subcommand};
use quater_ir::Service;
use quater_runtime::http::Pack;
use std::ffi::OsString;
use std::process::ExitCode;

/// What is done where no command is named.
const FIRST: &str = "run";

/// What can be done with the service.
#[derive(Subcommand)]
enum What {
    /// Say what strangers must not meet, which settings hold, or who may do what
    Check(Check),
    /// Bring a database to the tables of the service
    Migrate(Migrate),
    /// Put the rows of a file into the database
    Seed(Seed),
    /// List the records of calls: who, what, through which door, and what came of it
    Audit(Audit),
    /// Serve over HTTP and MCP
    Run(Run),
    /// Serve one agent over standard input and output (MCP)
    Mcp(Mcp),
    /// Call an operation, in this process and on the same database
    Call(Call),
    /// Calls that wait for somebody's approval
    Approvals(Approvals),
    /// What can be called
    Actions(Actions),
}

/// Does what the command line says with the service that this executable carries.
pub fn main() -> ExitCode {
    bug::announce();
    output::settled(bug::guard(|| run().unwrap_or_else(|failure| output::failure(&failure)))).into()
}

fn run() -> Result<Exit, Failure> {
    let (built, pack) = carried::service()?.ok_or(Failure::Empty)?;
    match parsed(&built.artifact.program.service) {
        Ok(what) => what.run(built, pack),
        Err(error) => Ok(output::usage(&error)),
    }
}

impl What {
    fn run(&self, built: Built, pack: Pack) -> Result<Exit, Failure> {
        match self {
            Self::Check(check) => check.run(built),
            Self::Run(run) => {
                let told = built.told_by(&run.environment)?;
                let objections = if run.production { told.objections() } else { Vec::new() };
                output::err(&objections.iter().map(|line| format!("{line}\n")).collect::<String>());
                if !objections.is_empty() {
                    return Ok(Exit::Findings);
                }
                run.run(Here { pack: Some(pack), ..told.here() })
            }
            Self::Call(call) => {
                let name = built.artifact.program.service.name.clone();
                let here = |from: &Environment| Ok(Some(built.clone().told_by(from)?.here()));
                call.run(here, &name, &call.words)
            }
            Self::Approvals(approvals) => approvals.run(built),
            Self::Actions(actions) => actions.run(&built),
            Self::Migrate(migrate) => migrate.operate(built),
            Self::Seed(seed) => seed.operate(built),
            Self::Audit(audit) => audit.operate(built),
            Self::Mcp(mcp) => mcp.operate(built),
        }
    }
}

/// Reads the command line of the process; an error where that is wrong, or help was asked for.
fn parsed(service: &Service) -> Result<What, clap::Error> {
    let mut words: Vec<OsString> = std::env::args_os().collect();
    if implied(&words) {
        words.insert(words.len().min(1), FIRST.into());
    }
    let mut command = command(service);
    let read = command.clone().try_get_matches_from(words);
    let read = read.and_then(|matches| What::from_arg_matches(&matches));
    read.map_err(|error| error.format(&mut command))
}

/// Whether a command line names no command: it is empty, or begins with an option of the first.
fn implied(words: &[OsString]) -> bool {
    let about = ["-h", "--help", "-V", "--version"];
    words.get(1).is_none_or(|word| {
        let text = word.to_string_lossy();
        text.starts_with('-') && !about.contains(&text.as_ref())
    })
}

fn command(service: &Service) -> Command {
    let version = format!("version {} (quater {})", service.version, env!("CARGO_PKG_VERSION"));
    let about = service.docs.trim().to_owned();
    let about = if about.is_empty() { format!("The service {}", service.name) } else { about };
    What::augment_subcommands(Command::new(Str::from(service.name.to_string())))
        .about(about)
        .after_help("Without a command it serves, as `run` does.")
        .version(Str::from(version))
        .disable_help_subcommand(true)
        .subcommand_required(true)
}
