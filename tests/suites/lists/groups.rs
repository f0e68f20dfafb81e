//! Groups and numbers over rows.
use super::place::{Place, on};
use super::shelf::{Book, KINDS, Library, money};
use super::{call, gives, library};
use serde_json::{Value as Json, json};
use std::collections::{BTreeMap, BTreeSet};

on!(memory, file, postgres => [
    groups_are_those_of_the_rows,
    a_row_is_in_a_group_for_each_of_its_items,
    numbers_are_those_of_the_rows,
    what_is_too_large_is_a_fault,
]);

/// The mean in cents, rounded half away from zero.
fn mean(cents: &[i64]) -> Option<String> {
    let (sum, count) = (cents.iter().sum::<i64>(), cents.len() as i64);
    (count > 0).then(|| money((2 * sum + sum.signum() * count) / (2 * count)))
}

fn of_kind<'l>(library: &'l Library, kind: &str) -> Vec<&'l Book> {
    library.books.iter().filter(|book| book.kind == kind).collect()
}

async fn groups_are_those_of_the_rows(place: Place) {
    let (service, library) = library(&place, 70).await;
    for least in [-100, 150, 9_000] {
        let mut groups = Vec::new();
        for (at, kind) in KINDS.iter().enumerate() {
            let mut books = of_kind(&library, kind);
            books.retain(|book| book.pages >= least);
            if books.is_empty() {
                continue;
            }
            let pages: i64 = books.iter().map(|book| book.pages).sum();
            let dear = books.iter().filter_map(|book| book.price).max().map(money);
            let (n, each) = (books.len(), pages as f64 / books.len() as f64);
            let group = json!({ "kind": kind, "n": n, "pages": pages, "dear": dear, "each": each });
            groups.push((std::cmp::Reverse(n), at, group));
        }
        groups.sort_by_key(|(n, at, _)| (*n, *at));
        let wanted: Json = groups.into_iter().map(|(_, _, group)| group).collect();
        assert_eq!(gives(&service, "by_kind", json!({ "least": least })).await, wanted, "{least}");
    }
    let mut writers: BTreeMap<Option<&str>, (i64, i64)> = BTreeMap::new();
    let mut words: BTreeMap<String, i64> = BTreeMap::new();
    for book in &library.books {
        let (n, lent) = writers.entry(library.writer(book)).or_default();
        *n += 1;
        *lent += i64::from(book.lent == Some(true));
        *words.entry(book.title.to_lowercase()).or_default() += 1;
    }
    let mut groups: Vec<_> =
        writers.into_iter().map(|(name, (n, lent))| (-(100 * lent / n), n, name, lent)).collect();
    groups.sort();
    let wanted: Json = groups
        .into_iter()
        .map(|(share, n, name, lent)| json!({ "name": name, "n": n, "lent": lent, "share": -share }))
        .collect();
    assert_eq!(gives(&service, "by_writer", json!({})).await, wanted);
    let mut words: Vec<_> = words.into_iter().map(|(word, n)| (n, word)).collect();
    words.sort();
    let wanted: Json = words.iter().rev().take(3).map(|(n, word)| json!({ "word": word, "n": n })).collect();
    assert_eq!(gives(&service, "by_word", json!({})).await, wanted);
    service.stop().await;
}

async fn a_row_is_in_a_group_for_each_of_its_items(place: Place) {
    let (service, library) = library(&place, 9).await;
    let mut books = Vec::new();
    let mut writers = Vec::new();
    for (at, kind) in KINDS.iter().enumerate() {
        let of = of_kind(&library, kind);
        let seen: Vec<usize> =
            of.iter().filter(|it| library.writer(it).is_some()).filter_map(|it| it.writer).collect();
        let different: BTreeSet<usize> = seen.iter().copied().collect();
        if !seen.is_empty() {
            books.push((std::cmp::Reverse(seen.len()), at, json!({ "kind": kind, "n": seen.len() })));
            writers.push(json!({ "kind": kind, "n": different.len() }));
        }
    }
    books.sort_by_key(|(n, at, _)| (*n, *at));
    let books: Vec<Json> = books.into_iter().map(|(_, _, group)| group).collect();
    let got = gives(&service, "by_kind_of_writer", json!({})).await;
    assert_eq!(got, json!({ "books": books, "writers": writers }));
    service.stop().await;
}

async fn numbers_are_those_of_the_rows(place: Place) {
    let (service, library) = library(&place, 2).await;
    for kind in KINDS {
        let books = of_kind(&library, kind);
        let prices: Vec<i64> = books.iter().filter_map(|book| book.price).collect();
        let or_zero: Vec<i64> = books.iter().map(|book| book.price.unwrap_or(0)).collect();
        let pages: i64 = books.iter().map(|book| book.pages).sum();
        let wanted = json!({
            "pages": pages,
            "cost": money(prices.iter().sum()),
            "cheap": prices.iter().min().copied().map(money),
            "dear": prices.iter().max().copied().map(money),
            "mean": mean(&or_zero),
            "each": (!books.is_empty()).then(|| pages as f64 / books.len() as f64),
            "first": books.iter().filter_map(|book| book.out).min(),
            "last": books.iter().map(|book| &book.title).max(),
        });
        assert_eq!(gives(&service, "totals", json!({ "of": kind })).await, wanted, "{kind}");
    }
    service.stop().await;
}

async fn what_is_too_large_is_a_fault(place: Place) {
    let (service, _) = library(&place, 0).await;
    let book = |pages: i64| {
        json!({ "book": {
            "title": "Much", "kind": "poem", "writer": null, "price": null, "pages": pages, "weight": 1.5,
            "out": null, "lent": null, "added": "2026-01-01T00:00:00Z",
        } })
    };
    let largest = 9_007_199_254_740_991_i64;
    gives(&service, "add_book", book(largest)).await;
    assert_eq!(gives(&service, "totals", json!({ "of": "poem" })).await["pages"], largest);
    gives(&service, "add_book", book(1)).await;
    for (name, arguments) in [("totals", json!({ "of": "poem" })), ("by_kind", json!({ "least": 0 }))] {
        let refusal = call(&service, name, arguments).await.expect_err("a sum beyond every int");
        let codes: Vec<&str> = refusal.violations.iter().map(|it| it.code.as_str()).collect();
        assert_eq!(codes, ["calculation"], "{name}");
    }
    service.stop().await;
}
