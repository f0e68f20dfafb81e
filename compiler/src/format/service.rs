//! `service`, `use`, `env`, `static`, `resource`, `auth`.
use super::clause::{limit, method};
use super::doc::{Doc, Item, commas, maybe, nothing, row, text, word_if, words};
use super::expr::{Around, arguments, expr_doc, free, quoted};
use super::field::parameters;
use super::name::{names, path, route};
use super::prefix::docs_lines;
use super::record::record;
use super::types::ty;
use crate::ast::{
    Assets, Auth, AuthItem, AuthItemKind, AuthLookup, CarrierKind, DoorKind, Import, Proof, ProofKind,
    Resource, ResourceKind, Setting, SettingKind, Text, UpstreamCall,
};

/// One setting.
pub(super) fn setting(setting: &Setting) -> Item {
    let doc = match &setting.kind {
        SettingKind::Base(base) => words([text("base"), route(base)]),
        SettingKind::Hosts(hosts) => words([text("hosts"), texts(hosts)]),
        SettingKind::Cors(origins) => words([text("cors"), texts(origins)]),
        SettingKind::Proxies(count) => text(format!("proxies {}", count.value)),
        SettingKind::Limit(inner) => limit(inner),
        SettingKind::Docs(at) => words([text("docs"), at.as_ref().map_or_else(|| text("off"), route)]),
        SettingKind::Errors(envelope) => words([text("errors as"), record(envelope)]),
        SettingKind::UnknownMembersIgnore => text("unknown members ignore"),
        SettingKind::DecimalsNumbers => text("decimals numbers"),
        SettingKind::Body(size) => words([text("body"), free(size)]),
        SettingKind::Upload(size) => words([text("upload"), free(size)]),
        SettingKind::Timeout(time) => words([text("timeout"), free(time)]),
        SettingKind::Patience(time) => words([text("patience"), free(time)]),
        SettingKind::Headers(size) => words([text("headers"), free(size)]),
        SettingKind::Connections(count) => words([text("connections"), free(count)]),
        SettingKind::Requests(count) => words([text("requests"), free(count)]),
        SettingKind::Stray => text(""),
    };
    Item { at: setting.at, doc }
}

fn texts(texts: &[Text]) -> Doc {
    commas(texts.iter().map(|one| text(quoted(one))))
}

/// `use A, B from "./x.qtr"`
pub(super) fn import(import: &Import) -> Doc {
    words([text("use"), names(&import.names), text(format!("from {}", quoted(&import.from)))])
}

/// `static /assets from "./public" cache 1h`
pub(super) fn assets(assets: &Assets) -> Doc {
    words([
        text("static"),
        route(&assets.route),
        text(format!("from {}", quoted(&assets.folder))),
        maybe(assets.cache.as_ref(), |time| words([text("cache"), expr_doc(time, Around::CONDITION)])),
        word_if(assets.spa.is_some(), "spa"),
        word_if(assets.precompressed.is_some(), "precompressed"),
    ])
}

/// `resource shop = database(env.URL)`, without its calls.
pub(super) fn resource(resource: &Resource) -> Doc {
    let kind = match resource.kind {
        ResourceKind::Database => "database",
        ResourceKind::Files => "files",
        ResourceKind::Queue => "queue",
        ResourceKind::Http => "http",
        ResourceKind::Mail => "mail",
        ResourceKind::Unknown => "",
    };
    let head = text(format!("resource {} = {kind}", resource.name.text));
    let at = resource.arguments.iter().map(|one| one.at).reduce(crate::report::Span::to);
    row([head, arguments(&resource.arguments, at.unwrap_or(resource.kind_at))])
}

/// `charge(order: uuid) -> { ref: text } = POST /charges`
pub(super) fn upstream(call: &UpstreamCall) -> Item {
    let at = call.docs.as_ref().map_or(call.at, |docs| docs.at.to(call.at));
    let address = maybe(call.address.as_ref(), |address| text(format!("{{{}}}", address.text)));
    let line = words([
        row([text(call.name.text.as_str()), parameters(&call.parameters, call.name.at)]),
        maybe(call.output.as_ref(), |output| words([text("->"), ty(output)])),
        text("="),
        text(method(call.method)),
        maybe(call.route.as_ref(), route),
        address,
    ]);
    Item { at, doc: docs_lines(call.docs.as_ref(), line) }
}

/// `login on http, mcp`
pub(super) fn auth_header(auth: &Auth) -> Doc {
    let doors = commas(auth.doors.iter().map(|one| text(door(one.kind))));
    let on = if auth.doors.is_empty() { nothing() } else { words([text("on"), doors]) };
    words([text("auth"), text(auth.name.text.as_str()), on])
}

/// A way in as it is written.
pub(super) fn door(kind: DoorKind) -> &'static str {
    match kind {
        DoorKind::Http => "http",
        DoorKind::Mcp => "mcp",
        DoorKind::Cli => "cli",
        DoorKind::Socket => "socket",
        DoorKind::Job => "job",
        DoorKind::Remote => "remote",
    }
}

/// One line of an `auth`.
pub(super) fn auth_item(item: &AuthItem) -> Item {
    let doc = match &item.kind {
        AuthItemKind::Credential { carrier: inner, proof: judged } => {
            words([carrier(&inner.kind), maybe(judged.as_ref(), proof)])
        }
        AuthItemKind::Actor(lookup) => actor(lookup),
        AuthItemKind::Role(value) => words([text("role"), free(value)]),
        AuthItemKind::Tenant(value) => words([text("tenant"), free(value)]),
        AuthItemKind::Stray => text(""),
    };
    Item { at: item.at, doc }
}

/// How a credential comes in.
pub(super) fn carrier(carrier: &CarrierKind) -> Doc {
    match carrier {
        CarrierKind::Bearer(scheme) => {
            words([text("bearer"), maybe(scheme.as_ref(), |scheme| text(quoted(scheme)))])
        }
        CarrierKind::Header(name) => text(format!("header {}", quoted(name))),
        CarrierKind::Cookie(name) => text(format!("cookie {}", quoted(name))),
        CarrierKind::Basic => text("basic"),
    }
}

fn proof(proof: &Proof) -> Doc {
    let word = match proof.kind {
        ProofKind::Jwt => "jwt",
        ProofKind::Opaque => "opaque",
        ProofKind::Password => "password",
        ProofKind::Oauth => "oauth",
    };
    let inside = if proof.arguments.is_empty() { nothing() } else { arguments(&proof.arguments, proof.at) };
    row([text(word), inside])
}

fn actor(lookup: &AuthLookup) -> Doc {
    words([
        text("actor"),
        path(&lookup.path),
        text("where"),
        expr_doc(&lookup.condition, Around::CLAUSE),
        maybe(lookup.otherwise.as_ref(), |fields| words([text("else create"), record(fields)])),
    ])
}
