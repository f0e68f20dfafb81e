//! Calls that wait for somebody else, and everything by which one might get around it.
use super::once::{REFUNDS, wish};
use super::place::{Place, on};
use super::{compile, join_as};
use quater_ir::operation::Door;
use quater_runtime::{
    Answer, Decision, Ending, Entry, Identity, Key, Refusal, RequestId, Review, Service, Wishes,
};
use serde_json::{Value as Json, json};
use uuid::Uuid;

on!(file, postgres => [
    a_grant_is_good_for_one_call,
    a_grant_is_good_for_its_own_arguments_and_caller,
    nobody_decides_who_may_not,
    a_denied_call_is_refused,
    a_request_expires,
    a_grant_lasts_until_the_call_is_done,
    fifty_at_once_use_one_grant_once,
    requests_survive_a_restart_and_are_listed,
]);

struct People {
    cleo: String,
    cleo_id: String,
    ann: String,
    max: String,
    far: String,
}

async fn people(service: &Service) -> People {
    let (cleo, cleo_id) = join_as(service, json!({ "name": "cleo", "branch": "north" })).await;
    let (ann, _) = join_as(service, json!({ "name": "ann", "branch": "north" })).await;
    let (max, _) = join_as(service, json!({ "name": "max", "branch": "north", "role": "manager" })).await;
    let (far, _) = join_as(service, json!({ "name": "far", "branch": "south", "role": "manager" })).await;
    People { cleo, cleo_id, ann, max, far }
}

async fn refund(service: &Service, token: &str, amount: &str) -> Result<Answer, Refusal> {
    wish(service, token, "refund", json!({ "amount": amount, "why": "broken" }), Wishes::default()).await
}

/// The request of a call that has to wait.
async fn asked(service: &Service, token: &str, amount: &str) -> Uuid {
    let answer = refund(service, token, amount).await.unwrap();
    let Ending::Waiting(id) = answer.ending else { panic!("{answer:?} does not wait") };
    let body: Json = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!((&body["status"], &body["approval"]), (&json!("waiting_approval"), &json!(id)));
    id
}

async fn decide(service: &Service, token: Option<&str>, decision: Decision) -> Result<Json, String> {
    let identity = token.map_or(Identity::Nobody, Identity::bearer);
    let (door, entry, request) = (Door::Http, Entry::Remote, RequestId::fresh());
    let answer = service.review(Review { decision, door, entry, identity, request, ip: None }).await;
    match answer {
        Ok(answer) => Ok(serde_json::from_slice(&answer.body).unwrap()),
        Err(refusal) => Err(service.program().faults[refusal.fault].name.to_string()),
    }
}

async fn a_grant_is_good_for_one_call(place: Place) {
    let service = place.start(&compile(REFUNDS)).unwrap();
    let at = people(&service).await;
    let id = asked(&service, &at.cleo, "600").await;
    assert_eq!(asked(&service, &at.cleo, "600").await, id, "asking again makes no second request");
    let granted = decide(&service, Some(&at.max), Decision::Grant(id)).await.unwrap();
    assert_eq!((&granted["state"], &granted["caller"]), (&json!("granted"), &json!(at.cleo_id)));
    assert_eq!(granted["arguments"], json!({ "amount": "600.00", "why": "broken" }));
    assert_eq!(refund(&service, &at.cleo, "600").await.unwrap().ending, Ending::Output);
    assert_ne!(asked(&service, &at.cleo, "600").await, id, "a replay waits again");
    assert_eq!(decide(&service, Some(&at.max), Decision::Grant(id)).await, Err("Conflict".to_owned()));
    service.stop().await;
    assert_eq!(place.count("SELECT count(*) FROM refund"), 1);
    let audit =
        "SELECT result, coalesce(manner, '-') FROM _quater_audit WHERE operation = 'refund' ORDER BY request";
    let mut audit = place.rows(audit);
    audit.sort();
    let wanted = ["Conflict|granted", "ok|-", "ok|granted", "ok|waiting", "ok|waiting", "ok|waiting"];
    assert_eq!(audit, wanted);
}

