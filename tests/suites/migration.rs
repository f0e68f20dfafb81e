//! Migrations on live databases: random tables, long chains there and back, and processes that end on the way.
//! On SQLite always, on Postgres where there is one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

#[path = "migration/backfill.rs"]
mod backfill;
#[path = "migration/beside.rs"]
mod beside;
#[path = "migration/bounds.rs"]
mod bounds;
#[path = "migration/chain.rs"]
mod chain;
#[path = "migration/convert.rs"]
mod convert;
#[path = "migration/kill.rs"]
mod kill;
#[path = "migration/live.rs"]
mod live;
#[path = "migration/planned.rs"]
mod planned;
#[path = "migration/random.rs"]
mod random;
#[path = "migration/renames.rs"]
mod renames;
#[path = "migration/stopped.rs"]
mod stopped;
#[path = "migration/stored.rs"]
mod stored;
#[path = "migration/tables.rs"]
mod tables;

use live::{Live, Rows};
use quater_ir::Program;
use quater_ir::expr::reach::columns_in;
use quater_ir::storage::migration::{self, Grade};
use quater_ir::storage::{Check, Storage, StoredKind, Table};
use quater_runtime::Settings;
use quater_runtime::migrate::{Allowed, Database, MigrateError, Plan, Way};
use smol_str::SmolStr;
use std::collections::BTreeMap;
use std::sync::Arc;

