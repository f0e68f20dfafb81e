//! Callers who hang up or take a call back, while it waits for the database and in the middle of its body.
use super::steps::STEPS;
use super::{REFUNDS, Shop};
use rusqlite::Connection;
use serde_json::{Value as Json, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// Sends a request, hangs up, and only then lets the database be written; gives what the audit says of it.
fn hang_up(shop: &Shop, path: &str, token: &str, body: &Json) -> Option<String> {
    let database = Connection::open(shop.path().join("shop.db")).unwrap();
    database.busy_timeout(Duration::from_secs(5)).unwrap();
    database.execute_batch("BEGIN IMMEDIATE").unwrap();
    let authorization = format!("Authorization: Bearer {token}\r\nMCP-Protocol-Version: 2025-11-25\r\n");
    let stream = send(shop, path, &authorization, body);
    std::thread::sleep(Duration::from_millis(300));
    drop(stream);
    std::thread::sleep(Duration::from_millis(300));
    database.execute_batch("ROLLBACK").unwrap();
    manner(&database, "pay")
}

/// Sends a request and leaves its answer to come.
pub(super) fn send(shop: &Shop, path: &str, headers: &str, body: &Json) -> TcpStream {
    let address = shop.url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).unwrap();
    let body = body.to_string();
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n{headers}\
         Accept: application/json, text/event-stream\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    stream
}

/// What the audit says of the last call of an operation, once it says anything.
pub(super) fn manner(database: &Connection, operation: &str) -> Option<String> {
    let start = Instant::now();
    let sql = "SELECT manner FROM _quater_audit WHERE operation = ?1 ORDER BY id DESC LIMIT 1";
    while start.elapsed() < Duration::from_secs(10) {
        if let Ok(manner) = database.query_row(sql, [operation], |row| row.get::<_, Option<String>>(0)) {
            return manner;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("the call left no record");
}

#[test]
fn nothing_stays_of_a_call_over_http() {
    let shop = Shop::open(REFUNDS);
    shop.quater(&["connect", "shop", &shop.url]);
    let token = shop.join("cleo", "clerk");
    let body = json!({ "amount": "1.00", "why": "broken", "labels": {} });
    assert_eq!(hang_up(&shop, "/payments", &token, &body).as_deref(), Some("cancelled"));
    assert_eq!(shop.json(&["call", "shop", "refunds", "--json", "--token", &token]), json!([]));
}

#[test]
fn nothing_stays_of_a_call_over_mcp() {
    let shop = Shop::open(REFUNDS);
    shop.quater(&["connect", "shop", &shop.url]);
    let token = shop.join("cleo", "clerk");
    let arguments = json!({ "amount": "1.00", "why": "broken", "labels": {} });
    let params = json!({ "name": "pay", "arguments": arguments });
    let body = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params });
    assert_eq!(hang_up(&shop, "/mcp", &token, &body).as_deref(), Some("cancelled"));
    assert_eq!(shop.json(&["call", "shop", "refunds", "--json", "--token", &token]), json!([]));
}

/// Begins a call that takes long, waits until its body is under way, and hangs up.
fn hang_up_midway(path: &str, headers: &str, body: &Json) {
    let shop = Shop::open(STEPS);
    let stream = send(&shop, path, headers, body);
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    if path == "/toil" && headers.is_empty() {
        std::thread::sleep(Duration::from_millis(500));
    } else {
        assert!(lines.any(|line| line.unwrap().contains("begun")), "{path}: the body is heard");
    }
    drop((stream, lines));
    let database = Connection::open(shop.path().join("shop.db")).unwrap();
    assert_eq!(manner(&database, "toil").as_deref(), Some("cancelled"), "{path} {headers}");
    let marks: u32 = database.query_row("SELECT count(*) FROM mark", (), |row| row.get(0)).unwrap();
    assert_eq!(marks, 0, "{path} {headers}");
    // The thread that writes is free again.
    assert_eq!(shop.json(&["call", "shop.qtr", "mark", "--names", "a", "--json"]), json!({ "marked": 1 }));
}

#[test]
fn a_body_does_not_go_on_for_nobody() {
    let rounds: Vec<u32> = (0..100).collect();
    hang_up_midway("/toil", "", &json!({ "rounds": rounds }));
    hang_up_midway("/toil", "Accept: text/event-stream\r\n", &json!({ "rounds": rounds }));
    let action = json!({ "input": { "rounds": rounds }, "progress": true });
    hang_up_midway("/quater/v1/actions/toil", "", &action);
    for revision in ["2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"] {
        let mut headers = format!("MCP-Protocol-Version: {revision}\r\n");
        let mut meta = json!({ "progressToken": 1 });
        if revision == "2026-07-28" {
            headers.push_str("Mcp-Method: tools/call\r\nMcp-Name: toil\r\n");
            meta["io.modelcontextprotocol/protocolVersion"] = json!(revision);
            meta["io.modelcontextprotocol/clientCapabilities"] = json!({});
        }
        let params = json!({ "name": "toil", "arguments": { "rounds": rounds }, "_meta": meta });
        let call = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params });
        hang_up_midway("/mcp", &headers, &call);
    }
}

#[test]
fn a_call_over_mcp_is_taken_back_by_its_caller_alone() {
    let shop = Shop::open(REFUNDS);
    shop.quater(&["connect", "shop", &shop.url]);
    let (cleo, max) = (shop.join("cleo", "clerk"), shop.join("max", "manager"));
    let database = Connection::open(shop.path().join("shop.db")).unwrap();
    database.busy_timeout(Duration::from_secs(5)).unwrap();
    database.execute_batch("BEGIN IMMEDIATE").unwrap();
    let headers =
        |token: &str| format!("Authorization: Bearer {token}\r\nMCP-Protocol-Version: 2025-11-25\r\n");
    let arguments = json!({ "amount": "1.00", "why": "broken", "labels": {} });
    let params = json!({ "name": "pay", "arguments": arguments });
    let call = json!({ "jsonrpc": "2.0", "id": "mine", "method": "tools/call", "params": params });
    let answer = send(&shop, "/mcp", &headers(&cleo), &call);
    answer.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
    let take_back = |token: &str, id: &str| {
        let params = json!({ "requestId": id });
        let message = json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": params });
        let mut line = String::new();
        BufReader::new(send(&shop, "/mcp", &headers(token), &message)).read_line(&mut line).unwrap();
        assert!(line.contains(" 202 "), "{line}");
    };
    std::thread::sleep(Duration::from_millis(300));
    take_back(&max, "mine");
    take_back(&cleo, "other");
    let mut bytes = [0; 4_096];
    assert!((&answer).read(&mut bytes).is_err(), "it still waits");
    take_back(&cleo, "mine");
    answer.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let count = (&answer).read(&mut bytes).unwrap();
    let told = String::from_utf8_lossy(&bytes[..count]).into_owned();
    assert!(told.contains("the request was cancelled"), "{told}");
    database.execute_batch("ROLLBACK").unwrap();
    assert_eq!(manner(&database, "pay").as_deref(), Some("cancelled"));
    assert_eq!(shop.json(&["call", "shop", "refunds", "--json", "--token", &cleo]), json!([]));
}
