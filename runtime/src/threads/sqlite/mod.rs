//! The threads of SQLite: readers, and one writer that commits in groups.
//!
//! A call is prepared where it arrives, and ends there if it looks up by key alone, or makes one query or has a body
//! in Rust that only reads, and such calls have lately been brief. What else reads goes to a reader, what writes to
//! the writer. A database in memory has one connection, and a service that does one call needs no more: there the
//! writer does everything.

mod inline;
mod reader;
mod writer;

use super::{RECORDS, Reply, SLOW, STREAMS, Stage, WAITING, WAITING_SLOW, WAITING_STREAMS, spawn, swept};
use crate::audit::Record;
use crate::call::{Identity, Refusal};
use crate::engine::Engine;
use crate::files;
use crate::invoke::{Admitted, Allowed, Ready, Task};
use crate::items::Items;
use crate::outward;
use crate::pace::Pace;
use crate::service::{Settings, StartError};
use crate::store::session::Session;
use crate::store::sqlite::open::Location;
use crate::store::sqlite::schema;
use crate::store::sqlite::session as sqlite;
use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use inline::Pool;
use quater_ir::fault::UNAVAILABLE;
use quater_ir::operation::Door;
use reader::Read;
use rusqlite::Connection;
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::oneshot;

/// Work for a reader.
enum Asked {
    Call(Box<Admitted>, Reply<Stage>),
    /// A prepared call that only reads.
    Ready(Box<Ready>, Reply<Stage>),
    /// A call that asked an upstream, and what came of it.
    Replied(Box<Ready>, outward::Reply, Reply<Stage>),
    Allowed(Identity, Door, Reply<Allowed>),
    /// A caller who gets a row where there is none.
    Welcome(Box<Identity>, Door, Reply<()>),
    Stop,
}

/// Work for the writer.
enum Work {
    /// A prepared call that writes, or a review.
    Write(Task, Reply<Stage>),
    /// A caller without a row.
    Welcome(Box<Identity>, Door, Reply<()>),
    /// Everything, where there are no readers.
    Asked(Asked),
    Stop,
}

/// The threads of a service.
pub(crate) struct Threads {
    engine: Arc<Engine>,
    location: Location,
    readers: Option<Sender<Asked>>,
    pool: Option<Pool>,
    count: usize,
    pace: Arc<Pace>,
    slow: OnceLock<Sender<Asked>>,
    streams: OnceLock<Sender<Asked>>,
    work: Sender<Work>,
    records: Sender<Record>,
    handles: Mutex<Vec<JoinHandle<()>>>,
    writer: Mutex<Option<JoinHandle<()>>>,
}

/// What a reader hands on.
#[derive(Clone)]
struct Onward {
    work: Sender<Work>,
    records: Sender<Record>,
    pace: Arc<Pace>,
}

impl Threads {
    /// Opens the database, sees to its tables and starts the threads.
    pub(crate) fn start(engine: Engine, location: Location, settings: &Settings) -> Result<Self, StartError> {
        let engine = Arc::new(engine);
        let connection = open(&engine, &location)?;
        let (work, works) = bounded(WAITING);
        let (records, recorded) = bounded(RECORDS);
        let shared = Arc::clone(&engine);
        let writer = spawn("quater-writer", move || writer::run(&shared, connection, &works, &recorded))?;
        let pace = Arc::new(Pace::unknown(engine.plan.operations.len()));
        let mut threads = Self {
            engine,
            location,
            readers: None,
            pool: None,
            count: settings.readers.max(1),
            pace,
            slow: OnceLock::new(),
            streams: OnceLock::new(),
            work,
            records,
            handles: Mutex::new(Vec::new()),
            writer: Mutex::new(Some(writer)),
        };
        if threads.location != Location::Memory && settings.readers > 0 {
            threads.readers = Some(threads.readers("quater-reader", threads.count, WAITING)?);
            let source = |source: rusqlite::Error| StartError::Database {
                url: threads.location.url(),
                source: source.into(),
            };
            threads.pool = Some(Pool::new(&threads.location, threads.count));
            threads.sweep().map_err(source)?;
        }
        Ok(threads)
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Removes files that no row keeps, beside everything else.
    fn sweep(&self) -> Result<(), rusqlite::Error> {
        if self.engine.facts.files.as_ref().is_none_or(|files| !files.is_kept()) {
            return Ok(());
        }
        let connection = self.location.connect_to_read()?;
        let engine = Arc::clone(&self.engine);
        let swept = spawn("quater-sweep", move || {
            let mut session = Session::Sqlite(sqlite::Session::new(&connection));
            swept(files::sweep(&engine, &mut session));
        });
        if let Err(error) = swept.map(drop) {
            tracing::warn!(%error, "no thread for files that no row keeps");
        }
        Ok(())
    }

    fn readers(&self, name: &str, count: usize, waiting: usize) -> Result<Sender<Asked>, StartError> {
        let (sender, receiver): (Sender<Asked>, Receiver<Asked>) = bounded(waiting);
        for _ in 0..count {
            let source = |source: rusqlite::Error| StartError::Database {
                url: self.location.url(),
                source: source.into(),
            };
            let connection = self.location.connect_to_read().map_err(source)?;
            let engine = Arc::clone(&self.engine);
            let receiver = receiver.clone();
            let pace = Arc::clone(&self.pace);
            let onward = Onward { work: self.work.clone(), records: self.records.clone(), pace };
            let handle = spawn(name, move || reader::run(&engine, connection, &receiver, &onward))?;
            if let Ok(mut handles) = self.handles.lock() {
                handles.push(handle);
            }
        }
        Ok(sender)
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
            match self.readers(name, count, waiting) {
                Ok(sender) => drop(queue.set(sender)),
                Err(error) => tracing::error!(%error, name, "no threads"),
            }
        }
        queue.get()
    }

