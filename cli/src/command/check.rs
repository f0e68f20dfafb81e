//! `quater check`
use crate::built;
use crate::earlier::Earlier;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::findings::stats::Times;
use crate::findings::{Format, Output, baseline, deliver, fixing, stats};
use crate::watching::Changes;
use crate::{output, project, target, told};
use clap::{Args, ValueEnum};
use quater_compiler::report::{Report, Severity, Sources};
use quater_compiler::{Analysis, Asked, analyse_as, contract};
use quater_host::command::check::Check as BuiltCheck;
use quater_host::command::{access, settings};
use quater_host::service::{Environment, Here, block_on, said};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

/// What tells of findings, and so goes without `--report`.
const NO_REPORT: [&str; 9] =
    ["settings", "fix", "watch", "outputs", "baseline", "format", "against", "stats", "fail_on"];

/// Arguments of `quater check`.
#[derive(Args)]
pub(crate) struct Check {
    /// A `.qtr` file, or a folder that holds a service
    #[arg(default_value = ".")]
    target: PathBuf,
    /// For whom the reports are drawn
    #[arg(long, value_enum, default_value = "terminal")]
    format: Format,
    /// Short for `--format json`
    #[arg(long, conflicts_with = "format")]
    json: bool,
    /// A format, and a file for it unless it is meant for standard output; several may be given
    #[arg(long = "output", value_name = "FORMAT[=FILE]", conflicts_with_all = ["format", "json"])]
    outputs: Vec<Output>,
    /// The least that makes the exit code 1
    #[arg(long, value_enum, value_name = "SEVERITY", default_value = "error")]
    fail_on: FailOn,
    /// Compare with an earlier version: a lock, a file, a folder, or `git:` and a revision
    #[arg(long, value_name = "PATH|git:REF")]
    against: Option<Earlier>,
    /// Let findings pass that this file knows
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write all that is found now to the file of `--baseline`
    #[arg(long, requires = "baseline")]
    write_baseline: bool,
    /// Apply the fixes that reports offer, and check again
    #[arg(long)]
    fix: bool,
    /// With `--fix`: print what it would change, and change nothing
    #[arg(long, requires = "fix", conflicts_with_all = ["format", "json", "outputs"])]
    diff: bool,
    /// Tell how much was read, what it holds, and how long it took
    #[arg(long)]
    stats: bool,
    /// Show the settings of the service: what holds, who says it, and the variable that could
    #[arg(long, conflicts_with_all = ["fix", "watch", "outputs", "baseline"])]
    settings: bool,
    /// Tell of each operation who may call it, by what, what it reads and writes, and what limits it
    #[arg(long, conflicts_with_all = NO_REPORT)]
    report: bool,
    /// Look for what must not be met by strangers too, with the settings that variables say; all of it counts
    #[arg(long, conflicts_with_all = ["settings", "report", "fix"])]
    production: bool,
    /// Where variables come from.
    #[command(flatten)]
    environment: Environment,
    /// Check again whenever a file is saved
    #[arg(long, conflicts_with_all = ["fix", "write_baseline"])]
    watch: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum FailOn {
    Error,
    Warning,
}

impl Check {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        if target::is_built(&self.target) {
            let Self { production, settings, report, json, ref environment, .. } = *self;
            let environment = environment.clone();
            let check = BuiltCheck { production, settings, report, json, environment };
            return Ok(check.run(built::Built::read(&self.target)?)?);
        }
        if self.watch { block_on(self.again_and_again()) } else { self.once(&mut |_| Ok(())) }
    }

    /// Checks; what was read is told to `seen` before anything is said about it.
    fn once(&self, seen: &mut impl FnMut(&Sources) -> Result<(), Failure>) -> Result<Exit, Failure> {
        let begin = Instant::now();
        let sources = project::load(&self.target)?;
        let read = begin.elapsed();
        seen(&sources)?;
        // An earlier version is compared with documents, and they hold the tools; a check alone needs none.
        let asked = Asked {
            documents: self.against.is_some() || self.report,
            today: Some(told::today()),
            production: self.production,
            settings: if self.production {
                said(self.environment.env_file.as_deref())?.into_values().collect()
            } else {
                Vec::new()
            },
            ..Asked::default()
        };
        let mut analysis = if self.fix { self.fixed(sources)? } else { analyse_as(sources, &asked) };
        if let Some(earlier) = &self.against {
            compare(earlier, &self.target, &mut analysis)?;
        }
        if self.settings
            && let Some(program) = analysis.program.take()
        {
            let declared_at = analysis.declared_at();
            let here = Here { declared_at, ..Here::new(Arc::new(program), PathBuf::from(".")) };
            settings::tell(&here, self.environment.env_file.as_deref(), self.json)?;
            return Ok(Exit::Clean);
        }
        if let (Some(program), true) = (&analysis.program, self.report) {
            access::print(program, self.json);
            return Ok(Exit::Clean);
        }
        let times = Times { read, check: begin.elapsed().saturating_sub(read) };
        let exit = self.judged(&mut analysis)?;
        if self.stats {
            output::err(&stats::stats(&analysis, times));
        }
        Ok(exit)
    }

