//! For whom reports are drawn.
use clap::ValueEnum;
use quater_compiler::Analysis;
use quater_compiler::report::Severity;
use quater_compiler::report::render::{self, Colour};

/// One way of drawing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// The lines in question, marked
    Terminal,
    /// One line a report
    Plain,
    /// One JSON object a line
    Json,
    /// Annotations of GitHub Actions, and the summary of the job
    Github,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// A GitLab code quality report
    Gitlab,
    /// JUnit XML
    Junit,
}

impl Format {
    /// The text; in JUnit, what is less severe than `worst` has passed.
    pub(crate) fn draw(self, analysis: &Analysis, worst: Severity, colour: Colour) -> String {
        let (reports, sources) = (&analysis.reports, &analysis.sources);
        match self {
            Self::Terminal => render::terminal(reports, sources, colour),
            Self::Plain => render::plain(reports, sources),
            Self::Json => render::json(reports, sources),
            Self::Github => render::github(reports, sources),
            Self::Sarif => render::sarif(reports, &analysis.suppressed, sources),
            Self::Gitlab => render::gitlab(reports, sources),
            Self::Junit => render::junit(reports, worst, sources),
        }
    }
}
