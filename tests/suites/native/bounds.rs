//! What bodies in Rust do wrong, and what then is left.
use crate::compile;
use crate::place::{Place, settings};
use quater_ir::operation::Door;
use quater_runtime::native::{Asked, Bodies, Context, Failure, Level};
use quater_runtime::{
    Answers, Call, Entry, Given, Identity, Input, Key, Refusal, RequestId, Service, StartError, Wishes,
};
use serde_json::{Value as Json, json};
use std::sync::Arc;
use std::time::Duration;

const SHELF: &str = include_str!("shelf.qtr");

type Did = Result<Json, Failure>;

fn book(call: &mut Context<'_>, title: &str) -> Result<i64, Failure> {
    call.verb("Book", "create", &json!({ "title": title }))
}

/// Two attempts that fail, between books that are kept.
fn attempt(mut call: Context<'_>) -> Did {
    book(&mut call, "First")?;
    let tried = call.attempt(|mut call| {
        book(&mut call, "Second")?;
        book(&mut call, "First")
    });
    assert_eq!(tried.unwrap_err().name(), Some("Taken"));
    let swallowed = call.attempt(|mut call| {
        drop(book(&mut call, &"long ".repeat(9)));
        Ok::<_, Failure>(0)
    });
    assert_eq!(swallowed.unwrap_err().name(), Some("Invalid"));
    book(&mut call, "Third")?;
    Ok(json!({ "did": ["attempted"] }))
}

/// Calls of an operation without a door: one that is refused, inside of an attempt, and one that is not.
fn call(mut call: Context<'_>, title: &str) -> Did {
    let put = |call: &mut Context<'_>, given: Json| call.call::<Json>("put", &given);
    let taken = call.attempt(|mut call| {
        put(&mut call, json!({ "title": "Second" }))?;
        put(&mut call, json!({ "title": " Second " }))
    });
    let taken = taken.unwrap_err();
    let invalid = call.attempt(|mut call| put(&mut call, json!({ "title": "", "shelf": 99 }))).unwrap_err();
    let made = put(&mut call, json!({ "title": title }))?;
    Ok(json!({ "did": [taken.name(), invalid.reason(), made["shelf"].to_string()] }))
}

/// One body for all tests: `what` says what it does.
fn work(mut call: Context<'_>, input: Json) -> Did {
    let times = input["times"].as_i64().unwrap();
    let title = |at: i64| format!("Book {at}");
    let did = |what: &str| Ok(json!({ "did": [what] }));
    match input["what"].as_str().unwrap() {
        "add" => {
            for at in 0..times {
                book(&mut call, &title(at))?;
            }
            did("added")
        }
        "swallow" => {
            book(&mut call, "First")?;
            drop(book(&mut call, "First"));
            did("swallowed")
        }
        "attempt" => attempt(call),
        "call" => self::call(call, "Third"),
        "swallow a call" => {
            book(&mut call, "First")?;
            drop(call.call::<Json>("put", &json!({ "title": "First" })));
            did("swallowed")
        }
        "call a stranger" => call.call("join", &json!({ "hall": "north" })),
        "call without" => call.call("put", &json!({ "shelf": 3 })),
        "elsewhere" => {
            let found: Json = call.verb("Person", "find", &json!({ "id": call.actor::<String>() }))?;
            Ok(found)
        }
        "delete" => call.verb("Book", "delete", &json!({ "id": 1 })),
        "panic" => panic!("a body that panics"),
        "raise" => {
            book(&mut call, "First")?;
            Err(Failure::raise("Odd", &json!({ "what": "this", "times": times })))
        }
        "stranger" => Err(Failure::raise("Taken2", &json!({}))),
        "inside" => {
            book(&mut call, "First")?;
            Err(Failure::internal("the reason stays in the log"))
        }
        "too much" => Ok(json!({ "did": vec!["x"; 6] })),
        other => rows(call, other, times),
    }
}

