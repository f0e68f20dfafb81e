//! By what operations are called, and where files are.
use super::{Assets, Operation, Route};
use quater_ir::{Id, Program, operation};
use smol_str::{SmolStr, format_smolstr};
use std::collections::BTreeMap;

/// Gives each operation its routes, tools, MCP resources, prompts and commands.
pub(super) fn surface(program: &Program, operations: &mut BTreeMap<SmolStr, Operation>) {
    let surface = &program.surface;
    let mut of = |id: Id<operation::Operation>, add: &dyn Fn(&mut Operation)| {
        if let Some(operation) = operations.get_mut(&program.operations[id].name) {
            add(operation);
        }
    };
    for route in &surface.routes {
        let line = format_smolstr!("{} {}", route.method.name(), route.path);
        let (takes, gives) = (route.input.as_ref(), route.output.as_ref());
        let route_of =
            || Route { status: route.status, takes: takes.map(Into::into), gives: gives.map(Into::into) };
        of(route.operation, &|it| _ = it.http.insert(line.clone(), route_of()));
    }
    for tool in &surface.tools {
        of(tool.operation, &|it| _ = it.mcp.insert(tool.name.clone()));
    }
    for resource in &surface.resources {
        of(resource.operation, &|it| _ = it.resources.insert(resource.uri.clone()));
    }
    for prompt in &surface.prompts {
        of(prompt.operation, &|it| _ = it.prompts.insert(prompt.name.clone()));
    }
    for command in &surface.commands {
        of(command.operation, &|it| _ = it.cli.insert(command.words.join(" ")));
    }
}

/// File trees by their paths.
pub(super) fn assets(program: &Program) -> BTreeMap<SmolStr, Assets> {
    let trees = program.surface.assets.iter();
    let path = |path: &SmolStr| if path.is_empty() { "/".into() } else { path.clone() };
    trees.map(|tree| (path(&tree.path), Assets { spa: tree.spa })).collect()
}
