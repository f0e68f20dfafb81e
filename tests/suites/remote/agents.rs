//! Agents on standard input and output.
use super::{REFUNDS, SECRET, quater};
use rusqlite::Connection;
use serde_json::{Value as Json, json};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;
use tempfile::TempDir;

const LIBRARY: &str = r#"
/// The motto of the service.
operation motto() -> text {
  mcp resource "refunds://motto"
  allow public
  return "never say never"
}

/// What is known of somebody.
operation somebody(name: text(1..40)) -> { name: text, length: int } {
  mcp resource "refunds://people/{name}"
  allow public
  return { name: name, length: len(name) }
}

/// For managers alone.
operation secret_list() -> text {
  mcp resource "refunds://secret"
  allow role manager
  return "a list"
}

/// Say something friendly.
operation greet(name: text(1..40), times: int(1..9) = 1) -> text {
  mcp prompt
  allow public
  return "Greet {name} {times} times."
}
"#;

/// An agent's client.
pub(super) struct Agent {
    process: Child,
    input: ChildStdin,
    output: Receiver<String>,
    next: u64,
}

impl Agent {
    pub(super) fn start(folder: &Path, token: Option<&str>) -> Self {
        Self::able(folder, token, &json!({}))
    }

    /// One that can do more than ask.
    fn able(folder: &Path, token: Option<&str>, capabilities: &Json) -> Self {
        let mut agent = Self::stateless(folder, token);
        let about = json!({
            "protocolVersion": "2025-11-25", "capabilities": capabilities, "clientInfo": { "name": "test", "version": "1" },
        });
        let told = agent.ask("initialize", about);
        assert_eq!(told["result"]["protocolVersion"], "2025-11-25", "{told}");
        agent.send(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }));
        agent
    }

    /// One that says what it is with each message.
    pub(super) fn stateless(folder: &Path, token: Option<&str>) -> Self {
        let mut command = quater(folder);
        command.args(["mcp", "shop.qtr"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        if let Some(token) = token {
            command.env("QUATER_TOKEN", token);
        }
        let mut process = command.spawn().unwrap();
        let (input, output) = (process.stdin.take().unwrap(), process.stdout.take().unwrap());
        let (heard, told) = channel();
        std::thread::spawn(move || {
            BufReader::new(output).lines().map_while(Result::ok).try_for_each(|line| heard.send(line))
        });
        Self { process, input, output: told, next: 0 }
    }

    fn send(&mut self, message: &Json) {
        writeln!(self.input, "{message}").unwrap();
    }

    pub(super) fn begin(&mut self, method: &str, params: Json) -> u64 {
        self.next += 1;
        let id = self.next;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        id
    }

    pub(super) fn ask(&mut self, method: &str, params: Json) -> Json {
        self.ask_hearing(method, params).0
    }

    /// The answer, and what came before it.
    pub(super) fn ask_hearing(&mut self, method: &str, params: Json) -> (Json, Vec<Json>) {
        let id = self.begin(method, params);
        let mut before = Vec::new();
        loop {
            let message = self.hear();
            if message["id"] == id {
                return (message, before);
            }
            before.push(message);
        }
    }

    /// The next message of the service.
    pub(super) fn hear(&mut self) -> Json {
        let line = self.output.recv_timeout(Duration::from_secs(30)).expect("a message in time");
        serde_json::from_str(&line).unwrap()
    }

    pub(super) fn names(&mut self, method: &str, list: &str) -> Vec<String> {
        let told = self.ask(method, json!({}));
        let items = told["result"][list].as_array().unwrap_or_else(|| panic!("{told}"));
        items.iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect()
    }

    pub(super) fn end(self) -> Option<i32> {
        drop(self.input);
        let mut process = self.process;
        process.wait().unwrap().code()
    }
}

fn shop() -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("shop.qtr"), format!("{REFUNDS}{LIBRARY}")).unwrap();
    assert_eq!(SECRET.len(), 32);
    folder
}

fn call(name: &str, arguments: Json) -> Json {
    json!({ "name": name, "arguments": arguments })
}

/// As over HTTP; and the session goes on.
#[test]
fn a_line_that_is_no_json_is_answered() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("shop.qtr"), REFUNDS).unwrap();
    let mut agent = Agent::stateless(folder.path(), None);
    agent.input.write_all(b"nonsense\n").unwrap();
    let told: Json =
        serde_json::from_str(&agent.output.recv_timeout(Duration::from_secs(20)).unwrap()).unwrap();
    assert_eq!((&told["id"], &told["error"]["code"]), (&Json::Null, &json!(-32700)), "{told}");
    let about = json!({
        "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "test", "version": "1" },
    });
    assert_eq!(agent.ask("initialize", about)["result"]["protocolVersion"], "2025-11-25");
}