/// What bodies do to rows that are there, or are not.
fn rows(mut call: Context<'_>, what: &str, times: i64) -> Did {
    let did = |what: &str| Ok(json!({ "did": [what] }));
    match what {
        "look" => {
            let seen: Json = call.verb("Book", "batch", &json!({ "after": null }))?;
            let row: Json = call.verb("Book", "find_by_title", &json!({ "title": "Book 0" }))?;
            Ok(json!({ "did": [seen.to_string(), row.to_string()] }))
        }
        "move" => {
            let row: Json = call.verb("Book", "lock_by_title", &json!({ "title": "Book 0" }))?;
            let id = row["id"].as_i64().unwrap_or(times);
            call.verb::<()>("Book", "update", &json!({ "id": id, "shelf": 7 }))?;
            did("moved")
        }
        "push" => {
            let row: Json = call.verb("Book", "find_by_title", &("Book 0",))?;
            // Others come in between.
            std::thread::sleep(Duration::from_millis(20));
            let shelf = row["shelf"].as_i64().unwrap() + 1;
            call.verb::<()>("Book", "update", &json!({ "id": row["id"], "shelf": shelf }))?;
            did("pushed")
        }
        "note" => {
            call.verb::<i64>("Note", "create", &json!({ "book": times, "text": "by a key" }))?;
            did("noted")
        }
        "note an own one" => {
            let own = book(&mut call, "Noted")?;
            call.verb::<i64>("Note", "create", &json!({ "book": own, "text": "by its maker" }))?;
            did("noted")
        }
        "note a lost one" => {
            let mut lost = 0;
            let tried = call.attempt(|mut call| {
                lost = book(&mut call, "Lost")?;
                Err::<(), _>(Failure::internal("undone"))
            });
            assert!(tried.is_err());
            call.verb::<i64>("Note", "create", &json!({ "book": lost, "text": "by a key" }))?;
            did("noted")
        }
        "rename" => {
            call.verb::<()>("Book", "update", &json!({ "id": times, "title": "Renamed" }))?;
            did("renamed")
        }
        other => panic!("{other}"),
    }
}

/// Asks two at once, behind a row that is written before.
fn lend(mut call: Context<'_>, input: Json) -> Did {
    book(&mut call, input["title"].as_str().unwrap())?;
    call.log(Level::Info, "a book is lent");
    let reader = call.fill_in::<Json>("Reader", "reader", "To whom?");
    let said = call.ask_model("advice", "Is that wise?", 10);
    let Asked::Accept(reader) = reader? else { return Ok(Json::Null) };
    let name = format!("{} ({})", reader["name"].as_str().unwrap(), said.unwrap_or_else(|_| "-".to_owned()));
    Ok(json!({ "to": name, "days": reader["days"] }))
}

fn bodies() -> Bodies {
    let mut bodies = Bodies::new();
    bodies.add("lend", lend);
    bodies.add("work", work);
    bodies
}

/// A hall with a keeper and a reader.
struct Hall {
    service: Service,
    place: Place,
    keeper: String,
    reader: String,
}

impl Hall {
    async fn open(place: Place) -> Self {
        let program = compile("shelf.qtr", SHELF);
        let service =
            Service::start_with(program, &settings(place.folder(), &place.url()), bodies()).unwrap();
        let mut hall = Self { service, place, keeper: String::new(), reader: String::new() };
        hall.keeper = hall.join("north", "keeper").await;
        hall.reader = hall.join("north", "reader").await;
        hall
    }

    async fn join(&self, hall: &str, role: &str) -> String {
        let made = self.call(None, "join", json!({ "hall": hall, "role": role }), Wishes::default()).await;
        made.unwrap()["token"].as_str().unwrap().to_owned()
    }

