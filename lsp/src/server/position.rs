//! Places as editors count them.
use quater_compiler::report::Source;

/// What the editor counts a line in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// Bytes.
    Utf8,
    /// UTF-16 code units, which every editor understands.
    Utf16,
    /// Characters.
    Utf32,
}

/// A place as an editor counts it, both from zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    /// The line.
    pub(super) line: u32,
    /// How many units stand before it on its line.
    pub(super) character: u32,
}

/// From one place up to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stretch {
    /// The first.
    pub(super) start: Place,
    /// The one behind the last.
    pub(super) end: Place,
}

/// The place of a byte offset.
pub(super) fn place(source: &Source, offset: u32, encoding: Encoding) -> Place {
    let line = source.line_of(offset);
    let start = source.line_range(line).start;
    let before = source.text.get(start..source.text.floor_char_boundary(offset as usize)).unwrap_or("");
    Place { line: line as u32, character: width(before, encoding) }
}

/// The byte offset of a place; behind the end of a line it is that end.
pub(super) fn offset(text: &str, place: Place, encoding: Encoding) -> usize {
    let mut start = 0;
    for _ in 0..place.line {
        match text.get(start..).and_then(|rest| rest.find('\n')) {
            Some(at) => start += at + 1,
            None => return text.len(),
        }
    }
    let line = text.get(start..).unwrap_or("");
    let line = line.split('\n').next().unwrap_or("").trim_end_matches('\r');
    let mut units = 0;
    for (at, letter) in line.char_indices() {
        if units >= place.character {
            return start + at;
        }
        units += width(letter.encode_utf8(&mut [0; 4]), encoding);
    }
    start + line.len()
}

/// The end of a text.
pub(super) fn end_of(text: &str, encoding: Encoding) -> Place {
    let last = text.rsplit('\n').next().unwrap_or("");
    Place { line: text.matches('\n').count() as u32, character: width(last, encoding) }
}

fn width(text: &str, encoding: Encoding) -> u32 {
    match encoding {
        Encoding::Utf8 => text.len() as u32,
        Encoding::Utf16 => text.encode_utf16().count() as u32,
        Encoding::Utf32 => text.chars().count() as u32,
    }
}

#[cfg(test)]
mod tests {
    use super::{Encoding, Place, end_of, offset, place};
    use quater_compiler::report::Source;

    const fn at(line: u32, character: u32) -> Place {
        Place { line, character }
    }

    #[test]
    fn characters_are_counted_as_the_editor_does() {
        let source = Source::new("a", "one\nþ🗻x\n".to_owned());
        for (byte, utf8, utf16, utf32) in [
            (0, at(0, 0), at(0, 0), at(0, 0)),
            (3, at(0, 3), at(0, 3), at(0, 3)),
            (4, at(1, 0), at(1, 0), at(1, 0)),
            (10, at(1, 6), at(1, 3), at(1, 2)),
            (12, at(2, 0), at(2, 0), at(2, 0)),
        ] {
            for (encoding, seen) in
                [(Encoding::Utf8, utf8), (Encoding::Utf16, utf16), (Encoding::Utf32, utf32)]
            {
                assert_eq!(place(&source, byte, encoding), seen, "{byte}");
                assert_eq!(offset(&source.text, seen, encoding), byte as usize, "{byte}");
            }
        }
        assert_eq!(offset(&source.text, at(1, 99), Encoding::Utf16), 11);
        assert_eq!(offset(&source.text, at(9, 0), Encoding::Utf16), 12);
        assert_eq!(end_of("a\n🗻", Encoding::Utf16), at(1, 2));
        assert_eq!(end_of("a\n", Encoding::Utf8), at(1, 0));
    }
}
