//! Clients that want to hear when a resource has changed.
//!
//! A resource is read when its subscription begins, as its caller, so that nobody subscribes to what they may not read.
//! When a call has changed rows that it looks at, it is read again, and its client hears of it where it is another one
//! than before: what others do to rows that a client may not see tells it nothing.
use super::Caller;
use super::ending::Stopping;
use super::sessions::owner;
use crate::call::{Answer, Call, Entry, Input, Refusal, RequestId, Wishes};
use crate::changes::Watch;
use crate::http::caught;
use crate::service::Service;
use quater_ir::Id;
use quater_ir::fault::{FORBIDDEN, INTERNAL, NOT_FOUND, UNAUTHORIZED};
use quater_ir::operation::{Door, Operation};
use rmcp::model::ResourceUpdatedNotificationParam;
use rmcp::service::{Peer, RoleServer, SubscriptionContext};
use sha2::{Digest, Sha256};
use smol_str::SmolStr;
use std::future::pending;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// How long changes are gathered before anything is read again.
const GATHER: Duration = Duration::from_millis(100);

/// How a resource is read for its subscriber.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    pub(super) operation: Id<Operation>,
    pub(super) arguments: Vec<(SmolStr, String)>,
    pub(super) caller: Caller,
    pub(super) entry: Entry,
}

/// Why a subscription does not begin.
pub(super) enum Unheard {
    /// Too much is waited for already.
    Full,
    /// Its caller may not read the resource, or nobody can now.
    Refused(Refusal),
}

/// What one client wants to hear of.
#[derive(Debug, Default)]
pub(super) struct Subscriptions {
    held: Mutex<Vec<Subscription>>,
    wake: Arc<Notify>,
    /// Whether somebody tells the client of a session.
    told: AtomicBool,
}

/// Those that a request has begun, for whoever answers it.
#[derive(Debug, Clone)]
pub(super) struct Listening {
    pub(super) begun: Arc<Subscriptions>,
    /// Where the client outlives the service.
    pub(super) stopping: Option<Stopping>,
}

#[derive(Debug)]
struct Subscription {
    uri: String,
    reading: Reading,
    watch: Watch,
    /// The digest of what was read last.
    known: [u8; 32],
}

impl Listening {
    /// Tells the client, until it goes or there is nothing more to tell.
    pub(super) async fn tell(&self, service: &Service, context: &SubscriptionContext) {
        let mut stopping = self.stopping.clone();
        let stopped = async {
            match &mut stopping {
                Some(stopping) => stopping.wait().await,
                None => pending().await,
            }
        };
        let mut stopped = pin!(stopped);
        while !self.begun.held().is_empty() {
            tokio::select! {
                () = context.cancelled() => return,
                () = &mut stopped => return,
                () = self.begun.wake.notified() => {}
            }
            tokio::time::sleep(GATHER).await;
            for uri in self.begun.changed(service).await {
                if context.sink().notify_resource_updated(uri).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// What comes of reading a resource again.
enum Again {
    Same,
    Changed([u8; 32]),
    /// It is not known what it is now.
    Unknown,
    /// It is there no more, for its subscriber.
    Gone,
    /// Its subscriber is nobody any more.
    Stranger,
}

impl Reading {
    fn call(&self) -> Call {
        let Self { operation, arguments, caller, entry } = self.clone();
        let (input, request) = (Input::Arguments(arguments), RequestId::fresh());
        let (identity, ip, wishes) = (caller.identity, caller.ip, Wishes::default());
        Call { operation, door: Door::Mcp, entry, input, identity, request, ip, wishes }
    }

    async fn again(&self, service: &Service, known: [u8; 32]) -> Again {
        match caught(service.again(self.call())).await {
            Ok(Ok(answer)) => {
                let now = digest(&answer);
                if now == known { Again::Same } else { Again::Changed(now) }
            }
            Ok(Err(refusal)) if refusal.fault == UNAUTHORIZED => Again::Stranger,
            Ok(Err(refusal)) if [NOT_FOUND, FORBIDDEN].contains(&refusal.fault) => Again::Gone,
            Ok(Err(_)) => Again::Unknown,
            Err(panic) => {
                tracing::error!(panic, "reading a resource again ended in a panic");
                Again::Unknown
            }
        }
    }
}

fn digest(answer: &Answer) -> [u8; 32] {
    Sha256::digest(&answer.body).into()
}

impl Subscriptions {
    /// Begins one. It is waited for before it is read: no change falls between.
    pub(super) async fn begin(&self, service: &Service, uri: &str, reading: Reading) -> Result<(), Unheard> {
        let owner = owner(&reading.caller);
        let watch = service.changes().watch(reading.operation, owner, &self.wake).ok_or(Unheard::Full)?;
        let answer = caught(service.invoke(reading.call())).await.unwrap_or_else(|panic| {
            tracing::error!(panic, "reading a resource ended in a panic");
            Err(Refusal::plain(service.program(), INTERNAL))
        });
        let known = digest(&answer.map_err(Unheard::Refused)?);
        let mut held = self.held();
        held.retain(|other| other.uri != uri);
        held.push(Subscription { uri: uri.to_owned(), reading, watch, known });
        Ok(())
    }

    /// Ends one, if there is one.
    pub(super) fn end(&self, uri: &str) {
        self.held().retain(|other| other.uri != uri);
    }

    /// The resources.
    pub(super) fn uris(&self) -> Vec<String> {
        self.held().iter().map(|one| one.uri.clone()).collect()
    }

    /// Tells the client of a session, for as long as it has one.
    pub(super) fn tell(self: &Arc<Self>, service: &Service, peer: &Peer<RoleServer>) {
        if self.told.swap(true, Ordering::Relaxed) {
            return;
        }
        let (own, wake) = (Arc::downgrade(self), Arc::clone(&self.wake));
        let (service, peer) = (service.clone(), peer.clone());
        tokio::spawn(async move {
            loop {
                wake.notified().await;
                tokio::time::sleep(GATHER).await;
                let Some(own) = own.upgrade() else { return };
                for uri in own.changed(&service).await {
                    let update = ResourceUpdatedNotificationParam::new(uri);
                    if peer.notify_resource_updated(update).await.is_err() {
                        return;
                    }
                }
            }
        });
    }

    /// Reads again what may have changed; gives what has.
    async fn changed(&self, service: &Service) -> Vec<String> {
        let marked = |one: &&Subscription| one.watch.has_changed();
        let due: Vec<(String, Reading, [u8; 32])> = {
            let held = self.held();
            held.iter().filter(marked).map(|it| (it.uri.clone(), it.reading.clone(), it.known)).collect()
        };
        let mut changed = Vec::new();
        for (uri, reading, known) in due {
            let again = reading.again(service, known).await;
            match &again {
                Again::Same => {}
                Again::Stranger => self.end(&uri),
                Again::Gone => {
                    self.end(&uri);
                    changed.push(uri);
                }
                Again::Changed(now) => {
                    self.held().iter_mut().filter(|one| one.uri == uri).for_each(|one| one.known = *now);
                    changed.push(uri);
                }
                Again::Unknown => changed.push(uri),
            }
        }
        changed
    }

    fn held(&self) -> MutexGuard<'_, Vec<Subscription>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Subscriptions {
    /// Whoever tells the client sees that there is nothing more to tell.
    fn drop(&mut self) {
        self.wake.notify_one();
    }
}
