//! Jobs: what waits in a queue was written by the version before.
use super::members::{self, Place};
use super::{Comparison, Pair, Subject};
use crate::contract::Job;
use crate::report::{Code, Severity};
use smol_str::SmolStr;
use std::collections::BTreeSet;

/// Compares one job.
pub(super) fn compare<'a>(pair: &Pair<'a, Job>, all: &mut Comparison<'a>) {
    match (pair.was, pair.is) {
        (Some(_), None) => a_job_that_is_gone_loses_what_waits_for_it(pair.name, all),
        (Some(was), Some(is)) => what_waits_must_be_read(pair.name, was, is, all),
        (None, _) => {}
    }
}

fn a_job_that_is_gone_loses_what_waits_for_it(name: &SmolStr, all: &mut Comparison<'_>) {
    let text = format!("the job `{name}` is gone, and what waits for it is lost");
    all.breaks(Code::E0726, Subject::Job(name.clone()), text);
}

fn what_waits_must_be_read<'a>(name: &SmolStr, was: &'a Job, is: &'a Job, all: &mut Comparison<'a>) {
    let mut inside =
        Comparison { before: all.before, after: all.after, seen: BTreeSet::new(), changes: Vec::new() };
    let subject = Subject::Job(name.clone());
    let place = Place { subject: subject.clone(), root: format!("the job `{name}`"), path: String::new() };
    members::taken(&was.inputs.iter().collect(), &is.inputs.iter().collect(), &place, &mut inside);
    for change in inside.changes {
        // An input that is gone is passed over in what waits.
        let spoils = change.code.filter(|code| code.severity() == Severity::Error && *code != Code::E0702);
        if spoils.is_some() {
            all.breaks(Code::E0727, subject.clone(), format!("{}, in what waits too", change.text));
        }
    }
}
