//! The tables of a database as they are, whatever is written down about them.
use crate::plan::sql::quoted;
use crate::store::sqlite::ddl;
use quater_ir::storage::{Storage, Table};
use rusqlite::{Connection, Error};
use std::collections::BTreeMap;

/// What makes a table this one: the text of each part by the part's name, whatever their order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Shape {
    pub(crate) parts: BTreeMap<String, String>,
    pub(crate) indexes: BTreeMap<String, String>,
}

/// A difference between a table that is there and what was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Drift {
    pub(crate) text: String,
    /// Whether the service can't run on it.
    pub(crate) harms: bool,
}

/// The tables that are there, by their names; those of SQLite and of Quater aside.
pub(crate) fn shapes(connection: &Connection) -> Result<BTreeMap<String, Shape>, Error> {
    let mut all: BTreeMap<String, Shape> = BTreeMap::new();
    let sql = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE type IN ('table', 'index') \
               AND sql IS NOT NULL AND tbl_name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
               AND tbl_name NOT LIKE '\\_quater\\_%' ESCAPE '\\' ORDER BY type DESC";
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query(())?;
    while let Some(row) = rows.next()? {
        let (kind, name, table): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let sql: String = row.get(3)?;
        let shape = all.entry(table).or_default();
        match kind.as_str() {
            "table" => shape.parts = parts(&sql),
            _ => _ = shape.indexes.insert(name, spaced(&sql)),
        }
    }
    Ok(all)
}

/// The shape that a table is made with.
pub(crate) fn made(table: &Table) -> Shape {
    let named = |index: &quater_ir::storage::Index| {
        (ddl::index_name(table, &index.columns), spaced(&ddl::index(table, &index.columns)))
    };
    Shape { parts: parts(&ddl::table(table)), indexes: table.every_index().iter().map(named).collect() }
}

/// Whether the tables that are there are exactly those that are wanted; tables of others may stand beside.
pub(crate) fn are(there: &BTreeMap<String, Shape>, wanted: &Storage) -> bool {
    wanted.tables.iter().all(|table| there.get(table.name.as_str()) == Some(&made(table)))
}

/// Everything in which the tables that are there differ from those that were made.
pub(crate) fn drift(there: &BTreeMap<String, Shape>, recorded: &Storage) -> Vec<Drift> {
    drift_from(there, recorded, made)
}

/// The same, of tables that another database makes with other shapes.
pub(crate) fn drift_from(
    there: &BTreeMap<String, Shape>,
    recorded: &Storage,
    made: fn(&Table) -> Shape,
) -> Vec<Drift> {
    let mut all = Vec::new();
    for table in &recorded.tables {
        match there.get(table.name.as_str()) {
            Some(shape) => in_table(&table.name, shape, &made(table), &mut all),
            None => all.push(Drift { text: format!("table `{}` is not there", table.name), harms: true }),
        }
    }
    all
}

fn in_table(table: &str, there: &Shape, made: &Shape, all: &mut Vec<Drift>) {
    for (name, wanted) in &made.parts {
        let text = match there.parts.get(name) {
            Some(found) if found == wanted => continue,
            Some(found) => format!("{name} of table `{table}` is `{found}`, and was made as `{wanted}`"),
            None => format!("{name} of table `{table}` is not there"),
        };
        all.push(Drift { text, harms: true });
    }
    for (name, found) in there.parts.iter().filter(|(name, _)| !made.parts.contains_key(*name)) {
        let harms = found.contains("NOT NULL") && !found.contains("DEFAULT");
        all.push(Drift { text: format!("{name} of table `{table}` was not made by Quater"), harms });
    }
    for name in made.indexes.keys().filter(|name| there.indexes.get(*name) != made.indexes.get(*name)) {
        let text = match there.indexes.get(name) {
            Some(found) => format!("index `{name}` of table `{table}` is `{found}`"),
            None => format!("index `{name}` of table `{table}` is not there"),
        };
        all.push(Drift { text, harms: false });
    }
    for name in there.indexes.keys().filter(|name| !made.indexes.contains_key(*name)) {
        all.push(Drift {
            text: format!("index `{name}` of table `{table}` was not made by Quater"),
            harms: false,
        });
    }
}

/// Words that a part begins with that is no column.
const RULES: [&str; 5] = ["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"];

/// The parts of a `CREATE TABLE`: columns by their names, rules by their texts, and what stands behind.
fn parts(sql: &str) -> BTreeMap<String, String> {
    let Some((_, rest)) = sql.split_once('(') else { return BTreeMap::new() };
    let mut parts = BTreeMap::new();
    let mut add = |part: &str| {
        let part = spaced(part);
        let quoted = part.strip_prefix('"').and_then(|rest| rest.split_once('"')).map(|(name, _)| name);
        let first = part.split([' ', '(']).next().unwrap_or_default();
        let name = match quoted {
            Some(column) => format!("column `{column}`"),
            None if RULES.contains(&first.to_ascii_uppercase().as_str()) => format!("rule `{part}`"),
            None => format!("column `{first}`"),
        };
        parts.insert(name, part);
    };
    let (mut depth, mut quote, mut begin, mut end) = (0_u32, None, 0, rest.len());
    for (at, letter) in rest.char_indices() {
        match (quote, letter) {
            (Some(open), letter) if open == letter => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(letter),
            (None, '(') => depth += 1,
            (None, ')') if depth > 0 => depth -= 1,
            (None, ',') if depth == 0 => {
                add(rest.get(begin..at).unwrap_or(""));
                begin = at + 1;
            }
            (None, ')') => {
                end = at;
                break;
            }
            (None, _) => {}
        }
    }
    add(rest.get(begin..end).unwrap_or(""));
    let options = spaced(rest.get(end + 1..).unwrap_or(""));
    parts.insert("the kind".to_owned(), options);
    parts
}

fn spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a table holds no row.
pub(crate) fn is_empty(connection: &Connection, table: &str) -> Result<bool, Error> {
    let sql = format!("SELECT NOT EXISTS (SELECT 1 FROM {})", quoted(table));
    connection.query_row(&sql, (), |row| row.get(0))
}
