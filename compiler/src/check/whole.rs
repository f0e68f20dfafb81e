//! Whether a declaration was understood whole. Where it was not, that has been reported there, and what
//! speaks of it says nothing about what is missing.
use super::Checker;
use crate::ast::{EntityItemKind, ModifierKind};
use quater_ir::Id;
use quater_ir::entity::Entity;
use quater_ir::fault::Fault;
use quater_ir::operation::Operation;
use quater_ir::types::Record;

impl Checker<'_> {
    /// Whether every `unique` of an entity is known.
    pub(crate) fn uniques_known(&self, id: Id<Entity>) -> bool {
        let Some((_, node)) = self.names.entities.nth(id.index()) else { return true };
        let says_unique = |kind: &EntityItemKind| match kind {
            EntityItemKind::Unique { .. } => true,
            EntityItemKind::Field(field) => {
                field.modifiers.iter().any(|modifier| matches!(modifier.kind, ModifierKind::Unique(_)))
            }
            EntityItemKind::Computed { .. }
            | EntityItemKind::Tenant(_)
            | EntityItemKind::Index(_)
            | EntityItemKind::Search(_)
            | EntityItemKind::Rule(_)
            | EntityItemKind::Function(_)
            | EntityItemKind::Stray => false,
        };
        let written = node.items.iter().filter(|item| says_unique(&item.kind)).count();
        let stray = node.items.iter().any(|item| matches!(item.kind, EntityItemKind::Stray));
        !stray && written <= self.entities[id].uniques.len()
    }

    /// Whether some member of a record was reported, so that what is missing in it says nothing.
    pub(crate) fn is_incomplete(&self, id: Id<Record>) -> bool {
        self.records.look(id);
        self.incomplete.contains(&id)
    }

    /// Whether every member of an error is known.
    pub(crate) fn payload_known(&self, id: Id<Fault>) -> bool {
        self.payload_of(id) <= self.faults[id].fields.len() || id == quater_ir::fault::INVALID
    }

    /// Whether the output of an operation is known, or that it has none.
    pub(crate) fn output_known(&self, id: Id<Operation>) -> bool {
        let declared = self.names.operations.nth(id.index());
        declared.is_none_or(|(_, node)| node.output.is_none()) || self.operations[id].output.is_some()
    }
}
