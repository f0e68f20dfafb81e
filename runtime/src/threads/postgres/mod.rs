//! The threads of Postgres: workers, each with a connection of its own, that do the rest of calls to their
//! commit, and one that writes the records of what was not committed.
//!
//! Who calls is found out where a call arrives, on connections that all calls share; one that makes a single
//! query ends there.

mod callers;
mod foresight;
mod recorder;
mod relayed;
mod seen;
mod worker;

use super::{RECORDS, Reply, SLOW, STREAMS, Stage, WAITING, WAITING_SLOW, WAITING_STREAMS, spawn, swept};
use crate::audit::Record;
use crate::call::{Identity, Refusal};
use crate::engine::Engine;
use crate::files;
use crate::invoke::{Admitted, Allowed, Ready, Task};
use crate::outward;
use crate::service::StartError;
use crate::store::postgres::address::Address;
use crate::store::postgres::lane::Lanes;
use crate::store::postgres::schema;
use crate::store::postgres::session::Session;
use crate::store::session as store;
use callers::Callers;
use crossbeam_channel::{Receiver, Sender, bounded};
use foresight::Foresight;
use quater_ir::fault::UNAVAILABLE;
use quater_ir::operation::Door;
use relayed::Relayed;
use seen::Seen;
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::JoinHandle;
use tokio::sync::oneshot;

/// Work for a worker.
enum Asked {
    Call(Box<Admitted>, Reply<Stage>),
    /// The rest of a call.
    Ready(Box<Ready>, Reply<Stage>),
    Task(Task, Reply<Stage>),
    /// A call that asked an upstream, and what came of it.
    Replied(Box<Ready>, outward::Reply, Reply<Stage>),
    Allowed(Identity, Door, Reply<Allowed>),
    /// A caller who gets a row where there is none.
    Welcome(Box<Identity>, Door, Reply<()>),
    Stop,
}

/// Work for the recorder.
enum Noted {
    Record(Record),
    Stop,
}

/// The threads of a service.
pub(crate) struct Threads {
    engine: Arc<Engine>,
    address: Arc<Address>,
    lanes: Lanes,
    callers: Callers,
    asked: Sender<Asked>,
    slow: OnceLock<Sender<Asked>>,
    streams: OnceLock<Sender<Asked>>,
    records: Sender<Noted>,
    shared: Arc<worker::Shared>,
    /// Operations that make more than one query, of one snapshot.
    many: Seen,
    workers: Mutex<Vec<JoinHandle<()>>>,
    recorder: Mutex<Option<JoinHandle<()>>>,
}

