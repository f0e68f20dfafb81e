//! Text.

/// Lower-case words of letters and digits, joined by `-`.
pub(crate) fn slug(text: &str) -> String {
    let mut slug = String::with_capacity(text.len());
    for letter in text.to_lowercase().chars() {
        if letter.is_alphanumeric() {
            slug.push(letter);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    if slug.ends_with('-') {
        slug.pop();
    }
    slug
}

/// How many characters.
pub(crate) fn length(text: &str) -> i64 {
    text.chars().count() as i64
}

/// Lower case; borrowed where nothing changes.
pub(crate) fn lower(text: &str) -> String {
    text.to_lowercase()
}

/// The text with every `old` in it replaced; where that is empty there is none.
pub(crate) fn replaced(text: &str, old: &str, new: &str) -> String {
    if old.is_empty() { text.to_owned() } else { text.replace(old, new) }
}

/// The parts between a separator; between the characters where it is empty.
pub(crate) fn split<'a>(text: &'a str, by: &'a str) -> Vec<&'a str> {
    if by.is_empty() {
        let ends = text.char_indices().map(|(at, letter)| at..at + letter.len_utf8());
        return ends.filter_map(|range| text.get(range)).collect();
    }
    text.split(by).collect()
}
