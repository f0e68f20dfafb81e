//! The thread that writes: it takes what waits, does each call in a savepoint of its own, commits once,
//! and answers after that.
use super::super::{Reply, Stage, reply};
use super::reader::{self, Read};
use super::{Asked, Work};
use crate::audit::Record;
use crate::call::{Answer, Identity, Refusal, RequestId};
use crate::engine::Engine;
use crate::invoke::{Settled, Task};
use crate::plan::common::{BEGIN_WRITE, COMMIT, RELEASE, ROLLBACK, ROLLBACK_TO, SAVEPOINT};
use crate::stop::{Run, Stop};
use crate::store::session::Session;
use crate::store::sqlite::session as sqlite;
use crossbeam_channel::{Receiver, RecvTimeoutError, select};
use quater_ir::Id;
use quater_ir::fault::{INTERNAL, UNAVAILABLE};
use quater_ir::operation::{Door, Operation};
use rusqlite::Connection;
use std::time::{Duration, Instant};

/// Most calls of one commit.
const GROUP: usize = 256;

/// Most records of one commit.
const RECORDS: usize = 2_048;

/// How long a record of a read waits for company: each commit costs a write to the disk, and a read waits for none.
const LINGER: Duration = Duration::from_millis(20);

/// How long a database is left alone that took nothing.
const PAUSE: Duration = Duration::from_millis(5);

const GONE: Stop = Stop::Defect("the transaction of the group is gone");

type Write = (Task, Reply<Stage>);

struct Writer<'e, 'c> {
    engine: &'e Engine,
    session: Session<'c>,
    writes: Vec<Write>,
    records: Vec<Record>,
    /// Operations of the group that is open, of calls that stay.
    written: Vec<Id<Operation>>,
    stopping: bool,
}

/// Works until told to stop, then leaves the database tidy.
pub(super) fn run(
    engine: &Engine,
    connection: Connection,
    work: &Receiver<Work>,
    records: &Receiver<Record>,
) {
    let session = Session::Sqlite(sqlite::Session::new(&connection));
    let mut writer = Writer {
        engine,
        session,
        writes: Vec::new(),
        records: Vec::new(),
        written: Vec::new(),
        stopping: false,
    };
    while !writer.stopping {
        if !writer.gather(work, records) {
            break;
        }
        writer.commit();
    }
    writer.records.extend(records.try_iter());
    writer.commit();
    drop(writer);
    let tidied = connection.execute_batch("PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE)");
    if let Err(error) = tidied {
        tracing::warn!(%error, "the database was not tidied up");
    }
}

impl Writer<'_, '_> {
    /// Waits for something to write and takes what is there; false once nobody can send more.
    fn gather(&mut self, work: &Receiver<Work>, records: &Receiver<Record>) -> bool {
        if self.records.is_empty() {
            select! {
                recv(work) -> first => match first {
                    Ok(first) => self.take(first),
                    Err(_) => return false,
                },
                recv(records) -> first => match first {
                    Ok(first) => self.records.push(first),
                    Err(_) => return false,
                },
            }
        }
        let deadline = Instant::now() + LINGER;
        while self.writes.is_empty() && !self.stopping && self.records.len() + records.len() < RECORDS {
            match work.recv_deadline(deadline) {
                Ok(next) => self.take(next),
                Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => return false,
            }
        }
        while self.writes.len() < GROUP && !self.stopping {
            let Ok(next) = work.try_recv() else { break };
            self.take(next);
        }
        let room = RECORDS.saturating_sub(self.records.len());
        self.records.extend(records.try_iter().take(room));
        true
    }

