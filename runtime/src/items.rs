//! Items of a `stream` on their way from the thread that makes them to the door that sends them.
//!
//! Some text waits in between, and no more: whoever takes slowly holds the making back, and whoever has gone
//! ends it.
use crate::stop::{Run, Stop};
use bytes::Bytes;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// As many bytes wait to be taken, and the item that comes to more.
const MOST: usize = 64 << 10;

/// Where a call gives its items; nowhere, unless a door takes them one by one.
#[derive(Debug, Clone, Default)]
pub struct Items(Option<Arc<Giver>>);

/// What a door takes of that; whoever gives hears once this is dropped.
#[derive(Debug)]
pub struct Taken(Arc<Line>);

/// Ends the line with the last of those that give.
#[derive(Debug)]
struct Giver(Arc<Line>);

#[derive(Debug, Default)]
struct Line {
    held: Mutex<Held>,
    /// Tells whoever gives that there is room, or that nobody takes any more.
    room: Condvar,
    /// Tells whoever takes that something has come, or the end.
    news: Notify,
}

#[derive(Debug, Default)]
struct Held {
    /// Items, each with a line break behind it.
    text: Vec<u8>,
    /// Whether all have been given.
    ended: bool,
    /// Whether nobody takes them any more.
    gone: bool,
}

impl Items {
    /// A place to give them, and what is taken of that.
    pub fn taken() -> (Self, Taken) {
        let line = Arc::new(Line::default());
        (Self(Some(Arc::new(Giver(Arc::clone(&line))))), Taken(line))
    }

    /// Whether a door takes them.
    pub(crate) const fn are_taken(&self) -> bool {
        self.0.is_some()
    }

    /// Gives the JSON text of one; waits while there is no room, so never on a thread that others need.
    ///
    /// # Errors
    /// When nobody takes it.
    pub(crate) fn give(&self, item: &[u8]) -> Run<()> {
        let Some(Giver(line)) = self.0.as_deref() else {
            return Err(Stop::Defect("items that nobody takes"));
        };
        let mut held = line.lock();
        while held.text.len() >= MOST && !held.gone {
            held = line.room.wait(held).unwrap_or_else(PoisonError::into_inner);
        }
        if held.gone {
            return Err(Stop::Gone);
        }
        // A break in JSON text that others have stored stands between its parts: inside a text it is escaped.
        held.text.extend(item.iter().map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { *byte }));
        held.text.push(b'\n');
        drop(held);
        line.news.notify_one();
        Ok(())
    }
}

impl Drop for Giver {
    fn drop(&mut self) {
        self.0.lock().ended = true;
        self.0.news.notify_one();
    }
}

impl Taken {
    /// Whole lines, an item each, as soon as there are any; nothing once all have been taken.
    pub async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(text) = self.now() {
                return Some(text);
            }
            if self.0.lock().ended {
                // What came between the two looks.
                return self.now();
            }
            self.0.news.notified().await;
        }
    }

    /// What is there now; nothing comes any more.
    pub fn rest(&mut self) -> Option<Bytes> {
        self.0.close();
        self.now()
    }

    fn now(&self) -> Option<Bytes> {
        let text = std::mem::take(&mut self.0.lock().text);
        self.0.room.notify_one();
        (!text.is_empty()).then(|| Bytes::from(text))
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl Line {
    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn close(&self) {
        self.lock().gone = true;
        self.room.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::{Items, MOST};
    use crate::stop::Stop;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    #[tokio::test]
    async fn whoever_takes_slowly_holds_back_whoever_gives() {
        let (items, mut taken) = Items::taken();
        let given = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&given);
        let gives = thread::spawn(move || {
            for _ in 0..10_000 {
                assert!(items.give(&[b'1'; 999]).is_ok(), "somebody takes");
                counted.fetch_add(1, Ordering::SeqCst);
            }
        });
        let mut count = 0;
        while let Some(text) = taken.next().await {
            let ahead = given.load(Ordering::SeqCst).saturating_sub(count);
            // What was taken just now, and what came since.
            assert!(ahead <= 2 * (MOST / 1_000 + 2), "{ahead} items were made that nobody had taken");
            count += text.len() / 1_000;
        }
        assert_eq!(count, 10_000);
        assert!(gives.join().is_ok());
    }

    #[tokio::test]
    async fn nothing_is_given_to_who_has_gone() {
        let (items, mut taken) = Items::taken();
        assert!(items.give(b"[1,\r\n2]").is_ok(), "there is room");
        assert_eq!(taken.next().await.as_deref(), Some(b"[1,  2]\n".as_slice()));
        assert!(items.give(b"3").is_ok(), "there is room");
        assert_eq!(taken.rest().as_deref(), Some(b"3\n".as_slice()));
        assert!(matches!(items.give(b"4"), Err(Stop::Gone)));
        drop(items);
        assert_eq!(taken.next().await, None);
    }

    #[test]
    fn whoever_waits_for_room_hears_that_nobody_takes() {
        let (items, taken) = Items::taken();
        let full = vec![b' '; MOST];
        assert!(items.give(&full).is_ok(), "there is room");
        thread::scope(|scope| {
            let waits = scope.spawn(|| items.give(b"1"));
            drop(taken);
            assert!(matches!(waits.join(), Ok(Err(Stop::Gone))));
        });
        assert!(matches!(Items::default().give(b"1"), Err(Stop::Defect(_))));
    }
}
