//! Writing: one thread, commits shared by whatever waits, acknowledged only after the commit.
use crate::audit::{Call, Record};
use crate::problem::Problem;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError, bounded};
use rusqlite::Connection;
use rusqlite::config::DbConfig;
use std::path::Path;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::oneshot;
use uuid::Uuid;

/// Most writes that share a commit, and most records of reads that ride along.
const WRITES: usize = 256;
const RECORDS: usize = 16_384;

/// How long records of reads wait for company.
const PATIENCE: Duration = Duration::from_millis(50);

/// What a write does on the writer's connection, in a savepoint of its own.
pub type Work = Box<dyn FnOnce(&Connection) -> Result<Vec<u8>, Problem> + Send>;

struct Write {
    call: Call,
    actor: Uuid,
    arguments: Vec<u8>,
    work: Work,
    answer: oneshot::Sender<Result<Vec<u8>, Problem>>,
}

pub struct Writer {
    writes: Sender<Write>,
    records: Sender<Record>,
}

impl Writer {
    pub fn start(database: &Path) -> anyhow::Result<(Self, JoinHandle<anyhow::Result<()>>)> {
        let connection = Connection::open(database)?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        connection.pragma_update(None, "synchronous", "full")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "mmap_size", 256 << 20)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        connection.set_prepared_statement_cache_capacity(32);
        let (writes, write_queue) = bounded(4 * WRITES);
        let (records, record_queue) = bounded(4 * RECORDS);
        let thread = std::thread::Builder::new().name("writer".into());
        let thread = thread.spawn(move || run(&connection, &write_queue, &record_queue))?;
        Ok((Self { writes, records }, thread))
    }

    /// Writes, and waits for the commit.
    pub async fn write(
        &self,
        call: Call,
        actor: Uuid,
        arguments: Vec<u8>,
        work: Work,
    ) -> Result<Vec<u8>, Problem> {
        let (answer, told) = oneshot::channel();
        let mut write = Write { call, actor, arguments, work, answer };
        while let Err(full) = self.writes.try_send(write) {
            let TrySendError::Full(back) = full else { return Err(Problem::Unavailable) };
            write = back;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        told.await.unwrap_or(Err(Problem::Unavailable))
    }

    /// Leaves a record to be written soon; waits only while the queue is full.
    pub async fn note(&self, mut record: Record) {
        while let Err(TrySendError::Full(back)) = self.records.try_send(record) {
            record = back;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

fn run(connection: &Connection, writes: &Receiver<Write>, records: &Receiver<Record>) -> anyhow::Result<()> {
    loop {
        let (first, ended) = match writes.recv_timeout(PATIENCE) {
            Ok(write) => (Some(write), false),
            Err(RecvTimeoutError::Timeout) => (None, false),
            Err(RecvTimeoutError::Disconnected) => (None, true),
        };
        if first.is_some() || !records.is_empty() {
            group(connection, first, writes, records)?;
        } else if ended {
            return Ok(());
        }
    }
}

/// One commit.
fn group(
    connection: &Connection,
    first: Option<Write>,
    writes: &Receiver<Write>,
    records: &Receiver<Record>,
) -> rusqlite::Result<()> {
    let mut done = Vec::with_capacity(WRITES);
    connection.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
    for write in first.into_iter().chain(writes.try_iter().take(WRITES)) {
        done.push(one(connection, write)?);
    }
    for record in records.try_iter().take(RECORDS) {
        record.write(connection)?;
    }
    connection.prepare_cached("COMMIT")?.execute([])?;
    for (answer, outcome) in done {
        drop(answer.send(outcome));
    }
    Ok(())
}

/// What a write came to, and who waits for it.
type Done = (oneshot::Sender<Result<Vec<u8>, Problem>>, Result<Vec<u8>, Problem>);

/// One write in a savepoint of its own, with its record.
fn one(connection: &Connection, write: Write) -> rusqlite::Result<Done> {
    connection.prepare_cached("SAVEPOINT call")?.execute([])?;
    let outcome = (write.work)(connection);
    if outcome.is_err() {
        connection.prepare_cached("ROLLBACK TO call")?.execute([])?;
    }
    let result = outcome.as_ref().map_or_else(Problem::code, |_| "ok");
    write.call.end(Some(write.actor), &write.arguments, result).write(connection)?;
    connection.prepare_cached("RELEASE call")?.execute([])?;
    Ok((write.answer, outcome))
}
