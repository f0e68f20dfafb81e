//! Files, and answers that may be kept, over a real socket.
use super::wire::{self, Reply};
use super::{Served, blocking, compile, served, start_in};
use flate2::read::GzDecoder;
use std::fs;
use std::io::Read;
use std::net::SocketAddr;
use std::path::Path;
use tempfile::TempDir;

const SCRIPT: &str = "console.log('0123456789')";

/// A folder with what there is to be had, and with what must not be.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let put = |path: &str, text: &str| {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    put("secret.txt", "a secret");
    put("public/main.js", SCRIPT);
    put("public/main.js.br", "in brotli");
    put("public/main.js.gz", "in gzip");
    put("public/plain.css", "a {}");
    put("public/empty.txt", "");
    put("public/manual/index.html", "<p>manual</p>");
    put("public/bare/only.txt", "only");
    put("public/.env", "a secret");
    put("public/.git/config", "a secret");
    put("public/a b/é.txt", "spaces");
    put("app/index.html", "<p>app</p>");
    put("app/logo.svg", "<svg/>");
    put("app/about", "a page behind an operation");
    #[cfg(unix)]
    {
        use std::os::unix::fs::symlink;
        symlink("../secret.txt", folder.path().join("public/out.txt")).unwrap();
        symlink("..", folder.path().join("public/up")).unwrap();
        symlink("/etc", folder.path().join("public/etc")).unwrap();
        symlink("plain.css", folder.path().join("public/in.css")).unwrap();
        let pipe = folder.path().join("public/pipe");
        assert!(std::process::Command::new("mkfifo").arg(pipe).status().unwrap().success());
    }
    folder
}

async fn site(folder: &Path) -> Served {
    let database = ("DATABASE_URL".into(), "sqlite::memory:".to_owned());
    served(start_in(compile("kept.qtr"), [database].into(), folder)).await
}

fn ask(address: SocketAddr, line: &str, more: &str) -> Reply {
    let lines: String =
        more.split(" | ").filter(|line| !line.is_empty()).map(|line| format!("{line}\r\n")).collect();
    wire::ask(address, &format!("{line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{lines}\r\n"))
}

/// Each line: a request, headers of it, the status, the body (`*` for any), headers of the answer.
const CASES: &str = r#"
GET /assets/main.js ; ; 200 ; console.log('0123456789') ; content-type: text/javascript; charset=utf-8 | content-length: 25 | cache-control: public, max-age=3600 | vary: Accept-Encoding | accept-ranges: bytes | x-content-type-options: nosniff
HEAD /assets/main.js ; ; 200 ; ; content-length: 25 | content-type: text/javascript; charset=utf-8
GET /assets/main.js ; Accept-Encoding: gzip, br ; 200 ; in brotli ; content-encoding: br | content-type: text/javascript; charset=utf-8 | content-length: 9
GET /assets/main.js ; Accept-Encoding: gzip;q=0.5, br;q=0 ; 200 ; in gzip ; content-encoding: gzip
GET /assets/main.js ; Accept-Encoding: * ; 200 ; in brotli ; content-encoding: br
GET /assets/plain.css ; Accept-Encoding: br ; 200 ; a {} ; content-encoding: -
GET /assets/main.js ; Range: bytes=13-22 ; 206 ; 0123456789 ; content-range: bytes 13-22/25 | content-length: 10
GET /assets/main.js ; Range: bytes=-2 ; 206 ; ') ; content-range: bytes 23-24/25
GET /assets/main.js ; Range: bytes=25- ; 416 ; ; content-range: bytes */25 | content-type: -
GET /assets/main.js ; Range: bytes=0-1 | If-Range: "other" ; 200 ; console.log('0123456789') ; content-range: -
GET /assets/main.js ; If-Match: "other" ; 412 ; ; etag: *
GET /assets/empty.txt ; ; 200 ; ; content-length: 0
GET /assets/a%20b/%C3%A9.txt ; ; 200 ; spaces ; content-type: text/plain; charset=utf-8
GET /assets/manual/ ; ; 200 ; <p>manual</p> ; cache-control: no-cache | content-type: text/html; charset=utf-8
GET /assets/manual ; ; 308 ; ; location: /assets/manual/
GET /assets/bare ; ; 404 ; * ;
GET /assets/bare/ ; ; 404 ; * ;
GET /assets/none.js ; ; 404 ; * ; content-type: application/problem+json
POST /assets/main.js ; ; 405 ; * ; allow: GET, HEAD, OPTIONS
OPTIONS /assets/main.js ; ; 204 ; ; allow: GET, HEAD, OPTIONS
GET /assets/in.css ; ; 200 ; a {} ;
GET /assets/out.txt ; ; 404 ; * ;
GET /assets/up/secret.txt ; ; 404 ; * ;
GET /assets/etc/passwd ; ; 404 ; * ;
GET /assets/pipe ; ; 404 ; * ;
GET /assets/.env ; ; 404 ; * ;
GET /assets/.git/config ; ; 404 ; * ;
GET /assets/../secret.txt ; ; 404 ; * ;
GET /assets/%2e%2e/secret.txt ; ; 404 ; * ;
GET /assets/..%2fsecret.txt ; ; 404 ; * ;
GET /assets/..%5csecret.txt ; ; 404 ; * ;
GET /assets//main.js ; ; 404 ; * ;
GET /assets/main.js%00 ; ; 404 ; * ;
GET /%61ssets/plain.css ; ; 200 ; a {} ;
GET / ; ; 200 ; <p>app</p> ; content-type: text/html; charset=utf-8 | vary: -
GET /logo.svg ; ; 200 ; <svg/> ; content-type: image/svg+xml | cache-control: no-cache
GET /.git/config ; ; 404 ; * ;
GET /shop ; ; 308 ; ; location: /shop/
GET /shop/ ; ; 200 ; <p>app</p> ;
GET /shop/cart ; ; 200 ; <p>app</p> ;
GET /shop/.git/config ; ; 404 ; * ;
GET /shop/a%2fb ; ; 404 ; * ;
HEAD /assets/main.js ; Range: bytes=0-1 ; 200 ; ; content-length: 25 | content-range: -
GET /assets ; ; 200 ; <p>app</p> ;
GET /orders/7 ; ; 200 ; <p>app</p> ; cache-control: no-cache
GET /missing.png ; ; 404 ; * ;
GET /about ; ; 200 ; "an operation" ; content-type: application/json
GET /members ; ; 405 ; * ; allow: POST, OPTIONS
GET /healthz ; ; 200 ; * ;
"#;

