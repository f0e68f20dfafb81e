//! A migration that was begun and is given up: the tables are what they were before it. Only its last act takes
//! something away, so all that is done by then has a way back, but for values that have no equal in the type
//! before. It is one transaction: all is undone, or nothing.
use super::convert::converted;
use super::live;
use crate::migrate::MigrateError;
use crate::migrate::planning;
use crate::migrate::shape::{self, Shape, Shapes};
use crate::plan::sql::quoted;
use crate::store::DatabaseError;
use crate::store::postgres::ddl;
use crate::store::postgres::names;
use crate::store::postgres::schema::UnderWay;
use crate::store::postgres::session::Session;
use crate::store::schema::text;
use quater_ir::storage::migration::{self, Action, Conversion, Step, conversion};
use quater_ir::storage::{Storage, Table};
use smol_str::SmolStr;
use std::collections::BTreeMap;

/// Why it is not undone.
pub(super) enum Failed {
    Database(DatabaseError),
    Migrate(MigrateError),
}

impl From<DatabaseError> for Failed {
    fn from(error: DatabaseError) -> Self {
        Self::Database(error)
    }
}

/// Undoes what was done, in the transaction that is open; `made` are the tables before, and `goal` those that it
/// was to lead to.
pub(super) fn undo(
    session: &mut Session,
    open: &UnderWay,
    found: &Storage,
    [made, goal]: [&Shapes; 2],
) -> Result<(), Failed> {
    let there = live::shapes(session)?;
    loosened(&there, made, goal, &open.storage).iter().try_for_each(|sql| session.simple(sql))?;
    // The first act is a transaction, and so done as a whole; those behind it only add rules, indexes and values.
    if open.done > 0 && open.acts.first().is_some_and(|act| !act.apart) {
        let steps = migration::plan(found, &open.storage);
        has_a_way_back(session, &steps)?;
        taken_back(&steps).iter().try_for_each(|sql| session.simple(sql))?;
    }
    let there = live::shapes(session)?;
    put_back(&there, made, found).iter().try_for_each(|sql| session.simple(sql))?;
    let mut there = live::shapes(session)?;
    shape::without_foreign(&mut there, [made, goal]);
    if shape::are(&there, made, &open.storage) {
        return Ok(());
    }
    let lines = shape::drift(&there, made).into_iter().map(|drift| drift.text).collect();
    Err(Failed::Migrate(MigrateError::Missed { lines }))
}

/// Values that were made others, and have no equal as what they were.
fn has_a_way_back(session: &mut Session, steps: &[Step]) -> Result<(), Failed> {
    let mut lines = Vec::new();
    for step in migration::irreversible(steps) {
        let converted = matches!(step.action, Action::Convert { .. });
        if converted && !planning::is_empty(&mut super::Seen(session), &step.table)? {
            lines.push(step.to_string());
        }
    }
    if lines.is_empty() { Ok(()) } else { Err(Failed::Migrate(MigrateError::Irreversible { lines })) }
}

/// Takes rules and indexes of the migration away. What points to a table goes before that table.
fn loosened(there: &Shapes, made: &Shapes, goal: &Shapes, wanted: &Storage) -> Vec<String> {
    let [mut relations, mut rest] = [Vec::new(), Vec::new()];
    for (name, shape) in there {
        let none = Shape::default();
        let before = made.get(name);
        let kept = before.unwrap_or(&none);
        let goal = goal.get(name).unwrap_or(&none);
        let drop = |rule: &str| format!("ALTER TABLE {} DROP CONSTRAINT {}", quoted(name), quoted(rule));
        let present: Vec<String> =
            wanted.table(name).map(|it| of_columns(it, names::present)).unwrap_or_default();
        for (part, text) in shape.parts.iter().filter(|(part, text)| kept.parts.get(*part) != Some(text)) {
            let Some(rule) = rule(part) else { continue };
            let ours = goal.parts.contains_key(part) || present.iter().any(|it| it == rule);
            if text.starts_with("FOREIGN KEY") && ours {
                relations.push(drop(rule));
            } else if ours && before.is_some() {
                rest.push(drop(rule));
            }
        }
        for (index, text) in shape.indexes.iter().filter(|_| before.is_some()) {
            let ours = goal.indexes.contains_key(index) || goal.parts.contains_key(&part(index));
            if ours && kept.indexes.get(index) != Some(text) {
                rest.push(format!("DROP INDEX {}", quoted(index)));
            }
        }
    }
    relations.append(&mut rest);
    relations
}

