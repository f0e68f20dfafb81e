//! Whether whoever made a call still waits for what comes of it. A body looks before each of its steps, so that
//! one that takes long does not go on for nobody.
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What a call knows of its caller. The default waits for ever.
#[derive(Debug, Clone, Default)]
pub(crate) struct Presence(Option<Arc<AtomicBool>>);

/// Held for as long as the caller waits.
#[derive(Debug)]
pub(crate) struct Waiting(Arc<AtomicBool>);

impl Presence {
    /// That of a caller who may go.
    pub(crate) fn watched() -> (Self, Waiting) {
        let gone = Arc::new(AtomicBool::new(false));
        (Self(Some(Arc::clone(&gone))), Waiting(gone))
    }

    /// Whether the caller has gone.
    pub(crate) fn has_gone(&self) -> bool {
        self.0.as_ref().is_some_and(|gone| gone.load(Ordering::Relaxed))
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
