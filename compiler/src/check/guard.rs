//! Guards: the rules of an entity as one condition for one act in one operation, channel or job.
//!
//! This is the only place where row rules, column rules and tenants become conditions; every query
//! and every write takes its guard from here.
use super::Checker;
use super::expr::not;
use super::rule::{Act, RowRule, Who};
use super::scope::{Doer, Scope};
use crate::ast::ClauseKind;
use quater_ir::Id;
use quater_ir::entity::{Column, Entity, OnDelete};
use quater_ir::expr::reach::through;
use quater_ir::expr::{Compare, Context, Expr, Node};
use quater_ir::types::Type;
use quater_ir::value::Literal;
use std::collections::BTreeMap;

/// Who may see which row, and which columns not with it.
#[derive(Debug, Clone)]
pub(crate) struct Sight {
    /// Over the row and the caller.
    pub(crate) rows: Expr,
    /// Columns that some rules leave out, each with where it may be read.
    pub(crate) partial: Vec<(Id<Column>, Expr)>,
}

impl Checker<'_> {
    /// Which rows of an entity somebody may see.
    pub(crate) fn sight(&self, entity: Id<Entity>, doer: Option<Doer>, across: bool) -> Sight {
        let across = across || self.crosses(doer);
        let allowed = self.granted(entity, Act::Read, None, doer);
        let mut rows = self.tenant_guard(entity, across);
        rows.push(allowed.clone());
        let mut partial = Vec::new();
        if self.has_column_rules(entity, Act::Read, doer) {
            let known = self.known_of(entity, &allowed, false);
            for column in self.entities[entity].columns.ids() {
                let readable = self.granted(entity, Act::Read, Some(column), doer);
                let always = readable == allowed || self.way_follows(entity, readable.clone(), &known);
                if column != self.entities[entity].key && !always {
                    partial.push((column, readable));
                }
            }
        }
        Sight { rows: all(rows), partial }
    }

    /// Whether somebody may change or delete a row, or create it, for the given columns.
    pub(crate) fn permit(
        &self,
        entity: Id<Entity>,
        act: Act,
        columns: &[Id<Column>],
        doer: Option<Doer>,
        across: bool,
    ) -> Expr {
        let mut parts = self.tenant_guard(entity, across || self.crosses(doer));
        parts.push(self.granted(entity, act, None, doer));
        parts.extend(columns.iter().map(|column| self.granted(entity, act, Some(*column), doer)));
        all(parts)
    }

    /// Whether the rules let an act happen to a row, to one of its columns where that is asked.
    fn granted(&self, entity: Id<Entity>, act: Act, column: Option<Id<Column>>, doer: Option<Doer>) -> Expr {
        let mut allows = Vec::new();
        let mut denies = Vec::new();
        for rule in self.rules_of(entity) {
            let Some(columns) = rule.columns(act) else { continue };
            let covers = columns.is_empty() || column.is_some_and(|column| columns.contains(&column));
            if rule.deny {
                if covers {
                    denies.extend(self.holds_for(entity, rule, act, doer));
                }
            } else if covers || column.is_none() {
                allows.extend(self.holds_for(entity, rule, act, doer));
            }
        }
        let mut parts: Vec<Expr> = denies.into_iter().map(|deny| not(certain(deny))).collect();
        parts.push(any(allows));
        let held = all(parts);
        if let Some(Doer::Job(_)) = doer { super::uncalled::uncalled(held) } else { held }
    }

    /// Whether somebody works in all tenants at once: a job that says so.
    pub(crate) fn crosses(&self, doer: Option<Doer>) -> bool {
        let Some(Doer::Job(id)) = doer else { return false };
        let across = |clause: &crate::ast::Clause| matches!(clause.kind, ClauseKind::AcrossTenants);
        self.names.jobs.get(id.index()).is_some_and(|(_, node)| node.clauses.iter().any(across))
    }

    /// Whether a verb is about all tenants; where it is not, its body needs one.
    pub(crate) fn all_tenants(&self, scope: &mut Scope, entity: Id<Entity>, said: bool) -> bool {
        let across = said || self.crosses(scope.body.doer);
        scope.body.needs_tenant |= !across && self.tenant_of(entity).is_some();
        across
    }

    fn has_column_rules(&self, entity: Id<Entity>, act: Act, doer: Option<Doer>) -> bool {
        self.rules_of(entity).iter().any(|rule| {
            rule.columns(act).is_some_and(|columns| !columns.is_empty())
                && self.holds_for(entity, rule, act, doer).is_some()
        })
    }

    /// The condition of one rule, or nothing where it is about other operations.
    fn holds_for(&self, entity: Id<Entity>, rule: &RowRule, act: Act, doer: Option<Doer>) -> Option<Expr> {
        let who = match &rule.who {
            Who::Anyone => Expr::constant(true),
            Who::SignedIn => self.signed_in(),
            Who::Roles(roles) => self.has_role(roles),
            // Where it is not known who asks, a denial for some is one for all.
            Who::In(doers) => {
                let about = doer.map_or(rule.deny, |doer| doers.contains(&doer));
                about.then(|| Expr::constant(true))?
            }
            Who::Via(column) => {
                let Type::Ref(target) = self.entities[entity].columns[*column].ty.required() else {
                    return None;
                };
                let act = if act == Act::Read { Act::Read } else { Act::Update };
                let mut parts = self.tenant_guard(*target, self.crosses(doer));
                parts.push(self.granted(*target, act, None, doer));
                let may = through(*column, all(parts));
                // A denial asks whether the other row may be read, and what is unknown there is a no.
                if rule.deny { super::truth::known(may) } else { may }
            }
        };
        Some(all(std::iter::once(who).chain(rule.condition.clone()).collect()))
    }

    /// That every row on the way may be read, and the column of the last one if one is asked for.
    pub(crate) fn related_guard(
        &self,
        entity: Id<Entity>,
        via: &[Id<Column>],
        column: Option<Id<Column>>,
        doer: Option<Doer>,
        across: bool,
    ) -> Expr {
        let mut at = entity;
        let mut parts = Vec::new();
        for (step, relation) in via.iter().enumerate() {
            let Type::Ref(next) = self.entities[at].columns[*relation].ty.required() else { break };
            at = *next;
            let last = step + 1 == via.len();
            let mut here = self.tenant_guard(at, across || self.crosses(doer));
            here.push(self.granted(at, Act::Read, column.filter(|_| last), doer));
            let here = all(here);
            parts.push(
                via.iter().take(step + 1).rev().fold(here, |guard, relation| through(*relation, guard)),
            );
        }
        all(parts)
    }

    /// The entity that some relations lead to, one after the other.
    pub(crate) fn related_entity(&self, entity: Id<Entity>, via: &[Id<Column>]) -> Id<Entity> {
        via.iter().fold(entity, |at, relation| {
            let ty = self.entities[at].columns[*relation].ty.required();
            if let Type::Ref(next) = ty { *next } else { at }
        })
    }

    /// That the row is of the caller's tenant.
    fn tenant_guard(&self, entity: Id<Entity>, across: bool) -> Vec<Expr> {
        if across {
            return Vec::new();
        }
        self.mine(entity).into_iter().collect()
    }

    /// That a row of an entity is of the caller's tenant, where its rows belong to tenants.
    pub(crate) fn mine(&self, entity: Id<Entity>) -> Option<Expr> {
        self.tenant_of(entity).map(|column| self.is_mine(column.clone()))
    }

    fn is_mine(&self, column: Expr) -> Expr {
        let ty = super::expr::unrefined(column.ty.required()).optional();
        let tenant = Expr::new(Node::Context(Context::Tenant), ty);
        Expr::new(Node::Compare(Compare::Equal, Box::new(column), Box::new(tenant)), Type::Bool)
    }

    /// The tenant of a row: its own column, or that of a row it cannot be without.
    pub(crate) fn tenant_of(&self, entity: Id<Entity>) -> Option<&Expr> {
        self.entities.look(entity);
        self.tenants.get(entity.index())?.as_ref()
    }

    /// Finds the entities whose rows can't be deleted while some relation points to them, once.
    pub(crate) fn find_held(&mut self) {
        let columns = self.entities.arena().values().flat_map(|entity| entity.columns.values());
        let restricting = columns.filter(|column| column.on_delete == Some(OnDelete::Restrict));
        let target =
            |column: &Column| if let Type::Ref(to) = column.ty.required() { Some(*to) } else { None };
        self.held_by_others = restricting.filter_map(target).collect();
    }

    /// Whether rows of an entity can't be deleted while some relation points to them.
    pub(crate) fn is_held_by_others(&self, entity: Id<Entity>) -> bool {
        self.entities.look(entity);
        self.held_by_others.contains(&entity)
    }

    /// Finds the tenant of every entity by the shortest way, once: from tenants to what points to them.
    pub(crate) fn find_tenants(&mut self) {
        let mut pointing: Vec<Vec<(Id<Entity>, Id<Column>)>> = vec![Vec::new(); self.entities.len()];
        let entities = self.entities.arena();
        for (entity, node) in entities.iter() {
            for (column, declared) in node.columns.iter() {
                if let Type::Ref(target) = declared.ty
                    && let Some(list) = pointing.get_mut(target.index())
                {
                    list.push((entity, column));
                }
            }
        }
        let own =
            |node: &Entity| node.tenant.map(|column| (Vec::new(), column, node.columns[column].ty.clone()));
        let mut ways: Vec<_> = entities.values().map(own).collect();
        let mut layer: Vec<Id<Entity>> =
            entities.iter().filter(|(_, node)| node.tenant.is_some()).map(|(id, _)| id).collect();
        while !layer.is_empty() {
            let mut next: BTreeMap<Id<Entity>, (Id<Column>, Id<Entity>)> = BTreeMap::new();
            for target in layer {
                for (entity, column) in pointing.get(target.index()).into_iter().flatten() {
                    if ways.get(entity.index()).is_some_and(Option::is_none) {
                        let best = next.entry(*entity).or_insert((*column, target));
                        *best = (*best).min((*column, target));
                    }
                }
            }
            for (entity, (column, target)) in &next {
                let Some(Some((via, tenant, ty))) = ways.get(target.index()).cloned() else { continue };
                let via = std::iter::once(*column).chain(via).collect();
                if let Some(way) = ways.get_mut(entity.index()) {
                    *way = Some((via, tenant, ty));
                }
            }
            layer = next.into_keys().collect();
        }
        let column = |(via, column, ty)| Expr::new(Node::Column { up: 0, via, column }, ty);
        self.tenants = ways.into_iter().map(|way| way.map(column)).collect();
    }
}

