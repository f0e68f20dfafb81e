//! Files and places in them.
use crate::parse::Places;
use smol_str::SmolStr;

/// A file of one compilation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A half-open range of bytes in one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The range from `start` up to `end` in `file`.
    pub fn new(file: FileId, start: usize, end: usize) -> Self {
        let clamp = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Self { file, start: clamp(start), end: clamp(end) }
    }

    /// The smallest range that holds both; `other` is of the same file.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end), ..self }
    }

    /// The empty range just behind this one.
    #[must_use]
    pub fn after(self) -> Self {
        Self { start: self.end, ..self }
    }

    /// Whether a byte offset of the same file lies inside or at the end.
    pub fn contains(self, offset: u32) -> bool {
        self.start <= offset && offset <= self.end
    }

    /// The range as indices of the file's text.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// One file's text with its line starts.
#[derive(Debug, Clone)]
pub struct Source {
    /// The name that reports print.
    pub name: SmolStr,
    /// The whole text.
    pub text: String,
    lines: Vec<u32>,
    /// How places lead to the text, where they are not offsets of it.
    places: Option<Places>,
}

/// A place for people: both count from one, the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineColumn {
    /// Line, from 1.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
}

impl Source {
    /// Indexes the lines of a file.
    pub fn new(name: impl Into<SmolStr>, text: String) -> Self {
        let breaks = memchr::memchr_iter(b'\n', text.as_bytes());
        let lines = std::iter::once(0).chain(breaks.map(|at| at as u32 + 1)).collect();
        Self { name: name.into(), text, lines, places: None }
    }

    /// The same, where places are those of an imagined file.
    pub(crate) fn with_places(self, places: Places) -> Self {
        Self { places: Some(places), ..self }
    }

    /// The offset in the text of a place.
    pub(crate) fn offset(&self, place: u32) -> u32 {
        self.places.as_ref().map_or(place, |places| places.offset(place))
    }

    /// The byte offset of each line's start.
    pub fn line_starts(&self) -> &[u32] {
        &self.lines
    }

    /// The line, from zero, that holds a byte offset.
    pub fn line_of(&self, offset: u32) -> usize {
        self.lines.partition_point(|start| *start <= offset).saturating_sub(1)
    }

    /// The bytes of a line, counted from zero, with its line break; empty behind the last.
    pub fn line_range(&self, line: usize) -> std::ops::Range<usize> {
        let start = |line: usize| self.lines.get(line).map_or(self.text.len(), |start| *start as usize);
        start(line)..start(line + 1)
    }

    /// A byte offset as line and column.
    pub fn line_column(&self, offset: u32) -> LineColumn {
        let offset = self.offset(offset);
        let line = self.line_of(offset);
        let start = self.lines.get(line).copied().unwrap_or(0) as usize;
        let before = self.text.get(start..offset as usize).unwrap_or("");
        LineColumn { line: line as u32 + 1, column: before.chars().count() as u32 + 1 }
    }
}

/// All files of one compilation, by id.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    files: Vec<Source>,
}

impl Sources {
    /// Adds a file and names it.
    pub fn add(&mut self, source: Source) -> FileId {
        self.files.push(source);
        FileId(self.files.len() as u32 - 1)
    }

    /// The file of an id that this set gave out.
    pub fn get(&self, id: FileId) -> Option<&Source> {
        self.files.get(id.0 as usize)
    }

    /// Every file with its id.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &Source)> {
        self.files.iter().enumerate().map(|(at, source)| (FileId(at as u32), source))
    }

    /// The text at a place.
    pub fn text(&self, at: Span) -> &str {
        let range = |file: &Source| file.offset(at.start) as usize..file.offset(at.end) as usize;
        self.get(at.file).and_then(|file| file.text.get(range(file))).unwrap_or("")
    }

    /// A place in the text as one in the imagined file.
    pub(crate) fn placed(&self, at: Span) -> Span {
        let places = self.get(at.file).and_then(|file| file.places.as_ref());
        places.map_or(at, |places| Span { start: places.place(at.start), end: places.place(at.end), ..at })
    }

    /// Takes out where things stand in imagined files: from now on, places are offsets.
    pub(crate) fn take_places(&mut self) -> Imagined {
        Imagined { files: self.files.iter_mut().map(|file| file.places.take().unwrap_or_default()).collect() }
    }
}

/// The imagined files behind some texts.
#[derive(Debug, Default)]
pub(crate) struct Imagined {
    files: Vec<Places>,
}

impl Imagined {
    /// A span of the text as one of places.
    pub(crate) fn placed(&self, at: Span) -> Span {
        let Some(file) = self.files.get(at.file.0 as usize) else { return at };
        Span { start: file.place(at.start), end: file.place(at.end), ..at }
    }

    /// A span of places as one of the text.
    pub(crate) fn settled(&self, at: Span) -> Span {
        let Some(file) = self.files.get(at.file.0 as usize) else { return at };
        Span { start: file.offset(at.start), end: file.offset(at.end), ..at }
    }
}
