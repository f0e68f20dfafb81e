//! How long an answer has lately been, so that room for the next one is made at once.
use std::sync::atomic::{AtomicUsize, Ordering};

/// Room that every answer has.
const LEAST: usize = 512;

/// Most room that is made ahead.
const MOST: usize = 64 << 10;

/// What is kept of the lengths of answers, in bytes.
#[derive(Debug, Default)]
pub(crate) struct Room(AtomicUsize);

impl Room {
    /// A text to write an answer to.
    pub(crate) fn text(&self) -> Vec<u8> {
        Vec::with_capacity(self.0.load(Ordering::Relaxed).clamp(LEAST, MOST))
    }

    /// Looks at an answer. What is kept changes only where it would not do: threads that write the same wait for each
    /// other.
    pub(crate) fn took(&self, answer: &[u8]) {
        let (kept, length) = (self.0.load(Ordering::Relaxed), answer.len());
        if length > kept || length < kept / 4 {
            self.0.store(length, Ordering::Relaxed);
        }
    }
}
