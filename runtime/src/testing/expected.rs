//! What expectations of tests read beside the rows that the test holds: projections that look at others.
use super::Case;
use crate::plan::Plan;
use crate::plan::body::Planner;
use crate::plan::query::Read;
use crate::run::{Course, Machine, Tally};
use crate::service::StartError;
use crate::stop::Run;
use quater_ir::Program;
use quater_ir::expr::{Expr, Slot};
use quater_ir::test::StepKind;
use std::collections::BTreeMap;

/// By the places of tests.
pub(super) struct Expected(Vec<OfTest>);

/// What is read for the expectations of one test.
#[derive(Default)]
pub(super) struct OfTest {
    /// How many slots the test needs.
    pub(super) slots: usize,
    /// By the places of its steps: what is read, and the condition over that.
    pub(super) steps: BTreeMap<usize, (Vec<(Slot, Read)>, Expr)>,
}

const NOTHING: &OfTest = &OfTest { slots: 0, steps: BTreeMap::new() };

impl Expected {
    /// Plans what the expectations of every test read.
    pub(super) fn plan(program: &Program, plan: &mut Plan) -> Result<Self, StartError> {
        let mut tests = Vec::new();
        for test in &program.tests {
            let (statements, slots) = (&mut plan.statements, test.slots.len() as u32);
            let mut planner = Planner::new(program, statements, slots, None);
            let mut steps = BTreeMap::new();
            for (at, step) in test.steps.iter().enumerate() {
                let StepKind::Expect(condition) = &step.kind else { continue };
                let (reads, rest) = planner.lifted(condition)?;
                if !reads.is_empty() {
                    steps.insert(at, (reads, rest));
                }
            }
            tests.push(OfTest { slots: planner.slots as usize, steps });
        }
        Ok(Self(tests))
    }

    /// Those of a test.
    pub(super) fn of(&self, at: usize) -> &OfTest {
        self.0.get(at).unwrap_or(NOTHING)
    }
}

impl Case<'_> {
    /// Reads what an expectation looks at.
    pub(super) fn look(&mut self, reads: &[(Slot, Read)]) -> Run<()> {
        for (slot, read) in reads {
            let (facts, plan) = (&self.engine.facts, &self.engine.plan);
            let (about, slots, session) = (&self.about, &mut self.slots, &mut self.session);
            let (output, called, between, tally) = (None, false, None, &mut Tally::default());
            let course = Course::default();
            let mut machine =
                Machine { facts, plan, about, slots, session, output, called, between, tally, course };
            let value = machine.read(read)?;
            self.set(slot.0, value);
        }
        Ok(())
    }
}
