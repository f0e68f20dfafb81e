//! The open documents at one moment.
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// One open document.
#[derive(Debug, Clone)]
pub(crate) struct Document {
    /// Where it will be saved; none for one that was never saved.
    pub(crate) path: Option<PathBuf>,
    /// The editor's count of its changes.
    pub(crate) version: i32,
    /// Its text.
    pub(crate) text: Arc<str>,
}

/// All open documents by URI; cheap to clone, never changed by who reads it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Snapshot {
    documents: Arc<BTreeMap<String, Document>>,
}

impl Snapshot {
    /// Opens a document or replaces its text.
    pub(crate) fn set(&mut self, uri: String, document: Document) {
        Arc::make_mut(&mut self.documents).insert(uri, document);
    }

    /// Closes a document.
    pub(crate) fn close(&mut self, uri: &str) {
        Arc::make_mut(&mut self.documents).remove(uri);
    }

    /// Whether nothing changed from one to the other.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.documents, &other.documents)
    }

    /// One open document.
    pub(crate) fn get(&self, uri: &str) -> Option<&Document> {
        self.documents.get(uri)
    }

    /// Every open document with its URI.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Document)> {
        self.documents.iter().map(|(uri, document)| (uri.as_str(), document))
    }

    /// The URI by which a file is open.
    pub(crate) fn uri_at(&self, path: &Path) -> Option<&str> {
        let mut open = self.documents.iter();
        open.find(|(_, document)| document.path.as_deref() == Some(path)).map(|(uri, _)| uri.as_str())
    }

    /// The text of a file as the editor has it, else as the disk has it; none where it cannot be read.
    pub(crate) fn text_at(&self, path: &Path) -> Option<Arc<str>> {
        let open = self.documents.values().find(|document| document.path.as_deref() == Some(path));
        match open {
            Some(document) => Some(Arc::clone(&document.text)),
            None => std::fs::read_to_string(path).ok().map(Arc::from),
        }
    }
}
