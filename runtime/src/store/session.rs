//! One connection with its prepared statements.
use super::code;
use crate::eval::Scope;
use crate::plan::Plan;
use crate::plan::sql::Bind;
use crate::stop::{Run, Stop};
use rusqlite::{CachedStatement, Connection, Statement};

/// A connection and the statements that it has prepared so far, by their numbers.
pub(crate) struct Session<'c> {
    connection: &'c Connection,
    kept: Kept<'c>,
}

enum Kept<'c> {
    /// Of a thread that owns its connection.
    All(Vec<Option<Statement<'c>>>),
    /// Of one call: taken from the connection's cache, and put back after it.
    Few(Vec<(usize, CachedStatement<'c>)>),
}

impl<'c> Session<'c> {
    /// For as long as the connection lives.
    pub(crate) const fn new(connection: &'c Connection) -> Self {
        Self { connection, kept: Kept::All(Vec::new()) }
    }

    /// For one call.
    pub(crate) const fn brief(connection: &'c Connection) -> Self {
        Self { connection, kept: Kept::Few(Vec::new()) }
    }

    /// A statement, prepared now if it was not before.
    pub(crate) fn statement(&mut self, plan: &Plan, number: usize) -> Run<&mut Statement<'c>> {
        let connection = self.connection;
        let statements = match &mut self.kept {
            Kept::All(statements) => statements,
            Kept::Few(few) => return cached(connection, few, plan, number),
        };
        if statements.len() <= number {
            statements.resize_with(number + 1, || None);
        }
        let Some(place) = statements.get_mut(number) else {
            return Err(Stop::Defect("a statement beyond the plan"));
        };
        match place {
            Some(statement) => Ok(statement),
            None => Ok(place.insert(connection.prepare(plan.text(number))?)),
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

fn cached<'s, 'c>(
    connection: &'c Connection,
    few: &'s mut Vec<(usize, CachedStatement<'c>)>,
    plan: &Plan,
    number: usize,
) -> Run<&'s mut Statement<'c>> {
    let at = match few.iter().position(|(its, _)| *its == number) {
        Some(at) => at,
        None => {
            few.push((number, connection.prepare_cached(plan.text(number))?));
            few.len() - 1
        }
    };
    let kept = few.get_mut(at).ok_or(Stop::Defect("a statement beyond those kept"))?;
    Ok(&mut kept.1)
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
