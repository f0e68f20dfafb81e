//! Spans as readers want them, and text that is safe to show.
use crate::report::{Severity, Source, Sources, Span};
use std::borrow::Cow;
use std::ops::Range;

/// A span with its file's name, lines and columns.
pub(super) struct Place<'a> {
    pub(super) file: &'a str,
    pub(super) start: Position,
    pub(super) end: Position,
}

/// A point in a file: bytes from zero, lines and columns from one.
#[derive(serde::Serialize)]
pub(super) struct Position {
    pub(super) byte: u32,
    pub(super) line: u32,
    pub(super) column: u32,
}

impl<'a> Place<'a> {
    /// The place of a span; a span whose file is not among the sources is at the start of nothing.
    pub(super) fn of(span: Span, sources: &'a Sources) -> Self {
        let source = sources.get(span.file);
        let position = |byte: u32| {
            let (line, column) = source.map_or((1, 1), |source| {
                let at = source.line_column(byte);
                (at.line, at.column)
            });
            Position { byte, line, column }
        };
        let file = source.map_or("", |source| source.name.as_str());
        Self { file, start: position(span.start), end: position(span.end) }
    }
}

/// The word for a severity.
pub(super) fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// The span as indices that are inside the text and between its characters.
pub(super) fn indices(span: Span, source: &Source) -> Range<usize> {
    let floor = |at: usize| source.text.floor_char_boundary(at.min(source.text.len()));
    let (start, end) = (floor(span.range().start), floor(span.range().end));
    start..end.max(start)
}

/// Text without what a terminal would act on, byte for byte as long: escapes, other controls and
/// marks that reorder text, which could make a file look like what it is not.
pub(super) fn tame(text: &str) -> Cow<'_, str> {
    let acts = |c: char| {
        let reorders =
            matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        reorders || (c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
    };
    if !text.contains(acts) {
        return Cow::Borrowed(text);
    }
    let mut tamed = String::with_capacity(text.len());
    for c in text.chars() {
        match acts(c) {
            true => tamed.extend(std::iter::repeat_n('?', c.len_utf8())),
            false => tamed.push(c),
        }
    }
    Cow::Owned(tamed)
}
