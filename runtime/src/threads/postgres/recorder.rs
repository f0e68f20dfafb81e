//! The thread that writes records, many in one commit.
use super::Noted;
use crate::audit::Record;
use crate::engine::Engine;
use crate::plan::dialect::Dialect;
use crate::store::DatabaseError;
use crate::store::postgres::session::Session;
use crossbeam_channel::{Receiver, TryRecvError};
use std::time::{Duration, Instant};

/// Most records of one commit: on a busy machine it takes long, however many there are.
const GROUP: usize = 8_192;

/// How long a record waits for company.
const LINGER: Duration = Duration::from_millis(20);

/// How long it sleeps before it looks whether many wait already.
const NAP: Duration = Duration::from_millis(5);

/// How long a database that takes nothing is left alone.
const PAUSE: Duration = Duration::from_millis(500);

/// How often a service that stops tries to write the last records.
const LAST: u32 = 6;

struct Recorder<'e> {
    engine: &'e Engine,
    session: Session,
    /// The statement that takes records.
    copy: String,
    records: Vec<Record>,
    stopping: bool,
}

/// Works until told to stop.
pub(super) fn run(engine: &Engine, session: Session, noted: &Receiver<Noted>) {
    let names = Record::COLUMNS.map(|(name, _)| format!("\"{name}\"")).join(", ");
    let copy = format!("COPY _quater_audit ({names}) FROM STDIN BINARY");
    let mut recorder = Recorder { engine, session, copy, records: Vec::new(), stopping: false };
    while !recorder.stopping && recorder.gather(noted) {
        if let Err(error) = recorder.write() {
            tracing::warn!(%error, "records wait because the database does not take them");
            std::thread::sleep(PAUSE);
        }
    }
    recorder.records.extend(noted.try_iter().filter_map(|noted| match noted {
        Noted::Record(record) => Some(record),
        Noted::Stop => None,
    }));
    recorder.end();
}

impl Recorder<'_> {
    /// Waits for records and takes what is there; false once nobody can send more.
    fn gather(&mut self, noted: &Receiver<Noted>) -> bool {
        if self.records.is_empty() {
            match noted.recv() {
                Ok(first) => self.take(first),
                Err(_) => return false,
            }
        }
        // Nothing wakes it for each of them.
        let deadline = Instant::now() + LINGER;
        while !self.stopping && noted.len() < GROUP / 2 && Instant::now() < deadline {
            std::thread::sleep(NAP);
        }
        while self.records.len() < GROUP && !self.stopping {
            match noted.try_recv() {
                Ok(next) => self.take(next),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => return false,
            }
        }
        true
    }

    fn take(&mut self, noted: Noted) {
        match noted {
            Noted::Record(record) => self.records.push(record),
            Noted::Stop => self.stopping = true,
        }
    }

    /// Writes all records in one transaction; keeps them where that fails.
    fn write(&mut self) -> Result<(), DatabaseError> {
        if self.records.is_empty() {
            return Ok(());
        }
        self.session.refresh()?;
        let kinds = Record::COLUMNS.map(|(_, kind)| kind);
        let rows = self.records.iter().map(|record| record.values(self.engine));
        self.session.begin(Dialect::LOCKING);
        let written = self.session.copy(&self.copy, &kinds, rows);
        if let Err(error) = written.and_then(|()| self.session.commit()) {
            self.session.roll_back()?;
            return Err(error);
        }
        self.records.clear();
        Ok(())
    }

    fn end(&mut self) {
        for _ in 0..LAST {
            match self.write() {
                Ok(()) => return,
                Err(error) => tracing::warn!(%error, "the last records are not written yet"),
            }
            std::thread::sleep(PAUSE);
        }
        for record in &self.records {
            tracing::error!(?record, "a record of the audit was not written");
        }
    }
}
