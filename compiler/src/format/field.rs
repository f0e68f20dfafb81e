//! Fields and parameters.
use super::doc::{Doc, Item, Shape, group, maybe, nothing, text, words};
use super::expr::{Around, expr_doc, free, quoted};
use super::prefix::docs_lines;
use super::types::ty;
use super::verb::sort_keys;
use crate::ast::{Field, Modifier, ModifierKind, OnDelete, ParameterSource};
use crate::report::Span;

/// A field; its type starts behind a name of `width` letters at least.
pub(super) fn field(field: &Field, width: usize) -> Doc {
    let name = format!("{:width$}", format!("{}:", field.name.text));
    let modifiers = field.modifiers.iter().map(modifier);
    let line = words([text(name), ty(&field.ty)].into_iter().chain(modifiers));
    docs_lines(field.docs.as_ref(), line)
}

/// A field as an item, with its documentation.
pub(super) fn field_item(one: &Field, width: usize) -> Item {
    let at = one.docs.as_ref().map_or(one.at, |docs| docs.at.to(one.at));
    Item { at, doc: field(one, width) }
}

fn modifier(modifier: &Modifier) -> Doc {
    match &modifier.kind {
        ModifierKind::Key => text("key"),
        ModifierKind::Unique(otherwise) => {
            words([text("unique"), maybe(otherwise.as_ref(), |error| words([text("else"), free(error)]))])
        }
        ModifierKind::Secret => text("secret"),
        ModifierKind::Default(value) => words([text("="), expr_doc(value, Around::DEFAULT)]),
        ModifierKind::DefaultOnUpdate(value) => {
            words([text("="), expr_doc(value, Around::DEFAULT), text("on update")])
        }
        ModifierKind::Was(name) => text(format!("was {}", name.text)),
        ModifierKind::Backfill(value) => words([text("was"), expr_doc(value, Around::DEFAULT)]),
        ModifierKind::OnDelete(what) => text(format!("on delete {}", on_delete(*what))),
        ModifierKind::By { field, sort } => {
            let sort = if sort.is_empty() { nothing() } else { words([text("sort"), sort_keys(sort)]) };
            words([text(format!("by {}", field.text)), sort])
        }
        ModifierKind::In(name) => text(format!("in {}", name.text)),
        ModifierKind::Column(column) => text(format!("as {}", quoted(column))),
        ModifierKind::Lock => text("lock"),
        ModifierKind::From(ParameterSource::Body) => text("from body"),
        ModifierKind::From(ParameterSource::Header(header)) => {
            text(format!("from header {}", quoted(header)))
        }
        ModifierKind::From(ParameterSource::Cookie(cookie)) => {
            text(format!("from cookie {}", quoted(cookie)))
        }
    }
}

fn on_delete(what: OnDelete) -> &'static str {
    match what {
        OnDelete::Cascade => "cascade",
        OnDelete::Restrict => "restrict",
        OnDelete::Null => "null",
    }
}

/// Parameters in parentheses.
pub(super) fn parameters(parameters: &[Field], behind: Span) -> Doc {
    let at = parameters.iter().map(|one| one.at).reduce(Span::to).unwrap_or(behind);
    let items = parameters.iter().map(|one| field_item(one, 0)).collect();
    group(Shape::Round, items, at)
}
