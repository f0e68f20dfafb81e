//! In what two shapes differ, and which of it values that are stored may not fit.
use super::{Members, Part, Shape};
use crate::types::{Bounds, EMAIL_LIMIT, TextRules, Type, URL_LIMIT};
use smol_str::SmolStr;
use std::collections::BTreeMap;
use std::fmt;

type Kinds = BTreeMap<SmolStr, Members>;

/// One part in which two shapes differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The way there: `lines[].price`; empty for the whole.
    pub at: String,
    /// What stands there now; none for what is not there any more.
    pub is: Option<String>,
    /// Whether every value of the shape before fits.
    pub fits: bool,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.is, self.at.as_str()) {
            (Some(is), "") => write!(f, "`{is}`"),
            (Some(is), at) => write!(f, "`{at}: {is}`"),
            (None, at) => write!(f, "no `{at}`"),
        }
    }
}

/// Everything in which one shape differs from the one before.
pub fn differences(was: &Shape, is: &Shape) -> Vec<Difference> {
    let mut all = Walk { seen: Vec::new(), found: Vec::new() };
    all.compare(&Part::whole(was), &Part::whole(is), "");
    all.found
}

struct Walk<'s> {
    /// Records and unions that were compared already.
    seen: Vec<(Part<'s>, Part<'s>)>,
    found: Vec<Difference>,
}

impl<'s> Walk<'s> {
    fn differ(&mut self, at: &str, is: &Shape, fits: bool) {
        self.found.push(Difference { at: at.to_owned(), is: Some(is.to_string()), fits });
    }

    fn gone(&mut self, at: String, fits: bool) {
        self.found.push(Difference { at, is: None, fits });
    }

    fn compare(&mut self, was: &Part<'s>, is: &Part<'s>, at: &str) {
        match (was.shape, is.shape) {
            (Shape::Plain(old), Shape::Plain(new)) => {
                if old != new {
                    self.differ(at, is.shape, plain_fits(old, new));
                }
            }
            (Shape::OneOf { members, .. }, Shape::OneOf { members: now, renamed }) => {
                let became = |old: &SmolStr| renamed.iter().any(|(_, before)| before == old);
                if members != now {
                    let fits = members.iter().all(|old| now.contains(old) || became(old));
                    self.differ(at, is.shape, fits);
                }
            }
            (Shape::Optional(old), Shape::Optional(new)) => {
                self.compare(&was.inside(old), &is.inside(new), at);
            }
            (Shape::Optional(_), Shape::Plain(Type::Json)) => self.differ(at, is.shape, true),
            (Shape::Optional(old), _) => {
                self.differ(at, is.shape, false);
                self.compare(&was.inside(old), is, at);
            }
            (_, Shape::Optional(new)) => {
                self.differ(at, is.shape, true);
                self.compare(was, &is.inside(new), at);
            }
            (Shape::List(old, few), Shape::List(new, many)) => {
                self.bounds((few, many), is.shape, at);
                self.compare(&was.inside(old), &is.inside(new), &format!("{at}[]"));
            }
            (Shape::Map(key, old, few), Shape::Map(other, new, many)) => {
                self.bounds((few, many), is.shape, at);
                self.compare(&was.inside(key), &is.inside(other), &format!("{at}{{key}}"));
                self.compare(&was.inside(old), &is.inside(new), &format!("{at}{{}}"));
            }
            (Shape::Tuple(old), Shape::Tuple(new)) if old.len() == new.len() => {
                for (place, (old, new)) in old.iter().zip(new).enumerate() {
                    self.compare(&was.inside(old), &is.inside(new), &format!("{at}[{place}]"));
                }
            }
            (Shape::Record(old), Shape::Record(new)) => {
                if self.fresh(was, is) {
                    self.members((was, old), (is, new), at);
                }
            }
            (Shape::Union(old), Shape::Union(new)) => {
                if self.fresh(was, is) {
                    self.kinds((was, old), (is, new), at);
                }
            }
            (old, new) => self.differ(at, new, fits_otherwise(old, new)),
        }
    }

    fn fresh(&mut self, was: &Part<'s>, is: &Part<'s>) -> bool {
        let known = self.seen.iter().any(|(old, new)| old.is(was) && new.is(is));
        self.seen.push((was.clone(), is.clone()));
        !known
    }

    fn bounds(&mut self, (few, many): (&Bounds<u32>, &Bounds<u32>), is: &Shape, at: &str) {
        if few != many {
            self.differ(at, is, many.cover(few));
        }
    }

