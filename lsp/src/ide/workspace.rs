//! Every service of the open documents, each looked at again only when one of its files changed.
use super::bundle;
use super::service::{File, Lock, Service};
use super::snapshot::Snapshot;
use quater_compiler::contract;
use quater_compiler::report::FileId;
use quater_compiler::session::Explain;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// The services of the open documents.
#[derive(Debug, Default)]
pub(crate) struct Workspace {
    services: Vec<Arc<Service>>,
    /// The documents that were looked at last.
    seen: Option<Snapshot>,
    /// Services as they were before.
    past: Vec<Arc<Service>>,
    explain: Option<Explain>,
}

impl Workspace {
    /// One that can tell what operations do.
    pub(crate) fn new(explain: Explain) -> Self {
        Self { explain: Some(explain), ..Self::default() }
    }

    /// Brings every service up to date, unless these are the documents that were looked at last.
    pub(crate) fn catch_up(&mut self, snapshot: &Snapshot) {
        if !self.seen.as_ref().is_some_and(|seen| seen.is(snapshot)) {
            self.look(snapshot);
        }
    }

    /// Lets go of what was known before, which takes a while.
    pub(crate) fn tidy(&mut self) {
        self.past.clear();
    }

    /// Brings every service up to date.
    pub(crate) fn look(&mut self, snapshot: &Snapshot) -> &[Arc<Service>] {
        self.seen = Some(snapshot.clone());
        let before = std::mem::take(&mut self.services);
        for files in files(snapshot) {
            let lock = lock_beside(&files);
            let known = before.iter().find(|service| service.is_of(&files, lock.as_ref())).cloned();
            let service = known.unwrap_or_else(|| {
                let same_root = |service: &&Arc<Service>| service.is_rooted_in(&files);
                let earlier = before.iter().find(same_root).map(AsRef::as_ref);
                Arc::new(Service::look(files, lock, earlier, self.explain))
            });
            self.services.push(service);
        }
        self.past = before;
        &self.services
    }

    /// The service that an open document belongs to, and which of its files that is.
    pub(crate) fn of(&self, uri: &str, snapshot: &Snapshot) -> Option<(Arc<Service>, FileId)> {
        let path = snapshot.get(uri)?.path.as_deref();
        self.services.iter().find_map(|service| Some((Arc::clone(service), service.file(uri, path)?)))
    }

    /// All services.
    pub(crate) fn services(&self) -> &[Arc<Service>] {
        &self.services
    }
}

/// The contract beside the root of a service.
fn lock_beside(files: &[File]) -> Option<Lock> {
    let path = files.first()?.path.as_ref()?.parent()?.join(contract::FILE);
    let text = std::fs::read_to_string(&path).ok()?;
    Some(Lock { path, text })
}

/// The files of each service, the root first.
fn files(snapshot: &Snapshot) -> Vec<Vec<File>> {
    let mut found = Vec::new();
    let mut services: BTreeMap<PathBuf, Vec<File>> = BTreeMap::new();
    for (uri, document) in snapshot.iter() {
        let Some(path) = &document.path else {
            let text = Arc::clone(&document.text);
            found.push(vec![File { path: None, uri: Some(uri.to_owned()), text }]);
            continue;
        };
        let root = bundle::root_of(path, snapshot);
        let files = services.entry(root.clone()).or_default();
        for (path, text) in bundle::files(&root, path, snapshot) {
            if !files.iter().any(|file| file.path.as_ref() == Some(&path)) {
                let uri = snapshot.uri_at(&path).map(ToOwned::to_owned);
                files.push(File { path: Some(path), uri, text });
            }
        }
    }
    found.extend(services.into_values());
    found
}
