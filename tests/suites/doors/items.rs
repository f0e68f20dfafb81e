//! Items that leave while others are made: what holds them back, what ends them, and what is told of that.
use super::attacks::{apart, resident, told};
use super::{Served, blocking, compile, served, start, wire};
use flate2::read::GzDecoder;
use quater_runtime::http::scrape;
use quater_tests::postgres::Database;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::net::TcpListener;

/// How many rows there are: far more bytes than wait in any buffer.
const ROWS: usize = 200_000;

/// The row that can't be told, of those that have parts.
const BROKEN: usize = 150_000;

/// As many at once are more than there are threads for.
const LEAVERS: usize = 20;

/// A database with rows, and what looks into it from outside.
enum Store {
    Sqlite(PathBuf, #[expect(dead_code, reason = "goes with its value")] TempDir),
    Postgres(Database),
}

impl Store {
    fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::Sqlite(folder.path().join("ledger.db"), folder)
    }

    fn url(&self) -> String {
        match self {
            Self::Sqlite(file, _) => format!("sqlite:{}", file.display()),
            Self::Postgres(database) => database.url(),
        }
    }

    /// Fills its table.
    fn fill(&self) {
        let row = format!("'{}', n % {BROKEN}", "x".repeat(120));
        match self {
            Self::Sqlite(file, _) => {
                let database = rusqlite::Connection::open(file).unwrap();
                let sql = format!(
                    "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {ROWS})
                     INSERT INTO entry (id, text, parts) SELECT n, {row} FROM numbers"
                );
                database.execute(&sql, ()).unwrap();
            }
            Self::Postgres(database) => database.run(&format!(
                "INSERT INTO entry (text, parts) SELECT {row} FROM generate_series(1, {ROWS}) AS n ORDER BY n"
            )),
        }
    }

    /// What the audit says of calls of operations, the first first, once there are so many.
    fn records(&self, count: usize) -> Vec<String> {
        let sql =
            "SELECT operation || ' ' || result || ' ' || coalesce(manner, '') FROM _quater_audit ORDER BY id";
        let begun = Instant::now();
        loop {
            let records = match self {
                Self::Sqlite(file, _) => {
                    let database = rusqlite::Connection::open(file).unwrap();
                    let mut statement = database.prepare(sql).unwrap();
                    let rows = statement.query_map((), |row| row.get(0)).unwrap();
                    rows.collect::<Result<Vec<String>, _>>().unwrap()
                }
                Self::Postgres(database) => database.rows(sql),
            };
            if records.len() >= count || begun.elapsed() > Duration::from_secs(30) {
                return records.iter().map(|record| record.trim().to_owned()).collect();
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Whether no call holds a snapshot or a statement any more.
    fn is_free(&self) -> bool {
        match self {
            Self::Sqlite(file, _) => {
                let database = rusqlite::Connection::open(file).unwrap();
                database.query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |row| row.get::<_, i64>(0)).unwrap()
                    == 0
            }
            Self::Postgres(database) => {
                let sql = "SELECT count(*) FROM pg_stat_activity
                           WHERE datname = current_database() AND state <> 'idle' AND pid <> pg_backend_pid()";
                database.count(sql) == 0
            }
        }
    }
}

async fn ledger(store: &Store) -> Served {
    let service = start(compile("items.qtr"), [("DATABASE_URL".into(), store.url())].into());
    store.fill();
    served(service).await
}

/// An answer that is read line by line.
struct Reading {
    lines: BufReader<TcpStream>,
    head: String,
}

impl Reading {
    fn of(address: SocketAddr, path: &str, accept: &str) -> Self {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAccept: {accept}\r\n\r\n"
        )
        .unwrap();
        let mut reading = Self { lines: BufReader::new(stream), head: String::new() };
        while !reading.head.ends_with("\r\n\r\n") {
            assert!(reading.lines.read_line(&mut reading.head).unwrap() > 0, "{}", reading.head);
        }
        reading
    }

    /// The next line that is an item, without what stands around it.
    fn item(&mut self) -> String {
        let mut line = String::new();
        while !line.contains("\"id\"") {
            line.clear();
            assert!(self.lines.read_line(&mut line).unwrap() > 0, "it ends");
        }
        line
    }

    /// What is left, out of its chunks, and whether they come to their end.
    fn rest(mut self) -> (String, bool) {
        let (mut rest, mut size) = (Vec::new(), String::new());
        loop {
            size.clear();
            if self.lines.read_line(&mut size).unwrap_or(0) == 0 {
                return (String::from_utf8(rest).unwrap(), false);
            }
            let length = usize::from_str_radix(size.trim(), 16).unwrap();
            if length == 0 {
                return (String::from_utf8(rest).unwrap(), true);
            }
            let before = rest.len();
            rest.resize(before + length + 2, 0);
            if self.lines.read_exact(&mut rest[before..]).is_err() {
                return (String::from_utf8_lossy(&rest).into_owned(), false);
            }
            rest.truncate(before + length);
        }
    }
}

/// What comes in chunks, without what stands around them.
struct Chunks {
    of: BufReader<TcpStream>,
    /// How many bytes of the chunk at hand are left.
    left: usize,
}

impl Read for Chunks {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if self.left == 0 {
            let mut size = String::new();
            while size.trim().is_empty() {
                size.clear();
                assert!(self.of.read_line(&mut size)? > 0, "it breaks off");
            }
            self.left = usize::from_str_radix(size.trim(), 16).unwrap();
        }
        let most = into.len().min(self.left);
        let count = self.of.read(&mut into[..most])?;
        self.left -= count;
        Ok(count)
    }
}

