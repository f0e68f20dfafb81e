//! Callers who hang up while a call waits for the database.
use super::{REFUNDS, Shop};
use rusqlite::Connection;
use serde_json::{Value as Json, json};
use std::io::Write;
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// Sends a request, hangs up, and only then lets the database be written; gives what the audit says of it.
fn hang_up(shop: &Shop, path: &str, token: &str, body: &Json) -> Option<String> {
    let database = Connection::open(shop.path().join("shop.db")).unwrap();
    database.busy_timeout(Duration::from_secs(5)).unwrap();
    database.execute_batch("BEGIN IMMEDIATE").unwrap();
    let address = shop.url.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).unwrap();
    let body = body.to_string();
    write!(
        stream,
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
         Accept: application/json, text/event-stream\r\nMCP-Protocol-Version: 2025-11-25\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    std::thread::sleep(Duration::from_millis(300));
    drop(stream);
    std::thread::sleep(Duration::from_millis(300));
    database.execute_batch("ROLLBACK").unwrap();
    let start = Instant::now();
    let sql = "SELECT manner FROM _quater_audit WHERE operation = 'pay' ORDER BY id DESC LIMIT 1";
    while start.elapsed() < Duration::from_secs(10) {
        if let Ok(manner) = database.query_row(sql, (), |row| row.get::<_, Option<String>>(0)) {
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
