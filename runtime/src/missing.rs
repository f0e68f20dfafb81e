//! What of the language this runtime cannot execute: a program that has any of it does not start, and the
//! error names all of it. Whoever teaches the runtime something takes its line out of here.
use crate::service::StartError;
use quater_ir::Program;
use quater_ir::body::Statement;
use quater_ir::operation::Operation;
use quater_ir::resource::ResourceKind;
use quater_ir::test::{Outcome, StepKind};
use quater_ir::types::Type;
use std::collections::BTreeSet;

/// Refuses a program with something that this runtime cannot execute.
pub(crate) fn refuse(program: &Program) -> Result<(), StartError> {
    let mut missing = Missing { place: String::new(), found: BTreeSet::new() };
    program.resources.values().for_each(|it| missing.resource(&it.kind));
    for operation in program.operations.values() {
        missing.operation(operation);
        let mut called = operation.effects.invokes.iter().map(|id| &program.operations[*id]);
        let asks = called.any(|it| !it.effects.requests.is_empty());
        missing.no_if(asks, "`call` of an operation that asks an upstream");
        let asks = !operation.effects.requests.is_empty();
        missing.no_if(asks && operation.idempotent, "`idempotent` of an operation that asks an upstream");
        missing
            .no_if(asks && operation.approval.is_some(), "`approve` of an operation that asks an upstream");
    }
    missing.surface(program);
    for test in &program.tests {
        missing.at(format!("test \"{}\"", test.name));
        test.steps.iter().for_each(|step| missing.step(&step.kind));
    }
    missing.end()
}

struct Missing {
    /// Where the walk is, for people.
    place: String,
    found: BTreeSet<String>,
}

impl Missing {
    fn at(&mut self, place: String) {
        self.place = place;
    }

    fn no(&mut self, what: &str) {
        let place = if self.place.is_empty() { String::new() } else { format!(" ({})", self.place) };
        self.found.insert(format!("{what}{place}"));
    }

    fn no_if(&mut self, there: bool, what: &str) {
        if there {
            self.no(what);
        }
    }

    fn end(self) -> Result<(), StartError> {
        if self.found.is_empty() {
            return Ok(());
        }
        let what = self.found.into_iter().collect::<Vec<_>>().join(", ");
        Err(StartError::Unsupported { what })
    }

    fn resource(&mut self, kind: &ResourceKind) {
        match kind {
            ResourceKind::Queue { .. } => self.no("`queue`"),
            ResourceKind::Mail { .. } => self.no("`mail`"),
            ResourceKind::Database { .. } | ResourceKind::Files { .. } | ResourceKind::Http(_) => {}
        }
    }

    fn operation(&mut self, operation: &Operation) {
        self.at(format!("operation `{}`", operation.name));
        for input in &operation.inputs {
            let list = input.ty.item().is_some_and(|item| matches!(item.required(), Type::File(_)));
            self.no_if(list, "a list of files");
        }
        if let Some(approval) = &operation.approval {
            let secret = operation.inputs.iter().any(|input| input.secret);
            self.no_if(secret, "`approve` of a call with a secret, which would have to be kept,");
            self.block(&approval.on_waiting);
        }
        self.block(&operation.body.block);
    }

    fn surface(&mut self, program: &Program) {
        let operations = &program.operations;
        for tool in &program.surface.tools {
            self.at(format!("operation `{}`", operations[tool.operation].name));
            self.no_if(tool.task, "`mcp tool task`");
        }
        self.at(String::new());
        for channel in program.channels.values() {
            self.no(&format!("channel `{}`", channel.name));
        }
        for job in program.jobs.values() {
            self.no(&format!("job `{}`", job.name));
        }
    }

    fn step(&mut self, step: &StepKind) {
        match step {
            StepKind::Call(call) => {
                let values = matches!(&call.outcome, Outcome::Fails(_, values) if !values.is_empty());
                self.no_if(values, "values behind `fails`");
            }
            StepKind::At(_) => self.no("`at`"),
            StepKind::Run(_) => self.no("`run`"),
            StepKind::Given { .. } | StepKind::Expect(_) | StepKind::Let { .. } | StepKind::Stub { .. } => {}
        }
    }

    fn block(&mut self, block: &[Statement]) {
        block.iter().for_each(|statement| self.statement(statement));
    }

    fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Enqueue { .. } => self.no("`enqueue`"),
            Statement::Emit { .. } => self.no("`emit`"),
            Statement::Send { .. } => self.no("`send`"),
            Statement::Let { .. }
            | Statement::Read { .. }
            | Statement::Create { .. }
            | Statement::Upsert { .. }
            | Statement::Update { .. }
            | Statement::UpdateWhere { .. }
            | Statement::Delete { .. }
            | Statement::DeleteWhere { .. }
            | Statement::Keys { .. }
            | Statement::Require { .. }
            | Statement::If { .. }
            | Statement::Match { .. }
            | Statement::For { .. }
            | Statement::ForRows { .. }
            | Statement::Call { .. }
            | Statement::Request { .. }
            | Statement::Link { .. }
            | Statement::ReadFile { .. }
            | Statement::Progress { .. }
            | Statement::Return(_) => {}
        }
        statement.blocks().into_iter().for_each(|block| self.block(block));
    }
}
