//! `quater build`
use crate::built::Built;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::service::{self, Draw};
use crate::{atomic, output, packing, project, runner_file, target, told};
use clap::Args;
use quater_compiler::{Asked, analyse_as};
use quater_host::failure::Failure as Hosted;
use quater_host::service::Environment;
use quater_ir::artifact::{self, Artifact, Objection, Production};
use quater_ir::{Program, Service};
use quater_runtime::StartError;
use std::path::{Path, PathBuf};

/// Arguments of `quater build`.
#[derive(Args)]
pub(crate) struct Build {
    /// A `.qtr` file, or a folder that holds a service
    #[arg(default_value = ".")]
    target: PathBuf,
    /// The file to write; the name of the service in this folder, unless it is said
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write what `quater run FILE.qir` serves, instead of an executable
    #[arg(long)]
    ir: bool,
    /// The runner that the executable is a copy of: `quater-runner` beside `quater`, unless it is said
    #[arg(long, value_name = "FILE", conflicts_with = "ir")]
    runner: Option<PathBuf>,
    #[command(flatten)]
    environment: Environment,
}

impl Build {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        if target::is_built(&self.target) {
            let built = Built::read(&self.target)?;
            return self.write(built.artifact, &built.folder);
        }
        let compiled = service::compile_in(&self.target, Draw::All, &self.environment)?;
        let Some(program) = compiled.program else { return Ok(Exit::Findings) };
        let program = Program { tests: Vec::new(), ..Program::clone(&program) };
        let artifact = Artifact { production: self.production()?, program, files: Vec::new() };
        self.write(artifact, &compiled.folder)
    }

    fn write(&self, mut artifact: Artifact, folder: &Path) -> Result<Exit, Failure> {
        let mut files = Vec::new();
        if !self.ir {
            has_its_bodies(&artifact.program)?;
            (artifact.files, files) = packing::pack(&artifact.program.surface.assets, folder)?;
        }
        let service = &artifact.program.service;
        let path = self.output.clone().unwrap_or_else(|| self.usual(service));
        if self.ir && !target::is_built(&path) {
            return Err(Failure::NotQir { path });
        }
        let failed = |why| Hosted::Built { path: path.clone(), why };
        let bytes = artifact::write(&artifact).map_err(failed)?;
        let bytes =
            if self.ir { bytes } else { runner_file::filled(self.runner.as_deref(), &bytes, &files)? };
        atomic::write_bytes(&path, &bytes, !self.ir)?;
        output::err(&format!("`{}` written: {} version {}\n", path.display(), service.name, service.version));
        for assets in artifact.program.surface.assets.iter().filter(|_| self.ir) {
            let (path, folder) = (&assets.path, &assets.folder);
            output::err(&format!("  it serves `{path}` from the folder `{folder}` beside it\n"));
        }
        Ok(Exit::Clean)
    }

    fn usual(&self, service: &Service) -> PathBuf {
        let end = if self.ir { ".qir" } else { std::env::consts::EXE_SUFFIX };
        Path::new(&format!("{}{end}", service.name)).to_owned()
    }

    /// What `check --production` finds, kept for those who run it without the files.
    fn production(&self) -> Result<Production, Failure> {
        let running = told::running(self.environment.env_file.as_deref())?;
        // The day is left out, so that the same files give the same bytes tomorrow.
        let asked = Asked { production: true, documents: false, today: None, ..running };
        let analysis = analyse_as(project::load(&self.target)?, &asked);
        let found = analysis.reports.iter().filter(|report| report.code.forbids_production());
        let objection = |code: quater_compiler::report::Code, message: &str| Objection {
            code: code.name().into(),
            message: message.to_owned(),
        };
        let mut allowed: Vec<_> = analysis.suppressed.iter().map(|it| it.report.code).collect();
        allowed.retain(|code| code.forbids_production());
        allowed.sort();
        allowed.dedup();
        Ok(Production {
            objections: found.map(|report| objection(report.code, &report.message)).collect(),
            allowed: allowed.into_iter().map(|code| code.name().into()).collect(),
        })
    }
}

/// Refuses a service that the runner could never start.
fn has_its_bodies(program: &Program) -> Result<(), Hosted> {
    let rust = program.operations.values().filter(|operation| operation.rust.is_some());
    let missing: Vec<_> = rust.map(|operation| operation.name.clone()).collect();
    if missing.is_empty() { Ok(()) } else { Err(StartError::Bodies { missing, stray: Vec::new() }.into()) }
}