    /// Draws what was found, and says whether it is too much.
    fn judged(&self, analysis: &mut Analysis) -> Result<Exit, Failure> {
        if let (Some(path), true) = (&self.baseline, self.write_baseline) {
            let count = baseline::write(path, analysis)?;
            output::err(&format!("{} written to `{}`\n", counted(count, "finding"), path.display()));
            return Ok(Exit::Clean);
        }
        let known = self.baseline.as_ref().map(|path| baseline::pass(path, analysis)).transpose()?;
        if !self.diff {
            deliver(&self.outputs(), analysis, self.worst())?;
        }
        if self.outputs().iter().all(|output| output.file.is_some() || output.format == Format::Terminal) {
            output::err(&summary(&analysis.reports, &analysis.sources));
        }
        if let Some(known) = known {
            output::err(&known.told());
        }
        let breaks = analysis.reports.iter().any(|report| contract::is_break(report.code));
        let fails = analysis.reports.iter().any(|report| {
            report.code.severity() <= self.worst() || (self.production && report.code.forbids_production())
        });
        Ok(match (breaks, fails) {
            (true, _) => Exit::Broken,
            (false, true) => Exit::Findings,
            (false, false) => Exit::Clean,
        })
    }

    /// The files with their fixes; with `--diff` as they are, since nothing is written then.
    fn fixed(&self, sources: Sources) -> Result<Analysis, Failure> {
        let mended = fixing::mend(sources)?;
        let told = mended.told();
        if self.diff {
            output::out(&mended.diff());
            output::err(&told);
            return Ok(mended.before);
        }
        mended.write()?;
        output::err(&told);
        Ok(mended.after)
    }

    async fn again_and_again(&self) -> Result<Exit, Failure> {
        let mut changes = Changes::new()?;
        let folder = if self.target.is_dir() { Some(self.target.as_path()) } else { self.target.parent() };
        changes.watch(&[folder.unwrap_or(Path::new("")).to_owned()])?;
        loop {
            let checked = self.once(&mut |sources| changes.watch(&project::folders_of(sources)));
            if let Err(failure) = checked {
                output::failure(&failure);
            }
            output::err("waiting for a change\n");
            changes.next().await?;
        }
    }

    fn outputs(&self) -> Vec<Output> {
        if !self.outputs.is_empty() {
            return self.outputs.clone();
        }
        vec![Output { format: if self.json { Format::Json } else { self.format }, file: None }]
    }

    fn worst(&self) -> Severity {
        match self.fail_on {
            FailOn::Error => Severity::Error,
            FailOn::Warning => Severity::Warning,
        }
    }
}

/// Adds what breaks or is lost since an earlier version; a service with errors is mended first.
fn compare(earlier: &Earlier, target: &Path, analysis: &mut Analysis) -> Result<(), Failure> {
    let before = earlier.contract(target)?;
    if let Some(program) = &analysis.program {
        analysis.reports.extend(contract::judge(&before, program, &analysis.files).reports);
        analysis.reports.sort_by_key(|report| (report.at, report.code));
    }
    Ok(())
}

/// How much was found in how many files, in one line.
pub(crate) fn summary(reports: &[Report], sources: &Sources) -> String {
    let count = |severity| reports.iter().filter(|report| report.code.severity() == severity).count();
    let errors = counted(count(Severity::Error), "error");
    let warnings = counted(count(Severity::Warning), "warning");
    format!("{errors}, {warnings} in {}\n", counted(sources.iter().count(), "file"))
}

/// How many of something: `1 file`, `2 files`.
fn counted(count: usize, one: &str) -> String {
    format!("{count} {one}{}", if count == 1 { "" } else { "s" })
}
