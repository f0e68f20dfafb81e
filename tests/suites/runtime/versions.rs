//! A program at work while its tables are brought to the next version.
use super::place::{Place, on, settings};
use super::{call, compile, fault};
use quater_ir::Program;
use quater_runtime::migrate::{Allowed, Database, Way};
use quater_runtime::seed::{SeedError, Seeded, seed};
use serde_json::json;
use std::sync::Arc;

on!(file, postgres => [
    a_program_goes_on_when_a_column_with_a_constant_comes,
    a_default_of_a_column_is_no_difference,
    a_program_whose_tables_are_of_another_version_is_unavailable,
    numbers_that_a_file_gave_are_not_given_again,
    a_file_has_no_more_rows_behind_a_row_than_the_service_allows,
]);

const SHELF: &str = "service shelf version 1
env { DATABASE_URL: text }
resource main = database(env.DATABASE_URL)
entity Item in main {
  id:   int key
  name: text(1..40)
  box:  Item? on delete cascade
  held: [Item](..2) by box
  lock: password?
  allow all public
}
/// Put something on the shelf.
operation add(name: text(1..40)) -> { id: int } {
  http POST /items
  mcp tool
  allow public
  let made = create Item { name }
  return { id: made.id }
}
";

fn with(field: &str) -> Arc<Program> {
    compile(&SHELF.replace("  box:", &format!("  {field}\n  box:")))
}

fn migrate(place: &Place, program: &Arc<Program>) {
    // A database of Postgres's waits in a runtime of its own, which may not stand within another.
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut database = Database::open(program, &settings(place.folder(), &place.url())).unwrap();
            let allowed = Allowed { contract: true, ..Allowed::default() };
            database.apply(Way::Forth, &allowed, &mut |_| {}).unwrap();
        });
    });
}

async fn a_program_goes_on_when_a_column_with_a_constant_comes(place: Place) {
    let service = place.start(&compile(SHELF)).unwrap();
    call(&service, None, "add", json!({ "name": "one" })).await.unwrap();
    let kinds = [
        "stars: int(0..5) = 3",
        "price: decimal(2) = -1.50",
        "open: bool = true",
        "note: text(..30) = \"it's (1) DEFAULT (2)\"",
        "size: float = 1.5",
        "tags: [text(..9)](..3) = []",
    ];
    migrate(&place, &with(&kinds.join("\n  ")));
    call(&service, None, "add", json!({ "name": "two" })).await.unwrap();
    let rows = place.rows("SELECT name, stars, note FROM item ORDER BY id");
    assert_eq!(rows, ["one|3|it's (1) DEFAULT (2)", "two|3|it's (1) DEFAULT (2)"]);
    place.start(&with(&kinds.join("\n  "))).unwrap();
}

async fn a_default_of_a_column_is_no_difference(place: Place) {
    let now = with("stars: int(0..5) = 3");
    place.start(&compile(SHELF)).unwrap().stop().await;
    migrate(&place, &now);
    place.start(&now).unwrap().stop().await;
    // Another type has another default, and the one of before does not get in its way.
    let later = with("stars: text(..9) = \"3\"");
    migrate(&place, &later);
    place.start(&later).unwrap().stop().await;
    migrate(&place, &with("stars: text(..9) = \"4\"\n  label: text(..9) = \"x\""));
}

async fn a_program_whose_tables_are_of_another_version_is_unavailable(place: Place) {
    let service = place.start(&compile(SHELF)).unwrap();
    call(&service, None, "add", json!({ "name": "one" })).await.unwrap();
    let add = async || fault(&service, call(&service, None, "add", json!({ "name": "two" })).await);
    migrate(&place, &with("made: instant = now()"));
    assert_eq!(add().await, "Unavailable", "a column that it does not know must have a value");
    let renamed = compile(
        &SHELF
            .replace("  name: text(1..40)", "  title: text(1..40) was name\n  made: instant = now()")
            .replace("create Item { name }", "create Item { title: name }"),
    );
    migrate(&place, &renamed);
    assert_eq!(add().await, "Unavailable", "a column is called otherwise");
}

fn seeded(place: &Place, rows: &serde_json::Value) -> Result<Seeded, SeedError> {
    std::thread::scope(|scope| {
        let work = scope.spawn(|| {
            let settings = settings(place.folder(), &place.url());
            seed(&compile(SHELF), &settings, &rows.to_string(), false)
        });
        work.join().unwrap()
    })
}

async fn numbers_that_a_file_gave_are_not_given_again(place: Place) {
    for keys in [[1, 2], [-7, 0], [4, 3], [90, 91]] {
        let rows = keys.map(|id| json!({ "id": id, "name": "x" }));
        seeded(&place, &json!({ "Item": rows })).unwrap();
        let service = place.start(&compile(SHELF)).unwrap();
        call(&service, None, "add", json!({ "name": "y" })).await.unwrap();
        service.stop().await;
        place.run("DELETE FROM item WHERE name = 'y'");
    }
    assert_eq!(place.count("SELECT max(id) FROM item"), 91);
}

async fn a_file_has_no_more_rows_behind_a_row_than_the_service_allows(place: Place) {
    let row = |name: &str| json!({ "name": name, "box": "$box" });
    let rows = |count: usize| {
        let held = ["a", "b", "c"].iter().take(count).map(|name| row(name));
        let all: Vec<_> = std::iter::once(json!({ "$as": "box", "name": "box" })).chain(held).collect();
        json!({ "Item": all })
    };
    assert!(seeded(&place, &rows(2)).is_ok());
    let Err(SeedError::Wrong { place: at, what }) = seeded(&place, &rows(3)) else { panic!("too many") };
    assert_eq!((at.as_str(), what.as_str()), ("/Item/3/box", "has its most of 2 `held` already"));
    for (lock, right) in [("1234567", false), ("12345678", true), (&"x".repeat(201), false)] {
        let row = json!({ "Item": [{ "name": "z", "lock": lock }] });
        assert_eq!(seeded(&place, &row).is_ok(), right, "{lock}");
    }
    assert_eq!(place.count("SELECT count(*) FROM item"), 4);
}
