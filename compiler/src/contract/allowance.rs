//! Who may do something, how often, for whose word it waits, until when it can be done, and what is told.
use super::expression;
use super::{Access, Approval, Deprecated, Limit};
use quater_ir::Program;
use quater_ir::job::Watch;
use quater_ir::lifecycle::Lifecycle;
use quater_ir::operation::{self, LimitPer, Operation};
use quater_ir::value::Literal;
use smol_str::{SmolStr, format_smolstr};
use std::collections::BTreeSet;

/// One `allow`, each of its roles for itself.
pub(crate) fn access(program: &Program, access: &operation::Access) -> Vec<Access> {
    let role = |literal: &Literal| match literal {
        Literal::Text(name) => name.to_string(),
        Literal::Int(number) => number.to_string(),
        Literal::Bool(truth) => truth.to_string(),
        Literal::Null => "null".to_owned(),
        Literal::Float(number) => number.to_string(),
        Literal::Decimal(number) => number.to_string(),
        Literal::Duration(length) => format!("{length}ms"),
    };
    match access {
        operation::Access::Public => vec![Access::Public],
        operation::Access::SignedIn => vec![Access::SignedIn],
        operation::Access::Role(roles) => roles.iter().map(|it| Access::Role(role(it))).collect(),
        operation::Access::When(condition) => vec![Access::When(expression::text(program, condition))],
    }
}

/// All of them.
pub(super) fn anyone(program: &Program, of: &[operation::Access]) -> BTreeSet<Access> {
    of.iter().flat_map(|it| access(program, it)).collect()
}

pub(super) fn approval(program: &Program, of: &Operation) -> Option<Approval> {
    let approval = of.approval.as_ref()?;
    let when = approval.condition.as_ref();
    Some(Approval {
        by: anyone(program, &approval.by),
        when: when.map(|condition| expression::text_over(program, &of.inputs, condition)),
        within: approval.within,
    })
}

pub(super) fn limits(of: &[operation::Limit]) -> BTreeSet<Limit> {
    let per = |per| match per {
        LimitPer::Actor => "actor",
        LimitPer::Ip => "ip",
        LimitPer::Tenant => "tenant",
    };
    let limit = |it: &operation::Limit| Limit { per: per(it.per).into(), count: it.count, window: it.window };
    of.iter().map(limit).collect()
}

pub(super) fn deprecated(of: &Lifecycle) -> Option<Deprecated> {
    let goes = of.deprecated.as_ref()?;
    Some(Deprecated { sunset: goes.sunset.clone(), instead: goes.instead.clone() })
}

/// Changes of rows by their names: `Order created`.
pub(crate) fn changes(program: &Program, watch: &Watch) -> impl Iterator<Item = SmolStr> {
    let entity = &program.entities[watch.entity].name;
    let kinds =
        [(watch.created, "created"), (watch.updated.is_some(), "updated"), (watch.deleted, "deleted")];
    kinds.into_iter().filter(|(is, _)| *is).map(move |(_, kind)| format_smolstr!("{entity} {kind}"))
}
