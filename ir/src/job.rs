//! Durable work in the background.
use crate::Id;
use crate::body::Body;
use crate::entity::{Column, Entity};
use crate::expr::{Expr, Slot};
use crate::fault::Fault;
use crate::lifecycle::Lifecycle;
use crate::native::RustBody;
use crate::operation::{Effects, Reveal};
use crate::resource::Resource;
use crate::types::Type;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

/// One `job`. It has no caller, and keeps the tenant of whoever enqueued it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// Its name.
    pub name: SmolStr,
    /// What it is for.
    pub docs: String,
    /// Since when it is there, and whether it is on its way out.
    pub lifecycle: Lifecycle,
    /// Its parameters, first of its slots.
    pub inputs: Vec<JobInput>,
    /// The queue that keeps it.
    pub queue: Id<Resource>,
    /// How it is tried again.
    pub retry: Retry,
    /// Longest run of one try, in milliseconds.
    pub timeout: Option<u64>,
    /// What starts it beside `enqueue`.
    pub start: Option<Start>,
    /// In which tenants it works.
    pub reach: Reach,
    /// What it does.
    pub body: Body,
    /// The body is written in Rust.
    pub rust: Option<RustBody>,
    /// What it touches.
    pub effects: Effects,
    /// Secrets that it shows on purpose.
    pub reveals: Vec<Reveal>,
    /// Every error that it can end with.
    pub faults: Vec<Id<Fault>>,
}

/// A parameter of a job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JobInput {
    /// Its name.
    pub name: SmolStr,
    /// Its type as kept in the queue; a row is kept by its key.
    pub ty: Type,
    /// Whether it may never be shown.
    pub secret: bool,
    /// Where the body finds it.
    pub slot: Slot,
}

/// How a job is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retry {
    /// How often after the first try.
    pub count: u32,
    /// The first wait in milliseconds; each is twice the one before.
    pub first_wait: u64,
    /// The longest wait in milliseconds.
    pub longest_wait: u64,
}

/// In which tenants a job works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reach {
    /// In the one it was enqueued in, if any.
    Enqueued,
    /// Once in every tenant that there is.
    EachTenant,
    /// Across all of them at once.
    AcrossTenants,
}

/// What starts a job by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Start {
    /// A schedule.
    Every(Schedule),
    /// A change of a row; the row before and after it are in two slots of the body.
    Change(Watch),
}

/// When a job runs by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// How often.
    pub interval: Interval,
    /// The minute of the day it runs at, from 0; of an hour, the minute of the hour.
    pub minute: u32,
    /// The IANA time zone that days are counted in.
    pub zone: SmolStr,
}

/// How often a job runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Interval {
    /// Every so many milliseconds.
    Duration(u64),
    /// Every hour.
    Hour,
    /// Every day.
    Day,
    /// Every week on a day, Monday being 0.
    Weekday(u8),
    /// On the first of every month.
    Month,
}

/// Changes of rows that somebody waits for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Watch {
    /// The entity.
    pub entity: Id<Entity>,
    /// Whether new rows count.
    pub created: bool,
    /// Whether changed rows count; the columns that must have changed, none for any.
    pub updated: Option<Vec<Id<Column>>>,
    /// Whether deleted rows count.
    pub deleted: bool,
    /// Which rows count, over the row as it is after the change, or was before it was deleted.
    pub condition: Option<Expr>,
    /// Holds the row before the change, in a job; null of a new one.
    pub old: Option<Slot>,
    /// Holds the row after the change, in a job; null of a deleted one.
    pub new: Option<Slot>,
}
