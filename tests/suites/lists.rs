//! Lists for callers: filters, searches, orders, pages and groups give what a reading of the same rows in memory
//! gives, on every database.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

#[path = "lists/cursors.rs"]
mod cursors;
#[path = "lists/groups.rs"]
mod groups;
#[path = "lists/nested.rs"]
mod nested;
#[path = "runtime/place.rs"]
#[expect(dead_code, reason = "the runtime's suite uses the rest")]
mod place;
#[path = "lists/shelf.rs"]
mod shelf;
#[path = "lists/statements.rs"]
mod statements;

use place::{Place, on};
use quater_compiler::report::{Source, Sources};
use quater_ir::Program;
use quater_ir::operation::Door;
use quater_runtime::{Call, Entry, Identity, Input, Refusal, RequestId, Service, Wishes};
use serde_json::{Value as Json, json};
use shelf::{Book, Library, ORDERS, Random};
use std::sync::Arc;

const SECRET: &str = "0123456789abcdef0123456789abcdef";

on!(memory, file, postgres => [
    every_order_is_walked_page_by_page,
    filters_and_searches_narrow_alike,
    pages_by_offset_count_and_pass_over,
    filters_go_through_far_sides,
]);

fn compile(text: &str) -> Arc<Program> {
    let mut sources = Sources::default();
    sources.add(Source::new("library.qtr", text.to_owned()));
    let analysis = quater_compiler::analyse(sources);
    Arc::new(analysis.program.unwrap_or_else(|| panic!("no program: {:#?}", analysis.reports)))
}

async fn call(service: &Service, name: &str, arguments: Json) -> Result<Json, Refusal> {
    let program = service.program();
    let (operation, _) = program.operations.iter().find(|(_, it)| it.name == name).unwrap();
    let Json::Object(members) = arguments else { panic!("arguments are an object") };
    let (door, entry, input) = (Door::Mcp, Entry::Remote, Input::Object(members));
    let (identity, request, ip, wishes) = (Identity::Nobody, RequestId::fresh(), None, Wishes::default());
    let answer =
        service.invoke(Call { operation, door, entry, input, identity, request, ip, wishes }).await?;
    Ok(if answer.body.is_empty() { Json::Null } else { serde_json::from_slice(&answer.body).unwrap() })
}

async fn gives(service: &Service, name: &str, arguments: Json) -> Json {
    call(service, name, arguments.clone()).await.unwrap_or_else(|it| panic!("{name} {arguments}: {it:?}"))
}

/// A library with so many books.
async fn library(place: &Place, books: usize) -> (Service, Library) {
    let service = place.start(&compile(include_str!("lists/library.qtr"))).unwrap();
    let library = Library::filled(&service, books).await;
    (service, library)
}

fn shown(books: &[&Book]) -> Json {
    books.iter().map(|book| json!({ "title": book.title, "pages": book.pages })).collect()
}

/// All items of a list, page by page, pages being of random sizes.
async fn walked(service: &Service, name: &str, arguments: &Json, random: &mut Random) -> Json {
    let (mut items, mut arguments) = (Vec::new(), arguments.clone());
    loop {
        let limit = 1 + random.below(9);
        arguments["limit"] = limit.into();
        let page = gives(service, name, arguments.clone()).await;
        let some = page["items"].as_array().unwrap();
        let last = page["next"].is_null();
        assert!(some.len() == limit || last && some.len() < limit, "{arguments} {page}");
        items.extend(some.iter().cloned());
        if last {
            return items.into();
        }
        arguments["cursor"] = page["next"].clone();
    }
}

async fn every_order_is_walked_page_by_page(place: Place) {
    let (service, library) = library(&place, 90).await;
    let mut random = Random(7);
    for order in ORDERS {
        let arguments = json!({ "sort": order });
        let wanted = shown(&library.sorted(&[order]));
        assert_eq!(walked(&service, "find_books", &arguments, &mut random).await, wanted, "{order}");
    }
    let first = shown(&library.sorted(&[ORDERS[0]]));
    assert_eq!(walked(&service, "find_books", &json!({}), &mut random).await, first);
    for lent in [true, false] {
        let mut wanted = library.sorted(&["kind_desc", "price", "pages_desc"]);
        wanted.retain(|book| book.lent == Some(lent));
        let got = walked(&service, "shelf", &json!({ "out_now": lent }), &mut random).await;
        assert_eq!(got, shown(&wanted), "{lent}");
    }
    service.stop().await;
}

