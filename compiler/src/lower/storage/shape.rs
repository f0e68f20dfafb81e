//! Of what shape the values of a column are.
use super::Declared;
use quater_ir::Id;
use quater_ir::builtin::Builtin;
use quater_ir::expr::{Expr, Node};
use quater_ir::storage::shape::{Member, Members, Shape};
use quater_ir::types::{Bounds, FileRules, Record, TextRules, Type, Union};
use smol_str::SmolStr;

/// Most parts of a shape. Records that are made of others again and again come to more, and are not described.
const MOST: usize = 4_096;

/// The shape of a column, where the database does not hold all of its type.
pub(super) fn shape(ty: &Type, declared: Declared<'_>) -> Option<Shape> {
    let told = match ty {
        Type::Text(rules) => rules.pattern.is_none(),
        Type::Float(bounds) => *bounds == Bounds::ANY,
        Type::Bytes { max } => max.is_none(),
        Type::Bool
        | Type::Int(_)
        | Type::Decimal { .. }
        | Type::Uuid
        | Type::Date
        | Type::Instant
        | Type::Duration
        | Type::Password
        | Type::Enum(_)
        | Type::Ref(_)
        | Type::Row(_) => true,
        Type::Json
        | Type::Url
        | Type::Email
        | Type::Record(_)
        | Type::List(..)
        | Type::Map(..)
        | Type::Tuple(_)
        | Type::Union(_)
        | Type::Page(_)
        | Type::Stream(_)
        | Type::Patch(_)
        | Type::File(_)
        | Type::Optional(_)
        | Type::Null => false,
    };
    if told {
        return None;
    }
    Maker { declared, outer: Vec::new(), parts: 0 }.shape(ty)
}

#[derive(Clone, Copy, PartialEq)]
enum Outer {
    Record(Id<Record>),
    Union(Id<Union>),
}

struct Maker<'a> {
    declared: Declared<'a>,
    /// What is being described, the outermost first.
    outer: Vec<Outer>,
    parts: usize,
}

impl Maker<'_> {
    fn shape(&mut self, ty: &Type) -> Option<Shape> {
        self.parts += 1;
        if self.parts > MOST {
            return None;
        }
        Some(match ty {
            Type::Enum(id) => {
                let it = &self.declared.enums[*id];
                let mut members = it.members.clone();
                // Sorted, so that another order in the file is no other shape.
                members.sort();
                Shape::OneOf { members, renamed: it.renamed.clone() }
            }
            Type::Record(id) => {
                self.entered(Outer::Record(*id), |maker| Some(Shape::Record(maker.members(*id)?)))?
            }
            Type::Union(id) => self.entered(Outer::Union(*id), |maker| {
                let kinds = maker.declared.unions[*id].members.iter();
                let kinds = kinds.map(|kind| Some((kind.name.clone(), maker.members(kind.record)?)));
                Some(Shape::Union(kinds.collect::<Option<_>>()?))
            })?,
            Type::Ref(id) | Type::Row(id) => {
                let entity = &self.declared.entities[*id];
                self.shape(entity.columns[entity.key].ty.required())?
            }
            Type::List(of, bounds) => Shape::List(Box::new(self.shape(of)?), *bounds),
            Type::Optional(of) => Shape::Optional(Box::new(self.shape(of)?)),
            Type::Map(key, of, bounds) => {
                Shape::Map(Box::new(self.shape(key)?), Box::new(self.shape(of)?), *bounds)
            }
            Type::Tuple(parts) => {
                Shape::Tuple(parts.iter().map(|part| self.shape(part)).collect::<Option<_>>()?)
            }
            // How a text is made tidy is no rule for those that are stored, nor is what may be sent as a file.
            Type::Text(rules) => {
                Shape::Plain(Type::Text(TextRules { trim: false, case: None, ..rules.clone() }))
            }
            Type::File(_) => Shape::Plain(Type::File(FileRules { media: Vec::new(), max: None })),
            Type::Decimal { scale, bounds } => {
                let end = |bound: Option<rust_decimal::Decimal>| bound.map(|it| it.normalize());
                let bounds = Bounds { min: end(bounds.min), max: end(bounds.max) };
                Shape::Plain(Type::Decimal { scale: *scale, bounds })
            }
            Type::Page(_) | Type::Stream(_) | Type::Patch(_) => Shape::Plain(Type::Json),
            Type::Bool
            | Type::Int(_)
            | Type::Float(_)
            | Type::Bytes { .. }
            | Type::Uuid
            | Type::Date
            | Type::Instant
            | Type::Duration
            | Type::Json
            | Type::Url
            | Type::Email
            | Type::Password
            | Type::Null => Shape::Plain(ty.clone()),
        })
    }

    fn entered(&mut self, what: Outer, inside: impl FnOnce(&mut Self) -> Option<Shape>) -> Option<Shape> {
        if let Some(outwards) = self.outer.iter().rev().position(|it| *it == what) {
            return Some(Shape::Again(u32::try_from(outwards).ok()?));
        }
        self.outer.push(what);
        let made = inside(self);
        self.outer.pop();
        made
    }

    fn members(&mut self, id: Id<Record>) -> Option<Members> {
        let mut members = Members::new();
        for field in self.declared.records[id].fields.values() {
            let fill = field.default.clone().filter(|default| !draws(default));
            let member = Member { shape: self.shape(&field.ty)?, default: fill.is_some(), fill };
            members.insert(SmolStr::clone(&field.name), member);
        }
        Some(members)
    }
}

/// Whether a default is another one each time.
fn draws(default: &Expr) -> bool {
    let own = matches!(default.node, Node::Call(Builtin::Uuid | Builtin::Token, _));
    own || default.children().into_iter().any(draws)
}
