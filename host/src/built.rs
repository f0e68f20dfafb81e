//! A service that was built: a `.qir` file, or what an executable carries.
use crate::failure::Failure;
use crate::service::{Environment, Here, said};
use crate::text_file;
use quater_ir::Service;
use quater_ir::artifact::{self, Artifact};
use quater_ir::production::{UNLIMITED, exposed};
use quater_ir::setting::{Setting, Value};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A built service, and where its relative paths begin.
#[derive(Debug, Clone)]
pub struct Built {
    /// What was built.
    pub artifact: Artifact,
    /// Its name in messages.
    pub name: String,
    /// The folder of its file; where the process runs, for one that an executable carries.
    pub folder: PathBuf,
}

impl Built {
    /// That of a file.
    ///
    /// # Errors
    /// Where the file is not there, or holds something else.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let artifact = artifact::read(&text_file::bytes(path).map_err(Failure::of_service)?);
        let artifact = artifact.map_err(|why| Failure::Built { path: path.to_owned(), why })?;
        let folder = path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
        let name = path.display().to_string();
        Ok(Self { artifact, name, folder: folder.to_owned() })
    }

    /// The same as it runs where somebody says settings.
    ///
    /// # Errors
    /// Where one is said that stands in its routes and documents already.
    pub fn told(mut self, settings: impl IntoIterator<Item = Value>) -> Result<Self, Failure> {
        let service = &mut self.artifact.program.service;
        let told = told(service, settings)?;
        *service = told;
        Ok(self)
    }

    /// The same with the settings that an environment says.
    ///
    /// # Errors
    /// Where that can't be read, or as [`Built::told`].
    pub fn told_by(self, from: &Environment) -> Result<Self, Failure> {
        self.told(said(from.env_file.as_deref())?.into_values())
    }

    /// The service, to be started.
    pub fn here(self) -> Here {
        Here::new(Arc::new(self.artifact.program), self.folder)
    }

    /// What strangers must not meet, a line each.
    pub fn objections(&self) -> Vec<String> {
        let Artifact { production, program, .. } = &self.artifact;
        let service = &program.service;
        let now = exposed(service);
        // What the settings say now counts instead of what they said when it was built.
        let moot = |code: &str| {
            now.iter().any(|it| it.code == code) || (code == UNLIMITED && !service.limits.is_empty())
        };
        let then = production.objections.iter().filter(|it| !moot(&it.code));
        let then = then.map(|it| format!("{}: {}", it.code, it.message));
        let allowed = |code: &str| production.allowed.iter().any(|known| known == code);
        let now = now.iter().filter(|it| it.holds && !allowed(it.code));
        now.map(|it| format!("{}: {}", it.code, it.message)).chain(then).collect()
    }
}

/// A service that is told settings; what stands in its routes and documents already can't be told otherwise.
fn told(service: &Service, settings: impl IntoIterator<Item = Value>) -> Result<Service, Failure> {
    let mut told = service.clone();
    settings.into_iter().for_each(|value| value.tell(&mut told));
    for setting in Setting::ALL.iter().filter(|setting| setting.is_built_in()) {
        let (was, is) = (setting.shown(service), setting.shown(&told));
        if was != is {
            let about = setting.about();
            return Err(Failure::BuiltIn {
                setting: about.word,
                variable: about.variable,
                was: was.join(" "),
            });
        }
    }
    Ok(told)
}
