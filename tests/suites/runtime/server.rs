//! A server that is away, slow or in two minds: what callers are told, and what then is left.
use super::place::{Place, on, start};
use super::{LEDGER, call, compile, fault, join};
use quater_ir::Program;
use quater_runtime::{Service, StartError};
use quater_tests::postgres::Database;
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

const SEATS: &str = include_str!("seats.qtr");

/// Ends every connection but its own.
const CUT: &str = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
                   WHERE datname = current_database() AND pid <> pg_backend_pid()";

/// Ends the service's connections, and waits for their end.
fn cut(database: &Database) {
    database.rows(CUT);
    let others = "SELECT count(*) FROM pg_stat_activity \
                  WHERE datname = current_database() AND pid <> pg_backend_pid()";
    while database.count(others) > 0 {
        std::thread::sleep(Duration::from_millis(10));
    }
    std::thread::sleep(Duration::from_millis(20));
}

fn service(program: &Arc<Program>, url: &str) -> Service {
    start(program, Path::new("."), url).unwrap()
}

/// A clerk with two accounts.
async fn books(service: &Service) -> String {
    let (clerk, id) = join(service, "cleo", "clerk").await;
    for code in ["AA-001", "BB-002"] {
        let arguments = json!({ "code": code, "holder": id, "balance": "500.00" });
        call(service, Some(&clerk), "open_account", arguments).await.unwrap();
    }
    clerk
}

async fn pay(service: &Service, clerk: &str, from: &str, to: &str) -> String {
    let moves = json!({ "moves": [{ "from": from, "to": to, "amount": "1.00" }] });
    let result = call(service, Some(clerk), "transfer", moves).await;
    fault(service, result)
}

on!(file, postgres => [who_decides_by_what_it_has_read_does_so_alone]);

