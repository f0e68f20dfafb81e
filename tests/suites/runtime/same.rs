//! The same calls on every database: the same answers, byte for byte.
use super::place::Place;
use super::{LEDGER, SECRET, compile};
use bytes::Bytes;
use quater_ir::operation::Door;
use quater_runtime::{Call, Credential, Entry, Identity, Input, RequestId, Service};
use serde_json::{Value as Json, json};

/// Calls one after the other, and what they come to. What differs from run to run is named by its first
/// appearance.
struct Transcript<'s> {
    service: &'s Service,
    token: Option<String>,
    ids: Vec<String>,
    lines: Vec<String>,
}

impl Transcript<'_> {
    async fn call(&mut self, name: &str, arguments: Json) -> Json {
        let program = self.service.program();
        let (operation, _) = program.operations.iter().find(|(_, it)| it.name == name).unwrap();
        let identity = self.token.clone().map_or(Identity::Nobody, |text| {
            Identity::Presented(Credential { scheme: "Bearer".into(), text })
        });
        let Json::Object(members) = arguments.clone() else { panic!("arguments are an object") };
        let (door, entry, request) = (Door::Mcp, Entry::Remote, RequestId::fresh());
        let input = Input::Object(members);
        let result =
            self.service.invoke(Call { operation, door, entry, input, identity, request, ip: None }).await;
        let line = match &result {
            Ok(answer) => text(&answer.body),
            Err(refusal) => {
                let name = &program.faults[refusal.fault].name;
                let payload = refusal.payload.as_ref().map(text).unwrap_or_default();
                let violations = refusal.violations.iter().map(|it| format!("{} {}", it.pointer, it.code));
                format!("{name} {} {payload} {}", refusal.message, violations.collect::<Vec<_>>().join(", "))
            }
        };
        let line = self.plain(&line);
        self.lines.push(format!("{name}: {line}"));
        result.map_or(Json::Null, |answer| serde_json::from_slice(&answer.body).unwrap_or(Json::Null))
    }

    /// The text with every UUID, time and token replaced.
    fn plain(&mut self, text: &str) -> String {
        let mut parts: Vec<String> = Vec::new();
        for part in text.split('"') {
            let digits = |part: &str| part.bytes().all(|it| it.is_ascii_hexdigit() || it == b'-');
            let instant = part.len() == 24 && part.ends_with('Z');
            parts.push(if part.len() == 36 && digits(part) {
                let at = self.ids.iter().position(|id| id == part).unwrap_or_else(|| {
                    self.ids.push(part.to_owned());
                    self.ids.len() - 1
                });
                format!("id {at}")
            } else if instant {
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

fn text(bytes: &Bytes) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

async fn transcript(place: &Place) -> Vec<String> {
    let service = place.start(&compile(LEDGER)).unwrap();
    let mut calls = Transcript { service: &service, token: None, ids: Vec::new(), lines: Vec::new() };
    let ann = calls.call("join", json!({ "name": "Ann", "role": "customer" })).await;
    let cleo = calls.call("join", json!({ "name": " Cleo " , "role": "clerk" })).await;
    calls.token = Some(cleo["token"].as_str().unwrap().to_owned());
    let mut accounts = Vec::new();
    let notes = ["Äpfel", "apples", "", "Zoë \u{1F600}", "\"quoted\"", "back\\slash", "tab\tnew\nline"];
    for (at, note) in notes.iter().enumerate() {
        let (code, level) = (format!("AA-00{at}"), ["low", "middle", "high"][at % 3]);
        let balance = format!("{}.{at}5", at * 1_000_003);
        let holder = if at % 2 == 0 { &ann["id"] } else { &cleo["id"] };
        let arguments =
            json!({ "code": code, "holder": holder, "level": level, "note": note, "balance": balance });
        accounts.push(calls.call("open_account", arguments).await["id"].clone());
    }
    let moves = |from: &str, to: &str, amount: &str| json!([{ "from": from, "to": to, "amount": amount }]);
    for (from, to, amount) in
        [("AA-003", "AA-004", "0.01"), ("AA-000", "AA-001", "999.99"), ("AA-003", "ZZ-999", "1.00")]
    {
        calls.call("transfer", json!({ "moves": moves(from, to, amount) })).await;
    }
    calls.call("open_account", json!({ "code": "AA-000", "holder": ann["id"] })).await;
    calls.call("open_account", json!({ "code": "BB-000", "holder": accounts[0] })).await;
    calls.call("list_accounts", json!({ "only": "middle" })).await;
    calls.call("lift", json!({})).await;
    calls.call("list_accounts", json!({})).await;
    calls.call("entries", json!({ "of": accounts[3] })).await;
    calls.call("forget", json!({ "of": accounts[3] })).await;
    calls.call("close", json!({ "account": accounts[4] })).await;
    calls.call("close", json!({ "account": accounts[4] })).await;
    calls.token = Some(ann["token"].as_str().unwrap().to_owned());
    for account in &accounts {
        calls.call("get_account", json!({ "account": account })).await;
        calls.call("set_level", json!({ "account": account, "level": "high" })).await;
    }
    calls.call("list_accounts", json!({})).await;
    calls.call("transfer", json!({ "moves": moves("AA-000", "AA-001", "1.00") })).await;
    let lines = calls.lines;
    service.stop().await;
    lines
}

#[tokio::test(flavor = "multi_thread")]
async fn every_database_answers_with_the_same_bytes() {
    let Some(postgres) = Place::postgres() else { return };
    let file = transcript(&Place::file().unwrap()).await;
    assert!(file.iter().any(|line| line.contains("Zoë")) && file.len() > 30, "{file:#?}");
    assert_eq!(transcript(&postgres).await, file);
    assert_eq!(transcript(&Place::memory().unwrap()).await, file);
    assert!(SECRET.len() >= 32);
}
