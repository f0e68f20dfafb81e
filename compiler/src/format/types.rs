//! Types.
use super::doc::{Doc, Item, Shape, group, maybe, row, text, words};
use super::expr::{arguments, range};
use super::field::field_item;
use crate::ast::{Type, TypeKind};

/// A type.
pub(super) fn ty(ty: &Type) -> Doc {
    match &ty.kind {
        TypeKind::Named { name, arguments: inside } => {
            row([text(name.text.as_str()), maybe(inside.as_ref(), |inside| arguments(inside, ty.at))])
        }
        TypeKind::List { element, bound } => {
            let bound = maybe(bound.as_ref(), |bound| row([text("("), range(bound), text(")")]));
            row([text("["), self::ty(element), text("]"), bound])
        }
        TypeKind::Optional(inner) => row([grouped(inner), text("?")]),
        TypeKind::Map { key, value, bound } => {
            let bound = maybe(bound.as_ref(), |bound| row([text("("), range(bound), text(")")]));
            row([text("{ "), self::ty(key), text(": "), self::ty(value), text(" }"), bound])
        }
        TypeKind::Tuple(members) => group(Shape::Round, members.iter().map(item).collect(), ty.at),
        TypeKind::Record(fields) => {
            let items = fields.iter().map(|one| field_item(one, 0)).collect();
            group(Shape::Curly, items, ty.at)
        }
        TypeKind::Union(members) => {
            let mut listed = Vec::new();
            for member in members {
                if !listed.is_empty() {
                    listed.push(text("|"));
                }
                listed.push(grouped(member));
            }
            words(listed)
        }
        TypeKind::Page(inner) => words([text("page"), grouped(inner)]),
        TypeKind::Stream(inner) => words([text("stream"), grouped(inner)]),
        TypeKind::Patch(inner) => words([text("patch"), grouped(inner)]),
        TypeKind::New(inner) => words([text("new"), grouped(inner)]),
        TypeKind::Hole => text(""),
    }
}

fn item(ty: &Type) -> Item {
    Item { at: ty.at, doc: self::ty(ty) }
}

/// A type behind or before a mark: a union stands in parentheses.
fn grouped(inner: &Type) -> Doc {
    let union = matches!(inner.kind, TypeKind::Union(_));
    if union { row([text("("), ty(inner), text(")")]) } else { ty(inner) }
}
