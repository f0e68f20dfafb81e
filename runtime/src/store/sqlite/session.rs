//! One connection with its prepared statements.
use super::text;
use crate::plan::Plan;
use crate::stop::{Run, Stop};
use crate::store::DatabaseError;
use crate::store::stored::Stored;
use quater_ir::storage::StoredKind;
use rusqlite::types::ValueRef;
use rusqlite::{CachedStatement, Connection, Rows, Statement};

/// A connection and the statements that it has prepared so far, by their numbers.
pub(crate) struct Session<'c> {
    connection: &'c Connection,
    statements: Statements<'c>,
    once: Option<CachedStatement<'c>>,
}

/// Statements that stay prepared, by their numbers.
#[derive(Default)]
pub(crate) struct Statements<'c> {
    prepared: Vec<Option<Statement<'c>>>,
    /// Whether the connection knows the function that makes text of rows.
    writes: bool,
}

/// A statement that is given its values, in their order.
pub(crate) struct Ask<'s, 'c> {
    connection: &'c Connection,
    statement: &'s mut Statement<'c>,
    given: usize,
}

impl<'c> Session<'c> {
    /// For as long as the connection lives.
    pub(crate) fn new(connection: &'c Connection) -> Self {
        Self::within(connection, Statements::default())
    }

    /// With statements of the connection that are prepared already.
    pub(crate) const fn within(connection: &'c Connection, statements: Statements<'c>) -> Self {
        Self { connection, statements, once: None }
    }

    /// The statements, for the next session.
    pub(crate) fn end(self) -> Statements<'c> {
        self.statements
    }

    /// A statement that waits for its values, prepared now if it was not before.
    pub(crate) fn ask(&mut self, plan: &Plan, number: usize) -> Run<Ask<'_, 'c>> {
        let connection = self.connection;
        Ok(Ask { connection, statement: self.statement(plan, number)?, given: 0 })
    }

    /// A statement that no plan has.
    pub(crate) fn ask_once(&mut self, text: &str) -> Run<Ask<'_, 'c>> {
        let statement = self.connection.prepare_cached(text).map_err(DatabaseError::from)?;
        Ok(Ask { connection: self.connection, statement: self.once.insert(statement), given: 0 })
    }

    fn statement(&mut self, plan: &Plan, number: usize) -> Run<&mut Statement<'c>> {
        let (connection, Statements { prepared, writes }) = (self.connection, &mut self.statements);
        if prepared.len() <= number {
            prepared.resize_with(number + 1, || None);
        }
        let Some(place) = prepared.get_mut(number) else {
            return Err(Stop::Defect("a statement beyond the plan"));
        };
        match place {
            Some(statement) => Ok(statement),
            None => {
                let sql = plan.text(number);
                if !*writes && sql.contains(text::NAME) {
                    text::function(connection, &plan.statements.nests).map_err(DatabaseError::from)?;
                    *writes = true;
                }
                Ok(place.insert(prepare(connection, sql)?))
            }
        }
    }

    /// Runs a statement that takes and gives nothing.
    pub(crate) fn execute(&mut self, plan: &Plan, number: usize) -> Run<()> {
        self.ask(plan, number)?.execute()?;
        Ok(())
    }

    /// Whether a transaction is open.
    pub(crate) fn is_open(&self) -> bool {
        !self.connection.is_autocommit()
    }
}

fn prepare<'c>(connection: &'c Connection, text: &str) -> Result<Statement<'c>, DatabaseError> {
    Ok(connection.prepare(text)?)
}

impl<'s> Ask<'s, '_> {
    /// Gives it the next value.
    pub(crate) fn stored(&mut self, _: StoredKind, value: Stored<'_>) -> Run<()> {
        self.given += 1;
        let value = match value {
            Stored::Null => ValueRef::Null,
            Stored::Integer(it) => ValueRef::Integer(it),
            Stored::Real(it) => ValueRef::Real(it),
            Stored::Text(it) => ValueRef::Text(it),
            Stored::Blob(it) => ValueRef::Blob(it),
            Stored::Decimal(_) => return Err(Stop::Defect("SQLite has no decimals")),
        };
        let bound =
            self.statement.raw_bind_parameter(self.given, rusqlite::types::ToSqlOutput::Borrowed(value));
        bound.map_err(|error| DatabaseError::from(error).into())
    }

    /// The rows that it gives.
    pub(crate) fn rows(self) -> Rows<'s> {
        self.statement.raw_query()
    }

    /// Runs it, and says how many rows it has changed.
    pub(crate) fn execute(self) -> Result<u64, DatabaseError> {
        Ok(self.statement.raw_execute()? as u64)
    }

    /// Adds a row, and gives its number where it is numbered.
    pub(crate) fn insert(self, numbered: bool) -> Result<Option<i64>, DatabaseError> {
        self.statement.raw_execute()?;
        Ok(numbered.then(|| self.connection.last_insert_rowid()))
    }
}

impl<'a> From<ValueRef<'a>> for Stored<'a> {
    #[inline]
    fn from(value: ValueRef<'a>) -> Self {
        match value {
            ValueRef::Null => Self::Null,
            ValueRef::Integer(it) => Self::Integer(it),
            ValueRef::Real(it) => Self::Real(it),
            ValueRef::Text(it) => Self::Text(it),
            ValueRef::Blob(it) => Self::Blob(it),
        }
    }
}
