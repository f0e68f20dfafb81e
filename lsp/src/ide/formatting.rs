//! The one agreed form of a document.
use super::snapshot::Document;
use quater_compiler::report::FileId;

/// The document in its agreed form; none if it has that already, or cannot be read.
pub(crate) fn formatted(document: &Document) -> Option<String> {
    let new = quater_compiler::format::format(FileId(0), &document.text).ok()?;
    (*new != *document.text).then_some(new)
}
