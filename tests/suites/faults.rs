//! What breaks under a service: the process is killed, the disk refuses or is full. A client outside the process
//! logs what was acknowledged; all of that is there afterwards, and nothing is half there.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use quater_tests::postgres::Database;
use rusqlite::Connection;
use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const SERVICE: &str = include_str!("faults/pairs.qtr");
const CLIENTS: usize = 8;
const ROUNDS: u64 = 50;
const PATIENCE: Duration = Duration::from_secs(10);

/// The service as a process of its own, perhaps under a tracer that breaks its system calls.
struct Server {
    process: Child,
    address: String,
}

impl Server {
    fn start(folder: &Path, broken: Option<&str>) -> Option<Self> {
        Self::start_on(folder, broken, "sqlite:pairs.db")
    }

    fn start_on(folder: &Path, broken: Option<&str>, url: &str) -> Option<Self> {
        let binary = env!("CARGO_BIN_EXE_quater");
        let mut command = match broken {
            None => Command::new(binary),
            Some(fault) => {
                let mut strace = Command::new("strace");
                strace.args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,pwrite64"]);
                strace.args(["-e", &format!("inject={fault}"), "--", binary]);
                strace
            }
        };
        let command = command.args(["run", "--listen", "127.0.0.1:0", "pairs.qtr"]).current_dir(folder);
        let command = command.env("DATABASE_URL", url);
        let mut process = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        match line.trim().rsplit_once("http://") {
            Some((_, address)) => Some(Self { address: address.to_owned(), process }),
            None => {
                process.wait().unwrap();
                None
            }
        }
    }

    /// Ends it without a word, with whatever it started.
    fn kill(mut self) {
        let children = format!("/proc/{0}/task/{0}/children", self.process.id());
        for child in fs::read_to_string(children).unwrap_or_default().split_whitespace() {
            Command::new("kill").args(["-9", child]).status().unwrap();
        }
        drop(self.process.kill());
        self.process.wait().unwrap();
    }
}

/// The status and body of an answer; none where the connection ends before it.
fn post(address: &str, path: &str, body: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Type: application/json"
    );
    write!(stream, "{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
}

fn id_in(body: &str) -> String {
    body.split('"').nth(3).unwrap().replace('-', "")
}

/// What clients were told while a service was under way.
#[derive(Default)]
struct Told {
    made: Mutex<Vec<String>>,
    refused: Mutex<Vec<u16>>,
}

impl Told {
    /// Writes until told to stop, or until nobody answers.
    fn write(&self, address: &str, tally: &str, stop: &AtomicBool) {
        while !stop.load(Ordering::Relaxed) {
            match post(address, &format!("/tallies/{tally}"), "{\"n\":7}") {
                Some((200, body)) => self.made.lock().unwrap().push(id_in(&body)),
                Some((status, _)) => self.refused.lock().unwrap().push(status),
                None => return,
            }
        }
    }

    fn all(&self, address: &str, tally: &str, long: impl FnOnce(&Self)) {
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for _ in 0..CLIENTS {
                scope.spawn(|| self.write(address, tally, &stop));
            }
            long(self);
            stop.store(true, Ordering::Relaxed);
        });
    }

    fn count(&self) -> usize {
        self.made.lock().unwrap().len()
    }
}

fn folder() -> (TempDir, String) {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("pairs.qtr"), SERVICE).unwrap();
    let server = Server::start(folder.path(), None).unwrap();
    let (status, body) = post(&server.address, "/tallies", "").unwrap();
    assert_eq!(status, 200, "{body}");
    server.kill();
    let tally = body.split('"').nth(3).unwrap().to_owned();
    (folder, tally)
}

