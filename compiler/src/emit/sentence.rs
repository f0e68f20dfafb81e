//! Names and documentation as prose.

/// A name as people write it: `place_order` and `placeOrder` are "Place order".
pub(super) fn title(name: &str) -> String {
    let mut title = String::with_capacity(name.len() + 4);
    let mut before = None;
    for letter in name.chars() {
        let starts_word = letter.is_uppercase() && before.is_some_and(|before: char| before.is_lowercase());
        if letter == '_' || letter == '-' || letter == '.' {
            title.push(' ');
        } else if before.is_none() {
            title.extend(letter.to_uppercase());
        } else if starts_word {
            title.push(' ');
            title.extend(letter.to_lowercase());
        } else {
            title.push(letter);
        }
        before = Some(letter);
    }
    title
}

/// The first sentence of a documentation, at most a line, without the full stop.
pub(super) fn summary(docs: &str) -> Option<&str> {
    let line = docs.lines().next()?.trim();
    let line = line.split_once(". ").map_or(line, |(sentence, _)| sentence);
    (!line.is_empty()).then(|| line.strip_suffix('.').unwrap_or(line))
}

/// Words in a row: `a`, `b` or `c`.
pub(super) fn one_of(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}
