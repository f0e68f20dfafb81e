//! Several outputs of one check: at most one on standard output, others in files.
use super::Format;
use crate::atomic;
use crate::failure::Failure;
use crate::output;
use clap::ValueEnum;
use quater_compiler::Analysis;
use quater_compiler::report::Severity;
use quater_compiler::report::render::{self, Colour};
use quater_host::failure::Failure as Hosted;
use std::fs::OpenOptions;
use std::io::{Write, stdout};
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// A format, and the file it goes to.
#[derive(Debug, Clone)]
pub(crate) struct Output {
    pub(crate) format: Format,
    /// None for standard output.
    pub(crate) file: Option<PathBuf>,
}

impl FromStr for Output {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, file) = match text.split_once('=') {
            Some((_, "")) => return Err("a file's name stands behind `=`".to_owned()),
            Some((format, file)) => (format, Some(PathBuf::from(file))),
            None => (text, None),
        };
        let format = Format::from_str(format, false).map_err(|_| {
            let formats = Format::value_variants().iter().filter_map(Format::to_possible_value);
            let names: Vec<String> = formats.map(|format| format.get_name().to_owned()).collect();
            format!("`{format}` is none of {}", names.join(", "))
        })?;
        Ok(Self { format, file })
    }
}

/// Draws and writes everything that was asked for.
pub(crate) fn deliver(outputs: &[Output], analysis: &Analysis, worst: Severity) -> Result<(), Failure> {
    for (at, output) in outputs.iter().enumerate() {
        if outputs.iter().take(at).any(|earlier| earlier.file == output.file) {
            return Err(Failure::SameOutput { file: output.file.clone() });
        }
    }
    for Output { format, file } in outputs {
        match file {
            Some(file) => atomic::write(file, &format.draw(analysis, worst, Colour::Never))?,
            None => output::verbatim(&format.draw(analysis, worst, output::colour(&stdout()))),
        }
        if *format == Format::Github {
            job_summary(analysis)?;
        }
    }
    Ok(())
}

/// Adds to the page of the job, where GitHub Actions gives one.
fn job_summary(analysis: &Analysis) -> Result<(), Failure> {
    let Some(path) = std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()) else {
        return Ok(());
    };
    let text = render::summary(&analysis.reports, &analysis.sources);
    let opened = OpenOptions::new().append(true).create(true).open(&path);
    let written = opened.and_then(|mut page| page.write_all(text.as_bytes()));
    Ok(written.map_err(|why| Hosted::Unwritable { path: Path::new(&path).to_owned(), why })?)
}
