//! Files that bodies in Rust are given, keep with rows, read and link to.
use crate::compile;
use crate::place::{Place, settings};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use quater_runtime::http::{HttpOptions, serve};
use quater_runtime::native::{Bodies, Bytes, Context, Duration, Failure, File};
use quater_runtime::{Service, Settings};
use serde_json::{Value as Json, json};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};

const ALBUM: &str = include_str!("album.qtr");

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n0123456789";

fn picture(row: &Json) -> Result<File, Failure> {
    serde_json::from_value(row["picture"].clone()).map_err(Failure::internal)
}

/// Keeps a picture on a card, and does with it what the title says.
fn keep(mut call: Context<'_>, input: Json) -> Result<Json, Failure> {
    let title = input["title"].as_str().unwrap();
    let mut given = input["picture"].clone();
    if title == "link before" {
        return Err(call
            .link(&picture(&input)?, None)
            .err()
            .unwrap_or_else(|| Failure::raise("Odd", &json!({}))));
    }
    if title == "forged" {
        given["digest"] = json!("0".repeat(64));
    }
    let id: i64 = call.verb("Card", "create", &json!({ "title": title, "picture": given }))?;
    let row: Json = call.verb("Card", "find", &(id,))?;
    let kept = picture(&row)?;
    if title == "undone" {
        return Err(Failure::raise("Odd", &json!({})));
    }
    if title == "copied" {
        let other: i64 = call.verb("Card", "create", &json!({ "title": "a copy" }))?;
        call.verb::<()>("Card", "update", &json!({ "id": other, "picture": kept }))?;
    }
    let url = call.link(&kept, Some(Duration::from_milliseconds(60_000)))?;
    Ok(json!({ "id": id, "size": call.read(&kept)?.len(), "url": url }))
}

fn look(call: Context<'_>, input: Json) -> Result<Json, Failure> {
    let file = picture(&input["card"])?;
    let bytes = Bytes(call.read(&file)?);
    Ok(json!({ "name": file.name, "bytes": bytes }))
}

struct Album {
    address: SocketAddr,
    media: PathBuf,
    service: Service,
    _stop: (oneshot::Sender<()>, watch::Sender<Service>),
}

impl Album {
    async fn open(place: &Place, folder: &Path) -> Self {
        let mut bodies = Bodies::new();
        bodies.add("keep", keep);
        bodies.add("look", look);
        let media = folder.join("media");
        let Settings { mut env, data, .. } = settings(place.folder(), &place.url());
        env.remove("SIGNING_KEY");
        env.insert("MEDIA_URL".into(), format!("file:{}", media.display()));
        let settings = Settings::new(env, data);
        let service = Service::start_with(compile("album.qtr", ALBUM), &settings, bodies).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let ((stop, stopped), (newest, services)) = (oneshot::channel(), watch::channel(service.clone()));
        tokio::spawn(serve(services, listener, HttpOptions::default(), async { drop(stopped.await) }));
        Self { address, media, service, _stop: (stop, newest) }
    }

    async fn send(&self, head: String, body: Vec<u8>) -> (u16, Vec<u8>) {
        let address = self.address;
        let sent = tokio::task::spawn_blocking(move || {
            let mut stream = TcpStream::connect(address).unwrap();
            let length = body.len();
            let head =
                format!("{head}Host: {address}\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n");
            stream.write_all(&[head.as_bytes(), &body].concat()).unwrap();
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).unwrap();
            let end = answer.windows(4).position(|it| it == b"\r\n\r\n").unwrap();
            let status = String::from_utf8_lossy(&answer[9..12]).parse().unwrap();
            (status, answer.split_off(end + 4))
        });
        sent.await.unwrap()
    }

    async fn get(&self, path: &str) -> (u16, Vec<u8>) {
        self.send(format!("GET {path} HTTP/1.1\r\n"), Vec::new()).await
    }

    async fn keep(&self, title: &str, bytes: &[u8]) -> (u16, Json) {
        let part = |about: &str| format!("--cut\r\nContent-Disposition: form-data; name={about}\r\n\r\n");
        let (text, file) = (part("title"), part("picture; filename=a.png"));
        let body = [text.as_bytes(), title.as_bytes(), b"\r\n", file.as_bytes(), bytes, b"\r\n--cut--\r\n"];
        let head = "POST /cards HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=cut\r\n";
        let (status, body) = self.send(head.to_owned(), body.concat()).await;
        (status, serde_json::from_slice(&body).unwrap())
    }

    /// How many files there are; each is in a folder of the place, by the beginning of its key.
    fn files(&self) -> usize {
        let folders = std::fs::read_dir(&self.media).unwrap().map(|entry| entry.unwrap().path());
        folders.filter(|path| path.is_dir()).map(|path| std::fs::read_dir(path).unwrap().count()).sum()
    }
}

crate::place::on!(file, postgres => [files_are_kept_read_and_linked]);

async fn files_are_kept_read_and_linked(place: Place) {
    let folder = TempDir::new().unwrap();
    let album = Album::open(&place, folder.path()).await;
    let titles = || place.rows("SELECT title FROM card ORDER BY id");
    for (title, bytes, status) in [
        ("undone", PNG, 422),
        ("forged", PNG, 422),
        ("a text", b"no picture at all".as_slice(), 422),
        ("too large", &[PNG, &[0; 1_024]].concat(), 422),
        ("link before", PNG, 500),
    ] {
        let (told, problem) = album.keep(title, bytes).await;
        assert_eq!(told, status, "{title}: {problem}");
    }
    assert_eq!(titles(), Vec::<String>::new());
    assert_eq!(album.files(), 0, "nothing of what came to nothing stays");
    let (status, kept) = album.keep("copied", PNG).await;
    assert_eq!((status, &kept["size"]), (200, &json!(PNG.len())), "{kept}");
    assert_eq!(titles(), ["copied", "a copy"]);
    assert_eq!(album.files(), 1, "both rows keep the same");
    let url = kept["url"].as_str().unwrap();
    let path = url.strip_prefix(&format!("http://{}", album.address)).unwrap_or_else(|| panic!("{url}"));
    assert_eq!(album.get(path).await, (200, PNG.to_vec()));
    for id in [1, 2].map(|nth| kept["id"].as_i64().unwrap() - 1 + nth) {
        let (status, seen) = album.get(&format!("/cards/{id}")).await;
        let seen: Json = serde_json::from_slice(&seen).unwrap();
        assert_eq!((status, seen), (200, json!({ "name": "a.png", "bytes": STANDARD.encode(PNG) })));
    }
    album.service.stop().await;
}
