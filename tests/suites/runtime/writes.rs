//! Writes: whole or not at all, one at a time, and each with its record.
use super::place::{Place, on};
use super::{LEDGER, STORED, call, compile, fault, join};
use quater_ir::body::{Raise, Statement};
use quater_ir::expr::{Compare, Expr, Node};
use quater_ir::fault::NOT_FOUND;
use quater_ir::types::Type;
use quater_ir::value::Literal;
use quater_runtime::Service;
use serde_json::json;
use std::sync::Arc;

on!(file, postgres => [
    constraints_are_faults,
    concurrent_writers_lose_nothing,
    a_panic_leaves_nothing_and_the_thread_lives,
    every_call_leaves_one_record,
    concurrent_upserts_make_one_row,
    batches_are_committed_on_the_way,
]);

mod memory {
    super::on!(@ memory [constraints_are_faults]);
}

async fn concurrent_upserts_make_one_row(place: Place) {
    let service = place.start(&compile(STORED)).unwrap();
    let hits = (0..64).map(|_| {
        let service = service.clone();
        tokio::spawn(async move { call(&service, None, "hit", json!({ "word": "w" })).await })
    });
    let mut counts = Vec::new();
    for hit in hits.collect::<Vec<_>>() {
        counts.push(hit.await.unwrap().unwrap()["n"].as_i64().unwrap());
    }
    counts.sort_unstable();
    assert_eq!(counts, (1..=64).collect::<Vec<i64>>());
    service.stop().await;
    assert_eq!(place.rows("SELECT word, n FROM counter"), ["w|64"]);
}

async fn batches_are_committed_on_the_way(place: Place) {
    let service = place.start(&compile(STORED)).unwrap();
    for word in ["a", "b", "c", "c"] {
        call(&service, None, "hit", json!({ "word": word })).await.unwrap();
    }
    let sweep = async |bad: i64| fault(&service, call(&service, None, "sweep", json!({ "bad": bad })).await);
    assert_eq!(sweep(2).await, "Invalid");
    let kept = "SELECT word, n FROM counter ORDER BY word";
    assert_eq!(place.rows(kept), ["a|11", "b|11", "c|2"]);
    assert_eq!(sweep(0).await, "ok null");
    assert_eq!(place.rows(kept), ["a|21", "b|21", "c|12"]);
    service.stop().await;
    assert_eq!(place.count("SELECT count(*) FROM _quater_audit WHERE operation = 'sweep'"), 2);
}

async fn two_accounts(service: &Service, clerk: &str, holder: &str) {
    for (code, balance) in [("AA-001", "100.00"), ("BB-002", "0.00")] {
        let arguments = json!({ "code": code, "holder": holder, "balance": balance });
        call(service, Some(clerk), "open_account", arguments).await.unwrap();
    }
}

fn moved(amount: &str, times: usize) -> serde_json::Value {
    json!({ "moves": vec![json!({ "from": "AA-001", "to": "BB-002", "amount": amount }); times] })
}

