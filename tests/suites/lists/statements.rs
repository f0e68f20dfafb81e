//! How many statements a list takes: as many as it has levels or fewer, never one a row.
use super::place::{Place, on};
use super::{compile, gives};
use quater_runtime::{Settings, explain};
use serde_json::{Value as Json, json};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Counts the statements about receipts that any service of this process asks.
struct Counter;

/// On each database one test counts, one after the other.
static COUNTING: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
static COUNT: AtomicUsize = AtomicUsize::new(0);

impl Subscriber for Counter {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "quater::sql"
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        event.record(&mut Told);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Told;

impl Visit for Told {
    fn record_str(&mut self, _: &Field, sql: &str) {
        if ["receipt", "person", "article"].iter().any(|table| sql.contains(table)) {
            COUNT.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn std::fmt::Debug) {}
}

on!(memory, file, postgres => [a_list_takes_no_more_statements_than_it_has_levels]);

async fn a_list_takes_no_more_statements_than_it_has_levels(place: Place) {
    let counting = COUNTING.lock().await;
    // Whoever is first installs the counter of the process.
    drop(tracing::subscriber::set_global_default(Counter));
    let service = place.start(&compile(include_str!("trade.qtr"))).unwrap();
    let numbers: Vec<i64> = (1..=120).collect();
    assert!(super::call(&service, "fill", json!({ "numbers": numbers })).await.is_ok());
    let filled = COUNT.swap(0, Ordering::Relaxed);
    assert!(filled >= 120 * 4, "the counter counts: {filled}");
    let wanted = |first: usize, most: usize| -> Vec<Json> {
        let row = |qty: i64, title: &str, author: &str| json!({ "qty": qty, "article": { "title": title, "author": { "name": author } } });
        let rows = json!([row(1, "Tea", "Ann"), row(2, "Ink", "Bob"), row(3, "Tea", "Ann")]);
        let receipt =
            |number| json!({ "number": number, "buyer": { "name": "Ann" }, "rows": rows, "total": "10.00" });
        (first..).take(most).map(receipt).collect()
    };
    assert_eq!(gives(&service, "receipts", json!({})).await, Json::from(wanted(1, 100)));
    let levels = 3;
    let asked = COUNT.swap(0, Ordering::Relaxed);
    assert!((1..=levels).contains(&asked), "{asked} statements");
    let page = gives(&service, "receipt_pages", json!({ "limit": 100, "buyer": "Ann" })).await;
    assert_eq!(page["items"], Json::from(wanted(1, 100)));
    let rest = gives(&service, "receipt_pages", json!({ "buyer": "Ann", "cursor": page["next"] })).await;
    assert_eq!(rest, json!({ "items": wanted(101, 20), "next": null }));
    let asked = COUNT.swap(0, Ordering::Relaxed);
    assert!((2..=2 * levels).contains(&asked), "{asked} statements of two pages");
    let page = gives(&service, "receipts_counted", json!({ "offset": 50, "limit": 30 })).await;
    assert_eq!(page, json!({ "items": wanted(51, 30), "total": 120 }));
    let asked = COUNT.swap(0, Ordering::Relaxed);
    assert!((2..=levels).contains(&asked), "{asked} statements, one of them to count");
    service.stop().await;
    drop(counting);
}

/// The place in the order is a range of an index, so a page costs the same wherever it is.
#[test]
fn a_page_goes_on_in_an_index() {
    let program = compile(include_str!("trade.qtr"));
    let (id, _) = program.operations.iter().find(|(_, it)| it.name == "receipt_pages").unwrap();
    let settings = Settings::new(std::collections::BTreeMap::new(), PathBuf::new());
    let explained = explain(&program, &settings, id).unwrap();
    assert_eq!(explained.len(), 4, "with a cursor or not, with a buyer or not: {explained:#?}");
    let further = explained.iter().filter(|it| it.sql.contains(r#"(t."number" >= ?)"#));
    let plans: Vec<&Vec<String>> =
        further.filter(|it| !it.sql.contains(r#""name" = ?"#)).map(|it| &it.plan).collect();
    let [plan] = plans.as_slice() else { panic!("one has a cursor alone: {explained:#?}") };
    assert!(plan[0].starts_with("SEARCH t USING INDEX") && plan[0].ends_with("(number>?)"), "{plan:#?}");
}
