//! What of the language this runtime cannot execute: a program that has any of it does not start, and the
//! error names all of it. Whoever teaches the runtime something takes its line out of here.
use crate::service::StartError;
use quater_ir::Program;
use quater_ir::auth::Auth;
use quater_ir::body::{Assign, Create, Fetch, Raise, Select, Statement, Update};
use quater_ir::entity::Column;
use quater_ir::expr::{Expr, Node};
use quater_ir::operation::Operation;
use quater_ir::resource::ResourceKind;
use quater_ir::test::{Answer, GivenRow, Outcome, StepKind};
use quater_ir::types::Type;
use std::collections::BTreeSet;

/// Refuses a program with something that this runtime cannot execute.
pub(crate) fn refuse(program: &Program) -> Result<(), StartError> {
    let mut missing = Missing { place: String::new(), found: BTreeSet::new() };
    program.resources.values().for_each(|it| missing.resource(&it.kind));
    program.auths.values().for_each(|it| missing.auth(it));
    for entity in program.entities.values() {
        missing.at(format!("entity `{}`", entity.name));
        entity.columns.values().for_each(|it| missing.column(it));
    }
    missing.at(String::new());
    for field in program.records.values().flat_map(|record| record.fields.values()) {
        missing.ty(&field.ty);
        field.source.iter().chain(&field.default).for_each(|it| missing.expr(it));
    }
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
            ResourceKind::Database { .. } => {}
            ResourceKind::Files { .. } => {}
            ResourceKind::Queue { .. } => self.no("`queue`"),
            ResourceKind::Http(_) => {}
            ResourceKind::Mail { .. } => self.no("`mail`"),
        }
    }

    fn auth(&mut self, auth: &Auth) {
        self.at(format!("auth `{}`", auth.name));
        self.expr(&auth.actor.condition);
        auth.role.iter().chain(&auth.tenant).for_each(|it| self.expr(it));
        auth.actor.create.iter().for_each(|it| self.create(it));
    }

    fn column(&mut self, column: &Column) {
        self.ty(&column.ty);
        column.default.iter().chain(&column.on_update).for_each(|it| self.expr(it));
    }

    fn ty(&mut self, ty: &Type) {
        match ty {
            Type::List(of, _) | Type::Optional(of) | Type::Stream(of) => self.ty(of),
            Type::Map(key, of, _) => [key, of].into_iter().for_each(|part| self.ty(part)),
            Type::Tuple(parts) => parts.iter().for_each(|part| self.ty(part)),
            Type::Page(page) => self.ty(&page.of),
            Type::Bool
            | Type::Int(_)
            | Type::Float(_)
            | Type::Decimal { .. }
            | Type::Text(_)
            | Type::Bytes { .. }
            | Type::Uuid
            | Type::Date
            | Type::Instant
            | Type::Duration
            | Type::Json
            | Type::Url
            | Type::Email
            | Type::Password
            | Type::Enum(_)
            | Type::Record(_)
            | Type::Ref(_)
            | Type::Row(_)
            | Type::Union(_)
            | Type::Patch(_)
            | Type::File(_)
            | Type::Null => {}
        }
    }

    fn operation(&mut self, operation: &Operation) {
        self.at(format!("operation `{}`", operation.name));
        for input in &operation.inputs {
            self.ty(&input.ty);
            input.default.iter().for_each(|it| self.expr(it));
            let list = input.ty.item().is_some_and(|item| matches!(item.required(), Type::File(_)));
            self.no_if(list, "a list of files");
        }
        operation.output.iter().for_each(|it| self.ty(it));
        if let Some(approval) = &operation.approval {
            let secret = operation.inputs.iter().any(|input| input.secret);
            self.no_if(secret, "`approve` of a call with a secret, which would have to be kept,");
            approval.condition.iter().for_each(|it| self.expr(it));
            self.block(&approval.on_waiting);
        }
        self.no_if(operation.rust.is_some(), "`impl rust`");
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
            StepKind::Given { values, nested, .. } => {
                self.assigns(values);
                self.given(nested);
            }
            StepKind::Call(call) => {
                call.arguments.iter().for_each(|(_, value)| self.expr(value));
                let values = matches!(&call.outcome, Outcome::Fails(_, values) if !values.is_empty());
                self.no_if(values, "values behind `fails`");
            }
            StepKind::Expect(condition) => self.expr(condition),
            StepKind::Let { value, .. } => self.expr(value),
            StepKind::Stub { answer: Answer::Gives(value), .. } => self.expr(value),
            StepKind::Stub { answer: Answer::Fails(_), .. } => {}
            StepKind::At(_) => self.no("`at`"),
            StepKind::Run(_) => self.no("`run`"),
        }
    }

    fn given(&mut self, rows: &[GivenRow]) {
        for row in rows {
            self.assigns(&row.values);
            self.given(&row.nested);
        }
    }

    fn block(&mut self, block: &[Statement]) {
        block.iter().for_each(|statement| self.statement(statement));
    }

    fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Let { value, .. } => self.expr(value),
            Statement::Read { query, otherwise, .. } => {
                self.select(&query.select);
                self.fetch(&query.fetch);
                self.raise(otherwise.as_ref());
            }
            Statement::Create { create, .. } => self.create(create),
            Statement::Update { update, .. } => self.update(update),
            Statement::UpdateWhere { select, update, .. } => {
                self.select(select);
                self.update(update);
            }
            Statement::Delete { permit, .. } => self.expr(permit),
            Statement::DeleteWhere { select, otherwise, .. } => {
                self.select(select);
                self.raise(otherwise.as_ref());
            }
            Statement::Keys { value, select, otherwise } => {
                self.expr(value);
                self.select(select);
                self.raise(Some(otherwise));
            }
            Statement::Require { condition, otherwise } => {
                self.expr(condition);
                self.raise(Some(otherwise));
            }
            Statement::If { condition, .. } => self.expr(condition),
            Statement::For { list, .. } => self.expr(list),
            Statement::Return(output) => output.iter().for_each(|it| self.expr(it)),
            Statement::ForRows { query, .. } => {
                self.select(&query.select);
                self.fetch(&query.fetch);
            }
            Statement::Match { subject, .. } => self.expr(subject),
            Statement::Upsert { create, guard, masks, update, .. } => {
                self.create(create);
                self.expr(guard);
                masks.iter().for_each(|(_, condition)| self.expr(condition));
                update.iter().for_each(|it| self.update(it));
            }
            Statement::Call { arguments, otherwise, .. }
            | Statement::Request { arguments, otherwise, .. } => {
                arguments.iter().for_each(|it| self.expr(it));
                self.raise(otherwise.as_ref());
            }
            Statement::Enqueue { .. } => self.no("`enqueue`"),
            Statement::Emit { .. } => self.no("`emit`"),
            Statement::Send { .. } => self.no("`send`"),
            Statement::Link { file, life, .. } => life.iter().chain([file]).for_each(|it| self.expr(it)),
            Statement::ReadFile { file, otherwise, .. } => {
                self.expr(file);
                self.raise(otherwise.as_ref());
            }
            Statement::Progress { .. } => self.no("`progress`"),
        }
        statement.blocks().into_iter().for_each(|block| self.block(block));
    }

    fn select(&mut self, select: &Select) {
        self.expr(&select.guard);
        select.masks.iter().for_each(|(_, condition)| self.expr(condition));
        select.condition.iter().for_each(|it| self.expr(it));
        select.filters.iter().for_each(|filter| self.expr(&filter.condition));
        let orders = select.choice.iter().flat_map(|choice| &choice.orders).map(|(_, order)| order);
        let steps = orders.chain([&select.sort]).flatten();
        steps.filter_map(|step| step.seen.as_ref()).for_each(|seen| self.expr(seen));
    }

    fn fetch(&mut self, fetch: &Fetch) {
        match fetch {
            Fetch::One(_) | Fetch::Many(_) | Fetch::OneShaped(_) | Fetch::ManyShaped(_) => {}
            Fetch::Count | Fetch::Exists | Fetch::Page(_) => {}
            Fetch::Aggregate(_, value) => self.expr(value),
            Fetch::Groups(groups) => self.expr(&groups.key),
        }
    }

    fn create(&mut self, create: &Create) {
        self.assigns(&create.values);
        self.expr(&create.permit);
        self.raise(create.otherwise.as_ref());
        for nested in &create.nested {
            self.expr(&nested.items);
            self.create(&nested.create);
        }
    }

    fn update(&mut self, update: &Update) {
        self.assigns(&update.values);
        self.expr(&update.permit);
        self.raise(update.otherwise.as_ref());
    }

    fn assigns(&mut self, values: &[Assign]) {
        for assign in values {
            self.expr(&assign.value);
            assign.when.iter().for_each(|when| self.expr(when));
        }
    }

    fn raise(&mut self, raise: Option<&Raise>) {
        raise.into_iter().flat_map(|raise| &raise.arguments).for_each(|it| self.expr(it));
    }

    fn expr(&mut self, expr: &Expr) {
        if let Some(what) = unknown(&expr.node) {
            self.no(what);
        }
        expr.children().into_iter().for_each(|child| self.expr(child));
    }
}

