//! Which entities an operation looks at and which it changes, down to relations that it walks and rows that the database
//! changes along with others.
use quater_ir::body::{Body, Fetch, Query, Select, Sort, Statement};
use quater_ir::entity::{Column, Entity, OnDelete};
use quater_ir::expr::reach::enters;
use quater_ir::expr::{Context, Expr, Node};
use quater_ir::operation::Operation;
use quater_ir::types::{Record, Type};
use quater_ir::{Id, Program};
use std::collections::BTreeSet;

/// Entities whose rows an operation changes.
pub(crate) fn changes(program: &Program, operation: &Operation) -> BTreeSet<Id<Entity>> {
    let effects = &operation.effects;
    let mut gone: BTreeSet<Id<Entity>> = effects.deletes.iter().copied().collect();
    let mut changed: BTreeSet<Id<Entity>> = effects.creates.iter().chain(&effects.updates).copied().collect();
    loop {
        let before = gone.len();
        for (id, entity) in program.entities.iter() {
            for column in entity.columns.values() {
                let Type::Ref(to) = column.ty.required() else { continue };
                match column.on_delete {
                    Some(OnDelete::Cascade) if gone.contains(to) => _ = gone.insert(id),
                    Some(OnDelete::Null) if gone.contains(to) => _ = changed.insert(id),
                    Some(OnDelete::Cascade | OnDelete::Null | OnDelete::Restrict) | None => {}
                }
            }
        }
        if gone.len() == before {
            changed.extend(gone);
            return changed;
        }
    }
}

/// Entities whose rows the output of an operation depends on, those of its row rules among them.
pub(crate) fn looks_at(program: &Program, operation: Id<Operation>) -> BTreeSet<Id<Entity>> {
    let mut sight =
        Sight { program, found: BTreeSet::new(), shapes: BTreeSet::new(), called: BTreeSet::new() };
    sight.operation(operation);
    sight.found
}

struct Sight<'p> {
    program: &'p Program,
    found: BTreeSet<Id<Entity>>,
    shapes: BTreeSet<Id<Record>>,
    called: BTreeSet<Id<Operation>>,
}

