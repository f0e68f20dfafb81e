//! One record a call.
use rusqlite::Connection;
use sha2::{Digest, Sha256};
use std::time::{Instant, SystemTime, UNIX_EPOCH};
use uuid::Uuid;

pub struct Record {
    pub time: i64,
    pub request: Uuid,
    pub door: &'static str,
    pub operation: &'static str,
    pub actor: Option<Uuid>,
    pub arguments: [u8; 32],
    pub result: &'static str,
    pub took: i64,
}

/// A call under way.
#[derive(Clone, Copy)]
pub struct Call {
    pub request: Uuid,
    door: &'static str,
    operation: &'static str,
    began: Instant,
}

impl Call {
    pub fn begin(request: Uuid, door: &'static str, operation: &'static str) -> Self {
        Self { request, door, operation, began: Instant::now() }
    }

    pub fn end(&self, actor: Option<Uuid>, arguments: &[u8], result: &'static str) -> Record {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        Record {
            time: now.map_or(0, |now| now.as_millis() as i64),
            request: self.request,
            door: self.door,
            operation: self.operation,
            actor,
            arguments: Sha256::digest(arguments).into(),
            result,
            took: self.began.elapsed().as_micros() as i64,
        }
    }
}

impl Record {
    pub fn write(&self, connection: &Connection) -> rusqlite::Result<()> {
        let mut statement = connection.prepare_cached(
            "INSERT INTO _quater_audit (time, request, door, entry, operation, actor, arguments, result, took) \
             VALUES (?, ?, ?, 'remote', ?, ?, ?, ?, ?)",
        )?;
        let mut text = [0; uuid::fmt::Hyphenated::LENGTH];
        let actor = self.actor.map(|actor| &*actor.hyphenated().encode_lower(&mut text));
        let request = self.request.into_bytes();
        let values = (
            self.time,
            request.as_slice(),
            self.door,
            self.operation,
            actor,
            self.arguments.as_slice(),
            self.result,
            self.took,
        );
        statement.execute(values).map(drop)
    }
}
