//! Clients of MCP over HTTP that can be asked while their call is under way, and what others can do with their sessions.
use super::gone::{manner, send};
use super::{REFUNDS, Shop};
use reqwest::Method;
use reqwest::blocking::{Client, Response};
use rusqlite::Connection;
use serde_json::{Value as Json, json};
use std::io::{BufRead, BufReader, Lines};
use std::net::TcpStream;
use std::time::{Duration, Instant};

/// Sends a message; without one, ends the session.
pub(super) fn tell(shop: &Shop, token: &str, session: Option<&str>, message: Option<&Json>) -> Response {
    let method = if message.is_some() { Method::POST } else { Method::DELETE };
    let mut request = Client::new().request(method, format!("{}/mcp", shop.url));
    request = request.header("accept", "application/json, text/event-stream");
    if !token.is_empty() {
        request = request.bearer_auth(token);
    }
    if let Some(session) = session {
        request = request.header("mcp-session-id", session).header("mcp-protocol-version", "2025-11-25");
    }
    if let Some(message) = message {
        request = request.header("content-type", "application/json").body(message.to_string());
    }
    request.send().unwrap()
}

/// Greets, and gives the session, if there is one.
pub(super) fn greet(shop: &Shop, token: &str, revision: &str, capabilities: &Json) -> Option<String> {
    let params = json!({
        "protocolVersion": revision, "capabilities": capabilities, "clientInfo": { "name": "t", "version": "1" },
    });
    let hello = json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params });
    let welcome = tell(shop, token, None, Some(&hello));
    assert_eq!(welcome.status(), 200);
    let session = welcome.headers().get("mcp-session-id").map(|id| id.to_str().unwrap().to_owned());
    assert!(welcome.text().unwrap().contains("serverInfo"));
    if session.is_some() {
        let ready = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
        assert_eq!(tell(shop, token, session.as_deref(), Some(&ready)).status(), 202);
    }
    session
}

fn call(tool: &str, arguments: Json) -> Json {
    let params = json!({ "name": tool, "arguments": arguments });
    json!({ "jsonrpc": "2.0", "id": "call", "method": "tools/call", "params": params })
}

fn large() -> Json {
    call("refund", json!({ "amount": "600", "why": "broken" }))
}

/// A call whose messages are read as they come.
struct Heard(Lines<BufReader<TcpStream>>);

impl Heard {
    fn begin(shop: &Shop, token: &str, session: &str, message: &Json) -> Self {
        let headers = format!(
            "Authorization: Bearer {token}\r\nMCP-Protocol-Version: 2025-11-25\r\nMcp-Session-Id: {session}\r\n"
        );
        let stream = send(shop, "/mcp", &headers, message);
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        Self(BufReader::new(stream).lines())
    }

    fn next(&mut self) -> Json {
        let mut messages = self.0.by_ref().map(|line| line.expect("a message in time"));
        let data = messages.find_map(|line| line.strip_prefix("data: {").map(|rest| format!("{{{rest}")));
        serde_json::from_str(&data.expect("a message")).unwrap()
    }

    /// The next message, which must be a question.
    fn question(&mut self) -> Json {
        let asked = self.next();
        assert_eq!(asked["method"], "elicitation/create", "{asked}");
        asked["id"].clone()
    }
}

fn answer(question: &Json, action: &str) -> Json {
    json!({ "jsonrpc": "2.0", "id": question, "result": { "action": action, "content": {} } })
}

fn shop() -> (Shop, String, String) {
    let shop = Shop::open(REFUNDS);
    shop.quater(&["connect", "shop", &shop.url]);
    let (cleo, max) = (shop.join("cleo", "clerk"), shop.join("max", "manager"));
    (shop, cleo, max)
}

#[test]
fn only_who_can_be_asked_has_a_session() {
    let (shop, cleo, _) = shop();
    let asks = json!({ "elicitation": {} });
    assert!(greet(&shop, &cleo, "2025-06-18", &asks).is_some());
    assert!(greet(&shop, &cleo, "2025-11-25", &json!({ "elicitation": { "form": {} } })).is_some());
    assert_eq!(greet(&shop, &cleo, "2025-11-25", &json!({})), None, "a client that can't be asked");
    assert_eq!(greet(&shop, &cleo, "2025-03-26", &asks), None, "a revision without questions");
    assert_eq!(greet(&shop, "", "2025-11-25", &asks), None, "nobody");
    let hello = json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
        "protocolVersion": "2025-11-25", "capabilities": asks, "clientInfo": { "name": "t", "version": "1" },
    } });
    let refused = tell(&shop, "garbled", None, Some(&hello));
    assert!(refused.status() == 401 && !refused.headers().contains_key("mcp-session-id"));
    // The oldest of many of one credential has ended, and nothing but asking is lost with it.
    let sessions: Vec<String> = (0..21).map(|_| greet(&shop, &cleo, "2025-11-25", &asks).unwrap()).collect();
    let told = tell(&shop, &cleo, Some(&sessions[0]), Some(&large())).text().unwrap();
    assert!(told.contains("waiting_approval") && !told.contains("elicitation"), "{told}");
    Heard::begin(&shop, &cleo, &sessions[20], &large()).question();
}

