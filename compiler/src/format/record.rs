//! `{ a, b: x }`
use super::doc::{Doc, Item, Shape, group, row, text, words};
use super::expr::free;
use crate::ast::{EntryKind, Expr, Record};
use crate::report::Span;

/// A record.
pub(super) fn record(record: &Record) -> Doc {
    let items = record.entries.iter().map(|entry| {
        let doc = match &entry.kind {
            EntryKind::Pun(name) => text(name.text.as_str()),
            EntryKind::Value { name, value } => words([text(format!("{}:", name.text)), free(value)]),
            EntryKind::Computed { name, value } => words([text(format!("{} =", name.text)), free(value)]),
            EntryKind::Stray => text(""),
        };
        Item { at: entry.at, doc }
    });
    group(Shape::Curly, items.collect(), record.at)
}

/// A map by its entries.
pub(super) fn map(entries: &[(Expr, Expr)], at: Span) -> Doc {
    let items = entries.iter().map(|(key, value)| {
        let doc = words([row([free(key), text(":")]), free(value)]);
        Item { at: key.at.to(value.at), doc }
    });
    group(Shape::Curly, items.collect(), at)
}
