//! Whether values that are stored are of another shape.
use crate::facts::Facts;
use crate::stop::Stop;
use crate::value::Value;
use crate::wire::read::{self, Reader};
use crate::wire::refine::{self, Patterns};
use crate::wire::tree::Tree;
use quater_ir::storage::StoredKind;
use quater_ir::storage::shape::{Member, Members, Part, Shape};
use quater_ir::types::{Bounds, Type};
use std::borrow::Cow;

/// Says which member of a union a record is.
const KIND: &str = "kind";

/// Looks at the values of one column.
pub(crate) struct Fitting<'a> {
    facts: &'a Facts,
    patterns: Patterns,
    shape: &'a Shape,
    kind: StoredKind,
}

impl<'a> Fitting<'a> {
    /// What has to be of a shape, stored as some kind.
    pub(crate) fn new(facts: &'a Facts, shape: &'a Shape, kind: StoredKind) -> Self {
        let mut patterns = Patterns::default();
        add(shape, &mut patterns);
        Self { facts, patterns, shape, kind }
    }

    /// Whether a stored text is.
    pub(crate) fn fits(&self, text: &str) -> bool {
        let tree = match self.kind {
            StoredKind::Json => serde_json::from_str(text),
            StoredKind::Text
            | StoredKind::Bool
            | StoredKind::Int
            | StoredKind::Float
            | StoredKind::Decimal(_)
            | StoredKind::Bytes
            | StoredKind::Uuid
            | StoredKind::Date
            | StoredKind::Instant
            | StoredKind::Duration => Ok(Tree::Text(text.into())),
        };
        tree.is_ok_and(|tree| self.part(tree, &Part::whole(self.shape)))
    }

    fn part(&self, tree: Tree<'_>, part: &Part<'_>) -> bool {
        match (tree, part.shape) {
            (Tree::Null, Shape::Optional(_)) => true,
            (tree, Shape::Optional(of)) => self.part(tree, &part.inside(of)),
            (tree, Shape::Plain(ty)) => self.plain(tree, ty),
            (Tree::Text(text), Shape::OneOf { members, .. }) => members.iter().any(|it| *it == *text),
            (Tree::List(items), Shape::List(of, bounds)) => {
                let item = part.inside(of);
                holds(bounds, items.len()) && items.into_iter().all(|it| self.part(it, &item))
            }
            (Tree::Object(entries), Shape::Map(key, of, bounds)) => {
                let (key, of) = (part.inside(key), part.inside(of));
                let entry =
                    |(name, it): (Cow<'_, str>, Tree<'_>)| self.key(&name, &key) && self.part(it, &of);
                holds(bounds, entries.len()) && entries.into_iter().all(entry)
            }
            (Tree::List(items), Shape::Tuple(parts)) => {
                let same = items.len() == parts.len();
                same && items.into_iter().zip(parts).all(|(it, of)| self.part(it, &part.inside(of)))
            }
            (Tree::Object(given), Shape::Record(members)) => self.record(given, members, part),
            (Tree::Object(given), Shape::Union(kinds)) => {
                let kind = given.iter().find(|(name, _)| name == KIND).map(|(_, kind)| kind.clone());
                let Some(Tree::Text(kind)) = kind else { return false };
                kinds.get(kind.as_ref()).is_some_and(|members| self.record(given, members, part))
            }
            (_, _) => false,
        }
    }

    /// What a record says beside its members is passed over, as it is wherever what is stored is read.
    fn record(&self, mut given: Vec<(Cow<'_, str>, Tree<'_>)>, members: &Members, whole: &Part<'_>) -> bool {
        let mut fits = |(name, member): (&smol_str::SmolStr, &Member)| match given
            .iter()
            .position(|(its, _)| *its == **name)
        {
            Some(at) => self.part(given.swap_remove(at).1, &whole.inside(&member.shape)),
            None => member.may_be_absent(),
        };
        members.iter().all(&mut fits)
    }

    fn key(&self, name: &str, part: &Part<'_>) -> bool {
        match part.shape {
            Shape::Plain(ty @ Type::Int(_)) => {
                name.parse().is_ok_and(|number| self.is_of(Value::Int(number), ty))
            }
            Shape::Plain(ty) => read::from_text(name, ty).is_some_and(|key| self.is_of(key, ty)),
            Shape::OneOf { .. } => self.part(Tree::Text(name.into()), part),
            Shape::Optional(_)
            | Shape::List(..)
            | Shape::Map(..)
            | Shape::Tuple(_)
            | Shape::Record(_)
            | Shape::Union(_)
            | Shape::Again(_) => false,
        }
    }

    fn plain(&self, tree: Tree<'_>, ty: &Type) -> bool {
        let default = |_: &_| Err(Stop::Defect("a type without parts has no default"));
        let mut reader = Reader::new(&self.facts.program, &self.patterns, &default);
        reader.stored = true;
        let value = reader.value(tree, ty);
        reader.violations.is_empty() && self.is_of(value, ty)
    }

    /// Whether a value is one of a type as it is, without being made tidy.
    fn is_of(&self, value: Value, ty: &Type) -> bool {
        let text = if let Value::Text(text) = &value { Some(text.clone()) } else { None };
        match refine::check(value, ty, &self.facts.program, &self.patterns) {
            Ok(Value::Text(tidy)) => Some(tidy) == text,
            Ok(_) => true,
            Err(_) => false,
        }
    }
}

fn holds(bounds: &Bounds<u32>, count: usize) -> bool {
    bounds.allow(&u32::try_from(count).unwrap_or(u32::MAX))
}

/// A pattern that is none matches nothing.
fn add(shape: &Shape, patterns: &mut Patterns) {
    match shape {
        Shape::Plain(Type::Text(rules)) => {
            if let Some(pattern) = &rules.pattern {
                drop(patterns.add(pattern));
            }
        }
        Shape::Optional(of) | Shape::List(of, _) => add(of, patterns),
        Shape::Map(key, of, _) => {
            add(key, patterns);
            add(of, patterns);
        }
        Shape::Tuple(parts) => parts.iter().for_each(|part| add(part, patterns)),
        Shape::Record(members) => members.values().for_each(|member| add(&member.shape, patterns)),
        Shape::Union(kinds) => {
            kinds.values().flat_map(Members::values).for_each(|member| add(&member.shape, patterns));
        }
        Shape::Plain(_) | Shape::OneOf { .. } | Shape::Again(_) => {}
    }
}
