//! Far sides: what a row shows of them, and how many rows may be there.
use super::place::{Place, on};
use super::{call, compile, fault};
use quater_runtime::testing;
use serde_json::{Value as Json, json};

const CRATES: &str = include_str!("bounds.qtr");

on!(file, postgres => [
    a_bound_holds_for_new_rows_and_for_moved_ones,
    no_more_is_given_than_the_bound_whatever_the_table_holds,
]);

mod memory {
    super::on!(@ memory [a_bound_holds_for_new_rows_and_for_moved_ones]);
}

#[test]
fn rows_on_far_sides_are_given() {
    let outcomes = testing::run(&compile(CRATES), None).unwrap();
    assert!(outcomes.iter().all(|it| it.result.is_ok()), "{outcomes:#?}");
    let wrong = CRATES.replacen("total: 5", "total: 6", 1);
    assert!(testing::run(&compile(&wrong), None).unwrap()[0].result.is_err());
}

async fn a_bound_holds_for_new_rows_and_for_moved_ones(place: Place) {
    let service = place.start(&compile(CRATES)).unwrap();
    let ask = |name: &'static str, arguments: Json| call(&service, None, name, arguments);
    let mut crates = Vec::new();
    for _ in 0..2 {
        crates.push(ask("add_crate", json!({})).await.unwrap()["id"].clone());
    }
    let put =
        |at: usize, name: &str, weight: i64| json!({ "crate": crates[at], "name": name, "weight": weight });
    for (name, weight) in [("nail", 2), ("hook", 3)] {
        ask("put", put(0, name, weight)).await.unwrap();
    }
    let refused = ask("put", put(0, "pin", 1)).await.unwrap_err();
    let told: Vec<String> =
        refused.violations.iter().map(|it| format!("{} {} {}", it.pointer, it.code, it.message)).collect();
    assert_eq!(told, ["/crate too_many has its most of 2 `items` already"]);
    let pin = ask("put", put(1, "pin", 1)).await.unwrap()["id"].clone();
    let moved = ask("move_item", json!({ "item": pin, "to": crates[0] })).await;
    assert_eq!(fault(&service, moved), "Invalid");
    let full = ask("get_crate", json!({ "crate": crates[0] })).await.unwrap();
    let items = json!([{ "name": "hook", "weight": 3 }, { "name": "nail", "weight": 2 }]);
    assert_eq!(full, json!({ "id": crates[0], "note": "new", "total": 5, "items": items }));
    let other = ask("get_crate", json!({ "crate": crates[1] })).await.unwrap();
    assert_eq!(other["items"], json!([{ "name": "pin", "weight": 1 }]));
    service.stop().await;
}

async fn no_more_is_given_than_the_bound_whatever_the_table_holds(place: Place) {
    let service = place.start(&compile(CRATES)).unwrap();
    let ask = |name: &'static str| call(&service, None, name, json!({}));
    for _ in 0..2 {
        ask("add_crate").await.unwrap();
    }
    let some = "SELECT id FROM crate ORDER BY id LIMIT 1";
    for word in ["\"a\"", "b", "c"] {
        let text = format!("INSERT INTO mark (crate, word) VALUES (({some}), '{word}') RETURNING word");
        assert_eq!(place.rows(&text), [word]);
    }
    let marked = ask("marked").await.unwrap();
    assert_eq!(marked[0]["marks"], json!([{ "word": "\"a\"" }, { "word": "b" }]));
    assert_eq!(marked[1]["marks"], json!([]));
    assert_eq!(ask("words").await.unwrap(), json!({ "words": [["\"a\"", "b"], []] }));
    service.stop().await;
}
