//! Files through every door: with their bytes, in parts, by tickets, from the command line; and whoever tries to have
//! another's, or another file than was agreed to.
use super::{Shop, repository, text};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::blocking::Client;
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};
use std::fs;
use std::io::Write;
use std::process::{Command, Output, Stdio};

const PAPERS: &str = include_str!("papers.qtr");

const CSV: &[u8] = b"line,amount\n1,2.50\n";

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The answer to a tool call.
fn called(shop: &Shop, revision: &str, token: &str, tool: &str, arguments: &Json) -> Json {
    let mut meta = json!({});
    let request = Client::new().post(format!("{}/mcp", shop.url)).bearer_auth(token);
    let mut request = request
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream")
        .header("mcp-protocol-version", revision);
    if revision == "2026-07-28" {
        request = request.header("mcp-method", "tools/call").header("mcp-name", tool);
        meta["io.modelcontextprotocol/protocolVersion"] = json!(revision);
        meta["io.modelcontextprotocol/clientCapabilities"] = json!({});
    }
    let params = json!({ "name": tool, "arguments": arguments, "_meta": meta });
    let call = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params });
    let answer: Json =
        serde_json::from_str(&request.body(call.to_string()).send().unwrap().text().unwrap()).unwrap();
    answer["result"].clone()
}

fn inline(bytes: &[u8]) -> Json {
    json!({ "name": "a.csv", "type": "text/csv", "data": STANDARD.encode(bytes) })
}

/// What a call says that has to be made again with an upload: where that goes, and its ticket.
fn ticket(shop: &Shop, token: &str, tool: &str, bytes: &[u8]) -> (String, String) {
    let scan = json!({ "name": "a.csv", "type": "text/csv", "size": bytes.len(), "digest": digest(bytes) });
    let told = called(shop, "2025-11-25", token, tool, &json!({ "title": "t", "scan": scan }));
    assert_eq!(told["isError"], true, "{told}");
    let upload = &told["_meta"]["quater/upload"][0];
    assert_eq!(upload["input"], "scan", "{told}");
    (upload["url"].as_str().unwrap().to_owned(), upload["upload"].as_str().unwrap().to_owned())
}

fn put(url: &str, bytes: &[u8]) -> u16 {
    Client::new().put(url).body(bytes.to_vec()).send().unwrap().status().as_u16()
}

fn kept(shop: &Shop, token: &str) -> Json {
    shop.json(&["call", "shop", "papers", "--json", "--token", token])["kept"].clone()
}

/// A service, and tokens of a clerk, another clerk and a manager.
fn open() -> (Shop, [String; 3]) {
    let shop = Shop::open(PAPERS);
    shop.quater(&["connect", "shop", &shop.url]);
    let people = [shop.join("cleo", "clerk"), shop.join("carl", "clerk"), shop.join("max", "manager")];
    (shop, people)
}

/// A file that comes on standard input.
fn piped(shop: &Shop, token: &str, target: &str, scan: &str) -> Output {
    let mut piped = super::quater(shop.path());
    piped.args(["call", target, "keep", "--title", "t", "--scan", scan, "--json", "--token", token]);
    let mut piped = piped.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    piped.stdin.take().unwrap().write_all(CSV).unwrap();
    piped.wait_with_output().unwrap()
}

#[test]
fn a_file_is_the_same_through_every_door() {
    let (shop, [cleo, ..]) = open();
    let path = shop.path().join("a.csv");
    fs::write(&path, CSV).unwrap();
    let at = format!("@{}", path.display());
    let holds = |told: &Json, door: &str| {
        assert_eq!(
            (&told["size"], &told["digest"]),
            (&json!(CSV.len()), &json!(digest(CSV))),
            "{door}: {told}"
        );
        let url = told["url"].as_str().unwrap();
        let here = url.split_once("/_files/").unwrap().1;
        let down = reqwest::blocking::get(format!("{}/_files/{here}", shop.url)).unwrap();
        assert_eq!(down.headers()["content-type"], "text/csv; charset=utf-8", "{door}");
        assert_eq!(down.bytes().unwrap(), CSV, "{door}");
    };
    for target in ["shop", "shop.qtr"] {
        let told =
            shop.json(&["call", target, "keep", "--title", "t", "--scan", &at, "--json", "--token", &cleo]);
        holds(&told, target);
    }
    for target in ["shop", "shop.qtr"] {
        // What comes on standard input has no name that would tell its type, unless somebody says it.
        assert_eq!(piped(&shop, &cleo, target, "@-").status.code(), Some(10), "{target}");
        for scan in ["@-;type=text/csv", "@-;filename=a.csv"] {
            let told = piped(&shop, &cleo, target, scan).stdout;
            holds(&serde_json::from_slice(&told).unwrap(), &format!("{target} {scan}"));
        }
    }
    for revision in ["2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"] {
        let arguments = json!({ "title": "t", "scan": inline(CSV) });
        let told = called(&shop, revision, &cleo, "keep", &arguments);
        holds(&told["structuredContent"], revision);
        let links =
            told["content"].as_array().unwrap().iter().filter(|block| block["type"] == "resource_link");
        let links: Vec<&Json> = links.collect();
        if revision == "2025-03-26" {
            assert!(links.is_empty(), "{revision} has no links");
        } else {
            let link = json!({
                "type": "resource_link", "uri": told["structuredContent"]["url"], "name": "a.csv",
                "mimeType": "text/csv",
            });
            assert_eq!(links, [&link], "{revision}");
        }
    }
    let (url, upload) = ticket(&shop, &cleo, "keep", CSV);
    assert_eq!(put(&url, CSV), 204);
    let arguments = json!({ "title": "t", "scan": { "upload": upload } });
    holds(&called(&shop, "2025-11-25", &cleo, "keep", &arguments)["structuredContent"], "ticket");
    let action = json!({ "input": { "title": "t", "scan": inline(CSV) } });
    let url = format!("{}/quater/v1/actions/keep", shop.url);
    let request = Client::new().post(url).bearer_auth(&cleo).header("content-type", "application/json");
    let told: Json =
        serde_json::from_str(&request.body(action.to_string()).send().unwrap().text().unwrap()).unwrap();
    holds(&told["result"], "action");
    assert_eq!(kept(&shop, &cleo), 12);
}

