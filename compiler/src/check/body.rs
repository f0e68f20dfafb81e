//! Bodies that are whole: of operations, jobs and channels.
use super::Checker;
use super::scope::{BodyParts, Scope};
use quater_ir::Id;
use quater_ir::body::{Body, Fetch, Statement};
use quater_ir::entity::Column;
use quater_ir::fault::Fault;
use quater_ir::operation::{Effects, Reveal};
use std::collections::BTreeSet;

/// A body with what it touches and what it may end with.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) body: Body,
    pub(crate) effects: Effects,
    pub(crate) faults: BTreeSet<Id<Fault>>,
    /// Secrets that it shows on purpose.
    pub(crate) reveals: Vec<Reveal>,
}

impl Checker<'_> {
    /// What a scope has gathered, as a body.
    pub(crate) fn finished(&mut self, scope: Scope) -> Finished {
        let mut body = scope.body;
        self.partly_read(&body);
        let marks = std::mem::take(&mut body.marks).behind(body.prelude.len());
        if let Some(doer) = body.doer {
            self.marks.insert(doer, marks);
        }
        let mut block = std::mem::take(&mut body.prelude);
        block.append(&mut body.block);
        fill_columns(&mut block, &body);
        let prelude = block.iter().take_while(|statement| is_pure(statement)).count();
        let (effects, reveals) = (body.all_effects(), body.reveals);
        Finished { body: Body { slots: body.slots, prelude, block }, effects, faults: body.faults, reveals }
    }

    /// Columns that may not be read wherever their row can, looked at after all.
    fn partly_read(&mut self, body: &BodyParts) {
        for (slot, (entity, at)) in &body.partly {
            let partial = self.sight(*entity, body.doer, false).partial;
            let used = body.used.get(slot);
            let hidden = partial.iter().find(|(column, _)| {
                used.is_some_and(|used| used.contains(column))
                    && !self.entities[*entity].columns[*column].ty.is_optional()
            });
            if let Some((column, _)) = hidden {
                self.unreadable::<()>(*entity, *column, *at);
            }
        }
    }
}

/// Puts the columns that are looked at into each read of a row.
fn fill_columns(block: &mut [Statement], body: &BodyParts) {
    for statement in block {
        match statement {
            Statement::Read { slot, query, .. } => {
                if let Fetch::One(columns) = &mut query.fetch {
                    let used = body.used.get(slot);
                    *columns = used.into_iter().flatten().copied().collect::<Vec<Id<Column>>>();
                }
            }
            Statement::If { then, otherwise, .. } => {
                fill_columns(then, body);
                fill_columns(otherwise, body);
            }
            Statement::For { block, .. } | Statement::ForRows { block, .. } => fill_columns(block, body),
            Statement::Match { arms, otherwise, .. } => {
                arms.iter_mut().for_each(|arm| fill_columns(&mut arm.block, body));
                otherwise.iter_mut().for_each(|block| fill_columns(block, body));
            }
            Statement::Let { .. }
            | Statement::Create { .. }
            | Statement::Update { .. }
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
}

/// Whether a statement needs no database.
fn is_pure(statement: &Statement) -> bool {
    matches!(statement, Statement::Let { .. } | Statement::Require { .. })
}