    /// Does a call.
    pub(crate) async fn call(&self, mut call: Box<Admitted>) -> Result<Stage, Refusal> {
        let Some(pool) = &self.pool else {
            // Nobody may hold up the one connection: the items leave once they are known.
            call.call.wishes.items = Items::default();
            return self.queue(|reply| self.send(Asked::Call(call, reply))).await;
        };
        if call.call.wishes.items.are_taken() {
            let send = |asked| self.streams().is_some_and(|streams| streams.try_send(asked).is_ok());
            return self.queue(|reply| send(Asked::Call(call, reply))).await;
        }
        let plan = self.engine.plan.operation(call.call.operation);
        if plan.is_some_and(|plan| plan.hashes || plan.reads_files)
            || self.engine.knows_slowly(&call.call.identity, call.call.door)
        {
            return self.queue(|reply| self.send_slow(Asked::Call(call, reply))).await;
        }
        if self.engine.computes_long(call.call.operation) {
            return self.queue(|reply| self.send(Asked::Call(call, reply))).await;
        }
        match pool.call(&self.engine, &self.pace, call) {
            Ok(Read::Ended(result, record)) => self.record(record).await.and(result).map(Stage::Ended),
            Ok(Read::Asks(ready, request)) => Ok(Stage::Asks(ready, request)),
            Ok(Read::Reads(ready)) => self.queue(|reply| self.send(Asked::Ready(ready, reply))).await,
            Ok(Read::Writes(ready)) => self.task(Task::Call(ready)).await,
            Err(call) => self.queue(|reply| self.send(Asked::Call(call, reply))).await,
        }
    }

    /// Lets the writer do something.
    pub(crate) async fn task(&self, task: Task) -> Result<Stage, Refusal> {
        self.queue(|reply| self.work.try_send(Work::Write(task, reply)).is_ok()).await
    }

    /// Goes on with a call that asked an upstream.
    pub(crate) async fn go_on(&self, ready: Box<Ready>, told: outward::Reply) -> Result<Stage, Refusal> {
        self.queue(|reply| self.send(Asked::Replied(ready, told, reply))).await
    }

    /// Waits where the queue of records is full: no call goes without its record.
    async fn record(&self, mut record: Record) -> Result<(), Refusal> {
        if record.is_off(&self.engine) {
            return Ok(());
        }
        loop {
            match self.records.try_send(record) {
                Ok(()) => return Ok(()),
                Err(TrySendError::Full(back)) => record = back,
                Err(TrySendError::Disconnected(_)) => return Err(self.unavailable()),
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// The operations of a door that a caller may call.
    pub(crate) async fn allowed(&self, identity: Identity, door: Door) -> Result<Allowed, Refusal> {
        let mut identity = identity;
        if self.pool.is_some() && self.engine.knows_slowly(&identity, door) {
            return self.queue(|reply| self.send_slow(Asked::Allowed(identity, door, reply))).await;
        }
        if let Some(pool) = &self.pool {
            match pool.allowed(&self.engine, identity, door) {
                Ok(allowed) => return allowed,
                Err(back) => identity = back,
            }
        }
        self.queue(|reply| self.send(Asked::Allowed(identity, door, reply))).await
    }

    /// Makes the row of a caller that has none.
    pub(crate) async fn welcome(&self, identity: Identity, door: Door) -> Result<(), Refusal> {
        self.queue(|reply| self.send(Asked::Welcome(Box::new(identity), door, reply))).await
    }

    fn send(&self, asked: Asked) -> bool {
        match &self.readers {
            Some(readers) => readers.try_send(asked).is_ok(),
            None => self.work.try_send(Work::Asked(asked)).is_ok(),
        }
    }

    fn send_slow(&self, asked: Asked) -> bool {
        self.slow().is_some_and(|slow| slow.try_send(asked).is_ok())
    }

    fn unavailable(&self) -> Refusal {
        Refusal::plain(&self.engine.facts.program, UNAVAILABLE)
    }

    /// Sends work with a way to answer, and waits for the answer.
    async fn queue<T>(&self, send: impl FnOnce(Reply<T>) -> bool) -> Result<T, Refusal> {
        let (reply, answer) = oneshot::channel();
        if !send(reply) {
            return Err(self.unavailable());
        }
        answer.await.unwrap_or_else(|_| Err(self.unavailable()))
    }

    /// Lets every thread end what it has begun, the writer last, and waits for it.
    pub(crate) fn stop(&self) {
        let beside = [(self.slow.get(), SLOW), (self.streams.get(), STREAMS)];
        for (sender, count) in [(self.readers.as_ref(), self.count)].into_iter().chain(beside) {
            for _ in 0..sender.map_or(0, |_| count) {
                let sent = sender.map(|sender| sender.send(Asked::Stop));
                debug_assert!(sent.is_some(), "counted above");
            }
        }
        let handles = self.handles.lock().map(|mut it| std::mem::take(&mut *it)).unwrap_or_default();
        for handle in handles {
            if handle.join().is_err() {
                tracing::error!("a reader ended with a panic");
            }
        }
        let Some(writer) = self.writer.lock().ok().and_then(|mut it| it.take()) else { return };
        if self.work.send(Work::Stop).is_err() || writer.join().is_err() {
            tracing::error!("the writer ended before its time");
        }
    }
}

fn open(engine: &Engine, location: &Location) -> Result<Connection, StartError> {
    let url = location.url();
    let source = |source: rusqlite::Error| StartError::Database { url: url.clone(), source: source.into() };
    let mut connection = location.connect_to_write().map_err(source)?;
    if engine.audited {
        schema::prepare(&mut connection, &engine.facts, &url)?;
    }
    Ok(connection)
}
