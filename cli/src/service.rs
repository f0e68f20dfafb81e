//! A service from its files: what every command that runs one does first.
use crate::built::Built;
use crate::failure::Failure;
use crate::{output, project, target, told};
use quater_compiler::report::{Report, Severity, render};
use quater_compiler::{Asked, analyse_as};
use quater_host::command::Operate;
use quater_host::exit::Exit;
use quater_host::service::{Environment, Here};
use quater_ir::Program;
use smol_str::SmolStr;
use std::collections::BTreeMap;
use std::io::stderr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

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
    /// Where each environment value is declared.
    pub(crate) declared_at: BTreeMap<SmolStr, String>,
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
    if target::is_built(target) {
        return of_built(Built::read(target)?, asked);
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
    output::err_verbatim(&render::terminal(&reports, &analysis.sources, output::colour(&stderr())));
    let declared_at = analysis.declared_at();
    let forbidden = |report: &Report| asked.production && report.code.forbids_production();
    let program = analysis.program.filter(|_| !analysis.reports.iter().any(forbidden));
    if program.is_none() && draw == Draw::Errors {
        output::unsound();
    }
    Ok(Compiled { program: program.map(Arc::new), root, folder, folders, declared_at })
}

/// What was compiled when the service was built.
fn of_built(built: Built, asked: &Asked) -> Result<Compiled, Failure> {
    let built = built.told(asked.settings.iter().cloned())?;
    let objections = if asked.production { built.objections() } else { Vec::new() };
    output::err(&objections.iter().map(|line| format!("{line}\n")).collect::<String>());
    let (root, folder) = (built.name.clone(), built.folder.clone());
    let program = objections.is_empty().then(|| built.here().program);
    Ok(Compiled { program, root, folders: vec![folder.clone()], folder, declared_at: BTreeMap::new() })
}

impl Compiled {
    /// The service as it can be started; none if there are errors, which have been drawn.
    pub(crate) fn here(self) -> Option<Here> {
        let Self { program, folder, declared_at, .. } = self;
        program.map(|program| Here { declared_at, ..Here::new(program, folder) })
    }
}

/// Does what a command asks for with the service that a target names.
pub(crate) fn operate(target: &Path, command: &dyn Operate) -> Result<Exit, Failure> {
    match compile_called(target, command.environment())?.here() {
        Some(here) => Ok(command.run(here)?),
        None => Ok(Exit::Findings),
    }
}
