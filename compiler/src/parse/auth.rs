//! `auth`
use quater_grammar::Rule;

use super::argument::arguments_inside;
use super::build::{Build, Pair, child, children, first};
use super::clause::maybe_text;
use super::declaration::{body, junk};
use super::expected::{Place, stray};
use super::field::{name_inside, text_inside};
use super::query::{cond_inside, path_inside};
use super::record::record_inside;
use super::statement::value_inside;
use crate::ast::{
    Auth, AuthItem, AuthItemKind, AuthLookup, Carrier, CarrierKind, Door, DoorKind, Proof, ProofKind, Text,
};
use crate::report::{Code, Report};

/// An `auth` pair.
pub(super) fn auth(build: &mut Build<'_>, pair: &Pair<'_>) -> Auth {
    junk(build, pair);
    let name = name_inside(build, pair);
    let doors = children(pair, Rule::door).map(|one| door(build, &one)).collect();
    let lines = body(build, pair, Rule::auth_body);
    Auth { name, doors, items: lines.into_iter().map(|line| item(build, &line)).collect() }
}

/// A `door` pair.
pub(super) fn door(build: &Build<'_>, pair: &Pair<'_>) -> Door {
    let kind = match pair.as_str() {
        "http" => DoorKind::Http,
        "mcp" => DoorKind::Mcp,
        "cli" => DoorKind::Cli,
        "socket" => DoorKind::Socket,
        "job" => DoorKind::Job,
        _ => DoorKind::Remote,
    };
    Door { kind, at: build.at(pair) }
}

fn item(build: &mut Build<'_>, pair: &Pair<'_>) -> AuthItem {
    let at = build.at(pair);
    let kind = match first(pair) {
        None => {
            stray(build, pair, Place::Auth);
            AuthItemKind::Stray
        }
        Some(inner) => match inner.as_rule() {
            Rule::auth_credential => credential(build, &inner),
            Rule::auth_actor => actor(build, &inner),
            Rule::auth_role => AuthItemKind::Role(value_inside(build, &inner)),
            _ => AuthItemKind::Tenant(value_inside(build, &inner)),
        },
    };
    AuthItem { kind, at }
}

fn credential(build: &mut Build<'_>, pair: &Pair<'_>) -> AuthItemKind {
    let at = build.at(pair);
    let Some(inner) = child(pair, Rule::carrier) else { return AuthItemKind::Stray };
    let carrier_at = build.at(&inner);
    let word = child(&inner, Rule::carrier_word).map_or("", |word| word.as_str()).to_owned();
    let text = maybe_text(build, &inner);
    let kind = carrier(build, &inner, &word, text);
    let proof = child(pair, Rule::proof).map(|one| proof(build, &one));
    if proof.is_none() {
        let report = Report::new(Code::E0104, at.after(), "how the credential is judged is missing here");
        build.report(report.help("end the line with `jwt(…)`, `opaque`, `password` or `oauth(…)`"));
    }
    AuthItemKind::Credential { carrier: Carrier { kind, at: carrier_at }, proof }
}

/// A carrier by its word and the text behind it.
pub(super) fn carrier(build: &mut Build<'_>, pair: &Pair<'_>, word: &str, text: Option<Text>) -> CarrierKind {
    match (word, text) {
        ("bearer", text) => CarrierKind::Bearer(text),
        ("header", Some(text)) => CarrierKind::Header(text),
        ("cookie", Some(text)) => CarrierKind::Cookie(text),
        ("header", None) => CarrierKind::Header(text_inside(build, pair)),
        ("cookie", None) => CarrierKind::Cookie(text_inside(build, pair)),
        _ => CarrierKind::Basic,
    }
}

fn proof(build: &mut Build<'_>, pair: &Pair<'_>) -> Proof {
    let kind = match child(pair, Rule::proof_word).map_or("", |word| word.as_str()) {
        "jwt" => ProofKind::Jwt,
        "opaque" => ProofKind::Opaque,
        "password" => ProofKind::Password,
        _ => ProofKind::Oauth,
    };
    Proof { kind, arguments: arguments_inside(build, pair).unwrap_or_default(), at: build.at(pair) }
}

fn actor(build: &mut Build<'_>, pair: &Pair<'_>) -> AuthItemKind {
    let condition = child(pair, Rule::where_clause);
    AuthItemKind::Actor(AuthLookup {
        path: path_inside(build, pair),
        condition: cond_inside(build, condition.as_ref().unwrap_or(pair)),
        otherwise: child(pair, Rule::auth_create).and_then(|create| record_inside(build, &create)),
    })
}
