//! A version of a service that another is compared with.
use crate::failure::Failure;
use crate::{git, project};
use quater_compiler::contract::{self, Contract};
use quater_compiler::report::{Severity, Sources};
use quater_ir::Program;
use quater_ir::storage::Storage;
use std::convert::Infallible;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Where a version is.
#[derive(Debug, Clone)]
pub(crate) enum Earlier {
    /// A lock, a service's file, or a folder that holds a service.
    Path(PathBuf),
    /// A revision of the repository that a service is in.
    Revision(String),
}

impl FromStr for Earlier {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text.strip_prefix("git:") {
            Some(revision) => Self::Revision(revision.to_owned()),
            None => Self::Path(PathBuf::from(text)),
        })
    }
}

impl fmt::Display for Earlier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => path.display().fmt(f),
            Self::Revision(revision) => write!(f, "git:{revision}"),
        }
    }
}

impl Earlier {
    /// What it promised; a revision is looked up where `target` is.
    pub(crate) fn contract(&self, target: &Path) -> Result<Contract, Failure> {
        match self {
            Self::Path(path) if path.is_dir() || path.extension().is_some_and(|end| end == "qtr") => {
                compiled(&self.to_string(), project::load(path)?)
            }
            Self::Path(path) => locked(&self.to_string(), &project::read(path)?),
            Self::Revision(revision) => {
                let then = git::Revision::find(revision, target)?;
                match then.read(Path::new(contract::FILE))? {
                    Some(text) => locked(&format!("{self}:{}", contract::FILE), &text),
                    None => compiled(&self.to_string(), then.service()?),
                }
            }
        }
    }

    /// Its tables; a revision is looked up where `target` is.
    pub(crate) fn tables(&self, target: &Path) -> Result<Storage, Failure> {
        let name = self.to_string();
        let of_lock = |text: &str| locked(&name, text).map(|contract| contract::storage(&contract));
        let of_program = |program: Program| program.storage;
        match self {
            Self::Path(path) if path.is_dir() || path.extension().is_some_and(|end| end == "qtr") => {
                program(&name, project::load(path)?).map(of_program)
            }
            Self::Path(path) => of_lock(&project::read(path)?),
            Self::Revision(revision) => {
                let then = git::Revision::find(revision, target)?;
                match then.read(Path::new(contract::FILE))? {
                    Some(text) => of_lock(&text),
                    None => program(&name, then.service()?).map(of_program),
                }
            }
        }
    }

    /// The folder or file that this names, for the other side of a comparison.
    pub(crate) fn target(&self) -> PathBuf {
        match self {
            Self::Path(path) if path.extension().is_some_and(|end| end == "lock") => {
                path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new(".")).to_owned()
            }
            Self::Path(path) => path.clone(),
            Self::Revision(_) => PathBuf::from("."),
        }
    }
}

fn locked(name: &str, text: &str) -> Result<Contract, Failure> {
    contract::parse(text).map_err(|why| Failure::Lock { name: name.to_owned(), why })
}

fn compiled(name: &str, sources: Sources) -> Result<Contract, Failure> {
    program(name, sources).map(|program| contract::contract(&program))
}

fn program(name: &str, sources: Sources) -> Result<Program, Failure> {
    let analysis = quater_compiler::analyse(sources);
    let is_error = |report: &&quater_compiler::report::Report| report.code.severity() == Severity::Error;
    let errors = analysis.reports.iter().filter(is_error).count();
    analysis.program.ok_or_else(|| Failure::Uncheckable { name: name.to_owned(), errors })
}
