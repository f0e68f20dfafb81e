//! The threads that own connections: as many and for what, depends on the database.

#[cfg(feature = "postgres")]
mod postgres;
mod sqlite;

use crate::call::{Answer, Identity, Refusal, RequestId};
use crate::engine::Engine;
use crate::invoke::{Admitted, Allowed, Ready, Task};
use crate::outward::Request;
use crate::service::{Settings, StartError};
use crate::start::log;
use crate::stop::Run;
use crate::store::location::Location;
use quater_ir::fault::INTERNAL;
use quater_ir::operation::Door;
use std::thread::{Builder, JoinHandle};
use tokio::sync::oneshot;

/// Most calls that wait for a thread; beyond it callers are told to come again.
const WAITING: usize = 4_096;

/// Most records that wait to be written; beyond it readers wait.
const RECORDS: usize = 16_384;

/// Most slow calls that wait: what is behind them would be answered too late.
const WAITING_SLOW: usize = 256;

/// Threads for what takes tens of milliseconds of computing.
const SLOW: usize = 2;

/// Threads for items that leave as they are taken: somebody who takes them slowly holds one for the time of
/// a call.
const STREAMS: usize = 8;

/// Most calls that wait for one of those.
const WAITING_STREAMS: usize = 256;

/// As much as a main thread has, because bodies in Rust run here too; what is not used costs nothing.
const STACK: usize = 8 << 20;

/// How far a call has come.
pub(crate) enum Stage {
    Ended(Answer),
    /// It goes on once an upstream has answered.
    Asks(Box<Ready>, Box<Request>),
}

type Reply<T> = oneshot::Sender<Result<T, Refusal>>;

/// The threads of a service.
pub(crate) enum Threads {
    Sqlite(sqlite::Threads),
    #[cfg(feature = "postgres")]
    Postgres(postgres::Threads),
}

impl Threads {
    /// Opens the database, sees to its tables and starts the threads.
    pub(crate) fn start(engine: Engine, location: Location, settings: &Settings) -> Result<Self, StartError> {
        match location {
            Location::Sqlite(file) => sqlite::Threads::start(engine, file, settings).map(Self::Sqlite),
            #[cfg(feature = "postgres")]
            Location::Postgres(address) => postgres::Threads::start(engine, *address).map(Self::Postgres),
        }
    }

    pub(crate) fn engine(&self) -> &Engine {
        match self {
            Self::Sqlite(threads) => threads.engine(),
            #[cfg(feature = "postgres")]
            Self::Postgres(threads) => threads.engine(),
        }
    }

    /// Does a call. Upstreams are asked here, where no thread waits for them.
    pub(crate) async fn call(&self, call: Box<Admitted>) -> Result<Answer, Refusal> {
        let engine = self.engine();
        let mut stage = match self {
            Self::Sqlite(threads) => threads.call(call).await?,
            #[cfg(feature = "postgres")]
            Self::Postgres(threads) => threads.call(*call).await?,
        };
        loop {
            let (ready, request) = match stage {
                Stage::Ended(answer) => return Ok(answer),
                Stage::Asks(ready, request) => (ready, request),
            };
            let span = ready.span.as_deref();
            let reply = Box::pin(engine.facts.upstreams.send(&engine.facts, &request, span)).await;
            stage = match self {
                Self::Sqlite(threads) => threads.go_on(ready, reply).await?,
                #[cfg(feature = "postgres")]
                Self::Postgres(threads) => threads.go_on(ready, reply).await?,
            };
        }
    }

    /// Does something in a transaction.
    pub(crate) async fn task(&self, task: Task) -> Result<Answer, Refusal> {
        let stage = match self {
            Self::Sqlite(threads) => threads.task(task).await?,
            #[cfg(feature = "postgres")]
            Self::Postgres(threads) => threads.task(task).await?,
        };
        match stage {
            Stage::Ended(answer) => Ok(answer),
            Stage::Asks(..) => Err(Refusal::plain(&self.engine().facts.program, INTERNAL)),
        }
    }

    /// The operations of a door that a caller may call.
    pub(crate) async fn allowed(&self, identity: Identity, door: Door) -> Result<Allowed, Refusal> {
        match self {
            Self::Sqlite(threads) => threads.allowed(identity, door).await,
            #[cfg(feature = "postgres")]
            Self::Postgres(threads) => threads.allowed(identity, door).await,
        }
    }

    /// Makes the row of a caller that has none. Where that fails, the call says so by itself.
    pub(crate) async fn welcome(&self, identity: Identity, door: Door) {
        let welcomed = match self {
            Self::Sqlite(threads) => threads.welcome(identity, door).await,
            #[cfg(feature = "postgres")]
            Self::Postgres(threads) => threads.welcome(identity, door).await,
        };
        if let Err(refusal) = welcomed {
            tracing::debug!(message = %refusal.message, "a first visit");
        }
    }

    /// Lets every thread end what it has begun, and waits for it.
    pub(crate) fn stop(&self) {
        match self {
            Self::Sqlite(threads) => threads.stop(),
            #[cfg(feature = "postgres")]
            Self::Postgres(threads) => threads.stop(),
        }
    }
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, StartError> {
    let builder = Builder::new().name(name.to_owned()).stack_size(STACK);
    builder.spawn(run).map_err(|source| StartError::Thread { source })
}

/// Says what came of looking for files that no row keeps.
fn swept(result: Run<usize>) {
    if let Err(stop) = result {
        log(&stop, RequestId::fresh(), "sweep");
    }
}

/// Answers a caller; one that has gone away hears nothing.
fn reply<T>(to: Reply<T>, result: Result<T, Refusal>) {
    drop(to.send(result));
}
