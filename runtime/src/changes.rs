//! Who waits for changes of what operations give: a call that has been committed marks those whose operation looks at
//! rows of an entity that it changes. A mark says no more than that, and is one however many such calls there are, so
//! that nothing queues up.
//!
//! Which operations a call touches is worked out at start. A call that nobody waits for costs one look at a number.
use crate::plan::sight;
use quater_ir::operation::Operation;
use quater_ir::{Id, Program};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// Most that are waited for at a time.
const MOST: usize = 10_000;

/// Most of them by one caller.
const MOST_OF_ONE: usize = 100;

/// The digest of a credential, or of an address.
pub(crate) type Owner = [u8; 32];

/// The changes of a service.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    /// By operation: those whose output may be another one after it.
    touched: Vec<Box<[Id<Operation>]>>,
    /// The same of a first visit, which makes a row of whoever calls.
    welcomed: Box<[Id<Operation>]>,
    /// How many are waited for.
    live: AtomicUsize,
    waiting: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    by_operation: BTreeMap<Id<Operation>, Vec<Arc<Mark>>>,
    by_owner: BTreeMap<Owner, usize>,
}

#[derive(Debug)]
struct Mark {
    changed: AtomicBool,
    wake: Arc<Notify>,
}

/// One that is waited for, until it is dropped.
#[derive(Debug)]
pub(crate) struct Watch {
    changes: Arc<Changes>,
    operation: Id<Operation>,
    owner: Owner,
    mark: Arc<Mark>,
}

impl Changes {
    /// What calls touch of these operations.
    pub(crate) fn plan(program: &Program, watched: impl Iterator<Item = Id<Operation>>) -> Self {
        let watched: BTreeSet<Id<Operation>> = watched.collect();
        let looks: Vec<_> = watched.into_iter().map(|id| (id, sight::looks_at(program, id))).collect();
        let touched = |changed: &BTreeSet<_>| -> Box<[Id<Operation>]> {
            looks.iter().filter(|(_, looks)| !looks.is_disjoint(changed)).map(|(id, _)| *id).collect()
        };
        Self {
            touched: program.operations.values().map(|it| touched(&sight::changes(program, it))).collect(),
            welcomed: touched(&program.actor.into_iter().collect()),
            ..Self::default()
        }
    }

    /// Whether anything that can be waited for ever changes.
    pub(crate) fn happen(&self) -> bool {
        self.touched.iter().any(|touched| !touched.is_empty())
    }

    /// That calls of these operations have been committed.
    pub(crate) fn note(&self, operations: impl Iterator<Item = Id<Operation>>) {
        // In one order with whoever begins to wait and then reads: the call is in what they read, or they are seen here.
        if self.live.load(Ordering::SeqCst) == 0 {
            return;
        }
        let touched = operations.filter_map(|operation| self.touched.get(operation.index()));
        self.mark(touched.flatten().copied().collect());
    }

    /// That a row of a caller has been made.
    pub(crate) fn note_welcome(&self) {
        if self.live.load(Ordering::SeqCst) > 0 {
            self.mark(self.welcomed.iter().copied().collect());
        }
    }

    fn mark(&self, touched: BTreeSet<Id<Operation>>) {
        let waiting = self.waiting();
        for mark in touched.iter().filter_map(|operation| waiting.by_operation.get(operation)).flatten() {
            if !mark.changed.swap(true, Ordering::AcqRel) {
                mark.wake.notify_one();
            }
        }
    }

    /// Waits for changes of what an operation gives; nothing where too much is waited for already.
    pub(crate) fn watch(
        self: &Arc<Self>,
        operation: Id<Operation>,
        owner: Owner,
        wake: &Arc<Notify>,
    ) -> Option<Watch> {
        let mut waiting = self.waiting();
        let own = waiting.by_owner.get(&owner).copied().unwrap_or_default();
        if own >= MOST_OF_ONE || self.live.load(Ordering::SeqCst) >= MOST {
            return None;
        }
        let mark = Arc::new(Mark { changed: AtomicBool::new(false), wake: Arc::clone(wake) });
        waiting.by_owner.insert(owner, own + 1);
        waiting.by_operation.entry(operation).or_default().push(Arc::clone(&mark));
        self.live.fetch_add(1, Ordering::SeqCst);
        Some(Watch { changes: Arc::clone(self), operation, owner, mark })
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watch {
    /// Whether there may have been a change since this was last asked.
    pub(crate) fn has_changed(&self) -> bool {
        self.mark.changed.swap(false, Ordering::AcqRel)
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let mut waiting = self.changes.waiting();
        if let Some(marks) = waiting.by_operation.get_mut(&self.operation) {
            marks.retain(|mark| !Arc::ptr_eq(mark, &self.mark));
        }
        if let Some(own) = waiting.by_owner.get_mut(&self.owner) {
            *own -= 1;
            if *own == 0 {
                waiting.by_owner.remove(&self.owner);
            }
        }
        self.changes.live.fetch_sub(1, Ordering::SeqCst);
    }
}
