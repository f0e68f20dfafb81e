//! How long something has lately taken for each operation. Brief ones are done where they arrive: handing one to a
//! thread costs as much as a small one. One that turns out long holds up others a few times, and is handed on from then.
use quater_ir::Id;
use quater_ir::operation::Operation;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// What is brief, in nanoseconds.
const BRIEF: u64 = 250_000;

/// How long a thread may lose the processor to others, in nanoseconds: a busy machine makes a brief call that long, so
/// what takes no longer counts as twice brief.
const TURN: u64 = 10_000_000;

/// How much a call counts against those before it: one part of so many.
const WEIGHT: u64 = 8;

/// By the ids of operations, in nanoseconds.
pub(crate) struct Pace(Vec<AtomicU64>);

impl Pace {
    /// Of so many operations, none of which has been called.
    pub(crate) fn unknown(operations: usize) -> Self {
        Self((0..operations).map(|_| AtomicU64::new(u64::MAX)).collect())
    }

    pub(crate) fn is_brief(&self, operation: Id<Operation>) -> bool {
        self.0.get(operation.index()).is_some_and(|lately| lately.load(Ordering::Relaxed) <= BRIEF)
    }

    /// Does a call, and takes its time.
    pub(crate) fn timed<T>(&self, operation: Id<Operation>, act: impl FnOnce() -> T) -> T {
        let begun = Stopwatch::start();
        let done = act();
        self.took(operation, begun.stop());
        done
    }

    /// What is written at the same time may be lost: it is no more than a guess.
    pub(crate) fn took(&self, operation: Id<Operation>, time: Duration) {
        let Some(lately) = self.0.get(operation.index()) else { return };
        let time = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX - 1);
        let time = if time < TURN { time.min(2 * BRIEF) } else { time };
        let before = lately.load(Ordering::Relaxed);
        let now = if before == u64::MAX { time } else { before - before / WEIGHT + time / WEIGHT };
        lately.store(now, Ordering::Relaxed);
    }
}

/// Takes the time of this thread.
struct Stopwatch {
    begun: Instant,
    spent: Option<Spent>,
}

/// What this thread has had so far.
struct Spent {
    /// Of the processor.
    time: Duration,
    /// How often it waited for something.
    waits: std::ffi::c_long,
}

impl Stopwatch {
    fn start() -> Self {
        Self { begun: Instant::now(), spent: Spent::so_far() }
    }

    /// What has gone by, without the turns that others had meanwhile, where that can be told: a thread that never
    /// waited was working or would have been.
    fn stop(self) -> Duration {
        let passed = self.begun.elapsed();
        match (self.spent, Spent::so_far()) {
            (Some(then), Some(now)) if then.waits == now.waits => {
                now.time.saturating_sub(then.time).min(passed)
            }
            _ => passed,
        }
    }
}

impl Spent {
    #[cfg(target_os = "linux")]
    fn so_far() -> Option<Self> {
        use nix::sys::resource::{UsageWho, getrusage};
        use nix::sys::time::TimeValLike;
        let usage = getrusage(UsageWho::RUSAGE_THREAD).ok()?;
        let time = u64::try_from((usage.user_time() + usage.system_time()).num_microseconds()).ok()?;
        Some(Self { time: Duration::from_micros(time), waits: usage.voluntary_context_switches() })
    }

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
    fn waiting_counts_and_the_turns_of_others_do_not() {
        let pace = Pace::unknown(1);
        pace.timed(Id::new(0), || std::thread::sleep(Duration::from_millis(20)));
        assert!(!pace.is_brief(Id::new(0)), "it held up its thread");
    }
}
