//! Row rules: `allow` and `deny` of an entity.
use super::scope::{Doer, Scope};
use super::{Checker, Part};
use crate::ast::{self, GranteeKind, RuleGrantee, RuleVerbKind};
use crate::report::{Code, Report, Span};
use crate::resolve::Meaning;
use crate::watched::Kind;
use quater_ir::Id;
use quater_ir::entity::{Column, Entity};
use quater_ir::expr::{Context, Expr, Node};
pub(crate) use quater_ir::operation::Act;
use quater_ir::types::Type;
use quater_ir::value::Literal;
use std::collections::BTreeSet;

/// Most rows that the rules about one row may ask about by `via`.
const MOST_WAYS: usize = 100;

/// One `allow` or `deny`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RowRule {
    pub(crate) deny: bool,
    pub(crate) verbs: Vec<(Act, Vec<Id<Column>>)>,
    pub(crate) who: Who,
    /// Over the row and the caller; three-valued.
    pub(crate) condition: Option<Expr>,
    pub(crate) at: Span,
}

/// Whom a rule is about.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Who {
    Anyone,
    SignedIn,
    Roles(Vec<Literal>),
    Via(Id<Column>),
    In(Vec<Doer>),
}

impl RowRule {
    /// The columns that the rule gives or takes for an act; an empty list is all of them.
    pub(crate) fn columns(&self, act: Act) -> Option<&[Id<Column>]> {
        self.verbs.iter().find(|(verb, _)| *verb == act).map(|(_, columns)| columns.as_slice())
    }
}