#[test]
fn a_user_is_asked_over_http() {
    let (shop, cleo, max) = shop();
    let session = greet(&shop, &cleo, "2025-11-25", &json!({ "elicitation": {} })).unwrap();
    let mut heard = Heard::begin(&shop, &cleo, &session, &large());
    let first = heard.question();
    // What others know of a session is worth nothing to them.
    let accepted = answer(&first, "accept");
    assert_eq!(tell(&shop, &max, Some(&session), Some(&accepted)).status(), 400);
    let list = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/list" });
    let told = tell(&shop, &max, Some(&session), Some(&list)).text().unwrap();
    assert!(told.contains("quater_decide"), "{told}");
    assert_eq!(tell(&shop, "garbled", Some(&session), Some(&list)).status(), 401);
    assert_eq!(tell(&shop, &max, Some(&session), None).status(), 405);
    // Who goes on too early is asked again.
    assert_eq!(tell(&shop, &cleo, Some(&session), Some(&accepted)).status(), 202);
    let second = heard.question();
    let waiting = shop.json(&["approvals", "list", "shop", "--json", "--token", &max]);
    let request = waiting["items"][0]["approval"].as_str().unwrap();
    shop.json(&["approvals", "grant", "shop", request, "--json", "--token", &max]);
    assert_eq!(tell(&shop, &cleo, Some(&session), Some(&answer(&second, "accept"))).status(), 202);
    let done = heard.next();
    assert_eq!(done["result"]["structuredContent"]["amount"], "600.00", "{done}");
    // Who declines is told what everybody is told.
    let mut heard = Heard::begin(&shop, &cleo, &session, &large());
    let question = heard.question();
    assert_eq!(tell(&shop, &cleo, Some(&session), Some(&answer(&question, "decline"))).status(), 202);
    assert_eq!(heard.next()["result"]["_meta"]["quater/approval"]["status"], "waiting_approval");
    // Of a session that its client has ended there is nothing any more; one that was never known is passed over.
    assert_eq!(tell(&shop, &cleo, Some(&session), None).status(), 204);
    assert_eq!(tell(&shop, &cleo, Some(&session), Some(&large())).status(), 404);
    let told = tell(&shop, &cleo, Some("another"), Some(&large())).text().unwrap();
    assert!(told.contains("waiting_approval"), "{told}");
}

/// Some clients say yes at once, whoever is asked.
#[test]
fn a_user_is_asked_a_few_times_alone() {
    let (shop, cleo, _) = shop();
    let session = greet(&shop, &cleo, "2025-06-18", &json!({ "elicitation": {} })).unwrap();
    let begun = Instant::now();
    let mut heard = Heard::begin(&shop, &cleo, &session, &large());
    for _ in 0..3 {
        let question = heard.question();
        assert_eq!(tell(&shop, &cleo, Some(&session), Some(&answer(&question, "accept"))).status(), 202);
    }
    assert_eq!(heard.next()["result"]["_meta"]["quater/approval"]["status"], "waiting_approval");
    assert!(begun.elapsed() >= Duration::from_secs(4), "the next try comes later and later");
}

#[test]
fn nothing_stays_of_a_call_in_a_session_whose_client_hangs_up() {
    let (shop, cleo, _) = shop();
    let session = greet(&shop, &cleo, "2025-11-25", &json!({ "elicitation": {} })).unwrap();
    let database = Connection::open(shop.path().join("shop.db")).unwrap();
    database.busy_timeout(Duration::from_secs(5)).unwrap();
    database.execute_batch("BEGIN IMMEDIATE").unwrap();
    let pay = call("pay", json!({ "amount": "1.00", "why": "broken", "labels": {} }));
    let heard = Heard::begin(&shop, &cleo, &session, &pay);
    std::thread::sleep(Duration::from_millis(500));
    drop(heard);
    std::thread::sleep(Duration::from_millis(500));
    database.execute_batch("ROLLBACK").unwrap();
    assert_eq!(manner(&database, "pay").as_deref(), Some("cancelled"));
    assert_eq!(shop.json(&["call", "shop", "refunds", "--json", "--token", &cleo]), json!([]));
}
