//! `entity`: columns, keys, relations, uniques and indexes.
use super::IndexLine;
use super::scope::Scope;
use super::{Checker, Part, docs};
use crate::ast::{self, EntityItemKind, ModifierKind};
use crate::report::{Code, Report, Span};
use crate::resolve::Meaning;
use crate::watched::Kind;
use quater_ir::entity::{Column, Entity, Numbering, OnDelete, Unique};
use quater_ir::expr::Expr;
use quater_ir::fault::Fault;
use quater_ir::types::Type;
use quater_ir::{Arena, Id};
use smol_str::SmolStr;
use std::collections::BTreeMap;

/// A column of which nothing but its type is said.
fn column(name: SmolStr, ty: Type) -> Column {
    Column {
        sql: snake(&name),
        name,
        docs: String::new(),
        ty,
        secret: false,
        default: None,
        on_update: None,
        on_delete: None,
        was: None,
        backfill: None,
        files: None,
    }
}

impl<'a> Checker<'a> {
    /// Gives every entity its columns; expressions over rows wait for [`Checker::entity_rules`].
    pub(crate) fn columns(&mut self) {
        let sides = self.take_sides();
        let count = self.names.entities.len();
        self.rules.resize_with(count, Vec::new);
        for index in 0..count {
            if self.renewed(Part::Columns, index, |checker| checker.columns_of(index)) {
                self.altered.add(Kind::Entity, index);
            }
        }
        for index in 0..count {
            if self.renewed(Part::Lines, index, |checker| checker.entity_lines(index)) {
                self.altered.add(Kind::Entity, index);
            }
        }
        self.relate(&sides);
        self.renew(Part::StoredNames, 0, Self::stored_names);
    }

    fn columns_of(&mut self, index: usize) {
        let Some((declaration, node)) = self.names.entities.nth(index).copied() else { return };
        let resource =
            self.resource_named(&node.resource, ast::ResourceKind::Database, "an entity lives in a database");
        let table = node
            .table
            .as_ref()
            .and_then(|text| text.plain())
            .map_or_else(|| snake(&node.name.text), SmolStr::new);
        let mut entity = Entity {
            name: node.name.text.clone(),
            docs: docs(declaration.docs.as_ref()),
            resource: resource.unwrap_or(Id::new(0)),
            table,
            columns: Arena::default(),
            key: Id::new(0),
            numbering: Numbering::Given,
            tenant: None,
            uniques: Vec::new(),
            sides: Arena::default(),
            computed: Vec::new(),
            search: Vec::new(),
        };
        let mut keys = Vec::new();
        self.names_once(node);
        for item in &node.items {
            if let EntityItemKind::Field(field) = &item.kind {
                self.column_of(&mut entity, field, &mut keys);
            }
        }
        self.key_of_entity(&mut entity, node, &keys);
        self.earlier_names(node);
        match self.entities.nth_mut(index) {
            Some(place) => *place = entity,
            None => _ = self.entities.add(entity),
        }
    }

    /// Every member of an entity has a name of its own.
    fn names_once(&mut self, node: &ast::Entity) {
        let mut taken: Vec<&SmolStr> = Vec::new();
        for item in &node.items {
            let (EntityItemKind::Field(ast::Field { name, .. }) | EntityItemKind::Computed { name, .. }) =
                &item.kind
            else {
                continue;
            };
            if taken.contains(&&name.text) && !name.is_hole() {
                let message = format!("`{}` is there twice", name.text);
                self.sink.push(Report::new(Code::E0202, name.at, message));
            }
            taken.push(&name.text);
        }
    }

    fn column_of(&mut self, entity: &mut Entity, field: &'a ast::Field, keys: &mut Vec<Span>) {
        let twice = entity.columns.values().any(|column| column.name == field.name.text);
        if twice || super::far::by(field).is_some() {
            return;
        }
        let Some(ty) = self.ty(&field.ty) else { return };
        let files = self.place_of_files(field, &ty);
        let mut column =
            Column { docs: docs(field.docs.as_ref()), files, ..column(field.name.text.clone(), ty) };
        self.modifiers(&mut column, field);
        self.relation(&column, field);
        let id = entity.columns.add(column);
        if let Some(at) = field.key() {
            keys.push(at);
            entity.key = id;
        }
    }

