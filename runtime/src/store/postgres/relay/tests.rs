//! Runs on a relay: what each asks, and how each ends.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]
use super::*;
use crate::store::postgres::PostgresError;

/// Asks for a number's worth of rows; how many came.
fn ask(relay: &mut Relay, number: usize, value: i64) -> Option<usize> {
    let mut ask = relay.ask(number);
    ask.stored(StoredKind::Int, Stored::Integer(value)).unwrap();
    match ask.rows().ok()? {
        Came::Rows(rows) => Some(rows.len()),
        Came::Cells(_) => None,
    }
}

fn wanted(relay: &mut Relay) -> Wants {
    match relay.turn() {
        Turn::Wants(wants) => wants,
        other @ (Turn::Over | Turn::Strayed) => panic!("{other:?}"),
    }
}

#[test]
fn each_run_comes_one_answer_further() {
    let mut relay = Relay::default();
    for known in 0..3 {
        for at in 0..known {
            assert_eq!(ask(&mut relay, at, 7), Some(0));
        }
        assert_eq!(ask(&mut relay, known, 7), None);
        let wants = wanted(&mut relay);
        assert_eq!((wants.number, wants.parameters().len()), (known, 1));
        relay.tell(wants, Ok(Vec::new()));
    }
    (0..3).for_each(|at| assert_eq!(ask(&mut relay, at, 7), Some(0)));
    assert!(matches!(relay.turn(), Turn::Over));
}

#[test]
fn what_is_asked_otherwise_than_before_is_not_answered() {
    let mut relay = Relay::default();
    ask(&mut relay, 1, 7);
    let wants = wanted(&mut relay);
    relay.tell(wants, Ok(Vec::new()));
    assert_eq!(ask(&mut relay, 1, 8), None);
    assert!(matches!(relay.turn(), Turn::Strayed));
    assert_eq!(ask(&mut relay, 2, 7), None);
    assert!(matches!(relay.turn(), Turn::Strayed));
}

#[test]
fn who_goes_on_without_an_answer_has_strayed() {
    let mut relay = Relay::default();
    ask(&mut relay, 1, 7);
    ask(&mut relay, 2, 7);
    assert!(matches!(relay.turn(), Turn::Strayed));
    assert!(relay.ask(1).stray().to_string().contains("not known"));
    assert!(matches!(relay.turn(), Turn::Strayed));
}

#[test]
fn who_may_ask_once_has_strayed_with_a_second_question() {
    let mut relay = Relay::once();
    ask(&mut relay, 1, 7);
    let wants = wanted(&mut relay);
    relay.tell(wants, Ok(Vec::new()));
    assert_eq!(ask(&mut relay, 1, 7), Some(0));
    assert!(matches!(relay.turn(), Turn::Over), "what is known may be asked again and again");
    assert_eq!(ask(&mut relay, 1, 7), Some(0));
    assert_eq!(ask(&mut relay, 2, 7), None);
    assert!(matches!(relay.turn(), Turn::Strayed));
}

#[test]
fn an_error_is_told_where_it_was_asked_for() {
    let mut relay = Relay::default();
    ask(&mut relay, 1, 7);
    let wants = wanted(&mut relay);
    relay.tell(wants, Err(PostgresError::Silent.into()));
    let mut again = relay.ask(1);
    again.stored(StoredKind::Int, Stored::Integer(7)).unwrap();
    let Err(DatabaseError::Postgres(PostgresError::Silent)) = again.rows() else { panic!("another error") };
    assert!(matches!(relay.turn(), Turn::Over));
}
