//! Answers that nobody waits for, because they are foreseen: where one comes out otherwise, the call comes to the
//! same as if it had been waited for.
use super::place::{Place, on};
use super::{LEDGER, call, compile, fault, join};
use serde_json::json;

const SHELF: &str = include_str!("foreseen.qtr");

on!(file, postgres => [
    the_first_mistake_is_told,
    who_a_caller_is_is_looked_at_in_each_call,
]);

mod there {
    super::on!(@ postgres [what_the_database_makes_of_a_row_counts]);
}

async fn the_first_mistake_is_told(place: Place) {
    let service = place.start(&compile(SHELF)).unwrap();
    let pair = async |one: &str, other: &str, stock: i64| {
        let arguments = json!({ "one": one, "other": other, "stock": stock });
        fault(&service, call(&service, None, "add_pair", arguments).await)
    };
    assert_eq!(pair("nail", "hook", 10).await, "ok null");
    // Often enough that answers are waited for in between, because they came out otherwise too often.
    for _ in 0..20 {
        assert_eq!(pair("pin", "hook", 10).await, "CodeTaken");
        assert_eq!(pair("pin", "nail", 3).await, "CodeTaken");
        assert_eq!(pair("pin", "pin", 10).await, "CodeTaken");
        assert_eq!(pair("pin", "tack", 3).await, "Odd");
    }
    assert_eq!(place.count("SELECT count(*) FROM item"), 2);
    assert_eq!(pair("pin", "tack", 4).await, "ok null");
    let take = async |many: i64| {
        let taken = call(&service, None, "take", json!({ "code": "nail", "many": many })).await;
        fault(&service, taken)
    };
    assert_eq!(take(2).await, r#"ok {"left":6}"#);
    assert_eq!(take(4).await, "Scarce");
    assert_eq!(take(7).await, "Invalid");
    assert_eq!(place.count("SELECT stock FROM item WHERE code = 'nail'"), 6);
    assert_eq!(place.count("SELECT count(*) FROM taking"), 2);
    service.stop().await;
    let kept = "SELECT count(*) FROM _quater_audit WHERE result = 'CodeTaken'";
    assert_eq!(place.count(kept), 60);
}

/// A trigger puts a tenth back: what is foreseen is not what is written.
async fn what_the_database_makes_of_a_row_counts(place: Place) {
    let service = place.start(&compile(SHELF)).unwrap();
    call(&service, None, "add", json!({ "code": "nail", "stock": 100 })).await.unwrap();
    place.run(
        "CREATE FUNCTION back() RETURNS trigger LANGUAGE plpgsql AS
         $$ BEGIN NEW.stock := NEW.stock + 1; RETURN NEW; END $$;
         CREATE TRIGGER back BEFORE UPDATE ON item FOR EACH ROW EXECUTE FUNCTION back()",
    );
    for left in [82, 64, 46] {
        let taken = call(&service, None, "take", json!({ "code": "nail", "many": 10 })).await.unwrap();
        assert_eq!(taken, json!({ "left": left }));
        assert_eq!(place.count("SELECT stock FROM item"), left);
    }
    assert_eq!(place.count("SELECT count(*) FROM taking"), 6);
    service.stop().await;
}

async fn who_a_caller_is_is_looked_at_in_each_call(place: Place) {
    let service = place.start(&compile(LEDGER)).unwrap();
    let (clerk, _) = join(&service, "cleo", "clerk").await;
    let (_, holder) = join(&service, "ann", "customer").await;
    let open = json!({ "code": "AA-001", "holder": holder, "note": "watch out" });
    let account = call(&service, Some(&clerk), "open_account", open).await.unwrap()["id"].clone();
    let look = async || {
        let looked = call(&service, Some(&clerk), "get_account", json!({ "account": account })).await;
        looked.map(|card| card["note"].clone()).map_err(|refusal| refusal.fault)
    };
    let told = async || match look().await {
        Ok(note) => note.to_string(),
        Err(fault) => service.program().faults[fault].name.to_string(),
    };
    let mut heard = Vec::new();
    for role in ["clerk", "customer", "customer", "clerk", "clerk"] {
        place.run(&format!("UPDATE person SET role = '{role}' WHERE name = 'cleo'"));
        heard.push(told().await);
    }
    place.run("DELETE FROM person WHERE name = 'cleo'");
    heard.push(told().await);
    let note = r#""watch out""#;
    assert_eq!(heard, [note, "NotFound", "NotFound", note, note, "Unauthorized"]);
    service.stop().await;
    // Each call has one record, whatever was supposed on the way.
    assert_eq!(place.count("SELECT count(*) FROM _quater_audit WHERE operation = 'get_account'"), 6);
    assert_eq!(
        place.count("SELECT count(*) FROM _quater_audit WHERE operation = 'get_account' AND actor IS NULL"),
        1
    );
}
