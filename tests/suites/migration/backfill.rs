//! What becomes of rows that were there before a change: `cases/backfill.md`, `cases/stored.md`. A case is a heading, rows as `quater seed`
//! takes them, the version before, the version after, and the rows after that, or what stood in the way. Both
//! databases come to the same. The first block stands in front of every program.
use super::live::Live;
use quater_compiler::report::{Source, Sources};
use quater_ir::Program;
use quater_ir::storage::{Storage, StoredKind, Table};
use quater_runtime::Settings;
use quater_runtime::migrate::{Allowed, Database, MigrateError, Plan, Way};
use quater_tests::golden;
use rust_decimal::Decimal;
use smol_str::SmolStr;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

pub(super) fn program(front: &str, block: &str) -> Arc<Program> {
    let mut sources = Sources::default();
    sources.add(Source::new("case.qtr", format!("{front}{block}")));
    let analysis = quater_compiler::analyse(sources);
    Arc::new(analysis.program.unwrap_or_else(|| panic!("{:#?}\n{block}", analysis.reports)))
}

pub(super) fn settings(live: &Live) -> Settings {
    let env = BTreeMap::from([(SmolStr::new_static("DATABASE_URL"), live.url())]);
    Settings::new(env, live.folder())
}

pub(super) fn apply(live: &Live, program: &Arc<Program>) -> Result<Plan, MigrateError> {
    let mut database = Database::open(program, &settings(live)).unwrap();
    let plan = database.plan(Way::Forth)?;
    let losses = plan.unaccepted(&Allowed::default()).into_iter().collect();
    database.apply(Way::Forth, &Allowed { contract: true, losses }, &mut |_| {})
}

/// A value as both databases can say it.
fn plain(live: &Live, kind: StoredKind, text: &str) -> String {
    let sqlite = matches!(live, Live::Sqlite(_));
    match kind {
        StoredKind::Bool => matches!(text, "1" | "true" | "t").to_string(),
        StoredKind::Decimal(scale) if sqlite => Decimal::new(text.parse().unwrap(), scale.into()).to_string(),
        StoredKind::Json => {
            let mut json: serde_json::Value = serde_json::from_str(text).unwrap();
            json.sort_all_objects();
            json.to_string()
        }
        StoredKind::Float => text.parse::<f64>().unwrap().to_string(),
        StoredKind::Date if !sqlite => {
            let days = live.query(&format!("SELECT date '{text}' - date '1970-01-01'"));
            days[0][0].clone().unwrap()
        }
        StoredKind::Decimal(_)
        | StoredKind::Date
        | StoredKind::Int
        | StoredKind::Text
        | StoredKind::Bytes
        | StoredKind::Uuid
        | StoredKind::Instant
        | StoredKind::Duration => text.replace(": ", ":").replace("\", \"", "\",\""),
    }
}

pub(super) fn rows(live: &Live, storage: &Storage) -> String {
    let mut text = String::new();
    let all = live.rows(storage);
    for table in &storage.tables {
        for row in all[table.name.as_str()].values() {
            writeln!(text, "{}", line(live, table, row)).unwrap();
        }
    }
    text
}

fn line(live: &Live, table: &Table, row: &BTreeMap<String, Option<String>>) -> String {
    let told = table.columns.iter().map(|column| {
        let value = row[column.name.as_str()].as_ref();
        let value = value.map_or_else(|| "null".to_owned(), |it| plain(live, column.kind, it));
        format!("{} {value}", column.name)
    });
    format!("{}: {}", table.name, told.collect::<Vec<_>>().join(", "))
}

fn in_the_way(plan: &Plan) -> String {
    let told = |it: &quater_runtime::migrate::Planned| match it.obstacle {
        Some(obstacle) => format!("{}: {obstacle}\n", it.step),
        None => format!("{}: {} in the way\n", it.step, it.rows.join(", ")),
    };
    plan.blocked().map(told).collect()
}

