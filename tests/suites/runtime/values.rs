//! Values and expressions: what a body, a condition in SQL and an answer make of them is one thing, on every
//! database. The services' own tests say what.
use super::place::Place;
use super::{call, compile};
use quater_ir::operation::Door;
use quater_runtime::{Call, Entry, Identity, Input, Key, RequestId, Wishes, testing};
use quater_tests::postgres::Database;
use serde_json::{Value as Json, json};

/// Services with their tests, and how many those are at least.
const SERVICES: [(&str, &str, usize); 6] = [
    ("values.qtr", include_str!("values.qtr"), 9),
    ("numbers.qtr", include_str!("numbers.qtr"), 2),
    ("parts.qtr", include_str!("parts.qtr"), 1),
    ("divided.qtr", include_str!("divided.qtr"), 2),
    ("among.qtr", include_str!("among.qtr"), 3),
    ("json.qtr", include_str!("json.qtr"), 1),
];

fn passed(name: &str, outcomes: &[testing::Outcome], least: usize) {
    assert!(outcomes.len() >= least, "{name} has {} tests", outcomes.len());
    let failed: Vec<_> = outcomes.iter().filter(|it| it.result.is_err()).collect();
    assert!(failed.is_empty(), "{name}: {failed:#?}");
}

#[test]
fn values_are_what_their_tests_say() {
    for (name, text, least) in SERVICES {
        passed(name, &testing::run(&compile(text), None).unwrap(), least);
    }
}

#[test]
fn values_are_the_same_on_postgres() {
    let Some(database) = Database::fresh() else { return };
    for (name, text, least) in SERVICES {
        passed(name, &testing::run_at(&compile(text), None, &database.url()).unwrap(), least);
    }
}

/// A test makes up another value for each row where no two may share one, and says which column has no more.
#[test]
fn rows_that_tests_make_up_share_nothing_unique() {
    let program = compile(include_str!("alone.qtr"));
    let told = |outcomes: Vec<testing::Outcome>| {
        let [first, second] = outcomes.as_slice() else { panic!("there are two tests") };
        assert_eq!(first.result, Ok(()));
        let failure = second.result.clone().unwrap_err();
        assert_eq!(failure.line, 41);
        assert!(failure.message.starts_with("another row of `P` has this `"), "{failure:?}");
        assert!(failure.message.ends_with("`, which is unique: give each row one of its own"), "{failure:?}");
    };
    told(testing::run(&program, None).unwrap());
    let Some(database) = Database::fresh() else { return };
    told(testing::run_at(&program, None, &database.url()).unwrap());
}

