//! Cursors: good for the list that gave them, asked in the same way, on every node and after a restart.
use super::place::{Place, on};
use super::{call, gives, library};
use quater_runtime::{Refusal, Service};
use serde_json::{Value as Json, json};

on!(memory, file, postgres => [only_its_own_list_takes_a_cursor]);

fn told(result: Result<Json, Refusal>) -> Vec<String> {
    let refusal = result.expect_err("the cursor is no good");
    refusal.violations.iter().map(|it| format!("{} {}", it.pointer, it.code)).collect()
}

async fn next(service: &Service, name: &str, arguments: Json) -> String {
    gives(service, name, arguments).await["next"].as_str().unwrap().to_owned()
}

async fn only_its_own_list_takes_a_cursor(place: Place) {
    let (service, _) = library(&place, 40).await;
    let cursor = next(&service, "find_books", json!({ "kind": "poem", "limit": 3 })).await;
    let with = |name: &str, value: Json| {
        let mut arguments = json!({ "kind": "poem", "cursor": cursor });
        arguments[name] = value;
        arguments
    };
    // Another size of the page is no other list.
    assert!(call(&service, "find_books", with("limit", 9.into())).await.is_ok());
    for (name, value) in [
        ("kind", json!("novel")),
        ("kind", Json::Null),
        ("sort", json!("title")),
        ("lent", json!(true)),
        ("search", json!("sea")),
    ] {
        assert_eq!(told(call(&service, "find_books", with(name, value)).await), ["/cursor cursor"], "{name}");
    }
    assert_eq!(
        told(call(&service, "shelf", json!({ "out_now": true, "cursor": cursor })).await),
        ["/cursor cursor"]
    );
    let mut forged: Vec<String> = (0..cursor.len()).map(|at| turned(&cursor, at)).collect();
    forged.extend(["", "AAAA", "not base64!", "\u{e9}"].map(str::to_owned));
    forged.push(format!("{cursor}AA"));
    forged.push(cursor[..cursor.len() - 4].to_owned());
    for forged in forged {
        assert_eq!(
            told(call(&service, "find_books", with("cursor", forged.into())).await),
            ["/cursor cursor"]
        );
    }
    service.stop().await;
}

/// The cursor with one letter changed.
fn turned(cursor: &str, at: usize) -> String {
    let mut letters: Vec<char> = cursor.chars().collect();
    letters[at] = if letters[at] == 'A' { 'Q' } else { 'A' };
    letters.into_iter().collect()
}

/// Where there is something to come back to.
mod kept {
    use super::super::{call, compile, gives, library};
    use super::{Place, next, on, told};
    use serde_json::json;

    on!(file, postgres => [
        a_cursor_outlives_the_node_that_gave_it,
        a_cursor_ends_where_what_it_is_ordered_by_changes,
    ]);

    async fn a_cursor_ends_where_what_it_is_ordered_by_changes(place: Place) {
        let (first, _) = library(&place, 20).await;
        let sorted = async |order: &str| {
            let cursor = next(&first, "find_books", json!({ "limit": 5, "sort": order })).await;
            json!({ "sort": order, "cursor": cursor })
        };
        let [kind, price] = [sorted("kind_desc").await, sorted("price").await];
        first.stop().await;
        let turned = include_str!("library.qtr").replace("{ poem, novel, atlas }", "{ atlas, poem, novel }");
        let second = place.start(&compile(&turned)).unwrap();
        assert_eq!(told(call(&second, "find_books", kind).await), ["/cursor cursor"]);
        assert!(call(&second, "find_books", price).await.is_ok());
        second.stop().await;
    }

    async fn a_cursor_outlives_the_node_that_gave_it(place: Place) {
        let program = compile(include_str!("library.qtr"));
        let (first, _) = library(&place, 20).await;
        let second = place.start(&program).unwrap();
        let cursor = next(&first, "find_books", json!({ "limit": 5 })).await;
        let wanted = gives(&first, "find_books", json!({ "cursor": cursor })).await;
        assert_eq!(gives(&second, "find_books", json!({ "cursor": cursor })).await, wanted);
        first.stop().await;
        second.stop().await;
        let third = place.start(&program).unwrap();
        assert_eq!(gives(&third, "find_books", json!({ "cursor": cursor })).await, wanted);
        third.stop().await;
    }
}
