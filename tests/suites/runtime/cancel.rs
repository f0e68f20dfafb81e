//! Callers who go away: what is not done for good by then, is not done.
use super::once::{REFUNDS, wish};
use super::place::{Place, on};
use super::{compile, join_as};
use quater_runtime::Wishes;
use serde_json::json;
use std::time::Duration;

on!(file, postgres => [calls_of_those_who_have_gone_leave_nothing]);

async fn calls_of_those_who_have_gone_leave_nothing(place: Place) {
    let service = place.start(&compile(REFUNDS)).unwrap();
    let (cleo, _) = join_as(&service, json!({ "name": "cleo", "branch": "north" })).await;
    // How much is done in a time nobody knows, so callers go after several.
    for patience in [2_000, 500, 100, 0] {
        let calls = (0..100).map(|_| {
            let (service, cleo) = (service.clone(), cleo.clone());
            let arguments = json!({ "amount": "1.00", "why": "broken", "labels": {} });
            tokio::spawn(async move { wish(&service, &cleo, "pay", arguments, Wishes::default()).await })
        });
        let calls: Vec<_> = calls.collect();
        tokio::time::sleep(Duration::from_micros(patience)).await;
        calls.iter().for_each(|call| call.abort());
    }
    service.stop().await;
    let records = |which: &str| {
        place.count(&format!("SELECT count(*) FROM _quater_audit WHERE operation = 'pay' AND {which}"))
    };
    let (done, gone) = (records("result = 'ok'"), records("manner = 'cancelled' AND result = 'Unavailable'"));
    assert!(gone > 0, "some had not been done yet");
    assert_eq!(place.count("SELECT count(*) FROM refund"), done);
    assert_eq!(place.count("SELECT count(*) FROM line"), 2 * done);
}
