//! Who may call, how often, and until when: of operations and of channels alike.
use super::{Comparison, Subject};
use crate::check::counted;
use crate::contract::{Access, Deprecated, Limit};
use crate::report::Code;
use quater_ir::setting::length;
use smol_str::SmolStr;
use std::collections::BTreeSet;

/// Whose callers are compared.
pub(super) struct Callers<'a> {
    /// What a change is about.
    pub(super) subject: &'a Subject,
    /// Its name.
    pub(super) name: &'a SmolStr,
    /// What is done with it: `called`, `listened to`.
    pub(super) verb: &'static str,
}

/// Compares who may call.
pub(super) fn access(
    callers: &Callers<'_>,
    was: &BTreeSet<Access>,
    is: &BTreeSet<Access>,
    all: &mut Comparison<'_>,
) {
    let lost: Vec<&Access> = was.iter().filter(|access| !covers(is, access)).collect();
    let gained: Vec<&Access> = is.iter().filter(|access| !covers(was, access)).collect();
    fewer_who_may_call_breaks_the_others(callers, &lost, &gained, all);
    more_who_may_call_is_noted(callers, &gained, all);
}

/// Whether everybody whom one `allow` lets in is let in by others.
fn covers(by: &BTreeSet<Access>, access: &Access) -> bool {
    let signed_in = *access != Access::Public && by.contains(&Access::SignedIn);
    let roles = access.roles().is_some_and(|roles| roles.iter().all(|role| by.contains(role)));
    by.contains(&Access::Public) || signed_in || roles || by.contains(access)
}

fn fewer_who_may_call_breaks_the_others(
    callers: &Callers<'_>,
    lost: &[&Access],
    gained: &[&Access],
    all: &mut Comparison<'_>,
) {
    let open = lost.iter().any(|access| matches!(access, Access::Public | Access::SignedIn));
    // A condition may let in whom a role or another condition did: that is noted, and not a fact. One beside a role
    // keeps some of that role out.
    let conditional = |access: &&Access| matches!(access, Access::When(_));
    let undecided = gained.iter().any(|it| conditional(it) && it.roles().is_none())
        || (lost.iter().any(conditional) && !gained.is_empty());
    if !lost.is_empty() && (open || !undecided) {
        let (name, verb) = (callers.name, callers.verb);
        let text = format!("`{name}` can't be {verb} any more by {}", listed(lost.iter().copied()));
        all.breaks(Code::E0713, callers.subject.clone(), text);
    }
}

fn more_who_may_call_is_noted(callers: &Callers<'_>, gained: &[&Access], all: &mut Comparison<'_>) {
    if !gained.is_empty() {
        let (name, verb) = (callers.name, callers.verb);
        let text = format!("`{name}` can be {verb} by {}, which was not so", listed(gained.iter().copied()));
        all.breaks(Code::W0703, callers.subject.clone(), text);
    }
}

/// Callers in words.
pub(super) fn listed<'a>(access: impl Iterator<Item = &'a Access>) -> String {
    let words = access.map(|access| match access {
        Access::Public => "anyone".to_owned(),
        Access::SignedIn => "anyone who is signed in".to_owned(),
        Access::Role(role) => format!("role `{role}`"),
        Access::When(condition) => format!("those for whom `{condition}` holds"),
    });
    words.collect::<Vec<_>>().join(", ")
}

/// Compares how often something may be called: what lets fewer calls through than any limit did is noted.
pub(super) fn limits(
    callers: &Callers<'_>,
    was: &BTreeSet<Limit>,
    is: &BTreeSet<Limit>,
    all: &mut Comparison<'_>,
) {
    let as_strict = |new: &Limit, old: &Limit| {
        let rate = |limit: &Limit, other: &Limit| u64::from(limit.count).saturating_mul(other.window);
        old.per == new.per && old.count <= new.count && rate(old, new) <= rate(new, old)
    };
    for new in is.iter().filter(|new| !was.iter().any(|old| as_strict(new, old))) {
        let (name, verb) = (callers.name, callers.verb);
        let times = counted(usize::try_from(new.count).unwrap_or(usize::MAX), "time");
        let often = format!("{times} in {} per {}", length(new.window), new.per);
        let text = format!("`{name}` can be {verb} only {often}");
        all.breaks(Code::W0709, callers.subject.clone(), text);
    }
}

/// Compares until when something can be called.
pub(super) fn lifecycle(
    callers: &Callers<'_>,
    was: Option<&Deprecated>,
    is: Option<&Deprecated>,
    all: &mut Comparison<'_>,
) {
    let Some(is) = is else {
        if was.is_some() {
            all.adds(callers.subject.clone(), format!("`{}` stays", callers.name));
        }
        return;
    };
    let instead = is.instead.as_ref().map_or(String::new(), |other| format!("; use `{other}`"));
    let text = match (&is.sunset, was.map(|was| &was.sunset)) {
        (Some(day), Some(Some(earlier))) if day < earlier => {
            format!("`{}` may be gone after {day}, and not only after {earlier}{instead}", callers.name)
        }
        (Some(day), None | Some(None)) => format!("`{}` may be gone after {day}{instead}", callers.name),
        (None, None) => format!("`{}` is on its way out{instead}", callers.name),
        (Some(_), Some(Some(_))) | (None, Some(_)) => return,
    };
    all.breaks(Code::W0710, callers.subject.clone(), text);
}
