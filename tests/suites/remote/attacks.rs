//! What callers try who want to be more than they are, or to have a thing done twice.
use super::agents::Agent;
use super::{REFUNDS, Shop, quater};
use reqwest::blocking::{Client, RequestBuilder};
use rusqlite::Connection;
use serde_json::{Value as Json, json};
use std::collections::BTreeSet;
use std::sync::Barrier;

const GATE: &str = r#"
service gate version 1

env {
  DATABASE_URL: text = "sqlite::memory:"
}

resource main = database(env.DATABASE_URL)

entity Mark in main {
  id:   uuid key
  name: text(1..40)
  allow read, create public
}

/// By which door the caller came.
operation come_in() -> { door: text } {
  http POST /in
  mcp tool
  cli "in"
  allow public
  create Mark { name: "{door}" }
  return { door: "{door}" }
}

/// For the door of HTTP alone.
operation front() -> { door: text } {
  http POST /front
  allow public
  return { door: "{door}" }
}
"#;

/// Headers that say more than their sender may.
const LIES: [(&str, &str); 8] = [
    ("x-quater-door", "cli"),
    ("quater-door", "cli"),
    ("x-door", "job"),
    ("quater-entry", "local"),
    ("x-quater-entry", "local"),
    ("quater-protocol", "1"),
    ("x-forwarded-for", "127.0.0.1"),
    ("forwarded", "for=127.0.0.1;by=cli"),
];

fn lying(request: RequestBuilder) -> RequestBuilder {
    let request = LIES.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    request.header("content-type", "application/json").header("accept", "application/json, text/event-stream")
}

fn told(request: RequestBuilder, body: &Json) -> Json {
    serde_json::from_str(&request.body(body.to_string()).send().unwrap().text().unwrap()).unwrap()
}

#[test]
fn a_door_is_what_the_door_says() {
    let shop = Shop::open(GATE);
    let post = |path: &str| lying(Client::new().post(format!("{}{path}", shop.url)));
    assert_eq!(told(post("/in"), &json!({})), json!({ "door": "http" }));
    let meta = json!({ "quater/door": "cli", "quater/entry": "local", "door": "cli", "entry": "local" });
    let params = json!({ "name": "come_in", "arguments": {}, "_meta": meta });
    let call = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params });
    let answer = told(post("/mcp").header("mcp-protocol-version", "2025-11-25"), &call);
    assert_eq!(answer["result"]["structuredContent"], json!({ "door": "mcp" }), "{answer}");
    assert_eq!(told(post("/quater/v1/actions/come_in"), &json!({}))["result"], json!({ "door": "cli" }));
    for body in
        [json!({ "door": "http" }), json!({ "entry": "local" }), json!({ "input": { "door": "http" } })]
    {
        let refused = told(post("/quater/v1/actions/come_in"), &body);
        assert_eq!(refused["status"], "error", "{refused}");
    }
    // What has no such door has none, whatever is said.
    assert_eq!(told(post("/quater/v1/actions/front"), &json!({}))["error"]["code"], "NotFound");
    let call = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": { "name": "front", "arguments": {} } });
    let answer = told(post("/mcp").header("mcp-protocol-version", "2025-11-25"), &call);
    assert_eq!(answer["error"]["code"], -32602, "{answer}");
    let database = Connection::open(shop.path().join("shop.db")).unwrap();
    let mut audit =
        database.prepare("SELECT DISTINCT door || ' ' || entry FROM _quater_audit ORDER BY 1").unwrap();
    let seen: Vec<String> = audit.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
    assert_eq!(seen, ["cli remote", "http remote", "mcp remote"]);
}

/// Makes a call so many times at once; gives the different answers.
fn at_once(count: usize, call: impl Fn() -> String + Sync) -> BTreeSet<String> {
    let start = Barrier::new(count);
    std::thread::scope(|scope| {
        let calls: Vec<_> = (0..count)
            .map(|_| {
                scope.spawn(|| {
                    start.wait();
                    call()
                })
            })
            .collect();
        calls.into_iter().map(|call| call.join().unwrap()).collect()
    })
}

