//! Who may do something, how often, for whose word it waits, and until when it can be done.
use super::{Access, Approval, Deprecated, Limit};
use quater_ir::Program;
use quater_ir::access_report::access;
use quater_ir::expr::text_over;
use quater_ir::lifecycle::Lifecycle;
use quater_ir::operation::{self, LimitPer, Operation};
use std::collections::BTreeSet;

/// All of them.
pub(super) fn anyone(program: &Program, of: &[operation::Access]) -> BTreeSet<Access> {
    of.iter().flat_map(|it| access(program, it)).collect()
}

pub(super) fn approval(program: &Program, of: &Operation) -> Option<Approval> {
    let approval = of.approval.as_ref()?;
    let when = approval.condition.as_ref();
    Some(Approval {
        by: anyone(program, &approval.by),
        when: when.map(|condition| text_over(program, &of.inputs, condition)),
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
