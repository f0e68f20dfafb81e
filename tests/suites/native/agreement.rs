//! The same calls of the declared ledger and of the one with bodies in Rust: the same answers, byte for byte, and the
//! same rows behind them.
use crate::compile;
use crate::place::{Place, settings};
use agreement::Team;
use agreement::generated;
use quater_ir::operation::Door;
use quater_runtime::native::Bodies;
use quater_runtime::{Call, Entry, Identity, Input, RequestId, Service, Wishes};
use serde_json::{Value as Json, json};

const DECLARED: &str = include_str!("../runtime/ledger.qtr");
const IN_RUST: &str = include_str!("../../agreement/ledger.qtr");

/// What is kept, but for times.
const KEPT: [&str; 4] = [
    "SELECT name, role FROM person ORDER BY name",
    "SELECT code, balance, level, note FROM account ORDER BY code",
    "SELECT a.code, e.amount, e.kind FROM entry e JOIN account a ON a.id = e.account ORDER BY e.id",
    "SELECT operation, door, result, count(*) FROM _quater_audit GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
];

/// Calls one after the other, and what they come to.
struct Transcript {
    service: Service,
    token: Option<String>,
    ids: Vec<String>,
    lines: Vec<String>,
    dry: bool,
}

impl Transcript {
    async fn call(&mut self, name: &str, arguments: Json) -> Json {
        let program = self.service.program();
        let (operation, _) = program.operations.iter().find(|(_, it)| it.name == name).unwrap();
        let identity = self.token.clone().map_or(Identity::Nobody, Identity::bearer);
        let Json::Object(members) = arguments else { panic!("arguments are an object") };
        let (door, entry, request) = (Door::Mcp, Entry::Remote, RequestId::fresh());
        let (input, ip) = (Input::Object(members), None);
        let wishes = Wishes { dry: self.dry, ..Wishes::default() };
        let call = Call { operation, door, entry, input, identity, request, ip, wishes };
        let result = self.service.invoke(call).await;
        let line = match &result {
            Ok(answer) => String::from_utf8(answer.body.to_vec()).unwrap(),
            Err(refusal) => {
                let name = &program.faults[refusal.fault].name;
                let payload = refusal.payload.as_ref().map(|it| String::from_utf8(it.to_vec()).unwrap());
                let wrong: Vec<_> = refusal
                    .violations
                    .iter()
                    .map(|it| format!("{} {} {}", it.pointer, it.code, it.message))
                    .collect();
                format!("{name} {} {payload:?} {}", refusal.message, wrong.join(", "))
            }
        };
        let line = self.plain(&line);
        self.lines.push(format!("{name}: {line}"));
        result.map_or(Json::Null, |answer| serde_json::from_slice(&answer.body).unwrap_or(Json::Null))
    }

    /// The text with what differs from run to run named by its first appearance.
    fn plain(&mut self, text: &str) -> String {
        let mut parts: Vec<String> = Vec::new();
        for part in text.split('"') {
            let is_id = part.len() == 36 && part.bytes().all(|it| it.is_ascii_hexdigit() || it == b'-');
            parts.push(if is_id {
                let known = self.ids.iter().position(|id| id == part);
                let at = known.unwrap_or_else(|| {
                    self.ids.push(part.to_owned());
                    self.ids.len() - 1
                });
                format!("id {at}")
            } else if part.len() == 24 && part.ends_with('Z') {
                "instant".to_owned()
            } else if part.starts_with("eyJ") {
                "token".to_owned()
            } else {
                part.to_owned()
            });
        }
        parts.join("\"")
    }
}

/// Accounts of both, and what can't be opened.
async fn accounts(calls: &mut Transcript, ann: &Json, cleo: &Json) -> Vec<Json> {
    let mut accounts = Vec::new();
    for (at, note) in ["Äpfel", "", "Zoë \u{1F600}", "\"quoted\"", "tab\tnew\nline"].iter().enumerate() {
        let holder = if at % 2 == 0 { ann } else { cleo };
        let (code, level) = (format!("AA-00{at}"), ["low", "middle", "high"][at % 3]);
        let balance = format!("{}.{at}5", at * 1_000);
        let new = json!({ "code": code, "holder": holder, "level": level, "note": note, "balance": balance });
        accounts.push(calls.call("open_account", new).await["id"].clone());
    }
    calls.call("open_account", json!({ "code": "ZZ-001", "holder": ann })).await;
    for wrong in [
        json!({ "code": "AA-000", "holder": ann }),
        json!({ "code": "BB-000", "holder": accounts[0] }),
        json!({ "code": "bb", "holder": ann, "balance": "-1" }),
    ] {
        calls.call("open_account", wrong).await;
    }
    accounts
}

