//! What is written down of the shapes of columns: there and back, and where an earlier build wrote nothing.
use super::backfill::{apply, program, rows, settings};
use super::live::Live;
use quater_ir::Program;
use quater_ir::storage::Storage;
use quater_runtime::migrate::{Allowed, Database, MigrateError, Way};
use quater_runtime::{Service, seed};
use std::sync::Arc;

const FRONT: &str = "service notes version 1
env { DATABASE_URL: text secret = \"sqlite::memory:\" }
resource db = database(env.DATABASE_URL)
";

fn notes(members: &str, column: &str) -> Arc<Program> {
    program(FRONT, &format!("enum S {{ {members} }}\nentity T in db {{\n  id: int key\n  l: {column}\n}}\n"))
}

fn everywhere(check: impl Fn(&Live)) {
    check(&Live::sqlite());
    if let Some(live) = Live::postgres() {
        check(&live);
    }
}

#[test]
fn the_way_back_gives_members_the_names_that_they_had() {
    everywhere(|live| {
        let before = notes("x, y", "[S](..3)");
        let after = notes("x, z was y, new", "[S](..3)");
        apply(live, &before).unwrap();
        seed::seed(&before, &settings(live), r#"{ "T": [{ "l": ["y", "x"] }] }"#, false).unwrap();
        let there = rows(live, &before.storage);
        apply(live, &after).unwrap();
        assert_eq!(rows(live, &after.storage), "t: id 1, l [\"z\",\"x\"]\n");
        let back = || {
            let mut database = Database::open(&after, &settings(live)).unwrap();
            database.apply(Way::Back, &Allowed { contract: true, ..Allowed::default() }, &mut |_| {})
        };
        back().unwrap();
        assert_eq!(rows(live, &before.storage), there);
        // What rows have got since may have no name before.
        apply(live, &after).unwrap();
        seed::seed(&after, &settings(live), r#"{ "T": [{ "l": ["new"] }] }"#, false).unwrap();
        let Err(MigrateError::Blocked(plan)) = back() else { panic!("a row stands in the way") };
        assert_eq!(plan.blocked().flat_map(|it| it.rows.clone()).collect::<Vec<_>>(), ["2"]);
    });
}

/// What is written down, as a build wrote it that knew nothing of shapes.
fn forget(live: &Live, program: &Program) {
    let mut storage: Storage = program.storage.recorded();
    (storage.shaped, storage.bounded) = (false, false);
    storage.tables.iter_mut().flat_map(|table| &mut table.columns).for_each(|column| column.shape = None);
    let text = serde_json::to_string(&storage).unwrap();
    assert!(!text.contains("shape"), "{text}");
    live.run(&format!(
        "UPDATE _quater_migrations SET storage = '{}', digest = 'old'",
        text.replace('\'', "''")
    ));
}

#[test]
fn a_database_of_an_earlier_build_goes_on_and_learns_its_shapes() {
    everywhere(|live| {
        let (before, after) = (notes("x", "[int](..3)"), notes("x", "[text(..9)](..3)"));
        apply(live, &before).unwrap();
        seed::seed(&before, &settings(live), r#"{ "T": [{ "l": [1] }] }"#, false).unwrap();
        let is_noticed = || {
            let plan = Database::open(&after, &settings(live)).unwrap().plan(Way::Forth).unwrap();
            plan.blocked().count() == 1
        };
        assert!(is_noticed());
        forget(live, &before);
        assert!(!is_noticed(), "nothing is known");
        assert!(apply(live, &before).unwrap().is_empty(), "there is nothing to do");
        assert!(is_noticed(), "an apply has written it down");
        forget(live, &before);
        Service::start(before.clone(), &settings(live)).unwrap();
        assert!(is_noticed(), "a start has written it down");
        let past = Database::open(&before, &settings(live)).unwrap().status().unwrap().past;
        assert_eq!(past.len(), 1, "no migration is told that was none");
        assert_ne!(past[0].digest, "old");
    });
}
