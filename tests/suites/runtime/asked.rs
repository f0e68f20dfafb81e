//! What conditions over rows may ask, on every database: the service's own tests, and what only inputs and
//! earlier versions bring.
use super::place::{Place, on};
use super::{SECRET, call, compile};
use quater_runtime::{Service, Settings, audit, testing};
use quater_tests::postgres::Database;
use serde_json::{Value as Json, json};

const ASKED: &str = include_str!("asked.qtr");

on!(file, postgres => [
    bytes_are_found_in_a_list,
    records_of_an_earlier_version_have_their_defaults,
    records_of_calls_by_an_earlier_build_are_read,
]);

#[test]
fn the_service_holds_its_own_tests() {
    for outcome in testing::run(&compile(ASKED), None).unwrap() {
        assert_eq!(outcome.result, Ok(()), "{}", outcome.name);
    }
    let Some(database) = Database::fresh() else { return };
    for outcome in testing::run_at(&compile(ASKED), None, &database.url()).unwrap() {
        assert_eq!(outcome.result, Ok(()), "{}", outcome.name);
    }
}

async fn shops(place: &Place) -> Service {
    let service = place.start(&compile(ASKED)).unwrap();
    let of = |name: &str, key: &str| {
        let place = json!({
            "city": "Ur", "mood": "wild", "day": "2026-03-01", "since": "2026-03-01T12:00:00Z", "takes": "PT1H",
            "owner": "0190aaaa-0000-7000-8000-000000000000", "at": { "wide": 1.0, "high": 2 },
        });
        json!({ "name": name, "place": place, "was": null, "key": key })
    };
    for (name, key) in [("one", "AP8="), ("two", "cXVpeA==")] {
        call(&service, None, "add", of(name, key)).await.unwrap();
    }
    service
}

async fn bytes_are_found_in_a_list(place: Place) {
    let service = shops(&place).await;
    for (keys, names) in
        [(vec!["AP8="], vec!["one"]), (vec!["cXVpeA==", "AP8="], vec!["one", "two"]), (vec![], vec![])]
    {
        let found: Json = call(&service, None, "by_key", json!({ "keys": keys })).await.unwrap();
        assert_eq!(found, json!({ "names": names }), "{keys:?}");
    }
}

async fn records_of_an_earlier_version_have_their_defaults(place: Place) {
    let service = shops(&place).await;
    let by = async |mood: &str| call(&service, None, "by_mood", json!({ "mood": mood })).await.unwrap();
    assert_eq!(by("wild").await, json!({ "names": ["one", "two"] }));
    let without = match place {
        Place::Postgres(_) => "UPDATE shop SET place = place - 'mood' WHERE name = 'two'",
        Place::File(_) | Place::Memory => {
            "UPDATE shop SET place = json_remove(place, '$.mood') WHERE name = 'two'"
        }
    };
    place.run(without);
    assert_eq!(by("wild").await, json!({ "names": ["one"] }));
    assert_eq!(by("calm").await, json!({ "names": ["two"] }));
}

async fn records_of_calls_by_an_earlier_build_are_read(place: Place) {
    let service = shops(&place).await;
    service.stop().await;
    let env = [("SIGNING_KEY", SECRET.to_owned()), ("DATABASE_URL", place.url())];
    let env = env.into_iter().map(|(name, value)| (name.into(), value)).collect();
    let settings = Settings::new(env, place.folder().to_owned());
    let filter = audit::Filter { most: 9, ..audit::Filter::default() };
    let read = || {
        // As the command does: on a thread that serves nothing.
        let records = || audit::read(&compile(ASKED), &settings, &filter).unwrap();
        let records = std::thread::scope(|scope| scope.spawn(records).join().unwrap());
        records.into_iter().map(|it| (it.operation, it.manner)).collect::<Vec<_>>()
    };
    let all = [("add".to_owned(), None), ("add".to_owned(), None)];
    assert_eq!(read(), all);
    place.run("ALTER TABLE _quater_audit DROP COLUMN manner");
    assert_eq!(read(), all);
}
