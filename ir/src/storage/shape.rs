//! What the values of a column are like, where the database itself does not hold it: what JSON is made of, what a
//! text has to match. It names no declaration, so that it can be read when those are gone.
mod difference;
mod rewrite;
mod text;

pub use difference::{Difference, differences};
pub use rewrite::{Rewrite, renamed_back, rewrite};

use crate::expr::Expr;
use crate::types::{Bounds, Type};
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use std::collections::BTreeMap;

/// Values of a column, or of a part of one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Shape {
    /// A value without parts, of a type that names no declaration.
    Plain(Type),
    /// One of these texts.
    OneOf {
        /// The texts, sorted.
        members: Vec<SmolStr>,
        /// Those that had another name: the name they have, and the one before.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        renamed: Vec<(SmolStr, SmolStr)>,
    },
    /// What is inside, or null.
    Optional(Box<Shape>),
    /// A list.
    List(Box<Shape>, Bounds<u32>),
    /// Values by key.
    Map(Box<Shape>, Box<Shape>, Bounds<u32>),
    /// A fixed row of values.
    Tuple(Vec<Shape>),
    /// Members by their names.
    Record(BTreeMap<SmolStr, Member>),
    /// Records by their kinds.
    Union(BTreeMap<SmolStr, BTreeMap<SmolStr, Member>>),
    /// The record or union that this one stands in, so many outwards: 0 is the nearest.
    Again(u32),
}

/// The members of a record.
pub type Members = BTreeMap<SmolStr, Member>;

/// One member of a record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Member {
    /// What it is.
    pub shape: Shape,
    /// Whether one value stands in wherever it is not there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub default: bool,
    /// That value; it is not written down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fill: Option<Expr>,
}

impl Member {
    /// Whether a record without it is one.
    pub const fn may_be_absent(&self) -> bool {
        self.default || matches!(self.shape, Shape::Optional(_) | Shape::Plain(Type::Null))
    }
}

impl Shape {
    /// Leaves out what stands in for values, and what was renamed if that is not to stay.
    pub(super) fn strip(&mut self, keep_renamed: bool) {
        match self {
            Self::OneOf { renamed, .. } if !keep_renamed => renamed.clear(),
            Self::Optional(of) | Self::List(of, _) => of.strip(keep_renamed),
            Self::Map(key, of, _) => {
                key.strip(keep_renamed);
                of.strip(keep_renamed);
            }
            Self::Tuple(parts) => parts.iter_mut().for_each(|part| part.strip(keep_renamed)),
            Self::Record(members) => strip_all(members, keep_renamed),
            Self::Union(kinds) => kinds.values_mut().for_each(|members| strip_all(members, keep_renamed)),
            Self::Plain(_) | Self::OneOf { .. } | Self::Again(_) => {}
        }
    }
}

fn strip_all(members: &mut Members, keep_renamed: bool) {
    for member in members.values_mut() {
        member.fill = None;
        member.shape.strip(keep_renamed);
    }
}

/// A part of a shape, with what it stands in; never [`Shape::Again`].
#[derive(Debug, Clone)]
pub struct Part<'s> {
    /// The part.
    pub shape: &'s Shape,
    outer: Vec<&'s Shape>,
}

impl<'s> Part<'s> {
    /// A whole shape.
    pub const fn whole(shape: &'s Shape) -> Self {
        Self { shape, outer: Vec::new() }
    }

    /// A part of this one.
    #[must_use]
    pub fn inside(&self, part: &'s Shape) -> Self {
        let mut outer = self.outer.clone();
        if matches!(self.shape, Shape::Record(_) | Shape::Union(_)) {
            outer.push(self.shape);
        }
        let Shape::Again(outwards) = part else { return Self { shape: part, outer } };
        let at = outer.len().saturating_sub(*outwards as usize + 1);
        // What refers outwards beyond everything is not made by the compiler.
        let shape = outer.get(at).copied().unwrap_or(part);
        outer.truncate(at);
        Self { shape, outer }
    }

    /// Whether it is the same part of the same shape.
    pub(super) fn is(&self, other: &Self) -> bool {
        std::ptr::eq(self.shape, other.shape)
    }
}
