//! What the compiler says about the open documents.
use super::bundle;
use super::snapshot::{Document, Snapshot};
use quater_compiler::report::{FileId, Report, Source, Sources};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The reports on one open document.
#[derive(Debug)]
pub(crate) struct Findings {
    /// The document.
    pub(crate) uri: String,
    /// The version of it that was looked at.
    pub(crate) version: i32,
    /// The files of its service.
    pub(crate) sources: Arc<Sources>,
    /// Where each of them lies; none for a document that was never saved.
    pub(crate) paths: Arc<[Option<PathBuf>]>,
    /// The reports, all of this document.
    pub(crate) reports: Vec<Report>,
}

/// Looks at every open document, each service once.
pub(crate) fn findings(snapshot: &Snapshot) -> Vec<Findings> {
    let mut services: BTreeMap<PathBuf, Vec<(&str, &Path, i32)>> = BTreeMap::new();
    let mut found = Vec::new();
    for (uri, document) in snapshot.iter() {
        match &document.path {
            Some(path) => {
                let root = bundle::root_of(path, snapshot);
                services.entry(root).or_default().push((uri, path, document.version));
            }
            None => found.push(alone(uri, document)),
        }
    }
    for (root, asked) in services {
        found.extend(service(&root, &asked, snapshot));
    }
    found
}

fn alone(uri: &str, document: &Document) -> Findings {
    let mut sources = Sources::default();
    sources.add(Source::new(uri, document.text.to_string()));
    let analysis = quater_compiler::analyse(sources);
    let (sources, reports) = (Arc::new(analysis.sources), analysis.reports);
    Findings { uri: uri.to_owned(), version: document.version, sources, paths: Arc::new([None]), reports }
}

fn service(root: &Path, asked: &[(&str, &Path, i32)], snapshot: &Snapshot) -> Vec<Findings> {
    let mut files: Vec<(PathBuf, Arc<str>)> = Vec::new();
    for (_, path, _) in asked {
        let more = bundle::files(root, path, snapshot);
        files.extend(
            more.into_iter()
                .filter(|(path, _)| !files.iter().any(|(known, _)| known == path))
                .collect::<Vec<_>>(),
        );
    }
    let mut sources = Sources::default();
    for (path, text) in &files {
        sources.add(Source::new(path.to_string_lossy(), text.to_string()));
    }
    let analysis = quater_compiler::analyse(sources);
    let sources = Arc::new(analysis.sources);
    let paths: Arc<[Option<PathBuf>]> = files.into_iter().map(|(path, _)| Some(path)).collect();
    let of = |asked: &Path| paths.iter().position(|path| path.as_deref() == Some(asked));
    let findings = asked.iter().filter_map(|(uri, path, version)| {
        let file = FileId(of(path)? as u32);
        let reports = analysis.reports.iter().filter(|report| report.at.file == file).cloned().collect();
        let (sources, paths) = (Arc::clone(&sources), Arc::clone(&paths));
        Some(Findings { uri: (*uri).to_owned(), version: *version, sources, paths, reports })
    });
    findings.collect()
}
