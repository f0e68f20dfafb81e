//! Keys and dry runs: a call is done once, or not at all.
use super::place::{Place, on};
use super::{compile, join_as};
use quater_ir::operation::Door;
use quater_runtime::{
    Answer, Call, Ending, Entry, Identity, Input, Key, Refusal, RequestId, Service, Wishes,
};
use serde_json::{Value as Json, json};

pub(crate) const REFUNDS: &str = include_str!("refunds.qtr");

on!(file, postgres => [
    a_key_gives_the_first_result_again,
    a_hundred_at_once_make_one,
    a_refusal_of_the_body_is_kept_too,
    a_key_belongs_to_its_caller_and_operation,
    results_are_forgotten_after_a_day,
    a_dry_run_tells_its_effects_and_leaves_none,
    dry_runs_and_writes_do_not_mix,
    tables_of_an_earlier_build_are_completed,
]);

mod memory {
    super::on!(@ memory [a_key_gives_the_first_result_again, a_dry_run_tells_its_effects_and_leaves_none]);
}

/// A call with a wish, through MCP's way in.
pub(crate) async fn wish(
    service: &Service,
    token: &str,
    name: &str,
    arguments: Json,
    wishes: Wishes,
) -> Result<Answer, Refusal> {
    let (operation, _) = service.program().operations.iter().find(|(_, it)| it.name == name).unwrap();
    let Json::Object(members) = arguments else { panic!("arguments are an object") };
    let identity = Identity::bearer(token);
    let (door, entry, request) = (Door::Mcp, Entry::Remote, RequestId::fresh());
    let input = Input::Object(members);
    service.invoke(Call { operation, door, entry, input, identity, request, ip: None, wishes }).await
}

fn key(text: &str) -> Wishes {
    Wishes { key: Some(Key::new(text).unwrap()), ..Wishes::default() }
}

fn dry() -> Wishes {
    Wishes { dry: true, ..Wishes::default() }
}

fn payment(amount: &str) -> Json {
    json!({ "amount": amount, "why": "broken", "labels": { "kind": "a", "size": "b" } })
}

async fn a_key_gives_the_first_result_again(place: Place) {
    let program = compile(REFUNDS);
    let service = place.start(&program).unwrap();
    let (cleo, _) = join_as(&service, json!({ "name": "cleo", "branch": "north" })).await;
    let first = wish(&service, &cleo, "pay", payment("5.00"), key("a-1")).await.unwrap();
    let turned = json!({ "labels": { "size": "b", "kind": "a" }, "why": " broken ", "amount": "5" });
    let again = wish(&service, &cleo, "pay", turned, key("a-1")).await.unwrap();
    assert_eq!(first, again, "byte for byte");
    let other = wish(&service, &cleo, "pay", payment("5.01"), key("a-1")).await.unwrap_err();
    assert_eq!(program.faults[other.fault].name, "Conflict");
    assert!(other.message.contains("other arguments"), "{}", other.message);
    assert_ne!(wish(&service, &cleo, "pay", payment("5.00"), key("a-2")).await.unwrap(), first);
    let unfit = wish(&service, &cleo, "take_back", json!({ "of": "1" }), key("a-3")).await.unwrap_err();
    assert_eq!(unfit.message, "`take_back` is not idempotent: it takes no key");
    wish(&service, &cleo, "list_refunds", json!({}), key("a-4")).await.unwrap();
    service.stop().await;
    if matches!(place, Place::Memory) {
        return;
    }
    assert_eq!(place.count("SELECT count(*) FROM refund"), 2);
    let manners =
        "SELECT result, coalesce(manner, '-') FROM _quater_audit WHERE operation = 'pay' ORDER BY id";
    let mut manners = place.rows(manners);
    manners.sort();
    assert_eq!(manners, ["Conflict|replayed", "ok|-", "ok|-", "ok|replayed"]);
    let kept = place.rows("SELECT * FROM _quater_calls").join("\n");
    assert!(!kept.contains("a-1") && !kept.contains("broken"), "{kept}");
    let service = place.start(&program).unwrap();
    assert_eq!(
        wish(&service, &cleo, "pay", payment("5.00"), key("a-1")).await.unwrap(),
        first,
        "after a restart"
    );
    service.stop().await;
}