    fn modifiers(&mut self, column: &mut Column, field: &ast::Field) {
        for modifier in &field.modifiers {
            match &modifier.kind {
                ModifierKind::Secret => column.secret = true,
                ModifierKind::OnDelete(ast::OnDelete::Cascade) => column.on_delete = Some(OnDelete::Cascade),
                ModifierKind::OnDelete(ast::OnDelete::Restrict) => {
                    column.on_delete = Some(OnDelete::Restrict)
                }
                ModifierKind::OnDelete(ast::OnDelete::Null) => column.on_delete = Some(OnDelete::Null),
                ModifierKind::Column(text) => {
                    if let Some(name) = self.plain(text) {
                        column.sql = SmolStr::new(name);
                    }
                }
                ModifierKind::Was(was) => column.was = Some(snake(&was.text)),
                ModifierKind::Lock | ModifierKind::From(_) => {
                    self.error::<()>(Code::E0310, modifier.at, "this is said of an input, not of a column");
                }
                ModifierKind::Key
                | ModifierKind::Unique(_)
                | ModifierKind::Default(_)
                | ModifierKind::DefaultOnUpdate(_)
                | ModifierKind::Backfill(_)
                | ModifierKind::In(_)
                | ModifierKind::By { .. } => {}
            }
        }
    }

    /// One column came from one column; whether it was there, only a lock or a database can tell.
    fn earlier_names(&mut self, node: &'a ast::Entity) {
        let mut taken: BTreeMap<&str, &ast::Name> = BTreeMap::new();
        for item in &node.items {
            let EntityItemKind::Field(field) = &item.kind else { continue };
            let was = field.modifier(|kind| if let ModifierKind::Was(was) = kind { Some(was) } else { None });
            let Some((was, _)) = was else { continue };
            self.earlier_name(&field.name, was, &mut taken);
        }
    }

    /// Says what is wrong with `was`, if it names its own or what another has been already.
    pub(crate) fn earlier_name(
        &mut self,
        name: &'a ast::Name,
        was: &'a ast::Name,
        taken: &mut BTreeMap<&'a str, &'a ast::Name>,
    ) {
        if was.text == name.text {
            let message = format!("`{}` is what it is called", was.text);
            let report = Report::new(Code::E0310, was.at, message);
            self.sink.push(report.help("`was` gives the name before the one it has now"));
        } else if let Some(other) = taken.insert(&was.text, name) {
            let message =
                format!("`{}` became `{}` already, and can't be `{}` too", was.text, other.text, name.text);
            self.error::<()>(Code::E0202, was.at, message);
        }
    }

    fn relation(&mut self, column: &Column, field: &ast::Field) {
        let relation = matches!(column.ty.required(), Type::Ref(_));
        match (relation, column.on_delete) {
            (true, None) => {
                let at = field.at.after();
                let message = format!("`{}` must say what happens when that row is deleted", column.name);
                let report = Report::new(Code::E0602, field.at, message);
                self.sink.push(
                    report
                        .help("`on delete cascade` deletes this row too, `restrict` refuses, `null` empties the field")
                        .fix("refuse the deletion", at, " on delete restrict"),
                );
            }
            (false, Some(_)) => {
                self.error::<()>(Code::E0602, field.at, "`on delete` belongs to a relation");
            }
            (true, Some(OnDelete::Null)) if !column.ty.is_optional() => {
                let message = format!("`{}` can't become null: it is not optional", column.name);
                self.error::<()>(Code::E0602, field.at, message);
            }
            (true, Some(_)) | (false, None) => {}
        }
    }

    fn key_of_entity(&mut self, entity: &mut Entity, node: &ast::Entity, keys: &[Span]) {
        match keys {
            [] => {
                let report = Report::new(Code::E0601, node.name.at, format!("`{}` has no key", entity.name));
                self.sink.push(report.missing("key").help("give it one: `id: uuid key`"));
                // Whoever reads rows of it finds a key all the same, which no name reaches.
                if entity.columns.is_empty() {
                    entity.columns.add(column(SmolStr::default(), Type::Uuid));
                }
            }
            [at] => {
                let ty = &entity.columns[entity.key].ty;
                if let Type::Int(_) = ty {
                    entity.numbering = Numbering::Database;
                } else if *ty == Type::Uuid {
                    entity.numbering = Numbering::Uuid;
                } else {
                    let message = format!("a key is a `uuid` or an `int`, not {}", self.describe(ty));
                    self.sink.push(Report::new(Code::E0601, *at, message));
                }
            }
            [_, second, ..] => {
                let message = format!("`{}` has two keys", entity.name);
                self.sink.push(
                    Report::new(Code::E0601, *second, message)
                        .help("say `unique (a, b)` for a set of columns"),
                );
            }
        }
    }

