//! `{ … }` as a value: a record, a map, or a map made from a list.
use quater_grammar::Rule;

use super::build::{Build, Pair, child, children};
use super::expected::{Place, stray};
use super::expr::{expr, missing, postfixed, reference};
use super::text::text;
use crate::ast::{Entry, EntryKind, Expr, ExprKind, Record};
use crate::report::{Code, Report};

/// A `braces` pair where any of the three may stand.
pub(super) fn braces(build: &mut Build<'_>, pair: &Pair<'_>) -> ExprKind {
    let entries: Vec<Pair<'_>> = pair.clone().into_inner().collect();
    if let [only] = entries.as_slice()
        && let Some(made) = child(only, Rule::map_for)
    {
        return map_for(build, only, &made);
    }
    if entries.first().is_some_and(|entry| child(entry, Rule::map_key).is_some()) {
        return map(build, entries);
    }
    ExprKind::Record(record(build, pair))
}

/// A `braces` pair where only a record may stand.
pub(super) fn record(build: &mut Build<'_>, pair: &Pair<'_>) -> Record {
    let at = build.at(pair);
    let entries = pair.clone().into_inner().map(|one| entry(build, &one)).collect();
    Record { entries, at }
}

/// The record inside a pair that may have one.
pub(super) fn record_inside(build: &mut Build<'_>, pair: &Pair<'_>) -> Option<Record> {
    let inner = child(pair, Rule::braces)?;
    Some(record(build, &inner))
}

fn entry(build: &mut Build<'_>, pair: &Pair<'_>) -> Entry {
    let at = build.at(pair);
    if pair.as_rule() == Rule::bad_member {
        stray(build, pair, Place::Record);
        return Entry { kind: EntryKind::Stray, at };
    }
    let Some(name) = child(pair, Rule::entry_name) else {
        build.report(Report::new(Code::E0101, at, "a member of a record starts with its name"));
        return Entry { kind: EntryKind::Stray, at };
    };
    if let Some(made) = child(pair, Rule::map_for) {
        let message = "`for` makes a map, and then nothing else stands between the braces";
        build.report(Report::new(Code::E0101, build.at(&made), message));
    }
    let name = build.name(&name);
    let colon = child(pair, Rule::colon);
    let sign = colon.clone().or_else(|| child(pair, Rule::equals));
    let kind = match sign {
        None => EntryKind::Pun(name),
        Some(sign) => {
            let value = value(build, pair, &sign);
            if colon.is_some() {
                EntryKind::Value { name, value }
            } else {
                EntryKind::Computed { name, value }
            }
        }
    };
    Entry { kind, at }
}

fn value(build: &mut Build<'_>, pair: &Pair<'_>, sign: &Pair<'_>) -> Expr {
    match child(pair, Rule::expr) {
        Some(value) => expr(build, &value),
        None => missing(build, build.at(sign), "a value"),
    }
}

fn map_for(build: &mut Build<'_>, pair: &Pair<'_>, made: &Pair<'_>) -> ExprKind {
    let key = key(build, pair);
    let value = match child(pair, Rule::expr) {
        Some(value) => expr(build, &value),
        None => missing(build, key.at, "a value"),
    };
    let at = build.at(made);
    let element = child(made, Rule::name).map(|name| build.name(&name));
    let element = element.unwrap_or_else(|| build.no_name(at, "a name"));
    let list = match child(made, Rule::expr) {
        Some(list) => expr(build, &list),
        None => missing(build, at, "a list"),
    };
    ExprKind::MapFor { key: Box::new(key), value: Box::new(value), element, list: Box::new(list) }
}

fn map(build: &mut Build<'_>, entries: Vec<Pair<'_>>) -> ExprKind {
    let mut pairs = Vec::with_capacity(entries.len());
    for entry in entries {
        if entry.as_rule() == Rule::bad_member {
            stray(build, &entry, Place::Record);
            continue;
        }
        let key = key(build, &entry);
        let value = match child(&entry, Rule::expr) {
            Some(value) => expr(build, &value),
            None => missing(build, key.at, "a value"),
        };
        pairs.push((key, value));
    }
    ExprKind::Map(pairs)
}

fn key(build: &mut Build<'_>, pair: &Pair<'_>) -> Expr {
    let at = build.at(pair);
    if let Some(name) = child(pair, Rule::entry_name) {
        return Expr { kind: ExprKind::Name(build.name(&name)), at: build.at(&name) };
    }
    let Some(key) = child(pair, Rule::map_key) else { return missing(build, at, "a key") };
    let mut inner = key.into_inner();
    match inner.next() {
        Some(word) if word.as_rule() == Rule::text => {
            let value = text(build, &word);
            Expr { at: value.at, kind: ExprKind::Text(value) }
        }
        Some(word) => {
            let base = reference(build, &word);
            postfixed(build, base, inner)
        }
        None => missing(build, at, "a key"),
    }
}

/// The `expr` pairs of a pair, and nothing else of it.
pub(super) fn only_expr(build: &mut Build<'_>, pair: &Pair<'_>) -> Option<Expr> {
    let inner = children(pair, Rule::expr).next()?;
    Some(expr(build, &inner))
}
