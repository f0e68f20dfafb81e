//! When a related row may be seen wherever the row that points to it may be: every part of its guard
//! follows from what is known of the outer row. Sound, not complete: what is not seen to follow does not.
use super::Checker;
use super::scope::{Presence, Scope};
use crate::report::{Code, Report, Span};
use quater_ir::Id;
use quater_ir::entity::{Column, Entity};
use quater_ir::expr::reach::through;
use quater_ir::expr::{Compare, Context, Expr, Node, RowsGive};
use quater_ir::types::{Field, Record, Type};
use std::collections::BTreeSet;

/// Most alternatives that are looked at one by one, inside each other.
const DEPTH: u32 = 3;

/// What is known where a row is shown.
#[derive(Debug, Clone, Default)]
pub(crate) struct Known {
    /// Over the row.
    parts: Vec<Expr>,
    /// Whether there is a caller.
    caller: bool,
}

impl Known {
    /// Whether there is a caller.
    pub(crate) fn has_caller(&self) -> bool {
        self.caller || needs_caller_of(self)
    }

    /// Whether the row is of the caller's tenant.
    pub(crate) fn has_tenant(&self, checker: &Checker<'_>, entity: Id<Entity>) -> bool {
        let mine = checker.mine(entity).map(|mine| checker.bare(entity, mine));
        mine.is_some_and(|mine| self.parts.contains(&mine))
    }
}

