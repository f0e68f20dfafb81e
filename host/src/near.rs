//! What somebody may have meant by a name that there is not.

/// Most slips between a name and the one that was meant.
const SLIPS: usize = 3;

/// The name that is nearest to one that was typed, if one is near.
pub fn near<'n>(typed: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let slips = names.into_iter().map(|name| (strsim::damerau_levenshtein(name, typed), name));
    slips.filter(|(slips, _)| *slips <= SLIPS).min_by_key(|(slips, _)| *slips).map(|(_, name)| name)
}
