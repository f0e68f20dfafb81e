//! The one agreed form of a document, or of a part of it.
use super::snapshot::Document;
use quater_compiler::report::FileId;
use std::ops::Range;

/// The document in its agreed form; none if it has that already, or cannot be read.
pub(crate) fn formatted(document: &Document) -> Option<String> {
    let new = quater_compiler::format::format(FileId(0), &document.text).ok()?;
    (*new != *document.text).then_some(new)
}

/// The declarations that a stretch touches, in their agreed form: what is replaced, and by what.
pub(crate) fn formatted_range(document: &Document, range: Range<usize>) -> Vec<(Range<usize>, String)> {
    let Some(new) = formatted(document) else { return Vec::new() };
    let (old_parts, new_parts) = (parts(&document.text), parts(&new));
    if old_parts.len() != new_parts.len() {
        return Vec::new();
    }
    let touched = |part: &Range<usize>| part.start <= range.end && range.start <= part.end;
    let pairs = old_parts.into_iter().zip(new_parts).filter(|(old, _)| touched(old));
    let edits = pairs.filter_map(|(old, by)| {
        let by = new.get(by)?;
        (document.text.get(old.clone())? != by).then(|| (old, by.to_owned()))
    });
    edits.collect()
}

/// Where each declaration stands.
fn parts(text: &str) -> Vec<Range<usize>> {
    let file = quater_compiler::parse::parse(FileId(0), text).file;
    file.declarations.iter().map(|declaration| declaration.at.range()).collect()
}
