//! Values with a shape: unions, maps, tuples, patches, what `match` makes of them, and functions over
//! lists, through every door and on every database.
use super::place::{Place, on};
use super::{call, compile, fault};
use quater_runtime::{Refusal, testing};
use serde_json::{Value as Json, json};

const SHAPES: &str = include_str!("shapes.qtr");

on!(memory, postgres => [
    what_is_wrong_inside_is_told_at_its_place,
    a_patch_changes_what_it_carries_and_nothing_else,
]);

#[test]
fn the_service_passes_its_own_tests() {
    let outcomes = testing::run(&compile(SHAPES), None).unwrap();
    assert!(outcomes.len() > 4);
    let failed: Vec<_> = outcomes.iter().filter(|it| it.result.is_err()).collect();
    assert!(failed.is_empty(), "{failed:#?}");
}

fn told(result: Result<Json, Refusal>) -> Vec<String> {
    let refusal = result.expect_err("the inputs are wrong");
    let mut told: Vec<String> =
        refusal.violations.iter().map(|it| format!("{} {}", it.pointer, it.code)).collect();
    told.sort();
    told
}

async fn what_is_wrong_inside_is_told_at_its_place(place: Place) {
    let service = place.start(&compile(SHAPES)).unwrap();
    let cases: [(&str, Json, &[&str]); 12] = [
        ("pay", json!({ "with": {} }), &["/with/kind required"]),
        ("pay", json!({ "with": { "kind": 3 } }), &["/with/kind type"]),
        ("pay", json!({ "with": { "kind": "Stamp" } }), &["/with/kind enum"]),
        (
            "pay",
            json!({ "with": { "kind": "Card", "given": "1.00" } }),
            &["/with/given unknown", "/with/number required"],
        ),
        (
            "pay",
            json!({ "with": { "kind": "Card", "number": "1", "owner": 4 } }),
            &["/with/number too_short", "/with/owner type"],
        ),
        ("pay", json!({ "with": "Card" }), &["/with type"]),
        (
            "some",
            json!({ "with": { "kind": "Transfer", "reference": "x", "on": "2026-01-31" } }),
            &["/with/kind enum"],
        ),
        ("words", json!({ "counts": [], "pair": [1, "one"], "at": 0 }), &["/counts type"]),
        (
            "words",
            json!({ "counts": { "": 1, "a/b": "x" }, "pair": [1], "at": 0 }),
            &["/counts/ too_short", "/counts/a~1b type", "/pair type"],
        ),
        (
            "words",
            json!({ "counts": { "ten letters": 1 }, "pair": ["one", 1], "at": 0 }),
            &["/counts/ten letters too_long", "/pair/0 type", "/pair/1 type"],
        ),
        (
            "words",
            json!({ "counts": { "a": 1, "b": 1, "c": 1, "d": 1 }, "pair": [1, "one"], "at": 0 }),
            &["/counts too_long"],
        ),
        (
            "edit_all",
            json!({ "changes": { "title": "x", "note": 3 } }),
            &["/changes/note type", "/changes/title unknown"],
        ),
    ];
    for (operation, arguments, wanted) in cases {
        assert_eq!(told(call(&service, None, operation, arguments.clone()).await), wanted, "{arguments}");
    }
}

async fn a_patch_changes_what_it_carries_and_nothing_else(place: Place) {
    let service = place.start(&compile(SHAPES)).unwrap();
    let mug = json!({ "title": "first", "note": "kept", "price": "2.50" });
    let made = call(&service, None, "add", json!({ "mug": mug })).await.unwrap();
    assert_eq!(
        (&made["title"], &made["size"], &made["price"]),
        (&json!("first"), &json!("small"), &json!("2.50"))
    );
    let edit = async |changes: Json| {
        call(&service, None, "edit", json!({ "mug": made["id"], "changes": changes })).await
    };
    let steps = [
        (
            json!({ "size": "large" }),
            json!({ "title": "first", "note": "kept", "size": "large", "stock": 6 }),
        ),
        (json!({ "note": null }), json!({ "title": "first", "note": null, "size": "large", "stock": 7 })),
        (
            json!({ "title": "second", "note": "new" }),
            json!({ "title": "second", "note": "new", "size": "large", "stock": 8 }),
        ),
        (json!({}), json!({ "title": "second", "note": "new", "size": "large", "stock": 9 })),
    ];
    for (changes, wanted) in steps {
        assert_eq!(edit(changes.clone()).await.unwrap(), wanted, "{changes}");
    }
    // A title is never absent, so null can't clear it; and nothing is written where one member is wrong.
    assert_eq!(told(edit(json!({ "title": null, "size": "small" })).await), ["/changes/title type"]);
    assert_eq!(fault(&service, edit(json!({ "title": "no", "size": "small" })).await), "Invalid");
    assert_eq!(edit(json!({})).await.unwrap()["size"], "large");
    let all = call(&service, None, "edit_all", json!({ "changes": { "note": "all" } })).await.unwrap();
    assert_eq!(all, json!({ "changed": 1 }));
    assert_eq!(edit(json!({})).await.unwrap()["note"], "all");
}
