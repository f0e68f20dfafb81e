//! A service that was built: a `.qir` file, or what this executable carries.
use crate::carried;
use crate::failure::Failure;
use crate::project::LARGEST;
use quater_compiler::Asked;
use quater_compiler::report::Code;
use quater_ir::artifact::{self, Artifact};
use quater_ir::setting::{Setting, Value};
use quater_ir::{Program, Service};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A built service, and where its relative paths begin.
pub(crate) struct Built {
    pub(crate) artifact: Arc<Artifact>,
    /// Its name in messages.
    pub(crate) name: String,
    /// The folder of its file; where the process runs, for one that an executable carries.
    pub(crate) folder: PathBuf,
}

/// The built service that a target names; none where it names files of a service.
pub(crate) fn named(target: &Path) -> Result<Option<Built>, Failure> {
    if let Some(artifact) = carried::service()? {
        let name = artifact.program.service.name.to_string();
        return Ok(Some(Built { artifact, name, folder: PathBuf::from(".") }));
    }
    if !is_one(target) {
        return Ok(None);
    }
    let artifact = Arc::new(parsed(target, &bytes(target)?)?);
    let folder = target.parent().filter(|folder| *folder != Path::new(""));
    let folder = folder.unwrap_or(Path::new(".")).to_owned();
    Ok(Some(Built { artifact, name: target.display().to_string(), folder }))
}

/// Whether a target is named as a built service.
pub(crate) fn is_one(target: &Path) -> bool {
    target.extension().is_some_and(|end| end == "qir")
}

/// The service of some bytes that come from a file.
pub(crate) fn parsed(path: &Path, bytes: &[u8]) -> Result<Artifact, Failure> {
    artifact::read(bytes).map_err(|why| Failure::Built { path: path.to_owned(), why })
}

fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    let failed = |why: std::io::Error| {
        let path = path.to_owned();
        if why.kind() == std::io::ErrorKind::NotFound {
            Failure::Missing { path }
        } else {
            Failure::Unreadable { path, why }
        }
    };
    let mut bytes = Vec::new();
    File::open(path).map_err(failed)?.take(LARGEST + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > LARGEST {
        return Err(Failure::TooLarge { path: path.to_owned() });
    }
    Ok(bytes)
}

impl Built {
    /// The program as it runs where somebody says settings.
    pub(crate) fn program(&self, asked: &Asked) -> Result<Program, Failure> {
        let mut program = self.artifact.program.clone();
        program.service = told(&program.service, &asked.settings)?;
        Ok(program)
    }

    /// What strangers must not meet, a line each.
    pub(crate) fn objections(&self, service: &Service) -> Vec<String> {
        let production = &self.artifact.production;
        let allowed = |code: Code| production.allowed.iter().any(|known| known == code.name());
        let now = settled(service).into_iter().filter(|(code, _)| !allowed(*code));
        let now =
            now.filter(|(_, holds)| *holds).map(|(code, _)| format!("{}: {}", code.name(), code.title()));
        // What the settings say now counts instead of what they said when it was built.
        let moot = |code: &str| {
            settled(service).iter().any(|(its, _)| its.name() == code)
                || (code == Code::W0502.name() && !service.limits.is_empty())
        };
        let then = production.objections.iter().filter(|it| !moot(&it.code));
        now.chain(then.map(|it| format!("{}: {}", it.code, it.message))).collect()
    }
}

/// Findings that settings decide, and whether these do.
fn settled(service: &Service) -> [(Code, bool); 4] {
    [
        (Code::W0801, service.hosts.is_empty()),
        (Code::W0802, service.cors.iter().any(|origin| origin == "*")),
        (Code::W0803, service.docs_path.is_some()),
        (Code::W0804, service.proxies == 0),
    ]
}

/// A service that is told settings; what stands in its routes and documents already can't be told otherwise.
fn told(service: &Service, settings: &[Value]) -> Result<Service, Failure> {
    let mut told = service.clone();
    settings.iter().cloned().for_each(|value| value.tell(&mut told));
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