async fn a_grant_is_good_for_its_own_arguments_and_caller(place: Place) {
    let service = place.start(&compile(REFUNDS)).unwrap();
    let at = people(&service).await;
    let id = asked(&service, &at.cleo, "600").await;
    decide(&service, Some(&at.max), Decision::Grant(id)).await.unwrap();
    asked(&service, &at.cleo, "600.01").await;
    asked(&service, &at.ann, "600").await;
    let other = json!({ "amount": "600", "why": "greed" });
    let other = wish(&service, &at.cleo, "refund", other, Wishes::default()).await.unwrap();
    assert!(matches!(other.ending, Ending::Waiting(_)));
    // The same arguments, otherwise written.
    let same = json!({ "why": " broken ", "amount": "600.0" });
    let same = wish(&service, &at.cleo, "refund", same, Wishes::default()).await.unwrap();
    assert_eq!(same.ending, Ending::Output);
    service.stop().await;
    assert_eq!(place.count("SELECT count(*) FROM refund"), 1);
}

async fn nobody_decides_who_may_not(place: Place) {
    let service = place.start(&compile(REFUNDS)).unwrap();
    let at = people(&service).await;
    let id = asked(&service, &at.cleo, "600").await;
    for act in [Decision::Grant(id), Decision::Deny(id)] {
        assert_eq!(decide(&service, None, act).await, Err("Unauthorized".to_owned()));
        assert_eq!(decide(&service, Some("no.good.token"), act).await, Err("Unauthorized".to_owned()));
        assert_eq!(
            decide(&service, Some(&at.cleo), act).await,
            Err("Forbidden".to_owned()),
            "its own caller"
        );
        assert_eq!(decide(&service, Some(&at.ann), act).await, Err("NotFound".to_owned()), "another clerk");
        assert_eq!(decide(&service, Some(&at.far), act).await, Err("NotFound".to_owned()), "another tenant");
    }
    let own = asked(&service, &at.max, "700").await;
    assert_eq!(decide(&service, Some(&at.max), Decision::Grant(own)).await, Err("Forbidden".to_owned()));
    for token in [&at.ann, &at.far] {
        assert_eq!(decide(&service, Some(token), Decision::Show(id)).await, Err("NotFound".to_owned()));
        let list = decide(&service, Some(token), Decision::List { after: None }).await.unwrap();
        assert_eq!(list["items"], json!([]));
    }
    let none = decide(&service, Some(&at.max), Decision::Grant(Uuid::nil())).await;
    assert_eq!(none, Err("NotFound".to_owned()));
    asked(&service, &at.cleo, "600").await;
    service.stop().await;
    assert_eq!(place.count("SELECT count(*) FROM refund"), 0);
    let tried =
        "SELECT count(*) FROM _quater_audit WHERE result = 'Forbidden' AND manner IN ('granted', 'denied')";
    assert_eq!(place.count(tried), 3, "who tries is written down");
}

async fn a_denied_call_is_refused(place: Place) {
    let service = place.start(&compile(REFUNDS)).unwrap();
    let at = people(&service).await;
    let id = asked(&service, &at.cleo, "600").await;
    decide(&service, Some(&at.max), Decision::Deny(id)).await.unwrap();
    assert_eq!(decide(&service, Some(&at.max), Decision::Grant(id)).await, Err("Conflict".to_owned()));
    let refused = refund(&service, &at.cleo, "600").await.unwrap_err();
    assert_eq!(service.program().faults[refused.fault].name, "Forbidden");
    service.stop().await;
    assert_eq!(place.count("SELECT count(*) FROM refund"), 0);
}

async fn a_request_expires(place: Place) {
    let program = compile(REFUNDS);
    let service = place.start(&program).unwrap();
    let at = people(&service).await;
    let (waits, granted) = (asked(&service, &at.cleo, "600").await, asked(&service, &at.cleo, "700").await);
    decide(&service, Some(&at.max), Decision::Grant(granted)).await.unwrap();
    service.stop().await;
    let hour = if matches!(place, Place::Postgres(_)) { "interval '1 hour'" } else { "3600000" };
    place.run(&format!("UPDATE _quater_approvals SET expires = expires - {hour}"));
    let service = place.start(&program).unwrap();
    assert_eq!(decide(&service, Some(&at.max), Decision::Grant(waits)).await, Err("Conflict".to_owned()));
    let shown = decide(&service, Some(&at.cleo), Decision::Show(granted)).await.unwrap();
    assert_eq!(shown["state"], "expired");
    assert_ne!(asked(&service, &at.cleo, "600").await, waits);
    assert_ne!(asked(&service, &at.cleo, "700").await, granted, "a grant is not good for ever");
    service.stop().await;
    assert_eq!(place.count("SELECT count(*) FROM refund"), 0);
}

