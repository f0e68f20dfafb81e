//! The same calls on every database: the same answers, byte for byte.
use super::place::Place;
use super::{LEDGER, SECRET, STORED, compile};
use bytes::Bytes;
use quater_ir::operation::Door;
use quater_runtime::{Call, Entry, Identity, Input, RequestId, Service, Wishes};
use serde_json::{Value as Json, json};

const KINDS: &str = include_str!("kinds.qtr");

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
        let identity = self.token.clone().map_or(Identity::Nobody, Identity::bearer);
        let Json::Object(members) = arguments.clone() else { panic!("arguments are an object") };
        let (door, entry, request) = (Door::Mcp, Entry::Remote, RequestId::fresh());
        let input = Input::Object(members);
        let result = self
            .service
            .invoke(Call {
                operation,
                door,
                entry,
                input,
                identity,
                request,
                ip: None,
                wishes: Wishes::default(),
            })
            .await;
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

/// Rows with a value of every kind, at its edges, and questions about each kind.
async fn kinds(place: &Place) -> Vec<String> {
    let service = place.start(&compile(KINDS)).unwrap();
    let mut calls = Transcript { service: &service, token: None, ids: Vec::new(), lines: Vec::new() };
    let things = [
        json!({}),
        json!({ "yes": true, "whole": 7, "real": 0.1, "money": "-0.05", "fine": "0.000001", "words": "abc", "raw": "AAH/" }),
        json!({ "yes": false, "whole": -9_007_199_254_740_991_i64, "real": -1.5e300, "money": "92233720368547758.07",
                "fine": "-9223372036854.775808", "words": "  \u{c4}pfel\u{2003}", "raw": "" }),
        json!({ "uid": "00000000-0000-4000-8000-000000000001", "day": "0001-01-01", "moment": "1969-12-31T23:59:59.999Z",
                "length": "PT0.001S", "size": "small", "money": "100.00", "fine": "1.5" }),
        json!({ "uid": "ffffffff-ffff-4fff-bfff-ffffffffffff", "day": "9999-12-31", "moment": "2024-02-29T12:00:00.123Z",
                "length": "-PT36H", "size": "huge", "place": "https://x.example/a?b=%20c", "mail": "A@x.example", "other": 1 }),
        json!({ "whole": 13, "real": 3.0, "money": "10.00", "day": "2024-03-01", "moment": "1600-01-01T00:00:00Z",
                "words": "Zo\u{eb} \u{1f600}", "size": "large", "other": 2, "length": "P30D" }),
    ];
    for thing in things {
        calls.call("add", json!({ "thing": thing })).await;
    }
    calls.call("by_words", json!({})).await;
    calls.call("by_size", json!({})).await;
    for (than, by, most) in
        [("2024-03-01T00:00:00Z", "P1D", "PT1H"), ("1970-01-01T00:00:00Z", "-PT1S", "P400000D")]
    {
        calls.call("late", json!({ "than": than, "by": by, "most": most })).await;
    }
    for day in ["0001-01-02", "2024-02-29", "9999-12-30"] {
        calls.call("near", json!({ "day_of": day })).await;
    }
    for (least, part) in [("0.000", 2), ("99.999", 4), ("-0.049", 0)] {
        calls.call("numbers", json!({ "least": least, "part": part })).await;
    }
    let lists = json!({ "uids": ["ffffffff-ffff-4fff-bfff-ffffffffffff"], "sizes": ["small"], "days": ["0001-01-01"],
                        "amounts": ["10.00", "-0.05"], "moments": ["1600-01-01T00:00:00Z"] });
    calls.call("among", lists).await;
    let none = json!({ "uids": [], "sizes": [], "days": [], "amounts": [], "moments": ["2024-02-29T12:00:00.123Z"] });
    calls.call("among", none).await;
    for text in ["\u{e4}pf", "ABC", "abc", "\u{1f600}", ""] {
        calls.call("like", json!({ "text_of": text })).await;
    }
    let lines = calls.lines;
    service.stop().await;
    lines
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_value_is_the_same_everywhere() {
    let file = kinds(&Place::file().unwrap()).await;
    assert!(file.iter().all(|line| !line.contains("Internal")), "{file:#?}");
    assert!(file.iter().filter(|line| line.contains("[{")).count() > 10, "{file:#?}");
    let Some(postgres) = Place::postgres() else { return };
    agree(&kinds(&postgres).await, &file);
}

/// Rows with lists, records, maps and JSON, at their edges.
async fn structures(place: &Place) -> Vec<String> {
    let service = place.start(&compile(STORED)).unwrap();
    let mut calls = Transcript { service: &service, token: None, ids: Vec::new(), lines: Vec::new() };
    let things = [
        json!({ "name": "bare" }),
        json!({ "name": "json", "more": { "zz": 1, "a": [null, true, -0.0, 1.0, 1e16, 1e300, 5e-324, 9_007_199_254_740_993_i64], "": { "\u{e4}": "\u{1f600}\"\\\n" } } }),
        json!({ "name": "null", "more": null }),
        json!({ "name": "map", "counts": { "zebra": 1, "b": 2, "\u{e4}": 3, "aa": 4 } }),
        json!({ "name": "all", "tags": ["x", "y", "\"q\""] }),
        json!({ "name": "inside", "tags": ["x", "\"q\"", "all"], "place": { "city": "K\u{f6}ln", "at": "92233720368547758.07" },
                "pair": [-1, ""], "shape": { "kind": "Round", "wide": 3 }, "moods": ["wild", "calm"], "days": ["0001-01-01"],
                "prices": ["0.10", "-5.00"], "raws": ["AAH/", ""], "ids": ["ffffffff-ffff-4fff-bfff-ffffffffffff"] }),
        json!({ "name": "nul", "more": { "a": "x\u{0}" } }),
        json!({ "name": "long", "tags": ["1", "2", "3", "4", "5", "6"] }),
    ];
    for thing in things {
        calls.call("add", json!({ "thing": thing })).await;
    }
    for name in ["bare", "json", "null", "map", "inside"] {
        calls.call("get", json!({ "called": name })).await;
    }
    for tag in ["x", "\"q\"", "all", "y"] {
        calls.call("tagged", json!({ "tag": tag })).await;
        calls.call("untagged", json!({ "tag": tag })).await;
    }
    for raw in ["AAH/", "", "AAH+"] {
        calls.call("with_raw", json!({ "raw": raw })).await;
    }
    let ids = ["ffffffff-ffff-4fff-bfff-ffffffffffff", "00000000-0000-4000-8000-000000000001"];
    for (mood, day, price, id) in
        [("wild", "0001-01-01", "-5.00", ids[0]), ("calm", "0001-01-02", "0.1", ids[1])]
    {
        calls.call("with_kinds", json!({ "mood": mood, "day": day, "price": price, "one": id })).await;
    }
    let lines = calls.lines;
    service.stop().await;
    lines
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_a_shape_is_the_same_everywhere() {
    let file = structures(&Place::file().unwrap()).await;
    assert!(file.iter().all(|line| !line.contains("Internal")), "{file:#?}");
    let told = |at: usize, part: &str| assert!(file[at].contains(part), "{part} in {file:#?}");
    told(1, r#""more":{"":{"\u{e4}":"#.replace("\\u{e4}", "\u{e4}").as_str());
    told(3, r#""counts":{"aa":4,"b":2,"zebra":1,"#);
    told(13, r#"[{"name":"all"},{"name":"inside"}]"#);
    told(21, r#"[{"name":"inside"}]"#);
    told(24, r#"{"moods":1,"days":1,"prices":1,"ids":1}"#);
    told(25, r#""prices":1,"ids":0}"#);
    let Some(postgres) = Place::postgres() else { return };
    agree(&structures(&postgres).await, &file);
}

fn agree(got: &[String], wanted: &[String]) {
    assert_eq!(got.len(), wanted.len());
    let differ: Vec<_> = got.iter().zip(wanted).filter(|(got, wanted)| got != wanted).collect();
    assert!(differ.is_empty(), "{differ:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_database_answers_with_the_same_bytes() {
    let Some(postgres) = Place::postgres() else { return };
    let file = transcript(&Place::file().unwrap()).await;
    assert!(file.iter().any(|line| line.contains("Zoë")) && file.len() > 30, "{file:#?}");
    agree(&transcript(&postgres).await, &file);
    agree(&transcript(&Place::memory().unwrap()).await, &file);
    assert!(SECRET.len() >= 32);
}
