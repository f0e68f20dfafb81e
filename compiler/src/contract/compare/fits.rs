//! Whether every value of one type is a value of another, as it is sent.
use crate::contract::{Range, Scalar, Shape};
use quater_ir::types::{EMAIL_LIMIT, TextRules, URL_LIMIT};

use crate::contract::shape::Plain;

/// How the values of one type lie in another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    /// All of them are values of the other.
    Within,
    /// The other is of the same kind, and some values are not among its own.
    Beyond,
    /// The other is of another kind.
    Otherwise,
}

/// How the values of one scalar lie in another.
pub(super) fn scalar(narrow: &Scalar, wide: &Scalar) -> Fit {
    let covered = |covers: bool| if covers { Fit::Within } else { Fit::Beyond };
    match (narrow, wide) {
        (_, Scalar::Plain(Plain::Json)) => Fit::Within,
        (Scalar::Int(a), Scalar::Int(b)) => covered(b.cover(a)),
        (Scalar::Float(a), Scalar::Float(b)) => covered(b.cover(a)),
        (Scalar::Bytes(a), Scalar::Bytes(b)) => covered(b.cover(a)),
        (Scalar::Decimal(scale, a), Scalar::Decimal(wider, b)) => covered(scale <= wider && b.cover(a)),
        (Scalar::Text(a), Scalar::Text(b)) => {
            let same = b.pattern.is_none() || a.pattern == b.pattern;
            covered(same && b.length.min.unwrap_or(0) <= a.length.min.unwrap_or(0) && up_to(a, b))
        }
        (Scalar::Int(_), Scalar::Float(b)) if *b == Range::ANY => Fit::Within,
        (Scalar::Plain(a), Scalar::Plain(b)) if a == b => Fit::Within,
        (Scalar::Plain(a), Scalar::Text(b)) => match length(*a) {
            Some(length) if b.pattern.is_none() && b.length.cover(&length) => Fit::Within,
            Some(_) | None => Fit::Otherwise,
        },
        (_, _) => Fit::Otherwise,
    }
}

fn up_to(narrow: &TextRules, wide: &TextRules) -> bool {
    wide.length.max.is_none_or(|most| narrow.length.max.is_some_and(|its| its <= most))
}

/// How long a value is that is sent as text.
const fn length(plain: Plain) -> Option<Range<u32>> {
    let (min, max) = match plain {
        Plain::Uuid => (32, 36),
        Plain::Date => (10, 10),
        Plain::Instant => (20, 35),
        Plain::Url => (1, URL_LIMIT),
        Plain::Email => (3, EMAIL_LIMIT),
        Plain::Bool | Plain::Duration | Plain::Json | Plain::Password | Plain::Null => return None,
    };
    Some(Range { min: Some(min), max: Some(max) })
}

/// How the members of an enum lie in a type that is none.
pub(super) fn members<'a>(mut members: impl Iterator<Item = &'a str>, wide: &Shape) -> Fit {
    let Shape::Scalar(Scalar::Text(rules)) = wide else {
        return if *wide == Shape::Scalar(Scalar::Plain(Plain::Json)) { Fit::Within } else { Fit::Otherwise };
    };
    let length = |member: &str| u32::try_from(member.chars().count()).unwrap_or(u32::MAX);
    let fits = rules.pattern.is_none() && members.all(|member| rules.length.allow(&length(member)));
    if fits { Fit::Within } else { Fit::Beyond }
}
