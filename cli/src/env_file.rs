//! Environment values from a file and from the process.
use crate::failure::Failure;
use crate::project;
use quater_host::env_file;
use std::collections::BTreeMap;
use std::path::Path;

/// The values of a file, overridden by those of the process.
pub(crate) fn values(file: Option<&Path>) -> Result<BTreeMap<String, String>, Failure> {
    let read = |path: &Path| {
        if !path.exists() {
            return Err(Failure::NoEnvFile { path: path.to_owned() });
        }
        Ok(env_file::said(path, &project::read(path)?)?)
    };
    Ok(env_file::with_own(file.map(read).transpose()?.unwrap_or_default()))
}
