//! The network doors over a real socket: what stands in `doors/*.md` goes out byte for byte, and what
//! comes back is held against it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

#[path = "doors/attacks.rs"]
mod attacks;
#[path = "doors/cases.rs"]
mod cases;
#[path = "doors/items.rs"]
mod items;
#[path = "doors/kept.rs"]
mod kept;
#[path = "doors/limits.rs"]
mod limits;
#[path = "doors/wire.rs"]
mod wire;

use cases::Case;
use quater_compiler::report::{Source, Sources};
use quater_runtime::http::{HttpOptions, serve};
use quater_runtime::{Service, Settings};
use quater_tests::postgres::Database;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};
use wire::Reply;

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("doors")
}

/// The program of the cases, with a word replaced.
fn program(from: &str, to: &str) -> quater_ir::Program {
    let text = std::fs::read_to_string(data().join("service.qtr")).unwrap().replace(from, to);
    let mut sources = Sources::default();
    sources.add(Source::new("service.qtr", text));
    let analysis = quater_compiler::analyse(sources);
    analysis.program.unwrap_or_else(|| panic!("{:#?}", analysis.reports))
}

fn service(from: &str, to: &str) -> Service {
    start(program(from, to), BTreeMap::new())
}

fn start(program: quater_ir::Program, env: BTreeMap<smol_str::SmolStr, String>) -> Service {
    start_in(program, env, Path::new("."))
}

/// The same with files in a folder.
fn start_in(program: quater_ir::Program, env: BTreeMap<smol_str::SmolStr, String>, folder: &Path) -> Service {
    Service::start(Arc::new(program), &Settings::new(env, folder.to_owned())).unwrap()
}

/// A service that listens, until it is dropped.
struct Served {
    address: SocketAddr,
    newest: watch::Sender<Service>,
    stop: oneshot::Sender<()>,
    done: tokio::task::JoinHandle<std::io::Result<()>>,
}

async fn served(service: Service) -> Served {
    served_on(service, std::net::TcpListener::bind("127.0.0.1:0").unwrap())
}

/// The same on a socket that is there already.
fn served_on(service: Service, listener: std::net::TcpListener) -> Served {
    listener.set_nonblocking(true).unwrap();
    let listener = TcpListener::from_std(listener).unwrap();
    let address = listener.local_addr().unwrap();
    let (newest, services) = watch::channel(service);
    let (stop, stopped) = oneshot::channel::<()>();
    let shutdown = async { drop(stopped.await) };
    let done = tokio::spawn(serve(services, listener, HttpOptions::default(), shutdown));
    Served { address, newest, stop, done }
}

fn member_key(address: SocketAddr) -> String {
    let reply = wire::ask(
        address,
        "POST /members HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: 14\r\n\r\n{\"name\":\"Ann\"}",
    );
    assert_eq!(reply.status, 201, "{}", reply.body);
    reply.json()["key"].as_str().unwrap().to_owned()
}

async fn hold(file: &str, database: &str) {
    let program = program("", "");
    let served = served(start(program, [("DATABASE_URL".into(), database.to_owned())].into())).await;
    let text = std::fs::read_to_string(data().join(file)).unwrap();
    let address = served.address;
    let failed = tokio::task::spawn_blocking(move || {
        let key = member_key(address);
        let wrong = |case: &Case| {
            case.wrong(&wire::ask(address, &case.request(&key))).map(|why| format!("## {}\n{why}", case.name))
        };
        cases::read(&text).iter().filter_map(wrong).collect::<Vec<_>>()
    });
    let failed = failed.await.unwrap();
    assert!(failed.is_empty(), "{} of the cases in {file} fail:\n\n{}", failed.len(), failed.join("\n\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn http_answers_as_written() {
    hold("http.md", "sqlite::memory:").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mcp_answers_as_written() {
    hold("mcp.md", "sqlite::memory:").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn http_answers_as_written_on_postgres() {
    let Some(database) = Database::fresh() else { return };
    hold("http.md", &database.url()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn mcp_answers_as_written_on_postgres() {
    let Some(database) = Database::fresh() else { return };
    hold("mcp.md", &database.url()).await;
}

const HELLO: &str = "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n";

fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> impl Future<Output = T> {
    let task = tokio::task::spawn_blocking(work);
    async { task.await.unwrap() }
}

/// A connection that was open before the change meets the new version with its next request.
#[tokio::test(flavor = "multi_thread")]
async fn a_new_version_takes_over_open_connections() {
    let served = served(service("", "")).await;
    let address = served.address;
    let mut open = blocking(move || wire::Open::to(address)).await;
    let (open, before) = blocking(move || {
        let reply = open.ask(HELLO);
        (open, reply)
    })
    .await;
    served.newest.send_replace(service("hello {who}", "welcome {who}"));
    tokio::time::sleep(Duration::from_millis(200)).await;
    let after = blocking(move || {
        let mut open = open;
        open.ask(HELLO)
    })
    .await;
    assert_eq!([before.body.as_str(), after.body.as_str()], ["\"hello you\"", "\"welcome you\""]);
}

/// A request whose body is still on its way when the stop comes gets its answer.
#[tokio::test(flavor = "multi_thread")]
async fn a_stop_lets_requests_under_way_finish() {
    let served = served(service("", "")).await;
    let address = served.address;
    let mut open = blocking(move || wire::Open::to(address)).await;
    let head = "POST /places HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n";
    open.send(head);
    tokio::time::sleep(Duration::from_millis(100)).await;
    served.stop.send(()).unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    let reply: Reply = blocking(move || {
        open.send("{\"who\":\"bob\"}");
        open.reply()
    })
    .await;
    assert_eq!(reply.status, 204);
    served.done.await.unwrap().unwrap();
    assert!(std::net::TcpStream::connect(address).is_err(), "it still listens");
}

/// The program in a file.
fn compile(file: &str) -> quater_ir::Program {
    let mut sources = Sources::default();
    sources.add(Source::new(file, std::fs::read_to_string(data().join(file)).unwrap()));
    let analysis = quater_compiler::analyse(sources);
    analysis.program.unwrap_or_else(|| panic!("{:#?}", analysis.reports))
}

/// Bodies and errors in envelopes, over a real socket; and what leaves no record leaves none.
#[tokio::test(flavor = "multi_thread")]
async fn envelopes_hold_as_written() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("blog.db");
    let service = start(
        compile("envelopes.qtr"),
        [("DATABASE_URL".into(), format!("sqlite:{}", file.display()))].into(),
    );
    let served = served(service.clone()).await;
    let address = served.address;
    let failed = blocking(move || {
        let text = std::fs::read_to_string(data().join("envelopes.md")).unwrap();
        let wrong = |case: &Case| {
            case.wrong(&wire::ask(address, &case.request(""))).map(|why| format!("## {}\n{why}", case.name))
        };
        cases::read(&text).iter().filter_map(wrong).collect::<Vec<_>>()
    })
    .await;
    assert!(failed.is_empty(), "{} fail:\n\n{}", failed.len(), failed.join("\n\n"));
    service.stop().await;
    let database = rusqlite::Connection::open(&file).unwrap();
    let recorded = |operation: &str| {
        let sql = "SELECT count(*) FROM _quater_audit WHERE operation = ?1";
        database.query_row(sql, [operation], |row| row.get::<_, i64>(0)).unwrap()
    };
    assert_eq!([recorded("write"), recorded("drop"), recorded("count_posts")], [6, 0, 3]);
}
