//! Which columns of the caller's row a program looks at; the others are never read.
use super::walk;
use quater_ir::body::{Assign, Create, Fetch, Raise, Select, Statement, Update};
use quater_ir::entity::Column;
use quater_ir::expr::{Context, Expr, Node};
use quater_ir::operation::Access;
use quater_ir::types::Record;
use quater_ir::{Id, Program};
use std::collections::BTreeSet;

/// The columns; nothing where the row is handed around as a whole.
pub(super) fn columns(program: &Program) -> Option<BTreeSet<Id<Column>>> {
    let mut found = Found { program, columns: BTreeSet::new(), whole: false };
    for operation in program.operations.values() {
        operation.inputs.iter().filter_map(|input| input.default.as_ref()).for_each(|it| found.expr(it));
        for access in &operation.access {
            if let Access::When(condition) = access {
                found.expr(condition);
            }
        }
        found.block(&operation.body.block);
        let verbs = operation.rust.iter().flat_map(|rust| &rust.verbs);
        verbs.for_each(|verb| found.block(&verb.body.block));
    }
    for field in program.records.values().flat_map(|record| record.fields.values()) {
        field.source.iter().chain(&field.default).for_each(|it| found.expr(it));
    }
    for column in program.entities.values().flat_map(|entity| entity.columns.values()) {
        column.default.iter().chain(&column.on_update).for_each(|it| found.key(it));
    }
    (!found.whole).then_some(found.columns)
}

struct Found<'a> {
    program: &'a Program,
    columns: BTreeSet<Id<Column>>,
    whole: bool,
}

const fn is_caller(expr: &Expr) -> bool {
    matches!(expr.node, Node::Context(Context::Actor))
}

impl Found<'_> {
    /// An expression of whose value, if it is a row, only the key counts.
    fn key(&mut self, expr: &Expr) {
        if !is_caller(expr) {
            self.expr(expr);
        }
    }

    fn exprs<'e>(&mut self, all: impl IntoIterator<Item = &'e Expr>) {
        all.into_iter().for_each(|it| self.expr(it));
    }

    fn expr(&mut self, expr: &Expr) {
        if is_caller(expr) {
            self.whole = true;
        } else if let Node::RowColumn { row, column } = &expr.node
            && is_caller(row)
        {
            self.columns.insert(*column);
        } else if let Node::Project { shape, row } = &expr.node
            && is_caller(row)
        {
            self.shape(*shape);
        } else if let Node::Compare(..) | Node::In(..) | Node::Contains { .. } | Node::IsNull(_) = expr.node {
            expr.children().into_iter().for_each(|child| self.key(child));
        } else {
            expr.children().into_iter().for_each(|child| self.expr(child));
        }
    }

    fn shape(&mut self, shape: Id<Record>) {
        for source in self.program.records[shape].fields.values().filter_map(|field| field.source.as_ref()) {
            walk::columns(source, &mut |column| {
                self.columns.insert(column);
            });
        }
    }

    fn assigns(&mut self, assigns: &[Assign]) {
        assigns.iter().for_each(|it| self.key(&it.value));
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

    fn asked(&mut self, value: Option<&Expr>, select: &Select, otherwise: Option<&Raise>) {
        value.into_iter().for_each(|it| self.expr(it));
        self.select(select);
        self.raise(otherwise);
    }

    fn raise(&mut self, raise: Option<&Raise>) {
        raise.into_iter().flat_map(|raise| &raise.arguments).for_each(|it| self.key(it));
    }

    fn select(&mut self, select: &Select) {
        self.expr(&select.guard);
        select.masks.iter().for_each(|(_, condition)| self.expr(condition));
        select.condition.iter().for_each(|condition| self.expr(condition));
        select.filters.iter().for_each(|filter| self.expr(&filter.condition));
        let orders = select.choice.iter().flat_map(|choice| &choice.orders).map(|(_, order)| order);
        let steps = orders.chain([&select.sort]).flatten();
        steps.filter_map(|step| step.seen.as_ref()).for_each(|seen| self.expr(seen));
    }

    fn fetch(&mut self, fetch: &Fetch) {
        match fetch {
            Fetch::Aggregate(_, value) => self.expr(value),
            Fetch::Groups(groups) => self.expr(&groups.key),
            Fetch::One(_)
            | Fetch::Many(_)
            | Fetch::OneShaped(_)
            | Fetch::ManyShaped(_)
            | Fetch::Page(_)
            | Fetch::Count
            | Fetch::Exists => {}
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
            Statement::Upsert { create, guard, masks, update, .. } => {
                self.create(create);
                self.expr(guard);
                masks.iter().for_each(|(_, condition)| self.expr(condition));
                update.iter().for_each(|it| self.update(it));
            }
            Statement::Call { arguments, otherwise, .. }
            | Statement::Request { arguments, otherwise, .. } => {
                arguments.iter().for_each(|it| self.key(it));
                self.raise(otherwise.as_ref());
            }
            Statement::Update { update, .. } | Statement::UpdateWhere { update, .. } => {
                self.update(update);
                if let Statement::UpdateWhere { select, .. } = statement {
                    self.select(select);
                }
            }
            Statement::Delete { permit, .. } => self.expr(permit),
            Statement::DeleteWhere { select, otherwise, .. } => self.asked(None, select, otherwise.as_ref()),
            Statement::Keys { value, select, otherwise } => self.asked(Some(value), select, Some(otherwise)),
            Statement::Require { condition, otherwise } => {
                self.expr(condition);
                self.raise(Some(otherwise));
            }
            Statement::If { condition, then, otherwise } => {
                self.expr(condition);
                self.block(then);
                self.block(otherwise);
            }
            Statement::For { list, block, .. } => {
                self.expr(list);
                self.block(block);
            }
            Statement::ForRows { query, block, .. } => {
                self.select(&query.select);
                self.block(block);
            }
            Statement::Return(output) => output.iter().for_each(|it| self.expr(it)),
            Statement::Link { file, life, .. } => self.exprs(life.iter().chain([file])),
            Statement::ReadFile { file, otherwise, .. } => {
                self.expr(file);
                self.raise(otherwise.as_ref());
            }
            Statement::Progress { done, total, text } => self.exprs(text.iter().chain([done, total])),
            // Whoever plans one of these says here what it looks at; until then all is read.
            Statement::Match { .. }
            | Statement::Enqueue { .. }
            | Statement::Emit { .. }
            | Statement::Send { .. } => self.whole = true,
        }
    }
}
