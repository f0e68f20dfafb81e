//! Signing in, attacked over real sockets: what each `auth` takes, and that it takes nothing else.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

#[path = "auth/cookies.rs"]
mod cookies;
#[path = "auth/forge.rs"]
mod forge;
#[path = "auth/issuer.rs"]
mod issuer;
#[path = "matrix/judges.rs"]
mod judges;
#[path = "auth/provider.rs"]
mod provider;
#[path = "doors/wire.rs"]
#[allow(dead_code, reason = "another suite keeps connections open")]
mod wire;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use forge::{Forge, with};
use issuer::{Issuer, Pair, now};
use quater_compiler::report::{Source, Sources};
use quater_runtime::http::{HttpOptions, serve};
use quater_runtime::{Service, Settings, StartError, testing};
use quater_tests::postgres::Database;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};
use wire::Reply;

const GATE: &str = include_str!("auth/gate.qtr");

fn compile(text: &str) -> Arc<quater_ir::Program> {
    let mut sources = Sources::default();
    sources.add(Source::new("gate.qtr", text.to_owned()));
    let analysis = quater_compiler::analyse(sources);
    Arc::new(analysis.program.unwrap_or_else(|| panic!("{:#?}", analysis.reports)))
}

fn surroundings(issuer: &str, keys: &str, database: &str) -> Settings {
    let env = [("DATABASE_URL", database), ("ISSUER", issuer), ("KEYS", &format!("{issuer}/{keys}"))];
    let env: BTreeMap<_, _> = env.map(|(name, value)| (name.into(), value.to_owned())).into();
    Settings::new(env, PathBuf::from("."))
}

/// A service that listens.
struct Gate {
    address: SocketAddr,
    issuer: Issuer,
    _stop: (oneshot::Sender<()>, watch::Sender<Service>),
}

impl Gate {
    async fn open(database: &str) -> Self {
        let issuer = Issuer::open();
        let settings = surroundings(&issuer.url(), "keys", database);
        Self::with(issuer, &settings).await
    }

    async fn with(issuer: Issuer, settings: &Settings) -> Self {
        let service = Service::start(compile(GATE), settings).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (newest, services) = watch::channel(service);
        let (stop, stopped) = oneshot::channel::<()>();
        let options = HttpOptions::default();
        tokio::spawn(async move { serve(services, listener, options, async { drop(stopped.await) }).await });
        Self { address, issuer, _stop: (stop, newest) }
    }

    async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Reply {
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
        headers.iter().for_each(|(name, value)| request += &format!("{name}: {value}\r\n"));
        if !body.is_empty() {
            request += &format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len());
        }
        let (request, address) = (format!("{request}\r\n{body}"), self.address);
        tokio::task::spawn_blocking(move || wire::ask(address, &request)).await.unwrap()
    }

    async fn me(&self, token: &str) -> u16 {
        self.ask("GET", "/me", &[("Authorization", &format!("Bearer {token}"))], "").await.status
    }

    async fn join(&self, email: &str, subject: &str) {
        let body = json!({ "email": email, "subject": subject, "password": "correct horse" });
        assert_eq!(self.ask("POST", "/users", &[], &body.to_string()).await.status, 201);
    }

    fn claims(&self) -> Json {
        json!({ "iss": self.issuer.url(), "aud": "gate", "sub": "ann", "exp": now() + 300, "email": "ann@x.example" })
    }
}

fn basic(pair: &str) -> String {
    format!("Basic {}", STANDARD.encode(pair))
}

#[test]
fn the_service_holds_its_own_tests() {
    for outcome in testing::run(&compile(GATE), None).unwrap() {
        assert_eq!(outcome.result, Ok(()), "{}", outcome.name);
    }
}

