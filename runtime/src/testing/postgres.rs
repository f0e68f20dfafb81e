//! Tests on a server: each in a transaction with tables of its own, which is undone.
use super::{Outcome, Planned};
use crate::engine::Engine;
use crate::plan::dialect::Dialect;
use crate::service::StartError;
use crate::store::DatabaseError;
use crate::store::postgres::address::Address;
use crate::store::postgres::schema;
use crate::store::postgres::session::Session as Connection;
use crate::store::session::Session;
use std::sync::Arc;

/// A schema that nobody else sees: it is never committed.
const SCHEMA: &str = "CREATE SCHEMA _quater_test; SET LOCAL search_path TO _quater_test;\n";

/// Where tests run.
pub(super) struct Place {
    connection: Connection,
    url: String,
}

impl Place {
    pub(super) fn open(address: Address) -> Result<Self, StartError> {
        let url = address.url();
        let source = |source| StartError::Database { url: url.clone(), source };
        let connection = Connection::open(&Arc::new(address)).map_err(source)?;
        Ok(Self { connection, url })
    }

    pub(super) fn one(&mut self, engine: &Engine, test: Planned<'_>) -> Result<Outcome, StartError> {
        let url = self.url.clone();
        let source = |source| StartError::Database { url: url.clone(), source };
        let storage = &engine.facts.program.storage;
        schema::suits(&mut self.connection, storage, &url)?;
        self.make(engine).map_err(source)?;
        let outcome = super::one(engine, test, Session::Postgres(&mut self.connection));
        self.connection.roll_back().map_err(source)?;
        Ok(outcome)
    }

    fn make(&mut self, engine: &Engine) -> Result<(), DatabaseError> {
        self.connection.refresh()?;
        self.connection.begin(Dialect::LOCKING);
        self.connection.simple(SCHEMA)?;
        schema::create(&mut self.connection, &engine.facts.program.storage)
    }
}
