//! Projections: what of a row is shown, and computed members.
use super::changes::PendingChange;
use super::implied::{Known, is_embedded};
use super::member::{Member, needs_a_name};
use super::scope::Scope;
use super::truth::known;
use super::{Checker, Part, Typed};
use crate::ast::{self, Argument, ArgumentKind, ExprKind, TypeKind};
use crate::report::{Code, Report, Span};
use crate::resolve::Meaning;
use quater_ir::entity::{Column, Computed, Entity};
use quater_ir::expr::reach::columns_in;
use quater_ir::expr::{Expr, Node};
use quater_ir::types::{Field, Record, Type};
use quater_ir::{Arena, Id};
use smol_str::SmolStr;
use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

impl Checker<'_> {
    /// Queues every declared projection.
    pub(crate) fn declared_projections(&mut self) {
        for (index, (_, node)) in self.names.types.values().enumerate() {
            let TypeKind::Named { name, arguments: Some(arguments) } = &node.ty.kind else { continue };
            let Some(super::types::TypeState::Done(Some(Type::Record(id)))) = self.types.nth(index) else {
                continue;
            };
            let id = *id;
            let Some(entity) = self.records.arena()[id].of else { continue };
            let base = self.base_of(name);
            self.wait_for_rules(Queued { id, entity, base, arguments: arguments.clone() });
        }
    }

    fn wait_for_rules(&mut self, queued: Queued) {
        let queued = Arc::new(queued);
        self.waiting.projections.push(Arc::clone(&queued));
        self.waiting.queued.push_back(queued);
    }

    /// Fills in every projection that is queued, those of entities before those of projections.
    pub(crate) fn projections(&mut self) {
        while let Some(next) = self.waiting.queued.iter().position(|it| !self.is_waiting(it.base)) {
            let Some(queued) = self.waiting.queued.remove(next) else { break };
            self.inlined = 0;
            self.renew_members(Part::Projection, queued.id, |checker| checker.fill(&queued));
        }
        self.renew(Part::Endless, 0, Self::endless_projections);
    }

    /// Gives a projection its members.
    fn fill(&mut self, queued: &Queued) {
        let Queued { id, entity, base, arguments } = queued;
        let (fields, places) = match self.projected_fields(*entity, *base, arguments) {
            Some(found) => found,
            None => {
                self.incomplete.insert(*id);
                return;
            }
        };
        self.records[*id].fields = fields;
        self.place_shown(*id, (*entity, *base), arguments);
        self.embedded.extend(places.into_iter().map(|(field, at)| ((*id, field), at)));
    }

    /// A projection that is written in place; it waits until the rules of all entities are known.
    pub(crate) fn inline_shape(
        &mut self,
        entity: Id<Entity>,
        base: Option<Id<Record>>,
        arguments: &[Argument],
    ) -> Id<Record> {
        let record = Record { name: None, docs: String::new(), fields: Arena::default(), of: Some(entity) };
        let id = self.records.add(record);
        let queued = Queued { id, entity, base, arguments: arguments.to_vec() };
        if self.rules_stand && !self.is_waiting(base) {
            self.fill(&queued);
        } else {
            self.wait_for_rules(queued);
        }
        id
    }

    /// Whether a projection has no members yet.
    fn is_waiting(&self, base: Option<Id<Record>>) -> bool {
        base.is_some_and(|base| self.waiting.queued.iter().any(|it| it.id == base))
    }

    /// `Order(id, total)` where a type is written.
    pub(crate) fn inline_projection(
        &mut self,
        entity: Id<Entity>,
        name: &ast::Name,
        arguments: &[Argument],
    ) -> Option<Type> {
        let base = self.base_of(name);
        let id = self.inline_shape(entity, base, arguments);
        (!self.is_incomplete(id)).then_some(Type::Record(id))
    }

    /// The projection that a projection is made from, where it is not the entity itself.
    pub(crate) fn base_of(&mut self, name: &ast::Name) -> Option<Id<Record>> {
        let Some(Meaning::Type(index)) = self.names.get(name) else { return None };
        match self.types.nth(index) {
            Some(super::types::TypeState::Done(Some(Type::Record(id)))) => Some(*id),
            _ => None,
        }
    }

    fn projected_fields(
        &mut self,
        entity: Id<Entity>,
        base: Option<Id<Record>>,
        arguments: &[Argument],
    ) -> Option<Shown> {
        let mut fields: Arena<Field> = Arena::default();
        let mut places = Vec::new();
        let mut whole = true;
        for argument in arguments {
            let found = if matches!(argument.kind, ArgumentKind::Everything) {
                Some(self.everything(entity, base))
            } else {
                self.one_shown(entity, base, argument).map(|field| vec![field])
            };
            let Some(found) = found else {
                whole = false;
                continue;
            };
            for field in found {
                if fields.values().any(|other| other.name == field.name) {
                    let message = format!("`{}` is there twice", field.name);
                    self.error::<()>(Code::E0202, argument.at, message);
                    continue;
                }
                places.push((fields.add(field), argument.at));
            }
        }
        whole.then_some((fields, places))
    }

    fn one_shown(
        &mut self,
        entity: Id<Entity>,
        base: Option<Id<Record>>,
        argument: &Argument,
    ) -> Option<Field> {
        let (value, optional) = match &argument.kind {
            ArgumentKind::Value(value) => (value, false),
            ArgumentKind::Optional(value) => (value, true),
            ArgumentKind::Computed { name, value } => return self.computed(entity, name, value),
            ArgumentKind::Named { name, value, optional } => {
                return self.embedded_named(entity, name, (value, *optional), argument.at);
            }
            ArgumentKind::Range(_) | ArgumentKind::Everything => {
                return self.error(Code::E0302, argument.at, "a projection lists names");
            }
            ArgumentKind::Stray => return None,
        };
        if let ExprKind::Name(name) = &value.kind {
            let mut field = self.shown(entity, base, name)?;
            if optional {
                field.ty = field.ty.optional();
            }
            return Some(field);
        }
        if let ExprKind::Call(call) = &value.kind {
            return self.embedded_call(entity, call, optional);
        }
        if matches!(value.kind, ExprKind::Hole) {
            return None;
        }
        let report = Report::new(Code::E0302, argument.at, "a projection lists names");
        self.report(report.help("a value that is worked out has a name: `mine = customer == actor`"))
    }

    /// `*`: all that the base shows of itself, never secrets and never relations.
    fn everything(&self, entity: Id<Entity>, base: Option<Id<Record>>) -> Vec<Field> {
        if let Some(base) = base {
            return self.records[base].fields.values().cloned().collect();
        }
        let shown = |column: &Column| {
            !column.secret && !matches!(column.ty.required(), Type::Password | Type::Ref(_))
        };
        let columns = self.entities[entity].columns.iter().filter(|(_, column)| shown(column));
        let mut fields: Vec<Field> = columns.map(|(id, _)| self.column_field(entity, id)).collect();
        let computed = self.entities[entity].computed.iter().filter(|it| !it.secret);
        fields.extend(computed.map(computed_field));
        fields
    }

    fn column_field(&self, entity: Id<Entity>, id: Id<Column>) -> Field {
        let column = &self.entities[entity].columns[id];
        Field {
            name: column.name.clone(),
            docs: column.docs.clone(),
            ty: column.ty.clone(),
            default: None,
            secret: false,
            source: Some(self.column(entity, id)),
        }
    }

    fn shown(&mut self, entity: Id<Entity>, base: Option<Id<Record>>, name: &ast::Name) -> Option<Field> {
        let inherited =
            base.and_then(|base| self.records[base].fields.values().find(|field| field.name == name.text));
        if let (Some(field), Some(base)) = (inherited, base) {
            self.note_field(base, name);
            return Some(field.clone());
        }
        if name.is_hole() {
            return None;
        }
        self.note_member(entity, name);
        let column = match self.member_named(entity, &name.text) {
            Some(Member::Column(column)) => column,
            Some(Member::Computed(_)) => return self.computed_shown(entity, name),
            Some(Member::Side(_)) => return needs_a_name(self, name.at, &format!("`{}`", name.text)),
            None => return self.no_column(entity, name),
        };
        let declared = &self.entities[entity].columns[column];
        if declared.secret || *declared.ty.required() == Type::Password {
            let report =
                Report::new(Code::E0403, name.at, format!("`{}` is secret and can't be shown", name.text));
            return self.report(report.help("leave it out, or compute something that is not secret from it"));
        }
        Some(self.column_field(entity, column))
    }

    /// A computed field of the entity.
    fn computed_shown(&mut self, entity: Id<Entity>, name: &ast::Name) -> Option<Field> {
        let field = self.entities[entity].computed.iter().find(|it| it.name == name.text)?;
        if !field.secret {
            return Some(computed_field(field));
        }
        let report = Report::new(Code::E0403, name.at, format!("`{}` is made of a secret", name.text));
        self.report(report.help("leave it out, or compute something that is not secret from it"))
    }

    fn computed(&mut self, entity: Id<Entity>, name: &ast::Name, value: &ast::Expr) -> Option<Field> {
        let mut scope = Scope { seen: true, ..Scope::rule(Some(entity)) };
        let value = self.expr(&mut scope, value, None)?;
        self.not_secret(&value)?;
        self.related_readable(entity, &value, None)?;
        if super::embed::holds_rows(value.ty()) {
            return needs_a_name(self, value.at, "these rows");
        }
        let mut ty = super::embed::made_type(value.ty());
        let (seen, hides) = self.seen(entity, value.expr, None, false, Known::default());
        let seen = known(seen);
        if hides && ty != Type::Bool {
            ty = ty.optional();
        }
        Some(Field {
            name: name.text.clone(),
            docs: String::new(),
            ty,
            default: None,
            secret: false,
            source: Some(seen),
        })
    }

    /// Refuses a secret where it would be shown.
    pub(crate) fn not_secret(&mut self, value: &Typed) -> Option<()> {
        if !value.secret {
            return Some(());
        }
        let report = Report::new(Code::E0403, value.at, "a secret would leave the service here");
        self.report(
            report.help(
                "if that is meant, say `reveal … \"why\"`; every use is listed by `quater check --report`",
            ),
        )
    }

    /// Columns that a projection shows where they may be read, and that are not hidden otherwise.
    pub(crate) fn masks_shown(
        &self,
        shape: Id<Record>,
        partial: Vec<(Id<Column>, Expr)>,
        there: &[(Id<Column>, Expr)],
    ) -> Vec<(Id<Column>, Expr)> {
        let shown = |wanted: Id<Column>| {
            self.records[shape].fields.values().any(|field| {
                let source = field.source.as_ref().map(|source| &source.node);
                let own = matches!(source, Some(Node::Column { via, column, .. }) if via.is_empty() && *column == wanted);
                own && field.ty.is_optional()
            })
        };
        let hidden = |column: Id<Column>| there.iter().any(|(other, _)| *other == column);
        partial.into_iter().filter(|(column, _)| shown(*column) && !hidden(*column)).collect()
    }

    /// Notes which entities a projection shows rows of.
    pub(crate) fn reaches_entities(&self, scope: &mut Scope, shape: Id<Record>) {
        let mut open = vec![shape];
        let mut seen = BTreeSet::new();
        while let Some(shape) = open.pop() {
            if !seen.insert(shape) {
                continue;
            }
            for source in self.records[shape].fields.values().filter_map(|field| field.source.as_ref()) {
                rows_in(source, &mut scope.body.effects.reads, &mut open);
            }
        }
    }

    /// Notes which columns a projection of a row looks at.
    pub(crate) fn touch_shape(&mut self, scope: &mut Scope, row: &Expr, shape: Id<Record>) {
        let Node::Slot(slot) = row.node else { return };
        let used = scope.body.used.entry(slot).or_default();
        for field in self.records[shape].fields.values() {
            if let Some(source) = &field.source {
                columns_in(source, &mut |column| _ = used.insert(column));
            }
        }
    }

    /// That every column a projection shows may be read wherever the row may be.
    pub(crate) fn readable(
        &mut self,
        shape: Id<Record>,
        partial: &[(Id<Column>, Expr)],
        at: Span,
    ) -> Option<()> {
        let Some(entity) = self.records[shape].of else { return Some(()) };
        let hidden = self.records[shape].fields.values().find_map(|field| {
            let mut hit: Option<Id<Column>> = None;
            // What a relation leads to, its own rules decide.
            let source = field.source.as_ref().filter(|source| !is_embedded(source))?;
            columns_in(source, &mut |column| {
                if partial.iter().any(|(other, _)| *other == column) {
                    hit = Some(column);
                }
            });
            let column = hit?;
            let alone = matches!(&source.node, Node::Column { via, .. } if via.is_empty());
            let absent = alone || self.entities[entity].columns[column].ty.is_optional();
            let masked = field.ty.is_optional() && absent;
            (!masked).then_some(column)
        });
        match hidden {
            None => Some(()),
            Some(column) => self.unreadable(entity, column, at),
        }
    }

    pub(crate) fn unreadable<T>(&mut self, entity: Id<Entity>, column: Id<Column>, at: Span) -> Option<T> {
        self.rules_known(entity)?;
        let name: SmolStr = self.entities[entity].columns[column].name.clone();
        let message = format!("`{name}` can't be read wherever the row can");
        let report = Report::new(Code::E0404, at, message);
        self.report(
            report.help(format!("let the same callers read `{name}`, make it optional, or leave it out")),
        )
    }
}

