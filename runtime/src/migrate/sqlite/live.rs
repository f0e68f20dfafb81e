//! The tables of a database of SQLite's, read from the texts that made them.
use crate::migrate::planning::Change;
use crate::migrate::shape::{Shape, Shapes};
use crate::store::sqlite::ddl;
use quater_ir::storage::{Index, Storage, Table};
use rusqlite::{Connection, Error};
use std::collections::BTreeMap;

/// Words that a part begins with that is no column.
const RULES: [&str; 5] = ["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"];

/// The tables that are there, by their names; those of SQLite and of Quater aside.
pub(crate) fn shapes(connection: &Connection) -> Result<Shapes, Error> {
    let mut all = Shapes::new();
    let sql = "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE type IN ('table', 'index', 'view') \
               AND sql IS NOT NULL AND tbl_name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
               AND tbl_name NOT LIKE '\\_quater\\_%' ESCAPE '\\' ORDER BY type DESC";
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query(())?;
    while let Some(row) = rows.next()? {
        let (kind, name, table): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let sql: String = row.get(3)?;
        let shape = all.entry(table).or_default();
        if kind == "index" {
            shape.indexes.insert(name, spaced(&sql));
        } else {
            shape.parts = parts(&sql);
            shape.parts.values_mut().for_each(|text| *text = as_made(text));
            shape.beside =
                shape.parts.iter().filter(|(_, text)| !needs(text)).map(|(name, _)| name.clone()).collect();
            shape.parts.values_mut().for_each(|text| *text = without_default(text));
        }
    }
    Ok(all)
}

/// Earlier builds made the rule of JSON that may be absent without a word of null, and it holds the same.
fn as_made(text: &str) -> String {
    let Some((before, behind)) = text.split_once(ddl::OR_JSON) else { return text.to_owned() };
    let rule = before.rsplit_once("CHECK (").map_or(before, |(before, _)| before);
    format!("{rule}CHECK (json_valid{behind}")
}

/// Statements that make what somebody else has made on tables that stay: indexes and triggers, by table.
pub(crate) fn beside(
    connection: &Connection,
    change: &Change<'_>,
) -> Result<BTreeMap<String, Vec<String>>, Error> {
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let sql = "SELECT tbl_name, type, name, sql FROM sqlite_master \
               WHERE type IN ('index', 'trigger') AND sql IS NOT NULL ORDER BY type, name";
    let mut statement = connection.prepare(sql)?;
    let mut rows = statement.query(())?;
    while let Some(row) = rows.next()? {
        let (table, kind, name): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let ours = |table: &Table| {
            table.every_index().iter().any(|index| ddl::index_name(table, &index.columns) == name)
        };
        let both = [change.found.table(&table), change.wanted.table(&table)];
        if kind == "trigger" || !both.into_iter().flatten().any(ours) {
            all.entry(table).or_default().push(row.get(3)?);
        }
    }
    Ok(all)
}

/// Whether a row can't be added without saying something of a column.
fn needs(text: &str) -> bool {
    text.contains("NOT NULL") && !text.contains("DEFAULT")
}

/// Programs give every value, so what the database would give is no difference.
fn without_default(text: &str) -> String {
    let Some((before, rest)) = text.split_once(ddl::DEFAULT) else { return text.to_owned() };
    let (mut depth, mut quoted) = (1_u32, false);
    let ends = rest.char_indices().find(|(_, letter)| {
        match letter {
            '\'' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth -= 1,
            _ => {}
        }
        depth == 0
    });
    let behind = ends.and_then(|(at, _)| rest.get(at + 1..)).unwrap_or_default();
    format!("{before}{behind}")
}

/// The tables that are made.
pub(crate) fn made(storage: &Storage) -> Shapes {
    storage.tables.iter().map(|table| (table.name.to_string(), shape(table))).collect()
}

fn shape(table: &Table) -> Shape {
    let named =
        |index: &Index| (ddl::index_name(table, &index.columns), spaced(&ddl::index(table, &index.columns)));
    let indexes = table.every_index().iter().map(named).collect();
    let mut parts = parts(&ddl::table(table));
    parts.values_mut().for_each(|text| *text = as_made(text));
    Shape { parts, indexes, beside: Vec::new() }
}

/// The parts of a `CREATE TABLE`: columns by their names, rules by their texts, and what stands behind.
fn parts(sql: &str) -> BTreeMap<String, String> {
    let Some((_, rest)) = sql.split_once('(') else { return BTreeMap::new() };
    let mut parts = BTreeMap::new();
    let (mut depth, mut quote, mut begin, mut end) = (0_u32, None, 0, rest.len());
    for (at, letter) in rest.char_indices() {
        match (quote, letter) {
            (Some(open), letter) if open == letter => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(letter),
            (None, '(') => depth += 1,
            (None, ')') if depth > 0 => depth -= 1,
            (None, ',') if depth == 0 => {
                parts.extend(part(rest.get(begin..at)));
                begin = at + 1;
            }
            (None, ')') => {
                end = at;
                break;
            }
            (None, _) => {}
        }
    }
    parts.extend(part(rest.get(begin..end)));
    parts.insert("the kind".to_owned(), spaced(rest.get(end + 1..).unwrap_or("")));
    parts
}

/// A part by its name.
fn part(text: Option<&str>) -> Option<(String, String)> {
    let part = spaced(text?);
    let quoted = part.strip_prefix('"').and_then(|rest| rest.split_once('"')).map(|(name, _)| name);
    let first = part.split([' ', '(']).next().unwrap_or_default();
    let name = match quoted {
        Some(column) => format!("column `{column}`"),
        None if RULES.contains(&first.to_ascii_uppercase().as_str()) => format!("rule `{part}`"),
        None => format!("column `{first}`"),
    };
    Some((name, part))
}

fn spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
