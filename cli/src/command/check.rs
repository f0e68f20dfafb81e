//! `quater check`
use crate::exit::Exit;
use crate::failure::Failure;
use crate::{output, project};
use clap::{Args, ValueEnum};
use quater_compiler::report::{Report, Severity, Sources, render};
use std::io::stdout;
use std::path::PathBuf;

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
    /// The least that makes the exit code 1
    #[arg(long, value_enum, value_name = "SEVERITY", default_value = "error")]
    fail_on: FailOn,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// The lines in question, marked
    Terminal,
    /// One line a report
    Plain,
    /// One JSON object a line
    Json,
    /// Annotations of GitHub Actions
    Github,
}

#[derive(Clone, Copy, ValueEnum)]
enum FailOn {
    Error,
    Warning,
}

impl Check {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        let analysis = quater_compiler::analyse(project::load(&self.target)?);
        let (reports, sources) = (&analysis.reports, &analysis.sources);
        let format = if self.json { Format::Json } else { self.format };
        output::out(&drawn(format, reports, sources));
        if matches!(format, Format::Terminal) {
            output::err(&summary(reports, sources));
        }
        let worst = match self.fail_on {
            FailOn::Error => Severity::Error,
            FailOn::Warning => Severity::Warning,
        };
        let fails = reports.iter().any(|report| report.code.severity() <= worst);
        Ok(if fails { Exit::Findings } else { Exit::Clean })
    }
}

fn drawn(format: Format, reports: &[Report], sources: &Sources) -> String {
    match format {
        Format::Terminal => render::terminal(reports, sources, output::colour(&stdout())),
        Format::Plain => render::plain(reports, sources),
        Format::Json => render::json(reports, sources),
        Format::Github => render::github(reports, sources),
    }
}

/// How much was found in how many files, in one line.
pub(crate) fn summary(reports: &[Report], sources: &Sources) -> String {
    let count = |severity| reports.iter().filter(|report| report.code.severity() == severity).count();
    let counted = |count: usize, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
    let errors = counted(count(Severity::Error), "error");
    let warnings = counted(count(Severity::Warning), "warning");
    format!("{errors}, {warnings} in {}\n", counted(sources.iter().count(), "file"))
}
