//! That the stories leave nothing out: `covered.txt` says through which doors there must be which kinds of cases of
//! each operation, and there are neither more nor fewer.
use crate::cases::{self, Case, Expected};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// The doors by their letters in the table; their names, and where their calls come from.
const DOORS: [(char, &str, &str); 4] =
    [('h', "http", "remote"), ('m', "mcp", "remote"), ('l', "cli", "local"), ('r', "cli", "remote")];

/// Letters of doors by operation and kind.
type Covered = BTreeMap<(String, String), String>;

#[test]
fn every_operation_meets_every_case() {
    let mut covered = wanted();
    let wanted = covered.clone();
    covered.values_mut().for_each(String::clear);
    for story in cases::stories() {
        let mut keyed = BTreeSet::new();
        for case in story.cases.iter().filter(|case| !case.is_statement()) {
            let Some(kind) = kind(case, &mut keyed) else { continue };
            let place = covered.entry((case.operation.clone(), kind.to_owned())).or_default();
            for (letter, door, entry) in DOORS {
                if case.speaks(door, entry) && !place.contains(letter) {
                    place.push(letter);
                }
            }
        }
    }
    let sorted = |letters: &str| letters.chars().collect::<BTreeSet<_>>().into_iter().collect::<String>();
    for (key, found) in &covered {
        let wanted = wanted.get(key).map_or("", String::as_str);
        assert_eq!(sorted(found), sorted(wanted), "{key:?}: doors with cases, and those that must have them");
    }
}

/// The table.
fn wanted() -> Covered {
    let text = fs::read_to_string(cases::folder().join("covered.txt")).unwrap();
    let mut rows = text.lines().filter(|line| !line.starts_with('#')).map(str::split_whitespace);
    let kinds: Vec<&str> = rows.next().unwrap().skip(1).collect();
    let mut wanted = Covered::new();
    for mut row in rows {
        let operation = row.next().unwrap();
        let cells: Vec<&str> = row.collect();
        assert_eq!(cells.len(), kinds.len(), "{operation}");
        let cells = kinds.iter().zip(cells).map(|(kind, cell)| (kind, cell.trim_matches('-')));
        wanted
            .extend(cells.map(|(kind, cell)| ((operation.to_owned(), (*kind).to_owned()), cell.to_owned())));
    }
    wanted
}

/// The column of a case; nothing for successes of which the value is not told, and for what is no operation.
fn kind(case: &Case, keyed: &mut BTreeSet<String>) -> Option<&'static str> {
    let is_known = cases::operations().iter().any(|it| it.name == case.operation);
    match &case.expected {
        _ if !is_known => None,
        Expected::Gives(_) if repeats(case, keyed) => Some("replay"),
        Expected::Gives(_) => Some("right"),
        Expected::Tried(_) => Some("dry"),
        Expected::Waits(_) => Some("approval"),
        _ if case.wishes.dry => None,
        Expected::Fails(failure) => failure.status.and_then(of_status),
        Expected::Kind(code) => of_code(code),
        Expected::Tools(_) => None,
    }
}

/// Whether the same caller has made the same call with the same key before.
fn repeats(case: &Case, keyed: &mut BTreeSet<String>) -> bool {
    let Some(key) = &case.wishes.key else { return false };
    !keyed.insert(format!("{} {} {key} {}", case.caller, case.operation, case.input))
}

fn of_status(status: u64) -> Option<&'static str> {
    match status {
        400 | 422 => Some("invalid"),
        401 => Some("401"),
        403 => Some("403"),
        404 => Some("404"),
        409 => Some("409"),
        413 => Some("large"),
        500 => Some("crash"),
        _ => None,
    }
}

fn of_code(code: &str) -> Option<&'static str> {
    let status = match code {
        "Invalid" => 422,
        "Unauthorized" => 401,
        "Forbidden" => 403,
        "NotFound" => 404,
        "Conflict" | "OutOfStock" => 409,
        "TooLarge" => 413,
        "Internal" => 500,
        _ => return None,
    };
    of_status(status)
}