/// The numbers of the rows in a text, which come in their order.
fn numbered(text: &str) -> usize {
    let mut count = 0;
    for part in text.split("\"id\":").skip(1) {
        count += 1;
        let number: usize = part.split(',').next().unwrap().parse().unwrap();
        assert_eq!(number, count, "in their order, and each once");
    }
    count
}

fn get(address: SocketAddr, path: &str) -> wire::Reply {
    wire::ask(address, &format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
}

const LINES: &str = "application/x-ndjson";
const EVENTS: &str = "text/event-stream";
const ARRAY: &str = "application/json";

/// The first item is taken, another call is made, and only then the rest is taken: so the first has left before
/// the last was made, because the record of a call is written at its end.
fn leaves_as_it_is_made(store: &Store, address: SocketAddr) {
    let before = resident();
    let mut reading = Reading::of(address, "/entries", LINES);
    assert!(reading.head.contains("content-type: application/x-ndjson") && reading.head.contains("vary: "));
    reading.item();
    assert_eq!(get(address, "/now").body, r#""now""#);
    // Somebody who is slow, and yet there.
    let mut piece = vec![0; 2 << 20];
    for _ in 0..4 {
        std::thread::sleep(Duration::from_millis(300));
        reading.lines.read_exact(&mut piece).unwrap();
    }
    let (mut last, mut line) = (String::new(), String::new());
    while reading.lines.read_line(&mut line).unwrap() > 0 {
        if line.contains("\"id\"") {
            last.clone_from(&line);
        }
        line.clear();
    }
    assert!(last.contains(&format!(r#"{{"id":{ROWS},"#)), "{last}");
    told(&format!("{ROWS} rows that leave one by one"), before);
    assert_eq!(store.records(2), ["now ok", "entries ok"]);
    let (events, whole) = Reading::of(address, "/entries", EVENTS).rest();
    assert!(whole && events.ends_with("\n\nevent: end\ndata:\n\n"));
    assert_eq!(numbered(&events), ROWS);
    assert!(events.starts_with(r#"data: {"id":1,"#), "{}", &events[..40]);
    let (array, whole) = Reading::of(address, "/entries", ARRAY).rest();
    assert!(whole && array.starts_with(r#"[{"id":1,"#) && array.ends_with("\"}]"));
    assert_eq!(numbered(&array), ROWS);
    assert_eq!(store.records(4)[2..], ["entries ok", "entries ok"]);
}

/// The same in gzip: an item can be read as soon as it has arrived.
fn leaves_in_gzip(store: &Store, address: SocketAddr) {
    let before = store.records(0).len();
    let asks = format!("{LINES}\r\nAccept-Encoding: gzip");
    let reading = Reading::of(address, "/entries", &asks);
    assert!(reading.head.contains("content-encoding: gzip"), "{}", reading.head);
    let mut lines = BufReader::new(GzDecoder::new(Chunks { of: reading.lines, left: 0 })).lines();
    assert!(lines.next().unwrap().unwrap().starts_with(r#"{"id":1,"#));
    assert_eq!(get(address, "/now").body, r#""now""#);
    assert_eq!(lines.map(Result::unwrap).count(), ROWS - 1);
    assert_eq!(store.records(before + 2)[before..], ["now ok", "entries ok"]);
}

/// What fails behind the first items says so at the end, in the form of the items, and in its record.
fn fails_at_its_place(store: &Store, address: SocketAddr) {
    let before = store.records(0).len();
    let (lines, whole) = Reading::of(address, "/shares", LINES).rest();
    let (items, last) = lines.trim_end().rsplit_once('\n').unwrap();
    let count = numbered(items);
    // Rows that are fetched together fail together.
    assert!(whole && (BROKEN - 256..BROKEN).contains(&count), "{count} {last}");
    let last: serde_json::Value = serde_json::from_str(last).unwrap();
    assert_eq!((&last["status"], &last["problem"]["code"]), (&422.into(), &"Invalid".into()), "{last}");
    let (events, whole) = Reading::of(address, "/shares", EVENTS).rest();
    let (_, last) = events.rsplit_once("\n\nevent: problem\ndata: ").unwrap();
    assert!(whole && last.starts_with(r#"{"status":422,"problem":{"#) && last.ends_with("}}\n\n"), "{last}");
    let (array, whole) = Reading::of(address, "/shares", ARRAY).rest();
    assert!(!whole, "an array that breaks off has no end");
    assert!(array.starts_with(r#"[{"id":1,"#) && !array.ends_with(']'));
    assert_eq!(store.records(before + 3)[before..], ["shares Invalid"; 3]);
}

/// Whoever leaves, or takes nothing any more, ends its call, and holds nothing up.
fn ends_with_who_takes_it(store: &Store, address: SocketAddr) {
    let before = store.records(0).len();
    for _ in 0..LEAVERS {
        Reading::of(address, "/entries", LINES).item();
    }
    let mut deaf = Reading::of(address, "/entries", EVENTS);
    deaf.item();
    let records = store.records(before + LEAVERS + 1);
    assert_eq!(records[before..], ["entries Unavailable cancelled"; LEAVERS + 1]);
    let mut left = Vec::new();
    drop(deaf.lines.read_to_end(&mut left));
    assert!(!left.ends_with(b"0\r\n\r\n"), "nobody waits for somebody who takes nothing");
    let (lines, whole) = Reading::of(address, "/entries", LINES).rest();
    assert_eq!((numbered(&lines), whole), (ROWS, true));
    assert_eq!(store.records(before + LEAVERS + 2).last().unwrap(), "entries ok");
    assert!(store.is_free());
}

/// Who needs all of it at once gets as much as there may be at once.
fn has_a_bound_as_a_whole(address: SocketAddr) {
    let call = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"entries","arguments":{}}}"#;
    let request = format!(
        "POST /mcp HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Accept: application/json, text/event-stream\r\nMCP-Protocol-Version: 2025-11-25\r\nContent-Length: {}\r\n\r\n{call}",
        call.len()
    );
    let told = wire::ask(address, &request);
    assert!(told.body.contains("TooLarge: the answer is larger than 16 MB"), "{}", told.body);
    let wrapped = get(address, "/wrapped");
    assert_eq!((wrapped.status, wrapped.json()["code"].as_str()), (413, Some("TooLarge")));
    let body = r#"{"texts":["b","a"]}"#;
    let added = wire::ask(
        address,
        &format!(
            "POST /entries HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n\
             Accept: {LINES}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ),
    );
    assert_eq!((added.status, added.body.as_str()), (200, "{\"text\":\"a\"}\n{\"text\":\"b\"}\n"));
}

async fn hold(store: Store) {
    let served = ledger(&store).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (address, metrics) = (served.address, listener.local_addr().unwrap());
    let scraping = tokio::spawn(scrape(served.newest.subscribe(), listener));
    blocking(move || {
        leaves_as_it_is_made(&store, address);
        leaves_in_gzip(&store, address);
        fails_at_its_place(&store, address);
        ends_with_who_takes_it(&store, address);
        has_a_bound_as_a_whole(address);
        let counted = get(metrics, "/metrics").body;
        for line in [
            r#"quater_calls_total{operation="entries",door="http",result="ok"} 5"#,
            &format!(
                r#"quater_calls_total{{operation="entries",door="http",result="failed"}} {}"#,
                LEAVERS + 1
            ),
            r#"quater_calls_total{operation="shares",door="http",result="refused"} 3"#,
        ] {
            assert!(counted.contains(line), "{line} is not in {counted}");
        }
    })
    .await;
    scraping.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn items_leave_as_they_are_made() {
    if !apart("items::items_leave_as_they_are_made") {
        hold(Store::sqlite()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn items_leave_as_they_are_made_on_postgres() {
    if apart("items::items_leave_as_they_are_made_on_postgres") {
        return;
    }
    let Some(database) = Database::fresh() else { return };
    hold(Store::Postgres(database)).await;
}