#[test]
fn files_that_are_wrong_are_refused_alike() {
    let (shop, [cleo, ..]) = open();
    let large = vec![b'a'; 307_201];
    for (bytes, code) in [(&large[..], "TooLarge"), (b"<html>", "Invalid")] {
        let path = shop.path().join("b.csv");
        fs::write(&path, bytes).unwrap();
        let at = format!("@{}", path.display());
        for target in ["shop", "shop.qtr"] {
            let keep = ["call", target, "keep", "--title", "t", "--scan", &at, "--json", "--token", &cleo];
            assert_eq!(shop.fails(10, &keep)["code"], code, "{target}");
        }
        let told =
            called(&shop, "2025-11-25", &cleo, "keep", &json!({ "title": "t", "scan": inline(bytes) }));
        assert_eq!(told["_meta"]["quater/error"]["code"], code, "{told}");
    }
    for scan in [
        json!("a.csv"),
        json!({ "name": "a" }),
        json!({ "data": "?" }),
        json!({ "data": "", "x": 1 }),
        json!({ "upload": 1 }),
    ] {
        let told = called(&shop, "2025-11-25", &cleo, "keep", &json!({ "title": "t", "scan": scan }));
        assert_eq!(told["_meta"]["quater/error"]["code"], "Invalid", "{scan}: {told}");
        assert_eq!(told["_meta"]["quater/error"]["violations"][0]["pointer"], "/scan", "{scan}: {told}");
    }
    let nobody =
        called(&shop, "2025-11-25", "no.such.token", "keep", &json!({ "title": "t", "scan": inline(CSV) }));
    assert!(nobody.is_null(), "a 401 of HTTP: {nobody}");
    assert_eq!(
        shop.quater(&["call", "shop", "keep", "--title", "t", "--scan", "a.csv"]).status.code(),
        Some(2)
    );
    let missing = ["call", "shop", "keep", "--title", "t", "--scan", "@nothing.csv", "--token", &cleo];
    assert_eq!(shop.quater(&missing).status.code(), Some(2));
    assert_eq!(kept(&shop, &cleo), 0);
    // What may be left out may be left out.
    assert_eq!(shop.json(&["call", "shop", "weigh", "--json", "--token", &cleo]), json!({ "size": 0 }));
    let none = called(&shop, "2025-11-25", &cleo, "weigh", &json!({ "scan": null }));
    assert_eq!(none["structuredContent"], json!({ "size": 0 }));
    let folders = fs::read_dir(shop.path().join("media")).unwrap().map(|it| it.unwrap().path());
    let left: Vec<_> = folders.flat_map(|it| fs::read_dir(it).unwrap()).collect();
    assert!(left.is_empty(), "nothing stays of what came to nothing: {left:?}");
}

