//! The same calls of the declared till and of the one with bodies in Rust: the same answers, byte for byte, the same
//! questions to upstreams, and the same rows behind them.
use super::scripted::{Asked, Scripted};
use super::{IN_RUST, Kind, TILL, compile};
use quater_ir::operation::Door;
use quater_runtime::{Call, Entry, Identity, Input, RequestId, Service, Settings, Wishes};
use quater_tests::postgres::Database;
use rusqlite::Connection;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use tempfile::TempDir;

/// What is kept, but for times.
const KEPT: [&str; 2] = [
    "SELECT number || ' ' || ref FROM sale ORDER BY number",
    "SELECT operation || ' ' || door || ' ' || result || ' ' || count(*) FROM _quater_audit GROUP BY operation, door, result ORDER BY 1",
];

/// Where a till keeps its sales.
enum Drawer {
    File(TempDir),
    Postgres(Database),
}

impl Drawer {
    fn url(&self) -> String {
        match self {
            Self::File(folder) => format!("sqlite:{}", folder.path().join("till.db").display()),
            Self::Postgres(database) => database.url(),
        }
    }

    fn rows(&self, sql: &str) -> Vec<String> {
        match self {
            Self::File(folder) => {
                let database = Connection::open(folder.path().join("till.db")).unwrap();
                let mut statement = database.prepare(sql).unwrap();
                statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
            }
            Self::Postgres(database) => database.rows(sql),
        }
    }
}

/// A till at work, and what came of its calls.
struct Till {
    service: Service,
    upstream: Scripted,
    lines: Vec<String>,
}

impl Till {
    fn open(kind: Kind, drawer: &Drawer) -> Self {
        let upstream = Scripted::open();
        let env =
            [("DATABASE_URL", drawer.url()), ("PAY_URL", upstream.url("")), ("PAY_KEY", "k".to_owned())];
        let env: BTreeMap<_, _> = env.map(|(name, value)| (name.into(), value)).into();
        let service = kind.start(kind.text(), &Settings::new(env, std::path::PathBuf::from("."))).unwrap();
        Self { service, upstream, lines: Vec::new() }
    }

    /// A call, as text: what it gives, or all that is told of why it gives nothing.
    async fn call(&self, (door, name): (Door, &str), arguments: Json, dry: bool) -> String {
        let program = self.service.program();
        let (operation, _) = program.operations.iter().find(|(_, it)| it.name == name).unwrap();
        let Json::Object(members) = arguments else { panic!("arguments are an object") };
        let (entry, identity, request) = (Entry::Remote, Identity::Nobody, RequestId::fresh());
        let (input, ip, wishes) = (Input::Object(members), None, Wishes { dry, ..Wishes::default() });
        let call = Call { operation, door, entry, input, identity, request, ip, wishes };
        match self.service.invoke(call).await {
            Ok(answer) => format!("{:?} {}", answer.ending, String::from_utf8_lossy(&answer.body)),
            Err(refusal) => format!(
                "{} {} {:?} {:?}",
                program.faults[refusal.fault].name, refusal.message, refusal.payload, refusal.violations
            ),
        }
    }

    async fn tell(&mut self, call: (Door, &str), arguments: Json, dry: bool) {
        let told = self.call(call, arguments, dry).await;
        let address = self.upstream.address.to_string();
        self.lines.push(format!("{} {told}", call.1));
        let asked = |Asked { line, mut headers, body }: Asked| {
            headers.retain(|header| !header.starts_with("host: "));
            format!("  {line} {headers:?} {body}").replace(&address, "there")
        };
        self.lines.extend(self.upstream.take().into_iter().map(asked));
    }
}

