//! What a body touches: rows, others, secrets.
use super::named;
use crate::operation::{Effects, Operation, Reveal as Shown};
use crate::resource::{Resource, ResourceKind, UpstreamCall};
use crate::{Id, Program};
use serde::Serialize;
use smol_str::{SmolStr, format_smolstr};

/// What a body touches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Touched {
    /// What it does to rows.
    pub rows: Rows,
    /// Operations that it calls; what they touch is told here too.
    pub calls: Vec<SmolStr>,
    /// Calls of other services, as `resource.call`.
    pub requests: Vec<SmolStr>,
    /// Jobs that it enqueues.
    pub jobs: Vec<SmolStr>,
    /// Channels that it sends to.
    pub channels: Vec<SmolStr>,
    /// Mail servers that it sends letters by.
    pub mails: Vec<SmolStr>,
    /// Places whose files it reads or links to.
    pub files: Vec<SmolStr>,
    /// Secrets that it shows on purpose, those of the operations that it calls among them.
    pub reveals: Vec<Reveal>,
}

/// What is done to rows, by the names of entities.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rows {
    /// It reads these.
    pub reads: Vec<SmolStr>,
    /// It adds to these.
    pub creates: Vec<SmolStr>,
    /// It changes these.
    pub updates: Vec<SmolStr>,
    /// It deletes from these.
    pub deletes: Vec<SmolStr>,
}

/// A secret that is shown on purpose.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reveal {
    /// What is shown, as it is written.
    pub what: String,
    /// Why.
    pub reason: String,
    /// What says so.
    pub by: SmolStr,
}

/// What the body of `name` touches.
pub(super) fn touched(program: &Program, name: &SmolStr, effects: &Effects, reveals: &[Shown]) -> Touched {
    let resources = |ids: &[Id<Resource>]| named(ids, |id| &program.resources[id].name);
    let entities = |ids: &[_]| named(ids, |id| &program.entities[id].name);
    Touched {
        rows: Rows {
            reads: entities(&effects.reads),
            creates: entities(&effects.creates),
            updates: entities(&effects.updates),
            deletes: entities(&effects.deletes),
        },
        calls: named(&effects.invokes, |id| &program.operations[id].name),
        requests: effects.requests.iter().map(|(of, call)| request(program, *of, *call)).collect(),
        jobs: named(&effects.enqueues, |id| &program.jobs[id].name),
        channels: named(&effects.emits, |id| &program.channels[id].name),
        mails: resources(&effects.mails),
        files: resources(&effects.reads_files),
        reveals: all_reveals(program, name, effects, reveals),
    }
}

fn request(program: &Program, of: Id<Resource>, call: Id<UpstreamCall>) -> SmolStr {
    let resource = &program.resources[of];
    let call = match &resource.kind {
        ResourceKind::Http(upstream) => upstream.calls.find(call),
        ResourceKind::Database { .. }
        | ResourceKind::Files { .. }
        | ResourceKind::Queue { .. }
        | ResourceKind::Mail { .. } => None,
    };
    format_smolstr!("{}.{}", resource.name, call.map_or("", |call| call.name.as_str()))
}

/// What a body shows, and then what the operations show that it calls, each of them once.
fn all_reveals(program: &Program, name: &SmolStr, effects: &Effects, own: &[Shown]) -> Vec<Reveal> {
    let told = |by: &SmolStr, shown: &Shown| Reveal {
        what: shown.what.clone(),
        reason: shown.reason.clone(),
        by: by.clone(),
    };
    let mut found: Vec<Reveal> = own.iter().map(|shown| told(name, shown)).collect();
    let mut met: Vec<Id<Operation>> = Vec::new();
    let mut next = 0;
    let mut called: &[Id<Operation>] = &effects.invokes;
    loop {
        for id in called {
            if !met.contains(id) {
                met.push(*id);
            }
        }
        let Some(operation) = met.get(next).map(|id| &program.operations[*id]) else { return found };
        if operation.name != *name {
            found.extend(operation.reveals.iter().map(|shown| told(&operation.name, shown)));
        }
        called = &operation.effects.invokes;
        next += 1;
    }
}
