//! A line of types, cut where none of them is inside another.

/// The pieces of a text between its outermost `by`; nothing where a bracket has no partner.
pub(super) fn split<'t>(text: &'t str, by: &str) -> Option<Vec<&'t str>> {
    let mut pieces = Vec::new();
    let (mut start, mut open, mut regex, mut escaped) = (0, 0_u32, false, false);
    for (at, letter) in text.char_indices() {
        if regex {
            regex = escaped || letter != '/';
            escaped = letter == '\\' && !escaped;
            continue;
        }
        match letter {
            '/' => regex = true,
            '(' | '[' | '{' => open += 1,
            ')' | ']' | '}' => open = open.checked_sub(1)?,
            _ if open == 0 && at >= start && text.get(at..)?.starts_with(by) => {
                pieces.push(text.get(start..at)?);
                start = at + by.len();
            }
            _ => {}
        }
    }
    pieces.push(text.get(start..)?);
    (open == 0 && !regex).then_some(pieces)
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn what_stands_inside_brackets_and_regexes_is_not_cut() {
        let pieces = |text| split(text, ", ").map(|pieces| pieces.join("|"));
        assert_eq!(pieces("int, text(trim, 1..80)"), Some("int|text(trim, 1..80)".to_owned()));
        assert_eq!(pieces(r"text(/a, \/[)]/), int?"), Some(r"text(/a, \/[)]/)|int?".to_owned()));
        assert_eq!(
            pieces("[(int, bool)](..2), { text: int }(..3)").map(|it| it.matches('|').count()),
            Some(1)
        );
        assert_eq!(pieces("(int, bool"), None);
        assert_eq!(pieces("text(/a"), None);
    }
}
