//! Steps as SQLite's SQL. SQLite alters little in place, so most steps of a table are done at once: the
//! table is made anew beside the old one, filled from it, and put in its place.
use crate::migrate::Act;
use crate::migrate::columns::Pair;
use crate::migrate::planning::Change;
use crate::plan::dialect::Dialect;
use crate::plan::sql::quoted;
use crate::store::schema::text;
use crate::store::sqlite::ddl;
use quater_ir::storage::migration::{Action, Step};
use quater_ir::storage::{ForeignKey, StoredColumn, Table};
use std::collections::{BTreeMap, BTreeSet};

/// Statements that make what somebody else has made on a table, by its name.
type Beside = BTreeMap<String, Vec<String>>;

/// What is done, in order.
pub(super) fn acts(change: &Change<'_>, beside: &Beside) -> Vec<Act> {
    let mut acts = Vec::new();
    let mut done: BTreeSet<&str> = BTreeSet::new();
    for (at, step) in change.steps.iter().enumerate() {
        if let Action::CreateTable(table) = &step.action {
            acts.push(Act::of(vec![at], ddl::statements(table)));
        } else if let Action::DropTable(table) = &step.action {
            acts.push(Act::of(vec![at], vec![format!("DROP TABLE {}", quoted(&table.name))]));
        } else if done.insert(&step.table)
            && let Some(pair) = change.pair(&step.table)
        {
            changed(&pair, change, beside, &mut acts);
        }
    }
    said_again(change, beside, &done.into_iter().map(str::to_owned).collect(), &mut acts);
    acts
}

/// A table that points to a key of another name now says so in its own text.
fn said_again(change: &Change<'_>, beside: &Beside, done: &BTreeSet<String>, acts: &mut Vec<Act>) {
    for table in change.wanted.tables.iter().filter(|table| !done.contains(table.name.as_str())) {
        let Some(pair) = change.pair(&table.name) else { continue };
        if let Some(foreign) = points_anew(&pair) {
            let at = change.steps.iter().position(|step| step.table == foreign.table);
            acts.push(Act::of(at.into_iter().collect(), rebuilt(&pair, change, beside)));
        }
    }
}

/// The relation that points to a key of another name now, if there is one.
fn points_anew<'a>(pair: &Pair<'a>) -> Option<&'a ForeignKey> {
    let another = |foreign: &&ForeignKey| {
        let before = pair.before(&foreign.column).map(|column| &column.name);
        pair.found.foreign_keys.iter().any(|it| Some(&it.column) == before && it.key != foreign.key)
    };
    pair.wanted.foreign_keys.iter().find(another)
}

fn changed(pair: &Pair<'_>, change: &Change<'_>, beside: &Beside, acts: &mut Vec<Act>) {
    let own = || change.steps.iter().enumerate().filter(|(_, step)| step.table == pair.wanted.name);
    if points_anew(pair).is_none() && own().all(|(_, step)| in_place(pair, step)) {
        return acts.extend(own().map(|(at, step)| Act::of(vec![at], altered(pair.wanted, step))));
    }
    acts.push(Act::of(own().map(|(at, _)| at).collect(), rebuilt(pair, change, beside)));
}

/// Whether SQLite can do a step without making the table anew.
fn in_place(pair: &Pair<'_>, step: &Step) -> bool {
    match &step.action {
        Action::AddColumn(column) => column.optional && column.origin.fill.is_none(),
        Action::AddForeignKey(foreign) => {
            let fresh = pair.before(&foreign.column).is_none();
            fresh && pair.wanted.column(&foreign.column).is_some_and(|column| column.optional)
        }
        Action::AddIndex(_) | Action::DropIndex(_) | Action::Bound { .. } => true,
        Action::Reshape { shape, .. } => shape.rewrite().is_none(),
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
        vec![format!("ALTER TABLE {name} ADD COLUMN {}", ddl::column(table, column, None))]
    } else if let Action::AddIndex(index) = &step.action {
        vec![ddl::index(table, &index.columns)]
    } else if let Action::DropIndex(index) = &step.action {
        vec![format!("DROP INDEX {}", quoted(&ddl::index_name(table, &index.columns)))]
    } else {
        // What a column points to stands behind it.
        Vec::new()
    }
}

fn rebuilt(pair: &Pair<'_>, change: &Change<'_>, beside_it: &Beside) -> Vec<String> {
    let (old, new) = (quoted(&pair.wanted.name), format!("_quater_new_{}", pair.wanted.name));
    let beside = Table { name: new.as_str().into(), ..pair.wanted.clone() };
    let columns = pair.wanted.columns.iter();
    let names: Vec<String> = columns.clone().map(|column| quoted(&column.name)).collect();
    let values: Vec<String> =
        columns.map(|column| pair.value(column, change.fills, Dialect::Sqlite)).collect();
    // Programs of the version before go on making rows.
    let fresh = |column: &StoredColumn| column.origin.is_constant() && pair.before(&column.name).is_none();
    let default = |it: &StoredColumn| fresh(it).then(|| pair.value(it, change.fills, Dialect::Sqlite));
    let mut sql = vec![
        ddl::table_with(&beside, default),
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
    // What somebody else has made went with the table.
    sql.extend(beside_it.get(pair.wanted.name.as_str()).into_iter().flatten().cloned());
    sql
}