impl Checker<'_> {
    /// A row rule with its names known.
    pub(crate) fn row_rule(&mut self, entity: Id<Entity>, rule: &ast::Rule) -> Option<RowRule> {
        let mut verbs = Vec::new();
        for verb in &rule.verbs {
            let names: Vec<&ast::Name> = verb.columns.iter().collect();
            let columns = self.column_list(entity, &names)?;
            let acts: &[Act] = match verb.kind {
                RuleVerbKind::Read => &[Act::Read],
                RuleVerbKind::Create => &[Act::Create],
                RuleVerbKind::Update => &[Act::Update],
                RuleVerbKind::Delete => &[Act::Delete],
                RuleVerbKind::Write => &[Act::Create, Act::Update, Act::Delete],
                RuleVerbKind::All => &[Act::Read, Act::Create, Act::Update, Act::Delete],
            };
            verbs.extend(acts.iter().map(|act| (*act, columns.clone())));
        }
        let who = match &rule.grantee {
            None => Who::Anyone,
            Some(grantee) => self.grantee(entity, grantee)?,
        };
        let condition = match &rule.condition {
            Some(condition) => {
                let held = self.condition(&mut Scope::rule(Some(entity)), condition)?.expr;
                self.can_hold(&held, condition.at);
                Some(held)
            }
            None => None,
        };
        Some(RowRule { deny: rule.effect == ast::RuleEffect::Deny, verbs, who, condition, at: rule.at })
    }

    fn grantee(&mut self, entity: Id<Entity>, grantee: &ast::RuleGrantee) -> Option<Who> {
        match grantee {
            RuleGrantee::Caller(caller) => match &caller.kind {
                GranteeKind::Public => Some(Who::Anyone),
                GranteeKind::SignedIn => {
                    self.needs_auth(caller.at)?;
                    Some(Who::SignedIn)
                }
                GranteeKind::Roles(names) => Some(Who::Roles(self.roles(names, caller.at)?)),
            },
            RuleGrantee::Via(name) => {
                let column = self.column_list(entity, &[name])?.first().copied()?;
                let Type::Ref(_) = self.entities[entity].columns[column].ty.required() else {
                    return self.error(Code::E0406, name.at, format!("`{}` is no relation", name.text));
                };
                Some(Who::Via(column))
            }
            RuleGrantee::In(names) => {
                let mut doers = Vec::new();
                let mut unknown = false;
                for name in names {
                    match self.names.get(name) {
                        Some(Meaning::Operation(id)) => doers.push(Doer::Operation(id)),
                        Some(Meaning::Channel(id)) => doers.push(Doer::Channel(id)),
                        Some(Meaning::Job(id)) => doers.push(Doer::Job(id)),
                        Some(Meaning::Unknown) => unknown = true,
                        _ => {
                            let names = self.names;
                            let known = names.all(|meaning| {
                                matches!(
                                    meaning,
                                    Meaning::Operation(_) | Meaning::Channel(_) | Meaning::Job(_)
                                )
                            });
                            let message = format!("there is no operation, channel or job `{}`", name.text);
                            return self.unknown(Code::E0406, name, message, known);
                        }
                    }
                }
                (!doers.is_empty() || !unknown).then_some(Who::In(doers))
            }
        }
    }

    /// Members of the role's enum, or texts where the role is text.
    pub(crate) fn roles(&mut self, names: &[ast::Name], at: Span) -> Option<Vec<Literal>> {
        let Some(role) = self.caller.role.clone() else {
            if self.caller.broken {
                return None;
            }
            let report = Report::new(Code::E0509, at, "no `auth` says what the caller's role is");
            return self.report(report.help("add `role actor.…` to the `auth`"));
        };
        let mut roles = Vec::new();
        for name in names {
            if let Type::Enum(id) = role.required() {
                self.note_value(*id, name);
            }
            if let Type::Enum(id) = role.required()
                && !self.enums[*id].members.contains(&name.text)
            {
                let known = self.enums[*id].members.clone();
                let of = format!("`{}`", self.enums[*id].name);
                return self.no_member(&of, name, known.iter().map(smol_str::SmolStr::as_str));
            }
            roles.push(Literal::Text(name.text.clone()));
        }
        Some(roles)
    }

    /// `signed_in` and roles mean nothing where nobody can sign in.
    pub(crate) fn needs_auth(&mut self, at: Span) -> Option<()> {
        if self.names.auths.is_empty() {
            let report = Report::new(Code::E0509, at, "nobody can sign in: there is no `auth`");
            return self.report(report.help("declare an `auth`, or say `public`"));
        }
        Some(())
    }

    /// Whether there is a caller.
    pub(crate) fn signed_in(&self) -> Expr {
        let Some(entity) = self.caller.entity else { return Expr::constant(false) };
        let actor = Expr::new(Node::Context(Context::Actor), Type::Row(entity).optional());
        super::expr::not(Expr::new(Node::IsNull(Box::new(actor)), Type::Bool))
    }

    /// Whether the caller has one of some roles.
    pub(crate) fn has_role(&self, roles: &[Literal]) -> Expr {
        let Some(ty) = self.caller.role.clone() else { return Expr::constant(false) };
        let kind = super::expr::unrefined(ty.required());
        let role = Expr::new(Node::Context(Context::Role), kind.clone().optional());
        let roles = roles.iter().map(|role| Expr::new(Node::Literal(role.clone()), kind.clone())).collect();
        Expr::new(Node::In(Box::new(role), roles), Type::Bool)
    }

    /// The rules of an entity.
    pub(crate) fn rules_of(&self, entity: Id<Entity>) -> &[RowRule] {
        debug_assert!(self.rules_stand, "no rule looks at rules");
        self.entities.look(entity);
        self.rules.get(entity.index()).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether some rule of an entity was reported.
    fn is_half_ruled(&self, entity: Id<Entity>) -> bool {
        self.entities.look(entity);
        self.half_ruled.contains(&entity)
    }

    /// Whether every rule that decides about an entity was understood.
    pub(crate) fn rules_known(&self, entity: Id<Entity>) -> Option<()> {
        let mut open = vec![entity];
        let mut seen = BTreeSet::new();
        while let Some(entity) = open.pop() {
            if self.is_half_ruled(entity) {
                return None;
            }
            if seen.insert(entity) {
                let rules = self.rules_of(entity).iter();
                open.extend(rules.filter_map(|rule| self.via_target(entity, rule)));
            }
        }
        Some(())
    }

    fn via_target(&self, entity: Id<Entity>, rule: &RowRule) -> Option<Id<Entity>> {
        let Who::Via(column) = rule.who else { return None };
        let Type::Ref(target) = self.entities[entity].columns[column].ty.required() else { return None };
        Some(*target)
    }

    /// Takes away the rules by `via` that never come to an end, or have too many.
    pub(crate) fn ways_of_rules(&mut self) {
        let before = self.half_ruled.clone();
        self.renew(Part::Ways, 0, Self::via_cycles);
        let ended = self.half_ruled.difference(&before);
        ended.for_each(|id| self.altered.add(Kind::Entity, id.index()));
    }

    /// `via` that leads back to where it began: no row could ever be read.
    fn via_cycles(&mut self) {
        for start in self.entities.ids().collect::<Vec<_>>() {
            let Some(rules) = self.rules.get_mut(start.index()).map(std::mem::take) else { continue };
            let mut kept = Vec::new();
            for rule in rules {
                if [Act::Read, Act::Update].into_iter().any(|act| self.comes_back(start, &rule, act)) {
                    self.half_ruled.insert(start);
                    let message = format!("`via` leads from `{}` back to itself", self.entities[start].name);
                    self.error::<()>(Code::E0407, rule.at, message);
                } else {
                    kept.push(rule);
                }
            }
            self.set_rules(start, kept);
        }
        self.via_fans();
    }

    /// `via` that fans out again and again: the guard would be larger than any query may be.
    fn via_fans(&mut self) {
        let wide = |id: &Id<Entity>| [Act::Read, Act::Update].into_iter().any(|act| self.fans_out(*id, act));
        let wide: Vec<Id<Entity>> = self.entities.ids().filter(wide).collect();
        if let Some(first) = wide.first() {
            let rules = self.rules_of(*first).iter();
            let at = rules.filter(|rule| matches!(rule.who, Who::Via(_))).map(|rule| rule.at).next();
            let message = format!("`via` leads from `{}` in too many ways", self.entities[*first].name);
            at.map(|at| self.error::<()>(Code::E0109, at, message));
        }
        for id in wide {
            self.half_ruled.insert(id);
            if let Some(rules) = self.rules.get_mut(id.index()) {
                rules.retain(|rule| !matches!(rule.who, Who::Via(_)));
            }
        }
    }

    fn set_rules(&mut self, entity: Id<Entity>, rules: Vec<RowRule>) {
        if let Some(place) = self.rules.get_mut(entity.index()) {
            *place = rules;
        }
    }

    /// Whether the rows that a rule asks about ask, for the same act, about rows of `start` again.
    fn comes_back(&self, start: Id<Entity>, rule: &RowRule, act: Act) -> bool {
        let mut open: Vec<Id<Entity>> = self.asked(start, rule, act).into_iter().collect();
        let mut seen = BTreeSet::new();
        while let Some(entity) = open.pop() {
            if entity == start {
                return true;
            }
            if seen.insert(entity) {
                let rules = self.rules_of(entity).iter();
                open.extend(rules.filter_map(|rule| self.asked(entity, rule, act)));
            }
        }
        false
    }

    fn fans_out(&self, start: Id<Entity>, act: Act) -> bool {
        let mut open = vec![start];
        let mut ways = 0;
        while let Some(entity) = open.pop() {
            let rules = self.rules_of(entity).iter();
            open.extend(rules.filter_map(|rule| self.asked(entity, rule, act)));
            ways += 1;
            if ways > MOST_WAYS {
                return true;
            }
        }
        false
    }

    /// The entity whose rows a rule asks about an act.
    fn asked(&self, entity: Id<Entity>, rule: &RowRule, act: Act) -> Option<Id<Entity>> {
        rule.columns(act).and_then(|_| self.via_target(entity, rule))
    }
}
