//! The lines of operations, channels and jobs that are not steps.
use quater_grammar::Rule;

use super::access::{access, grantee, when};
use super::build::{Build, Pair, child, children};
use super::expr::missing;
use super::field::{name_inside, text_inside};
use super::literal::range;
use super::query::{cond_inside, filter, path_inside};
use super::record::{only_expr, record_inside};
use super::route::route;
use super::statement::block_inside;
use super::types::ty_or_missing;
use crate::ast::{
    Approval, Change, ChangeEvent, ChangeEventKind, Clause, ClauseKind, Effect, EffectKind, Grantee,
    GranteeKind, HttpDoor, Limit, LimitPer, LimitUnit, McpDoor, McpDoorKind, Method, Record, Route, Text,
    Transport, Whole,
};

/// A `clause` pair.
pub(super) fn clause(build: &mut Build<'_>, pair: &Pair<'_>) -> Clause {
    let at = build.at(pair);
    let kind = pair.clone().into_inner().next().map_or(ClauseKind::Stray, |inner| kind(build, &inner));
    Clause { kind, at }
}

fn kind(build: &mut Build<'_>, pair: &Pair<'_>) -> ClauseKind {
    match pair.as_rule() {
        Rule::http => ClauseKind::Http(http(build, pair)),
        Rule::mcp => ClauseKind::Mcp(mcp(build, pair)),
        Rule::cli => ClauseKind::Cli(text_inside(build, pair)),
        Rule::operation_allow => ClauseKind::Allow(access(build, pair)),
        Rule::limit => ClauseKind::Limit(limit(build, pair)),
        Rule::idempotent => ClauseKind::Idempotent,
        Rule::approve => approve(build, pair),
        Rule::on_waiting => {
            let value = only_expr(build, pair);
            ClauseKind::OnWaiting(value.unwrap_or_else(|| missing(build, build.at(pair), "a verb")))
        }
        Rule::timeout => ClauseKind::Timeout(cond_inside(build, pair)),
        Rule::cache => ClauseKind::Cache(cond_inside(build, pair)),
        Rule::compress => ClauseKind::Compress,
        Rule::audit => ClauseKind::AuditOff(text_inside(build, pair)),
        Rule::effects => {
            ClauseKind::Effects(children(pair, Rule::effect).map(|one| effect(build, &one)).collect())
        }
        Rule::fails => ClauseKind::Fails(build.names_inside(pair)),
        Rule::impl_rust => {
            let (progress, log) = (child(pair, Rule::reports).is_some(), child(pair, Rule::logs).is_some());
            ClauseKind::ImplRust { progress, log }
        }
        Rule::retry => ClauseKind::Retry {
            count: number_inside(build, pair),
            backoff: child(pair, Rule::range).map(|backoff| range(build, &backoff)),
        },
        Rule::every => ClauseKind::Every(super::schedule::schedule(build, pair)),
        Rule::each_tenant => ClauseKind::EachTenant,
        Rule::across_tenants => ClauseKind::AcrossTenants,
        Rule::on_change => ClauseKind::On(change(build, pair)),
        _ => ClauseKind::Receives {
            ty: ty_or_missing(build, child(pair, Rule::ty), build.at(pair)),
            body: block_inside(build, pair),
        },
    }
}

/// The whole number inside a pair that the grammar gives one.
pub(super) fn number_inside(build: &mut Build<'_>, pair: &Pair<'_>) -> Whole {
    let at = build.at(pair);
    child(pair, Rule::number).map_or(Whole { value: 0, at }, |number| build.whole(&number))
}

/// The route inside a pair that the grammar gives one.
pub(super) fn route_inside(build: &mut Build<'_>, pair: &Pair<'_>) -> Route {
    let at = build.at(pair);
    match child(pair, Rule::route) {
        Some(inner) => route(build, &inner),
        None => {
            build.missing(at, "a path, as in `/orders`,");
            Route { segments: Vec::new(), at: at.after() }
        }
    }
}

/// The method inside a pair that the grammar gives one.
pub(super) fn method_inside(pair: &Pair<'_>) -> Method {
    match child(pair, Rule::method).map_or("", |word| word.as_str()) {
        "POST" => Method::Post,
        "PUT" => Method::Put,
        "PATCH" => Method::Patch,
        "DELETE" => Method::Delete,
        _ => Method::Get,
    }
}

