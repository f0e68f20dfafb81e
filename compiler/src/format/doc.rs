//! What is to be printed, before it is known what fits on a line.
use crate::report::Span;

/// Something to print.
#[derive(Debug, Clone)]
pub(super) enum Doc {
    /// Letters of one line.
    Text(String),
    /// One behind the other.
    Row(Vec<Doc>),
    /// Items between brackets: on one line where they fit.
    Group(Group),
    /// Items between braces, each on a line of its own.
    Block(Block),
    /// Words with spaces between; where they do not fit, each but the first on a deeper line.
    Hang(Vec<Doc>),
    /// Whole lines above something.
    Above(Vec<String>, Box<Doc>),
}

/// Items between brackets.
#[derive(Debug, Clone)]
pub(super) struct Group {
    pub(super) shape: Shape,
    pub(super) items: Vec<Item>,
    /// Where it stood; a comment inside, or a line break before the first item, keeps it on several lines.
    pub(super) at: Span,
}

/// How items stand between brackets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// `(a, b)`
    Round,
    /// `[a, b]`
    Square,
    /// `{ a, b }`
    Curly,
}

/// Items between braces, each on a line of its own.
#[derive(Debug, Clone)]
pub(super) struct Block {
    pub(super) items: Vec<Item>,
    pub(super) at: Span,
}

/// Something with a place of its own, before which comments may stand.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) at: Span,
    pub(super) doc: Doc,
}

impl Shape {
    pub(super) fn open(self) -> &'static str {
        match self {
            Self::Round => "(",
            Self::Square => "[",
            Self::Curly => "{",
        }
    }

    pub(super) fn close(self) -> &'static str {
        match self {
            Self::Round => ")",
            Self::Square => "]",
            Self::Curly => "}",
        }
    }
}

impl Doc {
    /// Whether nothing would be printed.
    fn is_empty(&self) -> bool {
        match self {
            Self::Text(letters) => letters.is_empty(),
            Self::Row(docs) | Self::Hang(docs) => docs.iter().all(Self::is_empty),
            Self::Group(_) | Self::Block(_) | Self::Above(..) => false,
        }
    }

    /// All of it on one line.
    pub(super) fn flat(&self) -> String {
        match self {
            Self::Text(letters) => letters.clone(),
            Self::Row(docs) => docs.iter().map(Self::flat).collect(),
            Self::Hang(docs) => docs.iter().map(Self::flat).collect::<Vec<_>>().join(" "),
            Self::Group(group) => flat_items(group.shape, &group.items),
            Self::Block(block) => flat_items(Shape::Curly, &block.items),
            Self::Above(_, doc) => doc.flat(),
        }
    }

    /// Whether something in it never stands on one line.
    pub(super) fn has_block(&self) -> bool {
        match self {
            Self::Text(_) => false,
            Self::Row(docs) | Self::Hang(docs) => docs.iter().any(Self::has_block),
            Self::Group(group) => group.items.iter().any(|item| item.doc.has_block()),
            Self::Block(_) | Self::Above(..) => true,
        }
    }
}

fn flat_items(shape: Shape, items: &[Item]) -> String {
    let inside = items.iter().map(|item| item.doc.flat()).collect::<Vec<_>>().join(", ");
    let space = if shape == Shape::Curly && !inside.is_empty() { " " } else { "" };
    format!("{}{space}{inside}{space}{}", shape.open(), shape.close())
}

/// Letters.
pub(super) fn text(letters: impl Into<String>) -> Doc {
    Doc::Text(letters.into())
}

/// Docs one behind the other.
pub(super) fn row(docs: impl IntoIterator<Item = Doc>) -> Doc {
    Doc::Row(docs.into_iter().collect())
}

/// Docs with spaces between; what prints nothing gets no space.
pub(super) fn words(docs: impl IntoIterator<Item = Doc>) -> Doc {
    let mut spaced = Vec::new();
    for doc in docs.into_iter().filter(|doc| !doc.is_empty()) {
        if !spaced.is_empty() {
            spaced.push(text(" "));
        }
        spaced.push(doc);
    }
    Doc::Row(spaced)
}

/// Docs with spaces between on one line, or each on a line where they do not fit.
pub(super) fn hang(docs: impl IntoIterator<Item = Doc>) -> Doc {
    Doc::Hang(docs.into_iter().filter(|doc| !doc.is_empty()).collect())
}

/// Docs with commas between.
pub(super) fn commas(docs: impl IntoIterator<Item = Doc>) -> Doc {
    let mut listed = Vec::new();
    for doc in docs {
        if !listed.is_empty() {
            listed.push(text(", "));
        }
        listed.push(doc);
    }
    Doc::Row(listed)
}

/// Nothing.
pub(super) fn nothing() -> Doc {
    Doc::Row(Vec::new())
}

/// A word where something is there, else nothing.
pub(super) fn word_if(there: bool, word: &str) -> Doc {
    if there { text(word) } else { nothing() }
}

/// A doc made of what is there, else nothing.
pub(super) fn maybe<T>(thing: Option<T>, doc: impl FnOnce(T) -> Doc) -> Doc {
    thing.map_or_else(nothing, doc)
}

/// Items between brackets.
pub(super) fn group(shape: Shape, items: Vec<Item>, at: Span) -> Doc {
    Doc::Group(Group { shape, items, at })
}