/// Where a number has come as a double, nobody knows which of its digits were written.
#[tokio::test(flavor = "multi_thread")]
async fn a_decimal_that_a_double_does_not_keep_is_refused_where_it_comes_as_one() {
    let text = include_str!("numbers.qtr").replace("url\n}", "url = \"http://127.0.0.1:1/\"\n}");
    let service = Place::memory().unwrap().start(&compile(&text)).unwrap();
    let told =
        async |price: Json| match call(&service, None, "told", json!({ "price": price, "rate": 0 })).await {
            Ok(answer) => answer["price"].as_str().unwrap().to_owned(),
            Err(refusal) => refusal.violations[0].code.to_string(),
        };
    assert_eq!(told(json!(1_234_567_890_123.45)).await, "1234567890123.45");
    assert_eq!(told(json!(1_234_567_890_123_456.8)).await, "too_precise");
    assert_eq!(told(json!("1234567890123456.78")).await, "1234567890123456.78");
    assert_eq!(told(json!(9_007_199_254_740_993_i64)).await, "9007199254740993.00");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_inside_an_output_is_told_at_its_place() {
    let service = Place::memory().unwrap().start(&compile(include_str!("values.qtr"))).unwrap();
    let refusal = call(&service, None, "all_wrong", json!({ "word": "long", "n": -1 })).await.unwrap_err();
    let told: Vec<String> =
        refusal.violations.iter().map(|it| format!("{} {}", it.pointer, it.code)).collect();
    assert_eq!(told, ["/words/0 too_long", "/words/2 too_long"]);
    let refusal = call(&service, None, "all_wrong", json!({ "word": "ok", "n": -1 })).await.unwrap_err();
    assert_eq!(refusal.violations[0].pointer, "/pair/0");
    let zeros = call(&service, None, "zero", json!({ "part": -0.0 })).await.unwrap().to_string();
    assert_eq!(zeros, r#"{"same":0.0,"turned":0.0,"times":0.0}"#);
}

/// One in a projection of rows, too, and one in each of two operations: all are named, each with its place.
#[test]
fn what_no_database_works_out_is_told_at_once() {
    let text = r#"service short version 1

resource db = database("sqlite::memory:")

entity Row in db {
  id:   int key
  d:    decimal(2)
  f:    float
  t:    text(..9)
  l:    [text(..9)](..3)
  rows: [Row](..9) by up
  up:   Row? on delete cascade
  allow all public
}

operation one(by: decimal(2)) -> int {
  http GET /one
  allow public
  let some = count Row where hmac("{by}", t) == t and ("{f}" == "1" or split(t, ",")[0] == t)
  let others = count Row where floor(f) == 1
  return some + others
}

operation two() -> [Row(id, most = max(rows, len(split(t, ","))), all = sum(rows, d))](..9) {
  http GET /two
  allow public
  return list Row where join(l, "+") == t take 9
}
"#;
    let error = testing::run(&compile(text), None).unwrap_err().to_string();
    for part in [
        "`floor` of a float",
        "a float",
        "`split`",
        "`hmac`",
        "or joined",
        "(operation `one`)",
        "(operation `two`)",
    ] {
        assert!(error.contains(part), "{part} in {error}");
    }
    assert_eq!(error.matches("`split`").count(), 2, "{error}");
}

/// The arguments of a call with a key are compared whole, however deep one of them is.
#[tokio::test(flavor = "multi_thread")]
async fn an_argument_as_deep_as_a_body_may_be_goes_with_a_key() {
    let text = r#"service deep version 1

resource db = database("sqlite::memory:")

entity Box in db {
  id:   int key
  data: json
  allow all public
}

/// Keep something.
operation keep(data: json from body) -> Box(id) {
  http POST /boxes
  mcp tool
  allow public
  limit 1000/min per ip
  idempotent
  return create Box { data }
}
"#;
    let service = Place::memory().unwrap().start(&compile(text)).unwrap();
    let (operation, _) = service.program().operations.iter().next().unwrap();
    let deep = (0..127).fold(json!(7), |inner, _| json!([inner]));
    let kept = async |data: &Json| {
        let input = Input::Object(serde_json::Map::from_iter([("data".to_owned(), data.clone())]));
        let wishes = Wishes { key: Some(Key::new("k").unwrap()), ..Wishes::default() };
        let (identity, request) = (Identity::Nobody, RequestId::fresh());
        let (door, entry, ip) = (Door::Mcp, Entry::Remote, None);
        let call = Call { operation, door, entry, input, identity, request, ip, wishes };
        let answer = service.invoke(call).await;
        answer.map(|it| String::from_utf8(it.body.to_vec()).unwrap()).map_err(|it| it.fault)
    };
    let first = kept(&deep).await.unwrap();
    assert_eq!(kept(&deep).await.unwrap(), first);
    assert!(kept(&json!(7)).await.is_err(), "that is another call");
}

/// An index of Postgres's has no room for a long text that does not shrink; one of SQLite's has.
#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_its_index_has_no_room_for_is_refused() {
    let text = r#"service words version 1

env { DATABASE_URL: text }

resource db = database(env.DATABASE_URL)

entity Word in db {
  id:   int key
  text: text(..4000) unique
  allow all public
}

/// Keep a text.
operation keep(text: text(..4000)) -> Word(id) {
  mcp tool
  allow public
  limit 1000/min per ip
  return create Word { text }
}
"#;
    let long: String = (0..120).map(|_| uuid::Uuid::new_v4().simple().to_string()).collect();
    for place in [Place::file(), Place::postgres()].into_iter().flatten() {
        let service = place.start(&compile(text)).unwrap();
        let kept = call(&service, None, "keep", json!({ "text": &long[..] })).await;
        let told = kept.map(drop).map_err(|refusal| refusal.violations[0].clone());
        match place {
            Place::Postgres(_) => assert_eq!(
                told.map_err(|it| format!("{} {}", it.pointer, it.code)),
                Err("/text too_long".to_owned())
            ),
            Place::File(_) | Place::Memory => assert!(told.is_ok(), "{told:?}"),
        }
        service.stop().await;
    }
}
