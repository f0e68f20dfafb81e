//! Checked pieces to a program: surfaces, storage and documents are made here, once.
mod storage;

pub(crate) use storage::{Declared, table};

use crate::check::{Checker, Kept, ToolLine};
use crate::{Asked, emit};
use quater_ir::native::Ask;
use quater_ir::surface::{self, Surface};
use quater_ir::types::Record;
use quater_ir::{FORMAT, Id, Program, Service};
use std::collections::BTreeSet;
use std::mem::take;

/// The program; called only where nothing was reported that forbids running.
pub(crate) fn lower(checker: Checker<'_>, service: Service, asked: &Asked) -> Program {
    let mut kept = checker.keep();
    let tools = take(&mut kept.tools);
    let mut program = made(&mut kept, service);
    if asked.documents {
        document(&mut program, tools);
    }
    if asked.documents && asked.contract {
        program.surface.openapi = emit::openapi::document(&program);
    }
    program
}

/// Has a program without documents looked at, and puts its pieces back.
pub(crate) fn lent<T>(kept: &mut Kept, service: Service, look: impl FnOnce(&Program) -> T) -> T {
    let program = made(kept, service);
    let found = look(&program);
    kept.env = program.env;
    kept.resources = program.resources;
    kept.auths = program.auths;
    kept.enums = program.enums.into();
    kept.records = program.records.into();
    kept.unions = program.unions;
    kept.faults = program.faults.into();
    kept.entities = program.entities.into();
    kept.operations = program.operations.into();
    kept.lifecycles = program.lifecycles;
    kept.channels = program.channels;
    kept.jobs = program.jobs;
    kept.tests = program.tests;
    found
}

fn made(kept: &mut Kept, service: Service) -> Program {
    let declared = Declared {
        entities: kept.entities.arena(),
        enums: kept.enums.arena(),
        records: kept.records.arena(),
        unions: &kept.unions,
    };
    let storage = storage::storage(declared, &kept.indexes);
    let mut surface = Surface {
        routes: kept.routes.clone(),
        resources: kept.agent_resources.clone(),
        prompts: kept.prompts.clone(),
        assets: kept.assets.clone(),
        commands: kept.commands.clone(),
        ..Surface::default()
    };
    surface.resources.sort_by(|a, b| a.uri.cmp(&b.uri));
    surface.prompts.sort_by(|a, b| a.name.cmp(&b.name));
    surface.commands.sort_by(|a, b| a.words.cmp(&b.words));
    Program {
        format: FORMAT,
        service,
        env: take(&mut kept.env),
        resources: take(&mut kept.resources),
        auths: take(&mut kept.auths),
        actor: kept.caller.entity,
        enums: kept.enums.take(),
        records: kept.records.take(),
        unions: take(&mut kept.unions),
        faults: kept.faults.take(),
        entities: kept.entities.take(),
        operations: kept.operations.take(),
        lifecycles: take(&mut kept.lifecycles),
        channels: take(&mut kept.channels),
        jobs: take(&mut kept.jobs),
        surface,
        storage,
        tests: take(&mut kept.tests),
    }
}

/// Bakes what users of tools and actions are told.
fn document(program: &mut Program, tools: Vec<ToolLine>) {
    let tool = |line: ToolLine| surface::Tool {
        task: line.task,
        ..emit::tool::tool(program, line.operation, line.name)
    };
    let tools = tools.into_iter().map(tool).collect();
    program.surface.tools = tools;
    program.surface.tools.sort_by(|a, b| a.name.cmp(&b.name));
    program.surface.forms = forms(program);
    program.surface.manifest = emit::manifest::manifest(program);
}

/// What people are asked to fill in, each once.
fn forms(program: &Program) -> Vec<surface::Form> {
    let asks =
        program.operations.values().filter_map(|operation| operation.rust.as_ref()).flat_map(|it| &it.asks);
    let records = asks.filter_map(|ask| if let Ask::Form(record) = ask { Some(*record) } else { None });
    let records: BTreeSet<Id<Record>> = records.collect();
    records.into_iter().map(|record| emit::form::form(program, record)).collect()
}
