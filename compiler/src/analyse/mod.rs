//! What only a whole body, or the whole service, tells. Runs where nothing was reported that forbids
//! running, so that no judgement is made about half a program.
mod alike_tools;
mod body;
mod compressing;
mod deep_calls;
mod endless_rows;
mod forbidden_write;
mod idle_rule;
mod idle_test;
mod long_loop;
mod lost_update;
mod production;
mod revealing;
mod unlimited;
mod upstream;

use crate::check::scope::Doer;
use crate::check::{Changes, Checker, Moves};
use crate::report::Report;
use crate::watched::Look;
use body::{Work, doers, work};
use lost_update::Changing;
use quater_ir::entity::{Column, Entity};
use quater_ir::{Id, Service};
use std::collections::BTreeMap;

/// Judgements that stand for as long as nothing changes that they look at.
#[derive(Debug, Default)]
pub(crate) struct Judged {
    /// Of one body each.
    pub(crate) bodies: BTreeMap<Doer, Judgement>,
    /// Of all that stands outside of bodies and tests.
    pub(crate) outside: Option<Vec<Report>>,
    /// Of the texts of tools, which stand in signatures.
    pub(crate) tools: Option<Vec<Report>>,
    changing: Changing,
}

/// What is known of one body.
#[derive(Debug)]
pub(crate) struct Judgement {
    /// The columns that it changes.
    changes: Vec<(Id<Entity>, Id<Column>)>,
    /// What is to be said of it, where that is known.
    reports: Option<Vec<Report>>,
    /// What was looked at for that.
    looks: Vec<Look>,
}

impl Judged {
    /// Forgets what was judged by something that is another one.
    pub(crate) fn forget(&mut self, changes: &Changes) {
        self.bodies.retain(|_, judgement| !changes.concern(&judgement.looks));
        self.outside.take_if(|_| changes.are_of_things());
    }

    /// Puts operations where they stand now, and forgets what was judged by others that stand elsewhere.
    pub(crate) fn move_operations(&mut self, moves: &Moves) {
        self.outside = None;
        self.tools = None;
        let old = std::mem::take(&mut self.bodies).into_iter();
        let stay = old.filter_map(|(doer, mut judgement)| {
            let own = if let Doer::Operation(id) = doer { Some(id.index()) } else { None };
            let elsewhere = moves.follow(&mut judgement.looks, own);
            Some((moves.doer(doer).filter(|_| !elsewhere)?, judgement))
        });
        self.bodies = stay.collect();
    }
}

/// Every judgement. This is the list; each of them is a file of its own.
pub(crate) fn judge(
    checker: &Checker<'_>,
    service: &Service,
    production: bool,
    judged: &mut Judged,
) -> Vec<Report> {
    let Judged { bodies, outside, tools, changing } = judged;
    for doer in doers(checker).filter(|doer| !bodies.contains_key(doer)).collect::<Vec<_>>() {
        let Some(work) = work(checker, doer) else { continue };
        let (changes, looks) = checker.looking(|| lost_update::changed(checker, &work));
        bodies.insert(doer, Judgement { changes, reports: None, looks });
    }
    let all: Changing = bodies.values().flat_map(|judgement| &judgement.changes).copied().collect();
    if all != *changing {
        bodies.values_mut().for_each(|judgement| judgement.reports = None);
        *changing = all;
    }
    let mut found = outside.get_or_insert_with(|| judge_outside(checker)).clone();
    found.extend_from_slice(tools.get_or_insert_with(|| alike_tools::alike_tools(checker)));
    for (doer, judgement) in bodies {
        if judgement.reports.is_none()
            && let Some(work) = work(checker, *doer)
        {
            let (reports, looks) = checker.looking(|| judge_body(checker, &work, changing));
            judgement.reports = Some(reports);
            judgement.looks.extend(looks);
        }
        found.extend(judgement.reports.iter().flatten().cloned());
    }
    deep_calls::calls_end_soon(checker, &mut found);
    idle_test::every_test_exercises_something(checker, &mut found);
    compressing::nothing_that_lets_somebody_in_is_compressed(checker, &mut found);
    unlimited::what_invites_trying_is_limited(checker, service, &mut found);
    if production {
        production::the_service_is_ready(checker, service, &mut found);
    }
    found
}

/// What one body tells: it looks at nothing but itself, what stands outside, what called operations do, and
/// which columns are changed anywhere.
fn judge_body(checker: &Checker<'_>, work: &Work<'_>, changing: &Changing) -> Vec<Report> {
    let mut found = Vec::new();
    lost_update::a_new_value_comes_from_a_row_that_is_held(checker, work, changing, &mut found);
    upstream::no_upstream_is_called_in_the_middle(checker, work, &mut found);
    long_loop::queries_stand_in_short_loops(checker, work, &mut found);
    forbidden_write::some_rule_permits_each_write(checker, work, &mut found);
    found
}

/// What needs no body.
fn judge_outside(checker: &Checker<'_>) -> Vec<Report> {
    let mut found = Vec::new();
    idle_rule::every_rule_decides_something(checker, &mut found);
    endless_rows::a_first_row_can_be_made(checker, &mut found);
    revealing::no_computed_field_shows_what_is_denied(checker, &mut found);
    found
}
