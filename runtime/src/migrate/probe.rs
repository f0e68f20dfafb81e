//! Rows that stand in the way of a step, found before anything is done.
use super::columns::Pair;
use super::planning::Change;
use super::sqlite::convert as in_sqlite;
use crate::plan::dialect::Dialect;
use crate::plan::sql::quoted;
use crate::store::sqlite::ddl as sqlite_ddl;
use quater_ir::storage::migration::{Action, Grade, Step};
use quater_ir::storage::{ForeignKey, StoredColumn, StoredKind};
use smol_str::SmolStr;

/// Most keys that are shown.
pub(crate) const SHOWN: usize = 5;

/// A question whose answers are the keys of rows that stand in the way of a step.
pub(crate) struct Probe {
    pub(crate) step: usize,
    pub(crate) sql: String,
}

/// What is asked before a plan is carried out.
pub(crate) fn probes(change: &Change<'_>, dialect: Dialect) -> Vec<Probe> {
    let asked = |(at, step): (usize, &Step)| {
        let sql = question(change, &change.pair(&step.table)?, step, dialect)?;
        Some(Probe { step: at, sql })
    };
    change.steps.iter().enumerate().filter_map(asked).collect()
}

/// The value of an expression, as another kind; null where there is none.
pub(crate) fn converted(dialect: Dialect, it: &str, from: StoredKind, to: StoredKind) -> String {
    match dialect {
        Dialect::Sqlite => in_sqlite::converted(it, from, to),
        #[cfg(feature = "postgres")]
        Dialect::Postgres => super::postgres::convert::converted(it, from, to),
        #[cfg(not(feature = "postgres"))]
        Dialect::Postgres => "NULL".to_owned(),
    }
}

fn unequal(dialect: Dialect, it: &str, from: StoredKind, to: StoredKind) -> Option<String> {
    match dialect {
        Dialect::Sqlite => in_sqlite::unequal(it, from, to),
        #[cfg(feature = "postgres")]
        Dialect::Postgres => super::postgres::convert::unequal(it, from, to),
        #[cfg(not(feature = "postgres"))]
        Dialect::Postgres => None,
    }
}

fn rule(dialect: Dialect, it: &str, column: &StoredColumn) -> Option<String> {
    match dialect {
        Dialect::Sqlite => sqlite_ddl::rule(it, column),
        #[cfg(feature = "postgres")]
        Dialect::Postgres => crate::store::postgres::ddl::rule(it, column),
        #[cfg(not(feature = "postgres"))]
        Dialect::Postgres => None,
    }
}

fn question(change: &Change<'_>, pair: &Pair<'_>, step: &Step, dialect: Dialect) -> Option<String> {
    let column = |name: &SmolStr| pair.wanted.column(name);
    let value = |column: &StoredColumn| pair.value(column, change.fills, dialect);
    if let Action::Require { column: name, .. } = &step.action {
        return Some(rows(pair, &format!("{} IS NULL", value(column(name)?))));
    }
    // Even a wider decimal may be too large for its 64 bits.
    if let Action::Convert { column, from, to, .. } = &step.action {
        let name = quoted(&pair.before(column)?.name);
        let unequal = unequal(dialect, &name, *from, *to)?;
        return Some(rows(pair, &format!("{name} IS NOT NULL AND ({unequal})")));
    }
    if matches!(step.grade, Grade::Safe | Grade::Lossy) {
        return None;
    }
    if let Action::Check { column: name, .. } = &step.action {
        let column = column(name)?;
        let held = rule(dialect, &format!("({})", value(column)), column)?;
        Some(rows(pair, &format!("NOT ({held})")))
    } else if let Action::AddUnique(columns) = &step.action {
        let columns: Vec<&StoredColumn> = columns.iter().map(column).collect::<Option<_>>()?;
        let values: Vec<String> = columns.into_iter().map(value).collect();
        Some(duplicates(pair, &values))
    } else if let Action::AddForeignKey(foreign) | Action::Point { to: foreign, .. } = &step.action {
        let value = value(column(&foreign.column)?);
        let nowhere = dangling(change, foreign, &value);
        Some(rows(pair, &format!("{value} IS NOT NULL{nowhere}")))
    } else {
        None
    }
}

fn rows(pair: &Pair<'_>, condition: &str) -> String {
    let (key, table) = (quoted(&pair.found.key), quoted(&pair.found.name));
    format!("SELECT {key} FROM {table} WHERE {condition} LIMIT {}", SHOWN + 1)
}

fn duplicates(pair: &Pair<'_>, values: &[String]) -> String {
    let (key, table) = (quoted(&pair.found.key), quoted(&pair.found.name));
    let present: Vec<String> = values.iter().map(|value| format!("{value} IS NOT NULL")).collect();
    let (same, present) = (values.join(", "), present.join(" AND "));
    let counted =
        format!("SELECT {key} AS k, count(*) OVER (PARTITION BY {same}) AS n FROM {table} WHERE {present}");
    format!("SELECT k FROM ({counted}) AS counted WHERE n > 1 LIMIT {}", SHOWN + 1)
}

/// A table that is not there yet has no row to point to.
fn dangling(change: &Change<'_>, foreign: &ForeignKey, value: &str) -> String {
    let Some(target) = change.found.table(&foreign.table) else { return String::new() };
    format!(" AND {value} NOT IN (SELECT {} FROM {})", quoted(&target.key), quoted(&target.name))
}