async fn constraints_are_faults(place: Place) {
    let service = place.start(&compile(LEDGER)).unwrap();
    let (clerk, id) = join(&service, "cleo", "clerk").await;
    two_accounts(&service, &clerk, &id).await;
    let again = json!({ "code": "AA-001", "holder": id });
    assert_eq!(fault(&service, call(&service, Some(&clerk), "open_account", again).await), "CodeTaken");
    let stranger = json!({ "code": "CC-003", "holder": "00000000-0000-7000-8000-000000000000" });
    assert_eq!(fault(&service, call(&service, Some(&clerk), "open_account", stranger).await), "NotFound");
    let poor = call(&service, Some(&clerk), "transfer", moved("60.00", 2)).await.unwrap_err();
    assert_eq!(poor.message, "`AA-001` has only 40.00");
    assert_eq!(poor.payload.unwrap(), r#"{"code":"AA-001","left":"40.00"}"#);
    let after = call(&service, Some(&clerk), "list_accounts", json!({})).await.unwrap();
    assert_eq!((after[0]["balance"].clone(), after[1]["balance"].clone()), (json!("100.00"), json!("0.00")));
    service.stop().await;
}

async fn concurrent_writers_lose_nothing(place: Place) {
    let service = place.start(&compile(LEDGER)).unwrap();
    let (clerk, id) = join(&service, "cleo", "clerk").await;
    two_accounts(&service, &clerk, &id).await;
    let calls = (0..150).map(|_| {
        let (service, clerk) = (service.clone(), clerk.clone());
        tokio::spawn(async move {
            fault(&service, call(&service, Some(&clerk), "transfer", moved("1.00", 1)).await)
        })
    });
    let mut done = 0;
    for call in calls.collect::<Vec<_>>() {
        let result = call.await.unwrap();
        done += usize::from(result.starts_with("ok"));
        assert!(result.starts_with("ok") || result == "TooPoor", "{result}");
    }
    assert_eq!(done, 100, "there are a hundred to move");
    let after = call(&service, Some(&clerk), "list_accounts", json!({})).await.unwrap();
    assert_eq!((after[0]["balance"].clone(), after[1]["balance"].clone()), (json!("0.00"), json!("100.00")));
    service.stop().await;
    let count = |sql: &str| place.count(sql);
    assert_eq!(count("SELECT count(*) FROM entry"), 200);
    assert_eq!(
        count("SELECT count(*) FROM _quater_audit WHERE operation = 'transfer' AND result = 'ok'"),
        100
    );
    assert_eq!(
        count("SELECT count(*) FROM _quater_audit WHERE operation = 'transfer' AND result = 'TooPoor'"),
        50
    );
}

/// A program that panics, in a build with assertions, at the end of one operation: numbers and texts
/// have no order.
fn panicking() -> Arc<quater_ir::Program> {
    let mut program = Arc::unwrap_or_clone(compile(LEDGER));
    let (id, _) = program.operations.iter().find(|(_, it)| it.name == "transfer").unwrap();
    let side = |literal, ty| Box::new(Expr::new(Node::Literal(literal), ty));
    let (number, text) = (side(Literal::Int(1), Type::INT), side(Literal::Text("a".into()), Type::TEXT));
    let condition = Expr::new(Node::Compare(Compare::Less, number, text), Type::Bool);
    let otherwise = Raise { fault: NOT_FOUND, arguments: Vec::new() };
    let at = program.operations[id].body.block.len() - 2;
    program.operations[id].body.block.insert(at, Statement::Require { condition, otherwise });
    Arc::new(program)
}

async fn a_panic_leaves_nothing_and_the_thread_lives(place: Place) {
    let service = place.start(&panicking()).unwrap();
    let (clerk, id) = join(&service, "cleo", "clerk").await;
    two_accounts(&service, &clerk, &id).await;
    for _ in 0..3 {
        let result = call(&service, Some(&clerk), "transfer", moved("1.00", 1)).await;
        assert_eq!(fault(&service, result), "Internal");
    }
    let after = call(&service, Some(&clerk), "list_accounts", json!({})).await.unwrap();
    assert_eq!(after[0]["balance"], "100.00");
    service.stop().await;
    let count = |sql: &str| place.count(sql);
    assert_eq!(count("SELECT count(*) FROM entry"), 0);
    assert_eq!(count("SELECT count(*) FROM _quater_audit WHERE result = 'Internal'"), 3);
}

async fn every_call_leaves_one_record(place: Place) {
    let service = place.start(&compile(LEDGER)).unwrap();
    let (clerk, id) = join(&service, "cleo", "clerk").await;
    let (ann, _) = join(&service, "ann", "customer").await;
    two_accounts(&service, &clerk, &id).await;
    let results = [
        call(&service, None, "list_accounts", json!({})).await,
        call(&service, Some("no.good.token"), "join", json!({ "name": "eve" })).await,
        call(&service, Some(&ann), "lift", json!({})).await,
        call(&service, Some(&ann), "list_accounts", json!({})).await,
        call(&service, Some(&clerk), "list_accounts", json!({ "only": "none" })).await,
    ];
    let names: Vec<String> = results.into_iter().map(|it| fault(&service, it)).collect();
    assert_eq!(names, ["Unauthorized", "Unauthorized", "Forbidden", "ok []", "Invalid"]);
    service.stop().await;
    let records = place.rows(
        "SELECT operation, result, CASE WHEN actor IS NULL THEN '-' ELSE 'actor' END, \
         CASE WHEN arguments IS NULL THEN '-' ELSE 'arguments' END FROM _quater_audit \
         WHERE operation IN ('list_accounts', 'lift') OR result <> 'ok' ORDER BY id",
    );
    assert_eq!(
        records,
        [
            "list_accounts|Unauthorized|-|-",
            "join|Unauthorized|-|-",
            "lift|Forbidden|actor|-",
            "list_accounts|ok|actor|arguments",
            "list_accounts|Invalid|actor|-",
        ]
    );
}
