//! Tests that would pass whatever the service did.
use crate::check::Checker;
use crate::report::{Code, Report};
use quater_ir::test::StepKind;

/// Every test calls something, so that some rule or body is tried.
pub(super) fn every_test_exercises_something(checker: &Checker<'_>, found: &mut Vec<Report>) {
    for (test, node) in checker.tests.iter().zip(&checker.names.tests) {
        let tries = |kind: &StepKind| matches!(kind, StepKind::Call(_) | StepKind::Run(_));
        if !test.steps.iter().any(|step| tries(&step.kind)) {
            let report =
                Report::new(Code::W0406, node.title.at, "this test calls nothing, so no rule is tried");
            found.push(report.help("add `as … call operation(…) gives …` or `fails …`"));
        }
    }
}
