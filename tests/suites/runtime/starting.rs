//! Starting: on nothing, on what is there, and on what belongs to somebody else.
use super::place::{Place, on};
use super::{LEDGER, SECRET, call, compile, join};
use quater_runtime::{Service, Settings, StartError};
use serde_json::json;
use smol_str::SmolStr;
use std::collections::BTreeMap;
use std::path::PathBuf;

on!(file, postgres => [
    what_was_written_is_there_after_a_restart,
    another_version_is_told_and_nothing_touched,
    tables_of_others_are_left_alone,
    services_that_start_at_once_make_the_tables_once,
    tables_that_somebody_has_changed_are_told,
]);

async fn what_was_written_is_there_after_a_restart(place: Place) {
    let program = compile(LEDGER);
    let service = place.start(&program).unwrap();
    let (token, id) = join(&service, "cleo", "clerk").await;
    call(&service, Some(&token), "open_account", json!({ "code": "AA-001", "holder": id })).await.unwrap();
    service.stop().await;
    let service = place.start(&program).unwrap();
    let accounts = call(&service, Some(&token), "list_accounts", json!({})).await.unwrap();
    assert_eq!(accounts[0]["code"], "AA-001");
}

async fn another_version_is_told_and_nothing_touched(place: Place) {
    place.start(&compile(LEDGER)).unwrap().stop().await;
    let before = place.image();
    let changed = LEDGER
        .replace("  note:    text(..200)?\n", "  note:    text(..300)?\n  colour:  text(..20)?\n")
        .replace("index (account, at desc)", "index (account, kind)")
        .replace("  boss: Person? on delete null\n", "");
    let Err(StartError::SchemaDiffers { differences, .. }) = place.start(&compile(&changed)) else {
        panic!("it must not start");
    };
    assert_eq!(
        differences,
        [
            "drop column `person.boss`, with all its values",
            "let column `account.note` hold at most 300 characters",
            "add column `account.colour`, text (at most 20 characters), null in rows that are there",
            "drop index (account, at desc) of `entry`",
            "add index (account, kind) to `entry`",
        ]
    );
    assert!(place.image() == before, "the tables are as they were");
}

async fn tables_that_somebody_has_changed_are_told(place: Place) {
    let program = compile(LEDGER);
    place.start(&program).unwrap().stop().await;
    place.run("CREATE INDEX beside ON entry (kind)");
    place.start(&program).unwrap().stop().await;
    place.run("ALTER TABLE account ADD COLUMN size integer");
    place.start(&program).unwrap().stop().await;
    place.run("ALTER TABLE entry RENAME COLUMN kind TO sort");
    let Err(StartError::Drift { lines, .. }) = place.start(&program) else { panic!("it must not start") };
    assert!(lines.contains(&"column `kind` of table `entry` is not there".to_owned()), "{lines:?}");
}

async fn tables_of_others_are_left_alone(place: Place) {
    place.run("CREATE TABLE account (a integer); CREATE TABLE other (a integer)");
    let Err(StartError::SchemaDiffers { differences, .. }) = place.start(&compile(LEDGER)) else {
        panic!("it must not start");
    };
    assert_eq!(differences, ["table `account` is there already and was not made by Quater"]);
    let tables = match place {
        Place::Postgres(_) => "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'",
        Place::File(_) | Place::Memory => "SELECT count(*) FROM sqlite_master",
    };
    assert_eq!(place.count(tables), 2);
}

/// Names of tables are one whatever their case in SQLite, and are not in Postgres.
#[test]
fn tables_of_others_are_known_whatever_their_case() {
    let place = Place::file().unwrap();
    place.run("CREATE TABLE Account (a)");
    assert!(matches!(place.start(&compile(LEDGER)), Err(StartError::SchemaDiffers { .. })));
}

async fn services_that_start_at_once_make_the_tables_once(place: Place) {
    let program = compile(LEDGER);
    let started = std::thread::scope(|scope| {
        let all: Vec<_> = (0..6).map(|_| scope.spawn(|| place.start(&program))).collect();
        all.into_iter().map(|one| one.join().unwrap().unwrap()).collect::<Vec<_>>()
    });
    let (token, id) = join(&started[0], "cleo", "clerk").await;
    for (at, service) in started.iter().enumerate() {
        let arguments = json!({ "code": format!("AA-00{at}"), "holder": id });
        call(service, Some(&token), "open_account", arguments).await.unwrap();
    }
    assert_eq!(place.count("SELECT count(*) FROM _quater_migrations"), 1);
    for service in started {
        service.stop().await;
    }
    assert_eq!(place.count("SELECT count(*) FROM account"), 6);
}

#[test]
fn what_misses_or_does_not_fit_is_named() {
    let text = LEDGER
        .replace("env {\n", "env {\n  OTHER: int(1..9)\n")
        .replace("  allow public\n", "  allow public\n  require env.OTHER > 0 else Conflict\n");
    let program = compile(&text);
    let start = |values: &[(&str, &str)]| {
        let env = values.iter().map(|(name, value)| (SmolStr::new(name), (*value).to_owned()));
        let settings = Settings::new(env.collect::<BTreeMap<_, _>>(), PathBuf::from("/nowhere"));
        let declared_at = BTreeMap::from([(SmolStr::new("OTHER"), "ledger.qtr:5".to_owned())]);
        Service::start(program.clone(), &Settings { declared_at, ..settings }).err()
    };
    let told = |values: &[(&str, &str)]| start(values).map_or_else(String::new, |error| error.to_string());
    let lines = |values: &[(&str, &str)]| match start(values) {
        Some(StartError::BadEnv { wrong }) => wrong.iter().map(ToString::to_string).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    let key = ("SIGNING_KEY", SECRET);
    assert_eq!(told(&[]), "missing environment values: OTHER, SIGNING_KEY");
    let missing = "`SIGNING_KEY: text(32..) secret` is missing";
    assert_eq!(lines(&[]), ["`OTHER: int(1..9)` (ledger.qtr:5) is missing", missing]);
    assert_eq!(told(&[key, ("OTHER", "10")]), "environment values that are not usable: OTHER");
    assert_eq!(lines(&[key, ("OTHER", "10")]), ["`OTHER: int(1..9)` (ledger.qtr:5) must be at most 9"]);
    assert_eq!(
        lines(&[("OTHER", "x")]),
        ["`OTHER: int(1..9)` (ledger.qtr:5) must be a whole number", missing]
    );
    assert_eq!(told(&[("OTHER", "x")]), "missing environment values: SIGNING_KEY; not usable: OTHER");
    let short = lines(&[("SIGNING_KEY", "short"), ("OTHER", "0")]);
    assert_eq!(short.len(), 2, "{short:?}");
    assert_eq!(short[1], "`SIGNING_KEY: text(32..) secret` must have at least 32 characters");
    let url = told(&[key, ("OTHER", "1"), ("DATABASE_URL", "mysql://x")]);
    assert_eq!(
        url,
        "`mysql://x` is not a database address: use `sqlite:FILE`, `sqlite::memory:` or `postgres://HOST/NAME`"
    );
    let file = told(&[key, ("OTHER", "1"), ("DATABASE_URL", "sqlite:missing/x.db")]);
    assert_eq!(file, "the database at `sqlite:/nowhere/missing/x.db` does not open");
    assert_eq!(told(&[key, ("OTHER", "1")]), "");
}
