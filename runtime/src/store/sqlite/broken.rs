//! What SQLite says of broken constraints.
use crate::store::broken::Broken;
use quater_ir::entity::Entity;
use rusqlite::{Error, ffi};

/// The constraint that an error is about; nothing for errors of another kind, and for what the program does not
/// know.
pub(crate) fn constraint(error: &Error, entity: &Entity) -> Option<Broken> {
    let Error::SqliteFailure(code, message) = error else { return None };
    let detail = message.as_deref().and_then(|text| text.split_once(": ")).map_or("", |(_, detail)| detail);
    match code.extended_code {
        ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY => taken(detail, entity),
        _ if is_related(error) => Some(Broken::Related),
        ffi::SQLITE_CONSTRAINT_CHECK | ffi::SQLITE_CONSTRAINT_NOTNULL => {
            let sql = detail.rsplit('.').next().unwrap_or(detail);
            name(entity, sql).map(Broken::Outside)
        }
        _ => None,
    }
}

/// Whether an error is about a relation; SQLite keeps `RESTRICT` by a trigger of its own.
pub(crate) fn is_related(error: &Error) -> bool {
    let Error::SqliteFailure(code, _) = error else { return false };
    matches!(code.extended_code, ffi::SQLITE_CONSTRAINT_FOREIGNKEY | ffi::SQLITE_CONSTRAINT_TRIGGER)
}

/// `detail` is SQLite's `table.column, table.column`.
fn taken(detail: &str, entity: &Entity) -> Option<Broken> {
    let mut columns: Vec<&str> = detail.split(", ").filter_map(|it| it.rsplit('.').next()).collect();
    let first = columns.last().and_then(|sql| name(entity, sql));
    if columns == [entity.columns[entity.key].sql.as_str()] {
        return first.map(Broken::Taken);
    }
    columns.sort_unstable();
    let unique = entity.uniques.iter().find(|unique| {
        let mut its: Vec<&str> = unique.columns.iter().map(|id| entity.columns[*id].sql.as_str()).collect();
        its.sort_unstable();
        its == columns
    });
    match unique?.fault {
        Some(fault) => Some(Broken::Declared(fault)),
        None => first.map(Broken::Taken),
    }
}

fn name(entity: &Entity, sql: &str) -> Option<String> {
    let column = entity.columns.values().find(|column| column.sql == sql);
    column.map(|column| column.name.to_string())
}

/// Whether the tables are not those that the program was made for: a name is gone, or a rule stands there that
/// it does not know.
pub(crate) fn is_of_another_version(error: &Error) -> bool {
    let said = error.to_string();
    let gone = said.starts_with("no such column") || said.starts_with("no such table");
    let rules = [
        ffi::SQLITE_CONSTRAINT_CHECK,
        ffi::SQLITE_CONSTRAINT_NOTNULL,
        ffi::SQLITE_CONSTRAINT_UNIQUE,
        ffi::SQLITE_CONSTRAINT_PRIMARYKEY,
    ];
    let unknown = error.sqlite_error().is_some_and(|code| rules.contains(&code.extended_code));
    gone || unknown || (said.starts_with("table ") && said.contains(" has no column named "))
}
