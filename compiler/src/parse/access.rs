//! Who may: `allow` and `deny`.
use quater_grammar::Rule;

use super::build::{Build, Pair, child, children};
use super::field::name_inside;
use super::query::cond_inside;
use crate::ast::{
    Access, Expr, Grantee, GranteeKind, Rule as RowRule, RuleEffect, RuleGrantee, RuleVerb, RuleVerbKind,
};
use crate::report::{Code, Report};

/// A `row_rule` pair.
pub(super) fn rule(build: &mut Build<'_>, pair: &Pair<'_>) -> RowRule {
    let at = build.at(pair);
    let effect = match child(pair, Rule::rule_effect).map_or("", |word| word.as_str()) {
        "deny" => RuleEffect::Deny,
        _ => RuleEffect::Allow,
    };
    let verbs = children(pair, Rule::rule_verb).map(|verb| rule_verb(build, &verb)).collect();
    let grantee = rule_grantee(build, pair);
    let condition = when(build, pair);
    if grantee.is_none() && condition.is_none() {
        let help = "end it with `public`, `signed_in`, `role …`, `via …`, `in …` or `when …`";
        build.report(Report::new(Code::E0104, at.after(), "this rule does not say who").help(help));
    }
    RowRule { effect, verbs, grantee, condition, at }
}

fn rule_verb(build: &mut Build<'_>, pair: &Pair<'_>) -> RuleVerb {
    let kind = match child(pair, Rule::rule_word).map_or("", |word| word.as_str()) {
        "read" => RuleVerbKind::Read,
        "create" => RuleVerbKind::Create,
        "update" => RuleVerbKind::Update,
        "delete" => RuleVerbKind::Delete,
        "write" => RuleVerbKind::Write,
        _ => RuleVerbKind::All,
    };
    RuleVerb { kind, columns: build.names_inside(pair), at: build.at(pair) }
}

/// The grantee and the condition inside a pair.
pub(super) fn access(build: &mut Build<'_>, pair: &Pair<'_>) -> Access {
    let grantee = child(pair, Rule::grantee).map(|grantee| self::grantee(build, &grantee));
    Access { grantee, condition: when(build, pair) }
}

fn rule_grantee(build: &mut Build<'_>, pair: &Pair<'_>) -> Option<RuleGrantee> {
    if let Some(via) = child(pair, Rule::via) {
        return Some(RuleGrantee::Via(name_inside(build, &via)));
    }
    if let Some(within) = child(pair, Rule::granted_in) {
        return Some(RuleGrantee::In(build.names_inside(&within)));
    }
    child(pair, Rule::grantee).map(|grantee| RuleGrantee::Caller(self::grantee(build, &grantee)))
}

/// The `when` inside a pair.
pub(super) fn when(build: &mut Build<'_>, pair: &Pair<'_>) -> Option<Expr> {
    child(pair, Rule::when).map(|when| cond_inside(build, &when))
}

/// A `grantee` pair.
pub(super) fn grantee(build: &mut Build<'_>, pair: &Pair<'_>) -> Grantee {
    let at = build.at(pair);
    let kind = match child(pair, Rule::roles) {
        Some(roles) => GranteeKind::Roles(build.names_inside(&roles)),
        None if child(pair, Rule::signed_in).is_some() => GranteeKind::SignedIn,
        None => GranteeKind::Public,
    };
    Grantee { kind, at }
}
