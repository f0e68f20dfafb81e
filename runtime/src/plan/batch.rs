//! Rows that a body goes through so many at a time.
use super::body::{Planner, Step};
use super::query::Read;
use crate::service::StartError;
use quater_ir::body::{Query, Select, Statement};
use quater_ir::expr::{Compare, Expr, Node, Slot};
use quater_ir::types::Type;

/// A loop that commits behind every so many rows, which come in the order of their keys.
#[derive(Debug)]
pub(crate) struct Batches {
    /// Holds the row.
    pub(crate) slot: Slot,
    /// Holds the key of the last row before the batch.
    pub(crate) after: Slot,
    /// The column of the key.
    pub(crate) key: usize,
    /// The rows of the next batch.
    pub(crate) read: Read,
    /// How many they are at most.
    pub(crate) most: usize,
    pub(crate) block: Vec<Step>,
}

impl Planner<'_> {
    /// Plans such a loop.
    pub(super) fn batches(
        &mut self,
        slot: Slot,
        query: &Query,
        most: u32,
        block: &[Statement],
    ) -> Result<Batches, StartError> {
        if !query.select.masks.is_empty() {
            self.masks.insert(slot, query.select.masks.clone());
        }
        let after = self.slot();
        let entity = &self.program.entities[query.select.entity];
        let ty = &entity.columns[entity.key].ty;
        let key = Node::Column { up: 0, via: Vec::new(), column: entity.key };
        let (key, last) = (Expr::new(key, ty.clone()), Expr::new(Node::Slot(after), ty.clone()));
        let first = Expr::new(Node::IsNull(Box::new(last.clone())), Type::Bool);
        let beyond = Node::Compare(Compare::Greater, Box::new(key), Box::new(last));
        let next = Expr::new(Node::Or(vec![first, Expr::new(beyond, Type::Bool)]), Type::Bool);
        let parts = query.select.condition.iter().cloned().chain([next]).collect();
        let condition = Some(Expr::new(Node::And(parts), Type::Bool));
        let select = Select { condition, take: Some(most), sort: Vec::new(), ..query.select.clone() };
        let read = self.read(&Query { select, ..query.clone() })?;
        let (key, most, block) = (entity.key.index(), most as usize, self.block(block)?);
        Ok(Batches { slot, after, key, read, most, block })
    }
}
