//! What a body does to rows, counted for dry runs.
use quater_ir::Id;
use quater_ir::entity::Entity;
use std::collections::BTreeMap;

/// What is done to a row.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Did {
    Create,
    Update,
    Delete,
}

/// Rows created, changed and deleted.
pub(crate) type Counts = [u64; 3];

/// Counts by entity; a call that is done for good counts nothing.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally(Option<BTreeMap<usize, Counts>>);

impl Tally {
    /// One that counts.
    pub(crate) fn counting() -> Self {
        Self(Some(BTreeMap::new()))
    }

    /// Counts rows.
    pub(crate) fn note(&mut self, did: Did, of: Id<Entity>, rows: u64) {
        if let Some(counts) = &mut self.0
            && rows > 0
        {
            let [created, updated, deleted] = counts.entry(of.index()).or_default();
            *match did {
                Did::Create => created,
                Did::Update => updated,
                Did::Delete => deleted,
            } += rows;
        }
    }

    /// What was counted, in the order of the entities.
    pub(crate) fn counted(self) -> impl Iterator<Item = (usize, Counts)> {
        self.0.into_iter().flatten()
    }
}
