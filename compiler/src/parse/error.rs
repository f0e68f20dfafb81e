//! `error`
use quater_grammar::Rule;

use super::build::{Build, Pair, child};
use super::clause::maybe_text;
use super::field::{name_inside, parameters_inside};
use crate::ast::ErrorDeclaration;
use crate::report::{Code, Report};

/// An `error` pair.
pub(super) fn error(build: &mut Build<'_>, pair: &Pair<'_>) -> ErrorDeclaration {
    let at = build.at(pair);
    let status = child(pair, Rule::number).map(|status| build.whole(&status));
    if status.is_none() {
        let report = Report::new(Code::E0104, at.after(), "an HTTP status is missing here");
        build.report(report.help("end it with `= 409` or another status, and a message if you like"));
    }
    ErrorDeclaration {
        name: name_inside(build, pair),
        fields: parameters_inside(build, pair),
        status,
        message: maybe_text(build, pair),
    }
}
