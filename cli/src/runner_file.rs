//! The runner that a built service is a copy of.
use crate::failure::Failure;
use quater_host::carried;
use quater_host::failure::Failure as Hosted;
use std::env::consts::EXE_SUFFIX;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The name of its executable.
const NAME: &str = "quater-runner";

/// A copy of a runner with a service and its files behind it: of the one beside this executable, unless another is named.
pub(crate) fn filled(named: Option<&Path>, service: &[u8], files: &[u8]) -> Result<Vec<u8>, Failure> {
    let path = named.map_or_else(beside, |path| Ok(path.to_owned()))?;
    let mut bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(why) if why.kind() == ErrorKind::NotFound => return Err(Failure::NoRunner { path }),
        Err(why) => return Err(Hosted::Unreadable { path, why }.into()),
    };
    match carried::fill(&mut bytes, service, files) {
        Ok(()) => Ok(bytes),
        Err(why) => Err(Failure::OtherRunner { path, why }),
    }
}

fn beside() -> Result<PathBuf, Failure> {
    let own = std::env::current_exe().and_then(fs::canonicalize);
    let own = own.map_err(|why| Hosted::NoExecutable { why })?;
    Ok(own.with_file_name(format!("{NAME}{EXE_SUFFIX}")))
}