impl Checker<'_> {
    /// What is known of a row for which a condition holds.
    pub(crate) fn known_of(&self, entity: Id<Entity>, condition: &Expr, caller: bool) -> Known {
        let mut parts = Vec::new();
        flatten(self.bare(entity, condition.clone()), &mut parts);
        Known { parts, caller }
    }

    /// What is known of a row that a body holds.
    pub(crate) fn known_of_held(&self, scope: &Scope, row: &Expr) -> Known {
        let caller = scope.actor == Presence::Assumed;
        let Type::Row(entity) = *row.ty.required() else { return Known { parts: Vec::new(), caller } };
        let is_caller = matches!(row.node, Node::Context(Context::Actor));
        let held = if let Node::Slot(slot) = row.node { scope.body.known.get(&slot).cloned() } else { None };
        let held = if is_caller { self.tenant_conditions(entity) } else { held };
        let mut known = self.known_of(entity, &held.unwrap_or_else(|| Expr::constant(true)), caller);
        known.caller |= is_caller;
        known
    }

    /// The caller's own row is of the caller's tenant, where every `auth` takes the tenant from there.
    fn tenant_conditions(&self, entity: Id<Entity>) -> Option<Expr> {
        let tenant = self.entities[entity].tenant?;
        let own = |auth: &quater_ir::auth::Auth| {
            auth.tenant.as_ref().is_some_and(
                |it| matches!(&it.node, Node::Column { via, column, .. } if via.is_empty() && *column == tenant),
            )
        };
        self.auths.values().all(own).then(|| self.mine(entity)).flatten()
    }

    /// Whether every row of an entity that a caller may see, its own one among them, is of the caller's tenant.
    pub(crate) fn seen_are_ours(&self, entity: Id<Entity>) -> bool {
        self.caller.entity != Some(entity) || self.tenant_conditions(entity).is_some()
    }

    /// Whether the row behind a relation of a row that a body holds may be seen.
    pub(crate) fn is_seen(&self, scope: &Scope, relation: &Expr, guard: &Expr) -> bool {
        if guard.is(true) {
            return true;
        }
        let Node::RowColumn { row, column } = &relation.node else { return false };
        let Type::Row(entity) = *row.ty.required() else { return false };
        self.follows(entity, *column, guard, &self.known_of_held(scope, row))
    }

    /// Whether the guard of the row that a relation leads to holds wherever something is known of the row
    /// that points to it.
    fn follows(&self, entity: Id<Entity>, relation: Id<Column>, guard: &Expr, known: &Known) -> bool {
        self.way_follows(entity, through(relation, guard.clone()), known)
    }

    /// Whether everything that relations of a row lead to may be seen wherever something is known of it.
    pub(crate) fn way_follows(&self, entity: Id<Entity>, way: Expr, known: &Known) -> bool {
        let mut parts = Vec::new();
        flatten(self.bare(entity, way), &mut parts);
        // A row never points to one of another tenant: that is refused where it is written.
        let same_tenant = known.has_tenant(self, entity);
        parts.iter().all(|part| {
            (same_tenant && is_of_tenant(part)) || implied(part, &known.parts, known.caller, DEPTH)
        })
    }

    /// The expression without types, in which the key of a related row is the relation itself.
    fn bare(&self, entity: Id<Entity>, mut expr: Expr) -> Expr {
        expr.ty = Type::Null;
        if let Node::Column { via, column, up: 0 } = &mut expr.node
            && let Some((last, before)) = via.split_last()
        {
            let reached = self.related_entity(entity, via);
            if self.entities[reached].key == *column {
                (*column, *via) = (*last, before.to_vec());
            }
        }
        if !quater_ir::expr::reach::enters(&expr.node) {
            for child in expr.children_mut() {
                let inner = std::mem::replace(child, Expr::constant(true));
                *child = self.bare(entity, inner);
            }
        }
        if let Node::Compare(Compare::Equal, a, b) = &mut expr.node
            && of_caller(a)
            && !of_caller(b)
        {
            std::mem::swap(a, b);
        }
        expr
    }

    /// Says which related rows a projection shows as if they were always there, though they may be hidden
    /// from who sees the row, and which columns of related rows.
    pub(crate) fn shows(&mut self, shape: Id<Record>, known: &Known, at: Span) {
        self.shows_inside(shape, known, at, &mut BTreeSet::new());
    }

    fn shows_inside(&mut self, shape: Id<Record>, known: &Known, at: Span, seen: &mut BTreeSet<Id<Record>>) {
        let Some(entity) = self.records[shape].of else { return };
        if !seen.insert(shape) {
            return;
        }
        let fields: Vec<(Id<Field>, Field)> =
            self.records[shape].fields.iter().map(|(id, field)| (id, field.clone())).collect();
        for (id, field) in fields {
            let Some(source) = &field.source else { continue };
            let Some(embedded) = embedded(source) else { continue };
            let here = self.embedded.get(&(shape, id)).copied().unwrap_or(at);
            if let Some(relation) = embedded.relation
                && !field.ty.is_optional()
                && !self.follows(entity, relation, embedded.guard, known)
            {
                let report = self.hidden_row(&field, embedded.entity, here, at);
                self.telling.hidden.entry((shape, id)).or_insert(report);
            }
            let partial = self.sight(embedded.entity, None, false).partial;
            self.readable(embedded.shape, &partial, here);
            let inner = self.known_of(embedded.entity, embedded.guard, known.has_caller());
            self.shows_inside(embedded.shape, &inner, at, seen);
        }
        seen.remove(&shape);
    }

    fn hidden_row(&self, field: &Field, of: Id<Entity>, here: Span, at: Span) -> Report {
        let target = &self.entities[of].name;
        let message = format!("`{}` may be hidden where the row around it is seen", field.name);
        Report::new(Code::E0408, here, message)
            .note(format!("the rules of `{target}` decide"))
            .label(at, "shown here")
            .help("let it be absent, or let the same callers read both")
            .fix("let it be absent", here.after(), "?")
    }
}

/// A projection inside a projection.
struct Embedded<'e> {
    shape: Id<Record>,
    entity: Id<Entity>,
    guard: &'e Expr,
    /// The relation, where it leads to one row.
    relation: Option<Id<Column>>,
}

