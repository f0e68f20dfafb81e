//! Buckets of the generic cell rate algorithm, in memory of a fixed size.
//!
//! A bucket is one number: the moment at which it is full again. One that is full needs no memory. Where no
//! place is free a newcomer takes that of the bucket nearest to full, and begins where that one stood: every
//! number of a set only grows, so whoever was put out finds no more in its bucket than it left there. Making
//! up addresses therefore buys nobody calls; at worst strangers who share a set have fewer.
//!
//! [`Buckets::take`] is all that is asked of a store: one that several processes share does the same.
use std::hash::{BuildHasher, Hash, RandomState};
use std::iter;
use std::sync::{Mutex, OnceLock, PoisonError};

/// Buckets of a set.
const WAYS: usize = 8;

/// Sets of a group, which has memory once one of them is asked for: a page of sixteen kilobytes.
const SETS: usize = 1 << 7;

/// Groups of a store: with their buckets about one megabyte, when strangers have met all of them.
const GROUPS: usize = 1 << 6;

/// How fast a bucket fills, in nanoseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rate {
    /// For one more call.
    pub(super) step: u64,
    /// From empty to full.
    pub(super) window: u64,
}

/// What a bucket says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Verdict {
    /// Nanoseconds until there is a call in it; none where there is one.
    pub(super) wait: Option<u64>,
    /// Calls that are left in it.
    pub(super) left: u64,
    /// Nanoseconds until it is full.
    pub(super) full: u64,
}

/// Whether a call is taken out, or only looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    Take,
    Look,
}

#[derive(Debug, Clone, Copy, Default)]
struct Bucket {
    tag: u64,
    full: u64,
}

/// Sets that have memory together.
type Group = OnceLock<Box<[Mutex<[Bucket; WAYS]>]>>;

/// A store of buckets that all have one window.
pub(super) struct Buckets {
    groups: Box<[Group]>,
    /// Sets of each group.
    sets: usize,
    /// Two keys nobody outside knows: nobody can choose whom to share a set or a bucket with.
    placing: RandomState,
    tagging: RandomState,
}

impl Buckets {
    pub(super) fn new() -> Self {
        Self::of(GROUPS, SETS)
    }

    fn of(groups: usize, sets: usize) -> Self {
        let groups = iter::repeat_with(Group::new).take(groups).collect();
        Self { groups, sets, placing: RandomState::new(), tagging: RandomState::new() }
    }

    /// The set with a number, however large.
    fn set(&self, place: u64) -> Option<&Mutex<[Bucket; WAYS]>> {
        let all = self.groups.len().saturating_mul(self.sets).max(1);
        let place = usize::try_from(place % all as u64).unwrap_or_default();
        let group = self.groups.get(place.checked_div(self.sets)?)?;
        let made = || iter::repeat_with(Mutex::default).take(self.sets).collect();
        group.get_or_init(made).get(place % self.sets)
    }

