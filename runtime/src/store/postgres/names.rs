//! Names of constraints and indexes: the same tables have the same names everywhere, so a broken one is known
//! by its name.
use sha2::{Digest, Sha256};
use std::fmt::Write;

/// Most bytes of a name.
pub(crate) const LONGEST: usize = 63;

/// Digits of the digest in a name that is cut.
const DIGEST: usize = 8;

/// The name of a primary key.
pub(crate) fn key(table: &str) -> String {
    joined(table, &[], "pkey")
}

/// The name of a set of columns without duplicates.
pub(crate) fn unique(table: &str, columns: &[&str]) -> String {
    joined(table, columns, "key")
}

/// The name of a relation.
pub(crate) fn foreign(table: &str, column: &str) -> String {
    joined(table, &[column], "fkey")
}

/// The name of a rule on a column.
pub(crate) fn check(table: &str, column: &str) -> String {
    joined(table, &[column], "check")
}

/// The name of a rule for a while: that a column has a value.
pub(crate) fn present(table: &str, column: &str) -> String {
    joined(table, &[column], "present")
}

/// The name of an index.
pub(crate) fn index(table: &str, columns: &[&str]) -> String {
    joined(table, columns, "idx")
}

/// Names that change, each with the one that it becomes, in an order in which none is there twice: what becomes a
/// name that another has is called otherwise for a while.
pub(crate) fn in_turn(pairs: Vec<(String, String)>) -> Vec<(String, String)> {
    let taken: Vec<String> = pairs.iter().map(|(from, _)| from.clone()).collect();
    let (held, free): (Vec<_>, Vec<_>) = pairs.into_iter().partition(|(_, to)| taken.contains(to));
    let between = |at: usize| format!("_quater_renamed_{at}");
    let [mut first, mut last] = [Vec::new(), Vec::new()];
    for (at, (from, to)) in held.into_iter().enumerate() {
        first.push((from, between(at)));
        last.push((between(at), to));
    }
    first.into_iter().chain(free).chain(last).collect()
}

/// Parts and an ending by `_`; what is too long is cut and told apart by a digest.
fn joined(table: &str, columns: &[&str], ending: &str) -> String {
    let mut name = table.to_owned();
    for part in columns.iter().chain([&ending]) {
        name.push('_');
        name.push_str(part);
    }
    if name.len() <= LONGEST {
        return name;
    }
    let mut digest = String::new();
    for byte in Sha256::digest(name.as_bytes()).iter().take(DIGEST / 2) {
        let written = write!(digest, "{byte:02x}");
        debug_assert!(written.is_ok(), "a String takes everything");
    }
    let mut room = LONGEST - DIGEST - ending.len() - 2;
    while !name.is_char_boundary(room) {
        room -= 1;
    }
    name.truncate(room);
    format!("{name}_{digest}_{ending}")
}
