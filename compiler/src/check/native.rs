//! What a body in Rust can do to rows: a verb for each of its effects, made of the same guards, keys and
//! permissions as the statements of declared bodies.
use super::body::Finished;
use super::rule::Act;
use super::scope::{Doer, Place, Scope, slot_value};
use super::write::Making;
use super::{Checker, Typed};
use crate::report::Span;
use quater_ir::Id;
use quater_ir::body::{Assign, Create, Fetch, Query, Select, Statement, Update};
use quater_ir::entity::{Column, Entity, Numbering};
use quater_ir::expr::{Compare, Expr, Node};
use quater_ir::fault;
use quater_ir::native::{Argument, BATCH, GivenRow, Gives, Grant, Verb};
use quater_ir::types::{Bounds, Record, Type};
use smol_str::SmolStr;
use std::collections::BTreeSet;

/// What a body may do to an entity, by one kind of act.
struct Granted {
    act: Act,
    entity: Id<Entity>,
    /// To these columns; none for all.
    columns: BTreeSet<Id<Column>>,
    /// Whether rows may be held, because they may be changed.
    holds: bool,
    at: Span,
}

/// A verb while it is made.
struct Draft {
    scope: Scope,
    arguments: Vec<Argument>,
}

/// A column that a verb takes a value for.
struct Offered {
    column: Id<Column>,
    /// What was given, as it comes.
    value: Expr,
    /// Whether it was given; none where it must be.
    given: Option<Expr>,
}

impl Draft {
    fn argument(&mut self, (column, name): (Id<Column>, &SmolStr), ty: Type) -> Expr {
        let slot = self.scope.slot(name.clone(), ty.clone());
        let argument = Argument { name: name.clone(), ty: ty.clone(), slot, given: None, column };
        self.arguments.push(argument);
        slot_value(slot, ty)
    }

    /// One that may be left out, with whether it was not.
    fn choice(&mut self, named: (Id<Column>, &SmolStr), ty: Type) -> (Expr, Expr) {
        let value = self.argument(named, ty);
        let slot = self.scope.slot(format!("{} given", named.1), Type::Bool);
        if let Some(argument) = self.arguments.last_mut() {
            argument.given = Some(slot);
        }
        (value, slot_value(slot, Type::Bool))
    }

    fn returns(&mut self, output: Option<Expr>) {
        self.scope.body.block.push(Statement::Return(output));
    }
}

