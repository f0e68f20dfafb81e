//! `quater lock`
use crate::exit::Exit;
use crate::failure::Failure;
use crate::service::{self, Draw};
use crate::{atomic, output, project};
use clap::Args;
use quater_compiler::contract::{self, Contract};
use quater_host::failure::Failure as Hosted;
use std::path::{Path, PathBuf};

/// Arguments of `quater lock`.
#[derive(Args)]
pub(crate) struct Lock {
    /// A `.qtr` file, or a folder that holds a service
    #[arg(default_value = ".")]
    target: PathBuf,
    /// Write nothing; say whether the lock is that of the service, and end with 4 if it is not
    #[arg(long)]
    check: bool,
}

impl Lock {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        let compiled = service::compile(&self.target, Draw::Errors)?;
        let Some(program) = compiled.program else { return Ok(Exit::Findings) };
        let contract = contract::contract(&program);
        let path = shown(&compiled.folder.join(contract::FILE));
        let text = contract::print(&contract);
        let there = match project::read(&path) {
            Ok(there) => Some(there),
            Err(Failure::Hosted(Hosted::Missing { .. })) => None,
            Err(failure) => return Err(failure),
        };
        let same = there.as_ref().is_some_and(|there| there.replace("\r\n", "\n") == text);
        if same {
            output::err(&format!("`{}` is up to date\n", path.display()));
            return Ok(Exit::Clean);
        }
        if self.check {
            output::err(&outdated(&path, there.as_deref(), &contract));
            return Ok(Exit::Stale);
        }
        atomic::write(&path, &text)?;
        output::err(&format!("`{}` written\n", path.display()));
        Ok(Exit::Clean)
    }
}

fn shown(path: &Path) -> PathBuf {
    path.strip_prefix(".").unwrap_or(path).to_owned()
}

fn outdated(path: &Path, there: Option<&str>, contract: &Contract) -> String {
    let path = path.display();
    let why = match there.map(contract::parse) {
        None => format!("there is no `{path}`\n"),
        Some(Err(why)) => format!("`{path}` is no lock that can be compared: {why}\n"),
        Some(Ok(before)) => {
            let changes = contract::compare(&before, contract);
            let lines = changes.iter().map(|change| format!("- {}: {}\n", change.grade(), change.text));
            format!("`{path}` is out of date\n{}", lines.collect::<String>())
        }
    };
    format!("{why}`quater lock` writes it\n")
}
