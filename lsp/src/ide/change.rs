//! Edits over the files of a service.
use super::service::Service;
use quater_compiler::report::{Edit, FileId};
use std::collections::BTreeMap;

/// Edits that belong together.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    /// The edits, in any order, never overlapping.
    pub(crate) edits: Vec<Edit>,
}

/// The texts of the files that a change touches, as they are with it.
pub(crate) fn applied(service: &Service, change: &Change) -> Vec<(FileId, String)> {
    let mut files: BTreeMap<FileId, Vec<&Edit>> = BTreeMap::new();
    for edit in &change.edits {
        files.entry(edit.at.file).or_default().push(edit);
    }
    let texts = files.into_iter().map(|(file, mut edits)| {
        edits.sort_by_key(|edit| edit.at);
        let old = service.text_of(file);
        let (mut text, mut from) = (String::with_capacity(old.len()), 0);
        for edit in edits {
            text.push_str(old.get(from..edit.at.start as usize).unwrap_or(""));
            text.push_str(&edit.text);
            from = edit.at.end as usize;
        }
        text.push_str(old.get(from..).unwrap_or(""));
        (file, text)
    });
    texts.collect()
}
