//! What columns can hold, and where the bytes of files are kept.
use super::Checker;
use crate::ast::{self, EntityItemKind, ModifierKind, ResourceKind};
use crate::report::{Code, Report, Span};
use crate::resolve::Meaning;
use quater_ir::Id;
use quater_ir::entity::{Column, Entity};
use quater_ir::resource::Resource;
use quater_ir::types::{Record, Type};
use std::collections::BTreeSet;

impl Checker<'_> {
    /// That every column of an entity can hold what it is said to hold, now that records have their members.
    pub(crate) fn column_types(&mut self, id: Id<Entity>, node: &ast::Entity) {
        for item in &node.items {
            let EntityItemKind::Field(field) = &item.kind else { continue };
            let Some(column) = self.column_named(id, &field.name.text) else { continue };
            let ty = self.entities[id].columns[column].ty.clone();
            self.storable(field, &ty);
            let unique = field.modifiers.iter().any(|it| matches!(it.kind, ModifierKind::Unique(_)));
            if unique && is_structure(ty.required()) {
                self.not_indexed(id, column, field.at);
            }
        }
        self.indexed_columns(id, node);
    }

    /// That what rows are found by has an order.
    fn indexed_columns(&mut self, id: Id<Entity>, node: &ast::Entity) {
        for item in &node.items {
            let lists: &[ast::IndexColumns] = match &item.kind {
                EntityItemKind::Unique { columns, .. } => std::slice::from_ref(columns),
                EntityItemKind::Index(lists) => lists,
                EntityItemKind::Field(_)
                | EntityItemKind::Computed { .. }
                | EntityItemKind::Tenant(_)
                | EntityItemKind::Search(_)
                | EntityItemKind::Rule(_)
                | EntityItemKind::Function(_)
                | EntityItemKind::Stray => continue,
            };
            for named in lists.iter().flat_map(|list| &list.columns) {
                let Some(column) = self.column_named(id, &named.name.text) else { continue };
                if is_structure(self.entities[id].columns[column].ty.required()) {
                    self.not_indexed(id, column, named.name.at);
                }
            }
        }
    }

    fn not_indexed(&mut self, id: Id<Entity>, column: Id<Column>, at: Span) {
        let name = &self.entities[id].columns[column].name;
        let message = format!("`{name}` is stored as JSON, which has no order");
        let report = Report::new(Code::E0606, at, message);
        self.sink.push(report.help("make rows of it: an entity that points here can be searched and sorted"));
    }

    /// That a column can hold a type.
    fn storable(&mut self, field: &ast::Field, ty: &Type) -> Option<()> {
        let Some(what) = self.unstorable(ty.required(), true, &mut BTreeSet::new()) else { return Some(()) };
        let report = Report::new(Code::E0609, field.ty.at, format!("a column can't hold {what}"));
        let rows = matches!(ty.required(), Type::List(of, _) if matches!(**of, Type::Ref(_)));
        self.report(report.help(if rows {
            "say which field of those rows points here: `[OrderLine](..50) by order`"
        } else {
            "make an entity of it, and point to its rows"
        }))
    }

    /// What of a type has no form in a table; inside a list or record it is JSON, which points nowhere.
    fn unstorable(&self, ty: &Type, outermost: bool, seen: &mut BTreeSet<Id<Record>>) -> Option<String> {
        match ty {
            Type::Ref(_) if outermost => None,
            Type::Ref(_) | Type::Row(_) => Some(format!("{} inside another value", self.describe(ty))),
            Type::Password if !outermost => Some("a `password` inside another value".to_owned()),
            Type::File(_) if !outermost => Some("a `file` inside another value".to_owned()),
            Type::Null | Type::Page(_) | Type::Stream(_) | Type::Patch(_) => Some(self.describe(ty)),
            Type::List(of, _) | Type::Optional(of) => self.unstorable(of, false, seen),
            Type::Map(key, value, _) => {
                self.unstorable(key, false, seen).or_else(|| self.unstorable(value, false, seen))
            }
            Type::Tuple(parts) => parts.iter().find_map(|part| self.unstorable(part, false, seen)),
            Type::Union(id) => {
                let members = self.unions[*id].members.iter();
                members.map(|it| it.record).find_map(|it| self.unstorable(&Type::Record(it), false, seen))
            }
            Type::Record(id) if seen.insert(*id) => {
                let fields = self.records[*id].fields.values();
                fields.map(|it| &it.ty).find_map(|it| self.unstorable(it, false, seen))
            }
            Type::Record(_)
            | Type::Password
            | Type::File(_)
            | Type::Bool
            | Type::Int(_)
            | Type::Float(_)
            | Type::Decimal { .. }
            | Type::Text(_)
            | Type::Bytes { .. }
            | Type::Uuid
            | Type::Date
            | Type::Instant
            | Type::Duration
            | Type::Json
            | Type::Url
            | Type::Email
            | Type::Enum(_) => None,
        }
    }

    /// `in media`: the place for files that a column of files names, and no other column.
    pub(crate) fn place_of_files(&mut self, field: &ast::Field, ty: &Type) -> Option<Id<Resource>> {
        let place = field.modifier(|kind| if let ModifierKind::In(name) = kind { Some(name) } else { None });
        let file = matches!(ty.required(), Type::File(_));
        match (place, file) {
            (None, false) => None,
            (None, true) => {
                let message = format!("`{}` does not say where its files are kept", field.name.text);
                let report = Report::new(Code::E0609, field.at, message);
                self.report(
                    report.help("declare `resource media = files(env.MEDIA_URL)` and write `in media`"),
                )
            }
            (Some((_, at)), false) => {
                self.error(Code::E0609, at, "only files are kept somewhere else than in the table")
            }
            (Some((name, _)), true) => self.files_named(name),
        }
    }

    fn files_named(&mut self, name: &ast::Name) -> Option<Id<Resource>> {
        match self.names.get(name) {
            _ if name.is_hole() => None,
            Some(Meaning::Resource(id)) => {
                if self.names.resources.get(id.index())?.kind == ResourceKind::Files {
                    return Some(id);
                }
                self.error(Code::E0609, name.at, format!("`{}` is no place for files", name.text))
            }
            Some(Meaning::Unknown) => None,
            _ => {
                let names = self.names;
                let known = names.all(|meaning| matches!(meaning, Meaning::Resource(_)));
                self.unknown(Code::E0201, name, format!("there is no resource `{}`", name.text), known)
            }
        }
    }

    /// That the values of a column have an order, and one that may be shown.
    pub(crate) fn has_order(&mut self, entity: Id<Entity>, column: Id<Column>, at: Span) -> Option<()> {
        let declared = &self.entities[entity].columns[column];
        let shapeless = is_structure(declared.ty.required())
            || matches!(declared.ty.required(), Type::Password | Type::Bytes { .. });
        if !(declared.secret || shapeless) {
            return Some(());
        }
        let message = format!("`{}` has no order that may be shown", declared.name);
        self.report(Report::new(Code::E0606, at, message))
    }
}

/// Whether values of a type are stored as JSON text.
pub(crate) const fn is_structure(ty: &Type) -> bool {
    matches!(
        ty,
        Type::Json
            | Type::List(..)
            | Type::Record(_)
            | Type::Map(..)
            | Type::Tuple(_)
            | Type::Union(_)
            | Type::File(_)
    )
}
