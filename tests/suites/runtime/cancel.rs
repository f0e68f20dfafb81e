//! Callers who go away: what is not done for good by then, is not done.
use super::once::{REFUNDS, wish};
use super::place::{Place, on};
use super::{compile, join_as};
use quater_ir::operation::Door;
use quater_runtime::{Call, Entry, Identity, Input, Progress, RequestId, Service, Wishes};
use serde_json::json;
use std::time::Duration;

/// Work that takes its time.
const STEPS: &str = include_str!("../remote/steps.qtr");

on!(file, postgres => [calls_of_those_who_have_gone_leave_nothing, a_body_ends_where_its_caller_goes]);

mod memory {
    super::on!(@ memory [a_body_ends_where_its_caller_goes]);
}

/// A call by nobody.
fn call(service: &Service, name: &str, numbers: (&str, serde_json::Value), wishes: Wishes) -> Call {
    let (operation, _) = service.program().operations.iter().find(|(_, it)| it.name == name).unwrap();
    let input = Input::Object([(numbers.0.to_owned(), numbers.1)].into_iter().collect());
    let (door, entry, identity) = (Door::Mcp, Entry::Remote, Identity::Nobody);
    Call { operation, door, entry, input, identity, request: RequestId::fresh(), ip: None, wishes }
}

async fn a_body_ends_where_its_caller_goes(place: Place) {
    let service = place.start(&compile(STEPS)).unwrap();
    let rounds: Vec<u32> = (0..100).collect();
    let (progress, mut heard) = Progress::heard();
    let wishes = Wishes { progress, ..Wishes::default() };
    let (toils, toil) = (service.clone(), call(&service, "toil", ("rounds", json!(rounds)), wishes));
    let toil = tokio::spawn(async move { toils.invoke(toil).await });
    let begun = heard.next().await.unwrap();
    assert_eq!((begun.done, begun.text.as_deref()), (1, Some("begun")));
    toil.abort();
    // It would take hours, and where one thread writes, nobody else could.
    let mark = service.invoke(call(&service, "mark_all", ("names", json!(["a"])), Wishes::default()));
    let marked = tokio::time::timeout(Duration::from_secs(20), mark).await.unwrap().unwrap();
    assert_eq!(&marked.body[..], b"{\"marked\":1}", "nothing of the other is there");
    service.stop().await;
    if !matches!(place, Place::Memory) {
        assert_eq!(place.count("SELECT count(*) FROM mark"), 1);
        let gone = "SELECT count(*) FROM _quater_audit WHERE operation = 'toil' AND manner = 'cancelled'";
        assert_eq!(place.count(gone), 1);
    }
}

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
