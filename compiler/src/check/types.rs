//! Types as written to types as meant.
use super::changes::Change;
use super::content::CONTENT;
use super::{Checker, docs, refinement};
use crate::ast::{self, Argument, TypeKind};
use crate::report::{Code, Report};
use crate::resolve::Meaning;
use quater_ir::entity::Entity;
use quater_ir::types::{Bounds, Enum, Field, FileRules, Record, Type};
use quater_ir::{Arena, Id};
use std::collections::{BTreeMap, BTreeSet};

/// How far the meaning of a declared type is known.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum TypeState {
    /// Nobody asked yet.
    Unknown,
    /// Being found out; asking again is a cycle.
    Open,
    /// Known, or reported.
    Done(Option<Type>),
}

/// Names of scalars, for suggestions.
pub(crate) const SCALARS: &[&str] = &[
    "bool", "int", "float", "decimal", "text", "bytes", "uuid", "date", "instant", "duration", "json", "url",
    "email", "password", "file",
];

impl Checker<'_> {
    /// Gives every `enum` its members.
    pub(crate) fn enums(&mut self) {
        for (declaration, node) in &self.names.enums {
            let (mut members, mut renamed, mut told) = (Vec::new(), Vec::new(), Vec::new());
            let mut taken = BTreeMap::new();
            for value in &node.values {
                if members.contains(&value.name.text) {
                    let message = format!("`{}` is twice in `{}`", value.name.text, node.name.text);
                    self.error::<()>(Code::E0202, value.name.at, message);
                    continue;
                }
                if let Some(was) = &value.was {
                    self.earlier_name(&value.name, was, &mut taken);
                    renamed.push((value.name.text.clone(), was.text.clone()));
                }
                if let Some(docs) = value.docs.as_ref().map(|it| docs(Some(it))).filter(|it| !it.is_empty()) {
                    told.push((value.name.text.clone(), docs));
                }
                members.push(value.name.text.clone());
            }
            let name = node.name.text.clone();
            self.enums.add(Enum { name, docs: docs(declaration.docs.as_ref()), members, renamed, told });
        }
    }

    /// Makes room for every `type`: records and projections get their ids, the rest waits to be asked for.
    pub(crate) fn declare_types(&mut self) {
        for _ in 0..self.names.types.len() {
            self.types.add(TypeState::Unknown);
        }
        for index in 0..self.names.types.len() {
            self.declared_type(index);
        }
    }

    /// The type behind a declared name.
    pub(crate) fn declared_type(&mut self, index: usize) -> Option<Type> {
        let (declaration, node) = *self.names.types.nth(index)?;
        match self.types.nth(index)? {
            TypeState::Done(ty) => return ty.clone(),
            TypeState::Open => {
                let message = format!("`{}` is made of itself", node.name.text);
                return self.error(Code::E0306, node.name.at, message);
            }
            TypeState::Unknown => {}
        }
        self.set_type(index, TypeState::Open);
        let found = match self.shape_of(&node.ty) {
            Some(of) => {
                let record = Record {
                    name: Some(node.name.text.clone()),
                    docs: docs(declaration.docs.as_ref()),
                    fields: Arena::default(),
                    of,
                };
                Some(Type::Record(self.records.add(record)))
            }
            None => self.unshaped(&node.ty, (&node.name, docs(declaration.docs.as_ref()))),
        };
        self.set_type(index, TypeState::Done(found.clone()));
        found
    }

    /// What is declared and no record: unions and changes take the name, the rest is the type itself.
    fn unshaped(&mut self, ty: &ast::Type, named: (&ast::Name, String)) -> Option<Type> {
        if let TypeKind::Union(members) = &ty.kind {
            return self.union(members, Some(named));
        }
        if let TypeKind::Patch(of) = &ty.kind {
            return self.change_type(Change::Patch, of, Some(named));
        }
        if let TypeKind::New(of) = &ty.kind {
            return self.change_type(Change::New, of, Some(named));
        }
        self.ty(ty)
    }

    fn set_type(&mut self, index: usize, state: TypeState) {
        if let Some(slot) = self.types.nth_mut(index) {
            *slot = state;
        }
    }

    /// Whether a type is a record (`Some(None)`) or a projection of an entity (`Some(Some(…))`).
    #[expect(clippy::option_option, reason = "record or not, then of an entity or not: two questions")]
    fn shape_of(&mut self, ty: &ast::Type) -> Option<Option<Id<Entity>>> {
        match &ty.kind {
            TypeKind::Record(_) => Some(None),
            TypeKind::Named { name, arguments: Some(_) } => self.projected(name).map(Some),
            TypeKind::Named { arguments: None, .. }
            | TypeKind::List { .. }
            | TypeKind::Optional(_)
            | TypeKind::Map { .. }
            | TypeKind::Tuple(_)
            | TypeKind::Union(_)
            | TypeKind::Page(_)
            | TypeKind::Stream(_)
            | TypeKind::Patch(_)
            | TypeKind::New(_)
            | TypeKind::Hole => None,
        }
    }

    /// The entity that `Name(…)` projects, where the name is an entity or a projection of one.
    pub(crate) fn projected(&mut self, name: &ast::Name) -> Option<Id<Entity>> {
        match self.names.get(name)? {
            Meaning::Entity(id) => Some(id),
            Meaning::Type(index) => {
                let Type::Record(id) = self.declared_type(index)? else { return None };
                self.records[id].of
            }
            Meaning::Resource(_)
            | Meaning::Auth(_)
            | Meaning::Enum(_)
            | Meaning::Fault(_)
            | Meaning::Function(_)
            | Meaning::Operation(_)
            | Meaning::Channel(_)
            | Meaning::Job(_)
            | Meaning::Unknown => None,
        }
    }

    /// The type that is written, or nothing and a report.
    pub(crate) fn ty(&mut self, ty: &ast::Type) -> Option<Type> {
        match &ty.kind {
            TypeKind::Named { name, arguments } => self.named_type(ty, name, arguments.as_deref()),
            TypeKind::Optional(inner) => Some(self.ty(inner)?.optional()),
            TypeKind::List { element, bound } => {
                let of = self.ty(element)?;
                let bounds = match bound {
                    Some(range) => self.count_range(range)?,
                    None => Bounds::ANY,
                };
                Some(Type::List(Box::new(of), bounds))
            }
            TypeKind::Record(fields) => self.inline_record(fields),
            TypeKind::Map { key, value, bound } => self.map_type(key, value, bound.as_ref()),
            TypeKind::Tuple(parts) => self.tuple_type(parts),
            TypeKind::Union(members) => self.union(members, None),
            TypeKind::Page(_) => self.stray_page(ty.at),
            TypeKind::Stream(_) => self.stray_stream(ty.at),
            TypeKind::Patch(of) => self.change_type(Change::Patch, of, None),
            TypeKind::New(of) => self.change_type(Change::New, of, None),
            TypeKind::Hole => None,
        }
    }

    fn named_type(
        &mut self,
        ty: &ast::Type,
        name: &ast::Name,
        arguments: Option<&[Argument]>,
    ) -> Option<Type> {
        if name.is_hole() {
            return None;
        }
        if let Some(base) = scalar(&name.text) {
            return self.refined(base, arguments.unwrap_or_default(), ty.at);
        }
        let base = match self.names.get(name) {
            Some(Meaning::Enum(id)) => Type::Enum(id),
            Some(Meaning::Entity(id)) if arguments.is_none() => Type::Ref(id),
            Some(Meaning::Entity(id)) => {
                return self.inline_projection(id, name, arguments.unwrap_or_default());
            }
            Some(Meaning::Type(index)) => self.declared_type(index)?,
            Some(Meaning::Unknown) => return None,
            Some(
                Meaning::Resource(_)
                | Meaning::Auth(_)
                | Meaning::Fault(_)
                | Meaning::Function(_)
                | Meaning::Operation(_)
                | Meaning::Channel(_)
                | Meaning::Job(_),
            ) => return self.unknown_type(name),
            None if name.text == CONTENT && self.names.elsewhere(name).is_none() => self.content(name)?,
            None => return self.unknown_type(name),
        };
        match arguments {
            None => Some(base),
            Some(arguments) => {
                let Type::Record(id) = base else { return self.refined(base, arguments, ty.at) };
                match self.records[id].of {
                    Some(entity) => self.inline_projection(entity, name, arguments),
                    None => self.error(Code::E0302, ty.at, "a record can't be refined"),
                }
            }
        }
    }

    fn unknown_type(&mut self, name: &ast::Name) -> Option<Type> {
        let names = self.names;
        let declared =
            names.all(|meaning| matches!(meaning, Meaning::Type(_) | Meaning::Enum(_) | Meaning::Entity(_)));
        let message = format!("there is no type `{}`", name.text);
        self.unknown(Code::E0201, name, message, declared.chain(SCALARS.iter().copied()).chain([CONTENT]))
    }

    fn inline_record(&mut self, fields: &[ast::Field]) -> Option<Type> {
        let made = self.fields(fields)?;
        let record = Record { name: None, docs: String::new(), fields: made, of: None };
        let id = self.records.add(record);
        self.place_fields(id, fields.iter().map(|field| &field.name));
        Some(Type::Record(id))
    }

    /// How many items a list may have.
    pub(crate) fn count_range(&mut self, range: &ast::Range) -> Option<Bounds<u32>> {
        let end = |checker: &mut Self, end: &Option<Box<ast::Expr>>| match end {
            Some(expr) => checker.whole(expr).map(Some),
            None => Some(None),
        };
        let (low, high) = (end(self, &range.low)?, end(self, &range.high)?);
        let count = |value: i64| u32::try_from(value).ok();
        let bounds = Bounds { min: low.and_then(count), max: high.and_then(count) };
        refinement::in_order(self, &bounds, range.at)
    }

    /// The fields of the records that `type` declares.
    pub(crate) fn record_fields(&mut self) {
        for (index, (_, node)) in self.names.types.values().enumerate() {
            let TypeKind::Record(fields) = &node.ty.kind else { continue };
            let Some(TypeState::Done(Some(Type::Record(id)))) = self.types.nth(index) else { continue };
            let id = *id;
            match self.fields(fields) {
                Some(made) => {
                    self.records[id].fields = made;
                    self.place_fields(id, fields.iter().map(|field| &field.name));
                }
                None => _ = self.incomplete.insert(id),
            }
        }
        self.endless_records();
    }

    /// A record that cannot exist without another of itself.
    fn endless_records(&mut self) {
        let mut endless: Vec<Id<Record>> = Vec::new();
        let records = self.records.arena();
        for id in records.ids().filter(|id| records[*id].of.is_none() && self.holds(*id, *id)) {
            if !endless.iter().any(|told| self.holds(*told, id) && self.holds(id, *told)) {
                endless.push(id);
            }
        }
        for id in endless {
            let name = records[id].name.clone();
            let at = name.as_ref().and_then(|name| self.names.type_place(name));
            if let (Some(name), Some(at)) = (name, at) {
                let message = format!("`{name}` is made of itself");
                self.sink.push(Report::new(Code::E0306, at, message).help("make one of the fields optional"));
            }
        }
    }

    /// Whether a record can't be without another one.
    fn holds(&self, outer: Id<Record>, wanted: Id<Record>) -> bool {
        let mut open = vec![outer];
        let mut seen = BTreeSet::new();
        while let Some(record) = open.pop() {
            // What a record holds that is no projection is known by now, and stays as it is.
            for Field { ty, .. } in self.records.arena()[record].fields.values() {
                let Type::Record(inner) = *ty else { continue };
                if inner == wanted {
                    return true;
                }
                if seen.insert(inner) {
                    open.push(inner);
                }
            }
        }
        false
    }
}

/// A scalar without refinement.
fn scalar(name: &str) -> Option<Type> {
    Some(match name {
        "bool" => Type::Bool,
        "int" => Type::INT,
        "float" => Type::FLOAT,
        "decimal" => Type::Decimal { scale: refinement::DEFAULT_SCALE, bounds: Bounds::ANY },
        "text" => Type::TEXT,
        "bytes" => Type::Bytes { max: None },
        "uuid" => Type::Uuid,
        "date" => Type::Date,
        "instant" => Type::Instant,
        "duration" => Type::Duration,
        "json" => Type::Json,
        "url" => Type::Url,
        "email" => Type::Email,
        "password" => Type::Password,
        "file" => Type::File(FileRules { media: Vec::new(), max: None }),
        _ => return None,
    })
}
