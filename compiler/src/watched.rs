//! Things with numbers, and which of them somebody has looked at.
//!
//! What a unit may look at outside of itself lies in [`Watched`]: whoever reaches for it leaves a note. So it is
//! known of each unit what it must be looked at again for (`check/keep.rs`), and nobody has to say so.
use quater_ir::{Arena, Id};
use std::cell::RefCell;
use std::ops::{Index, IndexMut};

/// A kind of thing that is looked at by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    Operation,
    Entity,
    Record,
    Enum,
    Type,
    /// A declared error, by its position.
    Error,
    Fault,
    Function,
    /// The names of a service, as a list.
    Name,
}

/// One thing that was looked at.
pub(crate) type Look = (Kind, u32);

/// The number that stands for all of a kind.
pub(crate) const EVERY: u32 = u32::MAX;

/// Numbers that were looked at, each once.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    notes: RefCell<Notes>,
}

#[derive(Debug, Default)]
struct Notes {
    numbers: Vec<u32>,
    /// By number: the round in which it was noted last.
    rounds: Vec<u32>,
    /// How many rounds are over.
    over: u32,
}

impl Seen {
    /// Notes that something was looked at.
    pub(crate) fn one(&self, number: usize) {
        let notes = &mut *self.notes.borrow_mut();
        let round = notes.over + 1;
        if notes.rounds.len() <= number {
            notes.rounds.resize(number + 1, 0);
        }
        if let Some(last) = notes.rounds.get_mut(number).filter(|last| **last != round) {
            *last = round;
            notes.numbers.push(number as u32);
        }
    }

    /// Notes that whatever there is was looked at.
    pub(crate) fn every(&self) {
        let numbers = &mut self.notes.borrow_mut().numbers;
        if numbers.last() != Some(&EVERY) {
            numbers.push(EVERY);
        }
    }

    /// Takes out what was noted, and begins anew.
    pub(crate) fn drain(&self, kind: Kind, into: &mut Vec<Look>) {
        let notes = &mut *self.notes.borrow_mut();
        if !notes.numbers.is_empty() {
            into.extend(notes.numbers.drain(..).map(|number| (kind, number)));
            notes.over += 1;
        }
    }
}

/// An arena that notes which of its items are looked at.
#[derive(Debug)]
pub(crate) struct Watched<T> {
    items: Arena<T>,
    seen: Seen,
}

impl<T> Default for Watched<T> {
    fn default() -> Self {
        Self::from(Arena::default())
    }
}

impl<T> From<Arena<T>> for Watched<T> {
    fn from(items: Arena<T>) -> Self {
        Self { items, seen: Seen::default() }
    }
}

impl<T> Watched<T> {
    /// Adds an item and gives its id.
    pub(crate) fn add(&mut self, item: T) -> Id<T> {
        self.items.add(item)
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.items.len()
    }

    /// Every item, in order.
    pub(crate) fn values(&self) -> std::slice::Iter<'_, T> {
        self.seen.every();
        self.items.values()
    }

    /// Every item with its id, in order.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = (Id<T>, &T)> + DoubleEndedIterator {
        self.seen.every();
        self.items.iter()
    }

    /// Every id, in order.
    pub(crate) fn ids(&self) -> impl ExactSizeIterator<Item = Id<T>> + use<T> {
        self.items.ids()
    }

    /// The item, unless the id is of a longer arena.
    pub(crate) fn find(&self, id: Id<T>) -> Option<&T> {
        self.nth(id.index())
    }

    /// The item, if there is one of that number. Not named `get`, as that of an arena is not.
    pub(crate) fn nth(&self, index: usize) -> Option<&T> {
        self.seen.one(index);
        self.items.find(Id::new(index as u32))
    }

    /// The item, to be made another one.
    pub(crate) fn nth_mut(&mut self, index: usize) -> Option<&mut T> {
        (index < self.items.len()).then(|| &mut self.items[Id::new(index as u32)])
    }

    /// Notes that something beside the item was looked at, which is known by the same number.
    pub(crate) fn look(&self, id: Id<T>) {
        self.seen.one(id.index());
    }

    /// What was looked at.
    pub(crate) const fn seen(&self) -> &Seen {
        &self.seen
    }

    /// The items, for whoever looks at them outside of all units.
    pub(crate) const fn arena(&self) -> &Arena<T> {
        &self.items
    }

    /// Takes the items out.
    pub(crate) fn take(&mut self) -> Arena<T> {
        std::mem::take(&mut self.items)
    }
}

impl<T> Index<Id<T>> for Watched<T> {
    type Output = T;

    fn index(&self, id: Id<T>) -> &T {
        self.seen.one(id.index());
        &self.items[id]
    }
}

impl<T> IndexMut<Id<T>> for Watched<T> {
    fn index_mut(&mut self, id: Id<T>) -> &mut T {
        &mut self.items[id]
    }
}

impl<'w, T> IntoIterator for &'w Watched<T> {
    type Item = &'w T;
    type IntoIter = std::slice::Iter<'w, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.values()
    }
}
