//! How a file is laid out: what folds, what is selected next, what leads to other files.
use super::completion::word_around;
use super::service::Service;
use quater_compiler::outline;
use quater_compiler::parse::brackets;
use quater_compiler::report::{FileId, Span};
use std::ops::Range;
use std::path::PathBuf;

/// Lines, from the first to the last, that can be drawn as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fold {
    /// The first line.
    pub(crate) from: u32,
    /// The last line.
    pub(crate) to: u32,
    /// Whether they are comments.
    pub(crate) comment: bool,
}

/// What folds: blocks, lists, runs of comments.
pub(crate) fn folds(service: &Service, file: FileId) -> Vec<Fold> {
    let Some(source) = service.source(file) else { return Vec::new() };
    let pairs = brackets(&source.text).into_iter().filter_map(|pair| {
        let (from, to) = (source.line_of(pair.start as u32), source.line_of(pair.end as u32 - 1));
        (to > from + 1).then(|| Fold { from: from as u32, to: to as u32 - 1, comment: false })
    });
    let mut folds: Vec<Fold> = pairs.collect();
    let mut run: Option<(u32, u32)> = None;
    for (number, line) in (0..).zip(source.text.lines().chain([""])) {
        if line.trim_start().starts_with("//") {
            run = Some((run.map_or(number, |(from, _)| from), number));
        } else if let Some((from, to)) = run.take().filter(|(from, to)| to > from) {
            folds.push(Fold { from, to, comment: true });
        }
    }
    folds.sort_by_key(|fold| (fold.from, fold.to));
    folds.dedup_by_key(|fold| fold.from);
    folds
}

/// The stretches around an offset, each inside the next.
pub(crate) fn around(service: &Service, file: FileId, offset: u32) -> Vec<Span> {
    let text = service.text_of(file);
    let offset = offset as usize;
    let holds = |range: &Range<usize>| range.start <= offset && offset <= range.end;
    let word = word_around(text, offset);
    let line_start = text.get(..offset).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let line_end =
        text.get(offset..).and_then(|behind| behind.find('\n')).map_or(text.len(), |at| offset + at);
    let line = text.get(line_start..line_end).unwrap_or("");
    let indent = line.len() - line.trim_start().len();
    let mut found = vec![word, line_start + indent..line_start + line.trim_end().len(), 0..text.len()];
    for pair in brackets(text).into_iter().filter(holds) {
        found.push(pair.start + 1..pair.end - 1);
        found.push(pair);
    }
    let whole = service.uses().defined_in(file).map(|one| one.whole.range());
    found.extend(whole.filter(holds));
    found.retain(|range| holds(range) && !range.is_empty());
    found.sort_by_key(|range| (range.len(), range.start));
    let mut nested: Vec<Range<usize>> = Vec::new();
    for range in found {
        let fits = nested
            .last()
            .is_none_or(|inner| range.start <= inner.start && inner.end <= range.end && range != *inner);
        if fits {
            nested.push(range);
        }
    }
    nested.into_iter().map(|range| Span::new(file, range.start, range.end)).collect()
}

/// The paths of a file that lead to other files.
pub(crate) fn links(service: &Service, file: FileId) -> Vec<(Span, PathBuf)> {
    let text = service.text_of(file);
    let own = service.files.get(file.0 as usize).and_then(|file| file.path.as_deref());
    let Some(folder) = own.and_then(|path| path.parent()) else { return Vec::new() };
    let links = outline::import_places(text).map(|place| {
        let named = text.get(place.clone()).unwrap_or("");
        (Span::new(file, place.start, place.end), super::bundle::joined(folder, named))
    });
    links.collect()
}
