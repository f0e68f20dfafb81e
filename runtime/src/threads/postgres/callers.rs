//! The rows of callers, as they were when they called last: what a call reads is asked for along with its caller's row,
//! and counts if that still is the same.
use crate::store::postgres::kept::Kept;
use crate::store::postgres::relay::Wants;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use std::sync::Arc;
use tokio_postgres::Row;

/// Most bytes of all of them.
const ROOM: u64 = 4 << 20;

/// Those of the latest callers, and of those that call often, by how they are asked for.
pub(super) struct Callers(Cache<Wants, Arc<Kept>, Bytes>);

#[derive(Clone)]
struct Bytes;

impl Weighter<Wants, Arc<Kept>> for Bytes {
    fn weight(&self, wants: &Wants, kept: &Arc<Kept>) -> u64 {
        256 + (wants.weight() + kept.weight()) as u64
    }
}

impl Callers {
    pub(super) fn new() -> Self {
        Self(Cache::with_weighter(1_024, ROOM, Bytes))
    }

    /// What was last found so.
    pub(super) fn last(&self, wants: &Wants) -> Option<Arc<Kept>> {
        self.0.get(wants)
    }

    /// Notes what has been found now.
    pub(super) fn found(&self, wants: &Wants, rows: &[Row]) {
        match Kept::of(rows) {
            Some(kept) => self.0.insert(wants.clone(), Arc::new(kept)),
            None => drop(self.0.remove(wants)),
        }
    }
}
