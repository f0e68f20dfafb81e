//! Services elsewhere, by the names that a user gave them; tokens stand in a file that only the user reads.
use crate::failure::Failure;
use clap_complete::engine::CompletionCandidate;
use quater_host::failure::Failure as Hosted;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Where a service is, and who calls it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Remote {
    /// Its root.
    pub(crate) url: String,
    /// The caller's credential.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) token: Option<String>,
}

/// Every service that is known.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Remotes(BTreeMap<String, Remote>);

impl Remotes {
    /// Those of the user.
    pub(crate) fn load() -> Result<Self, Failure> {
        let Some(path) = place() else { return Ok(Self::default()) };
        match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|why| Failure::BadRemotes { path, why }),
            Err(why) if why.kind() == ErrorKind::NotFound => Ok(Self::default()),
            Err(why) => Err(Hosted::Unreadable { path, why }.into()),
        }
    }

    /// Writes them down.
    pub(crate) fn store(&self) -> Result<(), Failure> {
        let path = place().ok_or(Failure::NoHome)?;
        let text = serde_json::to_string_pretty(self).map_err(|why| Hosted::Answer { why })?;
        Ok(write(&path, text.as_bytes()).map_err(|why| Hosted::Unwritable { path, why })?)
    }

    /// One of them.
    pub(crate) fn get(&self, name: &str) -> Option<&Remote> {
        self.0.get(name)
    }

    /// One of them, which must be there.
    pub(crate) fn need(&mut self, name: &str) -> Result<&mut Remote, Failure> {
        self.0.get_mut(name).ok_or_else(|| Failure::NoRemote { name: name.to_owned() })
    }

    /// Adds one, or replaces it.
    pub(crate) fn put(&mut self, name: String, remote: Remote) {
        self.0.insert(name, remote);
    }

    /// Takes one away.
    pub(crate) fn remove(&mut self, name: &str) -> bool {
        self.0.remove(name).is_some()
    }

    /// All of them, by name.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&String, &Remote)> {
        self.0.iter()
    }
}

/// The names that are known, for whoever completes a line.
pub(crate) fn names() -> Vec<CompletionCandidate> {
    let remotes = Remotes::load().unwrap_or_default();
    let named = |(name, remote): (&String, &Remote)| {
        CompletionCandidate::new(name).help(Some(remote.url.clone().into()))
    };
    remotes.all().map(named).collect()
}

/// The file: in the folder that `QUATER_HOME` names, or where programs keep such things.
fn place() -> Option<PathBuf> {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let own = set("QUATER_HOME");
    let shared = || set("XDG_CONFIG_HOME").or_else(|| Some(set("HOME")?.join(".config")));
    let folder = own.or_else(|| Some(shared()?.join("quater")))?;
    Some(folder.join("remotes.json"))
}

/// Puts a file in place whole, readable by its owner alone from the first byte on.
fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)?;
    let beside = folder.join(format!(".remotes.{}", std::process::id()));
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    _ = std::fs::remove_file(&beside);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&beside, path)
}
