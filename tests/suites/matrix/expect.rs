//! What came through a door, and whether it is what a case expects.
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// Values by the `$name` that stands for them in cases.
pub(crate) type Bindings = BTreeMap<String, String>;

/// What came of a call, in one shape for all doors.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Outcome {
    Gives(Json),
    Fails(Failure),
    /// What a dry run found: `waits`, `result` and `effects`.
    Tried(Json),
    /// The id of a request that somebody has to agree to.
    Waits(String),
}

impl Outcome {
    /// What a dry run found, from whatever told it.
    pub(crate) fn tried(told: &Json) -> Self {
        let member = |name: &str| (name.to_owned(), told.get(name).cloned().unwrap_or(Json::Null));
        Self::Tried(Json::Object(["waits", "result", "effects"].map(member).into_iter().collect()))
    }

    /// A call that waits, from whatever told it.
    pub(crate) fn waits(told: &Json) -> Self {
        Self::Waits(told["approval"].as_str().unwrap_or_else(|| panic!("no request in {told}")).to_owned())
    }
}

/// An error, as far as every door tells it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Failure {
    /// Missing where a door has no place for it.
    pub(crate) status: Option<u64>,
    pub(crate) code: String,
    pub(crate) message: String,
    /// Pointer, code and message of each, by pointer.
    pub(crate) violations: Vec<[String; 3]>,
    pub(crate) data: Option<Json>,
}

impl Failure {
    /// From an object, under the names that its door uses for the message, the violations and their messages.
    pub(crate) fn read(object: &Json, message: &str, violations: &str, each: &str) -> Self {
        let text = |object: &Json, member: &str| match object.get(member) {
            Some(Json::String(text)) => text.clone(),
            other => panic!("`{member}` is {other:?} in {object}"),
        };
        let list = object.get(violations).and_then(Json::as_array).into_iter().flatten();
        let mut listed: Vec<[String; 3]> =
            list.map(|one| [text(one, "pointer"), text(one, "code"), text(one, each)]).collect();
        listed.sort();
        Self {
            status: object.get("status").and_then(Json::as_u64),
            code: text(object, "code"),
            message: text(object, message),
            violations: listed,
            data: object.get("data").cloned(),
        }
    }
}

/// An input with what its names stand for.
pub(crate) fn filled(input: &Json, bindings: &Bindings) -> Json {
    match input {
        Json::String(text) if text == "@large" => Json::String("a".repeat(2_000_000)),
        Json::String(text) if text == "@many" => {
            std::iter::repeat_n(json!({ "sku": "a".repeat(30_000), "qty": 1 }), 40).collect()
        }
        Json::String(text) => match text.strip_prefix('$') {
            Some(name) => {
                Json::String(bindings.get(name).unwrap_or_else(|| panic!("nothing is ${name}")).clone())
            }
            None => input.clone(),
        },
        Json::Array(items) => items.iter().map(|item| filled(item, bindings)).collect(),
        Json::Object(members) => {
            let filled = members.iter().map(|(name, value)| (name.clone(), filled(value, bindings)));
            Json::Object(filled.collect())
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => input.clone(),
    }
}

/// Whether a value is the expected one: `$name` is bound where it first stands, `@instant` is any point in time.
pub(crate) fn same(expected: &Json, got: &Json, bindings: &mut Bindings) -> bool {
    match (expected, got) {
        (Json::String(expected), Json::String(got)) if expected == "@instant" => is_instant(got),
        (Json::String(expected), Json::String(got)) if expected == "@uuid" => got.len() == 36,
        (Json::String(expected), Json::String(got)) => match expected.strip_prefix('$') {
            Some(name) => bindings.entry(name.to_owned()).or_insert_with(|| got.clone()) == got,
            None => expected == got,
        },
        (Json::Array(expected), Json::Array(got)) => {
            let pairs = expected.iter().zip(got);
            expected.len() == got.len() && pairs.fold(true, |all, (a, b)| same(a, b, bindings) && all)
        }
        (Json::Object(expected), Json::Object(got)) => {
            let holds =
                |(name, value): (&String, &Json)| got.get(name).is_some_and(|it| same(value, it, bindings));
            let mut held = expected.iter().map(holds);
            expected.len() == got.len() && held.all(|one| one)
        }
        (expected, got) => expected == got,
    }
}

/// `2026-01-31T12:00:00.000Z`
fn is_instant(text: &str) -> bool {
    let form = "0000-00-00T00:00:00.000Z";
    let fits = |(want, got): (u8, u8)| if want == b'0' { got.is_ascii_digit() } else { want == got };
    text.len() == form.len() && form.bytes().zip(text.bytes()).all(fits)
}

/// The first place where two lists part.
pub(crate) fn difference(expected: &[String], got: &[String]) -> String {
    let at =
        expected.iter().zip(got).position(|(a, b)| a != b).unwrap_or_else(|| expected.len().min(got.len()));
    let line = |list: &[String]| list.get(at).cloned().unwrap_or_else(|| "(nothing more)".to_owned());
    format!("  after {at} records\n  expected {}\n  got      {}", line(expected), line(got))
}
