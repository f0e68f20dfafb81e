//! A file in pieces: one declaration each, with what stands before it.
//!
//! Cutting at column 0 is what keeps a broken declaration from swallowing the next.
use std::ops::Range;

use super::scan::{Line, Scan};

/// The words that start a declaration.
pub(super) const DECLARATIONS: [&str; 15] = [
    "service",
    "use",
    "env",
    "resource",
    "static",
    "auth",
    "type",
    "enum",
    "error",
    "fn",
    "entity",
    "operation",
    "channel",
    "job",
    "test",
];

/// What a line at column 0 is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Start {
    /// It goes on with what is above it.
    Inside,
    /// `///`, `since`, `deprecated`, `allow W…`
    Prefix,
    /// A declaration word with something behind it.
    Declaration,
    /// A brace, which opens the block of what is above it.
    Block,
    /// Something else.
    Unknown,
}

/// A piece under way.
struct Cutting {
    from: usize,
    open: usize,
    parentheses: usize,
    only_prefixes: bool,
    unknown: bool,
    had_braces: bool,
}

/// The pieces of a file, as ranges of its lines.
pub(super) fn cut(scan: &Scan) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    let mut current: Option<Cutting> = None;
    for (index, line) in scan.lines.iter().enumerate() {
        let Some(first) = line.first else { continue };
        let start = if line.indent > 0 { Start::Inside } else { start_of(scan, line, first) };
        let joins = current.as_ref().is_some_and(|piece| piece.takes(start));
        if !joins {
            pieces.extend(current.take().map(|piece| piece.from..index));
        }
        let piece = current.get_or_insert(Cutting {
            from: index,
            open: 0,
            parentheses: 0,
            only_prefixes: start == Start::Prefix,
            unknown: matches!(start, Start::Unknown | Start::Block),
            had_braces: false,
        });
        piece.only_prefixes &= matches!(start, Start::Prefix | Start::Inside);
        for at in scan.brackets_of(line) {
            match scan.byte(*at) {
                b'{' => (piece.open, piece.had_braces) = (piece.open + 1, true),
                b'}' => piece.open = piece.open.saturating_sub(1),
                b'(' => piece.parentheses += 1,
                b')' => piece.parentheses = piece.parentheses.saturating_sub(1),
                _ => {}
            }
        }
    }
    pieces.extend(current.map(|piece| piece.from..scan.lines.len()));
    pieces
}

impl Cutting {
    /// Whether a line belongs to this piece.
    fn takes(&self, start: Start) -> bool {
        match start {
            Start::Inside => true,
            Start::Prefix | Start::Declaration => self.only_prefixes,
            Start::Block => !self.had_braces || self.open > 0,
            Start::Unknown => {
                let inside = self.open > 0 || self.parentheses > 0;
                self.only_prefixes || inside || (self.unknown && !self.had_braces)
            }
        }
    }
}

fn start_of(scan: &Scan, line: &Line, first: u8) -> Start {
    if line.docs {
        return Start::Prefix;
    }
    match first {
        b'}' | b')' | b']' => return Start::Inside,
        b'{' => return Start::Block,
        _ => {}
    }
    let text = scan.masked.get(line.start..line.last + 1).unwrap_or(&[]);
    let text = std::str::from_utf8(text).unwrap_or("").trim_start_matches(' ');
    let word_end =
        text.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').unwrap_or(text.len());
    let (word, behind) = text.split_at(word_end);
    let next = behind.trim_start().chars().next();
    let parted = behind.is_empty() || behind.starts_with(' ');
    let named =
        parted && next.is_none_or(|letter| letter.is_ascii_alphabetic() || "_\"{/\u{1A}".contains(letter));
    let numbered = parted && next.is_none_or(|letter| letter.is_ascii_digit());
    match word {
        "since" if numbered => {
            let behind = behind.trim_start().trim_start_matches(|letter: char| letter.is_ascii_digit());
            if behind.trim().is_empty() { Start::Prefix } else { Start::Declaration }
        }
        "deprecated" if named => Start::Prefix,
        "allow" if behind.trim_start().starts_with(|c: char| c.is_ascii_uppercase()) => Start::Prefix,
        _ if named && DECLARATIONS.contains(&word) => Start::Declaration,
        _ => Start::Unknown,
    }
}