/// Entities whose rows an expression reaches, and projections that it makes.
fn rows_in(expr: &Expr, entities: &mut BTreeSet<Id<Entity>>, shapes: &mut Vec<Id<Record>>) {
    if let Node::Rows(rows) = &expr.node {
        entities.insert(rows.entity);
    }
    if let (Node::Related { via, .. }, Type::Row(entity)) = (&expr.node, expr.ty.required())
        && !via.is_empty()
    {
        entities.insert(*entity);
    }
    if let Node::Project { shape, .. } = &expr.node {
        shapes.push(*shape);
    }
    expr.children().into_iter().for_each(|child| rows_in(child, entities, shapes));
}

/// Members of a projection, with where each is written.
type Shown = (Arena<Field>, Vec<(Id<Field>, Span)>);

/// Records whose members wait for something.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    /// Projections that wait for the rules of all entities, and for those that they are made from.
    pub(crate) queued: VecDeque<Arc<Queued>>,
    /// All that ever did.
    pub(crate) projections: Vec<Arc<Queued>>,
    /// All `new` and `patch` that were written before entities and projections were known.
    pub(crate) changes: Vec<Arc<PendingChange>>,
}

/// A projection that is written in place, until it is filled.
#[derive(Debug)]
pub(crate) struct Queued {
    id: Id<Record>,
    entity: Id<Entity>,
    base: Option<Id<Record>>,
    arguments: Vec<Argument>,
}

fn computed_field(computed: &Computed) -> Field {
    Field {
        name: computed.name.clone(),
        docs: computed.docs.clone(),
        ty: computed.value.ty.clone(),
        default: None,
        secret: false,
        source: Some(computed.value.clone()),
    }
}
