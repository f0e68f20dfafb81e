//! `quater run` and `quater dev` as processes: start, reload, keep the last good version, stop.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(20);

struct Server {
    process: Child,
    address: String,
}

impl Server {
    fn start(command: &str, folder: &Path) -> Self {
        Self::start_with(&[command], folder)
    }

    fn start_with(words: &[&str], folder: &Path) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_quater"))
            .args(words)
            .args(["--listen", "127.0.0.1:0"])
            .current_dir(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().rsplit_once("http://").expect("an address").1.to_owned();
        Self { process, address }
    }

    fn ask(&self, method: &str, path: &str, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        (status, answer.split_once("\r\n\r\n").unwrap().1.to_owned())
    }

    /// Asks until the answer has a status; fails when patience ends.
    fn until(&self, path: &str, status: u16) -> String {
        let start = Instant::now();
        loop {
            let (got, body) = self.ask("GET", path, "");
            if got == status {
                return body;
            }
            assert!(start.elapsed() < PATIENCE, "{path} still gives {got}: {body}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn stop(mut self) -> Option<i32> {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        self.process.wait().unwrap().code()
    }
}

/// A new service in a folder that goes with the test.
fn notes() -> (TempDir, std::path::PathBuf) {
    let folder = TempDir::new().unwrap();
    let made =
        Command::new(env!("CARGO_BIN_EXE_quater")).args(["new", "notes"]).current_dir(folder.path()).output();
    assert!(made.unwrap().status.success());
    let service = folder.path().join("notes");
    (folder, service)
}

#[test]
fn a_new_service_runs_and_stops() {
    let (_folder, service) = notes();
    let server = Server::start("run", &service);
    let (status, body) = server.ask("POST", "/notes", r#"{"title":" Buy milk "}"#);
    assert_eq!(status, 201, "{body}");
    assert!(body.contains(r#""title":"Buy milk""#), "{body}");
    assert!(server.until("/notes", 200).contains("Buy milk"));
    assert_eq!(server.ask("POST", "/notes", r#"{"titel":1}"#).0, 422);
    assert_eq!(server.stop(), Some(0));
    let listed = Command::new(env!("CARGO_BIN_EXE_quater"))
        .args(["call", "notes", "list"])
        .current_dir(&service)
        .output();
    assert!(
        String::from_utf8(listed.unwrap().stdout).unwrap().contains("Buy milk"),
        "what was written stays"
    );
}

#[test]
fn dev_reloads_and_keeps_the_last_good_version() {
    let (_folder, service) = notes();
    let file = service.join("notes.qtr");
    let text = fs::read_to_string(&file).unwrap();
    let server = Server::start("dev", &service);
    server.until("/notes", 200);
    fs::write(&file, text.replace("http GET /notes\n", "http GET /all\n")).unwrap();
    server.until("/all", 200);
    fs::write(&file, text.replace("http GET /notes\n", "http GET {\n")).unwrap();
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(server.ask("GET", "/all", "").0, 200);
    fs::write(&file, &text).unwrap();
    server.until("/notes", 200);
    assert_eq!(server.ask("GET", "/all", "").0, 404);
    assert_eq!(server.stop(), Some(0));
}

/// Values that miss, or are wrong, are mended where they stand; nobody has to touch a service for that.
#[test]
fn dev_takes_up_changes_of_its_environment() {
    let (_folder, service) = notes();
    let file = service.join("notes.qtr");
    let text = fs::read_to_string(&file).unwrap();
    let asks = text.replace("env {\n", "env {\n  MOST: int(1..9)\n");
    let most = "operation most() -> { most: int } {\n  http GET /most\n  allow public\n  return { most: env.MOST }\n}\n";
    fs::write(&file, format!("{asks}\n{most}")).unwrap();
    let values = service.join("dev.env");
    fs::write(&values, "MOST=10\n").unwrap();
    let mended = values.clone();
    let mending = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_secs(1));
        fs::write(mended, "MOST=3\n").unwrap();
    });
    let server = Server::start_with(&["dev", "--env-file", "dev.env"], &service);
    mending.join().unwrap();
    assert_eq!(server.until("/most", 200), r#"{"most":3}"#);
    fs::write(&values, "MOST=4\n").unwrap();
    let start = Instant::now();
    while server.until("/most", 200) != r#"{"most":4}"# {
        assert!(start.elapsed() < PATIENCE, "the new value is not taken up");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(server.stop(), Some(0));
}

#[test]
fn a_taken_address_is_told() {
    let (_folder, service) = notes();
    let server = Server::start("run", &service);
    let second = Command::new(env!("CARGO_BIN_EXE_quater"))
        .args(["run", "--listen", &server.address])
        .current_dir(&service)
        .output()
        .unwrap();
    assert_eq!(second.status.code(), Some(2));
    assert!(String::from_utf8(second.stderr).unwrap().contains("is in use by another program"));
    assert_eq!(server.stop(), Some(0));
}

/// A service in production, with its lines of output and its log.
struct Production {
    server: Server,
    metrics: String,
}

impl Production {
    fn start(folder: &Path) -> Self {
        let log = fs::File::create(folder.join("log")).unwrap();
        let mut process = Command::new(env!("CARGO_BIN_EXE_quater"))
            .args(["run", "strangers.qtr", "--listen", "127.0.0.1:0", "--metrics", "127.0.0.1:0"])
            .args(["--production", "--linger", "2"])
            .env("SIGNING_KEY", "Yr1Ow5tQb9xN3vKz8mUe2sLcJ6dHfGpA")
            .current_dir(folder)
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map(Result::unwrap);
        let mut address = |name: &str| {
            let line = lines.find(|line| line.contains(name)).expect("a line with an address");
            line.rsplit_once("http://").unwrap().1.trim_end_matches("/metrics").to_owned()
        };
        let (address, metrics) = (address("strangers version"), address("metrics"));
        Self { server: Server { process, address }, metrics }
    }

    fn status(&self, path: &str) -> u16 {
        let mut stream = TcpStream::connect(&self.server.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let head = format!("GET {path} HTTP/1.1\r\nHost: strangers.example\r\nConnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.split(' ').nth(1).unwrap().parse().unwrap()
    }
}

/// Metrics have an address of their own, a request leaves a line without its secrets, and after a stop the
/// probe says so while others are still answered.
#[test]
fn production_is_seen_and_stops_with_notice() {
    let folder = TempDir::new().unwrap();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/data/cli/files/strangers.qtr");
    fs::copy(file, folder.path().join("strangers.qtr")).unwrap();
    let production = Production::start(folder.path());
    assert_eq!([production.status("/me?key=hidden"), production.status("/metrics")], [401, 404]);
    assert_eq!(production.server.ask("GET", "/me", "").0, 421, "an address is no declared name");
    let scraped =
        Server { process: Command::new("true").spawn().unwrap(), address: production.metrics.clone() };
    let (status, text) = scraped.ask("GET", "/metrics", "");
    assert_eq!(status, 200);
    let line = r#"quater_calls_total{operation="me",door="http",result="refused"} 1"#;
    assert!(text.lines().any(|it| it == line), "{text}");
    assert_eq!(scraped.ask("GET", "/me", "").0, 404);
    assert_eq!(production.status("/readyz"), 200);
    let id = production.server.process.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    let begun = Instant::now();
    while production.status("/readyz") != 503 {
        assert!(begun.elapsed() < Duration::from_secs(2), "the probe does not notice");
    }
    assert_eq!(production.status("/me"), 401, "others are still answered");
    let mut process = production.server.process;
    assert_eq!(process.wait().unwrap().code(), Some(0));
    let log = fs::read_to_string(folder.path().join("log")).unwrap();
    let seen = log.lines().find(|line| line.contains(r#""path":"/me""#)).expect("a line for the request");
    assert!(seen.contains(r#""status":401"#) && seen.contains(r#""method":"GET""#), "{seen}");
    assert!(!log.contains("hidden"), "{log}");
}
