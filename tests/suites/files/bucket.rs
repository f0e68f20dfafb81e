//! The same album with its files in a bucket: of a server that others wrote, behind a guard of its signatures.
use super::guard::Guard;
use super::{
    AS_PNG, Album, PNG, compile, goes_up_and_down, judges, open_at, path_of, peak, send_film, settings,
};
use super::{take_film, wrong_parts_leave_nothing};
use quater_runtime::Service;
use quater_tests::postgres::Database;
use serde_json::json;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};
use tempfile::TempDir;

/// A store with one bucket; it ends with its value.
struct Store {
    process: Child,
    guard: Guard,
    port: u16,
    folder: TempDir,
}

impl Store {
    /// One that is empty, where the server can be had.
    fn open() -> Option<Self> {
        if !judges::ready() {
            return None;
        }
        let folder = TempDir::new().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let guard = Guard::open(port, "S3RVER");
        Some(Self { process: serve(folder.path(), port), guard, port, folder })
    }

    /// Its address for somebody with such a secret.
    fn url(&self, secret: &str, path: &str) -> String {
        format!("s3://S3RVER:{secret}@{}/{path}", self.guard.address)
    }

    async fn album(&self, prefix: &str, database: &str) -> Album {
        let url = self.url("S3RVER", &format!("media/{prefix}"));
        open_at(&url, self.folder.path().join("media").join(prefix), database).await
    }

    fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

fn serve(folder: &Path, port: u16) -> Child {
    let modules = judges::folder().join("node_modules");
    let mut server = Command::new(modules.join("node/bin/node"));
    server.arg(modules.join("s3rver/bin/s3rver.js")).args(["--address", "127.0.0.1", "--silent"]);
    server.args(["--port", &port.to_string(), "--configure-bucket", "media", "--directory"]).arg(folder);
    let process = server.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let begun = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(begun.elapsed() < Duration::from_secs(20), "the store does not start");
        std::thread::sleep(Duration::from_millis(50));
    }
    process
}