    fn kinds(&mut self, was: (&Part<'s>, &'s Kinds), is: (&Part<'s>, &'s Kinds), at: &str) {
        for (kind, new) in is.1 {
            match was.1.get(kind) {
                Some(old) => self.members((was.0, old), (is.0, new), &inside(at, kind)),
                None => self.differ(&inside(at, kind), &Shape::Record(new.clone()), true),
            }
        }
        for kind in was.1.keys().filter(|kind| !is.1.contains_key(*kind)) {
            self.gone(inside(at, kind), false);
        }
    }

    fn members(&mut self, was: (&Part<'s>, &'s Members), is: (&Part<'s>, &'s Members), at: &str) {
        for (name, new) in is.1 {
            let place = inside(at, name);
            match was.1.get(name) {
                // Where something stood in, it may stand in no row.
                Some(old) if old.default && !new.may_be_absent() => self.differ(&place, &new.shape, false),
                Some(old) => self.compare(&was.0.inside(&old.shape), &is.0.inside(&new.shape), &place),
                None => self.differ(&place, &new.shape, new.may_be_absent()),
            }
        }
        for name in was.1.keys().filter(|name| !is.1.contains_key(*name)) {
            self.gone(inside(at, name), true);
        }
    }
}

fn inside(at: &str, name: &str) -> String {
    if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") }
}

/// Whether every value of one shape is one of another kind of shape.
fn fits_otherwise(was: &Shape, is: &Shape) -> bool {
    match (was, is) {
        (_, Shape::Plain(Type::Json)) => true,
        (Shape::OneOf { members, .. }, Shape::Plain(Type::Text(rules))) => {
            let length = |member: &SmolStr| u32::try_from(member.chars().count()).unwrap_or(u32::MAX);
            rules.pattern.is_none() && members.iter().all(|member| rules.length.allow(&length(member)))
        }
        (_, _) => false,
    }
}

/// Whether every value of one type is, as it is stored in JSON, one of another.
fn plain_fits(was: &Type, is: &Type) -> bool {
    match (was, is) {
        (_, Type::Json) => true,
        (Type::Int(old), Type::Int(new)) => new.cover(old),
        (Type::Int(_), Type::Float(new)) => *new == Bounds::ANY,
        (Type::Float(old), Type::Float(new)) => new.cover(old),
        (Type::Decimal { scale, bounds }, Type::Decimal { scale: more, bounds: new }) => {
            scale <= more && new.cover(bounds)
        }
        (Type::Bytes { max }, Type::Bytes { max: most }) => {
            most.is_none_or(|most| max.is_some_and(|max| max <= most))
        }
        (Type::Text(old), Type::Text(new)) => {
            (new.pattern.is_none() || new.pattern == old.pattern) && covers(new, &old.length)
        }
        (old, Type::Text(new)) => {
            let length = length(old);
            new.pattern.is_none() && length.is_some_and(|length| covers(new, &length))
        }
        (old, new) => old == new,
    }
}

fn covers(rules: &TextRules, length: &Bounds<u32>) -> bool {
    let min = rules.length.min.unwrap_or(0) <= length.min.unwrap_or(0);
    min && rules.length.max.is_none_or(|most| length.max.is_some_and(|its| its <= most))
}

/// How long what is no text is where it is written as one.
fn length(ty: &Type) -> Option<Bounds<u32>> {
    let (min, max) = match ty {
        Type::Uuid => (36, 36),
        Type::Date => (10, 10),
        Type::Instant => (20, 35),
        Type::Url => (1, URL_LIMIT),
        Type::Email => (3, EMAIL_LIMIT),
        Type::Bool
        | Type::Int(_)
        | Type::Float(_)
        | Type::Decimal { .. }
        | Type::Text(_)
        | Type::Bytes { .. }
        | Type::Duration
        | Type::Json
        | Type::Password
        | Type::Enum(_)
        | Type::Record(_)
        | Type::Ref(_)
        | Type::Row(_)
        | Type::List(..)
        | Type::Map(..)
        | Type::Tuple(_)
        | Type::Union(_)
        | Type::Page(_)
        | Type::Stream(_)
        | Type::Patch(_)
        | Type::File(_)
        | Type::Optional(_)
        | Type::Null => return None,
    };
    Some(Bounds { min: Some(min), max: Some(max) })
}