#[test]
fn a_ticket_is_good_for_what_it_says_and_once() {
    let (shop, [cleo, carl, _]) = open();
    let use_it = |token: &str, tool: &str, upload: &str, title: &str| {
        let told = called(
            &shop,
            "2025-11-25",
            token,
            tool,
            &json!({ "title": title, "scan": { "upload": upload } }),
        );
        told["_meta"]["quater/error"]["code"].as_str().unwrap_or("done").to_owned()
    };
    let (url, upload) = ticket(&shop, &cleo, "keep", CSV);
    assert_eq!(use_it(&cleo, "keep", &upload, "t"), "Invalid", "nothing has come yet");
    assert_eq!(put(&url, b"line,amount\n1,9.99\n"), 422, "another digest");
    assert_eq!(put(&url, &CSV[1..]), 422, "too short");
    assert_eq!(put(&url, &[CSV, b"2,1\n"].concat()), 413, "too long");
    assert_eq!(put(&url, CSV), 204);
    assert_eq!(put(&url, CSV), 409, "it has come");
    assert_eq!(use_it(&carl, "keep", &upload, "t"), "Invalid", "another caller's");
    assert_eq!(use_it(&cleo, "publish", &upload, "t"), "Invalid", "for another operation");
    assert_eq!(use_it(&cleo, "keep", &upload, "refused"), "Invalid", "the call came to nothing");
    assert_eq!(use_it(&cleo, "keep", &upload, "t"), "done", "so the upload is still there");
    assert_eq!(use_it(&cleo, "keep", &upload, "t"), "Invalid", "it is used");
    assert_eq!(put(&url, CSV), 409, "and not taken again");
    let (text, seal) = upload.split_once('.').unwrap();
    for forged in [format!("{text}x.{seal}"), format!("{text}.{seal}x"), "x.y".to_owned()] {
        assert_eq!(put(&format!("{}/quater/v1/uploads/{forged}", shop.url), CSV), 404);
        assert_eq!(use_it(&cleo, "keep", &forged, "t"), "Invalid");
    }
    assert_eq!(kept(&shop, &cleo), 1);
    // A page is no table, whatever was announced.
    let (url, upload) = ticket(&shop, &cleo, "keep", b"<html>");
    assert_eq!(put(&url, b"<html>"), 204);
    assert_eq!(use_it(&cleo, "keep", &upload, "t"), "Invalid");
    let large = json!({ "size": 307_201, "digest": digest(CSV) });
    let told = called(&shop, "2025-11-25", &cleo, "keep", &json!({ "title": "t", "scan": large }));
    assert_eq!(told["_meta"]["quater/error"]["code"], "TooLarge");
    // Many at once are one.
    let (url, upload) = ticket(&shop, &cleo, "keep", CSV);
    assert_eq!(put(&url, CSV), 204);
    let done = std::thread::scope(|scope| {
        let calls: Vec<_> = (0..8).map(|_| scope.spawn(|| use_it(&cleo, "keep", &upload, "t"))).collect();
        calls.into_iter().map(|call| call.join().unwrap()).filter(|told| told == "done").count()
    });
    assert_eq!((done, kept(&shop, &cleo)), (1, json!(2)));
}

#[test]
fn a_grant_is_for_the_file_that_was_shown() {
    let (shop, [cleo, _, max]) = open();
    let publish = |bytes: &[u8]| {
        called(&shop, "2025-11-25", &cleo, "publish", &json!({ "title": "t", "scan": inline(bytes) }))
    };
    let request =
        |told: &Json| told["_meta"]["quater/approval"]["approval"].as_str().unwrap_or("none").to_owned();
    let waits = request(&publish(CSV));
    let shown = shop.json(&["approvals", "show", "shop", &waits, "--json", "--token", &max]);
    assert_eq!(shown["arguments"]["scan"]["digest"], digest(CSV), "who decides sees which file: {shown}");
    shop.json(&["approvals", "grant", "shop", &waits, "--json", "--token", &max]);
    let other = publish(b"line,amount\n1,9999\n");
    assert_ne!(request(&other), waits, "another file waits for itself");
    assert_ne!(request(&other), "none");
    assert_eq!(kept(&shop, &cleo), 0);
    // The same file, by whatever way, is what was agreed to; once.
    let (url, upload) = ticket(&shop, &cleo, "publish", CSV);
    assert_eq!(put(&url, CSV), 204);
    let by_ticket = json!({ "title": "t", "scan": { "upload": upload } });
    let done = called(&shop, "2025-11-25", &cleo, "publish", &by_ticket);
    assert_eq!(done["structuredContent"]["digest"], digest(CSV), "{done}");
    assert_ne!(request(&publish(CSV)), "none", "a grant is used up");
    assert_eq!(kept(&shop, &cleo), 1);
}

#[test]
fn a_client_in_another_language_sends_files() {
    let (shop, [cleo, ..]) = open();
    let path = shop.path().join("a.csv");
    fs::write(&path, CSV).unwrap();
    let script = repository().join("tests/suites/remote/files.py");
    let mut python = Command::new("python3");
    python.arg(script).arg(&shop.url).arg(&cleo).arg(&path);
    let output = python.env("PYTHONPATH", repository().join("examples/python-client")).output().unwrap();
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
    let checked = shop.quater(&["conform", "shop", "--token", &cleo]);
    assert_eq!(checked.status.code(), Some(0), "{}", text(&checked.stdout));
}