#[test]
fn agents_are_served_over_standard_input_and_output() {
    let folder = shop();
    let mut nobody = Agent::start(folder.path(), None);
    assert_eq!(nobody.names("tools/list", "tools"), ["join"], "only what the caller may call is listed");
    let person = json!({ "name": "cleo", "branch": "north" });
    let made = nobody.ask("tools/call", call("join", person));
    let token =
        made["result"]["structuredContent"]["token"].as_str().unwrap_or_else(|| panic!("{made}")).to_owned();
    assert_eq!(nobody.end(), Some(0));

    let mut cleo = Agent::start(folder.path(), Some(&token));
    assert_eq!(cleo.names("tools/list", "tools").len(), 6, "and `quater_approvals`");
    let payment = json!({ "amount": "1.00", "why": "broken", "labels": {} });
    let meta = |member: &str, value: Json| {
        let mut params = call("pay", payment.clone());
        params["_meta"] = json!({ member: value });
        params
    };
    let first = cleo.ask("tools/call", meta("quater/key", json!("k")));
    let again = cleo.ask("tools/call", meta("quater/key", json!("k")));
    assert!(first["result"]["structuredContent"]["refund"].is_string(), "{first}");
    assert_eq!(again["result"], first["result"]);
    let tried = cleo.ask("tools/call", meta("quater/dry_run", json!(true)));
    let told = &tried["result"]["_meta"]["quater/dry_run"];
    assert_eq!(told["effects"][0], json!({ "entity": "Refund", "created": 1, "updated": 0, "deleted": 0 }));
    assert_eq!(tried["result"]["structuredContent"], told["result"], "it is what the output schema says");
    assert_eq!(cleo.ask("tools/call", meta("quater/key", json!("a b")))["error"]["code"], -32602);
    assert_eq!(cleo.ask("tools/call", meta("quater/dry_run", json!(1)))["error"]["code"], -32602);
    let waits = cleo.ask("tools/call", call("refund", json!({ "amount": "600", "why": "broken" })));
    assert_eq!(waits["result"]["isError"], true);
    let request = &waits["result"]["_meta"]["quater/approval"];
    assert_eq!(request["status"], "waiting_approval");
    assert_eq!(cleo.end(), Some(0));
}

