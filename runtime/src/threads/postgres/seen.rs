//! What was seen of operations when they ran, because it can't be told from a body in Rust.
use quater_ir::Id;
use quater_ir::operation::Operation;
use std::sync::atomic::{AtomicBool, Ordering};

/// By the ids of operations: whether something was seen. What is missed is seen the next time.
pub(super) struct Seen(Vec<AtomicBool>);

impl Seen {
    /// Nothing, of so many operations.
    pub(super) fn nothing(operations: usize) -> Self {
        Self((0..operations).map(|_| AtomicBool::new(false)).collect())
    }

    pub(super) fn is(&self, operation: Id<Operation>) -> bool {
        self.0.get(operation.index()).is_some_and(|seen| seen.load(Ordering::Relaxed))
    }

    pub(super) fn note(&self, operation: Id<Operation>) {
        if let Some(seen) = self.0.get(operation.index()) {
            seen.store(true, Ordering::Relaxed);
        }
    }
}
