//! What SQLite says of broken constraints.
use crate::store::broken::Broken;
use quater_ir::entity::Entity;
use rusqlite::{Error, ffi};

/// The constraint that an error is about; nothing for errors of another kind.
pub(crate) fn constraint(error: &Error, entity: &Entity) -> Option<Broken> {
    let Error::SqliteFailure(code, message) = error else { return None };
    let detail = message.as_deref().and_then(|text| text.split_once(": ")).map_or("", |(_, detail)| detail);
    match code.extended_code {
        ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY => Some(taken(detail, entity)),
        _ if is_related(error) => Some(Broken::Related),
        ffi::SQLITE_CONSTRAINT_CHECK | ffi::SQLITE_CONSTRAINT_NOTNULL => {
            let sql = detail.rsplit('.').next().unwrap_or(detail);
            Some(Broken::Outside(name(entity, sql)))
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
fn taken(detail: &str, entity: &Entity) -> Broken {
    let mut columns: Vec<&str> = detail.split(", ").filter_map(|it| it.rsplit('.').next()).collect();
    let first = columns.last().map(|sql| name(entity, sql)).unwrap_or_default();
    columns.sort_unstable();
    let unique = entity.uniques.iter().find(|unique| {
        let mut its: Vec<&str> = unique.columns.iter().map(|id| entity.columns[*id].sql.as_str()).collect();
        its.sort_unstable();
        its == columns
    });
    match unique.and_then(|unique| unique.fault) {
        Some(fault) => Broken::Declared(fault),
        None => Broken::Taken(first),
    }
}

fn name(entity: &Entity, sql: &str) -> String {
    let column = entity.columns.values().find(|column| column.sql == sql);
    column.map_or_else(|| sql.to_owned(), |column| column.name.to_string())
}
