//! Changes of files.
use crate::failure::Failure;
use notify::{Event, RecommendedWatcher, RecursiveMode, Watcher};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

/// An editor saves in several steps; a change counts when nothing more came for so long.
const SETTLED: Duration = Duration::from_millis(60);

/// Folders under watch.
pub(crate) struct Changes {
    watcher: RecommendedWatcher,
    folders: Vec<PathBuf>,
    events: UnboundedReceiver<()>,
}

impl Changes {
    /// Watches nothing yet.
    pub(crate) fn new() -> Result<Self, Failure> {
        Self::of(&["qtr"], None)
    }

    /// The same, of files that end in one of these, and of one with environment values.
    pub(crate) fn of(extensions: &'static [&'static str], env_file: Option<&Path>) -> Result<Self, Failure> {
        let (sender, events) = unbounded_channel();
        let own = env_file.and_then(Path::file_name).map(OsStr::to_owned);
        let heard = move |event: notify::Result<Event>| {
            if event.is_ok_and(|event| is_change(&event, extensions, own.as_deref())) {
                // The receiver goes when the command ends, and then nobody asks.
                _ = sender.send(());
            }
        };
        let watcher = notify::recommended_watcher(heard).map_err(|why| Failure::Watch { why })?;
        let mut changes = Self { watcher, folders: Vec::new(), events };
        if let Some(folder) =
            env_file.and_then(Path::parent).filter(|it| it.as_os_str().is_empty() || it.is_dir())
        {
            changes.watch(&[folder.to_owned()])?;
        }
        Ok(changes)
    }

    /// Watches more folders.
    pub(crate) fn watch(&mut self, folders: &[PathBuf]) -> Result<(), Failure> {
        for folder in folders {
            let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            if !self.folders.iter().any(|known| known == folder) {
                let watched = self.watcher.watch(folder, RecursiveMode::NonRecursive);
                watched.map_err(|why| Failure::Watch { why })?;
                self.folders.push(folder.to_owned());
            }
        }
        Ok(())
    }

    /// Waits for the next change, and for those that follow at its heels.
    pub(crate) async fn next(&mut self) -> Result<(), Failure> {
        let gone = || Failure::Watch { why: notify::Error::generic("the watcher ended") };
        self.events.recv().await.ok_or_else(gone)?;
        while let Ok(Some(())) = tokio::time::timeout(SETTLED, self.events.recv()).await {}
        Ok(())
    }
}

/// Reading a file is an event too; without this, each reload would cause the next.
fn is_change(event: &Event, extensions: &[&str], own: Option<&OsStr>) -> bool {
    let kind = event.kind;
    let written = kind.is_create() || kind.is_modify() || kind.is_remove();
    let of_these = |path: &PathBuf| {
        let ends = path.extension().is_some_and(|extension| extensions.iter().any(|its| extension == *its));
        ends || (own.is_some() && path.file_name() == own)
    };
    written && event.paths.iter().any(of_these)
}
