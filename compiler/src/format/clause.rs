//! Lines of operations, channels and jobs that are no steps.
use super::access::{access, grantee};
use super::doc::{Doc, Item, commas, maybe, nothing, text, word_if, words};
use super::expr::{Around, expr_doc, free, quoted, range};
use super::name::{columns, names, path, route};
use super::record::record;
use super::schedule::schedule;
use super::statement::block;
use super::types::ty;
use super::verb::filter;
use crate::ast::{
    Approval, Change, ChangeEvent, ChangeEventKind, Clause, ClauseKind, Effect, EffectKind, HttpDoor, Limit,
    LimitPer, LimitUnit, McpDoor, McpDoorKind, Method, Transport,
};

/// One line.
pub(super) fn clause(clause: &Clause) -> Item {
    let doc = match &clause.kind {
        ClauseKind::Http(door) => http(door),
        ClauseKind::Mcp(door) => mcp(door),
        ClauseKind::Cli(command) => text(format!("cli {}", quoted(command))),
        ClauseKind::Allow(who) => words([text("allow"), access(who)]),
        ClauseKind::Limit(inner) => limit(inner),
        ClauseKind::Idempotent => text("idempotent"),
        ClauseKind::Approve(inner) => approve(inner),
        ClauseKind::OnWaiting(verb) => words([text("on waiting"), free(verb)]),
        ClauseKind::Timeout(time) => words([text("timeout"), expr_doc(time, Around::CONDITION)]),
        ClauseKind::Cache(time) => words([text("cache"), expr_doc(time, Around::CONDITION)]),
        ClauseKind::Compress => text("compress"),
        ClauseKind::AuditOff(reason) => text(format!("audit off {}", quoted(reason))),
        ClauseKind::Effects(effects) if effects.is_empty() => text("effects none"),
        ClauseKind::Effects(effects) => words([text("effects"), commas(effects.iter().map(effect))]),
        ClauseKind::Fails(errors) => words([text("fails"), names(errors)]),
        ClauseKind::ImplRust { progress, log } => {
            words([text("impl rust"), word_if(*progress, "progress"), word_if(*log, "log")])
        }
        ClauseKind::Retry { count, backoff } => words([
            text(format!("retry {}", count.value)),
            maybe(backoff.as_ref(), |backoff| words([text("backoff"), range(backoff)])),
        ]),
        ClauseKind::Every(inner) => schedule(inner),
        ClauseKind::EachTenant => text("each tenant"),
        ClauseKind::AcrossTenants => text("across tenants"),
        ClauseKind::On(inner) => change(inner),
        ClauseKind::Receives { ty: message, body } => words([text("receives"), ty(message), block(body)]),
        ClauseKind::Stray => text(""),
    };
    Item { at: clause.at, doc }
}

/// A method as it is written.
pub(super) fn method(method: Method) -> &'static str {
    match method {
        Method::Get => "GET",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Patch => "PATCH",
        Method::Delete => "DELETE",
    }
}

fn http(door: &HttpDoor) -> Doc {
    let wrap =
        |wrapped: Option<&crate::ast::Record>| maybe(wrapped, |inner| words([text("as"), record(inner)]));
    let transports = door.via.iter().map(|transport| match transport {
        Transport::WebSocket => text("ws"),
        Transport::ServerSentEvents => text("sse"),
    });
    let via = if door.via.is_empty() { nothing() } else { words([text("via"), commas(transports)]) };
    words([
        text("http"),
        text(method(door.method)),
        route(&door.route),
        wrap(door.input_as.as_ref()),
        maybe(door.returns, |status| text(format!("returns {}", status.value))),
        wrap(door.output_as.as_ref()),
        via,
    ])
}

fn mcp(door: &McpDoor) -> Doc {
    let named = |name: &Option<crate::ast::Text>| maybe(name.as_ref(), |name| text(quoted(name)));
    match &door.kind {
        McpDoorKind::Tool { name, task } => words([text("mcp tool"), named(name), word_if(*task, "task")]),
        McpDoorKind::Resource(uri) => text(format!("mcp resource {}", quoted(uri))),
        McpDoorKind::Prompt { name } => words([text("mcp prompt"), named(name)]),
    }
}

/// `limit 5/min per ip`
pub(super) fn limit(limit: &Limit) -> Doc {
    let unit = match limit.unit {
        LimitUnit::Second => "sec",
        LimitUnit::Minute => "min",
        LimitUnit::Hour => "hour",
        LimitUnit::Day => "day",
    };
    let per = match limit.per {
        LimitPer::Actor => "actor",
        LimitPer::Ip => "ip",
        LimitPer::Tenant => "tenant",
    };
    text(format!("limit {}/{unit} per {per}", limit.count.value))
}

fn approve(approval: &Approval) -> Doc {
    words([
        text("approve by"),
        grantee(&approval.by),
        maybe(approval.condition.as_ref(), |value| words([text("when"), expr_doc(value, Around::CONDITION)])),
        maybe(approval.within.as_ref(), |value| words([text("within"), expr_doc(value, Around::CONDITION)])),
    ])
}

fn effect(effect: &Effect) -> Doc {
    let word = match effect.kind {
        EffectKind::Read => "read",
        EffectKind::Create => "create",
        EffectKind::Update => "update",
        EffectKind::Delete => "delete",
        EffectKind::Write => "write",
        EffectKind::Call => "call",
        EffectKind::Enqueue => "enqueue",
        EffectKind::Emit => "emit",
        EffectKind::Send => "send",
        EffectKind::Ask => "ask",
    };
    super::doc::row([text(word), text(" "), path(&effect.target), text(columns(&effect.columns))])
}

fn change(change: &Change) -> Doc {
    words([
        text(format!("on {}", change.entity.text)),
        commas(change.events.iter().map(event)),
        maybe(change.condition.as_ref(), |value| words([text("where"), expr_doc(value, Around::CLAUSE)])),
        filter(&change.filter),
    ])
}

fn event(event: &ChangeEvent) -> Doc {
    let word = match event.kind {
        ChangeEventKind::Created => "created",
        ChangeEventKind::Updated => "updated",
        ChangeEventKind::Deleted => "deleted",
    };
    text(format!("{word}{}", columns(&event.columns)))
}
