//! The command line of an executable that carries a service: `quater` without what needs the files of one.
use crate::arguments::Arguments;
use clap::builder::{Str, StringValueParser, TypedValueParser};
use clap::{Arg, Command, CommandFactory, FromArgMatches};
use quater_ir::Service;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

/// The commands that such an executable has.
const COMMANDS: [&str; 9] =
    ["run", "mcp", "check", "call", "actions", "approvals", "audit", "migrate", "seed"];

/// What is done where no command is named.
const FIRST: &str = "run";

/// Reads the command line of the process; an error where that is wrong, or help was asked for.
pub(crate) fn parse(service: &Service) -> Result<Arguments, clap::Error> {
    let command = command(service);
    let mut words: Vec<OsString> = std::env::args_os().collect();
    if implied(&words) {
        words.insert(words.len().min(1), FIRST.into());
    }
    let read = command.clone().try_get_matches_from(words);
    let read = read.and_then(|matches| Arguments::from_arg_matches(&matches));
    read.map_err(|error| error.format(&mut command.clone()))
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
    let all = Arguments::command();
    let own = all.get_subcommands().filter(|command| COMMANDS.contains(&command.get_name()));
    let commands: Vec<Command> = own.cloned().map(without_target).collect();
    let about = service.docs.trim().to_owned();
    let about = if about.is_empty() { format!("The service {}", service.name) } else { about };
    Command::new(Str::from(service.name.to_string()))
        .about(about)
        .after_help("Without a command it serves, as `run` does.")
        .version(Str::from(version))
        .disable_help_subcommand(true)
        .subcommand_required(true)
        .subcommands(commands)
}

/// Nothing else than the own service can be named.
fn without_target(command: Command) -> Command {
    let command = if command.get_arguments().any(|arg| arg.get_id() == "target") {
        command.mut_arg("target", |target: Arg| target.hide(true).value_parser(OwnService))
    } else {
        command
    };
    command.mut_subcommands(without_target)
}

/// Takes the default and nothing else.
#[derive(Clone)]
struct OwnService;

impl TypedValueParser for OwnService {
    type Value = PathBuf;

    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<PathBuf, clap::Error> {
        if value == "." {
            return Ok(PathBuf::from("."));
        }
        let text = StringValueParser::new().parse_ref(command, arg, value)?;
        let why = format!("`{text}` is not expected: this executable serves the service that it carries\n");
        Err(clap::Error::raw(clap::error::ErrorKind::UnknownArgument, why))
    }
}
