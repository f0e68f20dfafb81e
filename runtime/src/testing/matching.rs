//! Answers against patterns, and answers of two doors against each other.
use rust_decimal::Decimal;
use serde_json::Value as Json;
use std::str::FromStr;
use uuid::Uuid;

/// What a value must be.
#[derive(Debug)]
pub(super) enum Wanted {
    Equal(Json),
    Members(Vec<(String, Wanted)>),
    Items(Vec<Wanted>),
}

impl Wanted {
    /// The first place that differs: its pointer, what was wanted, what is there.
    pub(super) fn differs(&self, got: &Json, at: &str) -> Option<(String, String, String)> {
        match (self, got) {
            (Self::Equal(wanted), got) if equal(wanted, got) => None,
            (Self::Members(members), Json::Object(object)) => members.iter().find_map(|(name, wanted)| {
                let at = format!("{at}/{name}");
                match object.get(name) {
                    Some(got) => wanted.differs(got, &at),
                    None => Some((at, wanted.shown(), "nothing".to_owned())),
                }
            }),
            (Self::Items(items), Json::Array(array)) if items.len() == array.len() => {
                let pairs = items.iter().zip(array).enumerate();
                pairs
                    .into_iter()
                    .find_map(|(index, (wanted, got))| wanted.differs(got, &format!("{at}/{index}")))
            }
            (wanted, got) => Some((at.to_owned(), wanted.shown(), got.to_string())),
        }
    }

    fn shown(&self) -> String {
        match self {
            Self::Equal(json) => json.to_string(),
            Self::Members(members) => {
                let members = members.iter().map(|(name, wanted)| format!("{name}: {}", wanted.shown()));
                format!("{{ {} }}", members.collect::<Vec<_>>().join(", "))
            }
            Self::Items(items) => {
                format!("[{}]", items.iter().map(Self::shown).collect::<Vec<_>>().join(", "))
            }
        }
    }
}

/// Equality of JSON in which numbers are equal by value, a decimal in a string being one.
fn equal(wanted: &Json, got: &Json) -> bool {
    match (wanted, got) {
        (Json::Number(_), _) | (_, Json::Number(_)) => match (decimal(wanted), decimal(got)) {
            (Some(a), Some(b)) => a == b,
            (_, _) => wanted == got,
        },
        (Json::String(a), Json::String(b)) => a == b || is_number(a) && decimal(wanted) == decimal(got),
        (Json::Array(a), Json::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(wanted, got)| equal(wanted, got))
        }
        (Json::Object(a), Json::Object(b)) => {
            let same = |(name, wanted): (&String, &Json)| b.get(name).is_some_and(|got| equal(wanted, got));
            a.len() == b.len() && a.iter().all(same)
        }
        (wanted, got) => wanted == got,
    }
}

fn is_number(text: &str) -> bool {
    text.contains('.') && Decimal::from_str(text).is_ok()
}

fn decimal(json: &Json) -> Option<Decimal> {
    if let Json::String(text) = json {
        return Decimal::from_str(text).ok();
    }
    let Json::Number(number) = json else { return None };
    let text = number.to_string();
    Decimal::from_str(&text).ok().or_else(|| Decimal::from_scientific(&text).ok())
}

/// Whether two doors gave the same: keys, moments and fresh secrets differ from run to run.
pub(super) fn alike(one: &Json, other: &Json) -> bool {
    match (one, other) {
        (Json::String(a), Json::String(b)) => a == b || fresh(a) && fresh(b),
        (Json::Array(a), Json::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| alike(a, b)),
        (Json::Object(a), Json::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(name, a)| b.get(name).is_some_and(|b| alike(a, b)))
        }
        (a, b) => a == b,
    }
}

/// Whether a text looks as if it were made anew each time: a UUID, an instant or a secret.
fn fresh(text: &str) -> bool {
    let secret = text.len() >= 32 && !text.contains(char::is_whitespace);
    secret || Uuid::try_parse(text).is_ok() || crate::kernel::time::parse_instant(text).is_some()
}