impl Checker<'_> {
    /// The inputs that are rows, with what a body in Rust is given of them.
    pub(crate) fn native_rows(&self, scope: &mut Scope) -> Vec<GivenRow> {
        let mut rows = Vec::new();
        for (at, local) in scope.locals.iter().filter(|local| local.input).enumerate() {
            if let (Node::Slot(slot), Type::Row(entity)) = (&local.value.node, local.value.ty.required()) {
                let columns = self.shown_columns(*entity, &BTreeSet::new(), scope.body.doer);
                rows.push(GivenRow { input: at as u32, slot: *slot, entity: *entity, columns });
            }
        }
        for row in &rows {
            scope.body.used.entry(row.slot).or_default().extend(row.columns.iter().copied());
        }
        rows
    }

    /// The verbs of a body in Rust; what they touch and may end with is touched and ended with by it.
    pub(crate) fn rust_verbs(&mut self, outer: &mut Scope, grants: &[(Grant, Span)]) -> Vec<Verb> {
        let mut all: Vec<Granted> = Vec::new();
        let changes = |entity| {
            let changing = |act| matches!(act, Act::Update | Act::Delete);
            grants.iter().any(|(grant, _)| grant.entity == entity && changing(grant.act))
        };
        for (Grant { act, entity, columns }, at) in grants {
            let columns: BTreeSet<Id<Column>> = columns.iter().copied().collect();
            match all.iter_mut().find(|it| it.act == *act && it.entity == *entity) {
                Some(known) if columns.is_empty() || known.columns.is_empty() => known.columns.clear(),
                Some(known) => known.columns.extend(columns),
                None => {
                    let (act, entity, at) = (*act, *entity, *at);
                    all.push(Granted { act, entity, columns, holds: changes(entity), at });
                }
            }
        }
        let mut verbs = Vec::new();
        for granted in &all {
            match granted.act {
                Act::Read => self.reading_verbs(outer, granted, &mut verbs),
                Act::Create => verbs.extend(self.creating_verb(outer, granted)),
                Act::Update => verbs.extend(self.changing_verb(outer, granted)),
                Act::Delete => verbs.extend(self.deleting_verb(outer, granted)),
            }
        }
        verbs
    }

    fn native_verb(
        &mut self,
        outer: &mut Scope,
        granted: &Granted,
        name: impl Into<SmolStr>,
        make: impl FnOnce(&mut Self, &mut Draft) -> Option<Gives>,
    ) -> Option<Verb> {
        let mut scope = Scope::new(Place::Body, outer.actor, None);
        scope.body.doer = outer.body.doer;
        let mut draft = Draft { scope, arguments: Vec::new() };
        let gives = make(self, &mut draft)?;
        let Draft { scope, arguments } = draft;
        outer.body.needs_tenant |= scope.body.needs_tenant;
        let Finished { body, effects, faults, .. } = self.finished(scope);
        let into = &mut outer.body.effects;
        into.reads.extend(effects.reads);
        into.creates.extend(effects.creates);
        into.updates.extend(effects.updates);
        into.deletes.extend(effects.deletes);
        into.locks |= effects.locks;
        into.hashes |= effects.hashes;
        outer.body.faults.extend(faults);
        let (name, entity, act) = (name.into(), granted.entity, granted.act);
        Some(Verb { name, entity, act, arguments, gives, body })
    }

    fn reading_verbs(&mut self, outer: &mut Scope, granted: &Granted, verbs: &mut Vec<Verb>) {
        let Granted { entity, holds, at, .. } = *granted;
        let doer = outer.body.doer;
        let columns = self.shown_columns(entity, &granted.columns, doer);
        if let Some(hidden) = granted.columns.iter().find(|column| !columns.contains(column)) {
            self.unreadable::<()>(entity, *hidden, at);
            return;
        }
        let node = &self.entities[entity];
        let mut lookups = vec![(String::new(), vec![node.key])];
        for unique in &node.uniques {
            let by: Vec<_> =
                unique.columns.iter().copied().filter(|column| node.tenant != Some(*column)).collect();
            let names: Vec<&str> = by.iter().map(|column| node.columns[*column].name.as_str()).collect();
            if !by.is_empty() && by.iter().all(|column| columns.contains(column)) {
                lookups.push((format!("_by_{}", names.join("_and_")), by));
            }
        }
        for (suffix, by) in &lookups {
            verbs.extend(self.native_verb(outer, granted, format!("find{suffix}"), |checker, draft| {
                Some(checker.finding(draft, granted, by, &columns, false))
            }));
            if holds {
                verbs.extend(self.native_verb(outer, granted, format!("lock{suffix}"), |checker, draft| {
                    Some(checker.finding(draft, granted, by, &columns, true))
                }));
            }
        }
        verbs.extend(self.native_verb(outer, granted, Verb::BATCH, |checker, draft| {
            Some(checker.going_through(draft, entity, &columns))
        }));
        for shape in self.shapes_of(entity, outer.body.output.as_ref()) {
            let of = self.records[shape].name.clone().unwrap_or_default();
            verbs.extend(self.native_verb(outer, granted, format!("show_{of}"), |checker, draft| {
                checker.showing(draft, granted, shape)
            }));
        }
    }

    /// The columns that a body in Rust gets of a row: those asked for that can be read wherever the row can,
    /// or are null where they can't; never the hash of a password.
    fn shown_columns(
        &self,
        entity: Id<Entity>,
        asked: &BTreeSet<Id<Column>>,
        doer: Option<Doer>,
    ) -> Vec<Id<Column>> {
        let node = &self.entities[entity];
        let partial = self.sight(entity, doer, false).partial;
        let shown = |(id, column): &(Id<Column>, &Column)| {
            let wanted = asked.is_empty() || asked.contains(id) || *id == node.key;
            let hidden = partial.iter().any(|(other, _)| other == id) && !column.ty.is_optional();
            wanted && !hidden && *column.ty.required() != Type::Password
        };
        node.columns.iter().filter(shown).map(|(id, _)| id).collect()
    }

    /// The projections of an entity that an output shows.
    fn shapes_of(&self, entity: Id<Entity>, output: Option<&Type>) -> BTreeSet<Id<Record>> {
        let mut open: Vec<&Type> = output.into_iter().collect();
        let (mut seen, mut shapes) = (BTreeSet::new(), BTreeSet::new());
        while let Some(ty) = open.pop() {
            open.extend(ty.children());
            for id in ty.records(&self.unions) {
                if self.records[id].of == Some(entity) {
                    shapes.insert(id);
                } else if seen.insert(id) {
                    open.extend(self.records[id].fields.values().map(|field| &field.ty));
                }
            }
        }
        shapes
    }

    /// The row at which columns have the values that are given.
    fn finding(
        &mut self,
        draft: &mut Draft,
        granted: &Granted,
        by: &[Id<Column>],
        columns: &[Id<Column>],
        lock: bool,
    ) -> Gives {
        let condition = self.same_values(draft, granted.entity, by);
        let select = Select { condition, ..self.visible(draft, granted.entity) };
        let ty = Type::Row(granted.entity).optional();
        let slot = draft.scope.slot("row", ty.clone());
        draft.scope.body.used.insert(slot, columns.iter().copied().collect());
        draft.scope.body.effects.locks |= lock;
        let query = Query { select, fetch: Fetch::One(Vec::new()), lock };
        draft.scope.body.block.push(Statement::Read { slot, query, otherwise: None });
        draft.returns(Some(slot_value(slot, ty)));
        Gives::Row(columns.to_vec())
    }

    fn same_values(&self, draft: &mut Draft, entity: Id<Entity>, by: &[Id<Column>]) -> Option<Expr> {
        let mut same = Vec::new();
        for column in by {
            let declared = &self.entities[entity].columns[*column];
            let ty = super::expr::unrefined(declared.ty.required());
            let given = draft.argument((*column, &declared.name), ty);
            let there = self.column(entity, *column);
            same.push(Expr::new(Node::Compare(Compare::Equal, Box::new(there), Box::new(given)), Type::Bool));
        }
        Some(super::guard::all(same))
    }

    /// Every row of an entity that may be seen.
    fn visible(&mut self, draft: &mut Draft, entity: Id<Entity>) -> Select {
        self.all_tenants(&mut draft.scope, entity, false);
        let sight = self.sight(entity, draft.scope.body.doer, false);
        draft.scope.body.effects.reads.insert(entity);
        Select { masks: self.masks(entity, sight.partial), ..Select::new(entity, sight.rows) }
    }

    /// The rows behind a key, in the order of keys.
    fn going_through(&mut self, draft: &mut Draft, entity: Id<Entity>, columns: &[Id<Column>]) -> Gives {
        let key = self.entities[entity].key;
        let after = draft.argument((key, &SmolStr::new_static("after")), self.key_type(entity).optional());
        let first = Expr::new(Node::IsNull(Box::new(after.clone())), Type::Bool);
        let last = Expr::new(after.node, self.key_type(entity));
        let beyond = Node::Compare(Compare::Greater, Box::new(self.column(entity, key)), Box::new(last));
        let condition = Some(Expr::new(Node::Or(vec![first, Expr::new(beyond, Type::Bool)]), Type::Bool));
        let select = Select { condition, take: Some(BATCH), ..self.visible(draft, entity) };
        let bounds = Bounds { min: None, max: Some(BATCH) };
        let ty = Type::List(Box::new(Type::Row(entity)), bounds);
        let slot = draft.scope.slot("rows", ty.clone());
        let query = Query { select, fetch: Fetch::Many(columns.to_vec()), lock: false };
        draft.scope.body.block.push(Statement::Read { slot, query, otherwise: None });
        draft.returns(Some(slot_value(slot, ty)));
        Gives::Rows(columns.to_vec())
    }

    /// A row as a projection that the output shows.
    fn showing(&mut self, draft: &mut Draft, granted: &Granted, shape: Id<Record>) -> Option<Gives> {
        let entity = granted.entity;
        let condition = self.same_values(draft, entity, &[self.entities[entity].key]);
        let mut select = Select { condition, ..self.visible(draft, entity) };
        self.shown_rows(&mut draft.scope, &mut select, shape, (false, granted.at))?;
        let ty = Type::Record(shape).optional();
        let slot = draft.scope.slot("shown", ty.clone());
        let query = Query { select, fetch: Fetch::OneShaped(shape), lock: false };
        draft.scope.body.block.push(Statement::Read { slot, query, otherwise: None });
        draft.returns(Some(slot_value(slot, ty)));
        Some(Gives::Shape(shape))
    }

    fn creating_verb(&mut self, outer: &mut Scope, granted: &Granted) -> Option<Verb> {
        let Granted { entity, at, .. } = *granted;
        self.native_verb(outer, granted, "create", |checker, draft| {
            let offered = checker.offered(draft, granted)?;
            let mut values = checker.offered_values(draft, granted, &offered)?;
            for (assign, offered) in values.iter_mut().zip(&offered) {
                let default = checker.entities[entity].columns[offered.column].default.clone();
                if let (Some(default), Some(given)) = (default, &offered.given) {
                    let ty = checker.entities[entity].columns[offered.column].ty.clone();
                    let (condition, otherwise) = (Box::new(given.clone()), Box::new(default));
                    let then = Box::new(assign.value.clone());
                    assign.value = Expr::new(Node::If { condition, then, otherwise }, ty);
                }
            }
            let permit = checker.offered_permit(draft, granted, &offered, &values);
            let given = |column| offered.iter().any(|it| it.column == column && it.given.is_none());
            let permit = checker.but_its_tenant(entity, permit, &values, |target, assign| {
                given(assign.column) && checker.seen_are_ours(target)
            });
            checker
                .complete(&Making { entity, back: None, across: false, caught: false, at }, &mut values)?;
            checker.write_faults(&mut draft.scope, entity, (&permit, false), &values);
            draft.scope.body.effects.creates.insert(entity);
            let slot = draft.scope.slot("row", Type::Row(entity));
            let create = Create { entity, values, permit, otherwise: None, nested: Vec::new() };
            draft.scope.body.block.push(Statement::Create { slot: Some(slot), create });
            let (row, column) = (Box::new(slot_value(slot, Type::Row(entity))), checker.entities[entity].key);
            let key = Expr::new(Node::RowColumn { row, column }, checker.key_type(entity));
            draft.returns(Some(key));
            Some(Gives::Key)
        })
    }

    fn changing_verb(&mut self, outer: &mut Scope, granted: &Granted) -> Option<Verb> {
        let entity = granted.entity;
        self.native_verb(outer, granted, "update", |checker, draft| {
            let row = checker.own_row(draft, entity)?;
            let offered = checker.offered(draft, granted)?;
            let mut values = checker.offered_values(draft, granted, &offered)?;
            for (assign, offered) in values.iter_mut().zip(offered.iter()) {
                assign.when = offered.given.clone();
            }
            let permit = checker.offered_permit(draft, granted, &offered, &values);
            checker.write_faults(&mut draft.scope, entity, (&permit, false), &values);
            draft.scope.body.faults.insert(fault::NOT_FOUND);
            draft.scope.body.effects.updates.insert(entity);
            let update = Update { entity, values, permit, otherwise: None };
            draft.scope.body.block.push(Statement::Update { row, update });
            draft.returns(None);
            Some(Gives::Nothing)
        })
    }

    fn deleting_verb(&mut self, outer: &mut Scope, granted: &Granted) -> Option<Verb> {
        let entity = granted.entity;
        self.native_verb(outer, granted, "delete", |checker, draft| {
            let row = checker.own_row(draft, entity)?;
            checker.all_tenants(&mut draft.scope, entity, false);
            let permit = checker.deletable(&mut draft.scope, entity, false, granted.at)?;
            draft.scope.body.faults.insert(fault::NOT_FOUND);
            draft.scope.body.block.push(Statement::Delete { row, entity, permit });
            draft.returns(None);
            Some(Gives::Nothing)
        })
    }

    /// The slot of the row that a verb is about.
    fn own_row(&self, draft: &mut Draft, entity: Id<Entity>) -> Option<quater_ir::expr::Slot> {
        let key = self.entities[entity].key;
        let name = self.entities[entity].columns[key].name.clone();
        let row = draft.argument((key, &name), Type::Row(entity));
        if let Node::Slot(slot) = row.node { Some(slot) } else { None }
    }

    /// The columns whose values a verb takes; what nobody may set, or sets itself, is left out.
    fn offered(&mut self, draft: &mut Draft, granted: &Granted) -> Option<Vec<Offered>> {
        let Granted { entity, act, at, .. } = *granted;
        self.all_tenants(&mut draft.scope, entity, false);
        let doer = draft.scope.body.doer;
        let ids: Vec<Id<Column>> = self.entities[entity].columns.ids().collect();
        let mut offered = Vec::new();
        for column in ids {
            let node = &self.entities[entity];
            let declared = &node.columns[column];
            let must = act == Act::Create && declared.default.is_none() && !declared.ty.is_optional();
            let named = granted.columns.is_empty() || granted.columns.contains(&column);
            let own = column == node.key && (act != Act::Create || node.numbering != Numbering::Given);
            let kind = declared.ty.required();
            let apart = *kind == Type::Password && !must;
            if own || node.tenant == Some(column) || !named || apart {
                continue;
            }
            let (name, ty) = (declared.name.clone(), taken(&declared.ty));
            if self.permit(entity, act, &[column], doer, false).is(false) {
                continue;
            }
            if let Type::Ref(target) = *ty.required() {
                let sight = self.sight(target, doer, false).rows;
                if must {
                    self.may_read(target, &sight, &draft.scope, at)?;
                } else if sight.is(false) {
                    continue;
                }
            }
            let (value, given) = if must {
                (draft.argument((column, &name), ty), None)
            } else {
                let (value, given) = draft.choice((column, &name), ty);
                (value, Some(given))
            };
            offered.push(Offered { column, value, given });
        }
        draft.scope.body.inputs = draft.scope.body.slots.len() as u32;
        Some(offered)
    }

    /// What is given, as values for columns; keys among it must name rows that may be seen.
    fn offered_values(
        &mut self,
        draft: &mut Draft,
        granted: &Granted,
        offered: &[Offered],
    ) -> Option<Vec<Assign>> {
        let Granted { entity, at, .. } = *granted;
        let mut values = Vec::new();
        for offered in offered {
            let declared = &self.entities[entity].columns[offered.column];
            let (name, ty) = (declared.name.clone(), declared.ty.clone());
            let secret = declared.secret || *ty.required() == Type::Password;
            self.keys_inside(&mut draft.scope, &offered.value, at);
            let value = Typed { expr: offered.value.clone(), secret, at };
            let value = self.coerce(&mut draft.scope, value, &ty, &name)?;
            values.push(Assign::new(offered.column, value.expr));
        }
        Some(values)
    }

    /// Whether a row may be written: what is asked of a column counts where it was given. A row that it is made to point
    /// to may be seen, so it is of the caller's tenant, unless it is a caller of another one.
    fn offered_permit(
        &mut self,
        draft: &Draft,
        granted: &Granted,
        offered: &[Offered],
        values: &[Assign],
    ) -> Expr {
        let Granted { entity, act, .. } = *granted;
        let doer = draft.scope.body.doer;
        let base = self.permit(entity, act, &[], doer, false);
        let mut parts = vec![base.clone()];
        for Offered { column, given, .. } in offered {
            let whole = self.permit(entity, act, &[*column], doer, false);
            if whole == base {
                continue;
            }
            parts.push(match given {
                Some(given) => super::guard::any(vec![super::expr::not(given.clone()), whole]),
                None => whole,
            });
        }
        let columns = &self.entities[entity].columns;
        let unsure = |assign: &&Assign| {
            let ty = columns[assign.column].ty.required();
            matches!(ty, Type::Ref(target) if !self.seen_are_ours(*target))
        };
        let unsure: Vec<Assign> = values.iter().filter(unsure).cloned().collect();
        self.of_one_tenant(&draft.scope, entity, super::guard::all(parts), &unsure)
    }
}

/// What is taken for a column: its rules are looked at where it is written, as those of any value are.
fn taken(ty: &Type) -> Type {
    if let Type::Optional(inner) = ty {
        taken(inner).optional()
    } else if *ty == Type::Password {
        Type::TEXT
    } else {
        super::expr::unrefined(ty)
    }
}