/// What the evaluator and the planner do not know, by what people call it.
fn unknown(node: &Node) -> Option<&'static str> {
    match node {
        Node::GroupKey
        | Node::Aggregate { .. }
        | Node::Related { .. }
        | Node::Rows(_)
        | Node::Literal(_)
        | Node::Slot(_)
        | Node::Column { .. }
        | Node::RowColumn { .. }
        | Node::Member { .. }
        | Node::Context(_)
        | Node::Env(_)
        | Node::Not(_)
        | Node::Negate(_)
        | Node::And(_)
        | Node::Or(_)
        | Node::Compare(..)
        | Node::In(..)
        | Node::Contains { .. }
        | Node::IsNull(_)
        | Node::Arithmetic(..)
        | Node::Convert(_)
        | Node::Call(..)
        | Node::Sign { .. }
        | Node::Concat(_)
        | Node::Record(..)
        | Node::List(_)
        | Node::Project { .. }
        | Node::Coalesce(..)
        | Node::If { .. }
        | Node::Element(_)
        | Node::Fold { .. }
        | Node::Index { .. }
        | Node::Tuple(_)
        | Node::Part { .. }
        | Node::Map(_)
        | Node::MapOf { .. }
        | Node::Variant { .. }
        | Node::Narrow { .. }
        | Node::Patch(_)
        | Node::Match { .. }
        | Node::Has { .. }
        | Node::FilePart { .. }
        | Node::Refine { .. } => None,
    }
}
