//! Files over real sockets: up in parts, kept with their rows, down by links; attacked on every one of these ways.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

#[path = "files/bucket.rs"]
mod bucket;
#[path = "files/guard.rs"]
mod guard;
#[path = "matrix/judges.rs"]
mod judges;
#[path = "files/told.rs"]
mod told;

use quater_compiler::report::{Source, Sources};
use quater_runtime::http::{HttpOptions, serve};
use quater_runtime::{Service, Settings};
use quater_tests::postgres::Database;
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};

const ALBUM: &str = include_str!("files/album.qtr");

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n0123456789";

struct Album {
    address: SocketAddr,
    folder: PathBuf,
    service: Service,
    _stop: (oneshot::Sender<()>, watch::Sender<Service>),
}

struct Reply {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Reply {
    fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(its, _)| its.eq_ignore_ascii_case(name)).map(|(_, value)| value).next()
    }

    fn json(&self) -> Json {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&self.body)))
    }
}

fn compile() -> Arc<quater_ir::Program> {
    let mut sources = Sources::default();
    sources.add(Source::new("album.qtr", ALBUM.to_owned()));
    let analysis = quater_compiler::analyse(sources);
    Arc::new(analysis.program.unwrap_or_else(|| panic!("{:#?}", analysis.reports)))
}

async fn open(folder: &Path, database: &str) -> Album {
    let folder = folder.join("media");
    open_at(&format!("file:{}", folder.display()), folder, database).await
}

/// What a service with files at a URL is told.
fn settings(media: &str, database: &str) -> Settings {
    let env = [("DATABASE_URL", database.to_owned()), ("MEDIA_URL", media.to_owned())];
    let env: BTreeMap<_, _> = env.map(|(name, value)| (name.into(), value)).into();
    Settings::new(env, PathBuf::from("."))
}

/// The same with files at a URL, which end up in a folder.
async fn open_at(media: &str, folder: PathBuf, database: &str) -> Album {
    let settings = settings(media, database);
    let service = tokio::task::spawn_blocking(move || Service::start(compile(), &settings));
    let service = service.await.unwrap().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (newest, services) = watch::channel(service.clone());
    let (stop, stopped) = oneshot::channel::<()>();
    let options = HttpOptions::default();
    tokio::spawn(async move { serve(services, listener, options, async { drop(stopped.await) }).await });
    let album = Album { address, folder, service, _stop: (stop, newest) };
    let joined = album.ask("POST", "/users", &[], br#"{"word":"open"}"#).await.status;
    assert!([200, 422].contains(&joined), "now, or before the last stop: {joined}");
    album
}

/// A part: its name, what stands behind that, its bytes.
type Part<'p> = (&'p str, &'p str, &'p [u8]);