    /// `tenant`, `unique` and `index` lines, and `unique` behind fields.
    fn entity_lines(&mut self, index: usize) {
        let Some((_, node)) = self.names.entities.nth(index) else { return };
        let id: Id<Entity> = Id::new(index as u32);
        let entity = &mut self.entities[id];
        (entity.tenant, entity.uniques, entity.search) = (None, Vec::new(), Vec::new());
        let mut lines: Vec<IndexLine> = Vec::new();
        for item in &node.items {
            match &item.kind {
                EntityItemKind::Field(field) => self.field_unique(id, field),
                EntityItemKind::Tenant(name) => self.tenant_line(id, name),
                EntityItemKind::Unique { columns, otherwise } => {
                    let names: Vec<&ast::Name> = columns.columns.iter().map(|column| &column.name).collect();
                    if let Some(columns) = self.column_list(id, &names) {
                        let fault = otherwise.as_ref().and_then(|expr| self.plain_fault(expr));
                        self.entities[id].uniques.push(Unique { columns, fault });
                    }
                }
                EntityItemKind::Index(indexes) => {
                    for index in indexes {
                        let names: Vec<&ast::Name> =
                            index.columns.iter().map(|column| &column.name).collect();
                        if let Some(columns) = self.column_list(id, &names) {
                            let downward = index.columns.iter().map(|column| column.descending);
                            lines.push((id, columns.into_iter().zip(downward).collect()));
                        }
                    }
                }
                EntityItemKind::Search(paths) => self.search_line(id, paths),
                EntityItemKind::Computed { .. }
                | EntityItemKind::Rule(_)
                | EntityItemKind::Function(_)
                | EntityItemKind::Stray => {}
            }
        }
        let first = self.indexes.partition_point(|(of, _)| *of < id);
        let behind = self.indexes.partition_point(|(of, _)| *of <= id);
        self.indexes.splice(first..behind, lines);
    }

    fn field_unique(&mut self, id: Id<Entity>, field: &ast::Field) {
        let unique = field.modifiers.iter().find_map(|modifier| {
            let ModifierKind::Unique(otherwise) = &modifier.kind else { return None };
            Some(otherwise.as_ref())
        });
        let column = self.column_named(id, &field.name.text);
        if let (Some(otherwise), Some(column)) = (unique, column) {
            let fault = otherwise.and_then(|expr| self.plain_fault(expr));
            self.entities[id].uniques.push(Unique { columns: vec![column], fault });
        }
    }

    fn tenant_line(&mut self, id: Id<Entity>, name: &ast::Name) {
        let Some(column) = self.column_named(id, &name.text) else {
            _ = self.no_tenant_column(id, name);
            return;
        };
        self.note_member(id, name);
        if self.entities[id].columns[column].ty.is_optional() {
            self.error::<()>(
                Code::E0405,
                name.at,
                "a tenant column can't be optional: such a row would belong to nobody",
            );
        }
        self.entities[id].tenant = Some(column);
    }

    fn no_tenant_column(&mut self, id: Id<Entity>, name: &ast::Name) -> Option<()> {
        self.look_among_members(id, name);
        let known: Vec<SmolStr> =
            self.entities[id].columns.values().map(|column| column.name.clone()).collect();
        let of = format!("`{}`", self.entities[id].name);
        self.no_member(&of, name, known.iter().map(SmolStr::as_str))
    }

    /// Columns by their names.
    pub(crate) fn column_list(&mut self, id: Id<Entity>, names: &[&ast::Name]) -> Option<Vec<Id<Column>>> {
        let mut columns = Vec::new();
        for name in names {
            match self.column_named(id, &name.text) {
                Some(column) => {
                    self.note_member(id, name);
                    columns.push(column);
                }
                None if self.known_but_later(id, &name.text) => {
                    return self.has_no_column(id, &name.text, name.at);
                }
                None => self.no_tenant_column(id, name)?,
            }
        }
        Some(columns)
    }

