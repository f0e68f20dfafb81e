//! Requests that are meant to do harm, over real sockets: none gets through, none keeps its place, and
//! the memory that all of them together take is told.
#[path = "streams.rs"]
mod streams;

use super::wire;
use super::{Served, blocking, compile, served, start};
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

async fn fort() -> Served {
    served(start(compile("attacks.qtr"), BTreeMap::new())).await
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    stream
}

/// Sends bytes, perhaps into a connection that ends meanwhile, and reads all that comes.
fn said(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = connect(address);
    drop(stream.write_all(bytes));
    let mut answer = Vec::new();
    drop(stream.read_to_end(&mut answer));
    String::from_utf8_lossy(&answer).into_owned()
}

/// The statuses of all answers on a connection.
fn statuses(answer: &str) -> Vec<&str> {
    answer.split("HTTP/1.1 ").skip(1).filter_map(|part| part.get(..3)).collect()
}

/// Somebody else is answered, soon.
fn alive(address: SocketAddr) {
    let begun = Instant::now();
    loop {
        let reply = wire::ask(address, NEXT);
        if reply.status == 200 || begun.elapsed() > Duration::from_secs(5) {
            assert_eq!((reply.status, reply.body.as_str()), (200, "\"hello\""));
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

const POST: &str = "POST /orders HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n";
const BODY: &str = r#"{"lines":[]}"#;
const NEXT: &str = "GET /hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/// What is sent, and the one status that may come: a second answer would be one to a smuggled request.
type Attack = (&'static str, String, &'static [&'static str]);

/// Heads that are too much, or none.
fn heads() -> Vec<Attack> {
    let get =
        |line: &str, more: &str| format!("{line}\r\nHost: localhost\r\n{more}Connection: close\r\n\r\n");
    let hello = |more: &str| get("GET /hello HTTP/1.1", more);
    let long = |length: usize| "x".repeat(length);
    let flood: String = (0..5_000).map(|at| format!("x-{at}: y\r\n")).collect();
    let endless = format!("GET /hello HTTP/1.1\r\nHost: localhost\r\nx: {}", long(200_000));
    let of = |host: &str| format!("GET /hello HTTP/1.1\r\n{host}Connection: close\r\n\r\n");
    let target = get(&format!("GET /{} HTTP/1.1", long(100_000)), "");
    vec![
        ("a flood of headers", hello(&flood), &["431"]),
        ("a header too long", hello(&format!("x: {}\r\n", long(100_000))), &["431"]),
        ("a target too long", target, &["431", "414"]),
        ("a head without an end", endless, &["431"]),
        ("a space before a colon", hello("x : y\r\n"), &["400"]),
        ("a folded header", hello("x: y\r\n z\r\n"), &["400"]),
        ("a zero in a header", hello("x: a\0b\r\n"), &["400"]),
        ("two hosts", hello("Host: other.example\r\n"), &["400"]),
        ("no host", of(""), &["400"]),
        ("another host", of("Host: evil.example\r\n"), &["421"]),
        ("another host in the target", get("GET http://evil.example/hello HTTP/1.1", ""), &["421"]),
        ("another protocol", "\x16\x03\x01\x02\x00\x01\x00\x01\r\n\r\n".to_owned(), &["400"]),
    ]
}

/// Bodies whose end is in doubt, with a second request behind them.
fn lengths() -> Vec<Attack> {
    let sized = |lines: &str| format!("{POST}{lines}\r\n{BODY}{NEXT}");
    let coded = |coding: &str| format!("{POST}Transfer-Encoding: {coding}\r\n\r\n0\r\n\r\n{NEXT}");
    let chunked =
        |size: &str| format!("{POST}Transfer-Encoding: chunked\r\n\r\n{size}\r\n{BODY}\r\n0\r\n\r\n{NEXT}");
    vec![
        ("two lengths", sized("Content-Length: 12\r\nContent-Length: 13\r\n"), &["400"]),
        ("two lengths in one", sized("Content-Length: 12, 13\r\n"), &["400"]),
        ("a length with a sign", sized("Content-Length: +12\r\n"), &["400"]),
        ("a negative length", sized("Content-Length: -1\r\n"), &["400"]),
        ("a length in hexadecimal", sized("Content-Length: 0xc\r\n"), &["400"]),
        ("a length beyond all numbers", sized("Content-Length: 99999999999999999999\r\n"), &["400"]),
        ("two types", sized("Content-Type: text/plain\r\nContent-Length: 12\r\n"), &["400"]),
        ("an unknown coding", coded("xchunked"), &["400"]),
        ("two codings", coded("gzip, chunked"), &["400"]),
        ("chunked twice", coded("chunked\r\nTransfer-Encoding: chunked"), &["400"]),
        ("chunked not at the end", coded("chunked, identity"), &["400"]),
        ("a chunk with a bad size", chunked("zz"), &["400"]),
        ("a chunk beyond all numbers", chunked("fffffffffffffffff"), &["400"]),
    ]
}

/// Bodies that are too much for whoever reads them.
fn bodies() -> Vec<Attack> {
    let sized =
        |body: &str| format!("{POST}Connection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let deep = |open: &str, count: usize| sized(&format!(r#"{{"lines":{}"#, open.repeat(count)));
    let number = format!(r#"{{"lines":[{{"sku":"a","qty":1e{}}}]}}"#, "9".repeat(400));
    vec![
        ("a body too large", sized(&format!(r#"{{"lines":[{}]}}"#, "x".repeat(70_000))), &["413"]),
        ("a deep list", deep("[", 60_000), &["400"]),
        ("a deep object", deep(r#"{"a":"#, 10_000), &["400"]),
        ("a list beyond its bound", sized(&format!(r#"{{"lines":[{}0]}}"#, "0,".repeat(30_000))), &["422"]),
        ("a number beyond all", sized(&number), &["400", "422"]),
        (
            "a member a thousand times",
            sized(&format!(r#"{{{}"lines":[]}}"#, r#""lines":[],"#.repeat(1_000))),
            &["400", "422"],
        ),
        ("packed bytes", sized("\u{1f}\u{8b}\u{8}"), &["400"]),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_hostile_gets_through() {
    if apart("attacks::nothing_hostile_gets_through") {
        return;
    }
    let served = fort().await;
    let address = served.address;
    blocking(move || {
        let before = resident();
        let mut wrong = Vec::new();
        for (name, bytes, allowed) in heads().into_iter().chain(lengths()).chain(bodies()) {
            let answer = said(address, bytes.as_bytes());
            let found = statuses(&answer);
            if found.len() != 1 || !allowed.contains(&found[0]) {
                wrong.push(format!("{name}: {found:?}, not {allowed:?}"));
            }
            alive(address);
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        told("single requests", before);
    })
    .await;
}

/// A length beside `chunked` may not leave a second request on the connection (RFC 9112, section 6.3).
#[tokio::test(flavor = "multi_thread")]
async fn a_length_beside_chunks_smuggles_nothing() {
    let served = fort().await;
    let address = served.address;
    blocking(move || {
        let smuggled = "GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n";
        for order in [
            "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
        ] {
            let request = format!("{POST}{order}\r\n{:x}\r\n{BODY}\r\n0\r\n\r\n{smuggled}", BODY.len());
            let answer = said(address, request.as_bytes());
            let first = statuses(&answer);
            assert!(first.first().is_some_and(|it| ["200", "400"].contains(it)), "{answer}");
            assert!(first.get(1).is_none_or(|it| *it == "404"), "{answer}");
        }
        alive(address);
    })
    .await;
}

/// Whoever sends a head or a body by drops, or sends nothing at all, is not waited for.
#[tokio::test(flavor = "multi_thread")]
async fn slow_senders_are_not_waited_for() {
    let served = fort().await;
    let address = served.address;
    blocking(move || {
        let drop_by_drop = |head: &str, drops: &'static str| {
            let mut stream = connect(address);
            stream.write_all(head.as_bytes()).unwrap();
            let mut writer = stream.try_clone().unwrap();
            std::thread::spawn(move || {
                for _ in 0..100 {
                    if writer.write_all(drops.as_bytes()).is_err() {
                        break;
                    }
                    std::thread::sleep(Duration::from_millis(100));
                }
            });
            let begun = Instant::now();
            let mut answer = Vec::new();
            drop(stream.read_to_end(&mut answer));
            (begun.elapsed(), String::from_utf8_lossy(&answer).into_owned())
        };
        let (took, _) = drop_by_drop("GET /hello HTTP/1.1\r\n", "x: y\r\n");
        assert!(took < Duration::from_secs(4), "a slow head: {took:?}");
        let (took, answer) = drop_by_drop(&format!("{POST}Content-Length: 60000\r\n\r\n"), " ");
        assert!(
            took < Duration::from_secs(4) && statuses(&answer) == ["408"],
            "a slow body: {took:?} {answer}"
        );
        let (took, _) = drop_by_drop("", "");
        assert!(took < Duration::from_secs(4), "nothing at all: {took:?}");
    })
    .await;
}

/// All places are taken by connections that say nothing, or that ask and don't read: they lose them.
#[tokio::test(flavor = "multi_thread")]
async fn places_are_lost_by_whoever_does_not_use_them() {
    if apart("attacks::places_are_lost_by_whoever_does_not_use_them") {
        return;
    }
    let served = fort().await;
    let address = served.address;
    blocking(move || {
        let before = resident();
        let idle: Vec<TcpStream> = (0..40).map(|_| connect(address)).collect();
        alive(address);
        let text = format!(r#"{{"text":"{}"}}"#, "x".repeat(40_000));
        let ask = format!(
            "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{text}",
            text.len()
        );
        let deaf: Vec<TcpStream> = (0..40)
            .map(|_| {
                let mut stream = connect(address);
                stream.set_write_timeout(Some(Duration::from_millis(200))).unwrap();
                (0..20).for_each(|_| drop(stream.write_all(ask.as_bytes())));
                stream
            })
            .collect();
        alive(address);
        told("eighty connections that are no use", before);
        drop((idle, deaf));
    })
    .await;
}

/// Many at once, each as large as it may be.
#[tokio::test(flavor = "multi_thread")]
async fn memory_stays_bounded() {
    if apart("attacks::memory_stays_bounded") {
        return;
    }
    let served = fort().await;
    let address = served.address;
    blocking(move || {
        alive(address);
        let before = resident();
        let body = format!(r#"{{"lines":[{}]}}"#, vec![r#"{"sku":"abc","qty":1}"#; 1_000].join(","));
        let request = format!("{POST}Connection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        let busy = std::thread::scope(|scope| {
            let flood = (0..64).map(|_| {
                scope.spawn(|| {
                    let answers =
                        (0..20).map(|_| statuses(&said(address, request.as_bytes())).join("") == "503");
                    answers.filter(|busy| *busy).count()
                })
            });
            flood.collect::<Vec<_>>().into_iter().map(|it| it.join().unwrap()).sum::<usize>()
        });
        told(&format!("1,280 large requests by 64 clients, {busy} of them told to come again,"), before);
        alive(address);
    })
    .await;
}

/// Runs a test in a process of its own, where what others of the suite take is not counted; false within that one.
pub(super) fn apart(test: &str) -> bool {
    const APART: &str = "QUATER_TEST_APART";
    if std::env::var_os(APART).is_some() {
        return false;
    }
    let mut again = Command::new(std::env::current_exe().unwrap());
    let status = again.args(["--exact", test, "--nocapture"]).env(APART, "1").stdout(Stdio::null()).status();
    assert!(status.unwrap().success(), "{test} fails in a process of its own");
    true
}

/// Most bytes by which the memory of the process may have grown.
const MOST: u64 = 64 << 20;

/// Says what an attack took, and that it is not much; the test's own memory counts.
pub(super) fn told(what: &str, before: Option<u64>) {
    let (Some(before), Some(after)) = (before, resident()) else { return };
    let grown = after.saturating_sub(before);
    drop(writeln!(std::io::stderr(), "{what} took {} kB of memory", grown >> 10));
    assert!(grown < MOST, "{what} took {grown} bytes");
}

/// The memory that this process has now, without files that it looks into, where the system tells.
pub(super) fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes << 10)
}

/// A service is replaced under load, the socket being handed on: every request that was let in is answered.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_lost_while_services_are_replaced() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut current =
        super::served_on(start(compile("attacks.qtr"), BTreeMap::new()), listener.try_clone().unwrap());
    let until = Instant::now() + Duration::from_secs(3);
    let clients: Vec<_> = (0..8)
        .map(|_| {
            tokio::task::spawn_blocking(move || {
                let mut count = 0_u32;
                while Instant::now() < until {
                    let answer = said(address, NEXT.as_bytes());
                    assert_eq!(statuses(&answer), ["200"], "request {count} was lost: {answer:?}");
                    count += 1;
                }
                count
            })
        })
        .collect();
    for _ in 0..8 {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let next =
            super::served_on(start(compile("attacks.qtr"), BTreeMap::new()), listener.try_clone().unwrap());
        let old = std::mem::replace(&mut current, next);
        old.stop.send(()).unwrap();
        old.done.await.unwrap().unwrap();
    }
    let mut all = 0;
    for client in clients {
        all += client.await.unwrap();
    }
    drop(writeln!(std::io::stderr(), "{all} requests, none lost while the service was replaced eight times"));
    assert!(all > 200, "{all} requests are too few to show anything");
}
