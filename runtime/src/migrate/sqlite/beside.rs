//! Views, triggers and indexes that somebody else has made. SQLite keeps them as texts, and learns only when one is used that it
//! names what is not there any more.
use crate::plan::sql::quoted;
use rusqlite::{Connection, Error};
use std::collections::BTreeMap;

/// Those that do not work, each with why.
pub(super) fn broken(connection: &Connection) -> Result<BTreeMap<String, String>, Error> {
    let mut broken = BTreeMap::new();
    for (name, _) in of_kind(connection, "view")? {
        if let Some(why) = refused(connection, &format!("SELECT * FROM {} LIMIT 0", quoted(&name))) {
            broken.insert(format!("view `{name}`"), why);
        }
    }
    let triggers = of_kind(connection, "trigger")?;
    for (name, table) in &triggers {
        let others = triggers.iter().filter(|(other, of)| of == table && other != name);
        let others: Vec<&str> = others.map(|(other, _)| other.as_str()).collect();
        connection.execute_batch("SAVEPOINT alone")?;
        let why = alone(connection, table, &others);
        connection.execute_batch("ROLLBACK TO alone; RELEASE alone")?;
        if let Some(why) = why? {
            broken.insert(format!("trigger `{name}` of `{table}`"), why);
        }
    }
    Ok(broken)
}

/// Names of indexes and triggers, by the statements that made them.
pub(super) fn made(connection: &Connection) -> Result<BTreeMap<String, String>, Error> {
    let sql = "SELECT sql, type || ' `' || name || '` of `' || tbl_name || '`' FROM sqlite_master \
               WHERE type IN ('index', 'trigger') AND sql IS NOT NULL";
    connection.prepare(sql)?.query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

/// Names, and the tables that they are of.
fn of_kind(connection: &Connection, kind: &str) -> Result<Vec<(String, String)>, Error> {
    let sql = "SELECT name, tbl_name FROM sqlite_master WHERE type = ? ORDER BY name";
    connection.prepare(sql)?.query_map([kind], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
}

/// Why the only trigger of a table that is left can't be fired. It is put into whatever fires it.
fn alone(connection: &Connection, table: &str, others: &[&str]) -> Result<Option<String>, Error> {
    for other in others {
        connection.execute_batch(&format!("DROP TRIGGER {}", quoted(other)))?;
    }
    // The columns of a view that does not work are not known.
    let columns = match columns(connection, table) {
        Ok(columns) => columns,
        Err(error) => return Ok(Some(reason(error))),
    };
    let same: Vec<String> = columns.iter().map(|it| format!("{0} = {0}", quoted(it))).collect();
    let (table, same) = (quoted(table), same.join(", "));
    let firing = [
        format!("INSERT INTO {table} DEFAULT VALUES"),
        format!("UPDATE {table} SET {same}"),
        format!("DELETE FROM {table}"),
    ];
    // A view without a trigger for it can't be written to, and need not be.
    let is_view = |why: &String| why.ends_with("because it is a view");
    Ok(firing.iter().find_map(|sql| refused(connection, sql).filter(|why| !is_view(why))))
}

fn columns(connection: &Connection, table: &str) -> Result<Vec<String>, Error> {
    let mut statement = connection.prepare("SELECT name FROM pragma_table_info(?)")?;
    statement.query_map([table], |row| row.get(0))?.collect()
}

/// Why a statement can't be prepared, if it can't.
fn refused(connection: &Connection, sql: &str) -> Option<String> {
    connection.prepare(sql).err().map(reason)
}

/// What SQLite says, without the statement.
pub(super) fn reason(error: Error) -> String {
    if let Error::SqlInputError { msg, .. } = error { msg } else { error.to_string() }
}
