//! Entities as tables.
use crate::check::{IndexLine, snake};
use quater_ir::entity::{Column, Entity, Numbering};
use quater_ir::expr::Expr;
use quater_ir::storage::{Check, ForeignKey, Index, Origin, Storage, StoredColumn, StoredKind, Table};
use quater_ir::types::{Bounds, EMAIL_LIMIT, Enum, Record, Type, URL_LIMIT, Union};
use quater_ir::{Arena, Id};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use smol_str::SmolStr;
use std::collections::BTreeSet;

/// What tables are made of.
#[derive(Clone, Copy)]
pub(crate) struct Declared<'a> {
    pub(crate) entities: &'a Arena<Entity>,
    pub(crate) enums: &'a Arena<Enum>,
    pub(crate) records: &'a Arena<Record>,
    pub(crate) unions: &'a Arena<Union>,
}

/// The tables of a program.
pub(crate) fn storage(declared: Declared<'_>, indexes: &[IndexLine]) -> Storage {
    let tables = in_order(declared.entities).into_iter().map(|id| table(id, declared, indexes));
    Storage { tables: tables.collect(), shaped: true, bounded: true }
}

/// Each after those it refers to; where some refer to each other, the one that is declared first goes first.
fn in_order(entities: &Arena<Entity>) -> Vec<Id<Entity>> {
    let mut waiting: Vec<BTreeSet<Id<Entity>>> = Vec::new();
    let mut users = vec![Vec::new(); entities.len()];
    for (id, entity) in entities.iter() {
        let targets: BTreeSet<_> =
            entity.columns.values().filter_map(target).filter(|to| *to != id).collect();
        for target in &targets {
            if let Some(users) = users.get_mut(target.index()) {
                users.push(id);
            }
        }
        waiting.push(targets);
    }
    let mut left: BTreeSet<Id<Entity>> = entities.ids().collect();
    let mut ready: BTreeSet<Id<Entity>> = left.iter().copied().filter(|id| is_free(&waiting, *id)).collect();
    let mut order = Vec::with_capacity(entities.len());
    while let Some(next) = ready.pop_first().or_else(|| left.first().copied()) {
        left.remove(&next);
        order.push(next);
        for user in users.get(next.index()).into_iter().flatten() {
            if let Some(targets) = waiting.get_mut(user.index()) {
                targets.remove(&next);
            }
            if left.contains(user) && is_free(&waiting, *user) {
                ready.insert(*user);
            }
        }
    }
    order
}

fn is_free(waiting: &[BTreeSet<Id<Entity>>], id: Id<Entity>) -> bool {
    waiting.get(id.index()).is_none_or(BTreeSet::is_empty)
}

/// The entity that a relation points to.
fn target(column: &Column) -> Option<Id<Entity>> {
    if let Type::Ref(entity) = column.ty.required() { Some(*entity) } else { None }
}

/// One of them.
pub(crate) fn table(id: Id<Entity>, declared: Declared<'_>, indexes: &[IndexLine]) -> Table {
    let entities = declared.entities;
    let entity = &entities[id];
    let sql = |column: &Id<Column>| entity.columns[*column].sql.clone();
    let uniques: Vec<Vec<SmolStr>> =
        entity.uniques.iter().map(|unique| unique.columns.iter().map(sql).collect()).collect();
    let foreign_keys: Vec<ForeignKey> =
        entity.columns.iter().filter_map(|column| foreign_key(id, column, entities)).collect();
    let key = sql(&entity.key);
    let mut kept: Vec<Index> = Vec::new();
    for (_, columns) in indexes.iter().filter(|(of, _)| *of == id) {
        let index =
            Index { columns: columns.iter().map(|(column, descends)| (sql(column), *descends)).collect() };
        let implied = uniques.iter().map(Vec::as_slice).chain([std::slice::from_ref(&key)]);
        let implied = implied.chain(foreign_keys.iter().map(|foreign| std::slice::from_ref(&foreign.column)));
        if !kept.contains(&index) && !is_among(&index, implied) {
            kept.push(index);
        }
    }
    Table {
        name: entity.table.clone(),
        columns: entity.columns.values().map(|column| stored(column, declared)).collect(),
        key,
        numbered: entity.numbering == Numbering::Database,
        uniques,
        indexes: kept,
        foreign_keys,
    }
}

fn is_among<'a>(index: &Index, mut others: impl Iterator<Item = &'a [SmolStr]>) -> bool {
    let ascending = || index.columns.iter().map(|(name, descends)| (name, *descends));
    others.any(|columns| columns.iter().map(|name| (name, false)).eq(ascending()))
}

