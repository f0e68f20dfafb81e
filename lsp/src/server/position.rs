//! Places as editors count them.
use quater_compiler::report::Source;

/// What the editor counts a line in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// Bytes.
    Utf8,
    /// UTF-16 code units, which every editor understands.
    Utf16,
}

/// A byte offset as line and character, both from zero.
pub(super) fn line_character(source: &Source, offset: u32, encoding: Encoding) -> (u32, u32) {
    let line = source.line_of(offset);
    let start = source.line_range(line).start;
    let before = source.text.get(start..source.text.floor_char_boundary(offset as usize)).unwrap_or("");
    (line as u32, width(before, encoding))
}

/// The end of a text, as line and character.
pub(super) fn end_of(text: &str, encoding: Encoding) -> (u32, u32) {
    let last = text.rsplit('\n').next().unwrap_or("");
    (text.matches('\n').count() as u32, width(last, encoding))
}

fn width(text: &str, encoding: Encoding) -> u32 {
    match encoding {
        Encoding::Utf8 => text.len() as u32,
        Encoding::Utf16 => text.encode_utf16().count() as u32,
    }
}

#[cfg(test)]
mod tests {
    use super::{Encoding, end_of, line_character};
    use quater_compiler::report::Source;

    #[test]
    fn characters_are_counted_as_the_editor_does() {
        let source = Source::new("a", "one\nþ🗻x\n".to_owned());
        for (offset, utf8, utf16) in [
            (0, (0, 0), (0, 0)),
            (3, (0, 3), (0, 3)),
            (4, (1, 0), (1, 0)),
            (10, (1, 6), (1, 3)),
            (12, (2, 0), (2, 0)),
            (99, (2, 0), (2, 0)),
        ] {
            assert_eq!(line_character(&source, offset, Encoding::Utf8), utf8, "{offset}");
            assert_eq!(line_character(&source, offset, Encoding::Utf16), utf16, "{offset}");
        }
        assert_eq!(end_of("a\n🗻", Encoding::Utf16), (1, 2));
        assert_eq!(end_of("a\n", Encoding::Utf8), (1, 0));
    }
}
