//! "Did you mean": the nearest of some names.

/// The candidate that is at most a third of its letters away from what was written.
pub(crate) fn nearest<'n>(written: &str, candidates: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let near = candidates.into_iter().map(|candidate| (distance(written, candidate), candidate));
    let (distance, best) = near.min_by_key(|(distance, _)| *distance)?;
    (distance <= best.chars().count().div_ceil(3)).then_some(best)
}

/// Edits (insert, delete, replace, swap of neighbours) between two words, capped at 64 letters each.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().take(64).flat_map(char::to_lowercase).collect();
    let b: Vec<char> = b.chars().take(64).flat_map(char::to_lowercase).collect();
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, other) in b.iter().enumerate() {
            let cell = |row: &[usize], at: usize| row.get(at).copied().unwrap_or(usize::MAX / 2);
            let replace = cell(&row, j) + usize::from(letter != other);
            let mut best = replace.min(cell(&row, j + 1) + 1).min(cell(&next, j) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(other) && b.get(j - 1) == Some(letter);
            if swapped {
                best = best.min(cell(&before, j - 1) + 1);
            }
            next.push(best);
        }
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_what_was_meant() {
        for (written, names, meant) in [
            ("custmer", &["customer", "status"][..], Some("customer")),
            ("stauts", &["customer", "status"], Some("status")),
            ("zebra", &["customer", "status"], None),
            ("", &[], None),
        ] {
            assert_eq!(nearest(written, names.iter().copied()), meant, "{written}");
        }
    }
}