#[test]
fn resources_and_prompts_are_listed_and_read() {
    let folder = shop();
    let mut agent = Agent::start(folder.path(), None);
    assert_eq!(agent.names("resources/list", "resources"), ["motto"], "not what the caller may not read");
    assert_eq!(agent.names("resources/templates/list", "resourceTemplates"), ["somebody"]);
    assert_eq!(agent.names("prompts/list", "prompts"), ["greet"]);
    let mut read = |uri: &str| agent.ask("resources/read", json!({ "uri": uri }));
    let motto = json!({ "uri": "refunds://motto", "mimeType": "text/plain", "text": "never say never" });
    assert_eq!(read("refunds://motto")["result"]["contents"], json!([motto]));
    let ann = &read("refunds://people/%61nn")["result"]["contents"][0];
    assert_eq!(
        (&ann["text"], &ann["mimeType"]),
        (&json!(r#"{"name":"ann","length":3}"#), &json!("application/json"))
    );
    assert_eq!(read("refunds://nothing")["error"]["code"], -32002);
    assert_eq!(read(&format!("refunds://people/{}", "a".repeat(41)))["error"]["code"], -32602);
    assert!(read("refunds://secret")["error"]["message"].as_str().unwrap().starts_with("Unauthorized"));
    let mut say = |name: &str, arguments: Json| {
        agent.ask("prompts/get", json!({ "name": name, "arguments": arguments }))
    };
    let said = say("greet", json!({ "name": "ann", "times": "2" }));
    let message = json!({ "role": "user", "content": { "type": "text", "text": "Greet ann 2 times." } });
    assert_eq!(said["result"]["messages"], json!([message]));
    for (name, arguments) in [
        ("greet", json!({})),
        ("greet", json!({ "name": 7 })),
        ("greet", json!({ "name": "a", "other": "b" })),
        ("greet", json!({ "name": "a", "times": "99" })),
        ("nothing", json!({})),
    ] {
        assert_eq!(say(name, arguments.clone())["error"]["code"], -32602, "{name} {arguments}");
    }
    let beyond = agent.ask("resources/list", json!({ "cursor": "7" }));
    assert_eq!(beyond["error"]["code"], -32602, "{beyond}");
}

/// The page for people tells what agents are told.
#[test]
fn a_page_documents_the_tools() {
    let shop = super::Shop::open(&format!("{REFUNDS}{LIBRARY}"));
    let page = reqwest::blocking::get(format!("{}/docs/tools", shop.url)).unwrap();
    assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
    let page = page.text().unwrap();
    for part in [
        "<h3>refund</h3>",
        "<td><code>amount</code></td>",
        "<h3>refunds://people/{name}</h3>",
        "<h3>greet</h3>",
        "<td><code>times</code> <span class=\"quiet\">may be left out</span></td>",
        "only reads",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
}

#[test]
fn a_call_that_is_taken_back_leaves_nothing() {
    let folder = shop();
    let mut nobody = Agent::start(folder.path(), None);
    let made = nobody.ask("tools/call", call("join", json!({ "name": "cleo", "branch": "north" })));
    let token = made["result"]["structuredContent"]["token"].as_str().unwrap().to_owned();
    nobody.end();
    let mut cleo = Agent::start(folder.path(), Some(&token));
    let database = Connection::open(folder.path().join("shop.db")).unwrap();
    database.execute_batch("BEGIN IMMEDIATE").unwrap();
    let id =
        cleo.begin("tools/call", call("pay", json!({ "amount": "1.00", "why": "broken", "labels": {} })));
    std::thread::sleep(Duration::from_millis(300));
    let params = json!({ "requestId": id, "reason": "no longer" });
    cleo.send(&json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": params }));
    std::thread::sleep(Duration::from_millis(300));
    database.execute_batch("ROLLBACK").unwrap();
    let list = cleo.ask("tools/call", call("list_refunds", json!({})));
    assert_eq!(list["result"]["structuredContent"]["result"], json!([]), "{list}");
    assert_eq!(cleo.end(), Some(0));
    let manner = "SELECT manner FROM _quater_audit WHERE operation = 'pay'";
    let manner: String = database.query_row(manner, (), |row| row.get(0)).unwrap();
    assert_eq!(manner, "cancelled");
}

#[test]
fn a_user_is_asked_while_the_call_waits() {
    let folder = shop();
    let mut nobody = Agent::start(folder.path(), None);
    let mut join = |name: &str, role: &str| {
        let person = json!({ "name": name, "branch": "north", "role": role });
        let made = nobody.ask("tools/call", call("join", person));
        made["result"]["structuredContent"]["token"].as_str().unwrap().to_owned()
    };
    let (cleo, max) = (join("cleo", "clerk"), join("max", "manager"));
    nobody.end();
    let mut cleo = Agent::able(folder.path(), Some(&cleo), &json!({ "elicitation": {} }));
    let large = call("refund", json!({ "amount": "600", "why": "broken" }));
    let answer = |asked: &Json, action: &str| {
        let result = json!({ "action": action, "content": {} });
        json!({ "jsonrpc": "2.0", "id": asked["id"], "result": result })
    };
    let id = cleo.begin("tools/call", large.clone());
    let asked = cleo.hear();
    assert_eq!(asked["method"], "elicitation/create", "{asked}");
    let told = asked["params"]["message"].as_str().unwrap();
    let request = told
        .split([' ', '.'])
        .find(|word| word.len() == 36)
        .unwrap_or_else(|| panic!("no request in: {told}"));
    // Who goes on too early is asked again.
    cleo.send(&answer(&asked, "accept"));
    let again = cleo.hear();
    assert_eq!(again["params"]["message"], asked["params"]["message"]);
    let granted =
        quater(folder.path()).args(["approvals", "grant", "shop.qtr", request, "--token", &max]).output();
    assert_eq!(granted.unwrap().status.code(), Some(0));
    cleo.send(&answer(&again, "accept"));
    let done = cleo.hear();
    assert_eq!(
        (&done["id"], &done["result"]["structuredContent"]["amount"]),
        (&json!(id), &json!("600.00")),
        "{done}"
    );
    // Who does not want to wait is told that nothing has been done.
    let id = cleo.begin("tools/call", large);
    let asked = cleo.hear();
    cleo.send(&answer(&asked, "decline"));
    let told = cleo.hear();
    assert_eq!((&told["id"], &told["result"]["isError"]), (&json!(id), &json!(true)), "{told}");
    assert_eq!(told["result"]["_meta"]["quater/approval"]["status"], "waiting_approval");
    assert_eq!(cleo.end(), Some(0));
}