/// Forty at once for five seats: each counts before it takes one, and none may count what is gone.
async fn who_decides_by_what_it_has_read_does_so_alone(place: Place) {
    let service = place.start(&compile(SEATS)).unwrap();
    let claims = (0..40).map(|at| {
        let service = service.clone();
        tokio::spawn(async move {
            let result = call(&service, None, "claim", json!({ "who": format!("guest {at}") })).await;
            fault(&service, result)
        })
    });
    let mut told = Vec::new();
    for claim in claims.collect::<Vec<_>>() {
        told.push(claim.await.unwrap());
    }
    told.sort();
    let full = told.iter().filter(|it| *it == "Full").count();
    assert_eq!(full, 35, "{told:?}");
    service.stop().await;
    assert_eq!(place.count("SELECT count(*) FROM seat"), 5);
    assert_eq!(place.count("SELECT count(*) FROM _quater_audit"), 40);
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_that_lock_each_other_out_are_done_again() {
    let Some(database) = Database::fresh() else { return };
    let soon = database.url_with("options=-cdeadlock_timeout%3D20ms");
    let service = service(&compile(LEDGER), &soon);
    let clerk = books(&service).await;
    let payments = (0..80).map(|at| {
        let (service, clerk) = (service.clone(), clerk.clone());
        let (from, to) = if at % 2 == 0 { ("AA-001", "BB-002") } else { ("BB-002", "AA-001") };
        tokio::spawn(async move { pay(&service, &clerk, from, to).await })
    });
    for payment in payments.collect::<Vec<_>>() {
        let told = payment.await.unwrap();
        assert!(told.starts_with("ok"), "{told}");
    }
    service.stop().await;
    assert!(database.count("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()") >= 0);
    assert_eq!(database.rows("SELECT DISTINCT balance FROM account"), ["500.00"]);
    assert_eq!(database.count("SELECT count(*) FROM entry"), 160);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_connection_is_told_and_replaced() {
    let Some(database) = Database::fresh() else { return };
    let service = service(&compile(LEDGER), &database.url_with("pool=1"));
    let clerk = books(&service).await;
    cut(&database);
    assert!(pay(&service, &clerk, "AA-001", "BB-002").await.starts_with("ok"), "it was idle");
    let held = database.hold("SELECT * FROM account FOR UPDATE");
    let waiting = tokio::spawn({
        let (service, clerk) = (service.clone(), clerk.clone());
        async move { pay(&service, &clerk, "AA-001", "BB-002").await }
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    let cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE wait_event_type = 'Lock' \
               AND datname = current_database()";
    assert_eq!(database.count(cut), 1);
    assert_eq!(waiting.await.unwrap(), "Unavailable", "it was under way");
    drop(held);
    assert!(pay(&service, &clerk, "AA-001", "BB-002").await.starts_with("ok"), "the next one works");
    service.stop().await;
    assert_eq!(database.rows("SELECT balance FROM account ORDER BY code"), ["498.00", "502.00"]);
    let records = database.rows(
        "SELECT result, count(*) FROM _quater_audit WHERE operation = 'transfer' GROUP BY 1 ORDER BY 1",
    );
    assert_eq!(records, ["Unavailable|1", "ok|2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_takes_too_long_is_given_up() {
    let Some(database) = Database::fresh() else { return };
    let service = service(&compile(LEDGER), &database.url_with("statement_timeout=200ms"));
    let clerk = books(&service).await;
    let held = database.hold("SELECT * FROM account FOR UPDATE");
    let begun = Instant::now();
    assert_eq!(pay(&service, &clerk, "AA-001", "BB-002").await, "Unavailable");
    assert!(begun.elapsed() < Duration::from_secs(4), "{:?}", begun.elapsed());
    drop(held);
    assert!(pay(&service, &clerk, "AA-001", "BB-002").await.starts_with("ok"));
    service.stop().await;
}

/// Reads share connections, and no thread waits for them: a lost one and a caller who leaves are told apart.
#[tokio::test(flavor = "multi_thread")]
async fn single_reads_share_connections() {
    let Some(database) = Database::fresh() else { return };
    let service = service(&compile(LEDGER), &database.url_with("pool=1"));
    let clerk = books(&service).await;
    let list = |service: &Service| {
        let (service, clerk) = (service.clone(), clerk.clone());
        tokio::spawn(async move { call(&service, Some(&clerk), "list_accounts", json!({})).await })
    };
    let many = (0..100).map(|_| list(&service)).collect::<Vec<_>>();
    for one in many {
        assert!(one.await.unwrap().is_ok());
    }
    let connections = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
                       AND application_name = 'quater'";
    assert_eq!(database.count(connections), 3, "one that is shared, a worker's, the recorder's");
    let held = database.hold("LOCK TABLE account IN ACCESS EXCLUSIVE MODE");
    let waiting = [list(&service), list(&service)];
    let waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' \
                 AND datname = current_database()";
    while database.count(waits) == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let [left, lost] = waiting;
    left.abort();
    assert!(left.await.unwrap_err().is_cancelled());
    let cut = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE wait_event_type = 'Lock' \
               AND datname = current_database()";
    assert_eq!(database.count(cut), 1);
    let lost = lost.await.unwrap();
    assert_eq!(fault(&service, lost), "Unavailable");
    drop(held);
    assert!(list(&service).await.unwrap().is_ok(), "the next one has a new connection");
    service.stop().await;
    let records = database.rows(
        "SELECT result, manner, count(*) FROM _quater_audit WHERE operation = 'list_accounts' GROUP BY 1, 2 ORDER BY 1, 2",
    );
    assert_eq!(records, ["Unavailable|cancelled|1", "Unavailable|null|1", "ok|null|101"]);
}

/// Behind a pooler that lends a connection for one transaction nothing may stay on it.
#[tokio::test(flavor = "multi_thread")]
async fn behind_a_pooler_nothing_stays_on_a_connection() {
    let Some(database) = Database::fresh() else { return };
    let traced = "options=-clog_statement%3Dnone&pooler=transaction&pool=2";
    let service = service(&compile(LEDGER), &database.url_with(traced));
    let clerk = books(&service).await;
    for _ in 0..8 {
        assert!(pay(&service, &clerk, "AA-001", "BB-002").await.starts_with("ok"));
        // A pooler would give the next transaction another connection: here it is a new one.
        cut(&database);
    }
    service.stop().await;
    assert_eq!(database.rows("SELECT balance FROM account ORDER BY code"), ["492.00", "508.00"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_are_as_private_as_the_address_says() {
    let Some(database) = Database::fresh() else { return };
    let Some(root) = database.root().map(|root| root.display().to_string()) else { return };
    let program = compile(LEDGER);
    let named = |url: String| url.replace("@127.0.0.1:", "@localhost:");
    let encrypted = "SELECT DISTINCT s.ssl FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid) \
                     WHERE a.application_name = 'quater' AND a.datname = current_database()";
    let cases = [
        ("sslmode=disable".to_owned(), Ok("f")),
        (String::new(), Ok("t")),
        ("sslmode=require".to_owned(), Ok("t")),
        (format!("sslmode=verify-full&sslrootcert={root}"), Ok("t")),
        (format!("sslmode=verify-ca&sslrootcert={root}"), Ok("t")),
        ("sslmode=verify-full".to_owned(), Err("UnknownIssuer")),
        ("sslmode=verify-full&sslrootcert=nowhere.crt".to_owned(), Err("holds no certificates")),
    ];
    for (setting, wanted) in &cases {
        let started = start(&program, Path::new("."), &named(database.url_with(setting)));
        match (started, wanted) {
            (Ok(service), Ok(wanted)) => {
                join(&service, "ann", "customer").await;
                assert_eq!(database.rows(encrypted), [*wanted], "{setting}");
                service.stop().await;
            }
            (Err(StartError::Database { source, .. }), Err(wanted)) => {
                let told = source.to_string();
                assert!(told.contains(wanted), "{setting}: {told}");
            }
            (Ok(_), Err(_)) => panic!("{setting} must not connect"),
            (Err(error), _) => panic!("{setting}: {error:?}"),
        }
    }
    let unnamed = database.url_with(&format!("sslmode=verify-full&sslrootcert={root}"));
    assert!(start(&program, Path::new("."), &unnamed).is_err(), "the certificate is of another name");
    let by_issuer = database.url_with(&format!("sslmode=verify-ca&sslrootcert={root}"));
    start(&program, Path::new("."), &by_issuer).unwrap().stop().await;
}

#[test]
fn addresses_that_are_wrong_are_told_without_their_passwords() {
    let program = compile(LEDGER);
    let told = |url: &str| match start(&program, Path::new("."), url) {
        Ok(_) => panic!("{url} must not start"),
        Err(error) => error.to_string(),
    };
    let cases = [
        ("sslmode=maybe", "`sslmode` is `disable`, `prefer`, `require`, `verify-ca` or `verify-full`"),
        ("pool=0", "`pool` is a number of connections from 1 to 512"),
        ("pooler=statement", "`pooler` is `session` or `transaction`"),
        ("statement_timeout=soon", "`statement_timeout` is a time such as `500ms`, `5s` or `2min`"),
        ("colour=red", "unknown option `colour`"),
    ];
    for (setting, why) in cases {
        let url = format!("postgres://ann:secret@db.example/shop?{setting}");
        assert_eq!(told(&url), format!("the address `postgres://db.example/shop` is not usable: {why}"));
    }
    let nobody = told("postgres://ann:secret@127.0.0.1:1/shop?connect_timeout=2");
    assert_eq!(nobody, "the database at `postgres://127.0.0.1:1/shop` does not open");
    assert_eq!(told("postgres:///shop"), "the address `postgres:///shop` is not usable: it names no host");
}

/// Every setting that the manual shows is one.
#[test]
fn the_manual_shows_settings_that_there_are() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/postgres.md")).unwrap();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` |"));
    let settings: Vec<&str> = rows.map(|(setting, _)| setting).filter(|it| it.contains('=')).collect();
    assert!(settings.len() > 8, "{settings:?}");
    for setting in settings {
        let url = format!("postgres://127.0.0.1:1/shop?{setting}");
        let told = match start(&compile(LEDGER), Path::new("."), &url) {
            Ok(_) => panic!("nobody listens"),
            Err(error) => error.to_string(),
        };
        assert!(told.ends_with("does not open"), "{setting}: {told}");
    }
}

/// Processes of the server are killed under writers: what was acknowledged is there, and nothing by half.
#[tokio::test(flavor = "multi_thread")]
async fn a_killed_server_process_loses_no_acknowledged_write() {
    let Some(database) = Database::apart() else { return };
    let service = service(&compile(LEDGER), &database.url());
    let until = Instant::now() + Duration::from_secs(6);
    let writers = (0..8).map(|_| {
        let service = service.clone();
        tokio::spawn(async move {
            let mut made = Vec::new();
            while Instant::now() < until {
                let result = call(&service, None, "join", json!({ "name": "ann" })).await;
                match result {
                    Ok(answer) => made.push(answer["id"].as_str().unwrap().replace('-', "")),
                    Err(refusal) => {
                        let name = &service.program().faults[refusal.fault].name;
                        assert_eq!(name, "Unavailable", "{}", refusal.message);
                    }
                }
            }
            made
        })
    });
    let writers: Vec<_> = writers.collect();
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_millis(1_200)).await;
        let busy = "SELECT pid FROM pg_stat_activity WHERE application_name = 'quater' LIMIT 1";
        let Some(pid) = database.try_rows(busy).and_then(|rows| rows.first().cloned()) else { continue };
        assert!(std::process::Command::new("kill").args(["-KILL", &pid]).status().unwrap().success());
    }
    let mut made = Vec::new();
    for writer in writers {
        made.extend(writer.await.unwrap());
    }
    service.stop().await;
    assert!(made.len() > 100, "{} writes are too few to show anything", made.len());
    let there: Vec<String> =
        database.rows("SELECT id FROM person").into_iter().map(|id| id.replace('-', "")).collect();
    let there: std::collections::BTreeSet<String> = there.into_iter().collect();
    for id in &made {
        assert!(there.contains(id), "{id} was acknowledged");
    }
    let recorded = "SELECT count(*) FROM _quater_audit WHERE operation = 'join' AND result = 'ok'";
    assert_eq!(database.count(recorded), there.len() as i64);
}
