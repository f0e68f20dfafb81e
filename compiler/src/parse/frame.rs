//! How offsets of a text that is read become places of a file.
use crate::report::{FileId, Span};

/// A text as a part of a file: where it starts, and what its first byte counts as.
#[derive(Debug, Clone, Copy)]
pub(super) struct Frame {
    file: FileId,
    from: usize,
    base: usize,
}

impl Frame {
    /// A text that is all of a file.
    pub(super) const fn of(file: FileId) -> Self {
        Self { file, from: 0, base: 0 }
    }

    /// A text of which what starts at `from` stands at `base` of the file.
    pub(super) const fn moved(file: FileId, from: usize, base: usize) -> Self {
        Self { file, from, base }
    }

    /// An offset of the text as one of the file.
    pub(super) const fn offset(self, at: usize) -> usize {
        (at + self.base).saturating_sub(self.from)
    }

    /// A stretch of the text as one of the file.
    pub(super) fn span(self, start: usize, end: usize) -> Span {
        Span::new(self.file, self.offset(start), self.offset(end))
    }
}