/// Only within one database: another one cannot keep the promise.
fn foreign_key(
    of: Id<Entity>,
    (by, column): (Id<Column>, &Column),
    entities: &Arena<Entity>,
) -> Option<ForeignKey> {
    let other = &entities[target(column)?];
    let on_delete = column.on_delete?;
    // A side of one row is held by what is unique.
    let sides = other.sides.values().filter(|side| side.entity == of && side.by == by && !side.single);
    (other.resource == entities[of].resource).then(|| ForeignKey {
        column: column.sql.clone(),
        table: other.table.clone(),
        key: other.columns[other.key].sql.clone(),
        on_delete,
        most: sides.filter_map(|side| side.bounds.max).min(),
    })
}

fn stored(column: &Column, declared: Declared<'_>) -> StoredColumn {
    let enums = declared.enums;
    StoredColumn {
        name: column.sql.clone(),
        kind: kind(column.ty.required(), declared.entities),
        optional: column.ty.is_optional(),
        check: check(column.ty.required(), enums),
        shape: shape::shape(column.ty.required(), declared),
        origin: Origin {
            was: column.was.clone(),
            field: Some(snake(&column.name)).filter(|name| *name != column.sql),
            renamed: renamed(column.ty.required(), enums),
            fill: fill(column),
        },
    }
}

/// Where null may stand it does, if nothing else is said.
fn fill(column: &Column) -> Option<Expr> {
    let default = column.default.as_ref().filter(|_| !column.ty.is_optional());
    column.backfill.as_ref().or(default).cloned()
}

fn renamed(ty: &Type, enums: &Arena<Enum>) -> Vec<(SmolStr, SmolStr)> {
    if let Type::Enum(id) = ty { enums[*id].renamed.clone() } else { Vec::new() }
}

fn kind<'a>(mut ty: &'a Type, entities: &'a Arena<Entity>) -> StoredKind {
    // A key may itself be a relation; each step reaches another entity or the checker has refused it.
    for _ in 0..entities.len() {
        let Type::Ref(entity) = ty else { break };
        let entity = &entities[*entity];
        ty = entity.columns[entity.key].ty.required();
    }
    match ty {
        Type::Bool => StoredKind::Bool,
        Type::Int(_) => StoredKind::Int,
        Type::Float(_) => StoredKind::Float,
        Type::Decimal { scale, .. } => StoredKind::Decimal(*scale),
        Type::Text(_) | Type::Url | Type::Email | Type::Password | Type::Enum(_) => StoredKind::Text,
        Type::Bytes { .. } => StoredKind::Bytes,
        Type::Uuid | Type::Ref(_) | Type::Row(_) => StoredKind::Uuid,
        Type::Date => StoredKind::Date,
        Type::Instant => StoredKind::Instant,
        Type::Duration => StoredKind::Duration,
        Type::Json
        | Type::Record(_)
        | Type::List(_, _)
        | Type::Optional(_)
        | Type::Map(..)
        | Type::Tuple(_)
        | Type::Union(_)
        | Type::Page(_)
        | Type::Stream(_)
        | Type::Patch(_)
        | Type::File(_)
        | Type::Null => StoredKind::Json,
    }
}

fn check(ty: &Type, enums: &Arena<Enum>) -> Option<Check> {
    match ty {
        Type::Int(bounds) => range(bounds.min, bounds.max),
        Type::Decimal { scale, bounds } => {
            let units =
                |bound: Decimal| bound.checked_mul(Decimal::from(10_u64.checked_pow((*scale).into())?));
            range(
                bounds.min.and_then(units).and_then(|least| least.ceil().to_i64()),
                bounds.max.and_then(units).and_then(|most| most.floor().to_i64()),
            )
        }
        Type::Text(rules) => length(&rules.length),
        Type::Url => length(&Bounds { min: None, max: Some(URL_LIMIT) }),
        Type::Email => length(&Bounds { min: None, max: Some(EMAIL_LIMIT) }),
        Type::Enum(id) => {
            // Sorted, so that another order in the file is no other table.
            let members: BTreeSet<SmolStr> = enums[*id].members.iter().cloned().collect();
            Some(Check::OneOf(members.into_iter().collect()))
        }
        // Doubles have no bound that is exact in another program, and the rest no rule at all.
        Type::Float(_)
        | Type::Bool
        | Type::Bytes { .. }
        | Type::Uuid
        | Type::Date
        | Type::Instant
        | Type::Duration
        | Type::Json
        | Type::Password
        | Type::Record(_)
        | Type::Ref(_)
        | Type::Row(_)
        | Type::List(_, _)
        | Type::Optional(_)
        | Type::Map(..)
        | Type::Tuple(_)
        | Type::Union(_)
        | Type::Page(_)
        | Type::Stream(_)
        | Type::Patch(_)
        | Type::File(_)
        | Type::Null => None,
    }
}

fn range(min: Option<i64>, max: Option<i64>) -> Option<Check> {
    (min.is_some() || max.is_some()).then_some(Check::Range { min, max })
}

fn length(bounds: &Bounds<u32>) -> Option<Check> {
    let min = bounds.min.filter(|min| *min > 0);
    (min.is_some() || bounds.max.is_some()).then_some(Check::Length { min, max: bounds.max })
}

mod shape;
#[cfg(test)]
mod tests;