/// What a member of a projection shows of other rows as a projection.
fn embedded(source: &Expr) -> Option<Embedded<'_>> {
    if let Node::Project { shape, row } = &source.node
        && let Node::Related { via, guard, .. } = &row.node
        && let Type::Row(entity) = *row.ty.required()
    {
        return Some(Embedded { shape: *shape, entity, guard, relation: via.first().copied() });
    }
    let Node::Rows(rows) = &source.node else { return None };
    let (RowsGive::List(each) | RowsGive::One(each)) = &rows.gives else { return None };
    let Node::Project { shape, .. } = &each.node else { return None };
    Some(Embedded { shape: *shape, entity: rows.entity, guard: &rows.guard, relation: None })
}

/// Whether a source is a projection of other rows.
pub(crate) fn is_embedded(source: &Expr) -> bool {
    embedded(source).is_some()
}

fn flatten(expr: Expr, parts: &mut Vec<Expr>) {
    if let Node::And(inner) = expr.node {
        inner.into_iter().for_each(|part| flatten(part, parts));
    } else if !expr.is(true) {
        parts.push(expr);
    }
}

/// Whether a condition holds wherever all of others hold.
fn implied(wanted: &Expr, known: &[Expr], caller: bool, depth: u32) -> bool {
    if wanted.is(true) || known.contains(wanted) {
        return true;
    }
    if is_signed_in(wanted) && (caller || known.iter().any(needs_caller)) {
        return true;
    }
    if let Node::And(parts) = &wanted.node {
        return parts.iter().all(|part| implied(part, known, caller, depth));
    }
    if let Node::Or(ways) = &wanted.node
        && ways.iter().any(|way| implied(way, known, caller, depth))
    {
        return true;
    }
    if let Node::In(item, members) = &wanted.node {
        let fewer = |other: &Expr| matches!(&other.node, Node::In(its, few) if its == item && few.iter().all(|it| members.contains(it)));
        if known.iter().any(fewer) {
            return true;
        }
    }
    depth > 0 && known.iter().any(|one| in_each_case(one, wanted, known, caller, depth))
}

/// Whether a condition holds in every case that one of the others leaves.
fn in_each_case(one: &Expr, wanted: &Expr, known: &[Expr], caller: bool, depth: u32) -> bool {
    let Node::Or(ways) = &one.node else { return false };
    ways.iter().all(|way| {
        let mut more: Vec<Expr> = known.iter().filter(|other| *other != one).cloned().collect();
        flatten(way.clone(), &mut more);
        implied(wanted, &more, caller, depth - 1)
    })
}

/// Whether a condition asks that some row is of the caller's tenant.
fn is_of_tenant(expr: &Expr) -> bool {
    let Node::Compare(Compare::Equal, a, b) = &expr.node else { return false };
    matches!(a.node, Node::Column { .. }) && matches!(b.node, Node::Context(Context::Tenant))
}

fn is_signed_in(expr: &Expr) -> bool {
    let Node::Not(inner) = &expr.node else { return false };
    matches!(&inner.node, Node::IsNull(who) if matches!(who.node, Node::Context(Context::Actor)))
}

fn needs_caller_of(known: &Known) -> bool {
    known.parts.iter().any(needs_caller)
}

/// Whether a condition never holds without a caller.
fn needs_caller(expr: &Expr) -> bool {
    if is_signed_in(expr) {
        return true;
    }
    if let Node::And(parts) = &expr.node {
        return parts.iter().any(needs_caller);
    }
    if let Node::Or(ways) = &expr.node {
        return ways.iter().all(needs_caller);
    }
    if let Node::Compare(_, a, b) = &expr.node {
        return of_caller(a) || of_caller(b);
    }
    matches!(&expr.node, Node::In(item, _) if of_caller(item))
}

/// Whether a value is the caller's, and so null without one.
fn of_caller(expr: &Expr) -> bool {
    if let Node::RowColumn { row: inner, .. } | Node::Member { record: inner, .. } | Node::Convert(inner) =
        &expr.node
    {
        return of_caller(inner);
    }
    matches!(&expr.node, Node::Context(Context::Actor | Context::Role | Context::Tenant))
}