/// All that was acknowledged is there, and all that is there is whole.
fn check(folder: &Path, told: &Told, what: &str) {
    let database = Connection::open(folder.join("pairs.db")).unwrap();
    let number = |sql: &str| database.query_row(sql, (), |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(
        database.query_row("PRAGMA integrity_check", (), |row| row.get::<_, String>(0)).unwrap(),
        "ok"
    );
    let heads = number("SELECT count(*) FROM head");
    assert_eq!(heads, number("SELECT count(*) FROM tail"), "{what}: a half of a pair");
    assert_eq!(heads, number("SELECT sum FROM tally"), "{what}: a pair that was not counted");
    assert_eq!(heads, number("SELECT count(*) FROM head JOIN tail ON tail.head = head.id"), "{what}");
    let audited = "SELECT count(*) FROM _quater_audit WHERE operation = 'put' AND result = 'ok'";
    assert_eq!(heads, number(audited), "{what}: a pair without its record");
    let mut there = database.prepare("SELECT 1 FROM head WHERE id = unhex(?)").unwrap();
    for id in told.made.lock().unwrap().iter() {
        assert!(there.exists([id]).unwrap(), "{what}: {id} was acknowledged");
    }
}

#[test]
fn a_service_killed_fifty_times_loses_nothing_that_it_acknowledged() {
    let (folder, tally) = folder();
    let told = Told::default();
    for round in 0..ROUNDS {
        let server = Server::start(folder.path(), None).unwrap();
        // Moments that no two rounds share, from the first request to well into the load.
        let moment = Duration::from_millis(1 + round * 37 % 97);
        let (address, before) = (server.address.clone(), told.count());
        told.all(&address, &tally, |told| {
            let start = Instant::now();
            while told.count() == before && start.elapsed() < PATIENCE {
                std::thread::yield_now();
            }
            std::thread::sleep(moment);
            server.kill();
        });
        check(folder.path(), &told, &format!("round {round}"));
    }
    assert!(told.count() as u64 >= ROUNDS, "some of each round was acknowledged");
}

/// The service and the processes of its database are killed in turn, mostly while clients write.
#[test]
fn a_service_and_its_postgres_killed_fifty_times_lose_nothing_that_was_acknowledged() {
    let Some(database) = Database::apart() else { return };
    let (folder, url, told) = (TempDir::new().unwrap(), database.url(), Told::default());
    fs::write(folder.path().join("pairs.qtr"), SERVICE).unwrap();
    let start = || Server::start_on(folder.path(), None, &url).unwrap();
    let mut server = start();
    let (status, body) = post(&server.address, "/tallies", "").unwrap();
    assert_eq!(status, 200, "{body}");
    let tally = body.split('"').nth(3).unwrap().to_owned();
    for round in 0..ROUNDS {
        let moment = Duration::from_millis(1 + round * 37 % 97);
        let (address, before) = (server.address.clone(), told.count());
        let mut next = None;
        told.all(&address, &tally, |told| {
            let begun = Instant::now();
            // A server that was killed takes a while to be back, and until then calls are refused.
            while told.count() == before && begun.elapsed() < PATIENCE {
                std::thread::sleep(Duration::from_millis(1));
            }
            std::thread::sleep(moment);
            if round % 2 == 0 {
                server.kill();
            } else {
                kill_a_worker_of(&database);
                next = Some(server);
            }
        });
        assert!(told.count() > before, "round {round}: nothing was acknowledged in {PATIENCE:?}");
        server = next.unwrap_or_else(start);
        check_on(&database, &told, &format!("round {round}"));
    }
    server.kill();
    assert!(told.refused.lock().unwrap().iter().all(|status| *status == 503), "{:?}", told.refused);
}

/// Ends a process that works for the service; the server then ends all of them and recovers.
fn kill_a_worker_of(database: &Database) {
    let busy = "SELECT pid FROM pg_stat_activity WHERE application_name = 'quater' ORDER BY random() LIMIT 1";
    let pid = database.try_rows(busy).and_then(|rows| rows.first().cloned()).unwrap();
    assert!(Command::new("kill").args(["-KILL", &pid]).status().unwrap().success());
}

/// The same of Postgres, once it is back.
fn check_on(database: &Database, told: &Told, what: &str) {
    let begun = Instant::now();
    while database.try_rows("SELECT 1").is_none() && begun.elapsed() < PATIENCE {
        std::thread::sleep(Duration::from_millis(20));
    }
    let heads = database.count("SELECT count(*) FROM head");
    assert_eq!(heads, database.count("SELECT count(*) FROM tail"), "{what}: a half of a pair");
    assert_eq!(heads, database.count("SELECT sum FROM tally"), "{what}: a pair that was not counted");
    let recorded = "SELECT count(*) FROM _quater_audit WHERE operation = 'put' AND result = 'ok'";
    assert_eq!(heads, database.count(recorded), "{what}: a pair without its record");
    let there: BTreeSet<String> =
        database.rows("SELECT id FROM head").into_iter().map(|id| id.replace('-', "")).collect();
    for id in told.made.lock().unwrap().iter() {
        assert!(there.contains(id), "{what}: {id} was acknowledged");
    }
}

/// Whether system calls can be broken here; says that a test is skipped where they can't, which CI forbids.
fn can_break(test: &str) -> bool {
    let found = Command::new("strace").args(["-qq", "-o", "/dev/null", "true"]).output();
    if found.is_ok_and(|output| output.status.success()) {
        return true;
    }
    assert!(std::env::var_os("CI").is_none(), "in CI nothing is skipped: {test} needs strace");
    drop(writeln!(std::io::stderr(), "\nskipped: {test}: there is no strace that may trace"));
    false
}

/// Breaks the disk at many moments; whatever the service says then, it holds, and goes on once the disk does.
fn broken(fault: &str, moments: &[u32], ends: bool) {
    let mut met = 0;
    for when in moments {
        let (folder, tally) = folder();
        let told = Told::default();
        let last = if ends { String::new() } else { format!("..{}", when + 2) };
        let what = format!("{fault}:when={when}{last}");
        // One that does not get as far as listening has acknowledged nothing.
        if let Some(server) = Server::start(folder.path(), Some(&what)) {
            let address = server.address.clone();
            told.all(&address, &tally, |told| {
                let start = Instant::now();
                while start.elapsed() < Duration::from_millis(if ends { 300 } else { 700 })
                    && told.count() < 200
                {
                    std::thread::sleep(Duration::from_millis(10));
                }
            });
            let refused = told.refused.lock().unwrap().clone();
            met += usize::from(if ends {
                post(&address, "/tallies", "").is_none()
            } else {
                !refused.is_empty()
            });
            for status in &refused {
                assert!(matches!(status, 500 | 503), "{what}: {status}");
            }
            if !ends {
                let after = post(&address, &format!("/tallies/{tally}"), "{\"n\":1}");
                let (status, body) = after.unwrap_or_else(|| panic!("{what}: nobody answers any more"));
                assert_eq!(status, 200, "{what}: it does not go on: {body}");
                told.made.lock().unwrap().push(id_in(&body));
            }
            server.kill();
        } else {
            met += 1;
        }
        let again = Server::start(folder.path(), None).unwrap_or_else(|| panic!("{what}: it starts no more"));
        let (status, body) = post(&again.address, &format!("/tallies/{tally}"), "{\"n\":2}").unwrap();
        assert_eq!(status, 200, "{what}: {body}");
        told.made.lock().unwrap().push(id_in(&body));
        again.kill();
        check(folder.path(), &told, &what);
    }
    assert!(met * 2 > moments.len(), "{fault}: met at {met} of {} moments only", moments.len());
}

#[test]
fn a_disk_that_fails_to_sync_for_a_while_loses_nothing() {
    if can_break("a disk that fails to sync") {
        broken("fsync:error=EIO", &[1, 2, 3, 5, 8, 13], false);
    }
}

#[test]
fn a_disk_that_is_full_for_a_while_loses_nothing() {
    if can_break("a disk that is full") {
        broken("pwrite64:error=ENOSPC", &[1, 2, 5, 9, 17, 33], false);
    }
}

#[test]
fn a_kill_in_the_middle_of_a_sync_loses_nothing() {
    if can_break("a kill in the middle of a sync") {
        broken("fsync:signal=KILL", &[1, 2, 3, 5, 8, 13, 21], true);
    }
}
