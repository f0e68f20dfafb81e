//! Upstreams over real sockets: what is asked, what is made of answers good and bad, and that nobody waits for them
//! who need not.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

#[path = "outward/agreement.rs"]
mod agreement;
#[path = "outward/scripted.rs"]
mod scripted;
#[path = "outward/traces.rs"]
mod traces;

use quater_compiler::report::{Source, Sources};
use quater_ir::operation::Door;
use quater_runtime::{
    Call, Entry, Identity, Input, Refusal, RequestId, Service, Settings, StartError, Wishes, testing,
};
use quater_tests::postgres::Database;
use scripted::Scripted;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

const TILL: &str = include_str!("outward/till.qtr");
const IN_RUST: &str = include_str!("../till/till.qtr");

/// Where the bodies of a till are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Declared,
    InRust,
}

impl Kind {
    const ALL: [Self; 2] = [Self::Declared, Self::InRust];

    fn text(self) -> &'static str {
        match self {
            Self::Declared => TILL,
            Self::InRust => IN_RUST,
        }
    }

    fn start(self, text: &str, settings: &Settings) -> Result<Service, StartError> {
        match self {
            Self::Declared => Service::start(compile(text), settings),
            Self::InRust => Service::start_with(compile(text), settings, till::generated::bodies(till::Team)),
        }
    }
}

fn compile(text: &str) -> Arc<quater_ir::Program> {
    let mut sources = Sources::default();
    sources.add(Source::new("till.qtr", text.to_owned()));
    let analysis = quater_compiler::analyse(sources);
    Arc::new(analysis.program.unwrap_or_else(|| panic!("{:#?}", analysis.reports)))
}

fn start(kind: Kind, pay: &str, database: &str) -> Result<Service, StartError> {
    kind.start(kind.text(), &settings(pay, database))
}

fn settings(pay: &str, database: &str) -> Settings {
    let env = [("DATABASE_URL", database), ("PAY_URL", pay), ("PAY_KEY", "a key that nobody sees")];
    let env: BTreeMap<_, _> = env.map(|(name, value)| (name.into(), value.to_owned())).into();
    Settings::new(env, PathBuf::from("."))
}

async fn call(service: &Service, name: &str, arguments: Json) -> Result<Json, Refusal> {
    tried(service, name, arguments, false).await
}

/// A call, perhaps a dry run.
async fn tried(service: &Service, name: &str, arguments: Json, dry: bool) -> Result<Json, Refusal> {
    let (operation, _) = service.program().operations.iter().find(|(_, it)| it.name == name).unwrap();
    let Json::Object(members) = arguments else { panic!("arguments are an object") };
    let call = Call {
        operation,
        door: Door::Http,
        entry: Entry::Local,
        input: Input::Object(members),
        identity: Identity::Nobody,
        request: RequestId::fresh(),
        ip: None,
        wishes: Wishes { dry, ..Wishes::default() },
    };
    let answer = service.invoke(call).await?;
    Ok(if answer.body.is_empty() { Json::Null } else { serde_json::from_slice(&answer.body).unwrap() })
}

/// What is told of a call that comes to nothing: its payload, or the name of its error.
fn told(service: &Service, result: Result<Json, Refusal>) -> Json {
    match result {
        Ok(answer) => panic!("it succeeds: {answer}"),
        Err(refusal) => match refusal.payload {
            Some(payload) => serde_json::from_slice(&payload).unwrap(),
            None => json!(service.program().faults[refusal.fault].name),
        },
    }
}

#[test]
fn the_service_holds_its_own_tests() {
    for outcome in testing::run(&compile(TILL), None).unwrap() {
        assert_eq!(outcome.result, Ok(()), "{}", outcome.name);
    }
    let Some(database) = Database::fresh() else { return };
    for outcome in testing::run_at(&compile(TILL), None, &database.url()).unwrap() {
        assert_eq!(outcome.result, Ok(()), "{}", outcome.name);
    }
}

