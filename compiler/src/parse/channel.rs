//! `channel`
use quater_grammar::Rule;

use super::build::{Build, Pair, child};
use super::operation::{header, lines};
use super::types::ty_or_missing;
use crate::ast::Channel;
use crate::report::{Code, Report};

/// A `channel` pair.
pub(super) fn channel(build: &mut Build<'_>, pair: &Pair<'_>) -> Channel {
    let (name, parameters) = header(build, pair);
    let sends = child(pair, Rule::sends).or_else(|| child(pair, Rule::sends_word));
    let sends = sends.map(|sends| ty_or_missing(build, child(&sends, Rule::ty), build.at(&sends)));
    let (clauses, steps) = lines(build, pair);
    if let Some(step) = steps.statements.first() {
        let report = Report::new(Code::E0101, step.at, "a channel has no steps of its own");
        build.report(report.help("put them into `receives`, or into an operation that does `emit`"));
    }
    Channel { name, parameters, sends, clauses }
}