async fn transcript(kind: Kind, drawer: &Drawer) -> Vec<String> {
    let mut till = Till::open(kind, drawer);
    let hook = till.upstream.url("/hook");
    for (door, base) in [(Door::Http, 10), (Door::Mcp, 20), (Door::Cli, 30)] {
        let buy = |order: i64| json!({ "order": order, "amount": "9.90" });
        for order in [base + 1, base + 1, 401, 402, 201, 203, 207, 302, 444, 200, 2_000] {
            till.tell((door, "buy"), buy(order), false).await;
            till.tell((door, "buy"), buy(order), true).await;
        }
        for (orders, hook) in [
            (json!([base + 2, base + 3]), json!(hook)),
            (json!([base + 4, base + 4]), Json::Null),
            (json!([base + 5, 402]), json!(hook)),
            (json!([base + 6]), json!("ftp://there/")),
        ] {
            till.tell((door, "buy_all"), json!({ "orders": orders, "hook": hook }), false).await;
        }
        for (number, order) in [(base + 1, 5), (base + 1, 401), (999, 5), (base + 1, 0)] {
            for dry in [true, false] {
                till.tell((door, "pay_again"), json!({ "number": number, "order": order }), dry).await;
            }
        }
        for reference in ["7", "503", "..", "500", &"long".repeat(11)] {
            till.tell((door, "look"), json!({ "ref": reference, "tag": ["x"] }), false).await;
            till.tell((door, "forget"), json!({ "ref": reference }), false).await;
        }
        till.tell((door, "tell"), json!({ "to": hook }), false).await;
    }
    till.tell((Door::Http, "buy"), json!({ "order": 408, "amount": "1.00" }), false).await;
    till.service.stop().await;
    till.lines.extend(KEPT.iter().flat_map(|sql| drawer.rows(sql)));
    till.lines
}

async fn agree(drawer: impl Fn() -> Option<Drawer>) {
    let (Some(one), Some(other)) = (drawer(), drawer()) else { return };
    let declared = transcript(Kind::Declared, &one).await;
    let in_rust = transcript(Kind::InRust, &other).await;
    for told in
        ["Declined", "NotFound", "Unavailable", "Invalid", "Output", "DryRun", "did not answer", "broke off"]
    {
        assert!(declared.iter().any(|line| line.contains(told)), "nothing tells {told}: {declared:#?}");
    }
    assert!(declared.len() > 200 && declared.iter().all(|line| !line.contains("Internal")), "{declared:#?}");
    let differ: Vec<_> = in_rust.iter().zip(&declared).filter(|(rust, declared)| rust != declared).collect();
    assert!(differ.is_empty() && in_rust.len() == declared.len(), "{differ:#?}");
}

fn file() -> Option<Drawer> {
    Some(Drawer::File(TempDir::new().unwrap()))
}

fn postgres() -> Option<Drawer> {
    Database::fresh().map(Drawer::Postgres)
}

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite_nobody_can_tell() {
    agree(file).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres_nobody_can_tell() {
    agree(postgres).await;
}

/// What a body has read before it asks an upstream, it has read: others may have changed it since.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_found_before_stays_found() {
    for (kind, drawer) in Kind::ALL.into_iter().flat_map(|kind| [(kind, file()), (kind, postgres())]) {
        let Some(drawer) = drawer else { continue };
        let till = Till::open(kind, &drawer);
        till.call((Door::Http, "buy"), json!({ "order": 1, "amount": "1.00" }), false).await;
        let slow = till.call((Door::Http, "pay_again"), json!({ "number": 1, "order": 300 }), false);
        let meanwhile = async {
            till.upstream.is_asked().await;
            till.call((Door::Http, "buy"), json!({ "order": 2, "amount": "1.00" }), false).await;
            till.call((Door::Http, "pay_again"), json!({ "number": 1, "order": 5 }), false).await
        };
        let (slow, quick) = tokio::join!(slow, meanwhile);
        assert_eq!(quick, r#"Output {"before":"r-1","held":"r-1","many":2}"#, "{kind:?}");
        assert_eq!(slow, r#"Output {"before":"r-1","held":"r-5","many":1}"#, "{kind:?}");
        till.service.stop().await;
        assert_eq!(drawer.rows(KEPT[0]), ["1 r-300", "2 r-2"]);
    }
}

/// But for its bodies it is the same service: otherwise the comparison would say nothing.
#[test]
fn both_are_one_service() {
    let (declared, in_rust) = (compile(TILL), compile(IN_RUST));
    assert_eq!(declared.storage, in_rust.storage);
    assert_eq!(declared.surface.routes, in_rust.surface.routes);
    let asked = |program: &quater_ir::Program| {
        let operations = program.operations.values();
        operations
            .map(|it| (it.name.clone(), it.effects.requests.clone(), it.inputs.len()))
            .collect::<Vec<_>>()
    };
    assert_eq!(asked(&declared), asked(&in_rust), "what they ask of whom is known of both");
    assert_eq!(in_rust.operations.values().filter(|it| it.rust.is_some()).count(), 6);
}