fn body(parts: &[Part<'_>]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, more, bytes) in parts {
        write!(body, "--cut\r\nContent-Disposition: form-data; name=\"{name}\"{more}\r\n\r\n").unwrap();
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--cut--\r\n");
    body
}

const AS_PNG: &str = "; filename=\"a.png\"\r\nContent-Type: image/png";
const AS_CSV: &str = "; filename=\"a.csv\"\r\nContent-Type: text/csv";

impl Album {
    async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        let mut head = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
        let typed = headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        headers.iter().for_each(|(name, value)| head += &format!("{name}: {value}\r\n"));
        if !typed && !body.is_empty() {
            head += "Content-Type: application/json\r\n";
        }
        let request = [format!("{head}Content-Length: {}\r\n\r\n", body.len()).as_bytes(), body].concat();
        self.raw(request, false).await
    }

    async fn raw(&self, request: Vec<u8>, cut: bool) -> Reply {
        let address = self.address;
        tokio::task::spawn_blocking(move || {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
            drop(stream.write_all(&request));
            if cut {
                drop(stream.shutdown(Shutdown::Write));
            }
            let mut bytes = Vec::new();
            drop(stream.read_to_end(&mut bytes));
            let at = bytes.windows(4).position(|it| it == b"\r\n\r\n").expect("an answer");
            let head = String::from_utf8(bytes[..at].to_vec()).unwrap();
            let status = head.split(' ').nth(1).unwrap().parse().unwrap();
            Reply { status, head, body: bytes[at + 4..].to_vec() }
        })
        .await
        .unwrap()
    }

    async fn send(&self, method: &str, path: &str, parts: &[Part<'_>]) -> Reply {
        let headers = [("X-Key", "open"), ("Content-Type", "multipart/form-data; boundary=cut")];
        self.ask(method, path, &headers, &body(parts)).await
    }

    async fn card(&self) -> String {
        let made = self.ask("POST", "/cards", &[("X-Key", "open")], br#"{"title":"one"}"#).await;
        assert_eq!(made.status, 201, "{}", String::from_utf8_lossy(&made.body));
        made.json()["id"].as_str().unwrap().to_owned()
    }

    /// How many files there are.
    fn files(&self) -> usize {
        stored(&self.folder)
    }

    /// Waits until there are so many files: a store is told beside everything else what to remove.
    async fn has_files(&self, wanted: usize, what: &str) {
        let begun = Instant::now();
        while self.files() != wanted {
            assert!(begun.elapsed() < Duration::from_secs(10), "{what}: {} files", self.files());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// How many files there are in a folder and below, what a store notes beside them aside.
fn stored(folder: &Path) -> usize {
    let count = |entry: std::fs::DirEntry| {
        let name = entry.file_name().into_string().unwrap();
        if entry.path().is_dir() {
            return stored(&entry.path());
        }
        usize::from(!name.contains("._S3rver_") || name.ends_with("._S3rver_object"))
    };
    std::fs::read_dir(folder).into_iter().flatten().flatten().map(count).sum()
}

fn path_of(url: &str) -> String {
    url.strip_prefix("http://localhost").unwrap().to_owned()
}

/// Headers, and the status, bytes and range that are right.
type Ranged<'r> = (&'r [(&'r str, &'r str)], u16, &'r [u8], Option<&'r str>);

/// The same file in parts, by its ETag, and by links that somebody has made up.
async fn in_parts(album: &Album, link: &str, etag: &str) {
    let ranges: [Ranged<'_>; 7] = [
        (&[("Range", "bytes=8-")], 206, &PNG[8..], Some("bytes 8-17/18")),
        (&[("Range", "bytes=-4")], 206, &PNG[14..], Some("bytes 14-17/18")),
        (&[("Range", "bytes=18-")], 416, b"", Some("bytes */18")),
        (&[("Range", "bytes=0-1,3-4")], 200, PNG, None),
        (&[("Range", "bytes=8-"), ("If-Range", "\"other\"")], 200, PNG, None),
        (&[("Range", "bytes=8-"), ("If-Range", etag)], 206, &PNG[8..], Some("bytes 8-17/18")),
        (&[("If-None-Match", etag)], 304, b"", None),
    ];
    for (headers, status, bytes, range) in ranges {
        let part = album.ask("GET", link, headers, b"").await;
        assert_eq!(
            (part.status, part.body.as_slice(), part.header("content-range")),
            (status, bytes, range),
            "{headers:?}"
        );
    }
    told::heads_are_of_the_whole(album, link).await;
    for forged in [
        format!("{link}x"),
        link.replace("/_files/", "/_files/x"),
        "/_files/..%2f..%2fetc%2fpasswd".to_owned(),
    ] {
        assert_eq!(album.ask("GET", &forged, &[], b"").await.status, 404, "{forged}");
    }
}

async fn up_and_down(database: &str) {
    let folder = TempDir::new().unwrap();
    goes_up_and_down(open(folder.path(), database).await).await;
}

async fn goes_up_and_down(album: Album) {
    let card = album.card().await;
    let sent = [("note", "", "h\u{e9}llo".as_bytes()), ("picture", AS_PNG, PNG), ("copies", "", b"3")];
    let put = album.send("PUT", &format!("/cards/{card}/picture"), &sent).await;
    assert_eq!(put.status, 200, "{}", String::from_utf8_lossy(&put.body));
    let put = put.json();
    let digest: String = Sha256::digest(PNG).iter().map(|byte| format!("{byte:02x}")).collect();
    let known = json!({ "name": "a.png", "size": PNG.len(), "type": "image/png", "digest": digest });
    assert_eq!((&put["picture"], &put["note"], &put["copies"]), (&known, &json!("h\u{e9}llo"), &json!(3)));
    let link = path_of(put["url"].as_str().unwrap());
    let whole = album.ask("GET", &link, &[], b"").await;
    assert_eq!((whole.status, whole.body.as_slice()), (200, PNG));
    for (name, value) in [
        ("content-type", "image/png"),
        ("content-disposition", "inline; filename=\"a.png\"; filename*=UTF-8''a.png"),
        ("content-security-policy", "sandbox; default-src 'none'"),
        ("x-content-type-options", "nosniff"),
        ("accept-ranges", "bytes"),
        ("etag", &format!("\"{digest}\"")),
        ("content-length", "18"),
    ] {
        assert_eq!(whole.header(name), Some(value), "{name}");
    }
    in_parts(&album, &link, &format!("\"{digest}\"")).await;
    let again = album.ask("GET", &format!("/cards/{card}/picture"), &[("X-Key", "open")], b"").await.json();
    assert_eq!(again["size"], 18);
    let listed = album.ask("GET", "/cards", &[("X-Key", "open")], b"").await.json();
    assert_eq!(listed[0]["picture"], known, "and nothing of where its bytes are");
    album.has_files(1, "what a row keeps").await;
    told::texts_say_how_they_are_written(&album, &card).await;
    album.has_files(3, "one is replaced, and removed at the next start").await;
    // What came to nothing leaves nothing.
    let failed = album.send("PUT", &format!("/cards/{card}/nothing"), &[("picture", AS_PNG, PNG)]).await;
    assert_eq!(failed.status, 409);
    album.has_files(3, "a row that is rolled back keeps no file").await;
    let weighed = album.send("POST", "/weigh", &[("sheet", AS_CSV, b"a,b\n1,2\n")]).await;
    assert_eq!(
        weighed.json(),
        json!({ "name": "a.csv", "type": "text/csv", "size": 8, "head": "YSxiCjEsMgo=" })
    );
    album.has_files(3, "what no row keeps is gone with its call").await;
    told::leaves_nothing_when_tried(&album, &card).await;
    album.service.clone().stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_go_up_are_kept_and_come_down() {
    up_and_down("sqlite::memory:").await;
    let folder = TempDir::new().unwrap();
    up_and_down(&format!("sqlite:{}", folder.path().join("album.db").display())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn files_go_up_are_kept_and_come_down_on_postgres() {
    let Some(database) = Database::fresh() else { return };
    up_and_down(&database.url()).await;
}

/// What is no file of the kind that is asked for, or no body of parts at all.
#[tokio::test(flavor = "multi_thread")]
async fn wrong_parts_are_refused_and_leave_nothing() {
    let folder = TempDir::new().unwrap();
    wrong_parts_leave_nothing(open(folder.path(), "sqlite::memory:").await).await;
}

async fn wrong_parts_leave_nothing(album: Album) {
    let path = format!("/cards/{}/picture", album.card().await);
    let big = [PNG, &vec![0; 300_000]].concat();
    let cases: Vec<(&str, Vec<Part<'_>>, u16)> = vec![
        ("a page that says it is a picture", vec![("picture", AS_PNG, b"<script>alert(1)</script>")], 422),
        (
            "a picture with a page behind it that says it is a page",
            vec![("picture", "; filename=\"a.html\"\r\nContent-Type: text/html", PNG)],
            200,
        ),
        ("a GIF where none is taken", vec![("picture", AS_PNG, b"GIF89a....")], 422),
        ("nothing", vec![("picture", AS_PNG, b"")], 422),
        ("no part", vec![], 422),
        ("another name", vec![("photo", "", b"x")], 422),
        ("too much of it", vec![("picture", AS_PNG, &big)], 413),
        ("twice", vec![("picture", AS_PNG, PNG), ("picture", AS_PNG, PNG)], 400),
        ("a text that is too long", vec![("picture", AS_PNG, PNG), ("note", "", &[b'x'; 101])], 422),
        ("a number that is none", vec![("picture", AS_PNG, PNG), ("copies", "", b"many")], 422),
        ("a text that is no UTF-8", vec![("picture", AS_PNG, PNG), ("note", "", b"\xff\xfe")], 400),
        ("a member that is not known", vec![("picture", AS_PNG, PNG), ("role", "", b"boss")], 422),
    ];
    for (what, parts, status) in cases {
        let reply = album.send("PUT", &path, &parts).await;
        assert_eq!(reply.status, status, "{what}: {}", String::from_utf8_lossy(&reply.body));
        album.has_files(usize::from(album.kept().await), what).await;
    }
    let json = album.ask("PUT", &path, &[("X-Key", "open")], br#"{"picture":{"name":"x","size":1,"type":"image/png","digest":"x","key":"0123456789abcdef0123456789abcdef"}}"#).await;
    assert_eq!(json.status, 415, "a file is sent, not named");
}

impl Album {
    async fn kept(&self) -> bool {
        let listed = self.ask("GET", "/cards", &[("X-Key", "open")], b"").await.json();
        listed[0]["picture"].is_object()
    }
}

/// Each line: a body of parts that is none, byte for byte.
#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_are_cut_wrong_are_refused() {
    let folder = TempDir::new().unwrap();
    let album = open(folder.path(), "sqlite::memory:").await;
    let path = format!("/cards/{}/picture", album.card().await);
    let begin = "--cut\r\nContent-Disposition: form-data; name=\"picture\"; filename=\"a.png\"\r\n\r\n";
    let endless = format!("--cut\r\nX: {}", "x".repeat(200_000));
    let cases: [(&str, &str, &str); 12] = [
        ("no boundary", "multipart/form-data", "--cut--\r\n"),
        ("an empty boundary", "multipart/form-data; boundary=\"\"", "----\r\n"),
        ("a boundary that is too long", &format!("multipart/form-data; boundary={}", "x".repeat(71)), "x"),
        ("another boundary", "multipart/form-data; boundary=other", "--cut--\r\n"),
        ("something before it", "multipart/form-data; boundary=cut", "hello\r\n--cut--\r\n"),
        ("a boundary in a line", "multipart/form-data; boundary=cut", "--cutter\r\n\r\n"),
        ("no end", "multipart/form-data; boundary=cut", begin),
        ("an end in a header", "multipart/form-data; boundary=cut", "--cut\r\nContent-Dispo"),
        ("headers without an end", "multipart/form-data; boundary=cut", &endless),
        ("a part without a name", "multipart/form-data; boundary=cut", "--cut\r\n\r\nx\r\n--cut--\r\n"),
        (
            "a name without an end",
            "multipart/form-data; boundary=cut",
            "--cut\r\nContent-Disposition: form-data; name=\"pic\r\n\r\nx\r\n--cut--\r\n",
        ),
        (
            "an attachment",
            "multipart/form-data; boundary=cut",
            "--cut\r\nContent-Disposition: attachment; name=\"picture\"\r\n\r\nx\r\n--cut--\r\n",
        ),
    ];
    for (what, kind, body) in cases {
        let head = format!(
            "PUT {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Key: open\r\nContent-Type: {kind}\r\n\
             Transfer-Encoding: chunked\r\n\r\n{:x}\r\n",
            body.len()
        );
        let request = [head.as_bytes(), body.as_bytes(), b"\r\n0\r\n\r\n"].concat();
        let begun = Instant::now();
        let reply = album.raw(request, false).await;
        assert_eq!(reply.status, 400, "{what}: {}", String::from_utf8_lossy(&reply.body));
        assert!(begun.elapsed() < Duration::from_secs(5), "{what}");
        assert_eq!(album.files(), 0, "{what} leaves something");
    }
    let promised = format!(
        "PUT {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Key: open\r\n\
         Content-Type: multipart/form-data; boundary=cut\r\nContent-Length: 9000\r\n\r\n{begin}\u{0}"
    );
    let reply = album.raw(promised.into_bytes(), true).await;
    assert_eq!((reply.status, album.files()), (400, 0), "a body that breaks off");
    let headers = [("Content-Type", "multipart/form-data; boundary=cut")];
    let nobody = album.ask("PUT", &path, &headers, &body(&[("picture", AS_PNG, PNG)])).await;
    assert_eq!((nobody.status, album.files()), (401, 0), "nothing is taken from who may not call");
}

/// What a crash has left goes at the next start, and nothing that a row keeps.
async fn lost_files_go(database: &str) {
    let folder = TempDir::new().unwrap();
    let album = open(folder.path(), database).await;
    let card = album.card().await;
    let put = album.send("PUT", &format!("/cards/{card}/picture"), &[("picture", AS_PNG, PNG)]).await;
    assert_eq!(put.status, 200);
    let stray = album.folder.join("ab").join("0123456789abcdef0123456789abcdab");
    std::fs::create_dir_all(stray.parent().unwrap()).unwrap();
    let young = stray.with_file_name("1123456789abcdef0123456789abcdab");
    for path in [&stray, &young] {
        std::fs::write(path, b"lost").unwrap();
    }
    let old = std::time::SystemTime::now() - Duration::from_secs(7_200);
    for folder in std::fs::read_dir(&album.folder).unwrap().flatten().filter(|it| it.path().is_dir()) {
        for file in std::fs::read_dir(folder.path()).unwrap().flatten().filter(|it| it.path() != young) {
            std::fs::File::options().write(true).open(file.path()).unwrap().set_modified(old).unwrap();
        }
    }
    album.service.clone().stop().await;
    let again = open(folder.path(), database).await;
    let begun = Instant::now();
    while stray.exists() {
        assert!(begun.elapsed() < Duration::from_secs(10), "it is still there");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(young.exists(), "a call may be about to keep it");
    let got = again.ask("GET", &format!("/cards/{card}/picture"), &[("X-Key", "open")], b"").await;
    assert_eq!(got.json()["size"], 18, "a row keeps it");
    again.service.clone().stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_row_keeps_goes_at_the_next_start() {
    let folder = TempDir::new().unwrap();
    lost_files_go(&format!("sqlite:{}", folder.path().join("album.db").display())).await;
    let Some(database) = Database::fresh() else { return };
    lost_files_go(&database.url()).await;
}

/// A gigabyte up and down: the most memory that the process has had grows by no part of it.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes a gigabyte of disk and some time: run it with `--ignored --nocapture`"]
async fn a_gigabyte_goes_through_in_flat_memory() {
    const SIZE: u64 = 1 << 30;
    let folder = TempDir::new().unwrap();
    let album = open(folder.path(), "sqlite::memory:").await;
    let path = format!("/cards/{}/film", album.card().await);
    let (address, before) = (album.address, peak());
    let begun = Instant::now();
    let (url, sent) = tokio::task::spawn_blocking(move || send_film(address, &path, SIZE)).await.unwrap();
    let (up, between) = (begun.elapsed(), peak());
    let link = path_of(&url);
    let begun = Instant::now();
    let got = tokio::task::spawn_blocking(move || take_film(address, &link)).await.unwrap();
    let (down, after) = (begun.elapsed(), peak());
    assert_eq!(sent, got);
    let shown = format!(
        "1 GiB up in {:.1} s, down in {:.1} s; peak memory {} MiB before, {} MiB behind up, {} MiB behind down\n",
        up.as_secs_f64(),
        down.as_secs_f64(),
        before >> 10,
        between >> 10,
        after >> 10
    );
    std::io::stderr().write_all(shown.as_bytes()).unwrap();
    assert!(after < before + (64 << 10), "{shown}");
}

/// The most memory that this process has had, in KiB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").trim().parse().unwrap()
}

fn send_film(address: SocketAddr, path: &str, size: u64) -> (String, Vec<u8>) {
    let begin = "--cut\r\nContent-Disposition: form-data; name=\"film\"; filename=\"a.bin\"\r\n\r\n";
    let end = "\r\n--cut--\r\n";
    let length = begin.len() as u64 + size + end.len() as u64;
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "PUT {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Key: open\r\n\
         Content-Type: multipart/form-data; boundary=cut\r\nContent-Length: {length}\r\n\r\n{begin}"
    )
    .unwrap();
    let (mut digest, mut chunk) = (Sha256::new(), vec![0_u8; 1 << 20]);
    for at in 0..size >> 20 {
        chunk[..8].copy_from_slice(&at.to_le_bytes());
        digest.update(&chunk);
        stream.write_all(&chunk).unwrap();
    }
    stream.write_all(end.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let body: Json = serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap();
    assert_eq!(body["size"], size);
    (body["url"].as_str().unwrap().to_owned(), digest.finalize().to_vec())
}

fn take_film(address: SocketAddr, link: &str) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {link} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").unwrap();
    let (mut digest, mut chunk, mut head) = (Sha256::new(), vec![0_u8; 1 << 20], Vec::new());
    loop {
        let count = stream.read(&mut chunk).unwrap();
        if count == 0 {
            return digest.finalize().to_vec();
        }
        if head.ends_with(b"\r\n\r\n") {
            digest.update(&chunk[..count]);
            continue;
        }
        for (at, byte) in chunk[..count].iter().enumerate() {
            head.push(*byte);
            if head.ends_with(b"\r\n\r\n") {
                digest.update(&chunk[at + 1..count]);
                break;
            }
        }
    }
}
