//! Bodies in Rust that ask upstreams: they are run again, see what they saw before, and do nothing twice.
use crate::compile;
use crate::place::{Place, settings};
use crate::scripted::Scripted;
use quater_ir::operation::Door;
use quater_runtime::native::{Asked, Bodies, Context, Failure, UpstreamError};
use quater_runtime::{
    Answers, Call, Entry, Given, Identity, Input, Progress, RequestId, Service, Told, Wishes,
};
use serde_json::{Value as Json, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

const DESK: &str = include_str!("desk.qtr");

type Did = Result<Vec<String>, Failure>;

/// How often bodies have been run.
static RUNS: AtomicUsize = AtomicUsize::new(0);

fn get(call: &mut Context<'_>, key: &str) -> Result<String, UpstreamError> {
    let said: Json = call.request("out", "get", &json!({ "key": key }))?;
    Ok(said["ref"].as_str().unwrap().to_owned())
}

fn note(call: &mut Context<'_>, text: &str) -> Result<i64, Failure> {
    call.verb("Note", "create", &json!({ "text": text }))
}

fn find(call: &mut Context<'_>, id: i64) -> Result<Json, Failure> {
    call.verb("Note", "find", &json!({ "id": id }))
}

/// One body for all tests: `what` says what it does.
fn work(mut call: Context<'_>, input: Json) -> Did {
    let run = RUNS.fetch_add(1, Ordering::SeqCst);
    match input["what"].as_str().unwrap() {
        "twice" => Ok(vec![get(&mut call, "a")?, get(&mut call, "b")?]),
        "around" => around(call),
        "ids" => {
            let (first, second) = (call.uuid().to_string(), call.uuid().to_string());
            assert_ne!(first, second);
            let said = get(&mut call, &first)?;
            note(&mut call, &second)?;
            Ok(vec![said, first, second, call.uuid().to_string()])
        }
        "match" => match get(&mut call, "500") {
            Err(error) if error.status == Some(500) => {
                let other = get(&mut call, "c")?;
                note(&mut call, &other)?;
                Ok(vec![error.message, error.body.unwrap().to_string(), other])
            }
            other => Ok(vec![other?]),
        },
        "fail" => Ok(vec![get(&mut call, "500")?]),
        "swallow" => {
            let said = get(&mut call, "d").unwrap_or_else(|_| "nothing".to_owned());
            drop(note(&mut call, &said));
            Ok(vec![said])
        }
        "attempt" => {
            let wrong = call.attempt(|mut call| find(&mut call, i64::MAX)).unwrap_err();
            let said = call.attempt(|mut call| Ok::<_, Failure>(get(&mut call, "e")?))?;
            let lost = call.attempt(|mut call| {
                note(&mut call, "lost")?;
                Err::<(), _>(Failure::internal("undone"))
            });
            assert!(lost.is_err());
            note(&mut call, &said)?;
            Ok(vec![wrong.name().unwrap_or_default().to_owned(), said])
        }
        "write" => {
            let said = get(&mut call, "f")?;
            let before: i64 = call.call("count_notes", &json!({ "more": 0 }))?;
            call.write()?;
            let held: i64 = call.call("count_notes", &json!({ "more": 0 }))?;
            call.call::<i64>("note", &json!({ "text": said }))?;
            Ok(vec![before.to_string(), held.to_string()])
        }
        other => beyond(call, other, run),
    }
}

/// Comes to its limits, or goes beyond them.
fn beyond(mut call: Context<'_>, what: &str, run: usize) -> Did {
    match what {
        "many" => (0..64).map(|at| Ok(get(&mut call, &format!("{at}"))?)).collect(),
        "too many" => (0..65).map(|at| Ok(get(&mut call, &format!("{at}"))?)).collect(),
        "too much" => {
            for at in 0..5_000 {
                find(&mut call, at)?;
            }
            Ok(vec![get(&mut call, "g")?])
        }
        "late" => {
            note(&mut call, "early")?;
            Ok(vec![get(&mut call, "h")?])
        }
        "late, and swallowed" => {
            note(&mut call, "early")?;
            drop(get(&mut call, "h"));
            Ok(Vec::new())
        }
        "too long" => Ok(vec![get(&mut call, &"long".repeat(20))?]),
        "strange" => Ok(vec![call.request("out", "put", &json!({}))?]),
        other => astray(call, other, run),
    }
}

/// Sees rows before and behind upstreams, and what they were when it is run again.
fn around(mut call: Context<'_>) -> Did {
    call.progress(1, 3, None);
    let before = find(&mut call, 1)?["text"].to_string();
    let many: i64 = call.call("count_notes", &json!({ "more": 10 }))?;
    let second = |call: &mut Context<'_>| {
        let text = call.attempt(|mut call| call.call::<String>("text_of", &json!({ "id": 2 })));
        text.unwrap_or_else(|failure| failure.name().unwrap_or_default().to_owned())
    };
    let lost = second(&mut call);
    let said = get(&mut call, "300")?;
    let found = second(&mut call);
    call.progress(2, 3, None);
    let between = find(&mut call, 1)?["text"].to_string();
    call.verb::<()>("Note", "update", &json!({ "id": 1, "text": said }))?;
    let after = find(&mut call, 1)?["text"].to_string();
    call.progress(3, 3, None);
    Ok(vec![before, many.to_string(), lost, found, between, after])
}

