//! Records: their types, and `{ a, b: x }`.
use super::coerce::is_item;
use super::collection::empty_map;
use super::expr::unrefined;
use super::scope::{Place, Presence, Scope};
use super::truth::known;
use super::union::KIND;
use super::{Checker, Typed, docs};
use crate::ast::{self, EntryKind, ModifierKind};
use crate::report::{Code, Report, Span};
use quater_ir::entity::Entity;
use quater_ir::expr::{Expr, Node, RowsGive};
use quater_ir::types::{Field, Record, Type};
use quater_ir::{Arena, Id};
use rustc_hash::FxHashMap;
use smol_str::SmolStr;

impl Checker<'_> {
    /// Fields of a record type, an `env` or a payload.
    pub(crate) fn fields(&mut self, fields: &[ast::Field]) -> Option<Arena<Field>> {
        let mut made: Arena<Field> = Arena::default();
        let mut whole = true;
        for field in fields {
            if made.values().any(|other| other.name == field.name.text) {
                let message = format!("`{}` is there twice", field.name.text);
                self.error::<()>(Code::E0202, field.name.at, message);
                continue;
            }
            match self.field(field) {
                Some(field) => _ = made.add(field),
                None => whole = false,
            }
        }
        whole.then_some(made)
    }

    fn field(&mut self, field: &ast::Field) -> Option<Field> {
        let ty = self.ty(&field.ty)?;
        if *ty.required() == Type::Password {
            let message = "a `password` is a stored hash and belongs to an entity; what is typed is text";
            let report = Report::new(Code::E0301, field.ty.at, message);
            return self.report(report.fix("take text", field.ty.at, "text(8..200) secret"));
        }
        self.only_modifiers(field, |kind| matches!(kind, ModifierKind::Secret | ModifierKind::Default(_)));
        let default = match field.default() {
            Some(value) => {
                let mut scope = Scope::new(Place::Rule, Presence::Never, None);
                Some(self.expect(&mut scope, value, &ty, &field.name.text)?.expr)
            }
            None => None,
        };
        Some(Field {
            name: field.name.text.clone(),
            docs: docs(field.docs.as_ref()),
            ty,
            default,
            secret: field.secret().is_some(),
            source: None,
        })
    }

    /// Refuses modifiers that mean nothing where the field stands.
    pub(crate) fn only_modifiers(&mut self, field: &ast::Field, allowed: impl Fn(&ModifierKind) -> bool) {
        for modifier in &field.modifiers {
            if !allowed(&modifier.kind) {
                self.error::<()>(Code::E0310, modifier.at, "this can't be said of a field here");
            }
        }
    }

    /// `{ a, b: x }` as the expected record, or as a new one.
    pub(crate) fn record(
        &mut self,
        scope: &mut Scope,
        record: &ast::Record,
        expected: Option<&Type>,
    ) -> Option<Typed> {
        match expected.map(Type::required) {
            Some(Type::Record(shape)) if self.records[*shape].of.is_none() => {
                self.shaped(scope, record, *shape)
            }
            Some(Type::Union(union)) => {
                let shape = self.meant_member(*union, record)?;
                let entries = record.entries.iter().filter(|entry| !says_kind(entry)).cloned().collect();
                self.shaped(scope, &ast::Record { entries, at: record.at }, shape)
            }
            Some(Type::Patch(shape)) => self.patch_literal(scope, record, *shape),
            Some(Type::Map(key, value, _)) if record.entries.is_empty() => {
                Some(empty_map(key, value, record.at))
            }
            Some(Type::Map(key, ..)) if matches!(**key, Type::Enum(_)) => {
                let entries = self.enum_entries(record)?;
                self.map(scope, &entries, expected, record.at)
            }
            Some(Type::Map(..)) => {
                let report = Report::new(Code::E0301, record.at, "a record where a map is needed");
                self.report(report.help("keys of a map stand in quotes: `{ \"name\": value }`"))
            }
            _ => self.free_record(scope, record),
        }
    }

    /// `{ small: 1 }` where the keys are members of an enum: names, as everywhere.
    fn enum_entries(&mut self, record: &ast::Record) -> Option<Vec<(ast::Expr, ast::Expr)>> {
        let name = |name: &ast::Name| ast::Expr { kind: ast::ExprKind::Name(name.clone()), at: name.at };
        let entries = self.entries(record)?.into_iter();
        Some(entries.map(|(key, value)| (name(&key), value.cloned().unwrap_or_else(|| name(&key)))).collect())
    }

    fn shaped(&mut self, scope: &mut Scope, record: &ast::Record, shape: Id<Record>) -> Option<Typed> {
        if self.is_incomplete(shape) {
            return None;
        }
        let fields: Vec<(SmolStr, Type, Option<Expr>)> = self.records[shape]
            .fields
            .values()
            .map(|field| (field.name.clone(), field.ty.clone(), field.default.clone()))
            .collect();
        let mut given: FxHashMap<SmolStr, Typed> = FxHashMap::default();
        let mut whole = true;
        for (name, value) in self.entries(record)? {
            self.note_field(shape, &name);
            let Some((_, ty, _)) = fields.iter().find(|(field, ..)| *field == name.text) else {
                let of = self.record_name(shape);
                self.no_member::<()>(&of, &name, fields.iter().map(|(field, ..)| field.as_str()));
                whole = false;
                continue;
            };
            match self.entry_value(scope, &name, value, ty) {
                Some(value) => _ = given.insert(name.text.clone(), value),
                None => whole = false,
            }
        }
        let mut values = Vec::new();
        let mut secret = false;
        let mut missing = Vec::new();
        for (name, ty, default) in fields {
            match (given.remove(&name), default) {
                (Some(value), _) => {
                    secret |= value.secret;
                    values.push(value.expr);
                }
                (None, Some(default)) => values.push(default),
                (None, None) if ty.is_optional() => values.push(null(ty)),
                (None, None) => missing.push(format!("`{name}`")),
            }
        }
        if !missing.is_empty() && whole {
            return self.error(Code::E0309, record.at, format!("{} is missing", missing.join(", ")));
        }
        let expr = Expr::new(Node::Record(shape, values), Type::Record(shape));
        whole.then_some(Typed { expr, secret, at: record.at })
    }

    fn free_record(&mut self, scope: &mut Scope, record: &ast::Record) -> Option<Typed> {
        let mut fields = Arena::default();
        let mut values = Vec::new();
        let mut secret = false;
        for (name, value) in self.entries(record)? {
            let value = match value {
                Some(ast) => self.expr(scope, ast, None)?,
                None => self.punned(scope, &name, None)?,
            };
            secret |= value.secret;
            let ty = unrefined(value.ty());
            let source = None;
            fields.add(Field {
                name: name.text.clone(),
                docs: String::new(),
                ty,
                default: None,
                secret: false,
                source,
            });
            self.touch_whole(scope, &value.expr);
            values.push(known(value.expr));
        }
        let made = Record { name: None, docs: String::new(), fields, of: None };
        let known = self.own_records().find(|(_, other)| **other == made).map(|(id, _)| id);
        let shape = known.unwrap_or_else(|| self.records.add(made));
        for (name, _) in self.entries(record)? {
            self.place_fields(shape, [&name].into_iter());
        }
        Some(Typed {
            expr: Expr::new(Node::Record(shape, values), Type::Record(shape)),
            secret,
            at: record.at,
        })
    }

    /// Names of a record literal with their values; none for a pun.
    pub(crate) fn entries<'r>(
        &mut self,
        record: &'r ast::Record,
    ) -> Option<Vec<(ast::Name, Option<&'r ast::Expr>)>> {
        let mut entries: Vec<(ast::Name, Option<&ast::Expr>)> = Vec::new();
        for entry in &record.entries {
            let (name, value) = match &entry.kind {
                EntryKind::Pun(name) => (name, None),
                EntryKind::Value { name, value } => (name, Some(value)),
                EntryKind::Computed { .. } => {
                    let report = Report::new(Code::E0310, entry.at, "a member is written `name: value` here");
                    return self.report(report);
                }
                EntryKind::Stray => return None,
            };
            if entries.iter().any(|(other, _)| other.text == name.text) {
                return self.error(Code::E0202, name.at, format!("`{}` is there twice", name.text));
            }
            entries.push((name.clone(), value));
        }
        Some(entries)
    }

    /// The value of one member as its type.
    pub(crate) fn entry_value(
        &mut self,
        scope: &mut Scope,
        name: &ast::Name,
        value: Option<&ast::Expr>,
        ty: &Type,
    ) -> Option<Typed> {
        match value {
            Some(value) => self.expect(scope, value, ty, &name.text),
            None => {
                let value = self.punned(scope, name, Some(ty))?;
                self.coerce(scope, value, ty, &name.text)
            }
        }
    }

    fn punned(&mut self, scope: &mut Scope, name: &ast::Name, expected: Option<&Type>) -> Option<Typed> {
        let kind = ast::ExprKind::Name(name.clone());
        self.expr(scope, &ast::Expr { kind, at: name.at }, expected)
    }

    /// `x.name`
    pub(crate) fn member_of(
        &mut self,
        scope: &mut Scope,
        base: Typed,
        name: &ast::Name,
        at: Span,
    ) -> Option<Typed> {
        if name.is_hole() {
            return None;
        }
        let optional = base.ty().is_optional();
        let required = base.ty().required().clone();
        if matches!(&base.expr.node, Node::Rows(rows) if matches!(rows.gives, RowsGive::One(_))) {
            return self.member_of_one(scope, base, name, at);
        }
        let walkable = matches!(required, Type::Ref(_)) || self.was_walked(scope, &base.expr);
        if optional && !walkable {
            let report = Report::new(Code::E0303, base.at, "this may be absent, and then it has no members");
            return self.report(report.help("test it first: `if x is not null { … }` or `x else …`"));
        }
        match &required {
            Type::Row(entity) => self.row_member(scope, base, *entity, name, at),
            Type::Ref(entity) => self.related(scope, base, *entity, name, at),
            Type::Record(shape) => self.record_member(base, *shape, name, at),
            Type::Page(page) => self.page_member(base, page, name, at),
            Type::File(_) => self.file_part(base, name, at),
            Type::Union(union) => self.no_union_member(*union, name),
            Type::Bool
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
            | Type::Password
            | Type::Enum(_)
            | Type::List(..)
            | Type::Map(..)
            | Type::Tuple(_)
            | Type::Stream(_)
            | Type::Patch(_)
            | Type::Optional(_)
            | Type::Null => {
                let message = format!("{} has no members", self.describe(&required));
                self.error(Code::E0204, name.at, message)
            }
        }
    }

    /// `row.name` of a row that is at hand or held.
    pub(crate) fn row_member(
        &mut self,
        scope: &mut Scope,
        base: Typed,
        entity: Id<Entity>,
        name: &ast::Name,
        at: Span,
    ) -> Option<Typed> {
        if self.place_of(&base.expr).is_some() {
            return self.related(scope, base, entity, name, at);
        }
        let Some(column) = self.column_named(entity, &name.text) else {
            return self.held_member(scope, base, name, at);
        };
        self.note_member(entity, name);
        scope.touch(&base.expr, column);
        self.seen_of_item(scope, &base, entity, column)?;
        let declared = &self.entities[entity].columns[column];
        let (ty, secret) = (declared.ty.clone(), declared.secret);
        let ty = if base.ty().is_optional() { ty.optional() } else { ty };
        let node = Node::RowColumn { row: Box::new(base.expr), column };
        Some(Typed { expr: Expr::new(node, ty), secret, at })
    }

    /// A row that is no name of the body is an item of a list: its columns are those read for all.
    fn seen_of_item(
        &mut self,
        scope: &Scope,
        row: &Typed,
        entity: Id<Entity>,
        column: quater_ir::Id<quater_ir::entity::Column>,
    ) -> Option<()> {
        if !is_item(&row.expr) || self.entities[entity].columns[column].ty.is_optional() {
            return Some(());
        }
        let hidden = self.sight(entity, scope.body.doer, false).partial;
        match hidden.iter().find(|(partial, _)| *partial == column) {
            Some(_) => self.unreadable(entity, column, row.at),
            None => Some(()),
        }
    }

    fn record_member(&mut self, base: Typed, shape: Id<Record>, name: &ast::Name, at: Span) -> Option<Typed> {
        self.note_field(shape, name);
        let field = self.records[shape].fields.iter().find(|(_, field)| field.name == name.text);
        let Some((field, declared)) = field else {
            if self.is_incomplete(shape) {
                return None;
            }
            let known: Vec<SmolStr> =
                self.records[shape].fields.values().map(|field| field.name.clone()).collect();
            let of = self.record_name(shape);
            return self.no_member(&of, name, known.iter().map(SmolStr::as_str));
        };
        let (ty, secret) = (declared.ty.clone(), declared.secret || base.secret);
        let node = Node::Member { record: Box::new(base.expr), field };
        Some(Typed { expr: Expr::new(node, ty), secret, at })
    }

    /// `customer.email`: a member of the row that a relation points to.
    fn related(
        &mut self,
        scope: &mut Scope,
        base: Typed,
        entity: Id<Entity>,
        name: &ast::Name,
        at: Span,
    ) -> Option<Typed> {
        let Some(place) = self.place_of(&base.expr) else {
            return self.held_member(scope, base, name, at);
        };
        self.note_member(entity, name);
        match self.member_named(entity, &name.text) {
            Some(member) => self.placed(scope, &place, member, at),
            None => self.no_column(entity, name),
        }
    }

    /// A record as reports name it.
    pub(crate) fn record_name(&self, shape: Id<Record>) -> String {
        self.records[shape].name.as_ref().map_or("this record".to_owned(), |name| format!("`{name}`"))
    }

    /// Reports a name that is none of something's members.
    pub(crate) fn no_member<'n, T>(
        &mut self,
        of: &str,
        name: &ast::Name,
        known: impl Iterator<Item = &'n str>,
    ) -> Option<T> {
        self.unknown(Code::E0204, name, format!("{of} has no `{}`", name.text), known)
    }
}

/// Whether an entry says which member of a union a record is.
pub(crate) fn says_kind(entry: &ast::Entry) -> bool {
    matches!(&entry.kind, EntryKind::Value { name, .. } if name.text == KIND)
}

/// Null of an optional type.
pub(crate) fn null(ty: Type) -> Expr {
    Expr::new(Node::Literal(quater_ir::value::Literal::Null), ty)
}
