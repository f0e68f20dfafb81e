//! Values of every type reach a body in Rust as types of its own and come back as they were; what breaks its type does not.
use crate::compile;
use crate::place::{Place, settings};
use quater_ir::operation::Door;
use quater_runtime::native::{
    Bodies, Bytes, Context, Date, Decimal, Duration, Failure, Map, Timestamp, Uuid,
};
use quater_runtime::{Call, Entry, Identity, Input, RequestId, Service, Wishes};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

const KINDS: &str = include_str!("kinds.qtr");

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Level {
    Low,
    High,
}

#[derive(Serialize, Deserialize)]
struct Item {
    name: String,
    count: i64,
}

#[derive(Serialize, Deserialize)]
struct Card {
    number: String,
}

#[derive(Serialize, Deserialize)]
struct Cash {
    paid: Decimal,
    at: Uuid,
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind")]
enum Paid {
    Card(Card),
    Cash(Cash),
}

#[derive(Serialize, Deserialize)]
struct All {
    truth: bool,
    int: i64,
    float: f64,
    decimal: Decimal,
    text: String,
    bytes: Bytes,
    uuid: Uuid,
    date: Date,
    instant: Timestamp,
    duration: Duration,
    email: String,
    url: String,
    json: Json,
    level: Level,
    items: Vec<Item>,
    pair: (i64, Uuid),
    prices: Map<String, Decimal>,
    counts: Map<i64, Level>,
    paid: Paid,
    none: Option<i64>,
    some: Option<Date>,
}

#[derive(Deserialize)]
struct Echo {
    all: All,
}

#[derive(Deserialize)]
struct Spoil {
    what: String,
    all: All,
}

/// Breaks one rule of the type.
fn spoil(_: Context<'_>, Spoil { what, mut all }: Spoil) -> Result<All, Failure> {
    match what.as_str() {
        "nothing" => {}
        "int" => all.int = i64::MAX,
        "float" => all.float = f64::NAN,
        "decimal" => all.decimal = Decimal::new(12_345, 4),
        "text" => all.text = "long ".repeat(9),
        "bytes" => all.bytes = Bytes(vec![7; 10]),
        "email" => all.email = "nobody".to_owned(),
        "url" => all.url = "nowhere".to_owned(),
        "name" => all.items[0].name.clear(),
        "count" => all.items[0].count = 10,
        "few" => all.items.clear(),
        "many" => all.items.extend((0..3).map(|_| Item { name: "more".to_owned(), count: 1 })),
        "prices" => all.prices.extend((0..4).map(|at| (format!("more {at}"), Decimal::ONE))),
        "paid" => all.paid = Paid::Card(Card { number: "1".repeat(20) }),
        other => return Err(Failure::internal(other)),
    }
    Ok(all)
}

fn all() -> Json {
    let uuid = "0190a1b2-0000-7000-8000-00000000abcd";
    json!({
        "truth": true,
        "int": -9_007_199_254_740_991_i64,
        "float": 0.1,
        "decimal": "-0.050",
        "text": "Zoë \"\u{1F600}\"\n",
        "bytes": "AP8Q",
        "uuid": uuid,
        "date": "0001-02-28",
        "instant": "2026-01-31T12:00:00.120Z",
        "duration": "-PT1H0.005S",
        "email": "ann@a.example",
        "url": "https://a.example/b?c=d",
        "json": { "a": [1, 2.5, null, { "b": "\u{1F600}" }], "z": false },
        "level": "high",
        "items": [{ "name": "one", "count": 1 }, { "name": "two", "count": 9 }],
        "pair": [7, uuid],
        "prices": { "b": "1.00", "a": "2.50" },
        "counts": { "-3": "low", "4": "high" },
        "paid": { "kind": "Cash", "paid": "3.10", "at": uuid },
        "none": null,
        "some": "2026-12-31",
    })
}

async fn call(service: &Service, name: &str, arguments: Json) -> Result<Json, String> {
    let program = service.program();
    let (operation, _) = program.operations.iter().find(|(_, it)| it.name == name).unwrap();
    let Json::Object(members) = arguments else { panic!("arguments are an object") };
    let (door, entry, request) = (Door::Http, Entry::Local, RequestId::fresh());
    let (input, ip, identity) = (Input::Object(members), None, Identity::Nobody);
    let call = Call { operation, door, entry, input, identity, request, ip, wishes: Wishes::default() };
    match service.invoke(call).await {
        Ok(answer) => Ok(serde_json::from_slice(&answer.body).unwrap()),
        Err(refusal) => Err(program.faults[refusal.fault].name.to_string()),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_given_comes_back() {
    let place = Place::file().unwrap();
    let mut bodies = Bodies::new();
    bodies.add("echo", |_, input: Echo| Ok::<_, Failure>(input.all));
    bodies.add("spoil", spoil);
    let (program, settings) = (compile("kinds.qtr", KINDS), settings(place.folder(), &place.url()));
    let service = Service::start_with(program, &settings, bodies).unwrap();
    let card = json!({ "kind": "Card", "number": "4000" });
    for (name, other) in [("truth", json!(false)), ("paid", card), ("some", Json::Null), ("none", json!(0))] {
        let mut given = all();
        given[name] = other;
        assert_eq!(call(&service, "echo", json!({ "all": given })).await.unwrap(), given);
    }
    let spoilt = async |what: &str| call(&service, "spoil", json!({ "what": what, "all": all() })).await;
    assert_eq!(spoilt("nothing").await.unwrap(), all());
    let rules = [
        "int", "float", "decimal", "text", "bytes", "email", "url", "name", "count", "few", "many", "prices",
        "paid",
    ];
    for what in rules {
        assert_eq!(spoilt(what).await.unwrap_err(), "Internal", "{what}");
    }
    service.stop().await;
}
