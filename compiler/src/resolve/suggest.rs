//! "Did you mean": the nearest of some names.

/// The candidate that is at most a third of its letters away from what was written, the first of the alphabet among
/// equals. An edit is to insert, delete or replace a letter, or to swap two neighbours.
pub(crate) fn nearest<'n>(written: &str, candidates: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let folded = fold(written);
    let written = Outline::of(&folded);
    let near = candidates.into_iter().filter_map(|candidate| {
        let allowed = candidate.chars().count().div_ceil(3);
        if written.apart(Outline::of(candidate)) > allowed {
            return None;
        }
        let distance = strsim::osa_distance(&folded, &fold(candidate));
        (distance <= allowed).then_some((distance, candidate))
    });
    near.min().map(|(_, best)| best)
}

/// In small letters, 64 at most.
fn fold(word: &str) -> String {
    word.chars().take(64).flat_map(char::to_lowercase).collect()
}

/// What tells two words apart without comparing them letter by letter: most names are not near.
#[derive(Clone, Copy)]
struct Outline {
    letters: u64,
    length: u32,
}

impl Outline {
    fn of(word: &str) -> Self {
        let add = |outline: Self, letter: char| Self {
            letters: outline.letters | 1 << (u32::from(letter) % 64),
            length: outline.length + 1,
        };
        word.chars().take(64).flat_map(char::to_lowercase).fold(Self { letters: 0, length: 0 }, add)
    }

    /// No fewer edits than these make one word of the other: each brings in one new letter, or one place.
    fn apart(self, other: Self) -> usize {
        let new = |from: u64, to: u64| (to & !from).count_ones();
        let edits = new(self.letters, other.letters).max(new(other.letters, self.letters));
        edits.max(self.length.abs_diff(other.length)) as usize
    }
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