    async fn call(
        &self,
        token: Option<&str>,
        name: &str,
        arguments: Json,
        wishes: Wishes,
    ) -> Result<Json, String> {
        let program = self.service.program();
        let (operation, _) = program.operations.iter().find(|(_, it)| it.name == name).unwrap();
        let identity = token.map_or(Identity::Nobody, |token| Identity::bearer(token.to_owned()));
        let Json::Object(members) = arguments else { panic!("arguments are an object") };
        let (door, entry, request) = (Door::Http, Entry::Local, RequestId::fresh());
        let (input, ip) = (Input::Object(members), None);
        let call = Call { operation, door, entry, input, identity, request, ip, wishes };
        match self.service.invoke(call).await {
            Ok(answer) => Ok(serde_json::from_slice(&answer.body).unwrap_or(Json::Null)),
            Err(refusal) => {
                let payload =
                    refusal.payload.map(|it| String::from_utf8(it.to_vec()).unwrap()).unwrap_or_default();
                Err(format!("{} {payload}", program.faults[refusal.fault].name).trim_end().to_owned())
            }
        }
    }

    async fn work(&self, token: &str, what: &str, times: i64) -> Result<Json, String> {
        self.call(Some(token), "work", json!({ "what": what, "times": times }), Wishes::default()).await
    }

    /// The titles that are kept, of all halls.
    fn titles(&self) -> Vec<String> {
        self.place.rows("SELECT title FROM book ORDER BY title")
    }
}

crate::place::on!(file, postgres => [
    what_a_body_does_is_kept_or_undone_as_a_whole,
    an_attempt_leaves_nothing,
    calls_are_of_the_same_transaction_and_caller,
    rules_hold_inside_too,
    what_is_read_and_not_held_is_not_overwritten,
    a_key_that_is_stored_is_of_a_row_that_may_be_seen,
    keys_and_dry_runs_hold_too,
    a_question_without_an_answer_leaves_nothing,
]);