    fn take(&mut self, work: Work) {
        match work {
            Work::Write(task, to) => self.writes.push((task, to)),
            Work::Asked(Asked::Call(call, to)) => {
                let read = reader::one(self.engine, &mut self.session, *call);
                self.take_read(read, to);
            }
            Work::Asked(Asked::Replied(ready, told, to)) => {
                let read = reader::replied(self.engine, &mut self.session, ready, told);
                self.take_read(read, to);
            }
            Work::Asked(Asked::Ready(ready, to)) => self.writes.push((Task::Call(ready), to)),
            Work::Asked(Asked::Allowed(identity, door, to)) => {
                reply(to, self.engine.allowed(&mut self.session, &identity, door));
            }
            Work::Asked(Asked::Welcome(identity, door, to)) | Work::Welcome(identity, door, to) => {
                let welcomed = self.welcome(&identity, door);
                reply(to, welcomed);
            }
            Work::Asked(Asked::Stop) | Work::Stop => self.stopping = true,
        }
    }

    fn take_read(&mut self, read: Read, to: Reply<Stage>) {
        match read {
            Read::Ended(result, record) => {
                self.records.push(record);
                reply(to, result.map(Stage::Ended));
            }
            Read::Asks(ready, request) => reply(to, Ok(Stage::Asks(ready, request))),
            Read::Writes(ready) | Read::Reads(ready) => self.writes.push((Task::Call(ready), to)),
        }
    }

    /// Makes the row of a caller that has none, in a commit of its own: rare, and its call waits for it.
    fn welcome(&mut self, identity: &Identity, door: Door) -> Result<(), Refusal> {
        let engine = self.engine;
        let made = self
            .execute(BEGIN_WRITE)
            .and_then(|()| engine.welcome(&mut self.session, identity, door))
            .and_then(|()| self.execute(COMMIT));
        if made.is_ok() {
            engine.changes.note_welcome();
        }
        made.map_err(|stop| {
            self.abandon();
            engine.told(stop, RequestId::fresh(), Id::new(u32::MAX))
        })
    }

    fn execute(&mut self, number: usize) -> Run<()> {
        self.session.execute(&self.engine.plan, number)
    }

    fn commit(&mut self) {
        let engine = self.engine;
        let writes = std::mem::take(&mut self.writes).into_iter();
        let (alone, together) = writes.partition::<Vec<Write>, _>(|(task, _)| task.commits(engine));
        self.commit_group(together);
        alone.into_iter().for_each(|(task, to)| self.alone(task, to));
    }

    /// A call that commits on its way, outside of every group.
    fn alone(&mut self, mut task: Task, to: Reply<Stage>) {
        let settled = match self.execute(BEGIN_WRITE) {
            Ok(()) => self.engine.finish(&mut self.session, &mut task),
            Err(stop) => Settled { result: Err(self.internal(&stop)), stays: false },
        };
        let result = settled.result;
        let record = task.trace().clone().end(result.as_ref().err().map(|refusal| refusal.fault));
        let operation = task.trace().operation;
        if !settled.stays {
            self.abandon();
            // What was committed on the way has been.
            self.engine.changes.note([operation].into_iter());
            self.records.push(record);
            return reply(to, result.map(Stage::Ended));
        }
        match self.record(&record).and_then(|()| self.execute(COMMIT)) {
            Ok(()) => {
                self.engine.changes.note([operation].into_iter());
                reply(to, result.map(Stage::Ended));
            }
            Err(stop) => {
                log(&stop, "a commit failed");
                self.abandon();
                self.engine.changes.note([operation].into_iter());
                self.fail(vec![(record, to)]);
            }
        }
    }

    fn commit_group(&mut self, writes: Vec<Write>) {
        let records = std::mem::take(&mut self.records);
        if writes.is_empty() && records.is_empty() {
            return;
        }
        if let Err(stop) = self.execute(BEGIN_WRITE) {
            log(&stop, "a transaction does not begin");
            self.records = records;
            self.fail(writes.into_iter().map(|(task, to)| (task.trace().clone().end(None), to)).collect());
            return;
        }
        let mut done = Vec::with_capacity(writes.len());
        for (task, to) in writes {
            let (result, record) = self.one(task, &to);
            done.push((result, record, to));
        }
        let written = records.iter().try_for_each(|record| self.record(record));
        let changed = std::mem::take(&mut self.written);
        match written.and_then(|()| self.execute(COMMIT)) {
            Ok(()) => {
                self.engine.changes.note(changed.into_iter());
                done.into_iter().for_each(|(result, _, to)| reply(to, result.map(Stage::Ended)));
            }
            Err(stop) => {
                log(&stop, "a commit failed");
                self.abandon();
                self.records = records;
                self.fail(done.into_iter().map(|(_, record, to)| (record, to)).collect());
            }
        }
    }

