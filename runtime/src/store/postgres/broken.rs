//! What Postgres says of broken constraints: their names, which are ours.
use super::fault::PostgresError;
use super::names;
use crate::store::broken::Broken;
use quater_ir::entity::{Column, Entity, Unique};
use quater_ir::types::Type;
use tokio_postgres::error::SqlState;

/// The constraint that an error is about; nothing for errors of another kind, and for what the program does not
/// know.
pub(crate) fn constraint(error: &PostgresError, entity: &Entity) -> Option<Broken> {
    let said = error.said()?;
    let named = said.constraint().unwrap_or_default();
    let code = said.code();
    if *code == SqlState::UNIQUE_VIOLATION {
        return taken(named, entity);
    }
    if is_related(error) {
        return Some(Broken::Related);
    }
    if *code == SqlState::CHECK_VIOLATION {
        let columns = entity.columns.values();
        let broken = |column: &&Column| names::check(&entity.table, &column.sql) == named;
        return columns.into_iter().find(broken).map(|it| Broken::Outside(it.name.to_string()));
    }
    if *code == SqlState::NOT_NULL_VIOLATION {
        let sql = said.column().unwrap_or_default();
        let column = entity.columns.values().find(|column| column.sql == sql);
        return column.map(|it| Broken::Outside(it.name.to_string()));
    }
    if *code == SqlState::PROGRAM_LIMIT_EXCEEDED {
        return too_long(named, entity);
    }
    None
}

/// Which column an index has no room for: the first text whose name stands in that of the index.
fn too_long(index: &str, entity: &Entity) -> Option<Broken> {
    let long =
        |column: &&Column| matches!(column.ty.required(), Type::Text(_) | Type::Url | Type::Bytes { .. });
    let mut columns = entity.columns.values().filter(long);
    let column = columns.find(|column| index.contains(column.sql.as_str()))?;
    Some(Broken::TooLong(column.name.to_string()))
}

/// Whether an error is about a relation.
pub(crate) fn is_related(error: &PostgresError) -> bool {
    let related = [SqlState::FOREIGN_KEY_VIOLATION, SqlState::RESTRICT_VIOLATION];
    error.said().is_some_and(|said| related.contains(said.code()))
}

fn taken(named: &str, entity: &Entity) -> Option<Broken> {
    let name = |unique: &Unique| {
        let columns: Vec<&str> = unique.columns.iter().map(|id| entity.columns[*id].sql.as_str()).collect();
        names::unique(&entity.table, &columns)
    };
    if named == names::key(&entity.table) {
        return Some(Broken::Taken(entity.columns[entity.key].name.to_string()));
    }
    let unique = entity.uniques.iter().find(|unique| name(unique) == named)?;
    match (unique.fault, unique.columns.last()) {
        (Some(fault), _) => Some(Broken::Declared(fault)),
        (None, last) => last.map(|last| Broken::Taken(entity.columns[*last].name.to_string())),
    }
}
