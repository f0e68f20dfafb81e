//! Rows inside rows are those that a list of them alone gives, in its order.
use super::place::{Place, on};
use super::shelf::Random;
use super::{compile, gives};
use serde_json::{Value as Json, json};

on!(memory, file, postgres => [rows_inside_a_row_are_as_a_list_of_them_has_them]);

const SHELVES: i64 = 4;

/// A thing of random values of every kind, some of them nothing.
fn thing(random: &mut Random) -> Json {
    let mut members = serde_json::Map::new();
    for (name, values) in [
        ("yes", [json!(true), json!(false)]),
        ("whole", [json!(-9_007_199_254_740_991_i64), json!(0)]),
        ("real", [json!(-0.1), json!(1e300)]),
        ("money", [json!("-12.30"), json!("90071992547409.91")]),
        ("fine", [json!("0.000001"), json!("-5.000000")]),
        ("words", [json!(""), json!("Ἀνά \"x\"\\\n\u{1f375}")]),
        ("raw", [json!(""), json!("AP8=")]),
        (
            "uid",
            [json!("018f2f3a-0000-7000-8000-00000000000a"), json!("ffffffff-ffff-4fff-bfff-ffffffffffff")],
        ),
        ("day", [json!("1969-12-31"), json!("2024-02-29")]),
        ("moment", [json!("1969-12-31T23:59:59.999Z"), json!("2024-02-29T12:00:00Z")]),
        ("length", [json!("PT0.001S"), json!("P9D")]),
        ("size", [json!("huge"), json!("small")]),
        ("mark", [json!({ "word": "x", "on": "2024-02-29" }), json!({ "word": "", "on": "1969-12-31" })]),
        ("tags", [json!([]), json!(["b", "a"])]),
    ] {
        if let Some(value) = values.into_iter().nth(random.below(3)) {
            members.insert(name.to_owned(), value);
        }
    }
    members.into()
}

async fn rows_inside_a_row_are_as_a_list_of_them_has_them(place: Place) {
    let service = place.start(&compile(include_str!("nested.qtr"))).unwrap();
    let mut random = Random(7);
    for number in 1..=SHELVES {
        gives(&service, "add_shelf", json!({ "number": number })).await;
    }
    for _ in 0..60 {
        // The last stays empty.
        let shelf = 1 + random.below(SHELVES as usize - 1);
        let mut asked = json!({ "shelf": shelf, "thing": thing(&mut random), "parts": ["bb", "a", "ccc"] });
        asked["parts"].as_array_mut().unwrap().truncate(random.below(4));
        if random.below(2) == 0 {
            asked["label"] = json!("l");
        }
        gives(&service, "add", asked).await;
    }
    let mut shelves = Vec::new();
    for number in 1..=SHELVES {
        let things = gives(&service, "things", json!({ "on": number })).await;
        shelves.push(json!({ "number": number, "things": things }));
    }
    let things: Vec<&Json> = shelves.iter().flat_map(|it| it["things"].as_array().unwrap()).collect();
    assert_eq!(things.len(), 60);
    let all = |is: &dyn Fn(&Json) -> bool| things.iter().any(|it| is(it)) && !things.iter().all(|it| is(it));
    assert!(all(&|it| it["label"].is_null()) && all(&|it| it["parts"] == json!([])));
    assert!(all(&|it| it["said"] == "ccc+bb+a" && it["double"] == json!([6, 4, 2])));
    let ids = |shelf: &Json| -> Vec<i64> {
        shelf["things"].as_array().unwrap().iter().map(|it| it["id"].as_i64().unwrap()).collect()
    };
    assert!(shelves.iter().any(|shelf| !ids(shelf).is_sorted()), "the order is not that of the keys");
    assert_eq!(gives(&service, "shelves", json!({})).await, Json::from(shelves.clone()));
    for shelf in shelves {
        let asked = json!({ "number": shelf["number"] });
        assert_eq!(gives(&service, "kept", asked).await, json!({ "shelf": shelf }));
    }
}
