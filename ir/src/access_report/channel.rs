//! What is told of a channel.
use super::access::{Access, access, changes};
use super::touched::touched;
use super::{Limited, Touched, limits, named};
use crate::channel::Channel as Node;
use crate::operation::Effects;
use crate::{Id, Program};
use serde::Serialize;
use smol_str::SmolStr;

/// What is told of one channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Channel {
    /// Its name.
    pub name: SmolStr,
    /// Who may listen: any of these.
    pub access: Vec<Access>,
    /// Where it is listened to.
    pub path: SmolStr,
    /// By which protocols: `ws`, `sse`.
    pub via: Vec<&'static str>,
    /// Changes of rows that are sent, as far as a listener may see them: `Order created`.
    pub changes: Vec<SmolStr>,
    /// Operations, channels and jobs that send to it.
    pub senders: Vec<SmolStr>,
    /// Whether listeners may send messages.
    pub receives: bool,
    /// What is touched: by telling of changes, and by what messages of listeners do.
    #[serde(flatten)]
    pub touched: Touched,
    /// How often somebody may begin to listen, the limits of the service among them.
    pub limits: Vec<Limited>,
    /// Errors that listening and sending can end with.
    pub errors: Vec<SmolStr>,
}

/// What is told of one channel.
pub(super) fn line(program: &Program, id: Id<Node>, channel: &Node) -> Channel {
    let receives = channel.receives.as_ref();
    let mut effects = receives.map_or(Effects::NONE, |it| it.effects.clone());
    for watched in &channel.watches {
        if !effects.reads.contains(&watched.watch.entity) {
            effects.reads.push(watched.watch.entity);
        }
    }
    let ways = [(channel.socket, "ws"), (channel.events, "sse")];
    let mut errors = named(&channel.faults, |id| &program.faults[id].name);
    for fault in receives.map_or(&[][..], |it| &it.faults) {
        let name = &program.faults[*fault].name;
        if !errors.contains(name) {
            errors.push(name.clone());
        }
    }
    Channel {
        name: channel.name.clone(),
        access: channel.access.iter().flat_map(|it| access(program, it)).collect(),
        path: channel.path.clone(),
        via: ways.into_iter().filter(|(is, _)| *is).map(|(_, way)| way).collect(),
        changes: channel.watches.iter().flat_map(|it| changes(program, &it.watch)).collect(),
        senders: senders(program, id),
        receives: receives.is_some(),
        touched: touched(program, &channel.name, &effects, receives.map_or(&[], |it| &it.reveals)),
        limits: limits(program, &channel.limits, true),
        errors,
    }
}

/// What sends to a channel beside changes of rows.
fn senders(program: &Program, id: Id<Node>) -> Vec<SmolStr> {
    let operations = program.operations.values().map(|it| (&it.name, &it.effects));
    let jobs = program.jobs.values().map(|it| (&it.name, &it.effects));
    let channels =
        program.channels.values().filter_map(|it| Some((&it.name, &it.receives.as_ref()?.effects)));
    let all = operations.chain(channels).chain(jobs).filter(|(_, effects)| effects.emits.contains(&id));
    all.map(|(name, _)| name.clone()).collect()
}