#[test]
fn a_call_that_nobody_stubs_is_told() {
    let text = TILL.replace("  stub pay.charge gives { ref: \"r-1\", fee: 0.30 }\n", "");
    let outcomes = testing::run(&compile(&text), Some("before it is written")).unwrap();
    let failure = outcomes[0].result.clone().unwrap_err();
    assert_eq!(failure.message, "nothing says what `pay.charge` answers");
}

async fn ends_before_the_call(kind: Kind, database: &str) {
    let upstream = Scripted::open();
    let service = start(kind, &upstream.url("/"), database).unwrap();
    let told = tried(&service, "buy", json!({ "order": 1, "amount": "9.90" }), true).await.unwrap();
    let wanted =
        json!({ "dry_run": true, "waits": false, "result": null, "effects": [], "stopped_at": "pay.charge" });
    assert_eq!(told, wanted);
    assert!(upstream.take().is_empty());
    service.stop().await;
}

/// A dry run asks nobody, and says where it ended.
#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_says_before_which_call_it_ends() {
    for kind in Kind::ALL {
        ends_before_the_call(kind, "sqlite::memory:").await;
        let Some(database) = Database::fresh() else { continue };
        ends_before_the_call(kind, &database.url()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_as_declared() {
    for kind in Kind::ALL {
        asks_as_declared(kind).await;
    }
}

async fn asks_as_declared(kind: Kind) {
    let upstream = Scripted::open();
    let service = start(kind, &upstream.url("/v1/"), "sqlite::memory:").unwrap();
    let sold = call(&service, "buy", json!({ "order": 200, "amount": "9.90" })).await.unwrap();
    assert_eq!(sold, json!({ "number": 200, "ref": "r-200" }));
    let asked = upstream.take().remove(0);
    assert_eq!(asked.line, "POST /v1/charges HTTP/1.1");
    assert_eq!(asked.body, r#"{"order":200,"amount":"9.90"}"#);
    for header in
        ["authorization: Bearer a key that nobody sees", "x-shop: north", "content-type: application/json"]
    {
        assert!(asked.headers.iter().any(|line| line == header), "{header}: {:?}", asked.headers);
    }
    let look = json!({ "ref": "a/../b c?d#é", "tag": ["x&y", "z"], "mark": "m" });
    call(&service, "look", look).await.unwrap();
    let asked = upstream.take().remove(0);
    assert_eq!(asked.line, "GET /v1/charges/a%2F..%2Fb%20c%3Fd%23%C3%A9?tag=x%26y&tag=z HTTP/1.1");
    assert!(asked.headers.contains(&"x-mark: m".to_owned()) && asked.body.is_empty());
    for step in ["..", "."] {
        let refused = call(&service, "look", json!({ "ref": step })).await;
        assert_eq!(told(&service, refused)["why"], format!("`{step}` cannot stand in its path"));
    }
    let split = call(&service, "look", json!({ "ref": "x", "mark": "a\r\nx-evil: 1" })).await;
    assert_eq!(told(&service, split)["why"], "`mark` cannot stand in a header");
    assert!(upstream.take().is_empty(), "what cannot be said is not asked");
}

/// Each line: an order that stands for what becomes of it, and what is told.
#[tokio::test(flavor = "multi_thread")]
async fn what_goes_wrong_is_told_in_time() {
    for kind in Kind::ALL {
        tells_in_time(kind).await;
    }
}

async fn tells_in_time(kind: Kind) {
    let upstream = Scripted::open();
    let service = start(kind, &upstream.url(""), "sqlite::memory:").unwrap();
    let cases = [
        (401, json!({ "why": "it answered 401", "status": 401, "body": { "error": "no" } })),
        (402, json!({ "why": "it answered 402", "status": 402, "body": null })),
        (
            201,
            json!({ "why": "its answer is not what was declared: `/ref` must be a string, not a number", "status": 201, "body": { "ref": 7 } }),
        ),
        (
            202,
            json!({ "why": "its answer is not what was declared: `/ref` is required", "status": 202, "body": { "fee": "0.25" } }),
        ),
        (
            203,
            json!({ "why": "its answer is not what was declared: it is not JSON", "status": 203, "body": null }),
        ),
        (
            204,
            json!({ "why": "its answer is not what was declared: it is not JSON", "status": 204, "body": null }),
        ),
        (205, json!({ "why": "its answer has more than 1024 bytes", "status": null, "body": null })),
        (207, json!({ "why": "its answer has more than 1024 bytes", "status": null, "body": null })),
        (302, json!({ "why": "it answered 302", "status": 302, "body": null })),
        (408, json!({ "why": "it did not answer within 900 ms", "status": null, "body": null })),
        (206, json!({ "why": "its answer broke off", "status": null, "body": null })),
        (444, json!({ "why": "its answer broke off", "status": null, "body": null })),
    ];
    for (order, wanted) in cases {
        let begun = Instant::now();
        let got = told(&service, call(&service, "buy", json!({ "order": order, "amount": "1.00" })).await);
        assert_eq!(got, wanted, "{order}");
        assert!(begun.elapsed() < Duration::from_secs(2), "{order}: {:?}", begun.elapsed());
        assert_eq!(upstream.take().len(), 1, "{order}: what may charge twice is asked once");
    }
    // What only looks is asked again, and what has no `else` is an error of this service.
    call(&service, "look", json!({ "ref": "503" })).await.unwrap();
    assert_eq!(upstream.take().len(), 3);
    assert_eq!(told(&service, call(&service, "forget", json!({ "ref": "500" })).await), "Unavailable");
    let away = start(kind, "http://127.0.0.1:1", "sqlite::memory:").unwrap();
    let unreachable = call(&away, "buy", json!({ "order": 1, "amount": "1.00" })).await;
    assert_eq!(told(&away, unreachable)["why"], "it cannot be reached");
}

/// Whoever may say whom to call must not reach what only this service can.
#[tokio::test(flavor = "multi_thread")]
async fn callers_cannot_have_private_addresses_called() {
    for kind in Kind::ALL {
        calls_no_private_address(kind).await;
    }
}

async fn calls_no_private_address(kind: Kind) {
    let upstream = Scripted::open();
    let service = start(kind, &upstream.url(""), "sqlite::memory:").unwrap();
    let port = upstream.address.port();
    let tries = [
        format!("http://127.0.0.1:{port}/"),
        format!("http://127.1:{port}/"),
        format!("http://2130706433:{port}/"),
        format!("http://0x7f000001:{port}/"),
        format!("http://0:{port}/"),
        format!("http://[::1]:{port}/"),
        format!("http://[::ffff:127.0.0.1]:{port}/"),
        format!("http://localhost:{port}/"),
        format!("http://LOCALHOST:{port}/"),
        format!("http://user@localhost:{port}/"),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
        "http://10.0.0.1/".to_owned(),
    ];
    for to in tries {
        let got = told(&service, call(&service, "tell", json!({ "to": to })).await);
        assert_eq!(got["why"], "its address is not one of the open network", "{to}");
    }
    assert!(upstream.take().is_empty(), "nothing has come through");
    let sold =
        call(&service, "buy_all", json!({ "orders": [1, 2], "hook": upstream.url("/hook") })).await.unwrap();
    assert_eq!(sold, json!({ "refs": ["ref-1", "ref-2"] }), "where it is said, private addresses are called");
    let bodies: Vec<String> = upstream.take().into_iter().map(|asked| asked.body).collect();
    assert_eq!(bodies[1], r#"{"event":"sold r-1"}"#);
    assert_eq!(bodies.len(), 4);
}

async fn nobody_waits(kind: Kind, database: &str) {
    let upstream = Scripted::open();
    let service = start(kind, &upstream.url(""), database).unwrap();
    let slow: Vec<_> = (0..40)
        .map(|_| {
            let service = service.clone();
            tokio::spawn(
                async move { call(&service, "buy", json!({ "order": 408, "amount": "1.00" })).await },
            )
        })
        .collect();
    while upstream.under_way() < 40 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let begun = Instant::now();
    call(&service, "buy", json!({ "order": 7, "amount": "1.00" })).await.unwrap();
    assert!(
        begun.elapsed() < Duration::from_millis(600),
        "a write waits for upstreams: {:?}",
        begun.elapsed()
    );
    for one in slow {
        assert!(one.await.unwrap().is_err());
    }
    // What fails behind its upstreams leaves nothing but its record.
    let twice = call(&service, "buy_all", json!({ "orders": [8, 8] })).await;
    assert!(twice.is_err(), "a number cannot be there twice");
    let after = call(&service, "buy_all", json!({ "orders": [9] })).await.unwrap();
    assert_eq!(after, json!({ "refs": ["r-7", "ref-9"] }));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_thread_and_no_transaction_waits_for_an_upstream() {
    for kind in Kind::ALL {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("till.db");
        nobody_waits(kind, &format!("sqlite:{}", file.display())).await;
        let database = rusqlite::Connection::open(&file).unwrap();
        let count = "SELECT count(*) FROM _quater_audit";
        assert_eq!(database.query_row(count, [], |row| row.get::<_, i64>(0)).unwrap(), 43, "a record a call");
        nobody_waits(kind, "sqlite::memory:").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_thread_and_no_transaction_waits_for_an_upstream_on_postgres() {
    for kind in Kind::ALL {
        let Some(database) = Database::fresh() else { return };
        nobody_waits(kind, &database.url()).await;
        assert_eq!(database.count("SELECT count(*) FROM _quater_audit"), 43, "a record a call");
    }
}

/// A caller is told that it takes too long; what may have been charged is written down all the same.
async fn nothing_charged_is_lost(kind: Kind, database: &str, rows: impl Fn(&str) -> Vec<String>) {
    let upstream = Scripted::open();
    let text = kind.text().replace("  cli \"sales one\"\n", "  cli \"sales one\"\n  timeout 100ms\n");
    let service = kind.start(&text, &settings(&upstream.url(""), database)).unwrap();
    for order in [300, 408] {
        let late = call(&service, "buy", json!({ "order": order, "amount": "1.00" })).await;
        assert_eq!(told(&service, late), "Unavailable", "{order}");
        assert_eq!(upstream.take().len(), 1, "{order} is asked");
    }
    let begun = Instant::now();
    while rows("SELECT operation FROM _quater_audit").len() < 2 {
        assert!(begun.elapsed() < Duration::from_secs(10), "they come to an end");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(rows("SELECT CAST(number AS text) FROM sale"), ["300"]);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_upstream_did_is_written_down_whoever_still_waits() {
    for kind in Kind::ALL {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("till.db");
        let rows = |sql: &str| {
            let database = rusqlite::Connection::open(&file).unwrap();
            let mut query = database.prepare(sql).unwrap();
            query.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
        };
        nothing_charged_is_lost(kind, &format!("sqlite:{}", file.display()), rows).await;
        let Some(database) = Database::fresh() else { continue };
        nothing_charged_is_lost(kind, &database.url(), |sql| database.rows(sql)).await;
    }
}

#[test]
fn an_upstream_that_cannot_be_called_does_not_start() {
    let reason = |url: &str| match start(Kind::Declared, url, "sqlite::memory:") {
        Ok(_) => panic!("{url} must not start"),
        Err(error) => error.to_string(),
    };
    assert_eq!(
        reason("http://me:secret@pay.example/"),
        "the upstream `pay` is not usable: its URL has a name or a password in it: say `basic: (name, password)`"
    );
}
