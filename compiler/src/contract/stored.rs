//! Of what shape the columns of a contract are, as a migration plans with it.
use super::shape::Plain;
use super::{Column, Contract, Member, SHAPED, Scalar, Shape};
use quater_ir::storage::shape::{self, Members};
use quater_ir::types::{Bounds, EMAIL_LIMIT, FileRules, TextRules, Type, URL_LIMIT};
use smol_str::SmolStr;
use std::collections::BTreeMap;

/// Most parts of a shape, as for the tables of a program.
const MOST: usize = 4_096;

/// The shape of a column, where the database does not hold all of its type.
pub(super) fn shape(contract: &Contract, column: &Column) -> Option<shape::Shape> {
    let told = match column.shape.required() {
        Shape::Scalar(scalar) => match scalar {
            Scalar::Int(_) | Scalar::Decimal(..) => true,
            Scalar::Text(rules) => rules.pattern.is_none(),
            Scalar::Float(bounds) => *bounds == Bounds::ANY,
            Scalar::Bytes(bounds) => *bounds == Bounds::ANY,
            Scalar::Plain(plain) => !matches!(plain, Plain::Json | Plain::Url | Plain::Email | Plain::Null),
        },
        Shape::Enum(_)
        | Shape::Record(_)
        | Shape::List(..)
        | Shape::Page(..)
        | Shape::Optional(_)
        | Shape::Map(..)
        | Shape::Tuple(_)
        | Shape::Union(_)
        | Shape::Patch(_)
        | Shape::File(_)
        | Shape::Stream(_) => false,
    };
    if told || contract.lock < SHAPED {
        return None;
    }
    Maker { contract, outer: Vec::new(), parts: 0 }.shape(column.shape.required())
}

/// A type as locks before [`SHAPED`] tell it: what the database holds.
pub(super) fn held_by_database(shape: &Shape) -> Shape {
    let length = |max| TextRules { length: Bounds { min: None, max: Some(max) }, ..TextRules::ANY };
    let Shape::Scalar(scalar) = shape.required() else { return Shape::Scalar(Scalar::Plain(Plain::Json)) };
    Shape::Scalar(match scalar {
        Scalar::Text(rules) => Scalar::Text(TextRules { pattern: None, ..rules.clone() }),
        Scalar::Float(_) => Scalar::Float(Bounds::ANY),
        Scalar::Bytes(_) => Scalar::Bytes(Bounds::ANY),
        Scalar::Plain(Plain::Email) => Scalar::Text(length(EMAIL_LIMIT)),
        Scalar::Plain(Plain::Url) => Scalar::Text(length(URL_LIMIT)),
        Scalar::Int(_) | Scalar::Decimal(..) | Scalar::Plain(_) => scalar.clone(),
    })
}

struct Maker<'c> {
    contract: &'c Contract,
    /// Records and unions that are being described, the outermost first.
    outer: Vec<&'c str>,
    parts: usize,
}

impl<'c> Maker<'c> {
    fn shape(&mut self, shape: &'c Shape) -> Option<shape::Shape> {
        use shape::Shape as Stored;
        self.parts += 1;
        if self.parts > MOST {
            return None;
        }
        Some(match shape {
            Shape::Scalar(scalar) => Stored::Plain(scalar_type(scalar)),
            Shape::Enum(name) => {
                let renamed = self.contract.renamed.get(name).into_iter().flatten();
                Stored::OneOf {
                    members: self.contract.enums.get(name)?.iter().cloned().collect(),
                    renamed: renamed.map(|(now, was)| (now.clone(), was.clone())).collect(),
                }
            }
            Shape::Record(name) => self.entered(name, |maker| {
                Some(Stored::Record(maker.members(maker.contract.types.get(name)?)?))
            })?,
            Shape::Union(name) => self.entered(name, |maker| {
                let contract = maker.contract;
                let kinds = contract.unions.get(name)?.iter();
                let kinds = kinds.map(|kind| Some((kind.clone(), maker.members(contract.types.get(kind)?)?)));
                Some(Stored::Union(kinds.collect::<Option<_>>()?))
            })?,
            Shape::List(of, bounds) => Stored::List(Box::new(self.shape(of)?), *bounds),
            Shape::Optional(of) => Stored::Optional(Box::new(self.shape(of)?)),
            Shape::Map(key, of, bounds) => {
                Stored::Map(Box::new(self.shape(key)?), Box::new(self.shape(of)?), *bounds)
            }
            Shape::Tuple(parts) => {
                Stored::Tuple(parts.iter().map(|part| self.shape(part)).collect::<Option<_>>()?)
            }
            Shape::File(_) => Stored::Plain(Type::File(FileRules { media: Vec::new(), max: None })),
            Shape::Page(..) | Shape::Patch(_) | Shape::Stream(_) => Stored::Plain(Type::Json),
        })
    }

    fn entered(
        &mut self,
        name: &'c SmolStr,
        inside: impl FnOnce(&mut Self) -> Option<shape::Shape>,
    ) -> Option<shape::Shape> {
        if let Some(outwards) = self.outer.iter().rev().position(|it| it == name) {
            return Some(shape::Shape::Again(u32::try_from(outwards).ok()?));
        }
        self.outer.push(name);
        let made = inside(self);
        self.outer.pop();
        made
    }

    fn members(&mut self, members: &'c BTreeMap<SmolStr, Member>) -> Option<Members> {
        let member = |(name, member): (&SmolStr, &'c Member)| {
            let (shape, default) = (self.shape(&member.shape)?, member.default.is_some());
            Some((name.clone(), shape::Member { shape, default, fill: None }))
        };
        members.iter().map(member).collect()
    }
}

fn scalar_type(scalar: &Scalar) -> Type {
    match scalar {
        Scalar::Int(bounds) => Type::Int(*bounds),
        Scalar::Float(bounds) => {
            Type::Float(Bounds { min: bounds.min.map(|it| it.0), max: bounds.max.map(|it| it.0) })
        }
        Scalar::Decimal(scale, bounds) => Type::Decimal { scale: *scale, bounds: *bounds },
        Scalar::Text(rules) => Type::Text(TextRules { trim: false, case: None, ..rules.clone() }),
        Scalar::Bytes(bounds) => Type::Bytes { max: bounds.max },
        Scalar::Plain(plain) => match plain {
            Plain::Bool => Type::Bool,
            Plain::Uuid => Type::Uuid,
            Plain::Date => Type::Date,
            Plain::Instant => Type::Instant,
            Plain::Duration => Type::Duration,
            Plain::Json => Type::Json,
            Plain::Url => Type::Url,
            Plain::Email => Type::Email,
            Plain::Password => Type::Password,
            Plain::Null => Type::Null,
        },
    }
}