/// Does something else each time, which it must not.
fn astray(mut call: Context<'_>, what: &str, run: usize) -> Did {
    match what {
        "another key" => Ok(vec![get(&mut call, &format!("run-{run}"))?]),
        "another verb" => {
            if run == 0 {
                find(&mut call, 1)?;
            }
            Ok(vec![get(&mut call, "i")?])
        }
        "another row" => {
            find(&mut call, run as i64)?;
            Ok(vec![get(&mut call, "j")?])
        }
        "another input" => {
            call.call::<i64>("count_notes", &json!({ "more": run }))?;
            Ok(vec![get(&mut call, "k")?])
        }
        "less" if run > 0 => Ok(Vec::new()),
        "less" => Ok(vec![get(&mut call, "l")?]),
        "a write first" if run > 0 => Ok(vec![note(&mut call, "first")?.to_string()]),
        "a write first" => Ok(vec![get(&mut call, "m")?]),
        "swallowed" => {
            drop(get(&mut call, &format!("run-{run}")));
            Ok(Vec::new())
        }
        "ask behind" => {
            get(&mut call, "n")?;
            let Asked::Accept(choice) = call.fill_in::<Json>("Choice", "which", "Which?")? else {
                return Ok(Vec::new());
            };
            Ok(vec![choice.to_string()])
        }
        "ask before" => {
            let Asked::Accept(choice) = call.fill_in::<Json>("Choice", "which", "Which?")? else {
                return Ok(Vec::new());
            };
            Ok(vec![get(&mut call, choice["key"].as_str().unwrap())?])
        }
        "ask at once" => {
            let choice = call.fill_in::<Json>("Choice", "which", "Which?");
            let said = get(&mut call, "o")?;
            let Asked::Accept(choice) = choice? else { return Ok(Vec::new()) };
            Ok(vec![said, choice["key"].to_string()])
        }
        other => panic!("{other}"),
    }
}

/// A desk with its upstream. Bodies count their runs, so there is one at a time.
struct Desk {
    service: Service,
    place: Place,
    out: Scripted,
}

impl Desk {
    fn open(place: Place) -> Self {
        let out = Scripted::open();
        let mut bodies = Bodies::new();
        bodies.add("work", work);
        let mut settings = settings(place.folder(), &place.url());
        settings.env.insert("OUT_URL".into(), out.url(""));
        let service = Service::start_with(compile("desk.qtr", DESK), &settings, bodies).unwrap();
        Self { service, place, out }
    }

    async fn call(&self, what: &str, wishes: Wishes) -> Result<Json, String> {
        RUNS.store(0, Ordering::SeqCst);
        let program = self.service.program();
        let (operation, _) = program.operations.iter().find(|(_, it)| it.name == "work").unwrap();
        let Json::Object(members) = json!({ "what": what }) else { panic!("arguments are an object") };
        let (door, entry, request) = (Door::Mcp, Entry::Remote, RequestId::fresh());
        let (input, ip, identity) = (Input::Object(members), None, Identity::Nobody);
        let call = Call { operation, door, entry, input, identity, request, ip, wishes };
        match self.service.invoke(call).await {
            Ok(answer) => Ok(serde_json::from_slice(&answer.body).unwrap()),
            Err(refusal) if !refusal.questions.is_empty() => Err("asks".to_owned()),
            Err(refusal) => Err(program.faults[refusal.fault].name.to_string()),
        }
    }

    async fn work(&self, what: &str) -> Result<Json, String> {
        self.call(what, Wishes::default()).await
    }

    /// What the upstream was asked since this was looked at.
    fn asked(&self) -> Vec<String> {
        let asked = self.out.take().into_iter();
        asked.map(|it| it.line.split(['/', ' ', '?']).nth(3).unwrap().to_owned()).collect()
    }

    fn notes(&self) -> Vec<String> {
        self.place.rows("SELECT text FROM note ORDER BY id")
    }
}

/// Bodies are counted, so one test runs at a time.
static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

crate::place::on!(file, postgres => [
    each_upstream_is_asked_once,
    what_was_found_stays_found,
    what_is_not_the_same_again_is_a_defect,
    writing_comes_last,
    a_caller_is_asked_first,
]);