impl Threads {
    /// Opens the database, sees to its tables and starts the threads.
    pub(crate) fn start(engine: Engine, address: Address) -> Result<Self, StartError> {
        let (engine, address) = (Arc::new(engine), Arc::new(address));
        let session = opened(&engine, &address)?;
        let (records, noted) = bounded(RECORDS);
        let shared = Arc::clone(&engine);
        let recorder = spawn("quater-recorder", move || recorder::run(&shared, session, &noted))?;
        let (asked, receiver) = bounded(WAITING);
        let operations = engine.plan.operations.len();
        let source = |source| StartError::Database { url: address.url(), source };
        let (foresight, alone) = (Foresight::of(operations), Seen::nothing(operations));
        let shared = Arc::new(worker::Shared { turn: Mutex::default(), foresight, alone });
        let threads = Self {
            lanes: Lanes::idle(&address).map_err(source)?,
            callers: Callers::new(),
            engine,
            address,
            asked,
            slow: OnceLock::new(),
            streams: OnceLock::new(),
            records,
            shared,
            many: Seen::nothing(operations),
            workers: Mutex::new(Vec::new()),
            recorder: Mutex::new(Some(recorder)),
        };
        threads.sweep()?;
        threads.workers("quater-worker", threads.address.pool, &receiver)?;
        Ok(threads)
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Removes files that no row keeps, beside everything else.
    fn sweep(&self) -> Result<(), StartError> {
        if self.engine.facts.files.as_ref().is_none_or(|files| !files.is_kept()) {
            return Ok(());
        }
        let (engine, address) = (Arc::clone(&self.engine), Arc::clone(&self.address));
        spawn("quater-sweep", move || match Session::open(&address) {
            Ok(mut session) => swept(files::sweep(&engine, &mut store::Session::Postgres(&mut session))),
            Err(error) => tracing::warn!(%error, "files that no row keeps are not looked for"),
        })
        .map(drop)
    }

    /// Starts workers; each connects with the first call that comes to it.
    fn workers(&self, name: &str, count: usize, receiver: &Receiver<Asked>) -> Result<(), StartError> {
        for _ in 0..count {
            let (engine, address) = (Arc::clone(&self.engine), Arc::clone(&self.address));
            let (receiver, records) = (receiver.clone(), self.records.clone());
            let shared = Arc::clone(&self.shared);
            let url = self.address.url();
            let source = |source| StartError::Database { url, source };
            let session = Session::idle(&address).map_err(source)?;
            let handle = spawn(name, move || worker::run(&engine, session, &receiver, &records, &shared))?;
            if let Ok(mut workers) = self.workers.lock() {
                workers.push(handle);
            }
        }
        Ok(())
    }

    /// The queue of slow calls.
    fn slow(&self) -> Option<&Sender<Asked>> {
        self.beside(&self.slow, ("quater-slow", SLOW, WAITING_SLOW))
    }

    /// The queue of calls whose items leave as they are taken.
    fn streams(&self) -> Option<&Sender<Asked>> {
        self.beside(&self.streams, ("quater-stream", STREAMS, WAITING_STREAMS))
    }

    /// A queue whose threads start with its first call.
    fn beside<'q>(
        &self,
        queue: &'q OnceLock<Sender<Asked>>,
        (name, count, waiting): (&str, usize, usize),
    ) -> Option<&'q Sender<Asked>> {
        if queue.get().is_none() {
            let (sender, receiver) = bounded(waiting);
            match self.workers(name, count, &receiver) {
                Ok(()) => drop(queue.set(sender)),
                Err(error) => tracing::error!(%error, name, "no threads"),
            }
        }
        queue.get()
    }

    /// Does a call.
    pub(crate) async fn call(&self, call: Admitted) -> Result<Stage, Refusal> {
        let plan = self.engine.plan.operation(call.call.operation);
        let slow = plan.is_some_and(|plan| plan.hashes || plan.reads_files)
            || self.engine.knows_slowly(&call.call.identity, call.call.door);
        if slow {
            let queue = if call.call.wishes.items.are_taken() { self.streams() } else { self.slow() };
            return self.queue(queue, |reply| Asked::Call(Box::new(call), reply)).await;
        }
        match Box::pin(self.relay(call)).await? {
            Relayed::Ended(answer) => Ok(Stage::Ended(answer)),
            Relayed::Rest(ready) => {
                let queue = if ready.gives_items() { self.streams() } else { Some(&self.asked) };
                self.queue(queue, |reply| Asked::Ready(ready, reply)).await
            }
        }
    }

    /// Does something in a transaction.
    pub(crate) async fn task(&self, task: Task) -> Result<Stage, Refusal> {
        self.queue(Some(&self.asked), |reply| Asked::Task(task, reply)).await
    }

    /// Goes on with a call that asked an upstream.
    pub(crate) async fn go_on(&self, ready: Box<Ready>, told: outward::Reply) -> Result<Stage, Refusal> {
        self.queue(Some(&self.asked), |reply| Asked::Replied(ready, told, reply)).await
    }

    /// The operations of a door that a caller may call.
    pub(crate) async fn allowed(&self, identity: Identity, door: Door) -> Result<Allowed, Refusal> {
        let slow = self.engine.knows_slowly(&identity, door);
        let queue = if slow { self.slow() } else { Some(&self.asked) };
        self.queue(queue, |reply| Asked::Allowed(identity, door, reply)).await
    }

    /// Makes the row of a caller that has none.
    pub(crate) async fn welcome(&self, identity: Identity, door: Door) -> Result<(), Refusal> {
        self.queue(Some(&self.asked), |reply| Asked::Welcome(Box::new(identity), door, reply)).await
    }

    /// Sends work with a way to answer, and waits for the answer.
    async fn queue<T>(
        &self,
        queue: Option<&Sender<Asked>>,
        work: impl FnOnce(Reply<T>) -> Asked,
    ) -> Result<T, Refusal> {
        let (reply, answer) = oneshot::channel();
        let unavailable = || Refusal::plain(&self.engine.facts.program, UNAVAILABLE);
        if queue.is_none_or(|queue| queue.try_send(work(reply)).is_err()) {
            return Err(unavailable());
        }
        answer.await.unwrap_or_else(|_| Err(unavailable()))
    }

    /// Lets every thread end what it has begun, the recorder last, and waits for it.
    pub(crate) fn stop(&self) {
        let workers = self.workers.lock().map(|mut it| std::mem::take(&mut *it)).unwrap_or_default();
        let slow = self.slow.get().map_or(0, |_| SLOW);
        let streams = self.streams.get().map_or(0, |_| STREAMS);
        let quick = workers.len().saturating_sub(slow + streams);
        let queues = [(Some(&self.asked), quick), (self.slow.get(), slow), (self.streams.get(), streams)];
        for (queue, count) in queues {
            for _ in 0..count {
                let told = queue.is_some_and(|queue| queue.send(Asked::Stop).is_ok());
                debug_assert!(told, "this holds a receiver's thread");
            }
        }
        for worker in workers {
            if worker.join().is_err() {
                tracing::error!("a worker ended with a panic");
            }
        }
        self.lanes.close();
        let Some(recorder) = self.recorder.lock().ok().and_then(|mut it| it.take()) else { return };
        if self.records.send(Noted::Stop).is_err() || recorder.join().is_err() {
            tracing::error!("the recorder ended before its time");
        }
    }
}

/// Connects on a thread of its own: the one that starts a service may not wait within another runtime.
fn opened(engine: &Arc<Engine>, address: &Arc<Address>) -> Result<Session, StartError> {
    let (engine, address) = (Arc::clone(engine), Arc::clone(address));
    let (give, take) = bounded(1);
    let handle = spawn("quater-start", move || {
        let url = address.url();
        let opened =
            Session::open(&address).map_err(|source| StartError::Database { url: url.clone(), source });
        let prepared = opened
            .and_then(|mut session| schema::prepare(&mut session, &engine.facts, &url).map(|()| session));
        drop(give.send(prepared));
    })?;
    let prepared = take.recv();
    if handle.join().is_err() {
        tracing::error!("starting ended with a panic");
    }
    prepared.unwrap_or_else(|_| {
        Err(StartError::Thread { source: std::io::Error::other("the thread that connects has ended") })
    })
}