    /// One call in its savepoint: all of it with its record, or its record alone; nothing of a call stays whose
    /// caller has gone.
    fn one(&mut self, mut task: Task, to: &Reply<Stage>) -> (Result<Answer, Refusal>, Record) {
        if to.is_closed() {
            return self.cancelled(&task);
        }
        // Out of space and the like make SQLite roll back the whole group by itself; then a savepoint
        // would commit alone.
        let begun = if self.session.is_open() { self.execute(SAVEPOINT) } else { Err(GONE) };
        let settled = match begun {
            Ok(()) => self.engine.finish(&mut self.session, &mut task),
            Err(stop) => {
                let refusal = self.internal(&stop);
                return (Err(refusal), task.trace().clone().end(Some(INTERNAL)));
            }
        };
        let result = settled.result;
        let record = task.trace().clone().end(result.as_ref().err().map(|refusal| refusal.fault));
        let gone = settled.stays && to.is_closed();
        let record = if gone { task.trace().clone().cancelled() } else { record };
        let kept = if settled.stays && !gone {
            self.record(&record).and_then(|()| self.execute(RELEASE))
        } else {
            self.execute(ROLLBACK_TO).and_then(|()| self.execute(RELEASE)).and_then(|()| self.record(&record))
        };
        match kept {
            Ok(()) => {
                self.written.extend((settled.stays && !gone).then_some(task.trace().operation));
                (result, record)
            }
            Err(stop) => {
                let refusal = self.internal(&stop);
                if self.session.is_open()
                    && let Err(stop) = self.execute(ROLLBACK_TO).and_then(|()| self.execute(RELEASE))
                {
                    log(&stop, "a savepoint is not undone");
                }
                (Err(refusal), record.failed(INTERNAL))
            }
        }
    }

    fn cancelled(&mut self, task: &Task) -> (Result<Answer, Refusal>, Record) {
        let record = task.trace().clone().cancelled();
        if let Err(stop) = self.record(&record) {
            log(&stop, "a record was not written");
        }
        (Err(Refusal::plain(&self.engine.facts.program, UNAVAILABLE)), record)
    }

    fn record(&mut self, record: &Record) -> Run<()> {
        record.write(self.engine, &mut self.session)
    }

    fn internal(&self, stop: &Stop) -> Refusal {
        log(stop, "a savepoint failed");
        Refusal::plain(&self.engine.facts.program, INTERNAL)
    }

    fn abandon(&mut self) {
        if self.session.is_open()
            && let Err(stop) = self.execute(ROLLBACK)
        {
            log(&stop, "a rollback failed");
        }
    }

    /// Tells the callers of a lost group, and keeps the records of that for the next one.
    fn fail(&mut self, lost: Vec<(Record, Reply<Stage>)>) {
        for (record, to) in lost {
            self.records.push(record.failed(UNAVAILABLE));
            reply(to, Err(Refusal::plain(&self.engine.facts.program, UNAVAILABLE)));
        }
        // A database that takes nothing must not be asked again at once.
        std::thread::sleep(PAUSE);
    }
}

fn log(stop: &Stop, what: &str) {
    match stop {
        Stop::Database(error) => tracing::error!(%error, "{what}"),
        Stop::Defect(defect) => tracing::error!(defect, "{what}"),
        Stop::Refused(refusal) => tracing::error!(message = %refusal.message, "{what}"),
        Stop::Gone => {}
    }
}