async fn a_grant_lasts_until_the_call_is_done(place: Place) {
    let service = place.start(&compile(REFUNDS)).unwrap();
    let at = people(&service).await;
    let id = asked(&service, &at.cleo, "600").await;
    let key = || Wishes { key: Key::new("one"), ..Wishes::default() };
    let arguments = json!({ "amount": "600", "why": "broken" });
    let waits = wish(&service, &at.cleo, "refund", arguments.clone(), key()).await.unwrap();
    assert_eq!(waits.ending, Ending::Waiting(id), "a key keeps no waiting");
    decide(&service, Some(&at.max), Decision::Grant(id)).await.unwrap();
    let dry = Wishes { dry: true, ..Wishes::default() };
    let tried = wish(&service, &at.cleo, "refund", arguments.clone(), dry).await.unwrap();
    assert_eq!(tried.ending, Ending::DryRun);
    let first = wish(&service, &at.cleo, "refund", arguments.clone(), key()).await.unwrap();
    assert_eq!(first.ending, Ending::Output, "a dry run uses no grant up");
    let again = wish(&service, &at.cleo, "refund", arguments, key()).await.unwrap();
    assert_eq!(again, first, "a key needs no second grant");
    service.stop().await;
    assert_eq!(place.count("SELECT count(*) FROM refund"), 1);
}

async fn fifty_at_once_use_one_grant_once(place: Place) {
    let service = place.start(&compile(REFUNDS)).unwrap();
    let at = people(&service).await;
    let many = |service: &Service| {
        let calls = (0..50).map(|_| {
            let (service, cleo) = (service.clone(), at.cleo.clone());
            tokio::spawn(async move { refund(&service, &cleo, "600").await })
        });
        calls.collect::<Vec<_>>()
    };
    let mut ids = Vec::new();
    for call in many(&service) {
        let Ending::Waiting(id) = call.await.unwrap().unwrap().ending else { panic!("it has to wait") };
        ids.push(id);
    }
    assert!(ids.iter().all(|id| *id == ids[0]), "one request for them all");
    decide(&service, Some(&at.max), Decision::Grant(ids[0])).await.unwrap();
    let mut done = 0;
    for call in many(&service) {
        done += usize::from(call.await.unwrap().is_ok_and(|answer| answer.ending == Ending::Output));
    }
    assert_eq!(done, 1);
    service.stop().await;
    assert_eq!(place.count("SELECT count(*) FROM refund"), 1);
}

async fn requests_survive_a_restart_and_are_listed(place: Place) {
    let program = compile(REFUNDS);
    let service = place.start(&program).unwrap();
    let at = people(&service).await;
    let mut ids = Vec::new();
    for amount in 0..101 {
        ids.push(asked(&service, &at.cleo, &format!("{}", 600 + amount)).await);
    }
    service.stop().await;
    let service = place.start(&program).unwrap();
    for token in [&at.cleo, &at.max] {
        let page = decide(&service, Some(token), Decision::List { after: None }).await.unwrap();
        let seen: Vec<&Json> = page["items"].as_array().unwrap().iter().map(|it| &it["approval"]).collect();
        let wanted: Vec<Json> = ids.iter().take(100).map(|id| json!(id)).collect();
        assert_eq!(seen, wanted.iter().collect::<Vec<_>>());
        let last = Uuid::try_parse(page["next"].as_str().unwrap()).unwrap();
        let page = decide(&service, Some(token), Decision::List { after: Some(last) }).await.unwrap();
        assert_eq!((&page["items"][0]["approval"], &page["next"]), (&json!(ids[100]), &Json::Null));
    }
    assert_eq!(asked(&service, &at.cleo, "600").await, ids[0], "the same across processes");
    service.stop().await;
}
