//! One connection with its prepared statements.
use super::code;
use crate::eval::Scope;
use crate::plan::Plan;
use crate::plan::sql::Bind;
use crate::stop::{Run, Stop};
use rusqlite::{Connection, Statement};

/// A connection and the statements that it has prepared so far, by their numbers.
pub(crate) struct Session<'c> {
    connection: &'c Connection,
    statements: Vec<Option<Statement<'c>>>,
}

impl<'c> Session<'c> {
    pub(crate) const fn new(connection: &'c Connection) -> Self {
        Self { connection, statements: Vec::new() }
    }

    /// A statement, prepared now if it was not before.
    pub(crate) fn statement(&mut self, plan: &Plan, number: usize) -> Run<&mut Statement<'c>> {
        if self.statements.len() <= number {
            self.statements.resize_with(number + 1, || None);
        }
        let Some(place) = self.statements.get_mut(number) else {
            return Err(Stop::Defect("a statement beyond the plan"));
        };
        match place {
            Some(statement) => Ok(statement),
            None => Ok(place.insert(self.connection.prepare(plan.text(number))?)),
        }
    }

    /// A statement with its values bound.
    pub(crate) fn bound(
        &mut self,
        plan: &Plan,
        number: usize,
        binds: &[Bind],
        scope: &Scope<'_>,
    ) -> Run<&mut Statement<'c>> {
        let statement = self.statement(plan, number)?;
        bind(statement, 1, binds, scope)?;
        Ok(statement)
    }

    /// Runs a statement that takes and gives nothing.
    pub(crate) fn execute(&mut self, plan: &Plan, number: usize) -> Run<()> {
        self.statement(plan, number)?.raw_execute()?;
        Ok(())
    }

    /// Whether a transaction is open.
    pub(crate) fn is_open(&self) -> bool {
        !self.connection.is_autocommit()
    }

    /// The number that the database gave to the row added last.
    pub(crate) fn last_number(&self) -> i64 {
        self.connection.last_insert_rowid()
    }
}

/// Binds values from a position on, counted from 1.
pub(crate) fn bind(statement: &mut Statement<'_>, from: usize, binds: &[Bind], scope: &Scope<'_>) -> Run<()> {
    for (at, bind) in binds.iter().enumerate() {
        let value = scope.plain(&bind.value)?;
        let stored = code::encode(&value, &bind.form, &scope.facts.program)?;
        statement.raw_bind_parameter(from + at, stored)?;
    }
    Ok(())
}
