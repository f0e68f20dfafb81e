//! Who may.
use super::doc::{Doc, commas, maybe, text, words};
use super::expr::{Around, expr_doc};
use super::name::{columns, names};
use crate::ast::{Access, Expr, Grantee, GranteeKind, Rule, RuleEffect, RuleGrantee, RuleVerb, RuleVerbKind};

/// A row rule.
pub(super) fn rule(rule: &Rule) -> Doc {
    let effect = match rule.effect {
        RuleEffect::Allow => "allow",
        RuleEffect::Deny => "deny",
    };
    let who = maybe(rule.grantee.as_ref(), |who| match who {
        RuleGrantee::Caller(caller) => grantee(caller),
        RuleGrantee::Via(relation) => text(format!("via {}", relation.text)),
        RuleGrantee::In(callers) => words([text("in"), names(callers)]),
    });
    words([text(effect), commas(rule.verbs.iter().map(verb)), who, when(rule.condition.as_ref())])
}

fn verb(verb: &RuleVerb) -> Doc {
    let word = match verb.kind {
        RuleVerbKind::Read => "read",
        RuleVerbKind::Create => "create",
        RuleVerbKind::Update => "update",
        RuleVerbKind::Delete => "delete",
        RuleVerbKind::Write => "write",
        RuleVerbKind::All => "all",
    };
    text(format!("{word}{}", columns(&verb.columns)))
}

/// `signed_in when …`
pub(super) fn access(access: &Access) -> Doc {
    words([maybe(access.grantee.as_ref(), grantee), when(access.condition.as_ref())])
}

fn when(condition: Option<&Expr>) -> Doc {
    maybe(condition, |condition| words([text("when"), expr_doc(condition, Around::CONDITION)]))
}

/// `role staff, manager`
pub(super) fn grantee(grantee: &Grantee) -> Doc {
    match &grantee.kind {
        GranteeKind::Public => text("public"),
        GranteeKind::SignedIn => text("signed_in"),
        GranteeKind::Roles(roles) => words([text("role"), names(roles)]),
    }
}