async fn each_upstream_is_asked_once(place: Place) {
    let _turn = TURN.lock().await;
    let desk = Desk::open(place);
    assert_eq!(desk.work("twice").await, Ok(json!(["r-a", "r-b"])));
    assert_eq!((desk.asked(), RUNS.load(Ordering::SeqCst)), (vec!["a".to_owned(), "b".to_owned()], 3));
    let ids = desk.work("ids").await.unwrap();
    assert_eq!(ids[0], format!("r-{}", ids[1].as_str().unwrap()));
    assert_eq!(desk.asked(), [ids[1].as_str().unwrap()]);
    assert_eq!(desk.notes(), [ids[2].as_str().unwrap()]);
    assert_ne!(ids[2], ids[3]);
    let matched = desk.work("match").await;
    assert_eq!(matched, Ok(json!(["it answered 500", "{}", "r-c"])));
    assert_eq!(desk.work("fail").await, Err("Unavailable".to_owned()));
    assert_eq!(desk.work("swallow").await, Ok(json!(["r-d"])));
    assert_eq!(desk.work("attempt").await, Ok(json!(["Invalid", "r-e"])));
    assert_eq!(desk.notes()[1..], ["r-c", "r-d", "r-e"]);
    // What only looks is tried three times.
    assert_eq!(desk.asked(), ["500", "c", "500", "d", "e"]);
    assert_eq!(desk.work("many").await.unwrap().as_array().unwrap().len(), 64);
    assert_eq!((desk.asked().len(), RUNS.load(Ordering::SeqCst)), (64, 65));
    for what in ["too many", "too much", "strange"] {
        assert_eq!(desk.work(what).await, Err("Internal".to_owned()), "{what}");
    }
    assert_eq!(desk.work("too long").await, Err("Invalid".to_owned()));
    assert_eq!(desk.asked().len(), 64, "one more is not asked, nor what can't be");
    let dry = Wishes { dry: true, ..Wishes::default() };
    let tried = desk.call("twice", dry.clone()).await.unwrap();
    let stopped =
        json!({ "dry_run": true, "waits": false, "result": null, "effects": [], "stopped_at": "out.get" });
    assert_eq!(tried, stopped);
    assert_eq!(desk.asked(), Vec::<String>::new(), "a dry run ends before the first of them");
    desk.service.stop().await;
}

async fn what_was_found_stays_found(place: Place) {
    let _turn = TURN.lock().await;
    let desk = Desk::open(place);
    desk.place.run("INSERT INTO note (text) VALUES ('old')");
    let (progress, mut heard) = Progress::heard();
    let wishes = Wishes { progress, ..Wishes::default() };
    let change = async {
        desk.out.is_asked().await;
        desk.place.run("UPDATE note SET text = 'new'; INSERT INTO note (text) VALUES ('another')");
    };
    let (did, ()) = tokio::join!(desk.call("around", wishes), change);
    let seen = ["\"old\"", "11", "NotFound", "another", "\"new\"", "\"r-300\""];
    assert_eq!(did, Ok(json!(seen)), "what was seen before is seen again, and the rest as it is now");
    assert_eq!(desk.notes(), ["r-300", "another"]);
    let mut told = Vec::new();
    while let Some(Told { done, .. }) = heard.next().await {
        told.push(done);
    }
    assert_eq!(told, [1, 2, 3]);
    desk.service.stop().await;
}

async fn what_is_not_the_same_again_is_a_defect(place: Place) {
    let _turn = TURN.lock().await;
    let desk = Desk::open(place);
    let odd =
        ["another key", "another verb", "another row", "another input", "less", "a write first", "swallowed"];
    for what in odd {
        assert_eq!(desk.work(what).await, Err("Internal".to_owned()), "{what}");
        assert_eq!((desk.asked().len(), RUNS.load(Ordering::SeqCst)), (1, 2), "{what}");
    }
    assert_eq!(desk.notes(), Vec::<String>::new());
    desk.service.stop().await;
}

async fn writing_comes_last(place: Place) {
    let _turn = TURN.lock().await;
    let desk = Desk::open(place);
    for what in ["late", "late, and swallowed"] {
        assert_eq!(desk.work(what).await, Err("Internal".to_owned()), "{what}");
    }
    assert_eq!((desk.asked(), desk.notes()), (Vec::new(), Vec::new()));
    assert_eq!(desk.work("write").await, Ok(json!(["0", "0"])));
    assert_eq!(desk.notes(), ["r-f"]);
    desk.service.stop().await;
}

/// Its answers come with a call that begins anew: an upstream would be asked again.
async fn a_caller_is_asked_first(place: Place) {
    let _turn = TURN.lock().await;
    let desk = Desk::open(place);
    let answers = |given: Option<Json>| Wishes {
        answers: Some(Arc::new(Answers {
            forms: true,
            given: given.map(|given| ("which".to_owned(), Given::Filled(given))).into_iter().collect(),
            ..Answers::default()
        })),
        ..Wishes::default()
    };
    let chosen = || answers(Some(json!({ "key": "p" })));
    for what in ["ask before", "ask at once"] {
        assert_eq!(desk.call(what, answers(None)).await, Err("asks".to_owned()), "{what}");
        assert_eq!(desk.asked(), Vec::<String>::new(), "{what}");
    }
    assert_eq!(desk.call("ask before", chosen()).await, Ok(json!(["r-p"])));
    assert_eq!(desk.call("ask at once", chosen()).await, Ok(json!(["r-o", "\"p\""])));
    assert_eq!(desk.asked(), ["p", "o"]);
    for wishes in [answers(None), chosen()] {
        assert_eq!(desk.call("ask behind", wishes).await, Err("Internal".to_owned()));
    }
    desk.service.stop().await;
}
