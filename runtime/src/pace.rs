//! How long something has lately taken for each operation. Brief ones are done where they arrive: handing one to a
//! thread costs as much as a small one. One that turns out long twice running has held up others twice, and is handed on from
//! then. Once says nothing: on a busy machine a thread loses the processor for longer than a brief call takes.
use quater_ir::Id;
use quater_ir::operation::Operation;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// What is brief, in nanoseconds.
const BRIEF: u64 = 250_000;

/// How much a call counts against those before it: one part of so many.
const WEIGHT: u64 = 8;

/// By the ids of operations.
pub(crate) struct Pace(Vec<Times>);

/// In nanoseconds; `u64::MAX` where there is none.
struct Times {
    lately: AtomicU64,
    last: AtomicU64,
}

impl Pace {
    /// Of so many operations, none of which has been called.
    pub(crate) fn unknown(operations: usize) -> Self {
        let none = || AtomicU64::new(u64::MAX);
        Self((0..operations).map(|_| Times { lately: none(), last: none() }).collect())
    }

    pub(crate) fn is_brief(&self, operation: Id<Operation>) -> bool {
        self.0.get(operation.index()).is_some_and(|it| it.lately.load(Ordering::Relaxed) <= BRIEF)
    }

    /// Does a call, and takes its time.
    pub(crate) fn timed<T>(&self, operation: Id<Operation>, act: impl FnOnce() -> T) -> T {
        let begun = Instant::now();
        let done = act();
        self.took(operation, begun.elapsed());
        done
    }

    /// What is written at the same time may be lost: it is no more than a guess.
    pub(crate) fn took(&self, operation: Id<Operation>, time: Duration) {
        let Some(Times { lately, last }) = self.0.get(operation.index()) else { return };
        let time = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX - 1);
        let time = time.min(last.swap(time, Ordering::Relaxed));
        let before = lately.load(Ordering::Relaxed);
        let now = if before == u64::MAX { time } else { before - before / WEIGHT + time / WEIGHT };
        lately.store(now, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_long_twice_is_handed_on_until_it_was_brief_again() {
        let pace = Pace::unknown(2);
        let (it, other) = (Id::new(0), Id::new(1));
        assert!(!pace.is_brief(it), "nothing is known");
        pace.took(it, Duration::from_micros(90));
        assert!(pace.is_brief(it) && !pace.is_brief(other));
        pace.took(it, Duration::from_millis(5));
        assert!(pace.is_brief(it), "once may be chance");
        pace.took(it, Duration::from_millis(5));
        assert!(!pace.is_brief(it));
        let calls = (1..).find(|_| {
            pace.took(it, Duration::from_micros(90));
            pace.is_brief(it)
        });
        assert_eq!(calls, Some(11));
        pace.timed(other, || ());
        assert!(pace.is_brief(other));
        assert!(!pace.is_brief(Id::new(7)), "no such operation");
    }
}
