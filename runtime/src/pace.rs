//! How long something has lately taken for each operation. Brief ones are done where they arrive: handing one to a
//! thread costs as much as a small one. One that turns out long holds up others a few times, and is handed on from then.
use quater_ir::Id;
use quater_ir::operation::Operation;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// What is brief, in nanoseconds.
const BRIEF: u64 = 250_000;

/// How long a thread may lose the processor to others, in nanoseconds: a busy machine makes a brief call that long, so
/// what takes no longer counts as twice brief.
const TURN: u64 = 10_000_000;

/// How much a call counts against those before it: one part of so many.
const WEIGHT: u64 = 8;

/// By the ids of operations.
pub(crate) struct Pace(Vec<Lately>);

/// How long one operation has lately taken.
struct Lately {
    /// In nanoseconds.
    time: AtomicU64,
    /// Whether its last call was long by the clock: the next one is looked at more closely, which takes time itself.
    doubted: AtomicBool,
}

impl Pace {
    /// Of so many operations, none of which has been called.
    pub(crate) fn unknown(operations: usize) -> Self {
        let unknown = || Lately { time: AtomicU64::new(u64::MAX), doubted: AtomicBool::new(false) };
        Self((0..operations).map(|_| unknown()).collect())
    }

    pub(crate) fn is_brief(&self, operation: Id<Operation>) -> bool {
        self.0.get(operation.index()).is_some_and(|lately| lately.time.load(Ordering::Relaxed) <= BRIEF)
    }

    /// Does a call, and takes its time.
    pub(crate) fn timed<T>(&self, operation: Id<Operation>, act: impl FnOnce() -> T) -> T {
        let Some(lately) = self.0.get(operation.index()) else { return act() };
        let doubted = lately.doubted.load(Ordering::Relaxed);
        let before = if doubted { Spent::so_far() } else { None };
        let begun = Instant::now();
        let done = act();
        let passed = begun.elapsed();
        let long = passed > Duration::from_nanos(BRIEF);
        if long && !doubted {
            lately.doubted.store(true, Ordering::Relaxed);
        } else {
            lately.took(before.and_then(Spent::since).map_or(passed, |own| own.min(passed)));
            if doubted {
                lately.doubted.store(false, Ordering::Relaxed);
            }
        }
        done
    }

    /// Counts a call.
    pub(crate) fn took(&self, operation: Id<Operation>, time: Duration) {
        if let Some(lately) = self.0.get(operation.index()) {
            lately.took(time);
        }
    }
}

impl Lately {
    /// What is written at the same time may be lost: it is no more than a guess.
    fn took(&self, time: Duration) {
        let time = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX - 1);
        let time = if time < TURN { time.min(2 * BRIEF) } else { time };
        let before = self.time.load(Ordering::Relaxed);
        let now = if before == u64::MAX { time } else { before - before / WEIGHT + time / WEIGHT };
        self.time.store(now, Ordering::Relaxed);
    }
}

/// What this thread has had so far.
struct Spent {
    /// Of the processor.
    time: Duration,
    /// How often it waited for something.
    waits: std::ffi::c_long,
}

impl Spent {
    /// What it has had since then, without the turns that others had meanwhile; nothing where it has waited: a thread
    /// that never did was working, or would have been.
    fn since(self) -> Option<Duration> {
        let now = Self::so_far().filter(|now| now.waits == self.waits)?;
        Some(now.time.saturating_sub(self.time))
    }

    #[cfg(target_os = "linux")]
    fn so_far() -> Option<Self> {
        use nix::sys::resource::{UsageWho, getrusage};
        use nix::sys::time::TimeValLike;
        let usage = getrusage(UsageWho::RUSAGE_THREAD).ok()?;
        let time = u64::try_from((usage.user_time() + usage.system_time()).num_microseconds()).ok()?;
        Some(Self { time: Duration::from_micros(time), waits: usage.voluntary_context_switches() })
    }

    /// Nobody says.
    #[cfg(not(target_os = "linux"))]
    fn so_far() -> Option<Self> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_long_is_handed_on_until_it_was_brief_again() {
        let pace = Pace::unknown(2);
        let (it, other) = (Id::new(0), Id::new(1));
        let until = |brief: bool, time: Duration| {
            (1..).find(|_| {
                pace.took(it, time);
                pace.is_brief(it) == brief
            })
        };
        assert!(!pace.is_brief(it), "nothing is known");
        pace.took(it, Duration::from_micros(90));
        assert!(pace.is_brief(it) && !pace.is_brief(other));
        assert_eq!(until(false, Duration::from_millis(5)), Some(4), "a few may be chance");
        assert_eq!(until(true, Duration::from_micros(90)), Some(1));
        assert_eq!(until(false, Duration::from_millis(20)), Some(1));
        assert_eq!(until(true, Duration::from_micros(90)), Some(21));
        pace.timed(other, || ());
        assert!(pace.is_brief(other));
        assert!(!pace.is_brief(Id::new(7)), "no such operation");
    }

    #[test]
    fn waiting_counts() {
        let (pace, it) = (Pace::unknown(1), Id::new(0));
        pace.timed(it, || ());
        assert!(pace.is_brief(it));
        for _ in 0..2 {
            pace.timed(it, || std::thread::sleep(Duration::from_millis(20)));
        }
        assert!(!pace.is_brief(it), "it held up its thread, the second time under a closer look");
    }
}
