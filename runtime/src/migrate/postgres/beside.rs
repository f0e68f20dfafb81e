//! Views, triggers and the like that somebody else has made, and that need a column as it is: Postgres lets nobody drop
//! it or store it otherwise. They are found before anything is done.
use crate::migrate::MigrateError;
use crate::migrate::columns::Pair;
use crate::migrate::planning::Begin;
use crate::store::DatabaseError;
use crate::store::postgres::session::Session;
use crate::store::schema::text;
use quater_ir::storage::migration::{Action, Step};

/// Sees that nothing needs what some steps take away.
pub(super) fn spared<'s>(
    session: &mut Session,
    begin: &Begin,
    steps: impl Iterator<Item = &'s Step>,
    failed: &impl Fn(DatabaseError) -> MigrateError,
) -> Result<(), MigrateError> {
    let found = begin.found();
    let mut lines = Vec::new();
    for step in steps {
        let asked = if let Action::DropTable(table) = &step.action {
            ON_TABLE.replace("{table}", &text(&table.name))
        } else if let Action::DropColumn(column) = &step.action {
            on_column(&step.table, &column.name)
        } else if let Action::Convert { column, .. } = &step.action {
            let both = found.table(&step.table).zip(begin.wanted.table(&step.table));
            let before = both.and_then(|(was, is)| Pair::new(was, is).before(column));
            let Some(before) = before else { continue };
            on_column(&step.table, &before.name)
        } else {
            continue;
        };
        lines.extend(session.texts(&asked).map_err(failed)?);
    }
    if lines.is_empty() { Ok(()) } else { Err(MigrateError::Beside { lines }) }
}

fn on_column(table: &str, column: &str) -> String {
    ON_COLUMN.replace("{table}", &text(table)).replace("{column}", &text(column))
}

const ON_COLUMN: &str = "\
SELECT DISTINCT coalesce(CASE v.relkind WHEN 'm' THEN 'materialized view' ELSE 'view' END || ' `' || v.relname || '`',
    pg_describe_object(d.classid, d.objid, 0)) || ' needs column `' || t.relname || '.' || a.attname || '`'
FROM pg_class t
JOIN pg_attribute a ON a.attrelid = t.oid AND a.attname = {column}
JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = t.oid AND d.refobjsubid = a.attnum
LEFT JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
LEFT JOIN pg_class v ON v.oid = r.ev_class
WHERE t.relnamespace = current_schema()::regnamespace AND t.relname = {table} AND d.deptype = 'n'
  AND d.classid <> 'pg_constraint'::regclass
ORDER BY 1";

const ON_TABLE: &str = "\
SELECT DISTINCT CASE v.relkind WHEN 'm' THEN 'materialized view' ELSE 'view' END || ' `' || v.relname
  || '` needs table `' || t.relname || '`'
FROM pg_class t
JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = t.oid AND d.deptype = 'n'
JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
JOIN pg_class v ON v.oid = r.ev_class AND v.oid <> t.oid
WHERE t.relnamespace = current_schema()::regnamespace AND t.relname = {table}
ORDER BY 1";
