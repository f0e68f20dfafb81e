//! A process that is killed: what it has acknowledged is there, whole.
use super::place::{Place, on, start};
use super::{LEDGER, compile, join};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

const FOLDER: &str = "QUATER_TEST_CRASH_FOLDER";
const URL: &str = "QUATER_TEST_CRASH_URL";

on!(file, postgres => [a_killed_process_loses_no_acknowledged_write]);

/// The process that is killed: it writes without end and prints each key once it is acknowledged.
#[test]
#[ignore = "started by the tests below"]
fn writes_without_end() {
    let (Ok(folder), Ok(url)) = (std::env::var(FOLDER), std::env::var(URL)) else { return };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let service = start(&compile(LEDGER), Path::new(&folder), &url).unwrap();
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

async fn a_killed_process_loses_no_acknowledged_write(place: Place) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::writes_without_end", "--ignored", "--nocapture"])
        .env(FOLDER, place.folder())
        .env(URL, place.url())
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
    drop(place.start(&compile(LEDGER)).unwrap());
    let there = place.keys("person");
    for id in made.iter().filter(|id| id.len() == 36) {
        assert!(there.binary_search(&id.replace('-', "")).is_ok(), "{id} was acknowledged");
    }
    let count = |sql: &str| place.count(sql);
    assert_eq!(count("SELECT count(*) FROM person"), count("SELECT count(*) FROM _quater_audit"));
}
