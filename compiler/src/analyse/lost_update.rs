//! A row that is read, computed with and written back, while somebody else may do the same.
use super::body::{Block, Line, Work};
use crate::check::Checker;
use crate::report::{Code, Report, Span};
use quater_ir::Id;
use quater_ir::body::{Fetch, Statement, Update};
use quater_ir::entity::{Column, Entity};
use quater_ir::expr::{Expr, Node, Slot};
use quater_ir::operation::Act;
use quater_ir::types::Type;
use std::collections::{BTreeMap, BTreeSet};

/// A new value of a row is computed from a row that nobody else can change meanwhile.
pub(super) fn a_new_value_comes_from_a_row_that_is_held(
    checker: &Checker<'_>,
    work: &Work<'_>,
    changing: &Changing,
    found: &mut Vec<Report>,
) {
    let mut walk = Walk { checker, changing, loose: Loose::new(), from: BTreeMap::new(), found };
    walk.block(work.block());
}

/// Columns that some body changes; what is written once alone can be read without care.
pub(super) type Changing = BTreeSet<(Id<Entity>, Id<Column>)>;

/// The columns that one body changes.
pub(super) fn changed(checker: &Checker<'_>, work: &Work<'_>) -> Vec<(Id<Entity>, Id<Column>)> {
    let mut changing = Vec::new();
    for line in work.block().lines().flat_map(Line::all) {
        if let Statement::Update { update, .. }
        | Statement::UpdateWhere { update, .. }
        | Statement::Upsert { update: Some(update), .. } = line.statement
        {
            changing.extend(update.values.iter().map(|assign| (update.entity, assign.column)));
        }
    }
    let grants = work.rust.into_iter().flat_map(|rust| &rust.grants);
    for grant in grants.filter(|grant| grant.act == Act::Update) {
        let all: Vec<_> = checker.entities[grant.entity].columns.ids().collect();
        let columns = if grant.columns.is_empty() { &all } else { &grant.columns };
        changing.extend(columns.iter().map(|column| (grant.entity, *column)));
    }
    changing
}

/// A row that others may change, by the slot that holds it.
type Loose = BTreeMap<Slot, Read>;

/// How a row was read.
#[derive(Clone, Copy)]
struct Read {
    /// The first slot that held the row.
    first: Slot,
    entity: Id<Entity>,
    at: Span,
    /// Whether `lock` can be written behind it.
    lockable: bool,
}

struct Walk<'w, 'c> {
    checker: &'w Checker<'c>,
    changing: &'w Changing,
    loose: Loose,
    /// The loose rows that the value in a slot was computed from.
    from: BTreeMap<Slot, Vec<Read>>,
    found: &'w mut Vec<Report>,
}

impl Walk<'_, '_> {
    fn block(&mut self, block: Block<'_>) {
        block.lines().for_each(|line| self.line(line));
    }

    fn line(&mut self, line: Line<'_>) {
        match line.statement {
            Statement::Read { slot, query, .. } if !query.lock => {
                let lockable = matches!(query.fetch, Fetch::One(_));
                if lockable || matches!(query.fetch, Fetch::Many(_)) {
                    let entity = query.select.entity;
                    self.loose.insert(*slot, Read { first: *slot, entity, at: line.at, lockable });
                }
            }
            Statement::Let { slot, value } => self.named(*slot, value),
            Statement::Update { row, update } => {
                self.judge(*row, update, line.at);
                // Writing holds the row, and the slot has what was written.
                let first = self.loose.get(row).map(|read| read.first);
                self.loose.retain(|_, read| Some(read.first) != first);
            }
            Statement::For { slot, list, .. } => {
                if let Node::Slot(list) = list.node
                    && let Some(read) = self.loose.get(&list).copied()
                {
                    self.loose.insert(*slot, Read { first: *slot, ..read });
                }
                line.blocks().into_iter().for_each(|block| self.block(block));
            }
            Statement::ForRows { slot, query, .. } => {
                if !query.lock {
                    let entity = query.select.entity;
                    self.loose.insert(*slot, Read { first: *slot, entity, at: line.at, lockable: false });
                }
                line.blocks().into_iter().for_each(|block| self.block(block));
            }
            Statement::If { .. } | Statement::Match { .. } => self.choice(line),
            Statement::Read { .. }
            | Statement::Create { .. }
            | Statement::UpdateWhere { .. }
            | Statement::Delete { .. }
            | Statement::DeleteWhere { .. }
            | Statement::Keys { .. }
            | Statement::Require { .. }
            | Statement::Upsert { .. }
            | Statement::Call { .. }
            | Statement::Request { .. }
            | Statement::Enqueue { .. }
            | Statement::Emit { .. }
            | Statement::Send { .. }
            | Statement::Link { .. }
            | Statement::ReadFile { .. }
            | Statement::Progress { .. }
            | Statement::Return(_) => {}
        }
    }

    /// What is loose behind a choice is what one of its ways leaves loose.
    fn choice(&mut self, line: Line<'_>) {
        let before = self.loose.clone();
        let mut after = Loose::new();
        for block in line.blocks() {
            self.loose.clone_from(&before);
            self.block(block);
            if !block.ends() {
                after.append(&mut self.loose);
            }
        }
        if matches!(line.statement, Statement::Match { otherwise: None, .. }) {
            after.extend(before);
        }
        self.loose = after;
    }

    fn named(&mut self, slot: Slot, value: &Expr) {
        if let (Node::Slot(of), Type::Row(_)) = (&value.node, value.ty.required()) {
            if let Some(read) = self.loose.get(of).copied() {
                self.loose.insert(slot, read);
            }
            return;
        }
        let from = self.origins(value);
        if !from.is_empty() {
            self.from.insert(slot, from);
        }
    }

    /// The loose rows whose changing columns a value is computed from.
    fn origins(&self, value: &Expr) -> Vec<Read> {
        let mut origins = Vec::new();
        let mut open = vec![value];
        while let Some(expr) = open.pop() {
            if let Node::RowColumn { row, column } = &expr.node
                && let Node::Slot(slot) = row.node
            {
                let read = self.loose.get(&slot);
                origins.extend(read.filter(|read| self.changing.contains(&(read.entity, *column))));
            } else if let Node::Slot(slot) = expr.node {
                origins.extend(self.from.get(&slot).into_iter().flatten());
            } else {
                open.extend(expr.children());
            }
        }
        origins
    }

    fn judge(&mut self, row: Slot, update: &Update, at: Span) {
        let first = self.loose.get(&row).map_or(row, |read| read.first);
        let stale = update.values.iter().find_map(|assign| {
            let read = self.origins(&assign.value).into_iter().find(|read| read.first == first)?;
            Some((assign.column, read))
        });
        let Some((column, read)) = stale else { return };
        let of = &self.checker.entities[update.entity];
        let column = &of.columns[column].name;
        let message = format!(
            "`{column}` is computed from a row of `{}` that somebody else may change meanwhile",
            of.name
        );
        let mut report = Report::new(Code::W0404, at, message).label(read.at, "read here without `lock`");
        report = report.help("hold the row while it is computed with: write `lock` where it is read");
        if read.lockable {
            report = report.fix("lock the row", read.at.after(), " lock");
        }
        self.found.push(report);
    }
}
