//! `quater fmt`
use crate::exit::Exit;
use crate::failure::Failure;
use crate::{atomic, output, project};
use clap::Args;
use quater_compiler::format::format;
use quater_compiler::report::{FileId, Report, Source, Sources, render};
use quater_host::failure::Failure as Hosted;
use quater_host::text_file;
use std::io::{self, Read, stderr};
use std::path::{Path, PathBuf};

/// Arguments of `quater fmt`.
#[derive(Args)]
pub(crate) struct Fmt {
    /// Files, or folders whose `.qtr` files are meant, however deep
    #[arg(default_value = ".")]
    targets: Vec<PathBuf>,
    /// Change nothing; name the files that are in another form, and end with 1
    #[arg(long)]
    check: bool,
    /// Format what comes on standard input to standard output
    #[arg(long, conflicts_with_all = ["targets", "check"])]
    stdin: bool,
}

/// What became of one text.
enum Formatted {
    Unchanged,
    Changed(String),
    Broken,
}

impl Fmt {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        if self.stdin {
            return from_stdin();
        }
        let mut files = Vec::new();
        for target in &self.targets {
            if target.is_dir() { below(target, &mut files)? } else { files.push(target.clone()) }
        }
        let mut exit = Exit::Clean;
        for path in files {
            if !self.one(&path)? {
                exit = Exit::Findings;
            }
        }
        Ok(exit)
    }

    /// Formats one file; false if there is something left to do.
    fn one(&self, path: &Path) -> Result<bool, Failure> {
        let text = project::read(path)?;
        match formatted(&path.to_string_lossy(), &text) {
            Formatted::Unchanged => Ok(true),
            Formatted::Broken => Ok(false),
            Formatted::Changed(_) if self.check => {
                output::out(&format!("{}\n", path.display()));
                Ok(false)
            }
            Formatted::Changed(text) => {
                atomic::write(path, &text)?;
                Ok(true)
            }
        }
    }
}

fn from_stdin() -> Result<Exit, Failure> {
    let path = || PathBuf::from("standard input");
    let mut bytes = Vec::new();
    let read = io::stdin().take(text_file::LARGEST + 1).read_to_end(&mut bytes);
    read.map_err(|why| Hosted::Unreadable { path: path(), why })?;
    let text = text_file::text(bytes).map_err(|line| Hosted::NotUtf8 { path: path(), line })?;
    match formatted("standard input", &text) {
        Formatted::Unchanged => output::verbatim(&text),
        Formatted::Changed(text) => output::verbatim(&text),
        Formatted::Broken => return Ok(Exit::Findings),
    }
    Ok(Exit::Clean)
}

/// Formats a text; one that cannot be read has its reports drawn.
fn formatted(name: &str, text: &str) -> Formatted {
    match format(FileId(0), text) {
        Ok(new) if new == text => Formatted::Unchanged,
        Ok(new) => Formatted::Changed(new),
        Err(reports) => {
            complain(name, text, &reports);
            Formatted::Broken
        }
    }
}

fn complain(name: &str, text: &str, reports: &[Report]) {
    let mut sources = Sources::default();
    sources.add(Source::new(name, text.to_owned()));
    output::err_verbatim(&render::terminal(reports, &sources, output::colour(&stderr())));
}

fn below(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        files.extend(project::qtr_files(&folder)?);
        folders.extend(project::folders(&folder)?);
    }
    Ok(())
}
