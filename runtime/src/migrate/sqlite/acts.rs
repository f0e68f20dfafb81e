//! Steps as SQLite's SQL. SQLite alters little in place, so most steps of a table are done at once: the
//! table is made anew beside the old one, filled from it, and put in its place.
use super::columns::Pair;
use crate::migrate::Act;
use crate::migrate::fill::Fills;
use crate::plan::sql::quoted;
use crate::store::schema::text;
use crate::store::sqlite::ddl;
use quater_ir::storage::migration::{Action, Step};
use quater_ir::storage::{Storage, Table};
use std::collections::BTreeSet;

/// What is done, in order.
pub(crate) fn acts(found: &Storage, wanted: &Storage, steps: &[Step], fills: &Fills<'_>) -> Vec<Act> {
    let mut acts = Vec::new();
    let mut done: BTreeSet<&str> = BTreeSet::new();
    for (at, step) in steps.iter().enumerate() {
        if let Action::CreateTable(table) = &step.action {
            acts.push(Act { steps: vec![at], sql: ddl::statements(table) });
        } else if let Action::DropTable(table) = &step.action {
            acts.push(Act { steps: vec![at], sql: vec![format!("DROP TABLE {}", quoted(&table.name))] });
        } else if done.insert(&step.table)
            && let (Some(old), Some(new)) = (found.table(&step.table), wanted.table(&step.table))
        {
            changed(&Pair::new(old, new), steps, fills, &mut acts);
        }
    }
    acts
}

fn changed(pair: &Pair<'_>, steps: &[Step], fills: &Fills<'_>, acts: &mut Vec<Act>) {
    let own = || steps.iter().enumerate().filter(|(_, step)| step.table == pair.wanted.name);
    if own().all(|(_, step)| in_place(pair, step)) {
        let act = |(at, step): (usize, &Step)| Act { steps: vec![at], sql: altered(pair.wanted, step) };
        return acts.extend(own().map(act));
    }
    acts.push(Act { steps: own().map(|(at, _)| at).collect(), sql: rebuilt(pair, fills) });
}

/// Whether SQLite can do a step without making the table anew.
fn in_place(pair: &Pair<'_>, step: &Step) -> bool {
    match &step.action {
        Action::AddColumn(column) => column.optional,
        Action::AddForeignKey(foreign) => {
            let fresh = pair.before(&foreign.column).is_none();
            fresh && pair.wanted.column(&foreign.column).is_some_and(|column| column.optional)
        }
        Action::AddIndex(_) | Action::DropIndex(_) => true,
        Action::CreateTable(_)
        | Action::DropTable(_)
        | Action::DropColumn(_)
        | Action::RenameColumn { .. }
        | Action::Convert { .. }
        | Action::RenameMembers { .. }
        | Action::AllowNull(_)
        | Action::Require { .. }
        | Action::Check { .. }
        | Action::AddUnique(_)
        | Action::DropUnique(_)
        | Action::DropForeignKey(_)
        | Action::Point { .. }
        | Action::Key { .. } => false,
    }
}

fn altered(table: &Table, step: &Step) -> Vec<String> {
    let name = quoted(&table.name);
    if let Action::AddColumn(column) = &step.action {
        vec![format!("ALTER TABLE {name} ADD COLUMN {}", ddl::column(table, column))]
    } else if let Action::AddIndex(index) = &step.action {
        vec![ddl::index(table, &index.columns)]
    } else if let Action::DropIndex(index) = &step.action {
        vec![format!("DROP INDEX {}", quoted(&ddl::index_name(table, &index.columns)))]
    } else {
        // What a column points to stands behind it.
        Vec::new()
    }
}

fn rebuilt(pair: &Pair<'_>, fills: &Fills<'_>) -> Vec<String> {
    let (old, new) = (quoted(&pair.wanted.name), format!("_quater_new_{}", pair.wanted.name));
    let beside = Table { name: new.as_str().into(), ..pair.wanted.clone() };
    let columns = pair.wanted.columns.iter();
    let names: Vec<String> = columns.clone().map(|column| quoted(&column.name)).collect();
    let values: Vec<String> = columns.map(|column| pair.value(column, fills)).collect();
    let mut sql = vec![
        ddl::table(&beside),
        format!(
            "INSERT INTO {} ({})\nSELECT {}\nFROM {old}",
            quoted(&new),
            names.join(", "),
            values.join(", ")
        ),
    ];
    if pair.wanted.numbered {
        // Numbers that were given out are not given out again.
        let (old, new) = (text(&pair.wanted.name), text(&new));
        sql.push(format!("DELETE FROM sqlite_sequence WHERE name = {new}"));
        sql.push(format!(
            "INSERT INTO sqlite_sequence (name, seq) SELECT {new}, seq FROM sqlite_sequence WHERE name = {old}"
        ));
    }
    sql.push(format!("DROP TABLE {old}"));
    sql.push(format!("ALTER TABLE {} RENAME TO {old}", quoted(&new)));
    sql.extend(pair.wanted.every_index().iter().map(|index| ddl::index(pair.wanted, &index.columns)));
    sql
}