/// What both are asked.
async fn transcript(place: &Place, text: &str, bodies: Bodies) -> Vec<String> {
    let program = compile("ledger.qtr", text);
    let service = Service::start_with(program, &settings(place.folder(), &place.url()), bodies).unwrap();
    let mut calls = Transcript { service, token: None, ids: Vec::new(), lines: Vec::new(), dry: false };
    let ann = calls.call("join", json!({ "name": "Ann", "role": "customer" })).await;
    let cleo = calls.call("join", json!({ "name": "Cleo", "role": "clerk" })).await;
    calls.call("list_accounts", json!({})).await;
    calls.token = Some(cleo["token"].as_str().unwrap().to_owned());
    let accounts = accounts(&mut calls, &ann["id"], &cleo["id"]).await;
    let moves = |all: &[(&str, &str, &str)]| {
        let all: Vec<Json> = all
            .iter()
            .map(|(from, to, amount)| json!({ "from": from, "to": to, "amount": amount }))
            .collect();
        json!({ "moves": all })
    };
    for all in [
        moves(&[("AA-003", "AA-004", "0.01")]),
        moves(&[("AA-003", "AA-004", "1.00"), ("AA-000", "AA-001", "999.99")]),
        moves(&[("AA-003", "ZZ-999", "1.00")]),
        moves(&[("AA-003", "AA-003", "1.00")]),
    ] {
        calls.dry = true;
        calls.call("transfer", all.clone()).await;
        calls.dry = false;
        calls.call("transfer", all).await;
    }
    for (amount, name) in [("2.00", "pay"), ("300.00", "pay_twice"), ("3.00", "pay_twice"), ("0.00", "pay")] {
        let paid = json!({ "from": "AA-000", "to": "AA-001", "amount": amount });
        calls.call(name, paid).await;
    }
    calls.call("look_over", json!({ "account": accounts[4], "level": "middle" })).await;
    calls.call("look_over", json!({ "account": ann["id"], "level": "middle" })).await;
    calls.call("list_accounts", json!({ "only": "middle" })).await;
    calls.call("lift", json!({})).await;
    calls.call("list_accounts", json!({})).await;
    calls.call("entries", json!({ "of": accounts[4] })).await;
    calls.call("forget", json!({ "of": accounts[4] })).await;
    calls.call("forget", json!({ "of": accounts[4] })).await;
    calls.call("close", json!({ "account": accounts[3] })).await;
    calls.call("close", json!({ "account": accounts[3] })).await;
    calls.token = Some(ann["token"].as_str().unwrap().to_owned());
    for account in &accounts {
        calls.call("get_account", json!({ "account": account })).await;
        calls.call("set_level", json!({ "account": account, "level": "high" })).await;
        calls.call("close", json!({ "account": account })).await;
        calls.call("look_over", json!({ "account": account, "level": "low" })).await;
    }
    calls.call("pay", json!({ "from": "AA-000", "to": "AA-001", "amount": "1.00" })).await;
    calls.call("list_accounts", json!({})).await;
    calls.call("transfer", moves(&[("AA-000", "AA-001", "1.00")])).await;
    let Transcript { service, mut lines, .. } = calls;
    service.stop().await;
    if !matches!(place, Place::Memory) {
        lines.extend(KEPT.iter().flat_map(|sql| place.rows(sql)));
    }
    lines
}

async fn agree(place: impl Fn() -> Option<Place>) {
    let (Some(one), Some(other)) = (place(), place()) else { return };
    let declared = transcript(&one, DECLARED, Bodies::new()).await;
    let in_rust = transcript(&other, IN_RUST, generated::bodies(Team)).await;
    assert!(declared.len() > 40 && declared.iter().all(|line| !line.contains("Internal")), "{declared:#?}");
    for told in [
        "TooPoor",
        "CodeTaken",
        "NotFound",
        "Forbidden",
        "Unauthorized",
        "Invalid",
        "dry_run",
        "\"note\":null",
    ] {
        assert!(declared.iter().any(|line| line.contains(told)), "nothing tells {told}: {declared:#?}");
    }
    let differ: Vec<_> = in_rust.iter().zip(&declared).filter(|(rust, declared)| rust != declared).collect();
    assert!(differ.is_empty() && in_rust.len() == declared.len(), "{differ:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn on_sqlite_nobody_can_tell() {
    agree(Place::file).await;
    agree(Place::memory).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres_nobody_can_tell() {
    agree(Place::postgres).await;
}

/// But for its bodies it is the same service: otherwise the comparison would say nothing.
#[test]
fn both_are_one_service() {
    let (declared, in_rust) = (compile("ledger.qtr", DECLARED), compile("ledger.qtr", IN_RUST));
    assert_eq!(declared.storage, in_rust.storage);
    assert_eq!(declared.entities, in_rust.entities);
    assert_eq!(declared.surface.routes, in_rust.surface.routes);
    let signature = |program: &quater_ir::Program| {
        let operations = program.operations.values();
        operations
            .map(|it| (it.name.clone(), it.access.clone(), it.doors, it.inputs.len()))
            .collect::<Vec<_>>()
    };
    assert_eq!(signature(&declared), signature(&in_rust));
    let rust = in_rust.operations.values().filter(|it| it.rust.is_some()).count();
    assert!(rust >= 8, "{rust} of {} bodies are in Rust", in_rust.operations.len());
}
