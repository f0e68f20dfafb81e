//! Clients of MCP that want to hear when a resource changes, of each kind of revision, over HTTP and on standard input
//! and output.
use super::agents::Agent;
use super::gone::send;
use super::sessions::{greet, tell};
use super::{Shop, quater};
use quater_tests::postgres::Database;
use reqwest::Method;
use reqwest::blocking::Client;
use serde_json::{Value as Json, json};
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

const BOARDS: &str = include_str!("boards.qtr");

/// Longer than changes are gathered.
const QUIET: Duration = Duration::from_millis(700);

/// A service, and tokens of two people of one branch and one of another.
fn boards() -> (Shop, [String; 3]) {
    peopled(Shop::open(BOARDS))
}

fn peopled(shop: Shop) -> (Shop, [String; 3]) {
    shop.quater(&["connect", "shop", &shop.url]);
    let join = |name: &str, branch: &str| {
        let made =
            shop.json(&["call", "shop", "people", "join", "--name", name, "--branch", branch, "--json"]);
        made["token"].as_str().unwrap().to_owned()
    };
    let tokens = [join("ann", "north"), join("bob", "north"), join("eve", "south")];
    (shop, tokens)
}

/// Calls over HTTP what must succeed.
fn write(shop: &Shop, token: &str, (method, path): (Method, &str), body: &Json) -> Json {
    let request = Client::new().request(method, format!("{}{path}", shop.url)).bearer_auth(token);
    let answer = request.header("content-type", "application/json").body(body.to_string()).send().unwrap();
    assert!(answer.status().is_success(), "{path}: {answer:?}");
    serde_json::from_str(&answer.text().unwrap()).unwrap_or_default()
}

fn open(shop: &Shop, token: &str) -> String {
    let made = write(shop, token, (Method::POST, "/boards"), &json!({ "title": "plans" }));
    made["id"].as_str().unwrap().to_owned()
}

fn card(shop: &Shop, token: &str, board: &str) {
    write(shop, token, (Method::POST, &format!("/boards/{board}/cards")), &json!({ "text": "buy tea" }));
}

fn uri(board: &str) -> String {
    format!("boards://board/{board}")
}

/// What a client hears outside of its calls.
struct Stream(BufReader<TcpStream>);

impl Stream {
    /// Of a session.
    fn of_session(shop: &Shop, token: &str, session: &str) -> Self {
        let address = shop.url.trim_start_matches("http://");
        let mut stream = TcpStream::connect(address).unwrap();
        write!(
            stream,
            "GET /mcp HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nAccept: text/event-stream\r\n\
             MCP-Protocol-Version: 2025-11-25\r\nMcp-Session-Id: {session}\r\n\r\n"
        )
        .unwrap();
        Self(BufReader::new(stream))
    }

    /// Of a client that listens, with the answer to that.
    fn listening(shop: &Shop, token: &str, uris: &[&str]) -> (Self, Json) {
        let headers = format!(
            "Authorization: Bearer {token}\r\nMCP-Protocol-Version: 2026-07-28\r\nMcp-Method: subscriptions/listen\r\n"
        );
        let params = json!({ "_meta": modern(), "notifications": { "resourceSubscriptions": uris } });
        let message =
            json!({ "jsonrpc": "2.0", "id": "ear", "method": "subscriptions/listen", "params": params });
        let mut stream = Self(BufReader::new(send(shop, "/mcp", &headers, &message)));
        let first = stream.next().expect("an acknowledgement");
        (stream, first)
    }

    /// The next message, if one comes.
    fn next(&mut self) -> Option<Json> {
        self.within(Duration::from_secs(10))
    }

    fn within(&mut self, patience: Duration) -> Option<Json> {
        let end = Instant::now() + patience;
        loop {
            let left = end.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())?;
            self.0.get_ref().set_read_timeout(Some(left)).unwrap();
            let mut line = String::new();
            match self.0.read_line(&mut line) {
                Ok(0) => return None,
                Ok(_) => {}
                Err(error) if [ErrorKind::WouldBlock, ErrorKind::TimedOut].contains(&error.kind()) => {
                    return None;
                }
                Err(error) => panic!("{error}"),
            }
            if let Some(message) = line.strip_prefix("data: {") {
                return Some(serde_json::from_str(&format!("{{{message}")).unwrap());
            }
        }
    }

    /// The resource that the next message tells of.
    fn told(&mut self) -> String {
        let message = self.next().expect("a notification");
        assert_eq!(message["method"], "notifications/resources/updated", "{message}");
        message["params"]["uri"].as_str().unwrap().to_owned()
    }

    fn is_quiet(&mut self) -> bool {
        self.within(QUIET).is_none_or(|message| panic!("{message}"))
    }
}