fn http(build: &mut Build<'_>, pair: &Pair<'_>) -> HttpDoor {
    let returns = child(pair, Rule::returns);
    let returns_at = returns.as_ref().map(|returns| returns.as_span().start());
    let (mut input_as, mut output_as): (Option<Record>, Option<Record>) = (None, None);
    for wrap in children(pair, Rule::wrap) {
        let behind = returns_at.is_some_and(|at| wrap.as_span().start() > at);
        let record = record_inside(build, &wrap);
        if behind { output_as = record } else { input_as = record }
    }
    HttpDoor {
        method: method_inside(pair),
        route: route_inside(build, pair),
        input_as,
        returns: returns.map(|returns| number_inside(build, &returns)),
        output_as,
        via: child(pair, Rule::transports).map(|via| transports(&via)).unwrap_or_default(),
    }
}

fn transports(pair: &Pair<'_>) -> Vec<Transport> {
    let words = children(pair, Rule::transport);
    words
        .map(|word| if word.as_str() == "ws" { Transport::WebSocket } else { Transport::ServerSentEvents })
        .collect()
}

fn mcp(build: &mut Build<'_>, pair: &Pair<'_>) -> McpDoor {
    let at = build.at(pair);
    let kind = match pair.clone().into_inner().next() {
        Some(inner) if inner.as_rule() == Rule::mcp_resource => {
            McpDoorKind::Resource(text_inside(build, &inner))
        }
        Some(inner) if inner.as_rule() == Rule::mcp_prompt => {
            McpDoorKind::Prompt { name: maybe_text(build, &inner) }
        }
        Some(inner) => {
            McpDoorKind::Tool { name: maybe_text(build, &inner), task: child(&inner, Rule::task).is_some() }
        }
        None => McpDoorKind::Tool { name: None, task: false },
    };
    McpDoor { kind, at }
}

/// The text inside a pair, where there is one.
pub(super) fn maybe_text(build: &mut Build<'_>, pair: &Pair<'_>) -> Option<Text> {
    child(pair, Rule::text).map(|inner| super::text::text(build, &inner))
}

/// A `limit` pair.
pub(super) fn limit(build: &mut Build<'_>, pair: &Pair<'_>) -> Limit {
    let at = build.at(pair);
    let unit = child(pair, Rule::per_unit).and_then(|per| child(&per, Rule::rate_unit));
    Limit {
        count: number_inside(build, pair),
        unit: match unit.map_or("", |word| word.as_str()) {
            "sec" => LimitUnit::Second,
            "hour" => LimitUnit::Hour,
            "day" => LimitUnit::Day,
            _ => LimitUnit::Minute,
        },
        per: match child(pair, Rule::limit_per).map_or("", |word| word.as_str()) {
            "ip" => LimitPer::Ip,
            "tenant" => LimitPer::Tenant,
            _ => LimitPer::Actor,
        },
        at,
    }
}

fn approve(build: &mut Build<'_>, pair: &Pair<'_>) -> ClauseKind {
    let at = build.at(pair);
    let by = child(pair, Rule::grantee).map(|by| grantee(build, &by));
    ClauseKind::Approve(Approval {
        by: by.unwrap_or(Grantee { kind: GranteeKind::Roles(Vec::new()), at }),
        condition: when(build, pair),
        within: child(pair, Rule::cond).map(|within| super::expr::expr(build, &within)),
    })
}

fn effect(build: &mut Build<'_>, pair: &Pair<'_>) -> Effect {
    let kind = match child(pair, Rule::effect_word).map_or("", |word| word.as_str()) {
        "read" => EffectKind::Read,
        "create" => EffectKind::Create,
        "update" => EffectKind::Update,
        "delete" => EffectKind::Delete,
        "write" => EffectKind::Write,
        "call" => EffectKind::Call,
        "enqueue" => EffectKind::Enqueue,
        "emit" => EffectKind::Emit,
        "ask" => EffectKind::Ask,
        _ => EffectKind::Send,
    };
    Effect { kind, target: path_inside(build, pair), columns: build.names_inside(pair), at: build.at(pair) }
}

fn change(build: &mut Build<'_>, pair: &Pair<'_>) -> Change {
    let condition = child(pair, Rule::where_clause).map(|condition| cond_inside(build, &condition));
    let filter = child(pair, Rule::filter).map(|fields| filter(build, &fields)).unwrap_or_default();
    let events = children(pair, Rule::change).map(|event| change_event(build, &event)).collect();
    Change { entity: name_inside(build, pair), events, condition, filter }
}

fn change_event(build: &Build<'_>, pair: &Pair<'_>) -> ChangeEvent {
    let kind = match child(pair, Rule::change_word).map_or("", |word| word.as_str()) {
        "created" => ChangeEventKind::Created,
        "updated" => ChangeEventKind::Updated,
        _ => ChangeEventKind::Deleted,
    };
    ChangeEvent { kind, columns: build.names_inside(pair), at: build.at(pair) }
}