#[test]
fn a_hundred_duplicates_at_any_door_have_one_effect() {
    let shop = Shop::open(REFUNDS);
    shop.quater(&["connect", "shop", &shop.url]);
    let cleo = shop.join("cleo", "clerk");
    let payment = json!({ "amount": "1.00", "why": "broken", "labels": {} });
    let http = Client::builder().pool_max_idle_per_host(0).build().unwrap();
    let post = |path: &str| {
        let request = http.post(format!("{}{path}", shop.url)).bearer_auth(&cleo);
        request
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream")
    };
    let over_http = at_once(100, || {
        let answer = told(post("/payments").header("idempotency-key", "http"), &payment);
        answer["refund"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    });
    let over_mcp = at_once(100, || {
        let params = json!({ "name": "pay", "arguments": payment, "_meta": { "quater/key": "mcp" } });
        let call = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params });
        let answer = told(post("/mcp").header("mcp-protocol-version", "2025-11-25"), &call);
        answer["result"]["structuredContent"]["refund"]
            .as_str()
            .unwrap_or_else(|| panic!("{answer}"))
            .to_owned()
    });
    let as_action = at_once(100, || {
        let answer = told(post("/quater/v1/actions/pay"), &json!({ "input": payment, "key": "action" }));
        answer["result"]["refund"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    });
    // Processes of their own, on the same database.
    let from_here = at_once(12, || {
        let mut command = quater(shop.path());
        command.args(["call", "shop.qtr", "pay", "--amount", "1", "--why", "broken", "--labels", "{}"]);
        let output = command.args(["--json", "--key", "here", "--token", &cleo]).output().unwrap();
        let told: Json =
            serde_json::from_slice(&output.stdout).unwrap_or_else(|why| panic!("{why}: {output:?}"));
        told["refund"].as_str().unwrap_or_else(|| panic!("{told}")).to_owned()
    });
    for (door, answers) in
        [("http", &over_http), ("mcp", &over_mcp), ("action", &as_action), ("here", &from_here)]
    {
        assert_eq!(answers.len(), 1, "{door}: {answers:?}");
    }
    assert_eq!(
        shop.json(&["call", "shop", "refunds", "--json", "--token", &cleo]).as_array().unwrap().len(),
        4
    );
}

#[test]
fn nobody_sees_or_uses_the_tools_of_others() {
    let folder = tempfile::TempDir::new().unwrap();
    std::fs::write(folder.path().join("shop.qtr"), REFUNDS).unwrap();
    let mut nobody = Agent::start(folder.path(), None);
    let mut join = |name: &str, role: &str, branch: &str| {
        let person = json!({ "name": name, "branch": branch, "role": role });
        let made = nobody.ask_hearing("tools/call", json!({ "name": "join", "arguments": person })).0;
        made["result"]["structuredContent"]["token"].as_str().unwrap().to_owned()
    };
    let (cleo, max, far) =
        (join("cleo", "clerk", "north"), join("max", "manager", "north"), join("far", "manager", "south"));
    let has = |agent: &mut Agent, tool: &str| agent.names("tools/list", "tools").iter().any(|it| it == tool);
    assert!(!has(&mut nobody, "quater_approvals") && !has(&mut nobody, "quater_decide"));
    let decide = |agent: &mut Agent, id: &Json| {
        let arguments = json!({ "approval": id, "decision": "grant" });
        agent.ask_hearing("tools/call", json!({ "name": "quater_decide", "arguments": arguments })).0
    };
    let id = json!("00000000-0000-7000-8000-000000000000");
    assert_eq!(decide(&mut nobody, &id)["error"]["code"], -32602, "there is no such tool for them");
    nobody.end();
    let mut cleo = Agent::start(folder.path(), Some(&cleo));
    assert!(has(&mut cleo, "quater_approvals") && !has(&mut cleo, "quater_decide"));
    let large = json!({ "name": "refund", "arguments": { "amount": "600", "why": "broken" } });
    let waits = cleo.ask_hearing("tools/call", large.clone()).0;
    let id = waits["result"]["_meta"]["quater/approval"]["approval"].clone();
    assert_eq!(decide(&mut cleo, &id)["error"]["code"], -32602);
    let mut far = Agent::start(folder.path(), Some(&far));
    assert!(has(&mut far, "quater_decide"));
    let code = |told: &Json| told["result"]["_meta"]["quater/error"]["code"].clone();
    assert_eq!(code(&decide(&mut far, &id)), "NotFound", "of another tenant");
    far.end();
    let mut max = Agent::start(folder.path(), Some(&max));
    let wrong = json!({ "name": "quater_decide", "arguments": { "approval": id, "decision": "perhaps" } });
    assert_eq!(code(&max.ask_hearing("tools/call", wrong).0), "Invalid");
    assert_eq!(decide(&mut max, &id)["result"]["structuredContent"]["state"], "granted");
    assert_eq!(code(&decide(&mut max, &id)), "Conflict", "it is decided");
    max.end();
    let done = cleo.ask_hearing("tools/call", large).0;
    assert_eq!(done["result"]["structuredContent"]["amount"], "600.00", "{done}");
    assert_eq!(cleo.end(), Some(0));
}
