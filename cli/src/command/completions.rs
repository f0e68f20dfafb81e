//! `quater completions`, and the answers to the scripts that it prints.
use super::actions::catalogue;
use crate::arguments::Arguments;
use crate::catalogue::Catalogue;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::service::{self, Draw};
use crate::target::{self, Target};
use crate::{output, words};
use clap::{Arg, Args, Command, CommandFactory};
use clap_complete::engine::{
    ArgValueCandidates, ArgValueCompleter, CompletionCandidate, PathCompleter, ValueCompleter,
};
use clap_complete::env::Shells;
use clap_complete::{CompleteEnv, Shell};
use quater_host::words::FILE;
use quater_ir::operation::Operation;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// The variable by which a script asks how a line may go on.
const ASKED: &str = "QUATER_COMPLETE";

/// Options of `quater call` that have a value.
const VALUED: [&str; 4] = ["--token", "--token-file", "--key", "--env-file"];

/// Arguments of `quater completions`.
#[derive(Args)]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        let mut script = Vec::new();
        let name = self.shell.to_string();
        let shells = Shells::builtins();
        if let Some(shell) = shells.completer(&name) {
            // Writing to memory does not fail.
            _ = shell.write_registration(ASKED, "quater", "quater", "quater", &mut script);
        }
        output::verbatim(&String::from_utf8_lossy(&script));
        Ok(Exit::Clean)
    }
}

/// Tells a script how a line may go on, where this process was started by one.
pub(crate) fn answered() -> bool {
    let folder = std::env::current_dir().ok();
    let asked = CompleteEnv::with_factory(command).var(ASKED).bin("quater").completer("quater");
    // Nobody wants to read an error in the middle of a line.
    asked.try_complete(std::env::args_os(), folder.as_deref()).unwrap_or(true)
}

/// The command line, with the words of the service that a line is about.
fn command() -> Command {
    // Behind the dashes the name of the program stands first.
    let line = std::env::args_os().skip_while(|word| word != "--").skip(2);
    let line: Vec<String> = line.map(|word| word.to_string_lossy().into_owned()).collect();
    let words: Vec<&str> = line.iter().map(String::as_str).collect();
    let all = Arguments::command();
    let all = match &words[..] {
        ["call", rest @ ..] => all.mut_subcommand("call", |call| with_words(call, rest, words::below)),
        ["actions", "describe", rest @ ..] => all.mut_subcommand("actions", |actions| {
            actions.mut_subcommand("describe", |describe| with_words(describe, rest, words::named))
        }),
        ["explain-query", rest @ ..] => with_operations(all, "explain-query", "words", rest),
        ["audit", rest @ ..] => with_operations(all, "audit", "operation", rest),
        _ => all,
    };
    with_paths(all)
}

/// A command one of whose arguments is an operation of the service that a line is about.
fn with_operations(all: Command, command: &str, argument: &str, rest: &[&str]) -> Command {
    let target = rest.iter().find(|word| target::is_path(word)).unwrap_or(&".");
    let program = service::compile_told(Path::new(target), Draw::Nothing).ok().and_then(|it| it.program);
    let Some(program) = program else { return all };
    let offered = move || {
        let one = |operation: &Operation| {
            let about = operation.docs.trim().lines().next().map(|line| line.to_owned().into());
            CompletionCandidate::new(operation.name.as_str()).help(about)
        };
        program.operations.values().map(one).collect()
    };
    all.mut_subcommand(command, |command| {
        command.mut_arg(argument, |arg| arg.add(ArgValueCandidates::new(offered)))
    })
}

/// A command whose files are completed, behind the `@` that they begin with.
fn with_paths(command: Command) -> Command {
    let is_file = |arg: &Arg| arg.get_value_names().is_some_and(|names| names == [FILE]);
    let paths = |arg: Arg| if is_file(&arg) { arg.add(ArgValueCompleter::new(paths)) } else { arg };
    command.mut_args(paths).mut_subcommands(with_paths)
}

/// How a path that somebody has begun to type may go on.
fn paths(begun: &OsStr) -> Vec<CompletionCandidate> {
    let begun = begun.to_string_lossy();
    let found = PathCompleter::any().complete(OsStr::new(begun.strip_prefix('@').unwrap_or(&begun)));
    found.into_iter().map(|path| path.add_prefix("@")).collect()
}

/// A command with the words of this folder, or of the target behind it, which is a word like them.
fn with_words(command: Command, rest: &[&str], add: fn(Command, &Catalogue) -> Command) -> Command {
    let told = |target: &Target| catalogue(target, Draw::Nothing).ok().flatten();
    let first = first(rest).map(str::to_owned);
    if let Some(name) = first
        && let Ok((target, [])) = target::split(std::slice::from_ref(&name))
    {
        let Some(catalogue) = told(&target) else { return command };
        return command.subcommand(add(Command::new(name).hide(true), &catalogue));
    }
    match told(&Target::Here(PathBuf::from("."))) {
        Some(catalogue) => add(command, &catalogue),
        None => command,
    }
}

/// The first word that is neither an option nor the value of one.
fn first<'w>(words: &[&'w str]) -> Option<&'w str> {
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if VALUED.contains(word) {
            words.next();
        } else if !word.starts_with('-') {
            return Some(word);
        }
    }
    None
}
