//! Checked pieces to a program: surfaces, storage and documents are made here, once.
mod storage;

use crate::check::{Checker, ToolLine};
use crate::emit;
use quater_ir::surface::{self, Surface};
use quater_ir::{FORMAT, Program, Service};

/// The program; called only where nothing was reported that forbids running.
pub(crate) fn lower(checker: Checker<'_>, service: Service, documents: bool) -> Program {
    let storage = storage::storage(&checker.entities, &checker.enums, &checker.indexes);
    let mut program = Program {
        format: FORMAT,
        service,
        env: checker.env,
        resources: checker.resources,
        auths: checker.auths,
        actor: checker.caller.entity,
        enums: checker.enums,
        records: checker.records,
        unions: checker.unions,
        faults: checker.faults,
        entities: checker.entities,
        operations: checker.operations,
        lifecycles: checker.lifecycles,
        channels: checker.channels,
        jobs: checker.jobs,
        surface: Surface::default(),
        storage,
        tests: checker.tests,
    };
    program.surface.routes = checker.routes;
    program.surface.resources = checker.agent_resources;
    program.surface.resources.sort_by(|a, b| a.uri.cmp(&b.uri));
    program.surface.prompts = checker.prompts;
    program.surface.prompts.sort_by(|a, b| a.name.cmp(&b.name));
    program.surface.assets = checker.assets;
    program.surface.commands = checker.commands;
    program.surface.commands.sort_by(|a, b| a.words.cmp(&b.words));
    if documents {
        document(&mut program, checker.tools);
    }
    program
}

/// Bakes what tools and readers of the contract are told.
fn document(program: &mut Program, tools: Vec<ToolLine>) {
    let tool = |line: ToolLine| surface::Tool {
        task: line.task,
        ..emit::tool::tool(program, line.operation, line.name)
    };
    let tools = tools.into_iter().map(tool).collect();
    program.surface.tools = tools;
    program.surface.tools.sort_by(|a, b| a.name.cmp(&b.name));
    program.surface.openapi = emit::openapi::document(program);
    program.surface.manifest = emit::manifest::manifest(program);
}
