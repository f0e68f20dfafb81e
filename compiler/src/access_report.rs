//! What each operation lets whom do: for people who review a service, and for programs that watch it.
use crate::contract::{Access, access, text_over};
use quater_ir::operation::{Limit, LimitPer, Operation};
use quater_ir::resource::{Resource, ResourceKind, UpstreamCall};
use quater_ir::setting;
use quater_ir::{Id, Program};
use serde::Serialize;
use smol_str::{SmolStr, format_smolstr};

/// The version of the form of a [`Line`].
pub const FORMAT: u32 = 1;

/// What is told of one operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// [`FORMAT`].
    pub version: u32,
    /// Its name.
    pub operation: SmolStr,
    /// Who may call it: any of these.
    pub access: Vec<Access>,
    /// By what it can be called.
    pub doors: Doors,
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
    /// How often it may be called, those of the service among them.
    pub limits: Vec<Limited>,
    /// Which calls wait for somebody to agree.
    pub approval: Option<Approval>,
    /// Whether a caller's key gives the first result again.
    pub idempotent: bool,
    /// Longest run in milliseconds.
    pub timeout: u64,
    /// How long an answer may be used again, in milliseconds.
    pub cache: Option<u64>,
    /// Why calls leave no audit record, where they leave none.
    pub unaudited: Option<String>,
    /// Whether its body is written in Rust; then it may do to rows what is told, and need not.
    pub rust: bool,
    /// Errors that it can end with.
    pub errors: Vec<SmolStr>,
}

/// By what an operation can be called; nothing at all where only other operations call it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Doors {
    /// Routes, as `GET /orders`.
    pub http: Vec<SmolStr>,
    /// MCP tools by their names.
    pub tools: Vec<SmolStr>,
    /// MCP resources by their URIs.
    pub resources: Vec<SmolStr>,
    /// MCP prompts by their names.
    pub prompts: Vec<SmolStr>,
    /// Commands by their words.
    pub commands: Vec<SmolStr>,
}

/// What an operation does to rows, by the names of entities.
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
    /// The operation that says so.
    pub by: SmolStr,
}

/// How often something may be called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Limited {
    /// Whether all calls of the service count, and not those of the operation alone.
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

/// Which calls wait, and for whom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Approval {
    /// Who may agree: any of these, and never the caller.
    pub by: Vec<Access>,
    /// Which calls wait; none for all.
    pub when: Option<String>,
    /// How long a call waits, in milliseconds.
    pub within: u64,
}

/// What each operation lets whom do, in the order of the file.
pub fn report(program: &Program) -> Vec<Line> {
    program.operations.iter().map(|(id, operation)| line(program, id, operation)).collect()
}

fn line(program: &Program, id: Id<Operation>, operation: &Operation) -> Line {
    let effects = &operation.effects;
    let doors = doors(program, id);
    let resources = |ids: &[Id<Resource>]| named(ids, |id| &program.resources[id].name);
    Line {
        version: FORMAT,
        operation: operation.name.clone(),
        access: operation.access.iter().flat_map(|it| access(program, it)).collect(),
        rows: rows(program, operation),
        calls: named(&effects.invokes, |id| &program.operations[id].name),
        requests: effects.requests.iter().map(|(of, call)| request(program, *of, *call)).collect(),
        jobs: named(&effects.enqueues, |id| &program.jobs[id].name),
        channels: named(&effects.emits, |id| &program.channels[id].name),
        mails: resources(&effects.mails),
        files: resources(&effects.reads_files),
        reveals: reveals(program, id),
        limits: limits(program, operation, &doors),
        doors,
        approval: operation.approval.as_ref().map(|approval| Approval {
            by: approval.by.iter().flat_map(|it| access(program, it)).collect(),
            when: approval.condition.as_ref().map(|it| text_over(program, &operation.inputs, it)),
            within: approval.within,
        }),
        idempotent: operation.idempotent,
        timeout: operation.timeout.unwrap_or(program.service.timeout),
        cache: operation.cache,
        unaudited: operation.unaudited.clone(),
        rust: operation.rust.is_some(),
        errors: named(&operation.faults, |id| &program.faults[id].name),
    }
}

/// Names of declarations, in the order of their ids.
fn named<'p, T>(ids: &[Id<T>], name: impl Fn(Id<T>) -> &'p SmolStr) -> Vec<SmolStr> {
    ids.iter().map(|id| name(*id).clone()).collect()
}

fn doors(program: &Program, id: Id<Operation>) -> Doors {
    let surface = &program.surface;
    let routes = surface.routes.iter().filter(|it| it.operation == id);
    let tools = surface.tools.iter().filter(|it| it.operation == id);
    let resources = surface.resources.iter().filter(|it| it.operation == id);
    let prompts = surface.prompts.iter().filter(|it| it.operation == id);
    let commands = surface.commands.iter().filter(|it| it.operation == id);
    Doors {
        http: routes.map(|it| format_smolstr!("{} {}", it.method.name(), it.path)).collect(),
        tools: tools.map(|it| it.name.clone()).collect(),
        resources: resources.map(|it| it.uri.clone()).collect(),
        prompts: prompts.map(|it| it.name.clone()).collect(),
        commands: commands.map(|it| it.words.join(" ").into()).collect(),
    }
}

fn rows(program: &Program, operation: &Operation) -> Rows {
    let effects = &operation.effects;
    let entities = |ids: &[_]| named(ids, |id| &program.entities[id].name);
    Rows {
        reads: entities(&effects.reads),
        creates: entities(&effects.creates),
        updates: entities(&effects.updates),
        deletes: entities(&effects.deletes),
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

/// What an operation shows, and then what those show that it calls, each of them once.
fn reveals(program: &Program, id: Id<Operation>) -> Vec<Reveal> {
    let (mut met, mut next, mut found) = (vec![id], 0, Vec::new());
    while let Some(operation) = met.get(next).map(|id| &program.operations[*id]) {
        found.extend(operation.reveals.iter().map(|reveal| Reveal {
            what: reveal.what.clone(),
            reason: reveal.reason.clone(),
            by: operation.name.clone(),
        }));
        for called in &operation.effects.invokes {
            if !met.contains(called) {
                met.push(*called);
            }
        }
        next += 1;
    }
    found
}

/// The limits of the service count calls that come through a door.
fn limits(program: &Program, operation: &Operation, doors: &Doors) -> Vec<Limited> {
    let all: &[Limit] = if *doors == Doors::default() { &[] } else { &program.service.limits };
    let own = operation.limits.iter().map(|it| limited(false, it));
    own.chain(all.iter().map(|it| limited(true, it))).collect()
}

fn limited(service: bool, limit: &Limit) -> Limited {
    let per = match limit.per {
        LimitPer::Actor => "actor",
        LimitPer::Ip => "ip",
        LimitPer::Tenant => "tenant",
    };
    Limited { service, count: limit.count, window: limit.window, per, shown: setting::limit(limit) }
}