impl Sight<'_> {
    fn operation(&mut self, id: Id<Operation>) {
        if !self.called.insert(id) {
            return;
        }
        let operation = &self.program.operations[id];
        self.found.extend(&operation.effects.reads);
        self.body(&operation.body);
        let verbs = operation.rust.iter().flat_map(|rust| &rust.verbs);
        verbs.for_each(|verb| self.body(&verb.body));
        operation.effects.invokes.iter().for_each(|called| self.operation(*called));
    }

    fn body(&mut self, body: &Body) {
        self.block(&body.block);
    }

    fn block(&mut self, block: &[Statement]) {
        block.iter().for_each(|statement| self.statement(statement));
    }

    fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Let { value, .. } => self.plain(value),
            Statement::Read { query, .. } | Statement::ForRows { query, .. } => self.query(query),
            Statement::Keys { value, select, .. } => {
                self.plain(value);
                self.select(select);
            }
            Statement::Require { condition, .. } | Statement::If { condition, .. } => self.plain(condition),
            Statement::For { list, .. } => self.plain(list),
            Statement::Match { subject, .. } => self.plain(subject),
            Statement::Call { arguments, .. } | Statement::Request { arguments, .. } => {
                arguments.iter().for_each(|argument| self.plain(argument));
            }
            Statement::Link { file, .. } | Statement::ReadFile { file, .. } => self.plain(file),
            Statement::Return(output) => output.iter().for_each(|output| self.plain(output)),
            // What these write is not looked at again but through the statements above.
            Statement::Create { .. }
            | Statement::Update { .. }
            | Statement::UpdateWhere { .. }
            | Statement::Delete { .. }
            | Statement::DeleteWhere { .. }
            | Statement::Upsert { .. }
            | Statement::Enqueue { .. }
            | Statement::Emit { .. }
            | Statement::Send { .. }
            | Statement::Progress { .. } => {}
        }
        statement.blocks().into_iter().for_each(|block| self.block(block));
    }

    fn query(&mut self, query: &Query) {
        self.select(&query.select);
        let mut rows = vec![Some(query.select.entity)];
        match &query.fetch {
            Fetch::OneShaped(shape) | Fetch::ManyShaped(shape) | Fetch::Page(shape) => {
                self.shape(query.select.entity, *shape);
            }
            Fetch::Aggregate(_, value) => self.expr(value, &mut rows),
            Fetch::Groups(groups) => {
                self.expr(&groups.key, &mut rows);
                self.shape(query.select.entity, groups.shape);
            }
            Fetch::One(_) | Fetch::Many(_) | Fetch::Count | Fetch::Exists => {}
        }
    }

    fn select(&mut self, select: &Select) {
        self.found.insert(select.entity);
        let mut rows = vec![Some(select.entity)];
        let filters = select.filters.iter().map(|filter| &filter.condition);
        let conditions = [&select.guard].into_iter().chain(&select.condition).chain(filters);
        let masks = select.masks.iter().map(|(_, condition)| condition);
        conditions.chain(masks).for_each(|condition| self.expr(condition, &mut rows));
        let orders = select.choice.iter().flat_map(|choice| &choice.orders).map(|(_, order)| order);
        orders.chain([&select.sort]).for_each(|order| self.order(select.entity, order));
    }

    fn order(&mut self, entity: Id<Entity>, order: &[Sort]) {
        for step in order {
            self.path(entity, &step.via);
            step.seen.iter().for_each(|seen| self.expr(seen, &mut vec![Some(entity)]));
        }
    }

    /// What a projection of a row shows.
    fn shape(&mut self, entity: Id<Entity>, shape: Id<Record>) {
        if self.shapes.insert(shape) {
            for source in self.program.records[shape].fields.values().filter_map(|it| it.source.as_ref()) {
                self.expr(source, &mut vec![Some(entity)]);
            }
        }
    }

    /// An expression that is over no row.
    fn plain(&mut self, expr: &Expr) {
        self.expr(expr, &mut Vec::new());
    }

    /// An expression over these rows, the innermost last.
    fn expr(&mut self, expr: &Expr, rows: &mut Vec<Option<Id<Entity>>>) {
        let at = |rows: &[Option<Id<Entity>>], up: u32| rows.iter().rev().nth(up as usize).copied().flatten();
        if let Node::Column { up, via, .. } = &expr.node
            && let Some(entity) = at(rows, *up)
        {
            self.path(entity, via);
        }
        if let Node::RowColumn { row, .. } | Node::Project { row, .. } = &expr.node
            && let Some(entity) = self.row(row)
        {
            self.found.insert(entity);
            if let Node::Project { shape, .. } = expr.node {
                self.shape(entity, shape);
            }
        }
        if let Node::Related { up, via, .. } = &expr.node {
            let reached = at(rows, *up).and_then(|entity| self.path(entity, via));
            rows.push(reached);
        } else if let Node::Rows(far) = &expr.node {
            at(rows, far.up).map(|entity| self.path(entity, &far.via));
            self.found.insert(far.entity);
            self.order(far.entity, &far.sort);
            rows.push(Some(far.entity));
        }
        expr.children().into_iter().for_each(|child| self.expr(child, rows));
        if enters(&expr.node) {
            rows.pop();
        }
    }

    /// The entity of an expression that gives a row.
    fn row(&self, row: &Expr) -> Option<Id<Entity>> {
        if let Node::Context(Context::Actor) = row.node {
            return self.program.actor;
        }
        if let Type::Row(entity) = row.ty.required() { Some(*entity) } else { None }
    }

    /// Notes the rows on a way; gives those that it leads to.
    fn path(&mut self, entity: Id<Entity>, via: &[Id<Column>]) -> Option<Id<Entity>> {
        via.iter().try_fold(entity, |entity, column| {
            let column = self.program.entities.find(entity)?.columns.find(*column)?;
            let Type::Ref(to) = column.ty.required() else { return None };
            self.found.insert(*to);
            Some(*to)
        })
    }
}
