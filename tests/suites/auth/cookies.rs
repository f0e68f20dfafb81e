//! Cookies as browsers send them: as they were set, by whichever page of the site.
use super::{Gate, equipped};
use quater_tests::postgres::Database;

/// Each: what it is, the cookies of a request, then the status of something for those who are signed in, and of something
/// for everybody.
const CASES: [(&str, &str, u16, u16); 5] = [
    ("a session beside what is no text", "city=K\u{f6}ln; session=session-1", 200, 200),
    ("a session in quotes", "city=\"K\u{f6}ln\";session=\"session-1\"", 200, 200),
    ("a session that has ended, beside what is no text", "city=K\u{f6}ln; session=session-2", 401, 401),
    ("a session that is no text", "session=K\u{f6}ln", 400, 400),
    ("what is no text alone", "city=K\u{f6}ln", 401, 200),
];

async fn others_change_nothing(database: &str) {
    let gate = Gate::open(database).await;
    equipped(&gate).await;
    for (what, cookies, signed_in, open) in CASES {
        for (path, wanted) in [("/me", signed_in), ("/hello", open)] {
            let reply = gate.ask("GET", path, &[("Cookie", cookies)], "").await;
            assert_eq!(reply.status, wanted, "{what}: {path}: {}", reply.body);
        }
    }
    let ended = gate.ask("GET", "/hello", &[("Cookie", "session=session-2")], "").await;
    let cleared = ended.header("set-cookie").unwrap();
    assert!(cleared.starts_with("session=; Path=/; Max-Age=0; HttpOnly"), "{cleared}");
}

#[tokio::test(flavor = "multi_thread")]
async fn other_cookies_say_nothing_of_a_session() {
    others_change_nothing("sqlite::memory:").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_cookies_say_nothing_of_a_session_on_postgres() {
    let Some(database) = Database::fresh() else { return };
    others_change_nothing(&database.url()).await;
}