/// What each message of revision 2026-07-28 says.
fn modern() -> Json {
    json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": { "name": "t", "version": "1" },
    })
}

/// A request of a session, and its answer.
fn ask(shop: &Shop, token: &str, session: &str, method: &str, uri: &str) -> Json {
    let message = json!({ "jsonrpc": "2.0", "id": 7, "method": method, "params": { "uri": uri } });
    let told = tell(shop, token, Some(session), Some(&message)).text().unwrap();
    let told = told
        .lines()
        .find_map(|line| line.strip_prefix("data: {").map(|it| format!("{{{it}")))
        .unwrap_or(told);
    serde_json::from_str(&told).unwrap_or_else(|_| panic!("{told}"))
}

fn subscribe(shop: &Shop, token: &str, session: &str, uri: &str) -> Json {
    ask(shop, token, session, "resources/subscribe", uri)
}

#[test]
fn a_session_hears_what_changes() {
    let (shop, [ann, bob, eve]) = boards();
    let (board, other) = (open(&shop, &ann), open(&shop, &ann));
    let session = greet(&shop, &ann, "2025-11-25", &json!({})).expect("a session for whoever may subscribe");
    let mut stream = Stream::of_session(&shop, &ann, &session);
    for uri in [uri(&board), "boards://ticks/2".to_owned()] {
        assert_eq!(subscribe(&shop, &ann, &session, &uri)["result"], json!({}), "{uri}");
    }
    assert!(stream.is_quiet());
    card(&shop, &bob, &board);
    assert_eq!(stream.told(), uri(&board));
    // Many changes are one, or a few.
    for _ in 0..20 {
        card(&shop, &bob, &board);
    }
    assert_eq!(stream.told(), uri(&board));
    let more = std::iter::from_fn(|| stream.within(QUIET)).count();
    assert!(more < 10, "{more} for twenty changes that came at once");
    write(&shop, &eve, (Method::POST, "/ticks"), &json!({}));
    assert_eq!(stream.told(), "boards://ticks/2");
    // Of somebody who is shown, along a relation.
    write(&shop, &bob, (Method::PATCH, "/me"), &json!({ "to": "robert" }));
    assert_eq!(stream.told(), uri(&board));
    // What the client does not see tells it nothing: another board, another branch, a trial, a refusal.
    card(&shop, &bob, &other);
    let theirs = open(&shop, &eve);
    card(&shop, &eve, &theirs);
    let path = format!("{}/boards/{board}/cards", shop.url);
    let tried = Client::new().post(&path).bearer_auth(&bob).header("dry-run", "true");
    assert_eq!(
        tried.header("content-type", "application/json").body(r#"{"text":"x"}"#).send().unwrap().status(),
        200
    );
    let refused = Client::new().post(&path).bearer_auth(&bob).header("content-type", "application/json");
    assert_eq!(refused.body(r#"{"text":"never"}"#).send().unwrap().status(), 422);
    assert!(stream.is_quiet());
    // What goes along with another row is told, too, though neither its rule nor what is shown looks at that row; of
    // what is gone itself there is nothing more to hear.
    write(&shop, &bob, (Method::POST, &format!("/boards/{board}/ticks")), &json!({}));
    assert_eq!(stream.told(), "boards://ticks/2");
    write(&shop, &bob, (Method::DELETE, &format!("/boards/{board}")), &json!({}));
    let mut told = [stream.told(), stream.told()];
    told.sort();
    assert_eq!(told, [uri(&board), "boards://ticks/2".to_owned()]);
    // The latest stream is told; the one before it has ended.
    let mut second = Stream::of_session(&shop, &ann, &session);
    assert!(stream.within(Duration::from_secs(5)).is_none());
    // It begins with what was told last.
    while second.within(QUIET).is_some() {}
    write(&shop, &eve, (Method::POST, "/ticks"), &json!({}));
    assert_eq!(second.told(), "boards://ticks/2");
    drop(stream);
    stream = second;
    assert_eq!(ask(&shop, &ann, &session, "resources/unsubscribe", "boards://ticks/2")["result"], json!({}));
    write(&shop, &eve, (Method::POST, "/ticks"), &json!({}));
    assert!(stream.is_quiet());
}

#[test]
fn changes_are_heard_on_postgres() {
    let Some(database) = Database::fresh() else { return };
    let (shop, [ann, bob, eve]) = peopled(Shop::open_on(BOARDS, &database.url()));
    let board = open(&shop, &ann);
    let (mut stream, _) = Stream::listening(&shop, &ann, &[&uri(&board)]);
    card(&shop, &bob, &board);
    assert_eq!(stream.told(), uri(&board));
    card(&shop, &eve, &open(&shop, &eve));
    assert!(stream.is_quiet());
    write(&shop, &bob, (Method::PATCH, "/me"), &json!({ "to": "robert" }));
    assert_eq!(stream.told(), uri(&board));
}

#[test]
fn nobody_subscribes_to_what_they_may_not_read() {
    let (shop, [ann, _, eve]) = boards();
    let board = open(&shop, &ann);
    let session = greet(&shop, &eve, "2025-06-18", &json!({})).unwrap();
    let cases = [
        (uri(&board), "NotFound"),
        ("boards://ledger".to_owned(), "Forbidden"),
        ("boards://ticks/1000".to_owned(), "Invalid"),
        ("boards://nothing".to_owned(), "there is no resource"),
    ];
    for (uri, wanted) in &cases {
        let told = subscribe(&shop, &eve, &session, uri);
        assert!(told["error"].to_string().contains(wanted), "{uri}: {told}");
    }
    let mut stream = Stream::of_session(&shop, &eve, &session);
    card(&shop, &ann, &board);
    assert!(stream.is_quiet());
    // Another's session is worth nothing, and there is no subscription without one.
    for (token, session) in [(&ann, Some(session.as_str())), (&ann, None)] {
        let message = json!({ "jsonrpc": "2.0", "id": 7, "method": "resources/subscribe", "params": { "uri": uri(&board) } });
        let told = tell(&shop, token, session, Some(&message)).text().unwrap();
        assert!(told.contains("-32601"), "{told}");
    }
    let uris: Vec<&str> = cases.iter().map(|(uri, _)| uri.as_str()).chain(["boards://ticks/1"]).collect();
    let (mut stream, first) = Stream::listening(&shop, &eve, &uris);
    assert_eq!(
        first["params"]["notifications"],
        json!({ "resourceSubscriptions": ["boards://ticks/1"] }),
        "{first}"
    );
    card(&shop, &ann, &board);
    assert!(stream.is_quiet());
    write(&shop, &ann, (Method::POST, "/ticks"), &json!({}));
    assert_eq!(stream.told(), "boards://ticks/1");
    // Who has nothing to hear is not kept waiting.
    let (mut stream, first) = Stream::listening(&shop, &eve, &["boards://ledger"]);
    assert_eq!(first["params"]["notifications"], json!({}), "{first}");
    assert_eq!(stream.next().unwrap()["result"]["resultType"], "complete");
    let params = json!({ "_meta": modern(), "notifications": { "resourceSubscriptions": [uri(&board)] } });
    let message = json!({ "jsonrpc": "2.0", "id": 1, "method": "subscriptions/listen", "params": params });
    let nobody = Client::new().post(format!("{}/mcp", shop.url)).header("mcp-protocol-version", "2026-07-28");
    let nobody =
        nobody.header("mcp-method", "subscriptions/listen").header("content-type", "application/json");
    let nobody = nobody.header("accept", "application/json, text/event-stream").body(message.to_string());
    assert_eq!(nobody.send().unwrap().status(), 401);
}

#[test]
fn who_listens_hears_what_changes() {
    let (shop, [ann, bob, _]) = boards();
    let board = open(&shop, &ann);
    let (mut stream, first) =
        Stream::listening(&shop, &ann, &[&uri(&board), "boards://ticks/1", "boards://nothing"]);
    assert_eq!(first["method"], "notifications/subscriptions/acknowledged", "{first}");
    let accepted = json!({ "resourceSubscriptions": [uri(&board), "boards://ticks/1"] });
    assert_eq!(first["params"]["notifications"], accepted);
    card(&shop, &bob, &board);
    let told = stream.next().unwrap();
    assert_eq!(told["params"]["uri"], uri(&board), "{told}");
    assert_eq!(told["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"], "ear", "{told}");
    write(&shop, &bob, (Method::POST, "/ticks"), &json!({}));
    assert_eq!(stream.told(), "boards://ticks/1");
    card(&shop, &bob, &open(&shop, &bob));
    assert!(stream.is_quiet());
}

#[test]
fn subscriptions_are_bounded_and_end_with_their_session() {
    let (shop, [ann, ..]) = boards();
    let session = greet(&shop, &ann, "2025-11-25", &json!({})).unwrap();
    for times in 1..=100 {
        let uri = format!("boards://ticks/{times}");
        assert_eq!(subscribe(&shop, &ann, &session, &uri)["result"], json!({}), "{times}");
    }
    let full = |session: &str| {
        let told = subscribe(&shop, &ann, session, "boards://ticks/101");
        told["error"]["message"].as_str().is_some_and(|it| it.contains("too many"))
    };
    assert!(full(&session));
    assert_eq!(
        Stream::listening(&shop, &ann, &["boards://ticks/101"]).1["params"]["notifications"],
        json!({})
    );
    let another = greet(&shop, &ann, "2025-11-25", &json!({})).unwrap();
    assert!(full(&another), "the bound is the caller's, not the session's");
    assert_eq!(ask(&shop, &ann, &session, "resources/unsubscribe", "boards://ticks/1")["result"], json!({}));
    assert!(!full(&another) && full(&session));
    assert_eq!(tell(&shop, &ann, Some(&session), None).status(), 204);
    let start = Instant::now();
    while full(&another) {
        assert!(start.elapsed() < Duration::from_secs(10), "subscriptions outlive their session");
        std::thread::sleep(Duration::from_millis(50));
    }
    let (ear, first) = Stream::listening(&shop, &ann, &["boards://ticks/7"]);
    assert_eq!(first["params"]["notifications"], json!({ "resourceSubscriptions": ["boards://ticks/7"] }));
    drop(ear);
    write(&shop, &ann, (Method::POST, "/ticks"), &json!({}));
}

#[test]
fn clients_that_listen_hold_up_no_stop() {
    let (mut shop, [ann, ..]) = boards();
    let board = open(&shop, &ann);
    let session = greet(&shop, &ann, "2025-11-25", &json!({})).unwrap();
    assert_eq!(subscribe(&shop, &ann, &session, &uri(&board))["result"], json!({}));
    let mut hears = Stream::of_session(&shop, &ann, &session);
    card(&shop, &ann, &board);
    assert_eq!(hears.told(), uri(&board));
    let (mut listens, _) = Stream::listening(&shop, &ann, &[&uri(&board)]);
    let start = Instant::now();
    let id = shop.process.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    assert_eq!(listens.next().expect("an end")["result"]["resultType"], "complete");
    assert_eq!(hears.next(), None);
    assert!(shop.process.wait().unwrap().success());
    assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
}

#[test]
fn a_client_on_standard_input_hears_what_it_changes() {
    let (shop, [ann, ..]) = boards();
    let board = open(&shop, &ann);
    let mut agent = Agent::start(shop.path(), Some(&ann));
    let told = agent.ask("resources/subscribe", json!({ "uri": uri(&board) }));
    assert_eq!(told["result"], json!({}), "{told}");
    let told = agent.ask("resources/subscribe", json!({ "uri": "boards://ledger" }));
    assert!(told["error"].to_string().contains("Forbidden"), "{told}");
    let written =
        agent.ask("tools/call", json!({ "name": "write", "arguments": { "board": board, "text": "x" } }));
    assert!(written["result"]["isError"] != true, "{written}");
    let told = agent.hear();
    assert_eq!(told["method"], "notifications/resources/updated", "{told}");
    assert_eq!(told["params"]["uri"], uri(&board));
    assert_eq!(agent.end(), Some(0));
    assert!(quater(shop.path()).args(["check", "shop.qtr"]).output().unwrap().status.success());
}

#[test]
fn a_client_on_standard_input_listens() {
    let (shop, [ann, ..]) = boards();
    let board = open(&shop, &ann);
    let mut agent = Agent::stateless(shop.path(), Some(&ann));
    let ear = agent.begin(
        "subscriptions/listen",
        json!({ "_meta": modern(), "notifications": { "resourceSubscriptions": [uri(&board), "boards://ledger"] } }),
    );
    let first = agent.hear();
    assert_eq!(
        first["params"]["notifications"],
        json!({ "resourceSubscriptions": [uri(&board)] }),
        "{first}"
    );
    let call = json!({ "_meta": modern(), "name": "write", "arguments": { "board": board, "text": "x" } });
    let (_, before) = agent.ask_hearing("tools/call", call);
    let told = before.into_iter().next().unwrap_or_else(|| agent.hear());
    assert_eq!(told["params"]["uri"], uri(&board), "{told}");
    assert_eq!(told["params"]["_meta"]["io.modelcontextprotocol/subscriptionId"], ear);
    assert_eq!(agent.end(), Some(0));
}
