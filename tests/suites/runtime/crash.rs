//! A process that is killed: what it has acknowledged is there.
use super::{LEDGER, compile, join, start};
use rusqlite::Connection;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

const FOLDER: &str = "QUATER_TEST_CRASH_FOLDER";

/// The process that is killed: it writes without end and prints each key once it is acknowledged.
#[test]
#[ignore = "started by the test below"]
fn writes_without_end() {
    let Ok(folder) = std::env::var(FOLDER) else { return };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let service = start(&compile(LEDGER), Path::new(&folder), "sqlite:ledger.db").unwrap();
        let writers = (0..8).map(|_| {
            let service = service.clone();
            tokio::spawn(async move {
                loop {
                    let (_, id) = join(&service, "ann", "customer").await;
                    writeln!(std::io::stdout(), "made {id}").unwrap();
                }
            })
        });
        let writers: Vec<tokio::task::JoinHandle<()>> = writers.collect();
        for writer in writers {
            writer.await.unwrap();
        }
    });
}

#[test]
fn a_killed_process_loses_no_acknowledged_write() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::writes_without_end", "--ignored", "--nocapture"])
        .env(FOLDER, folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut made = Vec::new();
    for line in lines {
        // The harness may print in front of the first one.
        if let Some((_, id)) = line.split_once("made ") {
            made.push(id.to_owned());
        }
        if made.len() == 500 {
            child.kill().unwrap();
        }
    }
    child.wait().unwrap();
    assert!(made.len() >= 500);
    let service = start(&compile(LEDGER), folder.path(), "sqlite:ledger.db").unwrap();
    drop(service);
    let database = Connection::open(folder.path().join("ledger.db")).unwrap();
    let mut there = database.prepare("SELECT 1 FROM person WHERE id = unhex(?)").unwrap();
    for id in made.iter().filter(|id| id.len() == 36) {
        assert!(there.exists([id.replace('-', "")]).unwrap(), "{id} was acknowledged");
    }
    let count = |sql: &str| database.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(count("SELECT count(*) FROM person"), count("SELECT count(*) FROM _quater_audit"));
}