/// A subject is a text, as the standard has it, where the key is a number.
#[test]
fn a_subject_of_digits_is_a_number() {
    const NUMBERED: &str = r#"
service numbered version 1

resource main = database("sqlite::memory:")

auth login {
  bearer jwt(secret: "a secret of a test that nobody else has")
  actor User where id == claims.sub
}

entity User in main {
  id:   int key
  name: text(1..20)
  allow read signed_in
}

operation enter(subject: text(1..20)) -> { token: text } {
  http POST /enter
  allow public
  limit 60/min per ip
  return { token: sign(login, { sub: subject }, for: 1h) }
}

operation me() -> User(name) {
  http GET /me
  allow signed_in
  return actor
}

test "digits are a key, and nothing like them is" {
  given ann = User { name: "ann" }
  let good = as nobody call enter("{ann.id}") succeeds
  with bearer good.token call me() gives { name: "ann" }
  let zero = as nobody call enter("0{ann.id}") succeeds
  with bearer zero.token call me() fails Unauthorized
  let plus = as nobody call enter("+{ann.id}") succeeds
  with bearer plus.token call me() fails Unauthorized
}
"#;
    let outcomes = testing::run(&compile(NUMBERED), None).unwrap();
    assert_eq!(outcomes.len(), 1);
    for outcome in outcomes {
        assert_eq!(outcome.result, Ok(()), "{}", outcome.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_taken_as_signed_by_their_issuer_and_in_no_other_way() {
    let gate = Gate::open("sqlite::memory:").await;
    gate.join("ann@x.example", "ann").await;
    let forge = Forge::open(&gate.issuer, gate.claims());
    for (what, token) in forge.taken() {
        assert_eq!(gate.me(&token).await, 200, "{what}");
    }
    let bad = [forge.with_wrong_signatures(), forge.with_wrong_headers(), forge.with_wrong_claims()];
    for (what, token) in bad.into_iter().flatten() {
        let bearer = format!("Bearer {token}");
        let reply = gate.ask("GET", "/me", &[("Authorization", &bearer)], "").await;
        assert_eq!(reply.status, 401, "{what}: {}", reply.body);
        let told = reply.header("www-authenticate").unwrap();
        assert!(told.contains("error=\"invalid_token\""), "{what}: {told}");
        let public = gate.ask("GET", "/hello", &[("Authorization", &bearer)], "").await;
        assert_eq!(public.status, 401, "{what}, where anybody may call");
    }
    let asked = gate.issuer.published.lock().unwrap().asked;
    assert!(asked <= 3, "made-up names of keys are no way to make us ask: {asked}");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_are_rotated_are_fetched_once_more() {
    let gate = Gate::open("sqlite::memory:").await;
    gate.join("ann@x.example", "ann").await;
    let (old, new) = (Pair::rsa(), Pair::curve());
    let by_old = old.token(&json!({ "alg": "RS256", "kid": "old" }), &gate.claims());
    let by_new = new.token(&json!({ "alg": "ES256", "kid": "new" }), &gate.claims());
    gate.issuer.published.lock().unwrap().away = true;
    let reply = gate.ask("GET", "/me", &[("Authorization", &format!("Bearer {by_old}"))], "").await;
    assert_eq!((reply.status, reply.header("retry-after")), (503, Some("1")), "nobody knows");
    gate.issuer.published.lock().unwrap().away = false;
    gate.issuer.publish(vec![old.public("old")]);
    tokio::time::sleep(Duration::from_millis(5_100)).await;
    assert_eq!([gate.me(&by_old).await, gate.me(&by_new).await], [200, 401]);
    gate.issuer.publish(vec![new.public("new"), old.public("old")]);
    assert_eq!(gate.me(&by_new).await, 401, "it was asked a moment ago");
    tokio::time::sleep(Duration::from_millis(5_100)).await;
    assert_eq!([gate.me(&by_new).await, gate.me(&by_old).await], [200, 200]);
    gate.issuer.published.lock().unwrap().away = true;
    let stranger = new.token(&json!({ "alg": "ES256", "kid": "none" }), &gate.claims());
    tokio::time::sleep(Duration::from_millis(5_100)).await;
    assert_eq!(
        [gate.me(&stranger).await, gate.me(&by_new).await],
        [401, 200],
        "old keys do while it is away"
    );
    let published = gate.issuer.published.lock().unwrap();
    assert_eq!((published.asked, published.same), (2, 0));
}

fn tool(name: &str) -> String {
    json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": { "name": name, "arguments": {} } })
        .to_string()
}

async fn agent(gate: &Gate, token: Option<&str>, message: &str) -> Reply {
    let bearer = token.map(|token| format!("Bearer {token}"));
    let mut headers =
        vec![("Accept", "application/json, text/event-stream"), ("MCP-Protocol-Version", "2025-11-25")];
    headers.extend(bearer.as_deref().map(|bearer| ("Authorization", bearer)));
    gate.ask("POST", "/mcp", &headers, message).await
}

async fn first_visits(database: &str) {
    let gate = Gate::open(database).await;
    let pair = Pair::edwards();
    gate.issuer.publish(vec![pair.public("k")]);
    let token = |claims: &Json| pair.token(&json!({ "alg": "EdDSA", "kid": "k" }), claims);
    let refused = agent(&gate, None, &tool("me")).await;
    assert_eq!(refused.status, 401);
    let told = refused.header("www-authenticate").unwrap();
    assert_eq!(
        told,
        "Bearer realm=\"gate\", resource_metadata=\"http://localhost/.well-known/oauth-protected-resource/mcp\""
    );
    let document = gate.ask("GET", "/.well-known/oauth-protected-resource/mcp", &[], "").await.json();
    assert_eq!(document["resource"], "http://localhost/mcp");
    assert_eq!(document["authorization_servers"], json!([gate.issuer.url()]));
    let document = gate.ask("GET", "/.well-known/oauth-protected-resource", &[], "").await.json();
    assert_eq!(document["resource"], "http://localhost");
    let first = token(&with(gate.claims(), "email", json!("Eve@X.example")));
    let gate = Arc::new(gate);
    let visits: Vec<_> = (0..8)
        .map(|_| {
            let (gate, first) = (Arc::clone(&gate), first.clone());
            tokio::spawn(async move { agent(&gate, Some(&first), &tool("me")).await })
        })
        .collect();
    let mut ids = Vec::new();
    for visit in visits {
        let reply = visit.await.unwrap();
        assert_eq!(reply.status, 200, "{}", reply.body);
        let person = reply.json()["result"]["structuredContent"].clone();
        assert_eq!((&person["email"], &person["role"]), (&json!("eve@x.example"), &json!("guest")));
        ids.push(person["id"].clone());
    }
    ids.dedup();
    assert_eq!(ids.len(), 1, "one visitor is one row");
    assert_eq!(gate.me(&first).await, 200, "the same person through another door");
    let taken = token(&with(with(gate.claims(), "sub", json!("mallory")), "email", json!("eve@x.example")));
    assert_eq!(agent(&gate, Some(&taken), &tool("me")).await.status, 401, "an address is somebody's already");
    let nameless = token(&with(with(gate.claims(), "sub", json!("nobody")), "email", Json::Null));
    assert_eq!(agent(&gate, Some(&nameless), &tool("me")).await.status, 401);
    let unknown = token(&with(gate.claims(), "sub", json!("zoe")));
    assert_eq!(gate.me(&unknown).await, 401, "only guests are made");
}

#[tokio::test(flavor = "multi_thread")]
async fn first_visits_make_one_row() {
    first_visits("sqlite::memory:").await;
    let folder = tempfile::tempdir().unwrap();
    first_visits(&format!("sqlite:{}", folder.path().join("gate.db").display())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn first_visits_make_one_row_on_postgres() {
    let Some(database) = Database::fresh() else { return };
    first_visits(&database.url()).await;
}

/// A person with a session, a key, a key of one site, and a session that has ended.
async fn equipped(gate: &Gate) {
    gate.join("ann@x.example", "ann").await;
    let ann = basic("ann@x.example:correct horse");
    for (session, key, site, life) in
        [("session-1", "key-12345", Json::Null, "PT1H"), ("session-2", "key-67890", json!("north"), "PT0S")]
    {
        let body = json!({ "session": session, "key": key, "site": site, "life": life }).to_string();
        let reply = gate.ask("POST", "/enter", &[("Authorization", &ann)], &body).await;
        assert_eq!(reply.status, 204, "{}", reply.body);
    }
}

/// What it is, its method, its headers, and the status that is right.
type Case<'c> = (&'c str, &'c str, Vec<(&'c str, &'c str)>, u16);

async fn side_by_side(database: &str) {
    let gate = Gate::open(database).await;
    equipped(&gate).await;
    let same = ("Origin", "http://localhost");
    let evil = ("Origin", "http://evil.example");
    let cookie = ("Cookie", "a=b; session=session-1");
    let good = basic("Ann@X.example:correct horse");
    let cases: Vec<Case<'_>> = vec![
        ("a key", "GET", vec![("X-Api-Key", "key-12345")], 200),
        ("a key that is none", "GET", vec![("X-Api-Key", "key-00000")], 401),
        ("an empty key", "GET", vec![("X-Api-Key", "")], 401),
        ("two keys", "GET", vec![("X-Api-Key", "key-12345"), ("X-Api-Key", "key-12345")], 400),
        ("a key of a site", "GET", vec![("X-Api-Key", "key-67890"), ("X-Site", "north")], 200),
        ("a key of another site", "GET", vec![("X-Api-Key", "key-67890"), ("X-Site", "south")], 401),
        ("a key of a site, nowhere", "GET", vec![("X-Api-Key", "key-67890")], 401),
        ("a key in place of a token", "GET", vec![("Authorization", "Bearer key-12345")], 401),
        ("a word that nobody knows", "GET", vec![("Authorization", "Digest key-12345")], 401),
        ("a session", "GET", vec![cookie], 200),
        ("a session that has ended", "GET", vec![("Cookie", "session=session-2")], 401),
        ("no session", "GET", vec![("Cookie", "session=")], 401),
        ("two sessions", "GET", vec![("Cookie", "session=session-1; session=session-2")], 400),
        ("a session in another header", "GET", vec![("X-Api-Key", "session-1")], 401),
        ("a session from its page", "POST", vec![cookie, same], 200),
        (
            "a session from its page, told twice",
            "POST",
            vec![cookie, same, ("Sec-Fetch-Site", "same-origin")],
            200,
        ),
        ("a session from elsewhere", "POST", vec![cookie, evil], 403),
        (
            "a session from elsewhere, as the browser says",
            "POST",
            vec![cookie, ("Sec-Fetch-Site", "cross-site")],
            403,
        ),
        ("a session from a neighbour", "POST", vec![cookie, same, ("Sec-Fetch-Site", "same-site")], 403),
        ("a session from a frame", "POST", vec![cookie, ("Origin", "null")], 403),
        ("a session from who knows where", "POST", vec![cookie], 403),
        ("a key needs no page", "POST", vec![("X-Api-Key", "key-12345"), evil], 200),
        ("a key goes before a session", "POST", vec![cookie, ("X-Api-Key", "key-12345"), evil], 200),
        ("a bad key goes before a good session", "POST", vec![cookie, ("X-Api-Key", "key-00000"), same], 401),
        ("a name and a password", "GET", vec![("Authorization", &good)], 200),
        ("nobody", "GET", vec![], 401),
    ];
    for (what, method, headers, wanted) in cases {
        let path = if method == "GET" { "/me" } else { "/touch" };
        let reply = gate.ask(method, path, &headers, "").await;
        assert_eq!(reply.status, wanted, "{what}: {}", reply.body);
    }
    let told = gate.ask("GET", "/me", &[], "").await.header("www-authenticate").unwrap().to_owned();
    let keys = r#"ApiKey realm="gate", header="x-api-key", Cookie realm="gate", cookie-name="session""#;
    assert!(told.contains(keys), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn several_ways_stand_side_by_side() {
    side_by_side("sqlite::memory:").await;
    let folder = tempfile::tempdir().unwrap();
    side_by_side(&format!("sqlite:{}", folder.path().join("gate.db").display())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn several_ways_stand_side_by_side_on_postgres() {
    let Some(database) = Database::fresh() else { return };
    side_by_side(&database.url()).await;
}

/// An operation that compares a password takes as long where it never comes to that.
async fn log_ins_take_as_long(database: &str) {
    let gate = Gate::open(database).await;
    gate.join("ann@x.example", "ann").await;
    let mut quickest = [Duration::MAX; 2];
    for _ in 0..5 {
        for (at, name) in ["ann@x.example", "eve@x.example"].iter().enumerate() {
            let begun = Instant::now();
            let body = json!({ "email": name, "password": "wrong horse" }).to_string();
            let reply = gate.ask("POST", "/log-in", &[], &body).await;
            assert_eq!((reply.status, &reply.json()["code"]), (401, &json!("BadLogin")));
            quickest[at] = quickest[at].min(begun.elapsed());
        }
    }
    let [there, absent] = quickest.map(|took| took.as_secs_f64());
    assert!(absent > there * 0.4 && there > absent * 0.4, "{there} s for somebody, {absent} s for nobody");
    let body = json!({ "email": "ann@x.example", "password": "correct horse" }).to_string();
    assert_eq!(gate.ask("POST", "/log-in", &[], &body).await.status, 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_there_is_not_told_by_the_time_of_a_log_in() {
    let folder = tempfile::tempdir().unwrap();
    log_ins_take_as_long(&format!("sqlite:{}", folder.path().join("gate.db").display())).await;
    log_ins_take_as_long("sqlite::memory:").await;
    let Some(database) = Database::fresh() else { return };
    log_ins_take_as_long(&database.url()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn names_and_passwords_tell_nothing_and_bound_what_they_cost() {
    let folder = tempfile::tempdir().unwrap();
    let gate = Gate::open(&format!("sqlite:{}", folder.path().join("gate.db").display())).await;
    gate.join("ann@x.example", "ann").await;
    let me = async |value: String| {
        let begun = Instant::now();
        let reply = gate.ask("GET", "/me", &[("Authorization", &value)], "").await;
        (reply, begun.elapsed())
    };
    let wrong = [
        basic("ann@x.example:wrong horse"),
        basic("eve@x.example:correct horse"),
        basic("no address:correct horse"),
        basic("ann@x.example"),
        basic("ann@x.example:correct horse\0"),
        "Basic ????".to_owned(),
        "Basic".to_owned(),
    ];
    for value in wrong {
        let (reply, _) = me(value.clone()).await;
        assert_eq!(reply.status, 401, "{value}");
        let told = reply.header("www-authenticate").unwrap();
        assert!(told.contains("Basic realm=\"gate\", charset=\"UTF-8\""), "{told}");
    }
    // What is hashed for nobody is hashed for somebody: of several, the quickest tell.
    let mut quickest = [Duration::MAX; 2];
    for _ in 0..5 {
        for (at, name) in ["ann@x.example", "eve@x.example"].iter().enumerate() {
            let (_, took) = me(basic(&format!("{name}:wrong horse"))).await;
            quickest[at] = quickest[at].min(took);
        }
    }
    let [there, absent] = quickest.map(|took| took.as_secs_f64());
    assert!(absent > there * 0.4 && there > absent * 0.4, "{there} s for somebody, {absent} s for nobody");
    // Once it fits, it is known; and a flood of wrong ones keeps nobody from reading.
    let good = basic("ann@x.example:correct horse");
    assert_eq!(me(good.clone()).await.0.status, 200);
    let gate = Arc::new(gate);
    let flood: Vec<_> = (0..400)
        .map(|at| {
            let gate = Arc::clone(&gate);
            tokio::spawn(async move {
                let guess = basic(&format!("ann@x.example:guess {at}"));
                gate.ask("GET", "/me", &[("Authorization", &guess)], "").await.status
            })
        })
        .collect();
    let begun = Instant::now();
    assert_eq!(gate.ask("GET", "/hello", &[], "").await.status, 200);
    assert!(begun.elapsed() < Duration::from_secs(2), "{:?}", begun.elapsed());
    let mut told = BTreeMap::new();
    for one in flood {
        *told.entry(one.await.unwrap()).or_insert(0) += 1;
    }
    assert!(told.keys().all(|status| [401, 503].contains(status)), "{told:?}");
}

/// A certified issuer, with its own keys, its own claims and its own rotation.
#[tokio::test(flavor = "multi_thread")]
async fn an_issuer_of_the_field_is_believed() {
    let Some(provider) = tokio::task::spawn_blocking(provider::Provider::start).await.unwrap() else {
        return;
    };
    let gate = Gate::with(Issuer::open(), &surroundings(&provider.url, "jwks", "sqlite::memory:")).await;
    let token = provider.token("https://gate.example/");
    let reply = agent(&gate, Some(&token), &tool("me")).await;
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert_eq!(reply.json()["result"]["structuredContent"]["email"], "robot@x.example");
    assert_eq!(gate.me(&token).await, 200, "by its keys alone, too");
    assert_eq!(gate.me(&provider.token("https://other.example/")).await, 401, "it is for somebody else");
    provider.rotate();
    tokio::time::sleep(Duration::from_millis(5_100)).await;
    let newer = provider.token("https://gate.example/");
    assert_eq!([gate.me(&newer).await, gate.me(&token).await], [200, 200]);
    assert_eq!(agent(&gate, Some(&newer), &tool("me")).await.status, 200);
}

/// What is told to an `auth` must be of use.
#[test]
fn what_cannot_be_judged_does_not_start() {
    let program = compile(GATE);
    let told = |issuer: &str| match Service::start(
        Arc::clone(&program),
        &surroundings(issuer, "keys", "sqlite::memory:"),
    ) {
        Ok(_) => panic!("{issuer} must not start"),
        Err(StartError::BadAuth { reason, .. }) => reason,
        Err(other) => panic!("{other}"),
    };
    assert_eq!(
        told("http://issuer.example"),
        "`http://issuer.example/keys` is not `https`; `http` is for loopback alone"
    );
    let open = compile(&GATE.replace(
        ", audience: \"gate\")\n  actor User where subject == claims.sub else",
        ")\n  actor User where subject == claims.sub else",
    ));
    let started = Service::start(open, &surroundings("https://issuer.example", "keys", "sqlite::memory:"));
    let Err(StartError::BadAuth { reason, .. }) = started else {
        panic!("a token for anybody would be taken")
    };
    assert!(reason.starts_with("a token for another service would be taken"), "{reason}");
}
