//! Starting: on nothing, on what is there, and on what belongs to somebody else.
use super::{LEDGER, SECRET, call, compile, join, start};
use quater_runtime::{Service, Settings, StartError};
use rusqlite::Connection;
use serde_json::json;
use smol_str::SmolStr;
use std::collections::BTreeMap;
use std::path::PathBuf;

#[tokio::test]
async fn what_was_written_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let program = compile(LEDGER);
    let service = start(&program, folder.path(), "sqlite:ledger.db").unwrap();
    let (token, id) = join(&service, "cleo", "clerk").await;
    call(&service, Some(&token), "open_account", json!({ "code": "AA-001", "holder": id })).await.unwrap();
    service.stop().await;
    let service = start(&program, folder.path(), "sqlite:ledger.db").unwrap();
    let accounts = call(&service, Some(&token), "list_accounts", json!({})).await.unwrap();
    assert_eq!(accounts[0]["code"], "AA-001");
}

#[tokio::test]
async fn another_version_is_told_and_nothing_touched() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    start(&compile(LEDGER), folder.path(), "sqlite:ledger.db").unwrap().stop().await;
    let before = std::fs::read(&path).unwrap();
    let changed = LEDGER
        .replace("  note:    text(..200)?\n", "  note:    text(..300)?\n  colour:  text(..20)?\n")
        .replace("index (account, at desc)", "index (account, kind)")
        .replace("  boss: Person? on delete null\n", "");
    let Err(StartError::SchemaDiffers { differences, .. }) =
        start(&compile(&changed), folder.path(), "sqlite:ledger.db")
    else {
        panic!("it must not start");
    };
    assert_eq!(
        differences,
        [
            "column `person.boss` is not in the file any more",
            "column `account.note` has other bounds",
            "column `account.colour` is missing",
            "table `entry` lacks index (account, kind)",
            "table `entry` has index (account, at), which is not in the file any more",
        ]
    );
    assert!(std::fs::read(&path).unwrap() == before, "the file is as it was");
}

#[test]
fn tables_of_others_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let database = Connection::open(folder.path().join("ledger.db")).unwrap();
    database.execute_batch("CREATE TABLE Account (a); CREATE TABLE other (a)").unwrap();
    let Err(StartError::SchemaDiffers { differences, .. }) =
        start(&compile(LEDGER), folder.path(), "sqlite:ledger.db")
    else {
        panic!("it must not start");
    };
    assert_eq!(differences, ["table `account` is there already and was not made by Quater"]);
    let tables = "SELECT count(*) FROM sqlite_master";
    assert_eq!(database.query_row(tables, [], |row| row.get::<_, i64>(0)).unwrap(), 2);
}

#[test]
fn what_misses_or_does_not_fit_is_named() {
    let text = LEDGER
        .replace("env {\n", "env {\n  OTHER: int(1..9)\n")
        .replace("  allow public\n", "  allow public\n  require env.OTHER > 0 else Conflict\n");
    let program = compile(&text);
    let told = |values: &[(&str, &str)]| {
        let env = values.iter().map(|(name, value)| (SmolStr::new(name), (*value).to_owned()));
        let settings = Settings::new(env.collect::<BTreeMap<_, _>>(), PathBuf::from("/nowhere"));
        Service::start(program.clone(), &settings).err().map_or_else(String::new, |error| error.to_string())
    };
    let key = ("SIGNING_KEY", SECRET);
    assert_eq!(told(&[]), "missing environment values: OTHER, SIGNING_KEY");
    assert_eq!(told(&[key, ("OTHER", "10")]), "`OTHER` is not usable: it must be at most 9");
    assert_eq!(told(&[key, ("OTHER", "x")]), "`OTHER` is not usable: it must be a whole number");
    let short = told(&[("SIGNING_KEY", "short"), ("OTHER", "1")]);
    assert_eq!(short, "`SIGNING_KEY` is not usable: it must have at least 32 characters");
    let url = told(&[key, ("OTHER", "1"), ("DATABASE_URL", "mysql://x")]);
    assert_eq!(
        url,
        "`mysql://x` is not a database address: use `sqlite:FILE`, `sqlite::memory:` or `postgres://HOST/NAME`"
    );
    let file = told(&[key, ("OTHER", "1"), ("DATABASE_URL", "sqlite:missing/x.db")]);
    assert_eq!(file, "the database at `sqlite:/nowhere/missing/x.db` does not open");
    assert_eq!(told(&[key, ("OTHER", "1")]), "");
}
