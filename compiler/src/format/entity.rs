//! `entity`
use super::access::rule;
use super::declaration::function;
use super::doc::{Doc, Item, commas, maybe, row, text, words};
use super::expr::{free, quoted};
use super::field::field_item;
use super::name::path;
use crate::ast::{Entity, EntityItem, EntityItemKind, IndexColumns};

/// `entity User in shop as "users"`
pub(super) fn header(entity: &Entity) -> Doc {
    words([
        text(format!("entity {} in {}", entity.name.text, entity.resource.text)),
        maybe(entity.table.as_ref(), |table| text(format!("as {}", quoted(table)))),
    ])
}

/// The lines; the types of fields that follow each other start in one column.
pub(super) fn items(entity: &Entity) -> Vec<Item> {
    let mut items = Vec::with_capacity(entity.items.len());
    for run in entity.items.chunk_by(|a, b| is_field(a) && is_field(b)) {
        let width = run.iter().map(name_width).max().unwrap_or(0);
        items.extend(run.iter().map(|one| item(one, width)));
    }
    items
}

fn is_field(item: &EntityItem) -> bool {
    matches!(item.kind, EntityItemKind::Field(_))
}

/// The width of a field's name with its colon.
fn name_width(item: &EntityItem) -> usize {
    match &item.kind {
        EntityItemKind::Field(field) => field.name.text.chars().count() + 1,
        EntityItemKind::Computed { .. }
        | EntityItemKind::Tenant(_)
        | EntityItemKind::Unique { .. }
        | EntityItemKind::Index(_)
        | EntityItemKind::Search(_)
        | EntityItemKind::Rule(_)
        | EntityItemKind::Function(_)
        | EntityItemKind::Stray => 0,
    }
}

fn item(item: &EntityItem, width: usize) -> Item {
    let doc = match &item.kind {
        EntityItemKind::Field(field) => return field_item(field, width),
        EntityItemKind::Computed { name, value } => words([text(format!("{} =", name.text)), free(value)]),
        EntityItemKind::Tenant(column) => text(format!("tenant {}", column.text)),
        EntityItemKind::Unique { columns: together, otherwise } => words([
            text("unique"),
            columns(together),
            maybe(otherwise.as_ref(), |error| words([text("else"), free(error)])),
        ]),
        EntityItemKind::Index(indexes) => words([text("index"), commas(indexes.iter().map(columns))]),
        EntityItemKind::Search(paths) => words([text("search"), commas(paths.iter().map(path))]),
        EntityItemKind::Rule(inner) => rule(inner),
        EntityItemKind::Function(inner) => function(inner, item.at),
        EntityItemKind::Stray => text(""),
    };
    Item { at: item.at, doc }
}

fn columns(columns: &IndexColumns) -> Doc {
    let listed = columns
        .columns
        .iter()
        .map(|column| text(format!("{}{}", column.name.text, if column.descending { " desc" } else { "" })));
    row([text("("), commas(listed), text(")")])
}
