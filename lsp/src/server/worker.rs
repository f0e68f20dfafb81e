//! Analyses in the background, always the newest state.
use super::event::Event;
use crate::ide::{Snapshot, findings};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender};

/// Looks at snapshots until nobody sends any; what came in between is passed over.
pub(super) fn work(snapshots: &Receiver<Snapshot>, events: &Sender<Event>) {
    while let Ok(first) = snapshots.recv() {
        let newest = snapshots.try_iter().last().unwrap_or(first);
        // A bug of the compiler costs this answer, not the session; the hook of the process tells of it.
        let Ok(found) = catch_unwind(AssertUnwindSafe(|| findings(&newest))) else { continue };
        if events.send(Event::Analysed(found)).is_err() {
            return;
        }
    }
}
