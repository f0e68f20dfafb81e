//! Calls under way over HTTP, so that a message of its own can take one back: there are no sessions that would know
//! of them.
use crate::call::Identity;
use rmcp::model::RequestId;
use sha2::{Digest, Sha256};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::oneshot::{Receiver, Sender, channel};

/// The calls under way.
#[derive(Debug, Clone, Default)]
pub(super) struct UnderWay(Arc<Mutex<Vec<Entry>>>);

/// What only the one who made a call shows again: a credential, and an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Maker([u8; 32]);

#[derive(Debug)]
struct Entry {
    by: Maker,
    id: RequestId,
    stop: Sender<()>,
}

/// A call that can be taken back for as long as this is held.
pub(super) struct Held {
    of: UnderWay,
    /// Ends when it is taken back.
    stopped: Receiver<()>,
}

impl Maker {
    /// Who makes a call; nothing for callers whom nothing tells from others.
    pub(super) fn of(identity: &Identity, ip: Option<IpAddr>) -> Option<Self> {
        if matches!(identity, Identity::Nobody) {
            return None;
        }
        let digest = Sha256::new().chain_update(identity.digest()).chain_update(format!("{ip:?}"));
        Some(Self(digest.finalize().into()))
    }
}

impl UnderWay {
    /// Notes a call.
    pub(super) fn hold(&self, by: Maker, id: RequestId) -> Held {
        let (stop, stopped) = channel();
        self.entries(|entries| entries.push(Entry { by, id, stop }));
        Held { of: self.clone(), stopped }
    }

    /// Takes a call back. Clients number their requests as they like: where two of one maker have the same
    /// number nobody can tell which is meant, and both go on.
    pub(super) fn take_back(&self, by: Maker, id: &RequestId) {
        let taken = self.entries(|entries| {
            let mut meant = entries.iter().enumerate().filter(|(_, it)| it.by == by && it.id == *id);
            let (first, second) = (meant.next().map(|(at, _)| at), meant.next());
            first.filter(|_| second.is_none()).map(|at| entries.swap_remove(at))
        });
        if let Some(entry) = taken {
            // A call that has just ended does not mind.
            _ = entry.stop.send(());
        }
    }

    fn entries<T>(&self, act: impl FnOnce(&mut Vec<Entry>) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Held {
    /// Ends when the call is taken back, and never otherwise.
    pub(super) async fn taken_back(&mut self) {
        if (&mut self.stopped).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.stopped.close();
        self.of.entries(|entries| entries.retain(|it| !it.stop.is_closed()));
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::{Maker, UnderWay};
    use rmcp::model::RequestId;

    #[test]
    fn only_what_is_meant_beyond_doubt_is_taken_back() {
        let (under_way, ann, bob) = (UnderWay::default(), Maker([1; 32]), Maker([2; 32]));
        let mut first = under_way.hold(ann, RequestId::Number(1));
        under_way.take_back(bob, &RequestId::Number(1));
        under_way.take_back(ann, &RequestId::String("1".into()));
        let second = under_way.hold(ann, RequestId::Number(1));
        under_way.take_back(ann, &RequestId::Number(1));
        assert!(first.stopped.try_recv().is_err(), "another's, another number, one of two");
        drop(second);
        under_way.take_back(ann, &RequestId::Number(1));
        assert!(first.stopped.try_recv().is_ok());
        drop(first);
        assert!(under_way.0.lock().unwrap().is_empty());
    }
}
