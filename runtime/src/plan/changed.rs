//! How a row is known after a body has changed it.
use super::Statements;
use super::bound::Bound;
use super::change::{Permit, Set};
use super::sql::Form;
use quater_ir::body::{Fetch, Query, Statement};
use quater_ir::entity::Entity;
use quater_ir::expr::reach::each_column;
use quater_ir::expr::{Expr, Node, Slot};
use quater_ir::storage::StoredKind;
use quater_ir::{Id, Program};
use std::collections::{HashMap, HashSet};

/// How a row is known after it has been changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Written {
    /// The statement gives it.
    Given,
    /// It is as it was in its slot, with the new values: nothing else can have changed it.
    Told,
    /// It is asked for, by this statement. SQLite gives changed rows by way of a table that it makes for that, which
    /// takes longer.
    Asked(usize),
    /// Nobody looks at it.
    Unseen,
}

/// What a body does with a row that it has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    /// It may look at it.
    May,
    /// It may look at it, and has it as it was in the database when it was changed.
    Has,
    /// It never does.
    Never,
}

/// The slots of a body whose rows it changes.
#[derive(Debug, Default)]
pub(super) struct Changed {
    /// Who changes rows of an entity: the row in this slot and no other, or others, too.
    by: HashMap<Id<Entity>, Option<Slot>>,
    /// Slots that get a row, and nothing else, which no other call can change before this one ends.
    held: HashSet<Slot>,
    /// Slots that get a row which this call holds, hidden columns or not.
    rows: Vec<(Slot, Id<Entity>)>,
    /// Slots that get anything else.
    other: HashSet<Slot>,
    /// How often the row in a slot is changed.
    times: HashMap<Slot, usize>,
    /// Whether the body does what may change any row.
    anything: bool,
    /// A row that is changed last of all.
    last: Option<Slot>,
}

impl Changed {
    /// Looks at the whole of a body.
    pub(super) fn of(program: &Program, block: &[Statement]) -> Self {
        let mut changed = Self::default();
        changed.block(program, block);
        if let [.., Statement::Update { row, .. }]
        | [.., Statement::Update { row, .. }, Statement::Return(None)] = block
        {
            changed.last = Some(*row);
        }
        changed
    }

    /// What the body does with the row in a slot once it is changed.
    pub(super) fn look(&self, entity: Id<Entity>, row: Slot) -> Look {
        // What another name for it needs to know may not be what its own slot knows.
        let other_names = self.held_by(entity).any(|slot| slot != row);
        let alone = self.by.get(&entity) == Some(&Some(row)) && !other_names;
        if self.last == Some(row) && self.times.get(&row) == Some(&1) {
            Look::Never
        } else if alone && self.held.contains(&row) && !self.other.contains(&row) && !self.anything {
            Look::Has
        } else {
            Look::May
        }
    }

    /// The slots of rows of an entity that this call holds.
    pub(super) fn held_by(&self, entity: Id<Entity>) -> impl Iterator<Item = Slot> {
        self.rows.iter().filter(move |(_, of)| *of == entity).map(|(slot, _)| *slot)
    }

    fn block(&mut self, program: &Program, block: &[Statement]) {
        for statement in block {
            self.statement(program, statement);
            statement.blocks().into_iter().for_each(|block| self.block(program, block));
        }
    }

    fn note(&mut self, entity: Id<Entity>, row: Option<Slot>) {
        let by = self.by.entry(entity).or_insert(row);
        if *by != row {
            *by = None;
        }
    }

    fn statement(&mut self, program: &Program, statement: &Statement) {
        if let Statement::Read { slot, query: Query { select, fetch: Fetch::One(_), lock: true }, .. } =
            statement
        {
            self.rows.push((*slot, select.entity));
        } else if let Statement::Create { slot: Some(slot), create } = statement {
            self.rows.push((*slot, create.entity));
        }
        match statement {
            Statement::Update { row, update } => {
                self.note(update.entity, Some(*row));
                *self.times.entry(*row).or_default() += 1;
            }
            Statement::UpdateWhere { slot, update, .. } => {
                self.note(update.entity, None);
                self.other.extend(slot);
            }
            Statement::Upsert { slot, create, .. } => {
                self.note(create.entity, None);
                self.other.extend(slot);
            }
            Statement::Create { slot, .. } => self.held.extend(slot),
            Statement::Read { slot, query: Query { select, fetch: Fetch::One(_), lock: true }, .. }
                if select.masks.is_empty() =>
            {
                self.held.insert(*slot);
            }
            Statement::Read { slot, .. }
            | Statement::Let { slot, .. }
            | Statement::For { slot, .. }
            | Statement::Link { slot, .. }
            | Statement::ReadFile { slot, .. } => {
                self.other.insert(*slot);
            }
            Statement::Call { slot, operation, .. } => {
                self.other.extend(slot);
                self.anything |= program.operations[*operation].effects.writes();
            }
            // A row that is deleted may take others along, a batch commits, and an upstream is asked outside of
            // transactions.
            Statement::Delete { .. }
            | Statement::DeleteWhere { .. }
            | Statement::ForRows { .. }
            | Statement::Request { .. } => self.anything = true,
            Statement::Keys { .. }
            | Statement::Require { .. }
            | Statement::If { .. }
            | Statement::Match { .. }
            | Statement::Enqueue { .. }
            | Statement::Emit { .. }
            | Statement::Send { .. }
            | Statement::Progress { .. }
            | Statement::Return(_) => {}
        }
    }
}

impl Written {
    /// How a changed row is to be known; `text` asks for it by its key.
    pub(super) fn decided(
        statements: &mut Statements,
        (look, sets): (Look, &[Set]),
        (permit, bounds): (&Permit, &[Bound]),
        text: impl FnOnce() -> String,
    ) -> Self {
        let judged = !matches!(permit, Permit::Always);
        match look {
            Look::Never if !judged && bounds.is_empty() => Self::Unseen,
            Look::Never | Look::Has | Look::May if statements.dialect.gives_changed() => Self::Given,
            Look::Has if !judged && sets.iter().all(|set| comes_back(&set.form)) => Self::Told,
            Look::Never | Look::Has | Look::May => Self::Asked(statements.add(text())),
        }
    }
}

/// Whether a value of a form is read as it was written.
pub(super) fn comes_back(form: &Form) -> bool {
    matches!(form, Form::Scalar(kind) if *kind != StoredKind::Json)
}

/// Whether a rule over a row may come to something else once some of its columns are others.
pub(super) fn depends(program: &Program, of: Id<Entity>, rule: &Expr, columns: &[usize]) -> bool {
    if super::walk::any(rule, &|it| matches!(it.node, Node::Rows(_) | Node::Related { .. })) {
        return true;
    }
    let mut depends = false;
    each_column(rule, &mut |via, column| {
        let mut at = Some(of);
        for step in via.iter().chain([&column]) {
            // Relations may come back to the row itself, or to others like it.
            depends |= at.is_none() || at == Some(of) && columns.contains(&step.index());
            at = at.and_then(|at| super::sql::target(program, at, *step));
        }
    });
    depends
}
