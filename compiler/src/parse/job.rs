//! `job`
use quater_grammar::Rule;

use super::build::{Build, Pair, child};
use super::field::name_inside;
use super::operation::{header, lines};
use crate::ast::Job;

/// A `job` pair.
pub(super) fn job(build: &mut Build<'_>, pair: &Pair<'_>) -> Job {
    let (name, parameters) = header(build, pair);
    let queue = match child(pair, Rule::job_queue) {
        Some(queue) => name_inside(build, &queue),
        None => build.no_name(name.at, "`on` and the queue"),
    };
    let (clauses, body) = lines(build, pair);
    Job { name, parameters, queue, clauses, body }
}