/// Migrates a database with rows; tells its rows then, or what stood in the way.
fn migrated(live: &Live, json: &str, before: &Arc<Program>, after: &Arc<Program>) -> String {
    apply(live, before).unwrap();
    quater_runtime::seed::seed(before, &settings(live), json, false).unwrap();
    let (there, shape) = (rows(live, &before.storage), live.shape());
    match apply(live, after) {
        Ok(_) => {
            let fresh = live.another();
            apply(&fresh, after).unwrap();
            assert_eq!(live.shape(), fresh.shape(), "the tables of the migrated and of a new database");
            rows(live, &after.storage)
        }
        Err(MigrateError::Blocked(plan)) => {
            assert_eq!((rows(live, &before.storage), live.shape()), (there, shape), "nothing was done");
            in_the_way(&plan)
        }
        Err(error) => panic!("{error:?}\n{json}"),
    }
}

#[test]
fn rows_get_the_same_on_both_databases() {
    run("cases/backfill.md");
}

#[test]
fn values_that_the_database_does_not_check_are_held_to_their_types() {
    run("cases/stored.md");
}

fn run(cases: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(cases);
    let text = std::fs::read_to_string(&path).unwrap();
    let (mut rewritten, mut front, mut blocks) = (String::new(), None::<String>, Vec::new());
    let mut lines = text.lines();
    while let Some(head) = lines.next() {
        if !head.starts_with("```") {
            writeln!(rewritten, "{head}").unwrap();
            continue;
        }
        let block: String =
            lines.by_ref().take_while(|line| *line != "```").map(|line| format!("{line}\n")).collect();
        if head == "```rows" {
            continue;
        }
        writeln!(rewritten, "{head}\n{block}```").unwrap();
        let Some(front) = &front else {
            front = Some(block);
            continue;
        };
        blocks.push(block);
        let [json, before, after] = blocks.as_slice() else { continue };
        let (before, after) = (program(front, before), program(front, after));
        let told = migrated(&Live::sqlite(), json, &before, &after);
        if let Some(live) = Live::postgres() {
            assert_eq!(migrated(&live, json, &before, &after), told, "{json}");
        }
        write!(rewritten, "```rows\n{told}```\n").unwrap();
        blocks.clear();
    }
    golden::expect(&path, &rewritten);
}

/// Postgres says of a sum that is too large, and not of which row, so each is asked.
#[test]
fn rows_of_which_a_number_is_too_large_are_named_on_both() {
    let front =
        "service items version 1\nenv { DATABASE_URL: text }\nresource db = database(env.DATABASE_URL)\n";
    let entity = |more: &str| format!("entity Item in db {{\n  id: int key\n  n: int\n{more}}}\n");
    let before = program(front, &entity(""));
    let after = program(front, &entity("  s: int unique was n * 9007199254740991\n"));
    for live in [Some(Live::sqlite()), Live::postgres()].into_iter().flatten() {
        let rows = "{ \"Item\": [{ \"n\": 1 }, { \"n\": 5000 }, { \"n\": 2 }, { \"n\": -4000 }] }";
        let told = migrated(&live, rows, &before, &after);
        let step = "add column `item.s`, int, worked out for each row that is there";
        assert_eq!(told, format!("{step}: 2, 3, 4 in the way\n"));
    }
}

/// A decimal whose opposite is too large ends a look at all rows on SQLite, too.
#[test]
fn what_ends_a_look_at_all_rows_is_named() {
    let front =
        "service items version 1\nenv { DATABASE_URL: text }\nresource db = database(env.DATABASE_URL)\n";
    let entity = |more: &str| format!("entity Item in db {{\n  id: uuid key\n  d: decimal(2)\n{more}}}\n");
    let before = program(front, &entity(""));
    let after = program(front, &entity("  a: decimal(2) was abs(d)\n"));
    for live in [Some(Live::sqlite()), Live::postgres()].into_iter().flatten() {
        let least = "\"-92233720368547758.08\"";
        let ids = ["0199f6c4-7d0e-7a31-9f1c-2b8e4f6a9d10", "0199f6c4-7d0e-7a31-9f1c-2b8e4f6a9d11"];
        let rows = format!(
            "{{ \"Item\": [{{ \"id\": \"{}\", \"d\": {least} }}, {{ \"id\": \"{}\", \"d\": \"-1.50\" }}] }}",
            ids[0], ids[1]
        );
        let told = migrated(&live, &rows, &before, &after);
        let step = "add column `item.a`, decimal(2), worked out for each row that is there";
        assert_eq!(told, format!("{step}: {} in the way\n", ids[0]));
    }
}
