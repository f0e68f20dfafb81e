//! `resource` and its typed calls.
use quater_grammar::Rule;
use smol_str::SmolStr;

use super::argument::arguments_inside;
use super::build::{Build, Pair, child};
use super::clause::method_inside;
use super::declaration::junk;
use super::expected::{CURSOR, Place, stray, word_of};
use super::field::{name_inside, parameters_inside};
use super::route::route;
use super::types::ty_or_missing;
use super::words::RESOURCES;
use crate::ast::{Method, Name, Resource, ResourceKind, UpstreamCall};
use crate::report::Span;

/// A `resource` pair.
pub(super) fn resource(build: &mut Build<'_>, pair: &Pair<'_>) -> Resource {
    junk(build, pair);
    offer_kinds(build, pair);
    let name = name_inside(build, pair);
    let (kind, kind_at) = kind(build, child(pair, Rule::resource_kind), name.at);
    let arguments = arguments_inside(build, pair);
    if arguments.is_none() && kind != ResourceKind::Unknown {
        build.missing(kind_at, "where it is reached, as in `(env.URL)`,");
    }
    let mut calls = Vec::new();
    if let Some(body) = child(pair, Rule::resource_body) {
        for line in body.into_inner() {
            calls.push(upstream(build, &line));
        }
    }
    Resource { name, kind, kind_at, arguments: arguments.unwrap_or_default(), calls }
}

/// Says which kinds there are where the cursor stands behind the `=`.
fn offer_kinds(build: &mut Build<'_>, pair: &Pair<'_>) {
    let behind = child(pair, Rule::junk).is_some_and(|junk| junk.as_str().starts_with(CURSOR));
    if behind && pair.as_str().split_once(CURSOR).is_some_and(|(before, _)| before.trim_end().ends_with('='))
    {
        build.said.offer(RESOURCES.iter().copied());
    }
}

fn kind(build: &mut Build<'_>, pair: Option<Pair<'_>>, behind: Span) -> (ResourceKind, Span) {
    let Some(pair) = pair else {
        build.missing(behind, "what it is, as in `= database(env.URL)`,");
        return (ResourceKind::Unknown, behind.after());
    };
    let at = build.at(&pair);
    let kind = match pair.as_str() {
        "database" => ResourceKind::Database,
        "files" => ResourceKind::Files,
        "queue" => ResourceKind::Queue,
        "http" => ResourceKind::Http,
        "mail" => ResourceKind::Mail,
        word => {
            word_of(build, at, word, "a kind of resource", RESOURCES);
            ResourceKind::Unknown
        }
    };
    (kind, at)
}

fn upstream(build: &mut Build<'_>, pair: &Pair<'_>) -> UpstreamCall {
    let at = build.at(pair);
    if pair.as_rule() == Rule::bad_line {
        stray(build, pair, Place::Upstream);
        let name = Name { text: SmolStr::default(), at };
        let (docs, parameters, method) = (None, Vec::new(), Method::Get);
        return UpstreamCall { docs, name, parameters, output: None, method, route: None, address: None, at };
    }
    let output = child(pair, Rule::output);
    UpstreamCall {
        docs: child(pair, Rule::docs).map(|docs| build.docs(&docs)),
        name: name_inside(build, pair),
        parameters: parameters_inside(build, pair),
        output: output.map(|output| ty_or_missing(build, child(&output, Rule::ty), at)),
        method: method_inside(pair),
        route: child(pair, Rule::route).map(|inner| route(build, &inner)),
        address: child(pair, Rule::address).map(|address| name_inside(build, &address)),
        at,
    }
}
