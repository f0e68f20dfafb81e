//! What is told of an operation.
use super::access::{Access, access};
use super::touched::touched;
use super::{Limited, Touched, limits, named};
use crate::expr::text_over;
use crate::operation::{self, Operation as Node};
use crate::{Id, Program};
use serde::Serialize;
use smol_str::{SmolStr, format_smolstr};

/// What is told of one operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Operation {
    /// Its name.
    pub name: SmolStr,
    /// Who may call it: any of these.
    pub access: Vec<Access>,
    /// By what it can be called.
    pub doors: Doors,
    /// What it touches.
    #[serde(flatten)]
    pub touched: Touched,
    /// How often it may be called, the limits of the service among them.
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

/// What is told of one operation.
pub(super) fn line(program: &Program, id: Id<Node>, operation: &Node) -> Operation {
    let doors = doors(program, id);
    let callers = |of: &[operation::Access]| of.iter().flat_map(|it| access(program, it)).collect();
    Operation {
        name: operation.name.clone(),
        access: callers(&operation.access),
        touched: touched(program, &operation.name, &operation.effects, &operation.reveals),
        limits: limits(program, &operation.limits, doors != Doors::default()),
        doors,
        approval: operation.approval.as_ref().map(|approval| Approval {
            by: callers(&approval.by),
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

fn doors(program: &Program, id: Id<Node>) -> Doors {
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
