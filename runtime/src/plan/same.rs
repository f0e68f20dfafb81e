//! Rows that a body holds by more than one name. After each change of one they are looked at again, so that what is
//! computed from any of them is computed from the row as it is.
use super::body::{Planner, Step, by_key};
use crate::service::StartError;
use quater_ir::Id;
use quater_ir::body::{Fetch, Query, Statement};
use quater_ir::entity::Entity;
use quater_ir::expr::{Expr, Node, Slot};
use quater_ir::types::Type;

impl Planner<'_> {
    /// Gives the row of an upsert a slot, where another name may stand for it.
    pub(super) fn placed(&mut self, statement: &mut Statement) {
        if let Statement::Upsert { slot: slot @ None, create, update: Some(_), .. } = statement
            && self.changed.held_by(create.entity).next().is_some()
        {
            *slot = Some(self.slot());
        }
    }

    /// What brings the other names of rows up to date that a statement has changed.
    pub(super) fn same(&mut self, statement: &Statement) -> Result<Vec<Step>, StartError> {
        match statement {
            Statement::Update { row, update } => self.same_as(*row, update.entity),
            Statement::Upsert { slot: Some(slot), create, update: Some(_), .. } => {
                self.same_as(*slot, create.entity)
            }
            Statement::UpdateWhere { update, .. } => self.all_again(&[update.entity]),
            Statement::Call { operation, .. } => {
                let program = self.program;
                self.all_again(&program.operations[*operation].effects.updates)
            }
            Statement::Upsert { .. }
            | Statement::Let { .. }
            | Statement::Read { .. }
            | Statement::Create { .. }
            | Statement::Delete { .. }
            | Statement::DeleteWhere { .. }
            | Statement::Keys { .. }
            | Statement::Require { .. }
            | Statement::If { .. }
            | Statement::For { .. }
            | Statement::ForRows { .. }
            | Statement::Match { .. }
            | Statement::Request { .. }
            | Statement::Enqueue { .. }
            | Statement::Emit { .. }
            | Statement::Send { .. }
            | Statement::Link { .. }
            | Statement::ReadFile { .. }
            | Statement::Progress { .. }
            | Statement::Return(_) => Ok(Vec::new()),
        }
    }

    /// The row in a slot is as it is written: so it is by its other names. What some columns of are hidden is read
    /// again, under its own masks.
    fn same_as(&mut self, row: Slot, entity: Id<Entity>) -> Result<Vec<Step>, StartError> {
        let others: Vec<Slot> = self.changed.held_by(entity).filter(|slot| *slot != row).collect();
        if self.masks.contains_key(&row) {
            return others.into_iter().map(|slot| self.again(slot, entity)).collect();
        }
        let (masked, open): (Vec<Slot>, Vec<Slot>) =
            others.into_iter().partition(|slot| self.masks.contains_key(slot));
        let key = self.program.entities[entity].key.index();
        let open = (!open.is_empty()).then_some(Step::Same { row, others: open, key });
        let mut steps: Vec<Step> = open.into_iter().collect();
        for slot in masked {
            steps.push(self.again(slot, entity)?);
        }
        Ok(steps)
    }

    fn all_again(&mut self, entities: &[Id<Entity>]) -> Result<Vec<Step>, StartError> {
        let held = |entity: &Id<Entity>| {
            let entity = *entity;
            self.changed.held_by(entity).map(move |slot| (slot, entity)).collect::<Vec<_>>()
        };
        let held: Vec<(Slot, Id<Entity>)> = entities.iter().flat_map(held).collect();
        held.into_iter().map(|(slot, entity)| self.again(slot, entity)).collect()
    }

    fn again(&mut self, slot: Slot, entity: Id<Entity>) -> Result<Step, StartError> {
        let masks = self.masks.get(&slot).cloned().unwrap_or_default();
        let row = Expr::new(Node::Slot(slot), Type::Row(entity));
        let fetch = Fetch::One(self.program.entities[entity].columns.ids().collect());
        // Whoever asks holds it.
        let query = Query { lock: true, ..by_key(self.program, entity, fetch, masks, &row) };
        Ok(Step::Again { slot, read: self.read(&query)? })
    }
}