#[tokio::test(flavor = "multi_thread")]
async fn files_are_served_as_listed() {
    let folder = folder();
    let served = site(folder.path()).await;
    let address = served.address;
    blocking(move || {
        let mut wrong = Vec::new();
        for case in CASES.lines().filter(|line| !line.is_empty()) {
            let [line, more, status, body, headers] = case.splitn(5, " ;").collect::<Vec<_>>()[..] else {
                panic!("not a case: {case}");
            };
            let reply = ask(address, line, more.trim());
            let body = body.trim();
            if reply.status.to_string() != status.trim() || (body != "*" && reply.body.trim() != body) {
                wrong.push(format!("{line} [{more}]: {} {:?}", reply.status, reply.body));
            }
            for header in headers.trim().split(" | ").filter(|header| !header.is_empty()) {
                let (name, value) = header.split_once(": ").unwrap();
                let found = reply.header(name);
                let fits = match value {
                    "*" => found.is_some(),
                    "-" => found.is_none(),
                    value => found == Some(value),
                };
                if !fits {
                    wrong.push(format!("{line} [{more}]: {name} is {found:?}"));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    })
    .await;
}

/// A caller that has a file is not sent it again, until it changes; a large one comes whole.
#[tokio::test(flavor = "multi_thread")]
async fn files_are_told_apart_by_their_tags() {
    let folder = folder();
    let served = site(folder.path()).await;
    let (address, root) = (served.address, folder.path().to_owned());
    blocking(move || {
        let first = ask(address, "GET /assets/main.js", "");
        let tag = first.header("etag").unwrap().to_owned();
        let again = ask(address, "GET /assets/main.js", &format!("If-None-Match: {tag}"));
        assert_eq!((again.status, again.body.as_str(), again.header("etag")), (304, "", Some(tag.as_str())));
        let since = first.header("last-modified").unwrap();
        assert_eq!(ask(address, "GET /assets/main.js", &format!("If-Modified-Since: {since}")).status, 304);
        let part = ask(address, "GET /assets/main.js", &format!("Range: bytes=0-1 | If-Range: {tag}"));
        assert_eq!((part.status, part.body.as_str()), (206, "co"));
        let packed = ask(address, "GET /assets/main.js", "Accept-Encoding: br");
        assert_ne!(packed.header("etag"), Some(tag.as_str()), "other bytes have another tag");
        fs::write(root.join("public/main.js"), "changed").unwrap();
        let changed = ask(address, "GET /assets/main.js", &format!("If-None-Match: {tag}"));
        assert_eq!((changed.status, changed.body.as_str()), (200, "changed"));
        let large = "0123456789".repeat(100_000);
        fs::write(root.join("public/large.txt"), &large).unwrap();
        assert!(ask(address, "GET /assets/large.txt", "").body == large);
        let end = ask(address, "GET /assets/large.txt", "Range: bytes=999995-");
        assert_eq!((end.status, end.body.as_str()), (206, "56789"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_kept_by_whom_they_are_for() {
    let folder = folder();
    let served = site(folder.path()).await;
    let address = served.address;
    blocking(move || {
        let join = |name: &str| {
            let body = format!(r#"{{"name":"{name}"}}"#);
            let request = format!(
                "POST /members HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n\
                 Content-Length: {}\r\n\r\n{body}",
                body.len()
            );
            wire::ask(address, &request).json()["key"].as_str().unwrap().to_owned()
        };
        let says = |path: &str, more: &str| {
            let reply = ask(address, &format!("GET {path}"), more);
            let header = |name: &str| reply.header(name).unwrap_or("").to_owned();
            (reply.status, reply.body.clone(), header("cache-control"), header("vary"), header("etag"))
        };
        let (ann, bob) = (join("ann"), join("bob"));
        let (_, _, cache, vary, tag) = says("/news", "");
        assert_eq!((cache.as_str(), vary.as_str()), ("public, max-age=300", "authorization"));
        let (status, body, cache, ..) = says("/news", &format!("If-None-Match: {tag}"));
        assert_eq!((status, body.as_str(), cache.as_str()), (304, "", "public, max-age=300"));
        let (_, body, cache, _, hers) = says("/names", &format!("Authorization: Bearer {ann}"));
        assert_eq!((body.as_str(), cache.as_str()), (r#"[{"name":"ann"}]"#, "private, max-age=60"));
        let (status, body, ..) = says("/names", &format!("Authorization: Bearer {bob} | If-None-Match: {hers}"));
        assert_eq!((status, body.as_str()), (200, r#"[{"name":"bob"}]"#), "her tag is not his");
        assert_eq!(says("/whence", "").2, "private, max-age=60", "it depends on the address");
        let (status, _, cache, ..) = says("/names", "Authorization: Bearer nobody");
        assert_eq!((status, cache.as_str()), (401, "no-store"));
        assert_eq!(ask(address, "HEAD /news", "").header("content-length"), Some("13"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_is_not_there_is_told_at_start() {
    let folder = tempfile::tempdir().unwrap();
    let served = site(folder.path()).await;
    let error = served.done.await.unwrap().unwrap_err().to_string();
    assert!(error.contains("`static /assets`") && error.contains("public"), "{error}");
}

/// The same items in the form that the caller asks for, at HTTP, and as a list for agents.
#[tokio::test(flavor = "multi_thread")]
async fn items_are_streamed_in_the_form_that_is_asked_for() {
    let folder = folder();
    let served = site(folder.path()).await;
    let address = served.address;
    blocking(move || {
        let says = |accept: &str| {
            let reply = ask(address, "GET /numbers?many=7", accept);
            let body = reply.body.clone();
            (reply.header("content-type").unwrap().to_owned(), if reply.chunked() { wire::joined(&body) } else { body })
        };
        let item = |n: u32| format!(r#"{{"n":{n},"text":"a, \"b\" [7]"}}"#);
        let items = [item(1), item(2), item(3)];
        let array = format!("[{}]", items.join(","));
        assert_eq!(says(""), ("application/json".to_owned(), array.clone()));
        let lines = items.iter().map(|item| format!("{item}\n")).collect::<String>();
        assert_eq!(says("Accept: application/x-ndjson"), ("application/x-ndjson".to_owned(), lines));
        let events: String = items.iter().map(|item| format!("data: {item}\n\n")).collect();
        let events = format!("{events}event: end\ndata:\n\n");
        assert_eq!(says("Accept: text/event-stream"), ("text/event-stream".to_owned(), events));
        let body = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"numbers","arguments":{"many":7}}}"#;
        let request = format!(
            "POST /mcp HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n\
             Accept: application/json, text/event-stream\r\nMCP-Protocol-Version: 2025-11-25\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let told = wire::ask(address, &request).json();
        let expected: serde_json::Value = serde_json::from_str(&array).unwrap();
        assert_eq!(told["result"]["structuredContent"]["result"], expected, "{told}");
    })
    .await;
}

/// What an answer says once it is unpacked, and whether it was packed.
fn unpacked(reply: &Reply) -> (String, bool) {
    let bytes = if reply.chunked() { wire::unchunked(&reply.bytes) } else { reply.bytes.clone() };
    let packed = reply.header("content-encoding") == Some("gzip");
    let mut text = String::new();
    if packed {
        GzDecoder::new(bytes.as_slice()).read_to_string(&mut text).unwrap();
    } else {
        text = String::from_utf8(bytes).unwrap();
    }
    (text, packed)
}

/// Answers are compressed where their operation says so and whoever asks takes it; what is compressed has a tag of
/// its own.
#[tokio::test(flavor = "multi_thread")]
async fn answers_are_compressed_where_that_is_said() {
    let folder = folder();
    let served = site(folder.path()).await;
    let address = served.address;
    blocking(move || {
        let get = |path: &str, length: usize, more: &str| {
            ask(address, &format!("GET /{path}?verse={}", "amen".repeat(length / 4)), more)
        };
        let array = |length: usize| {
            let verse = format!("\"{}\"", "amen".repeat(length / 4));
            format!("[{}]", vec![verse; 20].join(","))
        };
        // In one piece, and in several.
        for length in [200, 4_000] {
            let plain = get("litany", length, "");
            assert_eq!(unpacked(&plain), (array(length), false));
            let packed = get("litany", length, "Accept-Encoding: gzip, deflate, br");
            assert_eq!(unpacked(&packed), (array(length), true));
            assert!(packed.bytes.len() < plain.bytes.len() / 4, "{} bytes", packed.bytes.len());
            let (tag, own) = (plain.header("etag").unwrap(), packed.header("etag").unwrap());
            assert_eq!(own, format!("{}-gzip\"", tag.strip_suffix('"').unwrap()));
            for reply in [&plain, &packed] {
                assert!(reply.all("vary").contains(&"accept-encoding"), "{:?}", reply.all("vary"));
            }
            // Whoever has one of them has not the other.
            for (known, wanted, status) in
                [(own, "gzip", 304), (tag, "gzip", 200), (own, "br", 200), (tag, "br", 304)]
            {
                let more = format!("If-None-Match: {known} | Accept-Encoding: {wanted}");
                let reply = get("litany", length, &more);
                assert_eq!(reply.status, status, "{more}");
                assert_eq!(reply.header("etag"), Some(if wanted == "gzip" { own } else { tag }), "{more}");
                assert!(reply.all("vary").contains(&"accept-encoding"));
            }
        }
        let declined = get("litany", 4_000, "Accept-Encoding: gzip;q=0.5, identity");
        assert!(!unpacked(&declined).1, "it likes it better as it is");
        let small = get("litany", 4, "Accept-Encoding: gzip");
        assert_eq!(unpacked(&small), (array(4), false));
        assert!(small.all("vary").contains(&"accept-encoding"), "a larger one would be compressed");
        let wrong = get("litany", 4_004, "Accept-Encoding: gzip");
        assert_eq!((wrong.status, unpacked(&wrong).1), (422, false));
        let numbers = ask(address, "GET /numbers?many=5000", "Accept-Encoding: gzip");
        assert!(!unpacked(&numbers).1, "it does not say so");
        assert!(!numbers.all("vary").contains(&"accept-encoding"));
        let lines = get("verses", 200, "Accept-Encoding: gzip | Accept: application/x-ndjson");
        assert_eq!(unpacked(&lines), (format!("\"{}\"\n", "amen".repeat(50)).repeat(20), true));
        assert_eq!(lines.all("vary"), ["accept", "accept-encoding"]);
        let head =
            ask(address, &format!("HEAD /litany?verse={}", "amen".repeat(50)), "Accept-Encoding: gzip");
        let body = get("litany", 200, "Accept-Encoding: gzip");
        assert_eq!(head.header("content-length"), Some(body.bytes.len().to_string().as_str()));
    })
    .await;
}
