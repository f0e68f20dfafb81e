//! How many rows may point to one, which no database holds: more than may stand in the way of a lower bound.
use super::backfill::{apply, program, settings};
use super::live::Live;
use quater_ir::Program;
use quater_ir::storage::Storage;
use quater_ir::storage::migration::Grade;
use quater_runtime::migrate::{Allowed, Database, MigrateError, Plan, Way};
use quater_runtime::{Service, seed};
use std::sync::Arc;

const FRONT: &str = "service shop version 1
env { DATABASE_URL: text secret = \"sqlite::memory:\" }
resource db = database(env.DATABASE_URL)
";

/// Four orders of which the second has three lines and the third four; two lines are of none.
const ROWS: &str = r#"{
  "Order": [{ "$as": "a" }, { "$as": "b" }, { "$as": "c" }, { "$as": "d" }],
  "Line": [
    { "order": "$a" }, { "order": null }, { "order": null },
    { "order": "$b" }, { "order": "$b" }, { "order": "$b" },
    { "order": "$c" }, { "order": "$c" }, { "order": "$c" }, { "order": "$c" }
  ]
}"#;

fn shop(bounds: &str) -> Arc<Program> {
    named(bounds, "order:")
}

fn named(bounds: &str, field: &str) -> Arc<Program> {
    let by = field.trim_end_matches(':');
    let lines = format!("entity Order in db {{\n  id: int key\n  lines: [Line]{bounds} by {by}\n}}\n");
    let was = if by == "order" { "" } else { " was order" };
    program(
        FRONT,
        &format!("{lines}entity Line in db {{\n  id: int key\n  {field} Order? on delete null{was}\n}}\n"),
    )
}

fn everywhere(check: impl Fn(&Live)) {
    check(&Live::sqlite());
    if let Some(live) = Live::postgres() {
        check(&live);
    }
}

fn plan(live: &Live, program: &Arc<Program>) -> Plan {
    Database::open(program, &settings(live)).unwrap().plan(Way::Forth).unwrap()
}

fn roll_back(live: &Live, program: &Arc<Program>) -> Result<Plan, MigrateError> {
    let allowed = Allowed { contract: true, ..Allowed::default() };
    Database::open(program, &settings(live)).unwrap().apply(Way::Back, &allowed, &mut |_| {})
}

/// What stands in the way: keys, and how many rows each has.
fn refused(done: Result<Plan, MigrateError>) -> Vec<(String, u64)> {
    let Err(MigrateError::Blocked(plan)) = done else { panic!("{done:?}") };
    plan.blocked().flat_map(|it| it.rows.clone().into_iter().zip(it.counts.clone())).collect()
}

#[test]
fn a_lower_bound_looks_at_the_rows_first_and_names_whose_are_too_many() {
    everywhere(|live| {
        apply(live, &shop("(..4)")).unwrap();
        seed::seed(&shop("(..4)"), &settings(live), ROWS, false).unwrap();
        let step = plan(live, &shop("(..2)")).steps.remove(0).step;
        assert_eq!(step.grade, Grade::ExpandContract);
        assert_eq!(step.to_string(), "let at most 2 rows of `line` point to one of `order` by `order`");
        let both = [("2".to_owned(), 3), ("3".to_owned(), 4)];
        assert_eq!(refused(apply(live, &shop("(..2)"))), both);
        assert_eq!(refused(apply(live, &shop("(..3)"))), both[1..]);
        assert!(plan(live, &shop("(..4)")).is_empty(), "nothing was done");
        live.run("DELETE FROM line WHERE id > 9");
        apply(live, &shop("(..3)")).unwrap();
        assert!(plan(live, &shop("(..3)")).is_empty(), "it is written down");
        assert!(Service::start(shop("(..4)"), &settings(live)).is_err(), "another bound is another version");
    });
}

#[test]
fn a_higher_bound_is_safe_and_the_way_back_looks_at_the_rows() {
    everywhere(|live| {
        apply(live, &shop("(..4)")).unwrap();
        seed::seed(&shop("(..4)"), &settings(live), ROWS, false).unwrap();
        for bounds in ["(..9)", ""] {
            assert_eq!(plan(live, &shop(bounds)).grade(), Grade::Safe, "{bounds}");
        }
        apply(live, &shop("(..9)")).unwrap();
        roll_back(live, &shop("(..9)")).unwrap();
        apply(live, &shop("(..9)")).unwrap();
        live.run("UPDATE line SET \"order\" = 3 WHERE \"order\" IS NULL");
        assert_eq!(refused(roll_back(live, &shop("(..9)"))), [("3".to_owned(), 6)]);
        // Many that become one are held by what is unique, and one that becomes many fits any bound.
        live.run("DELETE FROM line");
        let one = program(
            FRONT,
            "entity Order in db {\n  id: int key\n  line: Line? by order\n}\nentity Line in db {\n  id: int key\n  order: Order? unique on delete null\n}\n",
        );
        apply(live, &one).unwrap();
        live.run("INSERT INTO line (\"order\") VALUES (1)");
        assert_eq!(plan(live, &shop("(..4)")).grade(), Grade::Safe);
    });
}

#[test]
fn a_bound_is_looked_at_under_the_name_that_its_column_had() {
    everywhere(|live| {
        apply(live, &shop("(..4)")).unwrap();
        seed::seed(&shop("(..4)"), &settings(live), ROWS, false).unwrap();
        let after = named("(..3)", "of:");
        assert_eq!(refused(apply(live, &after)), [("3".to_owned(), 4)]);
        live.run("DELETE FROM line WHERE id > 9");
        apply(live, &after).unwrap();
        assert!(plan(live, &after).is_empty());
    });
}

#[test]
fn no_more_than_a_few_are_named() {
    everywhere(|live| {
        apply(live, &shop("")).unwrap();
        live.run("INSERT INTO \"order\" (id) VALUES (1), (2), (3), (4), (5), (6), (7)");
        live.run("INSERT INTO line (\"order\") SELECT id FROM \"order\" UNION ALL SELECT id FROM \"order\"");
        let Err(MigrateError::Blocked(plan)) = apply(live, &shop("(..1)")) else { panic!("two are more") };
        let blocked = plan.blocked().next().unwrap();
        assert_eq!((blocked.rows.len(), blocked.counts.len(), blocked.more), (5, 5, true));
    });
}

/// An earlier build wrote no bounds down; then nothing is known of them, until the next start or `apply`.
#[test]
fn a_database_of_an_earlier_build_learns_its_bounds() {
    everywhere(|live| {
        apply(live, &shop("(..4)")).unwrap();
        seed::seed(&shop("(..4)"), &settings(live), ROWS, false).unwrap();
        let mut storage: Storage = shop("(..4)").storage.recorded();
        storage.bounded = false;
        storage.tables.iter_mut().flat_map(|it| &mut it.foreign_keys).for_each(|it| it.most = None);
        let text = serde_json::to_string(&storage).unwrap();
        assert!(!text.contains("most") && !text.contains("bounded"), "{text}");
        let forget = || live.run(&format!("UPDATE _quater_migrations SET storage = '{text}'"));
        forget();
        assert!(plan(live, &shop("(..4)")).is_empty());
        assert!(apply(live, &shop("(..4)")).unwrap().is_empty());
        assert_eq!(plan(live, &shop("(..2)")).blocked().count(), 1, "an apply has written it down");
        forget();
        Service::start(shop("(..4)"), &settings(live)).unwrap();
        assert_eq!(plan(live, &shop("(..2)")).blocked().count(), 1, "a start has written it down");
    });
}
