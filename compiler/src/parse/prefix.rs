//! `since`, `deprecated` and `allow W…` before a declaration.
use quater_grammar::Rule;
use smol_str::SmolStr;

use super::build::{Build, Pair, child};
use super::clause::{maybe_text, number_inside};
use super::expected::{Place, stray};
use super::field::text_inside;
use crate::ast::{Docs, Prefix, PrefixKind};

/// A pair that stands before a declaration, documentation aside.
pub(super) fn prefix(build: &mut Build<'_>, pair: &Pair<'_>) -> Prefix {
    let at = build.at(pair);
    let kind = match pair.as_rule() {
        Rule::since => PrefixKind::Since(number_inside(build, pair)),
        Rule::silence => {
            let code = child(pair, Rule::warning).map(|code| build.name(&code));
            let code = code.unwrap_or_else(|| build.no_name(at, "a code"));
            PrefixKind::Silence { code, reason: text_inside(build, pair) }
        }
        Rule::deprecated => deprecated(build, pair),
        _ => {
            stray(build, pair, Place::Prefix);
            PrefixKind::Stray
        }
    };
    Prefix { kind, at }
}

fn deprecated(build: &mut Build<'_>, pair: &Pair<'_>) -> PrefixKind {
    let sunset = child(pair, Rule::sunset).and_then(|sunset| child(&sunset, Rule::date));
    let instead = child(pair, Rule::instead).and_then(|instead| child(&instead, Rule::name));
    PrefixKind::Deprecated {
        reason: maybe_text(build, pair),
        sunset: sunset.map(|date| SmolStr::new(date.as_str())),
        instead: instead.map(|name| build.name(&name)),
    }
}

/// Documentation that stands in several places before one declaration, as one.
pub(super) fn joined(before: Option<Docs>, docs: Docs) -> Docs {
    match before {
        None => docs,
        Some(before) => Docs { text: format!("{}\n{}", before.text, docs.text), at: before.at.to(docs.at) },
    }
}