async fn what_a_body_does_is_kept_or_undone_as_a_whole(place: Place) {
    let hall = Hall::open(place).await;
    let keeper = &hall.keeper;
    assert_eq!(hall.work(keeper, "raise", 3).await.unwrap_err(), r#"Odd {"what":"this","times":3}"#);
    for what in ["inside", "panic", "stranger", "too much", "delete", "elsewhere"] {
        assert_eq!(hall.work(keeper, what, 1).await.unwrap_err(), "Internal", "{what}");
    }
    assert_eq!(hall.work(keeper, "swallow", 1).await.unwrap_err(), "Taken", "whatever the body makes of it");
    assert_eq!(hall.titles(), Vec::<String>::new());
    assert_eq!(hall.work(keeper, "add", 2).await.unwrap(), json!({ "did": ["added"] }));
    assert_eq!(hall.titles(), ["Book 0", "Book 1"]);
    hall.service.stop().await;
}

async fn an_attempt_leaves_nothing(place: Place) {
    let hall = Hall::open(place).await;
    assert_eq!(hall.work(&hall.keeper, "attempt", 1).await.unwrap(), json!({ "did": ["attempted"] }));
    assert_eq!(hall.titles(), ["First", "Third"]);
    hall.service.stop().await;
}

async fn calls_are_of_the_same_transaction_and_caller(place: Place) {
    let hall = Hall::open(place).await;
    let (keeper, reader) = (&hall.keeper, &hall.reader);
    let done = hall.work(keeper, "call", 1).await.unwrap();
    let wrong = "title must not be empty, shelf must be at most 9";
    assert_eq!(done, json!({ "did": ["Taken", wrong, "4"] }));
    assert_eq!(hall.titles(), ["Third"]);
    assert_eq!(hall.work(keeper, "swallow a call", 1).await.unwrap_err(), "Taken");
    assert_eq!(hall.work(keeper, "call a stranger", 1).await.unwrap_err(), "Internal");
    assert_eq!(hall.work(keeper, "call without", 1).await.unwrap_err(), "Invalid");
    assert_eq!(hall.work(reader, "call", 1).await.unwrap_err(), "Forbidden", "it may not put books there");
    assert_eq!(hall.titles(), ["Third"]);
    let calls = hall.place.rows("SELECT DISTINCT operation FROM _quater_audit ORDER BY operation");
    assert_eq!(calls, ["join", "work"], "a call inside is part of its caller's");
    hall.service.stop().await;
}

async fn rules_hold_inside_too(place: Place) {
    let hall = Hall::open(place).await;
    let (keeper, reader) = (&hall.keeper, &hall.reader);
    hall.work(keeper, "add", 1).await.unwrap();
    let other = hall.join("south", "keeper").await;
    let looks = hall.work(&other, "look", 1).await.unwrap();
    assert_eq!(looks, json!({ "did": ["[]", "null"] }), "another hall");
    assert_eq!(hall.work(&other, "move", 1).await.unwrap_err(), "NotFound", "by a key that it has guessed");
    let seen = hall.work(keeper, "look", 1).await.unwrap();
    let row = json!({ "id": 1, "title": "Book 0", "shelf": 5, "hidden": null });
    let told = |row: &Json| json!({ "did": [json!([row]).to_string(), row.to_string()] });
    assert_eq!(seen, told(&row));
    hall.place.run("UPDATE book SET hidden = 'secret'");
    let (kept, masked) = (json!({ "id": 1, "title": "Book 0", "shelf": 5, "hidden": "secret" }), row);
    assert_eq!(hall.work(keeper, "look", 1).await.unwrap(), told(&kept));
    let seen = hall.work(reader, "look", 1).await.unwrap();
    assert!(!seen.to_string().contains("secret"), "{seen}");
    assert_eq!(seen["did"][0], json!([masked]).to_string());
    assert_eq!(hall.work(reader, "inside", 1).await.unwrap_err(), "Forbidden");
    assert_eq!(
        hall.work(reader, "move", 1).await.unwrap(),
        json!({ "did": ["moved"] }),
        "the column is everybody's"
    );
    assert_eq!(hall.work(reader, "rename", 1).await.unwrap_err(), "Forbidden", "this one is not");
    assert_eq!(hall.work(keeper, "rename", 1).await.unwrap(), json!({ "did": ["renamed"] }));
    assert_eq!(hall.work(keeper, "rename", 99).await.unwrap_err(), "NotFound");
    assert_eq!(hall.place.rows("SELECT title, shelf FROM book"), ["Renamed|7"]);
    hall.service.stop().await;
}

async fn what_is_read_and_not_held_is_not_overwritten(place: Place) {
    let hall = Hall::open(place).await;
    let keeper = hall.keeper.as_str();
    hall.work(keeper, "add", 1).await.unwrap();
    let push = || hall.work(keeper, "push", 1);
    let pushed: [_; 4] = tokio::join!(push(), push(), push(), push()).into();
    assert!(pushed.iter().all(Result::is_ok), "{pushed:?}");
    assert_eq!(hall.place.rows("SELECT shelf FROM book"), ["9"], "each of them counts");
    hall.service.stop().await;
}

async fn a_key_that_is_stored_is_of_a_row_that_may_be_seen(place: Place) {
    let hall = Hall::open(place).await;
    let other = hall.join("south", "keeper").await;
    hall.work(&hall.keeper, "add", 1).await.unwrap();
    assert_eq!(hall.work(&other, "note", 1).await.unwrap_err(), "NotFound", "of another hall");
    assert_eq!(hall.work(&hall.keeper, "note", 99).await.unwrap_err(), "NotFound", "there is none");
    assert_eq!(hall.work(&hall.keeper, "note a lost one", 1).await.unwrap_err(), "NotFound");
    assert_eq!(hall.work(&hall.keeper, "note", 1).await.unwrap(), json!({ "did": ["noted"] }));
    assert_eq!(hall.work(&other, "note an own one", 1).await.unwrap(), json!({ "did": ["noted"] }));
    let noted = "SELECT b.title, n.text FROM note n JOIN book b ON b.id = n.book ORDER BY n.id";
    assert_eq!(hall.place.rows(noted), ["Book 0|by a key", "Noted|by its maker"]);
    hall.service.stop().await;
}

async fn keys_and_dry_runs_hold_too(place: Place) {
    let hall = Hall::open(place).await;
    let add = json!({ "what": "add", "times": 2 });
    let dry = Wishes { dry: true, ..Wishes::default() };
    let tried = hall.call(Some(&hall.keeper), "work", add.clone(), dry).await.unwrap();
    assert_eq!(tried["effects"], json!([{ "entity": "Book", "created": 2, "updated": 0, "deleted": 0 }]));
    assert_eq!(hall.titles(), Vec::<String>::new());
    for _ in 0..2 {
        let key = Wishes { key: Key::new("once"), ..Wishes::default() };
        let did = hall.call(Some(&hall.keeper), "work", add.clone(), key).await;
        assert_eq!(did.unwrap(), json!({ "did": ["added"] }));
    }
    assert_eq!(hall.titles(), ["Book 0", "Book 1"]);
    hall.service.stop().await;
}

async fn a_question_without_an_answer_leaves_nothing(place: Place) {
    let hall = Hall::open(place).await;
    let lend = async |answers: Answers| {
        let program = hall.service.program();
        let (operation, _) = program.operations.iter().find(|(_, it)| it.name == "lend").unwrap();
        let (identity, input) = (Identity::bearer(hall.keeper.clone()), json!({ "title": "Lent" }));
        let Json::Object(members) = input else { panic!("arguments are an object") };
        let wishes = Wishes { answers: Some(Arc::new(answers)), ..Wishes::default() };
        let (door, entry, request, ip) = (Door::Mcp, Entry::Remote, RequestId::fresh(), None);
        let input = Input::Object(members);
        hall.service.invoke(Call { operation, door, entry, input, identity, request, ip, wishes }).await
    };
    let asked = |refused: &Refusal| refused.questions.iter().map(|it| it.key.clone()).collect::<Vec<_>>();
    let given = |all: &[(&str, Given)]| all.iter().map(|(key, it)| ((*key).to_owned(), it.clone())).collect();
    let filled = |name: &str| ("reader", Given::Filled(json!({ "name": name })));
    let can = Answers { forms: true, model: true, ..Answers::default() };
    let cases = [
        (Answers::default(), vec!["reader", "advice"]),
        (Answers { model: true, ..Answers::default() }, vec!["advice"]),
        (can.clone(), vec!["reader", "advice"]),
        (Answers { given: given(&[filled("Ann")]), ..can.clone() }, vec!["advice"]),
        (
            Answers { given: given(&[filled("Ann"), ("advice", Given::Declined)]), ..can.clone() },
            vec!["advice"],
        ),
        (
            Answers { given: given(&[filled(""), ("advice", Given::Said("yes".into()))]), ..can.clone() },
            vec!["reader"],
        ),
        (Answers { given: given(&[filled("Ann")]), ..Answers::default() }, vec!["reader", "advice"]),
    ];
    for (answers, open) in cases {
        let refused = lend(answers.clone()).await.unwrap_err();
        assert_eq!(asked(&refused), open, "{answers:?}");
        assert_eq!(hall.titles(), Vec::<String>::new(), "{answers:?}");
    }
    let forms = Answers { model: false, given: given(&[filled(" Ann ")]), ..can.clone() };
    let done = lend(forms).await.unwrap();
    assert_eq!(serde_json::from_slice::<Json>(&done.body).unwrap(), json!({ "to": "Ann (-)", "days": 14 }));
    assert_eq!(hall.titles(), ["Lent"]);
    // Its records are kept behind it.
    hall.service.stop().await;
    let manners = hall
        .place
        .rows("SELECT manner, count(*) FROM _quater_audit WHERE operation = 'lend' GROUP BY 1 ORDER BY 2");
    assert_eq!(manners, ["null|1", "asked|7"]);
}

#[test]
fn a_service_wants_just_its_bodies() {
    let start = |bodies| {
        let place = Place::memory().unwrap();
        let program = compile("shelf.qtr", SHELF);
        match Service::start_with(program, &settings(place.folder(), &place.url()), bodies) {
            Err(error @ StartError::Bodies { .. }) => error.to_string(),
            Err(error) => panic!("{error}"),
            Ok(_) => panic!("it starts"),
        }
    };
    assert_eq!(start(Bodies::new()), "the body of `lend`, `work` is written in Rust and is not here");
    let mut stray = bodies();
    stray.add("rest", work);
    stray.add("join", work);
    assert_eq!(start(stray), "there is no operation in Rust for the body `join`, `rest`");
}
