//! A service from its files: what every command that runs one does first.
use crate::built::{self, Built};
use crate::failure::Failure;
use crate::{env_file, output, project, told};
use clap::Args;
use quater_compiler::report::{Report, Severity, render};
use quater_compiler::{Asked, analyse_as};
use quater_ir::Program;
use quater_runtime::migrate::{self, Allowed};
use quater_runtime::{Service, Settings, Traces};
use std::io::stderr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::runtime::Builder;

/// Where environment values come from.
#[derive(Args)]
pub(crate) struct Environment {
    /// Read environment values from a file; those of the environment itself win
    #[arg(long, value_name = "FILE")]
    pub(crate) env_file: Option<PathBuf>,
}

/// A program and where it came from.
pub(crate) struct Compiled {
    /// The program; none if there are errors, which have been drawn.
    pub(crate) program: Option<Arc<Program>>,
    /// The name of the first file: the one with the `service` declaration.
    pub(crate) root: String,
    /// The folder of the file with the `service` declaration.
    pub(crate) folder: PathBuf,
    /// Every folder that a file came from.
    pub(crate) folders: Vec<PathBuf>,
}

/// Which reports are drawn.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Draw {
    /// All.
    All,
    /// Errors alone: somebody uses the service who does not write it.
    Errors,
    /// Nothing.
    Nothing,
}

/// Compiles what a target names, and draws the reports on standard error.
pub(crate) fn compile(target: &Path, draw: Draw) -> Result<Compiled, Failure> {
    compile_as(target, draw, &Asked::default())
}

/// The same for a service that runs: its environment may say settings.
pub(crate) fn compile_in(target: &Path, draw: Draw, from: &Environment) -> Result<Compiled, Failure> {
    compile_for(target, draw, from, false)
}

/// The same for a service whose actions or tools alone are called: nobody reads its contract.
pub(crate) fn compile_called(target: &Path, from: &Environment) -> Result<Compiled, Failure> {
    let asked = Asked { contract: false, ..told::running(from.env_file.as_deref())? };
    compile_as(target, Draw::Errors, &asked)
}

/// The same for one whose actions are told of.
pub(crate) fn compile_told(target: &Path, draw: Draw) -> Result<Compiled, Failure> {
    compile_as(target, draw, &Asked { contract: false, ..Asked::default() })
}

/// The same for a service that strangers may reach: then nothing runs that must not be met by them.
pub(crate) fn compile_for(
    target: &Path,
    draw: Draw,
    from: &Environment,
    production: bool,
) -> Result<Compiled, Failure> {
    let asked = Asked { production, ..told::running(from.env_file.as_deref())? };
    compile_as(target, draw, &asked)
}

fn compile_as(target: &Path, draw: Draw, asked: &Asked) -> Result<Compiled, Failure> {
    if let Some(built) = built::named(target)? {
        return of_built(built, asked);
    }
    let sources = project::load(target)?;
    let mut folders = project::folders_of(&sources);
    let root = sources.iter().next().map(|(_, source)| source.name.to_string()).unwrap_or_default();
    let folder = folders.first().cloned().unwrap_or_else(|| PathBuf::from("."));
    folders.sort();
    folders.dedup();
    let analysis = analyse_as(sources, asked);
    let shown = |report: &&Report| match draw {
        Draw::All => true,
        Draw::Errors => report.code.severity() == Severity::Error,
        Draw::Nothing => false,
    };
    let reports: Vec<Report> = analysis.reports.iter().filter(shown).cloned().collect();
    output::err(&render::terminal(&reports, &analysis.sources, output::colour(&stderr())));
    let forbidden = |report: &Report| asked.production && report.code.forbids_production();
    let program = analysis.program.filter(|_| !analysis.reports.iter().any(forbidden));
    if program.is_none() && draw == Draw::Errors {
        output::unsound();
    }
    Ok(Compiled { program: program.map(Arc::new), root, folder, folders })
}

/// What was compiled when the service was built.
fn of_built(built: Built, asked: &Asked) -> Result<Compiled, Failure> {
    let program = built.program(asked)?;
    let objections = if asked.production { built.objections(&program.service) } else { Vec::new() };
    output::err(&objections.iter().map(|line| format!("{line}\n")).collect::<String>());
    let program = objections.is_empty().then(|| Arc::new(program));
    Ok(Compiled { program, root: built.name, folders: vec![built.folder.clone()], folder: built.folder })
}

/// Opens the database and plans the program; relative paths of databases begin at its folder.
pub(crate) fn start(program: &Arc<Program>, folder: &Path, from: &Environment) -> Result<Service, Failure> {
    start_traced(program, folder, from, None)
}

/// The same with traces, where there are any.
pub(crate) fn start_traced(
    program: &Arc<Program>,
    folder: &Path,
    from: &Environment,
    traces: Option<Traces>,
) -> Result<Service, Failure> {
    let settings = Settings { traces, ..settings(folder, from)? };
    Ok(Service::start(Arc::clone(program), &settings)?)
}

/// The same for one call, which one connection does.
pub(crate) fn start_once(
    program: &Arc<Program>,
    folder: &Path,
    from: &Environment,
) -> Result<Service, Failure> {
    let settings = Settings { readers: 0, ..settings(folder, from)? };
    Ok(Service::start(Arc::clone(program), &settings)?)
}

/// Brings the database to the tables of a program, if that is allowed, and tells what was done.
pub(crate) fn migrate(
    program: &Arc<Program>,
    folder: &Path,
    from: &Environment,
    allowed: &Allowed,
) -> Result<(), Failure> {
    let done = migrate::before_start(program, &settings(folder, from)?, allowed)?;
    for planned in &done {
        output::err(&format!("migrated: {}\n", planned.step));
    }
    Ok(())
}

/// What a service needs from outside.
pub(crate) fn settings(folder: &Path, from: &Environment) -> Result<Settings, Failure> {
    let values = env_file::values(from.env_file.as_deref())?;
    let env = values.into_iter().map(|(name, value)| (name.into(), value)).collect();
    Ok(Settings::new(env, folder.to_owned()))
}

/// Runs a future on threads of its own.
pub(crate) fn block_on<T>(future: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Runtime::new().map_err(|why| Failure::Threads { why })?;
    runtime.block_on(future)
}

/// Does one call on this thread.
pub(crate) fn call_on<T>(future: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.map_err(|why| Failure::Threads { why })?.block_on(future)
}
