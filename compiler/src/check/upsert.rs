//! `upsert E by (a, b) { … } else update { … }`: the row with these values, made where it is not there.
use super::rule::Act;
use super::scope::{Place, Scope, slot_value};
use super::write::Making;
use super::{Checker, Typed};
use crate::ast;
use crate::report::{Code, Report, Span};
use quater_ir::Id;
use quater_ir::body::{Assign, Create, Statement, Update};
use quater_ir::entity::{Column, Entity, Unique};
use quater_ir::fault::Fault;
use quater_ir::types::Type;
use std::collections::BTreeSet;

impl Checker<'_> {
    /// `upsert Reaction by (item, kind) { item, kind, count: 1 } else update { count: count + 1 }`
    pub(crate) fn upsert(
        &mut self,
        scope: &mut Scope,
        upsert: &ast::Upsert,
        otherwise: Option<&ast::Expr>,
        at: Span,
    ) -> Option<Typed> {
        self.statement_allowed(scope, at)?;
        let entity = self.entity_named(&upsert.entity)?;
        let across = upsert.across_tenants.is_some();
        let mut values = self.assigned(scope, entity, &upsert.fields, across)?;
        let unique = self.found_by(entity, upsert, &values, across, at)?;
        let given: Vec<Id<Column>> = values.iter().map(|assign| assign.column).collect();
        self.complete(&Making { entity, back: None, across, caught: otherwise.is_some(), at }, &mut values)?;
        let permit = self.permit(entity, Act::Create, &given, scope.body.doer, across);
        self.may_write(entity, Act::Create, &permit, scope, at)?;
        let otherwise = self.own_raise(scope, otherwise)?;
        let told = scope.body.faults.clone();
        self.write_faults(scope, entity, (&permit, otherwise.is_some()), &values);
        self.upsert_faults(scope, entity, &unique, (otherwise.is_some(), &told));
        let create = Create { entity, values, permit, otherwise, nested: Vec::new() };
        let update = match &upsert.otherwise {
            Some(record) => Some(self.upsert_change(scope, entity, record, across, at)?),
            None => None,
        };
        let sight = self.sight(entity, scope.body.doer, across);
        self.may_read(entity, &sight.rows, scope, at)?;
        let slot = scope.slot(self.entities[entity].name.to_lowercase(), Type::Row(entity));
        scope.body.partly.insert(slot, (entity, at));
        scope.body.effects.creates.insert(entity);
        scope.body.effects.reads.insert(entity);
        let masks = self.masks(entity, sight.partial);
        let (slot_held, by, guard) = (Some(slot), unique.columns, sight.rows);
        scope.body.walked.clear();
        let upsert = Statement::Upsert { slot: slot_held, create, by, guard, masks, update };
        scope.body.block.push(upsert);
        Some(Typed { expr: slot_value(slot, Type::Row(entity)), secret: false, at })
    }

    /// The unique whose columns `by` names; the tenant's counts as named.
    fn found_by(
        &mut self,
        entity: Id<Entity>,
        upsert: &ast::Upsert,
        values: &[Assign],
        across: bool,
        at: Span,
    ) -> Option<Unique> {
        let names: Vec<&ast::Name> = upsert.by.iter().collect();
        let mut by = self.column_list(entity, &names)?;
        let node = &self.entities[entity];
        if let Some(tenant) = node.tenant.filter(|tenant| !across && !by.contains(tenant)) {
            let alone = node.uniques.iter().any(|unique| same(&unique.columns, &by));
            if !alone {
                by.push(tenant);
            }
        }
        let Some(unique) = node.uniques.iter().find(|unique| same(&unique.columns, &by)).cloned() else {
            let shown: Vec<&str> = upsert.by.iter().map(|name| name.text.as_str()).collect();
            let shown = shown.join(", ");
            let message = format!("`{}` may have several rows with the same `{shown}`", node.name);
            let report = Report::new(Code::E0628, at, message);
            return self
                .report(report.help(format!(
                    "name all columns of a `unique`, or add `unique ({shown})` to the entity"
                )));
        };
        let tenant = node.tenant.filter(|_| !across);
        let missing = by.iter().find(|column| {
            Some(**column) != tenant && !values.iter().any(|assign| assign.column == **column)
        });
        if let Some(column) = missing {
            let message =
                format!("`{}` is what rows are told apart by, and is not given", node.columns[*column].name);
            return self.error(Code::E0628, at, message);
        }
        self.told_apart_by(entity, upsert, values)?;
        Some(unique)
    }

    /// No two rows are the same by a value that is absent.
    fn told_apart_by(&mut self, entity: Id<Entity>, upsert: &ast::Upsert, values: &[Assign]) -> Option<()> {
        for name in &upsert.by {
            let column = self.column_named(entity, &name.text)?;
            let value = values.iter().find(|assign| assign.column == column);
            if value.is_some_and(|assign| assign.value.ty.is_optional()) {
                let message = format!("`{}` may be absent, and rows can't be told apart by that", name.text);
                let report = Report::new(Code::E0303, name.at, message);
                return self.report(
                    report.help("test it first, or give another value with `else`: each row without it would be another one"),
                );
            }
        }
        Some(())
    }

    /// What changes of the row that is there; bare names are its columns.
    fn upsert_change(
        &mut self,
        scope: &mut Scope,
        entity: Id<Entity>,
        record: &ast::Record,
        across: bool,
        at: Span,
    ) -> Option<Update> {
        let (row, place, seen) = (scope.row.replace(entity), scope.place, scope.seen);
        (scope.place, scope.seen) = (Place::Rule, true);
        let values = self.assigned(scope, entity, record, across);
        (scope.row, scope.place, scope.seen) = (row, place, seen);
        let values = values?;
        let partial = self.sight(entity, scope.body.doer, across).partial;
        for assign in &values {
            self.tests_readable(entity, &assign.value, &partial, at)?;
        }
        self.updated(scope, entity, values, None, at)
    }

    /// A row that is there breaks nothing, unless it may not be seen: then its values are told to be taken.
    fn upsert_faults(
        &mut self,
        scope: &mut Scope,
        entity: Id<Entity>,
        unique: &Unique,
        (caught, told): (bool, &BTreeSet<Id<Fault>>),
    ) {
        let Some(fault) = unique.fault else { return };
        let sight = self.sight(entity, scope.body.doer, false);
        let uniques = &self.entities[entity].uniques;
        let others = uniques.iter().filter(|it| it.fault == Some(fault)).count() > 1;
        if !others && !told.contains(&fault) && (caught || sight.rows.is(true)) {
            scope.body.faults.remove(&fault);
        }
    }
}

fn same(some: &[Id<Column>], others: &[Id<Column>]) -> bool {
    some.len() == others.len() && some.iter().all(|column| others.contains(column))
}
