//! What is told of a job.
use super::access::changes;
use super::touched::touched;
use super::{Touched, named};
use crate::job::{Interval, Job as Node, Reach as Tenants, Schedule, Start};
use crate::setting::length;
use crate::{Id, Program};
use serde::Serialize;
use smol_str::SmolStr;

/// What is told of one job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Job {
    /// Its name.
    pub name: SmolStr,
    /// The queue that keeps it.
    pub queue: SmolStr,
    /// Operations, channels and jobs that enqueue it.
    pub enqueued_by: Vec<SmolStr>,
    /// When it starts by itself, as `every day at 03:00 UTC`.
    pub schedule: Option<String>,
    /// Changes of rows that start it: `Order created`.
    pub changes: Vec<SmolStr>,
    /// In which tenants it works.
    pub reach: Reach,
    /// How often it is tried again.
    pub retries: u32,
    /// Longest run of one try in milliseconds; null for as long as it takes.
    pub timeout: Option<u64>,
    /// What it touches.
    #[serde(flatten)]
    pub touched: Touched,
    /// Whether its body is written in Rust; then it may do to rows what is told, and need not.
    pub rust: bool,
    /// Errors that it can end with.
    pub errors: Vec<SmolStr>,
}

/// In which tenants a job works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// In the one it was enqueued in, if any.
    Enqueued,
    /// Once in every tenant that there is.
    EachTenant,
    /// Across all of them at once.
    AcrossTenants,
}

/// What is told of one job.
pub(super) fn line(program: &Program, id: Id<Node>, job: &Node) -> Job {
    let (schedule, changes) = match &job.start {
        Some(Start::Every(schedule)) => (Some(every(schedule)), Vec::new()),
        Some(Start::Change(watch)) => (None, changes(program, watch).collect()),
        None => (None, Vec::new()),
    };
    Job {
        name: job.name.clone(),
        queue: program.resources[job.queue].name.clone(),
        enqueued_by: enqueued_by(program, id),
        schedule,
        changes,
        reach: match job.reach {
            Tenants::Enqueued => Reach::Enqueued,
            Tenants::EachTenant => Reach::EachTenant,
            Tenants::AcrossTenants => Reach::AcrossTenants,
        },
        retries: job.retry.count,
        timeout: job.timeout,
        touched: touched(program, &job.name, &job.effects, &job.reveals),
        rust: job.rust.is_some(),
        errors: named(&job.faults, |id| &program.faults[id].name),
    }
}

fn every(schedule: &Schedule) -> String {
    const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let (hour, minute) = (schedule.minute / 60, schedule.minute % 60);
    let what = match schedule.interval {
        Interval::Duration(time) => return format!("every {}", length(time)),
        Interval::Hour => return format!("every hour at minute {minute}"),
        Interval::Day => "day",
        Interval::Weekday(day) => DAYS.get(usize::from(day)).copied().unwrap_or("week"),
        Interval::Month => "month",
    };
    format!("every {what} at {hour:02}:{minute:02} {}", schedule.zone)
}

fn enqueued_by(program: &Program, id: Id<Node>) -> Vec<SmolStr> {
    let operations = program.operations.values().map(|it| (&it.name, &it.effects));
    let jobs = program.jobs.values().map(|it| (&it.name, &it.effects));
    let channels =
        program.channels.values().filter_map(|it| Some((&it.name, &it.receives.as_ref()?.effects)));
    let all = operations.chain(channels).chain(jobs).filter(|(_, effects)| effects.enqueues.contains(&id));
    all.map(|(name, _)| name.clone()).collect()
}