async fn a_hundred_at_once_make_one(place: Place) {
    let service = place.start(&compile(REFUNDS)).unwrap();
    let (cleo, _) = join_as(&service, json!({ "name": "cleo", "branch": "north" })).await;
    let calls = (0..100).map(|_| {
        let (service, cleo) = (service.clone(), cleo.clone());
        tokio::spawn(async move { wish(&service, &cleo, "pay", payment("7.00"), key("same")).await })
    });
    let mut answers = Vec::new();
    for call in calls.collect::<Vec<_>>() {
        answers.push(call.await.unwrap().unwrap());
    }
    assert!(answers.iter().all(|it| *it == answers[0]));
    service.stop().await;
    assert_eq!(place.count("SELECT count(*) FROM refund"), 1);
    assert_eq!(place.count("SELECT count(*) FROM line"), 2);
    let audit = |manner: &str| {
        place
            .count(&format!("SELECT count(*) FROM _quater_audit WHERE operation = 'pay' AND manner {manner}"))
    };
    assert_eq!((audit("IS NULL"), audit("= 'replayed'")), (1, 99));
}

async fn a_refusal_of_the_body_is_kept_too(place: Place) {
    let program = compile(REFUNDS);
    let service = place.start(&program).unwrap();
    let (cleo, _) = join_as(&service, json!({ "name": "cleo", "branch": "north" })).await;
    let never = json!({ "amount": "1", "why": "never", "labels": {} });
    let first = wish(&service, &cleo, "pay", never.clone(), key("n")).await.unwrap_err();
    assert_eq!(first.violations[0].pointer, "/why");
    assert_eq!(wish(&service, &cleo, "pay", never, key("n")).await.unwrap_err(), first);
    for at in 0..150 {
        wish(&service, &cleo, "pay", payment("1.00"), key(&format!("fill-{at}"))).await.unwrap();
    }
    let full = wish(&service, &cleo, "pay", payment("3.00"), key("full")).await.unwrap_err();
    assert_eq!(full.payload.as_deref(), Some(&br#"{"left":"3.00"}"#[..]));
    wish(&service, &cleo, "take_back", json!({ "of": "1" }), Wishes::default()).await.unwrap();
    assert_eq!(wish(&service, &cleo, "pay", payment("3.00"), key("full")).await.unwrap_err(), full);
    wish(&service, &cleo, "pay", payment("3.00"), key("full-again")).await.unwrap();
    service.stop().await;
}

async fn a_key_belongs_to_its_caller_and_operation(place: Place) {
    let service = place.start(&compile(REFUNDS)).unwrap();
    let (cleo, _) = join_as(&service, json!({ "name": "cleo", "branch": "north" })).await;
    let (ann, _) = join_as(&service, json!({ "name": "ann", "branch": "north" })).await;
    let first = wish(&service, &cleo, "pay", payment("2.00"), key("k")).await.unwrap();
    assert_ne!(wish(&service, &ann, "pay", payment("2.00"), key("k")).await.unwrap(), first);
    let other = json!({ "amount": "2", "why": "broken" });
    assert_eq!(wish(&service, &cleo, "refund", other, key("k")).await.unwrap().ending, Ending::Output);
    service.stop().await;
    assert_eq!(place.count("SELECT count(*) FROM refund"), 3);
}

async fn results_are_forgotten_after_a_day(place: Place) {
    let program = compile(REFUNDS);
    let service = place.start(&program).unwrap();
    let (cleo, _) = join_as(&service, json!({ "name": "cleo", "branch": "north" })).await;
    let first = wish(&service, &cleo, "pay", payment("2.00"), key("k")).await.unwrap();
    let old = wish(&service, &cleo, "pay", payment("2.00"), key("old")).await.unwrap();
    service.stop().await;
    let day = if matches!(place, Place::Postgres(_)) { "interval '1 day'" } else { "86400000" };
    let back = |rows: &str| place.run(&format!("UPDATE _quater_calls SET expires = expires - {day} {rows}"));
    back("");
    let service = place.start(&program).unwrap();
    assert_ne!(wish(&service, &cleo, "pay", payment("2.00"), key("old")).await.unwrap(), old);
    assert_ne!(wish(&service, &cleo, "pay", payment("2.00"), key("k")).await.unwrap(), first);
    service.stop().await;
    assert_eq!(place.count("SELECT count(*) FROM _quater_calls"), 2, "what is over is swept");
}

async fn a_dry_run_tells_its_effects_and_leaves_none(place: Place) {
    let service = place.start(&compile(REFUNDS)).unwrap();
    let (cleo, _) = join_as(&service, json!({ "name": "cleo", "branch": "north" })).await;
    let tried =
        wish(&service, &cleo, "pay", payment("5.00"), Wishes { dry: true, ..key("d") }).await.unwrap();
    assert_eq!(tried.ending, Ending::DryRun);
    let told: Json = serde_json::from_slice(&tried.body).unwrap();
    assert_eq!((&told["dry_run"], &told["waits"]), (&json!(true), &json!(false)));
    assert!(told["result"]["refund"].is_string(), "{told}");
    let effect = |entity: &str, created: u64, deleted: u64| json!({ "entity": entity, "created": created, "updated": 0, "deleted": deleted });
    assert_eq!(told["effects"], json!([effect("Refund", 1, 0), effect("Line", 2, 0)]));
    let list = wish(&service, &cleo, "list_refunds", json!({}), Wishes::default()).await.unwrap();
    assert_eq!(&list.body[..], b"[]");
    wish(&service, &cleo, "pay", payment("5.00"), key("d")).await.unwrap();
    let back = wish(&service, &cleo, "take_back", json!({ "of": "5" }), dry()).await.unwrap();
    let told: Json = serde_json::from_slice(&back.body).unwrap();
    assert_eq!(
        (&told["result"], &told["effects"]),
        (&json!({ "gone": 1 }), &json!([effect("Refund", 0, 1)]))
    );
    let read = wish(&service, &cleo, "list_refunds", json!({}), dry()).await.unwrap();
    let told: Json = serde_json::from_slice(&read.body).unwrap();
    assert_eq!((told["result"].as_array().unwrap().len(), &told["effects"]), (1, &json!([])));
    let waits = json!({ "amount": "501", "why": "broken" });
    let waits = wish(&service, &cleo, "refund", waits, dry()).await.unwrap();
    assert_eq!(serde_json::from_slice::<Json>(&waits.body).unwrap()["waits"], true);
    let never = json!({ "amount": "1", "why": "never", "labels": {} });
    wish(&service, &cleo, "pay", never, dry()).await.unwrap_err();
    service.stop().await;
    if matches!(place, Place::Memory) {
        return;
    }
    assert_eq!(place.count("SELECT count(*) FROM refund"), 1);
    assert_eq!(place.count("SELECT count(*) FROM _quater_approvals"), 0);
    let mut audit = place.rows("SELECT operation, result FROM _quater_audit WHERE manner = 'dry run'");
    audit.sort();
    assert_eq!(audit, ["list_refunds|ok", "pay|Invalid", "pay|ok", "refund|ok", "take_back|ok"]);
}

async fn dry_runs_and_writes_do_not_mix(place: Place) {
    let service = place.start(&compile(REFUNDS)).unwrap();
    let (cleo, _) = join_as(&service, json!({ "name": "cleo", "branch": "north" })).await;
    let calls = (0..120).map(|at| {
        let (service, cleo) = (service.clone(), cleo.clone());
        let wishes = if at % 2 == 0 { dry() } else { Wishes::default() };
        tokio::spawn(async move { wish(&service, &cleo, "pay", payment("1.00"), wishes).await.unwrap() })
    });
    for (at, call) in calls.collect::<Vec<_>>().into_iter().enumerate() {
        assert_eq!(call.await.unwrap().ending == Ending::DryRun, at % 2 == 0);
    }
    service.stop().await;
    assert_eq!(place.count("SELECT count(*) FROM refund"), 60);
    assert_eq!(place.count("SELECT count(*) FROM line"), 120);
    assert_eq!(place.count("SELECT count(*) FROM _quater_audit WHERE manner = 'dry run'"), 60);
}

async fn tables_of_an_earlier_build_are_completed(place: Place) {
    let program = compile(REFUNDS);
    place.start(&program).unwrap().stop().await;
    place.run("DROP TABLE _quater_calls; DROP TABLE _quater_approvals; ALTER TABLE _quater_audit DROP COLUMN manner");
    let service = place.start(&program).unwrap();
    let (cleo, _) = join_as(&service, json!({ "name": "cleo", "branch": "north" })).await;
    let first = wish(&service, &cleo, "pay", payment("2.00"), key("k")).await.unwrap();
    assert_eq!(wish(&service, &cleo, "pay", payment("2.00"), key("k")).await.unwrap(), first);
    let waits = json!({ "amount": "501", "why": "broken" });
    let waits = wish(&service, &cleo, "refund", waits, Wishes::default()).await.unwrap();
    assert!(matches!(waits.ending, Ending::Waiting(_)));
    service.stop().await;
}
