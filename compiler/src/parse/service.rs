//! `service` and its settings.
use quater_grammar::Rule;

use super::build::{Build, Pair, child, children, first};
use super::clause::{limit, number_inside, route_inside};
use super::declaration::junk;
use super::expected::{Place, stray};
use super::field::name_inside;
use super::literal::number;
use super::record::record_inside;
use super::route::route;
use super::text::text;
use crate::ast::{Record, Service, Setting, SettingKind, Text};

/// A `service` pair.
pub(super) fn service(build: &mut Build<'_>, pair: &Pair<'_>) -> Service {
    junk(build, pair);
    let name = name_inside(build, pair);
    let version = child(pair, Rule::number).map(|version| build.whole(&version));
    let mut settings = Vec::new();
    if let Some(body) = child(pair, Rule::service_body) {
        for line in body.into_inner() {
            settings.push(setting(build, &line));
        }
    }
    Service { name, version, settings }
}

fn setting(build: &mut Build<'_>, pair: &Pair<'_>) -> Setting {
    let at = build.at(pair);
    let kind = match first(pair) {
        Some(inner) => kind(build, &inner),
        None => {
            stray(build, pair, Place::Settings);
            SettingKind::Stray
        }
    };
    Setting { kind, at }
}

fn kind(build: &mut Build<'_>, pair: &Pair<'_>) -> SettingKind {
    match pair.as_rule() {
        Rule::base => SettingKind::Base(route_inside(build, pair)),
        Rule::hosts => SettingKind::Hosts(texts(build, pair)),
        Rule::cors => SettingKind::Cors(texts(build, pair)),
        Rule::proxies => SettingKind::Proxies(number_inside(build, pair)),
        Rule::limit => SettingKind::Limit(limit(build, pair)),
        Rule::manual => SettingKind::Docs(child(pair, Rule::route).map(|inner| route(build, &inner))),
        Rule::errors_as => {
            let at = build.at(pair);
            let record = record_inside(build, pair);
            SettingKind::Errors(record.unwrap_or(Record { entries: Vec::new(), at }))
        }
        Rule::unknown_members => SettingKind::UnknownMembersIgnore,
        Rule::decimals => SettingKind::DecimalsNumbers,
        _ => measure(build, pair),
    }
}

fn texts(build: &mut Build<'_>, pair: &Pair<'_>) -> Vec<Text> {
    children(pair, Rule::text).map(|inner| text(build, &inner)).collect()
}

fn measure(build: &mut Build<'_>, pair: &Pair<'_>) -> SettingKind {
    let amount = child(pair, Rule::number).map(|amount| number(build, &amount));
    let amount = amount.unwrap_or_else(|| super::expr::hole(build.at(pair)));
    match child(pair, Rule::measure_word).map_or("", |word| word.as_str()) {
        "body" => SettingKind::Body(amount),
        "upload" => SettingKind::Upload(amount),
        "patience" => SettingKind::Patience(amount),
        "headers" => SettingKind::Headers(amount),
        "connections" => SettingKind::Connections(amount),
        "requests" => SettingKind::Requests(amount),
        _ => SettingKind::Timeout(amount),
    }
}
