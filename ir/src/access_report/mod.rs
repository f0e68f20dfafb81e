//! What a service lets whom do: for people who review it, and for programs that watch it. A line for each
//! operation, channel, job and tree of files.
mod access;
mod asset;
mod channel;
mod job;
mod operation;
mod touched;

pub use access::{Access, access, changes};
pub use asset::Assets;
pub use channel::Channel;
pub use job::{Job, Reach};
pub use operation::{Approval, Doors, Operation};
pub use touched::{Reveal, Rows, Touched};

use crate::operation::{Limit, LimitPer};
use crate::{Id, Program, setting};
use serde::Serialize;
use smol_str::SmolStr;

/// The version of the form of a [`Line`].
pub const FORMAT: u32 = 2;

/// What is told of one declaration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// [`FORMAT`].
    pub version: u32,
    /// What it tells.
    #[serde(flatten)]
    pub about: About,
}

/// What a [`Line`] is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum About {
    /// An operation.
    Operation(Operation),
    /// A channel.
    Channel(Channel),
    /// A job.
    Job(Job),
    /// A tree of files.
    Static(Assets),
}

/// How often something may be called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Limited {
    /// Whether all calls of the service count, and not those of the one thing alone.
    pub service: bool,
    /// How many times.
    pub count: u32,
    /// In how many milliseconds.
    pub window: u64,
    /// Counted for whom: `actor`, `ip` or `tenant`.
    pub per: &'static str,
    /// As it is written: `300/min per ip`.
    pub shown: String,
}

/// What a service lets whom do: operations, channels, jobs and files, each in the order of the file.
pub fn report(program: &Program) -> Vec<Line> {
    let operations =
        program.operations.iter().map(|(id, it)| About::Operation(operation::line(program, id, it)));
    let channels = program.channels.iter().map(|(id, it)| About::Channel(channel::line(program, id, it)));
    let jobs = program.jobs.iter().map(|(id, it)| About::Job(job::line(program, id, it)));
    let assets = program.surface.assets.iter().map(|it| About::Static(asset::line(it)));
    let all = operations.chain(channels).chain(jobs).chain(assets);
    all.map(|about| Line { version: FORMAT, about }).collect()
}

/// Names of declarations, in the order of their ids.
fn named<'p, T>(ids: &[Id<T>], name: impl Fn(Id<T>) -> &'p SmolStr) -> Vec<SmolStr> {
    ids.iter().map(|id| name(*id).clone()).collect()
}

/// Limits of a thing, and those of the service where it is called through a door.
fn limits(program: &Program, own: &[Limit], has_door: bool) -> Vec<Limited> {
    let all: &[Limit] = if has_door { &program.service.limits } else { &[] };
    own.iter().map(|it| limited(false, it)).chain(all.iter().map(|it| limited(true, it))).collect()
}

fn limited(service: bool, limit: &Limit) -> Limited {
    let per = match limit.per {
        LimitPer::Actor => "actor",
        LimitPer::Ip => "ip",
        LimitPer::Tenant => "tenant",
    };
    Limited { service, count: limit.count, window: limit.window, per, shown: setting::limit(limit) }
}