async fn filters_and_searches_narrow_alike(place: Place) {
    let (service, library) = library(&place, 80).await;
    let mut random = Random(11);
    let (mut some, mut none) = (0, 0);
    for _ in 0..150 {
        let (arguments, order) = library.asked(&mut random);
        let mut wanted = library.sorted(&[order]);
        wanted.retain(|book| library.fits(book, &arguments));
        *(if wanted.is_empty() { &mut none } else { &mut some }) += 1;
        let got = walked(&service, "find_books", &arguments, &mut random).await;
        assert_eq!(got, shown(&wanted), "{arguments}");
    }
    assert!(some > 40 && none > 10, "questions that all end alike show little: {some} {none}");
    service.stop().await;
}

async fn pages_by_offset_count_and_pass_over(place: Place) {
    let (service, library) = library(&place, 60).await;
    let mut random = Random(13);
    for _ in 0..60 {
        let mut arguments = json!({});
        if random.below(2) == 0 {
            let kinds = [json!([]), json!(["novel"]), json!(["atlas", "poem"])];
            arguments["kinds"] = kinds[random.below(3)].clone();
        }
        if random.below(2) == 0 {
            arguments["price_from"] = "4.00".into();
        }
        if random.below(3) == 0 {
            arguments["search"] = "sea".into();
        }
        let (offset, limit) = (random.below(30), 1 + random.below(20));
        let mut wanted = library.sorted(&["price_desc", "title"]);
        wanted.retain(|book| library.fits(book, &arguments));
        if !arguments["search"].is_null() {
            // Here the title alone is searched.
            wanted.retain(|book| book.title.to_lowercase().contains("sea"));
        }
        let total = wanted.len();
        let items: Vec<&Book> = wanted.into_iter().skip(offset).take(limit).collect();
        arguments["offset"] = offset.into();
        arguments["limit"] = limit.into();
        let page = gives(&service, "count_books", arguments.clone()).await;
        assert_eq!(page, json!({ "items": shown(&items), "total": total }), "{arguments}");
    }
    service.stop().await;
}

async fn filters_go_through_far_sides(place: Place) {
    let (service, library) = library(&place, 30).await;
    for (kind, from) in [(None, None), (Some("atlas"), None), (None, Some(300)), (Some("poem"), Some(200))] {
        let any = |writer: usize, test: &dyn Fn(&Book) -> bool| {
            library.books.iter().any(|book| book.writer == Some(writer) && test(book))
        };
        let writers = library.writers.iter().enumerate().filter(|(at, (_, shy))| {
            let kind = kind.is_none_or(|kind| any(*at, &|book| book.kind == kind));
            !shy && kind && from.is_none_or(|from| any(*at, &|book| book.pages >= from))
        });
        let mut names: Vec<&String> = writers.map(|(_, (name, _))| name).collect();
        names.sort();
        let wanted: Json = names.into_iter().map(|name| json!({ "name": name })).collect();
        let got = gives(&service, "find_writers", json!({ "kind": kind, "pages_from": from })).await;
        assert_eq!(got, wanted, "{kind:?} {from:?}");
    }
    service.stop().await;
}

/// The contract says how to go on from a page to the next one.
#[test]
fn the_contract_leads_from_page_to_page() {
    let program = compile(include_str!("lists/library.qtr"));
    let document: Json = serde_json::from_str(&program.surface.openapi).unwrap();
    let links = |path: &str| document["paths"][path]["get"]["responses"]["200"]["links"].clone();
    let wanted = json!({ "next": {
        "operationId": "shelf",
        "parameters": {
            "out_now": "$request.query.out_now",
            "cursor": "$response.body#/next",
            "limit": "$request.query.limit",
        },
        "description": "The next page, unless `next` is null.",
    } });
    assert_eq!(links("/shelf"), wanted);
    assert_eq!(links("/books/counted"), Json::Null, "pages by offset have no cursor");
    let tool = program.surface.tools.iter().find(|tool| tool.name == "find_books").unwrap();
    let schema: Json = serde_json::from_str(&tool.input_schema).unwrap();
    for name in
        ["kind", "pages_from", "pages_to", "lent", "writer", "out_from", "search", "sort", "cursor", "limit"]
    {
        assert!(!schema["properties"][name].is_null(), "{name}");
    }
}
