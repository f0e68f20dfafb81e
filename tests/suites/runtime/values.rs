//! Values and expressions: what a body, a condition in SQL and an answer make of them is one thing, on every
//! database. The services' own tests say what.
use super::compile;
use quater_runtime::testing;
use quater_tests::postgres::Database;

/// Services with their tests, and how many those are at least.
const SERVICES: [(&str, &str, usize); 1] = [("values.qtr", include_str!("values.qtr"), 7)];

fn passed(name: &str, outcomes: &[testing::Outcome], least: usize) {
    assert!(outcomes.len() >= least, "{name} has {} tests", outcomes.len());
    let failed: Vec<_> = outcomes.iter().filter(|it| it.result.is_err()).collect();
    assert!(failed.is_empty(), "{name}: {failed:#?}");
}

#[test]
fn values_are_what_their_tests_say() {
    for (name, text, least) in SERVICES {
        passed(name, &testing::run(&compile(text), None).unwrap(), least);
    }
}

#[test]
fn values_are_the_same_on_postgres() {
    let Some(database) = Database::fresh() else { return };
    for (name, text, least) in SERVICES {
        passed(name, &testing::run_at(&compile(text), None, &database.url()).unwrap(), least);
    }
}
