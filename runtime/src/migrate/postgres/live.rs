//! The tables of a database of Postgres's, read from its catalogs.
use crate::migrate::shape::{Shape, Shapes};
use crate::store::DatabaseError;
use crate::store::postgres::ddl;
use crate::store::postgres::session::Session;
use quater_ir::storage::Storage;

/// The tables of the schema that is used.
pub(crate) fn shapes(session: &mut Session) -> Result<Shapes, DatabaseError> {
    read(session, "current_schema()::regnamespace")
}

/// The tables that are made: as those of the session alone, for a moment.
pub(crate) fn made(session: &mut Session, storage: &Storage) -> Result<Shapes, DatabaseError> {
    session.simple("BEGIN; SET LOCAL search_path = pg_temp")?;
    let mut text = String::new();
    storage.tables.iter().for_each(|table| text.push_str(&ddl::table(table)));
    for table in &storage.tables {
        table.foreign_keys.iter().for_each(|foreign| text.push_str(&ddl::foreign(table, foreign)));
    }
    let made = if text.is_empty() { Ok(()) } else { session.simple(&text) };
    let read = made.and_then(|()| read(session, "pg_my_temp_schema()"));
    session.simple("ROLLBACK")?;
    read
}

fn read(session: &mut Session, schema: &str) -> Result<Shapes, DatabaseError> {
    let mut all = Shapes::new();
    let texts = session.texts(&PARTS.replace("{schema}", schema))?;
    for row in texts.chunks_exact(4) {
        let [table, what, name, text] = row else { continue };
        let shape = all.entry(table.clone()).or_default();
        add(shape, what, name, text);
    }
    Ok(all)
}

fn add(shape: &mut Shape, what: &str, name: &str, text: &str) {
    match what {
        "column" => {
            let part = format!("column `{name}`");
            if !text.contains("NOT NULL") || text.contains("DEFAULT") {
                shape.beside.push(part.clone());
            }
            // Programs give every value, so what the database would give is no difference.
            let held = text.split_once(" DEFAULT ").map_or(text, |(held, _)| held);
            shape.parts.insert(part, held.to_owned());
        }
        "rule" => _ = shape.parts.insert(format!("rule `{name}`"), text.to_owned()),
        "index" => _ = shape.indexes.insert(name.to_owned(), text.to_owned()),
        _ => {}
    }
}

/// Table, what, name, text: everything that has a name where tables have theirs, then columns, rules and
/// indexes of tables.
const PARTS: &str = "\
WITH own AS (
  SELECT oid, relname, relkind FROM pg_class
  WHERE relnamespace = {schema} AND relkind IN ('r', 'p', 'v', 'm', 'f') AND relname NOT LIKE '\\_quater\\_%'
), tables AS (SELECT oid, relname FROM own WHERE relkind IN ('r', 'p'))
SELECT relname::text, 'table', '', '' FROM own
UNION ALL
SELECT t.relname, 'column', a.attname, format_type(a.atttypid, a.atttypmod)
  || CASE WHEN a.attcollation <> y.typcollation THEN ' COLLATE ' || quote_ident(c.collname::text) ELSE '' END
  || CASE WHEN a.attidentity <> '' THEN ' IDENTITY ' || a.attidentity::text ELSE '' END
  || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END
  || coalesce(' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), '')
FROM tables t
JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type y ON y.oid = a.atttypid
LEFT JOIN pg_collation c ON c.oid = a.attcollation
LEFT JOIN pg_attrdef d ON d.adrelid = t.oid AND d.adnum = a.attnum
UNION ALL
SELECT t.relname, 'rule', r.conname, pg_get_constraintdef(r.oid)
FROM tables t JOIN pg_constraint r ON r.conrelid = t.oid AND r.contype IN ('c', 'f', 'p', 'u', 'x')
UNION ALL
SELECT t.relname, 'index', n.relname, CASE WHEN i.indisunique THEN 'unique ' ELSE '' END
  || CASE WHEN i.indisvalid THEN '' ELSE 'invalid ' END || m.amname || ' ('
  || (SELECT string_agg(pg_get_indexdef(i.indexrelid, k, true)
        || CASE WHEN i.indoption[k - 1] & 1 = 1 THEN ' DESC' ELSE '' END
        || CASE WHEN i.indoption[k - 1] & 2 = 2 THEN ' NULLS FIRST' ELSE '' END, ', ' ORDER BY k)
      FROM generate_series(1, i.indnatts) k)
  || ')' || coalesce(' WHERE ' || pg_get_expr(i.indpred, i.indrelid), '')
FROM tables t
JOIN pg_index i ON i.indrelid = t.oid
JOIN pg_class n ON n.oid = i.indexrelid
JOIN pg_am m ON m.oid = n.relam
WHERE NOT EXISTS (SELECT 1 FROM pg_constraint r WHERE r.conindid = i.indexrelid AND r.contype IN ('p', 'u', 'x'))
";
