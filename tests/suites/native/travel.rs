//! A row of a caller who works in another branch than their own does not point to them: no branch has rows of another.
use crate::compile;
use crate::place::{Place, settings};
use quater_ir::operation::Door;
use quater_runtime::native::{Bodies, Context, Failure};
use quater_runtime::{Call, Entry, Identity, Input, RequestId, Service, Wishes};
use serde_json::{Value as Json, json};

const TRAVEL: &str = include_str!("travel.qtr");

fn note(mut call: Context<'_>, _: Json) -> Result<i64, Failure> {
    let author: Option<String> = call.actor();
    call.verb("Note", "create", &json!({ "author": author }))
}

async fn call(service: &Service, token: Option<&str>, name: &str, arguments: Json) -> Result<Json, String> {
    let program = service.program();
    let (operation, _) = program.operations.iter().find(|(_, it)| it.name == name).unwrap();
    let identity = token.map_or(Identity::Nobody, |token| Identity::bearer(token.to_owned()));
    let Json::Object(members) = arguments else { panic!("arguments are an object") };
    let (door, entry, request) = (Door::Mcp, Entry::Local, RequestId::fresh());
    let (input, ip, wishes) = (Input::Object(members), None, Wishes::default());
    let call = Call { operation, door, entry, input, identity, request, ip, wishes };
    match service.invoke(call).await {
        Ok(answer) => Ok(serde_json::from_slice(&answer.body).unwrap()),
        Err(refusal) => Err(program.faults[refusal.fault].name.to_string()),
    }
}

crate::place::on!(file, postgres => [no_row_goes_to_a_caller_of_another_branch]);

async fn no_row_goes_to_a_caller_of_another_branch(place: Place) {
    let mut bodies = Bodies::new();
    bodies.add("in_rust", note);
    let program = compile("travel.qtr", TRAVEL);
    let service = Service::start_with(program, &settings(place.folder(), &place.url()), bodies).unwrap();
    for (home, works) in [("north", "north"), ("north", "south")] {
        let joined = call(&service, None, "join", json!({ "home": home, "works": works })).await.unwrap();
        let token = joined["token"].as_str();
        for operation in ["declared", "in_rust"] {
            let done = call(&service, token, operation, json!({})).await;
            assert_eq!(done.is_ok(), home == works, "{operation} of {home} in {works}: {done:?}");
            assert!(done.is_ok() || done == Err("Forbidden".to_owned()), "{operation}: {done:?}");
        }
    }
    assert_eq!(place.rows("SELECT DISTINCT branch FROM note"), ["north"]);
    service.stop().await;
}
