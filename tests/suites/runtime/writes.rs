//! Writes: whole or not at all, one at a time, and each with its record.
use super::{LEDGER, call, compile, fault, join, start};
use quater_ir::body::{Raise, Statement};
use quater_ir::expr::{Compare, Expr, Node};
use quater_ir::fault::NOT_FOUND;
use quater_ir::types::Type;
use quater_ir::value::Literal;
use quater_runtime::Service;
use rusqlite::Connection;
use serde_json::json;
use std::sync::Arc;

async fn two_accounts(service: &Service, clerk: &str, holder: &str) {
    for (code, balance) in [("AA-001", "100.00"), ("BB-002", "0.00")] {
        let arguments = json!({ "code": code, "holder": holder, "balance": balance });
        call(service, Some(clerk), "open_account", arguments).await.unwrap();
    }
}

fn moved(amount: &str, times: usize) -> serde_json::Value {
    json!({ "moves": vec![json!({ "from": "AA-001", "to": "BB-002", "amount": amount }); times] })
}

#[tokio::test]
async fn constraints_are_faults() {
    for url in ["sqlite:ledger.db", "sqlite::memory:"] {
        let folder = tempfile::tempdir().unwrap();
        let service = start(&compile(LEDGER), folder.path(), url).unwrap();
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
        assert_eq!(
            (after[0]["balance"].clone(), after[1]["balance"].clone()),
            (json!("100.00"), json!("0.00"))
        );
        service.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_writers_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let service = start(&compile(LEDGER), folder.path(), "sqlite:ledger.db").unwrap();
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
    let database = Connection::open(folder.path().join("ledger.db")).unwrap();
    let count = |sql: &str| database.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
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

#[tokio::test]
async fn a_panic_leaves_nothing_and_the_thread_lives() {
    let folder = tempfile::tempdir().unwrap();
    let service = start(&panicking(), folder.path(), "sqlite:ledger.db").unwrap();
    let (clerk, id) = join(&service, "cleo", "clerk").await;
    two_accounts(&service, &clerk, &id).await;
    for _ in 0..3 {
        let result = call(&service, Some(&clerk), "transfer", moved("1.00", 1)).await;
        assert_eq!(fault(&service, result), "Internal");
    }
    let after = call(&service, Some(&clerk), "list_accounts", json!({})).await.unwrap();
    assert_eq!(after[0]["balance"], "100.00");
    service.stop().await;
    let database = Connection::open(folder.path().join("ledger.db")).unwrap();
    let count = |sql: &str| database.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(count("SELECT count(*) FROM entry"), 0);
    assert_eq!(count("SELECT count(*) FROM _quater_audit WHERE result = 'Internal'"), 3);
}

#[tokio::test]
async fn every_call_leaves_one_record() {
    let folder = tempfile::tempdir().unwrap();
    let service = start(&compile(LEDGER), folder.path(), "sqlite:ledger.db").unwrap();
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
    let database = Connection::open(folder.path().join("ledger.db")).unwrap();
    let sql = "SELECT operation, result, actor IS NOT NULL, arguments IS NOT NULL FROM _quater_audit
               WHERE operation IN ('list_accounts', 'lift') OR result <> 'ok' ORDER BY id";
    let mut rows = database.prepare(sql).unwrap();
    let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
    let records: Vec<(String, String, bool, bool)> =
        rows.query_map([], row).unwrap().map(Result::unwrap).collect();
    let record = |operation: &str, result: &str, actor, arguments| {
        (operation.to_owned(), result.to_owned(), actor, arguments)
    };
    assert_eq!(
        records,
        [
            record("list_accounts", "Unauthorized", false, false),
            record("join", "Unauthorized", false, false),
            record("lift", "Forbidden", true, false),
            record("list_accounts", "ok", true, true),
            record("list_accounts", "Invalid", true, false),
        ]
    );
}
