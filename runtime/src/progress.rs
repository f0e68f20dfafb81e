//! How far a call has come, told while it runs to whoever listens.
//!
//! Telling never waits: what a listener is too slow for is left out, and nothing of a call depends on whether
//! anybody listens. A listener hears growing numbers only, also of a call that is tried again from its beginning.
use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::mpsc::{self, Receiver, Sender};

/// Most of what has been told that waits for its listener.
const WAITING: usize = 64;

/// As much is told at once.
const BURST: u32 = 32;

/// Beyond that, once in this time.
const PACE: Duration = Duration::from_millis(50);

/// Where a call tells how far it has come; to nobody, unless a door listens.
#[derive(Debug, Clone, Default)]
pub struct Progress(Option<Arc<Line>>);

/// How far a call has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// How much is done.
    pub done: i64,
    /// Of how much.
    pub total: i64,
    /// What is going on.
    pub text: Option<String>,
}

/// What a listener hears.
#[derive(Debug)]
pub struct Heard(Receiver<Told>);

#[derive(Debug)]
struct Line {
    to: Sender<Told>,
    pace: Mutex<Pace>,
}

#[derive(Debug)]
struct Pace {
    /// What was told last.
    done: Option<i64>,
    /// How much may still be told at once.
    room: u32,
    /// When there was room for one more.
    since: Instant,
}

impl Progress {
    /// A place to tell it, and what is heard of that.
    pub fn heard() -> (Self, Heard) {
        let (to, heard) = mpsc::channel(WAITING);
        let pace = Mutex::new(Pace { done: None, room: BURST, since: Instant::now() });
        (Self(Some(Arc::new(Line { to, pace }))), Heard(heard))
    }

    /// Says that so much is done, of so much.
    pub fn tell(&self, done: i64, total: i64, text: Option<&str>) {
        let Some(line) = &self.0 else { return };
        let mut pace = line.pace.lock().unwrap_or_else(PoisonError::into_inner);
        if pace.lets(done, done == total, Instant::now()) {
            // A listener that has gone, or has too much to hear already.
            drop(line.to.try_send(Told { done, total, text: text.map(str::to_owned) }));
        }
    }
}

impl Pace {
    /// Whether something is told; the end always is.
    fn lets(&mut self, done: i64, end: bool, now: Instant) -> bool {
        if self.done.is_some_and(|last| done <= last) {
            return false;
        }
        let gained = now.saturating_duration_since(self.since).as_millis() / PACE.as_millis();
        if gained > 0 {
            self.room = BURST.min(self.room.saturating_add(u32::try_from(gained).unwrap_or(BURST)));
            self.since = now;
        }
        if self.room == 0 && !end {
            return false;
        }
        self.room = self.room.saturating_sub(1);
        self.done = Some(done);
        true
    }
}

impl Heard {
    /// What is told next; nothing once the call has ended.
    pub async fn next(&mut self) -> Option<Told> {
        self.0.recv().await
    }

    /// What has been told and not been heard yet.
    pub fn left(&mut self) -> Option<Told> {
        self.0.try_recv().ok()
    }

    /// Does something, and passes on what is told meanwhile, all of it before the end.
    pub async fn during<T>(&mut self, work: impl Future<Output = T>, mut pass: impl AsyncFnMut(Told)) -> T {
        let mut work = pin!(work);
        let done = loop {
            tokio::select! {
                biased;
                Some(told) = self.0.recv() => pass(told).await,
                done = &mut work => break done,
            }
        };
        while let Some(told) = self.left() {
            pass(told).await;
        }
        done
    }
}

#[cfg(test)]
mod tests {
    use super::{BURST, PACE, Pace, Progress, Told};
    use std::time::Instant;

    #[test]
    fn it_only_grows_and_keeps_a_pace() {
        let start = Instant::now();
        let mut pace = Pace { done: None, room: BURST, since: start };
        let told = (0..1_000).filter(|done| pace.lets(*done, *done == 999, start)).collect::<Vec<_>>();
        assert_eq!(told, (0..32).chain([999]).collect::<Vec<_>>());
        assert!(!pace.lets(999, true, start + PACE * 10), "told already");
        assert!(pace.lets(1_000, false, start + PACE), "there is room again");
        assert!(!pace.lets(1_001, false, start + PACE));
    }

    #[tokio::test]
    async fn whoever_listens_hears_all_of_it_before_the_end() {
        let (progress, mut heard) = Progress::heard();
        let mut all = Vec::new();
        let work = async {
            progress.tell(1, 2, None);
            tokio::task::yield_now().await;
            progress.tell(2, 2, Some("there"));
            "done"
        };
        assert_eq!(heard.during(work, async |told| all.push(told)).await, "done");
        let told = |done, text: Option<&str>| Told { done, total: 2, text: text.map(str::to_owned) };
        assert_eq!(all, [told(1, None), told(2, Some("there"))]);
        Progress::default().tell(1, 2, None);
    }
}