impl Drop for Store {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn files_go_into_a_bucket_and_come_down() {
    let Some(store) = Store::open() else { return };
    goes_up_and_down(store.album("album", "sqlite::memory:").await).await;
    wrong_parts_leave_nothing(store.album("other", "sqlite::memory:").await).await;
    let Some(database) = Database::fresh() else { return };
    goes_up_and_down(store.album("third", &database.url()).await).await;
}

/// More bytes than one part has go up in several, and come down whole.
#[tokio::test(flavor = "multi_thread")]
async fn large_files_go_in_parts_in_flat_memory() {
    const SIZE: u64 = 100 << 20;
    let Some(store) = Store::open() else { return };
    let album = store.album("", "sqlite::memory:").await;
    let path = format!("/cards/{}/film", album.card().await);
    let (address, before) = (album.address, peak());
    let (url, sent) = tokio::task::spawn_blocking(move || send_film(address, &path, SIZE)).await.unwrap();
    let link = path_of(&url);
    let got = tokio::task::spawn_blocking(move || take_film(address, &link)).await.unwrap();
    assert_eq!(sent, got);
    let shown = format!("100 MiB into a bucket and back: {} MiB more memory\n", (peak() - before) >> 10);
    std::io::stderr().write_all(shown.as_bytes()).unwrap();
    assert!(peak() < before + (96 << 10), "{shown}");
    let link = path_of(&url);
    let part = album.ask("GET", &link, &[("Range", "bytes=8388600-8388615")], b"").await;
    assert_eq!((part.status, part.body.len()), (206, 16), "across the border of two parts");
}

/// Half a large file that nobody goes on with leaves nothing, nor does one for which the store goes away.
#[tokio::test(flavor = "multi_thread")]
async fn half_a_file_leaves_nothing() {
    let Some(mut store) = Store::open() else { return };
    let database = store.folder.path().join("album.db");
    let database = format!("sqlite:{}", database.display());
    let album = store.album("album", &database).await;
    let card = album.card().await;
    let (address, path) = (album.address, format!("/cards/{card}/film"));
    let half = tokio::task::spawn_blocking(move || {
        let begin = "--cut\r\nContent-Disposition: form-data; name=\"film\"; filename=\"a.bin\"\r\n\r\n";
        let mut stream = TcpStream::connect(address).unwrap();
        write!(
            stream,
            "PUT {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nX-Key: open\r\n\
             Content-Type: multipart/form-data; boundary=cut\r\nContent-Length: 99000000\r\n\r\n{begin}"
        )
        .unwrap();
        stream.write_all(&vec![7; 20 << 20]).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut answer = String::new();
        drop(stream.read_to_string(&mut answer));
        answer
    });
    let answer = half.await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    let begun = Instant::now();
    while store.guard.count("DELETE", "uploadId=") == 0 {
        assert!(begun.elapsed() < Duration::from_secs(10), "the store is told that nothing comes of it");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(album.files(), 0);
    assert_eq!(store.guard.count("PUT", "uploadId="), 2, "two parts were full");
    let put = album.send("PUT", &format!("/cards/{card}/picture"), &[("picture", AS_PNG, PNG)]).await;
    let link = path_of(put.json()["url"].as_str().unwrap());
    store.kill();
    let away = album.send("PUT", &format!("/cards/{card}/picture"), &[("picture", AS_PNG, PNG)]).await;
    assert_eq!(away.status, 503, "the store is away: {}", away.json());
    assert_eq!(album.ask("GET", &link, &[], b"").await.status, 404);
    store.process = serve(store.folder.path(), store.port);
    let again = album.ask("GET", &link, &[], b"").await;
    assert_eq!((again.status, again.body.as_slice()), (200, PNG), "the row kept what it had");
    let kept = album.ask("GET", &format!("/cards/{card}/picture"), &[("X-Key", "open")], b"").await;
    assert_eq!(kept.json(), json!({ "size": 18, "bytes": "iVBORw0KGgowMTIzNDU2Nzg5" }));
}

/// What rows no longer keep goes at the next start, once it is old, and nothing else does.
#[tokio::test(flavor = "multi_thread")]
async fn what_no_row_keeps_goes_from_a_bucket() {
    let Some(store) = Store::open() else { return };
    let database = format!("sqlite:{}", store.folder.path().join("album.db").display());
    let album = store.album("album", &database).await;
    let cards = [album.card().await, album.card().await];
    for card in &cards {
        let put = album.send("PUT", &format!("/cards/{card}/picture"), &[("picture", AS_PNG, PNG)]).await;
        assert_eq!(put.status, 200);
    }
    let dropped =
        album.ask("DELETE", &format!("/cards/{}/picture", cards[0]), &[("X-Key", "open")], b"").await;
    assert_eq!((dropped.status, album.files()), (204, 2));
    let old = SystemTime::now() - Duration::from_secs(7_200);
    for entry in std::fs::read_dir(&album.folder).unwrap().flatten() {
        std::fs::File::options().write(true).open(entry.path()).unwrap().set_modified(old).unwrap();
    }
    let young = album.send("PUT", &format!("/cards/{}/nothing", cards[0]), &[("picture", AS_PNG, PNG)]).await;
    assert_eq!(young.status, 409);
    album.service.clone().stop().await;
    let again = store.album("album", &database).await;
    again.has_files(1, "what no row keeps is gone").await;
    let kept = again.ask("GET", &format!("/cards/{}/picture", cards[1]), &[("X-Key", "open")], b"").await;
    assert_eq!(kept.json()["size"], 18);
}

/// A service whose store does not let it in says so when it starts, and shows no secret.
#[test]
fn a_bucket_that_is_of_no_use_is_told_at_start() {
    let Some(store) = Store::open() else { return };
    let nowhere = "s3://S3RVER:hush@127.0.0.1:1/media".to_owned();
    let cases = [
        (store.url("hush", "media"), "the bucket `media` at 127.0.0.1: the store answers 403"),
        (store.url("S3RVER", "other"), "the bucket `other` at 127.0.0.1: the store answers 404"),
        (nowhere, "the bucket `media` at 127.0.0.1: the store does not answer"),
        (
            store.url("S3RVER", "media").replace("S3RVER:S", "OTHER:S"),
            "the bucket `media` at 127.0.0.1: the store answers 403",
        ),
        ("s3://media/album".to_owned(), "its address has no key and secret"),
        ("ftp://media".to_owned(), "its URL begins with neither `file:` nor `s3:`"),
    ];
    for (url, wanted) in cases {
        let error = Service::start(compile(), &settings(&url, "sqlite::memory:")).err().unwrap().to_string();
        assert!(error.contains(wanted) && !error.contains("hush"), "{error}");
    }
}
