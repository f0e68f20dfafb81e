//! `new T(a, b)` and `patch T(a, b)`: what creating needs, and what changing may carry; and rows that are
//! written from them, or from any other record.
use super::narrowing::{given, path_of};
use super::scope::{Scope, slot_value};
use super::{Checker, Part, Typed};
use crate::ast::{self, ArgumentKind, ExprKind, TypeKind};
use crate::report::{Code, Report, Span};
use crate::resolve::Meaning;
use quater_ir::body::{Assign, Statement};
use quater_ir::entity::{Column, Entity, Numbering};
use quater_ir::expr::{Expr, Node};
use quater_ir::types::{Bounds, Field, Record, TextRules, Type};
use quater_ir::{Arena, Id};
use smol_str::SmolStr;
use std::sync::Arc;

/// What a change is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    /// `new`
    New,
    /// `patch`
    Patch,
}

impl Change {
    const fn word(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Patch => "patch",
        }
    }
}

/// Columns with the places that name them.
type Placed = Vec<(Id<Column>, Span)>;

/// A change whose entity is not known yet.
#[derive(Debug)]
pub(crate) struct PendingChange {
    record: Id<Record>,
    change: Change,
    of: ast::Type,
}

impl Checker<'_> {
    /// `new T(a, b)` or `patch T(a, b)` where a type is written.
    pub(crate) fn change_type(
        &mut self,
        change: Change,
        of: &ast::Type,
        named: Option<(&ast::Name, String)>,
    ) -> Option<Type> {
        let (name, docs) =
            named.map_or((None, String::new()), |(name, docs)| (Some(name.text.clone()), docs));
        let record = self.records.add(Record { name, docs, fields: Arena::default(), of: None });
        if self.projected {
            match self.change_fields(record, change, of) {
                Some(fields) => self.records[record].fields = fields,
                None => _ = self.incomplete.insert(record),
            }
        } else {
            self.waiting.changes.push(Arc::new(PendingChange { record, change, of: of.clone() }));
        }
        Some(match change {
            Change::New => Type::Record(record),
            Change::Patch => Type::Patch(record),
        })
    }

    /// The members of those changes that were written before entities and projections were known.
    pub(crate) fn changes(&mut self) {
        self.projected = true;
        for pending in self.waiting.changes.clone() {
            let PendingChange { record, change, of } = &*pending;
            self.renew_members(Part::Change, *record, |checker| {
                match checker.change_fields(*record, *change, of) {
                    Some(fields) => checker.records[*record].fields = fields,
                    None => _ = checker.incomplete.insert(*record),
                }
            });
        }
    }

    fn change_fields(&mut self, record: Id<Record>, change: Change, of: &ast::Type) -> Option<Arena<Field>> {
        let (entity, columns) = self.changed_columns(change, of)?;
        let names = columns.iter().map(|(column, _)| self.entities[entity].columns[*column].name.clone());
        self.place_columns(record, entity, names.collect());
        let mut fields: Arena<Field> = Arena::default();
        for (column, at) in columns {
            let declared = &self.entities[entity].columns[column];
            if fields.values().any(|field| field.name == declared.name) {
                let message = format!("`{}` is there twice", declared.name);
                self.error::<()>(Code::E0202, at, message);
                continue;
            }
            let password = *declared.ty.required() == Type::Password;
            let typed =
                Type::Text(TextRules { length: Bounds { min: Some(8), max: Some(200) }, ..TextRules::ANY });
            fields.add(Field {
                name: declared.name.clone(),
                docs: declared.docs.clone(),
                ty: match (password, declared.ty.is_optional()) {
                    (true, false) => typed,
                    (true, true) => typed.optional(),
                    (false, _) => declared.ty.clone(),
                },
                default: if change == Change::New { declared.default.clone() } else { None },
                secret: declared.secret || password,
                source: None,
            });
        }
        Some(fields)
    }

    /// The columns that a change names, with the place of each.
    fn changed_columns(&mut self, change: Change, of: &ast::Type) -> Option<(Id<Entity>, Placed)> {
        let TypeKind::Named { name, arguments } = &of.kind else {
            return self.no_change(change, of.at, "an entity or a projection stands behind it");
        };
        if name.is_hole() || self.names.get(name) == Some(Meaning::Unknown) {
            return None;
        }
        let Some(entity) = self.projected(name) else {
            let report = Self::not_read(change, of.at, "an entity or a projection stands behind it");
            return self.report(if self.names.get(name).is_none() {
                report.missing(name.text.clone())
            } else {
                report
            });
        };
        let shown = self.base_of(name);
        let mut columns = Vec::new();
        let mut whole = true;
        match (arguments, shown) {
            (Some(arguments), _) => {
                for argument in arguments {
                    match self.changed(change, entity, shown, argument) {
                        Some(found) => columns.extend(found),
                        None => whole = false,
                    }
                }
            }
            (None, Some(_)) => columns = self.all_changed(entity, shown, of.at),
            (None, None) => {
                return self.no_change(change, of.at, "the members that it may carry stand in parentheses");
            }
        }
        whole.then_some((entity, columns))
    }

    fn no_change<T>(&mut self, change: Change, at: Span, why: &str) -> Option<T> {
        self.report(Self::not_read(change, at, why))
    }

    fn not_read(change: Change, at: Span, why: &str) -> Report {
        let word = change.word();
        let report = Report::new(Code::E0318, at, format!("`{word}` can't be read here: {why}"));
        report.help(format!("write `{word} Product(title, price)`"))
    }

    fn changed(
        &mut self,
        change: Change,
        entity: Id<Entity>,
        shown: Option<Id<Record>>,
        argument: &ast::Argument,
    ) -> Option<Vec<(Id<Column>, Span)>> {
        let name = match &argument.kind {
            ArgumentKind::Everything => return Some(self.all_changed(entity, shown, argument.at)),
            ArgumentKind::Value(ast::Expr { kind: ExprKind::Name(name), .. }) => name,
            ArgumentKind::Stray => return None,
            ArgumentKind::Value(_)
            | ArgumentKind::Named { .. }
            | ArgumentKind::Computed { .. }
            | ArgumentKind::Optional(_)
            | ArgumentKind::Range(_) => {
                return self.no_change(change, argument.at, "it lists names of fields");
            }
        };
        let column = self.column_list(entity, &[name])?.first().copied()?;
        if self.is_made(entity, column) {
            let message = format!("`{}` is made by the service and can't be given", name.text);
            return self.error(Code::E0318, name.at, message);
        }
        Some(vec![(column, name.at)])
    }

    /// `*`: all that a projection shows of the row itself, or an entity lets callers set.
    fn all_changed(
        &self,
        entity: Id<Entity>,
        shown: Option<Id<Record>>,
        at: Span,
    ) -> Vec<(Id<Column>, Span)> {
        let node = &self.entities[entity];
        let plain = |(id, column): &(Id<Column>, &Column)| {
            let mine = match shown {
                Some(shown) => self.records[shown].fields.values().any(|field| field.name == column.name),
                None => !column.secret && !matches!(column.ty.required(), Type::Password | Type::Ref(_)),
            };
            mine && !self.is_made(entity, *id) && node.tenant != Some(*id) && column.on_update.is_none()
        };
        node.columns.iter().filter(plain).map(|(id, _)| (id, at)).collect()
    }

    fn is_made(&self, entity: Id<Entity>, column: Id<Column>) -> bool {
        let entity = &self.entities[entity];
        column == entity.key && entity.numbering != Numbering::Given
    }

    /// `changes has title`
    pub(crate) fn has(
        &mut self,
        scope: &mut Scope,
        value: &ast::Expr,
        name: &ast::Name,
        at: Span,
    ) -> Option<Typed> {
        let patch = self.expr(scope, value, None)?;
        let Type::Patch(shape) = *patch.ty() else {
            let message = format!("`has` asks a `patch` what it carries, not {}", self.describe(patch.ty()));
            return self.error(Code::E0305, patch.at, message);
        };
        let (field, _) = self.patched(shape, name)?;
        let node = Node::Has { patch: Box::new(patch.expr), field };
        Some(Typed { expr: Expr::new(node, Type::Bool), secret: false, at })
    }

    /// `changes.title`, where it was tested that the patch carries it.
    pub(crate) fn patch_member(
        &mut self,
        scope: &Scope,
        base: &ast::Expr,
        patch: Typed,
        name: &ast::Name,
        at: Span,
    ) -> Option<Typed> {
        let Type::Patch(shape) = *patch.ty() else { return None };
        let (field, declared) = self.patched(shape, name)?;
        let path = path_of(base);
        if !path.as_ref().is_some_and(|path| scope.narrowed.contains(&given(path, name))) {
            let report = Report::new(Code::E0303, at, format!("the patch may leave `{}` out", name.text));
            let path = path.unwrap_or_else(|| "changes".to_owned());
            return self.report(report.help(format!("test it first: `if {path} has {} {{ … }}`", name.text)));
        }
        let secret = patch.secret || declared.secret;
        let node = Node::Member { record: Box::new(patch.expr), field };
        Some(Typed { expr: Expr::new(node, declared.ty), secret, at })
    }

    fn patched(&mut self, shape: Id<Record>, name: &ast::Name) -> Option<(Id<Field>, Field)> {
        if name.is_hole() || self.is_incomplete(shape) {
            return None;
        }
        self.note_field(shape, name);
        let fields = &self.records[shape].fields;
        if let Some((id, field)) = fields.iter().find(|(_, field)| field.name == name.text) {
            return Some((id, field.clone()));
        }
        let known: Vec<SmolStr> = fields.values().map(|field| field.name.clone()).collect();
        self.no_member("this patch", name, known.iter().map(SmolStr::as_str))
    }

    /// `{ title: x }` where a patch is expected: what is not written is not carried.
    pub(crate) fn patch_literal(
        &mut self,
        scope: &mut Scope,
        record: &ast::Record,
        shape: Id<Record>,
    ) -> Option<Typed> {
        let (mut members, mut secret) = (Vec::new(), false);
        for (name, value) in self.entries(record)? {
            let (id, field) = self.patched(shape, &name)?;
            let value = self.entry_value(scope, &name, value, &field.ty)?;
            secret |= value.secret;
            members.push((id, value.expr));
        }
        let expr = Expr::new(Node::Patch(members), Type::Patch(shape));
        Some(Typed { expr, secret, at: record.at })
    }

    /// `create E record { … }`, `update row changes { … }`: the members of a record or patch as values of
    /// columns, those left out that are given beside it.
    pub(crate) fn assigned_from(
        &mut self,
        scope: &mut Scope,
        entity: Id<Entity>,
        from: &ast::Expr,
        change: Change,
        across: bool,
        values: &mut Vec<Assign>,
    ) -> Option<()> {
        let record = self.expr(scope, from, None)?;
        let (shape, patch) = match (record.ty(), change) {
            (Type::Record(shape), _) => (*shape, false),
            (Type::Patch(shape), Change::Patch) => (*shape, true),
            (Type::Patch(_), Change::New) => {
                let report =
                    Report::new(Code::E0318, from.at, "a `patch` may leave out what a new row needs");
                return self.report(report.help("take `new E(…)` to create a row"));
            }
            (other, _) => {
                let message = format!("{} where a record is needed", self.describe(other));
                return self.error(Code::E0301, from.at, message);
            }
        };
        if self.is_incomplete(shape) {
            return None;
        }
        let held = self.held(scope, record.expr);
        let fields: Vec<(Id<Field>, Field)> =
            self.records[shape].fields.iter().map(|(id, field)| (id, field.clone())).collect();
        let mut whole = true;
        for (id, field) in fields {
            let name = ast::Name { text: field.name.clone(), at: from.at };
            let Some(column) = self.column_for(entity, &name, across) else {
                whole = false;
                continue;
            };
            if values.iter().any(|assign| assign.column == column) {
                continue;
            }
            let node = Node::Member { record: Box::new(held.clone()), field: id };
            let secret = record.secret || field.secret;
            let value = Typed { expr: Expr::new(node, field.ty), secret, at: from.at };
            let Some(value) = self.stored_value(scope, entity, column, &name, value) else {
                whole = false;
                continue;
            };
            let has = Node::Has { patch: Box::new(held.clone()), field: id };
            let when = patch.then(|| Expr::new(has, Type::Bool));
            values.push(Assign { when, ..Assign::new(column, value) });
        }
        whole.then_some(())
    }

    /// A value in a slot, so that it is found out once.
    pub(crate) fn held(&mut self, scope: &mut Scope, value: Expr) -> Expr {
        if matches!(value.node, Node::Slot(_)) {
            return value;
        }
        let ty = value.ty.clone();
        let slot = scope.slot("record", ty.clone());
        scope.body.block.push(Statement::Let { slot, value });
        slot_value(slot, ty)
    }

    /// The column that a verb gives a value, where it may.
    pub(crate) fn column_for(
        &mut self,
        entity: Id<Entity>,
        name: &ast::Name,
        across: bool,
    ) -> Option<Id<Column>> {
        let column = self.column_list(entity, &[name])?.first().copied()?;
        if self.is_made(entity, column) {
            return self.error(Code::E0310, name.at, "the key is made by the service");
        }
        if self.entities[entity].tenant == Some(column) && !across {
            let message = format!("`{}` is the caller's tenant and fills itself", name.text);
            let report = Report::new(Code::E0405, name.at, message);
            return self.report(report.help("leave it out; only with `across tenants` it can be set"));
        }
        Some(column)
    }

    /// A value as the column's type; a secret only where the column keeps it.
    fn stored_value(
        &mut self,
        scope: &mut Scope,
        entity: Id<Entity>,
        column: Id<Column>,
        name: &ast::Name,
        value: Typed,
    ) -> Option<Expr> {
        let declared = &self.entities[entity].columns[column];
        let ty = declared.ty.clone();
        let keeps = declared.secret || *ty.required() == Type::Password;
        let value = self.coerce(scope, value, &ty, &name.text)?;
        self.kept(&value, keeps, name)?;
        self.names_a_row(scope, &value)?;
        Some(value.expr)
    }

    /// Refuses a secret in a column that shows it.
    pub(crate) fn kept(&mut self, value: &Typed, keeps: bool, name: &ast::Name) -> Option<()> {
        if keeps || !value.secret {
            return Some(());
        }
        let message = format!("a secret would be stored in `{}`, which is not", name.text);
        let report = Report::new(Code::E0403, value.at, message);
        self.report(report.help("store a `sha256(…)` of it, or make the field `secret`"))
    }
}
