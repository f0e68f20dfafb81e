//! Lines that a body writes for whoever made its call, while it runs.
//!
//! Saying something never waits: what a listener is too slow for is left out.
use tokio::sync::mpsc::{self, Receiver, Sender};

/// Most lines that wait for their listener.
const WAITING: usize = 256;

/// How much a line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// For whoever looks for a fault.
    Debug,
    /// What happens.
    Info,
    /// Something is odd.
    Warning,
    /// Something went wrong.
    Error,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// How much it matters.
    pub level: Level,
    /// What it says.
    pub text: String,
}

/// Where a call says something; to nobody, unless a door listens.
#[derive(Debug, Clone, Default)]
pub struct Saying(Option<Sender<Said>>);

impl Saying {
    /// A place to say it, and what is heard of that.
    pub(crate) fn heard() -> (Self, Receiver<Said>) {
        let (to, heard) = mpsc::channel(WAITING);
        (Self(Some(to)), heard)
    }

    /// Says something.
    pub(crate) fn say(&self, level: Level, text: &str) {
        if let Some(to) = &self.0 {
            // A listener that has gone, or has too much to hear already.
            drop(to.try_send(Said { level, text: text.to_owned() }));
        }
    }
}
