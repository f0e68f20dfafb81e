//! What has to be written anew in values that are stored: members of enums that have another name, and members of
//! records that are new and have a default.
use super::{Members, Part, Shape};
use crate::expr::Expr;
use smol_str::SmolStr;

/// What is written anew in a value.
#[derive(Debug, Clone, PartialEq)]
pub enum Rewrite {
    /// A text becomes another: each new one with the one before.
    Texts(Vec<(SmolStr, SmolStr)>),
    /// Each item of a list.
    Items(Box<Rewrite>),
    /// Keys and values of a map.
    Entries(Vec<(SmolStr, SmolStr)>, Option<Box<Rewrite>>),
    /// Some places of a tuple.
    Places(Vec<(usize, Rewrite)>),
    /// Some members of a record, and those that are added where they are not there.
    Members(Vec<(SmolStr, Rewrite)>, Vec<(SmolStr, Expr)>),
    /// Records of some kinds.
    Kinds(Vec<(SmolStr, Rewrite)>),
}

impl Rewrite {
    /// Whether texts become others.
    pub fn renames(&self) -> bool {
        match self {
            Self::Texts(_) => true,
            Self::Items(of) => of.renames(),
            Self::Entries(keys, values) => !keys.is_empty() || values.as_ref().is_some_and(|it| it.renames()),
            Self::Places(places) => places.iter().any(|(_, it)| it.renames()),
            Self::Members(parts, _) | Self::Kinds(parts) => parts.iter().any(|(_, it)| it.renames()),
        }
    }
}

/// What has to be written anew in values of one shape for them to be of another; none if nothing has to be. What is
/// made of itself stays as it is.
pub fn rewrite(was: &Shape, is: &Shape) -> Option<Rewrite> {
    part(&Part::whole(was), &Part::whole(is), &mut Vec::new())
}

type Open<'s> = Vec<&'s Shape>;

fn part<'s>(was: &Part<'s>, is: &Part<'s>, open: &mut Open<'s>) -> Option<Rewrite> {
    match (was.shape, is.shape) {
        (Shape::OneOf { members, .. }, Shape::OneOf { renamed, .. }) => {
            let texts = became(members, renamed);
            (!texts.is_empty()).then_some(Rewrite::Texts(texts))
        }
        // Null is no text and has no parts.
        (Shape::Optional(old), Shape::Optional(new)) => part(&was.inside(old), &is.inside(new), open),
        (_, Shape::Optional(new)) => part(was, &is.inside(new), open),
        (Shape::Optional(old), _) => part(&was.inside(old), is, open),
        (Shape::List(old, _), Shape::List(new, _)) => {
            Some(Rewrite::Items(Box::new(part(&was.inside(old), &is.inside(new), open)?)))
        }
        (Shape::Map(key, old, _), Shape::Map(other, new, _)) => {
            let keys = match part(&was.inside(key), &is.inside(other), open) {
                Some(Rewrite::Texts(texts)) => texts,
                Some(_) | None => Vec::new(),
            };
            let values = part(&was.inside(old), &is.inside(new), open).map(Box::new);
            (!keys.is_empty() || values.is_some()).then_some(Rewrite::Entries(keys, values))
        }
        (Shape::Tuple(old), Shape::Tuple(new)) if old.len() == new.len() => {
            let parts = old.iter().zip(new).enumerate();
            let places: Vec<(usize, Rewrite)> = parts
                .filter_map(|(at, (old, new))| Some((at, part(&was.inside(old), &is.inside(new), open)?)))
                .collect();
            (!places.is_empty()).then_some(Rewrite::Places(places))
        }
        (Shape::Record(old), Shape::Record(new)) => {
            entered(is, open, |open| members((was, old), (is, new), open))
        }
        (Shape::Union(old), Shape::Union(new)) => entered(is, open, |open| {
            let kinds = new.iter().filter_map(|(kind, new)| {
                Some((kind.clone(), members((was, old.get(kind)?), (is, new), open)?))
            });
            let kinds: Vec<(SmolStr, Rewrite)> = kinds.collect();
            (!kinds.is_empty()).then_some(Rewrite::Kinds(kinds))
        }),
        (_, _) => None,
    }
}

fn entered<'s>(
    is: &Part<'s>,
    open: &mut Open<'s>,
    inside: impl FnOnce(&mut Open<'s>) -> Option<Rewrite>,
) -> Option<Rewrite> {
    if open.iter().any(|it| std::ptr::eq(*it, is.shape)) {
        return None;
    }
    open.push(is.shape);
    let found = inside(open);
    open.pop();
    found
}

fn members<'s>(
    was: (&Part<'s>, &'s Members),
    is: (&Part<'s>, &'s Members),
    open: &mut Open<'s>,
) -> Option<Rewrite> {
    let (mut changed, mut added) = (Vec::new(), Vec::new());
    for (name, new) in is.1 {
        match (was.1.get(name), &new.fill) {
            (Some(old), _) => {
                let rewrite = part(&was.0.inside(&old.shape), &is.0.inside(&new.shape), open);
                changed.extend(rewrite.map(|it| (name.clone(), it)));
            }
            (None, Some(fill)) => added.push((name.clone(), fill.clone())),
            (None, None) => {}
        }
    }
    (!changed.is_empty() || !added.is_empty()).then_some(Rewrite::Members(changed, added))
}

/// Texts that rows may hold under the name before.
fn became(old: &[SmolStr], renamed: &[(SmolStr, SmolStr)]) -> Vec<(SmolStr, SmolStr)> {
    renamed.iter().filter(|(now, was)| !old.contains(now) && old.contains(was)).cloned().collect()
}

/// The way back: says in the shape before what each text became in the one after.
pub fn renamed_back(before: &mut Shape, after: &Shape) {
    match (before, after) {
        (Shape::OneOf { members, renamed }, Shape::OneOf { renamed: since, .. }) => {
            *renamed = became(members, since).into_iter().map(|(now, was)| (was, now)).collect();
        }
        (Shape::Optional(old), Shape::Optional(new)) | (Shape::List(old, _), Shape::List(new, _)) => {
            renamed_back(old, new);
        }
        (old, Shape::Optional(new)) => renamed_back(old, new),
        (Shape::Optional(old), new) => renamed_back(old, new),
        (Shape::Map(key, old, _), Shape::Map(other, new, _)) => {
            renamed_back(key, other);
            renamed_back(old, new);
        }
        (Shape::Tuple(old), Shape::Tuple(new)) => {
            old.iter_mut().zip(new).for_each(|(old, new)| renamed_back(old, new));
        }
        (Shape::Record(old), Shape::Record(new)) => all_back(old, new),
        (Shape::Union(old), Shape::Union(new)) => {
            for (kind, members) in old {
                if let Some(new) = new.get(kind) {
                    all_back(members, new);
                }
            }
        }
        (_, _) => {}
    }
}

fn all_back(before: &mut Members, after: &Members) {
    for (name, old) in before {
        if let Some(new) = after.get(name) {
            renamed_back(&mut old.shape, &new.shape);
        }
    }
}
