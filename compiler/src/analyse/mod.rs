//! What only a whole body, or the whole service, tells. Runs where nothing was reported that forbids
//! running, so that no judgement is made about half a program.
mod alike_tools;
mod body;
mod forbidden_write;
mod idle_rule;
mod idle_test;
mod long_loop;
mod lost_update;
mod production;
mod revealing;
mod unlimited;
mod upstream;

use crate::check::Checker;
use crate::report::Report;
use body::works;
use quater_ir::Service;

/// Every judgement. This is the list; each of them is a file of its own.
pub(crate) fn judge(checker: &Checker<'_>, service: &Service, production: bool) -> Vec<Report> {
    let mut found = Vec::new();
    let works = works(checker);
    lost_update::a_new_value_comes_from_a_row_that_is_held(checker, &works, &mut found);
    upstream::no_upstream_is_called_in_the_middle(checker, &works, &mut found);
    long_loop::queries_stand_in_short_loops(checker, &works, &mut found);
    forbidden_write::some_rule_permits_each_write(checker, &works, &mut found);
    idle_rule::every_rule_decides_something(checker, &mut found);
    idle_test::every_test_exercises_something(checker, &mut found);
    revealing::no_computed_field_shows_what_is_denied(checker, &mut found);
    alike_tools::tools_can_be_told_apart(checker, &mut found);
    unlimited::what_invites_trying_is_limited(checker, service, &mut found);
    if production {
        production::the_service_is_ready(checker, service, &mut found);
    }
    found
}