fn of_columns(table: &Table, name: fn(&str, &str) -> String) -> Vec<String> {
    table.columns.iter().map(|column| name(&table.name, &column.name)).collect()
}

/// A rule as a part of its table.
fn part(rule: &str) -> String {
    format!("rule `{rule}`")
}

/// The name of a rule that is a part of its table.
fn rule(part: &str) -> Option<&str> {
    part.strip_prefix("rule `")?.strip_suffix('`')
}

/// What the first act did to tables, columns and values, taken back from behind: columns have their new names
/// until the end.
fn taken_back(steps: &[Step]) -> Vec<String> {
    let mut sql = Vec::new();
    for step in steps {
        let table = quoted(&step.table);
        let mut alter = |what: String| sql.push(format!("ALTER TABLE {table} {what}"));
        if let Action::AddColumn(column) = &step.action {
            alter(format!("DROP COLUMN IF EXISTS {}", quoted(&column.name)));
        } else if let Action::Convert { column, from, to, .. } = &step.action {
            let rule = quoted(&names::check(&step.table, column));
            let (column, kind) = (quoted(column), ddl::kind(*from));
            alter(format!("DROP CONSTRAINT IF EXISTS {rule}"));
            alter(format!("ALTER COLUMN {column} DROP DEFAULT"));
            let back = conversion(*to, *from) != Conversion::None;
            let value = if back { converted(&column, *to, *from) } else { "NULL".to_owned() };
            alter(format!("ALTER COLUMN {column} TYPE {kind} USING ({value})"));
        } else if let Action::RenameMembers { column, renamed } = &step.action {
            sql.push(members(&step.table, column, renamed));
        }
    }
    let mut columns: BTreeMap<&str, Vec<(String, String)>> = BTreeMap::new();
    for step in steps {
        if let Action::RenameColumn { from, to } = &step.action {
            columns.entry(&step.table).or_default().push((to.to_string(), from.to_string()));
        }
    }
    for (table, pairs) in columns {
        let renamed = names::in_turn(pairs).into_iter().map(|(from, to)| {
            format!("ALTER TABLE {} RENAME COLUMN {} TO {}", quoted(table), quoted(&from), quoted(&to))
        });
        sql.extend(renamed);
    }
    let made = steps.iter().filter(|step| matches!(step.action, Action::CreateTable(_)));
    sql.extend(made.map(|step| format!("DROP TABLE IF EXISTS {}", quoted(&step.table))));
    sql
}

fn members(table: &str, column: &str, renamed: &[(SmolStr, SmolStr)]) -> String {
    let column = quoted(column);
    let cases: String =
        renamed.iter().map(|(now, was)| format!(" WHEN {} THEN {}", text(now), text(was))).collect();
    let now: Vec<String> = renamed.iter().map(|(now, _)| text(now)).collect();
    let now = now.join(", ");
    format!("UPDATE {} SET {column} = CASE {column}{cases} END WHERE {column} IN ({now})", quoted(table))
}

/// What the tables lack of what they were: where null may stand, rules, then what points to other tables, and
/// indexes.
fn put_back(there: &Shapes, made: &Shapes, found: &Storage) -> Vec<String> {
    let [mut sql, mut relations] = [Vec::new(), Vec::new()];
    for table in &found.tables {
        let (Some(shape), Some(wanted)) = (there.get(table.name.as_str()), made.get(table.name.as_str()))
        else {
            continue;
        };
        let name = quoted(&table.name);
        for column in &table.columns {
            let part = format!("column `{}`", column.name);
            let required = |shape: &Shape| shape.parts.get(&part).is_some_and(|it| it.contains(" NOT NULL"));
            if required(shape) != required(wanted) {
                let word = if required(wanted) { "SET" } else { "DROP" };
                sql.push(format!("ALTER TABLE {name} ALTER COLUMN {} {word} NOT NULL", quoted(&column.name)));
            }
        }
        for (part, text) in wanted.parts.iter().filter(|(part, _)| !shape.parts.contains_key(*part)) {
            let Some(rule) = rule(part) else { continue };
            let added = format!("ALTER TABLE {name} ADD CONSTRAINT {} {text}", quoted(rule));
            if text.starts_with("FOREIGN KEY") { relations.push(added) } else { sql.push(added) }
        }
        let indexes = table.every_index();
        let lacks = indexes
            .iter()
            .filter(|index| !shape.indexes.contains_key(&ddl::index_name(table, &index.columns)));
        sql.extend(lacks.map(|index| ddl::index(table, &index.columns)));
    }
    sql.append(&mut relations);
    sql
}
