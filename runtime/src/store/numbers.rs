//! Numbers that the database gives to rows, where some rows have brought theirs along.
use super::session::Session;
use crate::plan::dialect::Dialect;
use crate::plan::sql::quoted;
use crate::stop::Run;
use crate::store::schema::text;
use quater_ir::entity::{Entity, Numbering};

/// Sees that the next row gets a number beyond those that are there. SQLite counts on by itself.
pub(crate) fn moved_on(session: &mut Session<'_>, dialect: Dialect, entity: &Entity) -> Run<()> {
    if dialect == Dialect::Sqlite || entity.numbering != Numbering::Database {
        return Ok(());
    }
    let (table, key) = (quoted(&entity.table), &entity.columns[entity.key].sql);
    let sql = format!(
        "SELECT setval(s::regclass, m) FROM (SELECT pg_get_serial_sequence({}, {}) AS s, \
         (SELECT max({}) FROM {table}) AS m) AS it \
         WHERE m >= greatest(coalesce(pg_sequence_last_value(s::regclass), 1), 1)",
        text(&table),
        text(key),
        quoted(key)
    );
    session.ask_once(&sql)?.gives()?;
    Ok(())
}