const SERVICE: &str = "service tables version 1
env { DATABASE_URL: text secret = \"sqlite::memory:\" }
resource main = database(env.DATABASE_URL)
entity Any in main {
  id: uuid key
  allow all public
}
";

/// A program with these tables.
fn program(storage: &Storage, version: u32) -> Arc<Program> {
    let mut sources = quater_compiler::report::Sources::default();
    sources.add(quater_compiler::report::Source::new("tables.qtr", SERVICE.to_owned()));
    let mut program = quater_compiler::analyse(sources).program.unwrap();
    program.storage = storage.clone();
    program.service.version = version;
    Arc::new(program)
}

fn open(live: &Live, storage: &Storage, version: u32) -> Database {
    let env = BTreeMap::from([(SmolStr::new_static("DATABASE_URL"), live.url())]);
    Database::open(&program(storage, version), &Settings::new(env, live.folder())).unwrap()
}

/// Everything that loses something is accepted.
fn everything(found: &Storage, wanted: &Storage) -> Allowed {
    let steps = migration::plan(found, wanted);
    Allowed { contract: true, losses: steps.iter().filter_map(migration::Step::code).collect() }
}

fn apply(live: &Live, found: &Storage, wanted: &Storage, version: u32) -> Result<Plan, MigrateError> {
    let allowed = everything(found, wanted);
    open(live, wanted, version).apply(Way::Forth, &allowed, &mut |_| {})
}

fn roll_back(live: &Live, now: &Storage, before: &Storage) -> Result<Plan, MigrateError> {
    let allowed = everything(now, &migration::undoing(before, now));
    open(live, now, 1).apply(Way::Back, &allowed, &mut |_| {})
}

/// The values that rows keep: of columns that are on both sides with one kind, under their new names and with
/// the new names of members.
fn kept(rows: &Rows, found: &Storage, wanted: &Storage) -> Rows {
    let mut kept = Rows::new();
    for table in &wanted.tables {
        let (Some(old), Some(before)) = (found.table(&table.name), rows.get(table.name.as_str())) else {
            continue;
        };
        let renamed = migration::renamed(old, table);
        let row = |values: &BTreeMap<String, Option<String>>| {
            let value = |column: &quater_ir::storage::StoredColumn| {
                let was = renamed.get(&column.name).copied().unwrap_or(&column.name);
                let gone =
                    renamed.values().any(|old| **old == column.name) && !renamed.contains_key(&column.name);
                let before = old.column(was).filter(|it| it.kind == column.kind && !gone)?;
                let value = values.get(was.as_str())?.clone();
                Some((
                    column.name.to_string(),
                    value.map(|it| member(&it, &before.check, table, &column.name)),
                ))
            };
            table.columns.iter().filter_map(value).collect()
        };
        kept.insert(
            table.name.to_string(),
            before.iter().map(|(key, values)| (key.clone(), row(values))).collect(),
        );
    }
    kept
}

/// A text under the name that it has after the migration.
fn member(value: &str, before: &Option<Check>, table: &Table, column: &SmolStr) -> String {
    let origin = &table.column(column).unwrap().origin;
    let Some(Check::OneOf(old)) = before else { return value.to_owned() };
    let became =
        origin.renamed.iter().find(|(now, was)| was == value && old.contains(was) && !old.contains(now));
    became.map_or_else(|| value.to_owned(), |(now, _)| now.to_string())
}

/// Sees that rows are as they were, save that what was null in a column that must have a value is not any more.
fn assert_kept(context: &str, want: &Rows, now: &Rows) {
    for (table, rows) in want {
        let there = &now[table];
        assert_eq!(
            rows.keys().collect::<Vec<_>>(),
            there.keys().collect::<Vec<_>>(),
            "{context}: rows of {table}"
        );
        for (key, values) in rows {
            for (column, value) in values {
                let found = &there[key][column];
                let filled = value.is_none() && found.is_some();
                assert!(
                    found == value || filled,
                    "{context}: {table}.{column} of {key}: {value:?} became {found:?}"
                );
            }
        }
    }
}

/// Sees that what is worked out of rows is what [`random::changed`] has it be.
fn assert_worked_out(context: &str, wanted: &Storage, rows: &Rows) {
    for table in &wanted.tables {
        for column in table.columns.iter().filter(|column| column.origin.is_worked_out()) {
            let mut read = None;
            let fill = column.origin.fill.as_ref().unwrap();
            columns_in(fill, &mut |id| read = Some(&table.columns[id.index()].name));
            for row in rows[table.name.as_str()].values() {
                let of = row[read.unwrap().as_str()].clone().unwrap();
                let want = if column.kind == StoredKind::Int {
                    (of.parse::<i64>().unwrap() + 1).to_string()
                } else {
                    format!("{of}!")
                };
                assert_eq!(row[column.name.as_str()].as_ref(), Some(&want), "{context}: {}", column.name);
            }
        }
    }
}

/// Makes a database of tables with rows, and applies a change of them. Tells whether it could be done.
fn check_change(
    context: &str,
    live: &Live,
    found: &Storage,
    wanted: &Storage,
    rng: &mut random::Rng,
) -> bool {
    apply(live, &Storage::default(), found, 1).unwrap_or_else(|error| panic!("{context}: {error:?}"));
    live.fill(found, rng);
    let (before, shape) = (live.rows(found), live.shape());
    match apply(live, found, wanted, 2) {
        Ok(_) => {
            let fresh = live.another();
            apply(&fresh, &Storage::default(), wanted, 2).unwrap();
            assert_eq!(
                live.shape(),
                fresh.shape(),
                "{context}: the tables of the migrated and of a new database"
            );
            let rows = live.rows(wanted);
            assert_kept(context, &kept(&before, found, wanted), &rows);
            assert_worked_out(context, wanted, &rows);
            assert!(open(live, wanted, 2).plan(Way::Forth).unwrap().is_empty(), "{context}");
            true
        }
        Err(MigrateError::Blocked(plan)) => {
            assert!(
                plan.blocked().all(|it| it.step.grade != Grade::Safe || !it.rows.is_empty()),
                "{context}"
            );
            assert_eq!((live.rows(found), live.shape()), (before, shape), "{context}: nothing was done");
            false
        }
        Err(error) => panic!("{context}: {error:?}\n{:#?}", migration::plan(found, wanted)),
    }
}

fn many(cases: u64, fresh: impl Fn() -> Option<Live>) {
    let (mut done, mut all) = (0, 0);
    for seed in 0..cases {
        let Some(live) = fresh() else { return };
        let mut rng = random::Rng::new(seed);
        let found = random::storage(&mut rng);
        let wanted = random::changed(&found, &mut rng);
        all += 1;
        done += u64::from(check_change(&format!("seed {seed}"), &live, &found, &wanted, &mut rng));
    }
    assert!(done * 3 > all, "only {done} of {all} changes could be done");
}

/// Changes of tables with rows, begun on Postgres and given up behind their first act.
#[test]
fn random_changes_that_are_begun_and_given_up_leave_the_tables() {
    let mut undone = 0;
    for seed in 0..40 {
        let Some(live) = Live::postgres() else { return };
        let mut rng = random::Rng::new(seed);
        let found = random::storage(&mut rng);
        let wanted = random::changed(&found, &mut rng);
        apply(&live, &Storage::default(), &found, 1).unwrap();
        live.fill(&found, &mut rng);
        let (before, shape) = (live.rows(&found), live.shape());
        let steps = migration::plan(&found, &wanted);
        let (url, last) = (live.url(), wanted.clone());
        let begun = std::thread::spawn(move || {
            let env = BTreeMap::from([(SmolStr::new_static("DATABASE_URL"), url)]);
            let settings = Settings::new(env, std::path::PathBuf::from("."));
            let mut database = Database::open(&program(&last, 2), &settings).unwrap();
            let allowed = everything(&found, &last);
            _ = database.apply(Way::Forth, &allowed, &mut |progress| {
                let behind = matches!(progress, quater_runtime::migrate::Progress::Act { at, .. } if at > 0);
                assert!(!behind, "given up");
            });
            found
        });
        let Err(_) = begun.join() else { continue };
        let found = random::storage(&mut random::Rng::new(seed));
        let context = format!("seed {seed}: {steps:#?}");
        match open(&live, &found, 1).give_up() {
            Ok(Some(_)) => undone += 1,
            Ok(None) => panic!("{context}: nothing was begun"),
            Err(MigrateError::Irreversible { .. }) => continue,
            Err(error) => panic!("{context}: {error:?}"),
        }
        assert_eq!(live.shape(), shape, "{context}");
        assert_kept(&context, &before, &live.rows(&found));
    }
    assert!(undone > 5, "only {undone} were undone");
}

#[test]
fn random_changes_on_sqlite_give_the_tables_and_keep_the_rows() {
    many(80, || Some(Live::sqlite()));
}

#[test]
fn random_changes_on_postgres_give_the_tables_and_keep_the_rows() {
    many(30, Live::postgres);
}
