//! Whether a declaration was understood whole. Where it was not, that has been reported there, and what
//! speaks of it says nothing about what is missing.
use super::Checker;
use crate::ast::{EntityItemKind, ModifierKind};
use quater_ir::Id;
use quater_ir::entity::Entity;
use quater_ir::fault::Fault;
use quater_ir::operation::Operation;

impl Checker<'_> {
    /// Whether every `unique` of an entity is known.
    pub(crate) fn uniques_known(&self, id: Id<Entity>) -> bool {
        let Some((_, node)) = self.names.entities.get(id.index()) else { return true };
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

    /// Whether every member of an error is known.
    pub(crate) fn payload_known(&self, id: Id<Fault>) -> bool {
        self.payload_of(id) <= self.faults[id].fields.len() || id == quater_ir::fault::INVALID
    }

    /// Whether the output of an operation is known, or that it has none.
    pub(crate) fn output_known(&self, id: Id<Operation>) -> bool {
        let declared = self.names.operations.get(id.index());
        declared.is_none_or(|(_, node)| node.output.is_none()) || self.operations[id].output.is_some()
    }
}