/// A denial holds unless it is known not to: null counts as true.
fn certain(condition: Expr) -> Expr {
    if matches!(condition.node, Node::Literal(Literal::Bool(_))) {
        return condition;
    }
    Expr::new(Node::Coalesce(Box::new(condition), Box::new(Expr::constant(true))), Type::Bool)
}

/// All of them, flat, each once.
pub(crate) fn all(parts: Vec<Expr>) -> Expr {
    let mut flat: Vec<Expr> = Vec::new();
    for part in parts {
        let inner = if let Node::And(inner) = part.node { inner } else { vec![part] };
        for part in inner {
            if part.is(false) {
                return Expr::constant(false);
            }
            if !part.is(true) && !flat.contains(&part) {
                flat.push(part);
            }
        }
    }
    match flat.len() {
        0 => Expr::constant(true),
        1 => flat.remove(0),
        _ => Expr::new(Node::And(flat), Type::Bool),
    }
}

/// Any of them, flat, each once.
pub(crate) fn any(parts: Vec<Expr>) -> Expr {
    let mut flat: Vec<Expr> = Vec::new();
    for part in parts {
        let inner = if let Node::Or(inner) = part.node { inner } else { vec![part] };
        for part in inner {
            if part.is(true) {
                return part;
            }
            if !part.is(false) && !flat.contains(&part) {
                flat.push(part);
            }
        }
    }
    match flat.len() {
        0 => Expr::constant(false),
        1 => flat.remove(0),
        _ => Expr::new(Node::Or(flat), Type::Bool),
    }
}
