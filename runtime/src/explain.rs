//! What a database is asked by an operation, and how it goes about it.
use crate::facts::Facts;
use crate::plan::dialect::Dialect;
use crate::plan::{self, Statements};
use crate::service::{Settings, StartError};
use crate::start;
use crate::store::DatabaseError;
use crate::store::location::Location;
use crate::store::sqlite::open::Location as File;
use crate::store::sqlite::{schema, text};
use quater_ir::operation::Operation;
use quater_ir::{Id, Program};
use rusqlite::Connection;
use std::sync::Arc;

/// One statement of an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explained {
    /// Its text, with placeholders where values are bound.
    pub sql: String,
    /// The database's own plan for it, a line a step, inner steps indented; without bound values.
    pub plan: Vec<String>,
}

/// The statements that an operation may run, in the order they were planned. Where its body decides
/// beforehand what need not be asked, there is one for each outcome.
///
/// The plans are those of the database that the settings name; of one in memory where there is none yet.
///
/// # Errors
/// As [`Service::start`](crate::Service::start), but for tables of another version: those are not changed.
pub fn explain(
    program: &Arc<Program>,
    settings: &Settings,
    operation: Id<Operation>,
) -> Result<Vec<Explained>, StartError> {
    let (engine, location) = start::seen(Arc::clone(program), settings)?;
    let mut statements = Statements::new(program, location.dialect());
    plan::operation(program, &mut statements, operation)?;
    let url = location.url();
    let failed = |source| StartError::Database { url: url.clone(), source };
    let plans = match &location {
        Location::Sqlite(file) => of_sqlite(&sqlite(&engine.facts, file)?, &statements).map_err(failed)?,
        #[cfg(feature = "postgres")]
        Location::Postgres(address) => of_postgres(address, &statements).map_err(failed)?,
    };
    let explained = statements.texts.into_iter().zip(plans).map(|(sql, plan)| Explained { sql, plan });
    Ok(explained.collect())
}

/// The statements that an operation may run, as SQLite is asked, without a look at any database; none of an
/// operation that can't be planned.
pub fn statements(program: &Program, operation: &str) -> Vec<String> {
    let mut statements = Statements::new(program, Dialect::Sqlite);
    let named = program.operations.iter().find(|(_, one)| one.name == operation);
    let planned = named.is_some_and(|(id, _)| plan::operation(program, &mut statements, id).is_ok());
    if planned { statements.texts } else { Vec::new() }
}

type Plans = Result<Vec<Vec<String>>, DatabaseError>;

/// The database that is there and has tables of a service; else one in memory with the same tables.
fn sqlite(facts: &Facts, file: &File) -> Result<Connection, StartError> {
    let failed = |place: &File, source: rusqlite::Error| StartError::Database {
        url: place.url(),
        source: source.into(),
    };
    if matches!(file, File::File(_)) && !file.is_missing() {
        let there = file.connect_to_read().map_err(|why| failed(file, why))?;
        if schema::is_made(&there).map_err(|why| failed(file, why))? {
            return Ok(there);
        }
    }
    let place = &File::Memory;
    let mut connection = place.connect().map_err(|why| failed(place, why))?;
    schema::prepare(&mut connection, facts, &place.url())?;
    Ok(connection)
}

fn of_sqlite(connection: &Connection, statements: &Statements) -> Plans {
    text::function(connection, &statements.nests).map_err(DatabaseError::from)?;
    let plan = |sql: &String| {
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
        let mut rows = statement.raw_query();
        let (mut lines, mut depths) = (Vec::new(), vec![(0_i64, 0_usize)]);
        while let Some(row) = rows.next()? {
            let (id, parent, detail): (i64, i64, String) = (row.get(0)?, row.get(1)?, row.get(3)?);
            let depth = depths.iter().find(|(known, _)| *known == parent).map_or(0, |(_, depth)| *depth);
            depths.push((id, depth + 1));
            lines.push(format!("{:1$}{detail}", "", depth * 2));
        }
        Ok(lines)
    };
    statements.texts.iter().map(plan).collect::<Result<_, rusqlite::Error>>().map_err(DatabaseError::from)
}

#[cfg(feature = "postgres")]
fn of_postgres(address: &crate::store::postgres::address::Address, statements: &Statements) -> Plans {
    let mut session = crate::store::postgres::session::Session::open(&Arc::new(address.clone()))?;
    session.simple("SET plan_cache_mode = force_generic_plan")?;
    let mut plan = |sql: &String| {
        session.simple(&format!("PREPARE explained AS {sql}"))?;
        let nulls = vec!["NULL"; parameters(sql)].join(", ");
        let values = if nulls.is_empty() { String::new() } else { format!("({nulls})") };
        let lines = session.texts(&format!("EXPLAIN EXECUTE explained{values}"))?;
        session.simple("DEALLOCATE explained")?;
        Ok(lines)
    };
    statements.texts.iter().map(&mut plan).collect()
}

/// How many values a text binds: the largest number behind a `$`, which no quoted name or text of ours holds.
#[cfg(feature = "postgres")]
fn parameters(sql: &str) -> usize {
    let numbers = sql.split('$').skip(1).filter_map(|rest| {
        let digits = rest.find(|it: char| !it.is_ascii_digit()).unwrap_or(rest.len());
        rest.get(..digits)?.parse().ok()
    });
    numbers.max().unwrap_or(0)
}
