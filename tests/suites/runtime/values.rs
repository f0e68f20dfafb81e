//! Values and expressions: what a body, a condition in SQL and an answer make of them is one thing, on every
//! database. The services' own tests say what.
use super::place::Place;
use super::{call, compile};
use quater_runtime::testing;
use quater_tests::postgres::Database;
use serde_json::{Value as Json, json};

/// Services with their tests, and how many those are at least.
const SERVICES: [(&str, &str, usize); 2] =
    [("values.qtr", include_str!("values.qtr"), 7), ("numbers.qtr", include_str!("numbers.qtr"), 2)];

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
    assert_eq!(told(json!(1_234_567_890_123_456.78)).await, "too_precise");
    assert_eq!(told(json!("1234567890123456.78")).await, "1234567890123456.78");
    assert_eq!(told(json!(9_007_199_254_740_993_i64)).await, "9007199254740993.00");
}