    /// An error without payload, as uniques raise it.
    fn plain_fault(&mut self, expr: &ast::Expr) -> Option<Id<Fault>> {
        let ast::ExprKind::Name(name) = &expr.kind else {
            if matches!(expr.kind, ast::ExprKind::Hole) {
                return None;
            }
            let report = Report::new(Code::E0304, expr.at, "a broken `unique` gives an error no values");
            return self.report(report.help("name an error without values: `unique (a, b) else Taken`"));
        };
        match self.names.get(name) {
            Some(Meaning::Fault(id)) if self.payload_of(id) == 0 => Some(id),
            Some(Meaning::Fault(_)) => {
                let message = format!("`{}` needs values, which a broken `unique` can't give", name.text);
                self.error(Code::E0304, name.at, message)
            }
            _ => self.unknown_fault(name),
        }
    }

    /// Whether an entity has a member of a name, which was reported where it stands if it is not there.
    pub(crate) fn known_but_later(&self, id: Id<Entity>, name: &str) -> bool {
        let Some((_, node)) = self.names.entities.nth(id.index()) else { return false };
        node.items.iter().any(|item| match &item.kind {
            EntityItemKind::Field(field) => field.name.text == name,
            EntityItemKind::Computed { name: computed, .. } => computed.text == name,
            EntityItemKind::Tenant(_)
            | EntityItemKind::Unique { .. }
            | EntityItemKind::Index(_)
            | EntityItemKind::Search(_)
            | EntityItemKind::Rule(_)
            | EntityItemKind::Function(_)
            | EntityItemKind::Stray => false,
        })
    }

    /// Row rules and defaults, now that every column is known.
    pub(crate) fn entity_rules(&mut self) {
        self.computed_fields();
        for index in 0..self.names.entities.len() {
            self.renew_rules(Id::new(index as u32), |checker| checker.rules_and_values(index));
        }
        self.rules_stand = true;
        self.ways_of_rules();
    }

    fn rules_and_values(&mut self, index: usize) {
        let Some((_, node)) = self.names.entities.nth(index) else { return };
        let id: Id<Entity> = Id::new(index as u32);
        self.column_types(id, node);
        for item in &node.items {
            self.inlined = 0;
            match &item.kind {
                EntityItemKind::Field(field) => {
                    self.column_default(id, field);
                    self.backfill(id, field);
                }
                EntityItemKind::Rule(rule) => {
                    let rule = self.row_rule(id, rule);
                    if rule.is_none() {
                        self.half_ruled.insert(id);
                    }
                    if let Some(rules) = self.rules.get_mut(index) {
                        rules.extend(rule);
                    }
                }
                EntityItemKind::Computed { .. }
                | EntityItemKind::Tenant(_)
                | EntityItemKind::Unique { .. }
                | EntityItemKind::Index(_)
                | EntityItemKind::Search(_)
                | EntityItemKind::Function(_)
                | EntityItemKind::Stray => {}
            }
        }
    }

    fn column_default(&mut self, id: Id<Entity>, field: &ast::Field) {
        let Some(column) = self.column_named(id, &field.name.text) else { return };
        let ty = self.entities[id].columns[column].ty.clone();
        for modifier in &field.modifiers {
            let (ModifierKind::Default(value) | ModifierKind::DefaultOnUpdate(value)) = &modifier.kind else {
                continue;
            };
            let again = matches!(modifier.kind, ModifierKind::DefaultOnUpdate(_));
            let mut scope = Scope::rule(None);
            let Some(value) = self.expect(&mut scope, value, &ty, &field.name.text) else { continue };
            self.set_default(id, column, value.expr, again);
        }
    }

    fn set_default(&mut self, id: Id<Entity>, column: Id<Column>, value: Expr, again: bool) {
        let column = &mut self.entities[id].columns[column];
        if again {
            column.on_update = Some(value.clone());
        }
        column.default = Some(value);
    }
}

/// `OrderLine` and `orderLine` as `order_line`.
pub(crate) fn snake(name: &str) -> SmolStr {
    let mut snake = String::new();
    for (at, letter) in name.char_indices() {
        if letter.is_uppercase() && at > 0 && !snake.ends_with('_') {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    SmolStr::new(snake)
}