    /// Takes a call out of the bucket of a key, if there is one in it.
    pub(super) fn take(&self, key: &impl Hash, rate: Rate, now: u64, act: Act) -> Verdict {
        let (place, tag) = (self.placing.hash_one(key), self.tagging.hash_one(key));
        let Some(set) = self.set(place) else { return Verdict { wait: None, left: 0, full: 0 } };
        let mut set = set.lock().unwrap_or_else(PoisonError::into_inner);
        let own = set.iter().position(|bucket| bucket.tag == tag);
        let bucket = match own {
            Some(at) => set.get_mut(at),
            None => set.iter_mut().min_by_key(|bucket| bucket.full),
        };
        let Some(bucket) = bucket else { return Verdict { wait: None, left: 0, full: 0 } };
        let mut full = bucket.full.max(now);
        let next = full.saturating_add(rate.step);
        let wait = next.saturating_sub(now).checked_sub(rate.window).filter(|wait| *wait > 0);
        if wait.is_none() && act == Act::Take {
            *bucket = Bucket { tag, full: next };
            full = next;
        }
        let full = full.saturating_sub(now);
        Verdict { wait, left: rate.window.saturating_sub(full) / rate.step.max(1), full }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
    use super::{Act, Buckets, GROUPS, Rate, WAYS};
    use std::collections::BTreeMap;

    const RATE: Rate = Rate { step: 10, window: 50 };

    fn takes(buckets: &Buckets, key: u32, now: u64) -> bool {
        buckets.take(&key, RATE, now, Act::Take).wait.is_none()
    }

    #[test]
    fn a_bucket_empties_and_fills() {
        let buckets = Buckets::of(2, 2);
        let taken = (0..7).map(|_| buckets.take(&1, RATE, 1_000, Act::Take)).collect::<Vec<_>>();
        assert_eq!(taken.iter().map(|it| it.left).collect::<Vec<_>>(), [4, 3, 2, 1, 0, 0, 0]);
        assert_eq!((taken[5].wait, taken[5].full), (Some(10), 50));
        assert!(!takes(&buckets, 1, 1_009));
        assert!(takes(&buckets, 1, 1_010), "a step later there is one more");
        assert!(!takes(&buckets, 1, 1_010));
        assert!(takes(&buckets, 2, 1_010), "another key has its own");
        assert_eq!(buckets.take(&1, RATE, 9_000, Act::Take).left, 4, "it is full again");
    }

    #[test]
    fn looking_takes_nothing() {
        let buckets = Buckets::of(2, 2);
        for _ in 0..9 {
            let seen = buckets.take(&1, RATE, 1_000, Act::Look);
            assert_eq!((seen.wait, seen.left), (None, 5));
        }
        (0..5).for_each(|_| assert!(takes(&buckets, 1, 1_000)));
        assert_eq!(buckets.take(&1, RATE, 1_000, Act::Look).wait, Some(10));
    }

    /// One set for sixty keys: whatever strangers do, nobody gets more than a bucket of its own would give.
    #[test]
    fn strangers_never_give_anybody_more() {
        let buckets = Buckets::of(1, 1);
        let mut alone: BTreeMap<u32, u64> = BTreeMap::new();
        let (mut state, mut now, mut refused, mut taken) = (7_u64, 1_000_u64, 0, 0);
        for _ in 0..40_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            // Time goes so slowly that all of them ask for about twice what there is.
            let (key, pause) = ((state >> 33) as u32 % 60, u64::from((state >> 58) % 12 == 0));
            now += pause;
            let full = alone.entry(key).or_default();
            let may = (*full).max(now) + RATE.step <= now + RATE.window;
            let got = takes(&buckets, key, now);
            assert!(may || !got, "key {key} at {now} has emptied its bucket");
            if got {
                *full = (*full).max(now) + RATE.step;
                taken += 1;
            }
            refused += u32::from(!got);
        }
        assert!(taken > 1_000 && refused > 1_000, "{taken} taken, {refused} refused");
    }

    #[test]
    fn an_emptied_bucket_stays_empty_while_others_push_it_out() {
        let buckets = Buckets::of(1, 1);
        (0..5).for_each(|_| assert!(takes(&buckets, 0, 1_000)));
        for stranger in 1..1_000 {
            takes(&buckets, stranger, 1_001);
        }
        assert!(!takes(&buckets, 0, 1_002));
        assert_eq!(size_of_val(&*buckets.set(0).unwrap().lock().unwrap()), WAYS * 16);
    }

    #[test]
    fn memory_comes_with_strangers() {
        let buckets = Buckets::new();
        let made = || buckets.groups.iter().filter(|group| group.get().is_some()).count();
        assert_eq!(made(), 0);
        assert!(takes(&buckets, 1, 1_000));
        assert_eq!(made(), 1);
        (2..10_000).for_each(|key| assert!(takes(&buckets, key, 1_000)));
        assert_eq!(made(), GROUPS, "all of it is used, and no more");
    }
}
