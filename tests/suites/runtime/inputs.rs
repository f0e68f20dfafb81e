//! Inputs: everything that is wrong with them, each at its place, at every door alike.
use super::place::{Place, on};
use super::{LEDGER, SECRET, call, compile, join};
use bytes::Bytes;
use http::{HeaderMap, Uri};
use quater_ir::operation::Door;
use quater_runtime::{Call, Entry, HttpInput, Identity, Input, Refusal, RequestId, Service, Wishes};
use serde_json::{Value as Json, json};

on!(memory, postgres => [
    all_violations_are_told_at_once,
    http_inputs_are_taken_from_their_places,
    arguments_of_commands_are_read_by_their_types,
]);

fn told(result: Result<Json, Refusal>) -> Vec<String> {
    let refusal = result.expect_err("the inputs are wrong");
    let mut told: Vec<String> =
        refusal.violations.iter().map(|it| format!("{} {}", it.pointer, it.code)).collect();
    told.sort();
    told
}

async fn all_violations_are_told_at_once(place: Place) {
    let service = place.start(&compile(LEDGER)).unwrap();
    let (clerk, id) = join(&service, "cleo", "clerk").await;
    let good = json!({ "from": "AA-001", "to": "BB-002", "amount": "1.00" });
    let cases: [(&str, Json, &[&str]); 12] = [
        ("open_account", json!({}), &["/code required", "/holder required"]),
        (
            "open_account",
            json!({ "code": "aa-1", "holder": "me", "level": "top", "balance": "-1", "extra": 1 }),
            &["/balance too_small", "/code pattern", "/extra unknown", "/holder type", "/level enum"],
        ),
        ("open_account", json!({ "code": "AA-001", "holder": id, "balance": 5 }), &["/balance type"]),
        (
            "open_account",
            json!({ "code": "AA-001", "holder": id, "balance": "0.001" }),
            &["/balance too_precise"],
        ),
        ("open_account", json!({ "code": "AA-001", "holder": id, "balance": "1e3" }), &["/balance type"]),
        (
            "open_account",
            json!({ "code": "AA-001", "holder": id, "balance": "99999999999999999999" }),
            &["/balance out_of_range"],
        ),
        ("open_account", json!({ "code": null, "holder": id }), &["/code type"]),
        ("open_account", json!({ "code": "AA-001", "holder": id, "note": "a\u{0}b" }), &["/note pattern"]),
        ("transfer", json!({ "moves": [] }), &["/moves too_short"]),
        ("transfer", json!({ "moves": vec![good.clone(); 21] }), &["/moves too_long"]),
        (
            "transfer",
            json!({ "moves": [good, { "from": 1, "amount": "0.00", "a/b~c": 0 }, 7] }),
            &[
                "/moves/1/amount too_small",
                "/moves/1/a~1b~0c unknown",
                "/moves/1/from type",
                "/moves/1/to required",
                "/moves/2 type",
            ],
        ),
        ("join", json!({ "name": "   " }), &["/name too_short"]),
    ];
    for (operation, arguments, wanted) in cases {
        let shown = arguments.to_string();
        assert_eq!(
            told(call(&service, Some(&clerk), operation, arguments).await),
            wanted,
            "{operation} {shown}"
        );
    }
}

async fn http(
    service: &Service,
    token: &str,
    route: (&str, &str),
    target: &str,
    body: &'static str,
) -> Result<Json, Refusal> {
    let program = service.program();
    let (method, path) = route;
    let at =
        program.surface.routes.iter().position(|it| it.path == path && it.method.name() == method).unwrap();
    let uri: Uri = target.parse().unwrap();
    let parts = path.split('/').zip(uri.path().split('/'));
    let path = parts.filter(|(name, _)| name.starts_with('{')).map(|(_, text)| text.into()).collect();
    let input = HttpInput {
        route: at,
        path,
        uri: uri.clone(),
        headers: HeaderMap::new(),
        body: Bytes::from_static(body.as_bytes()),
        parts: quater_runtime::Parts::default(),
    };
    let identity = Identity::bearer(token.to_owned());
    let operation = program.surface.routes[at].operation;
    let (door, entry, request) = (Door::Http, Entry::Remote, RequestId::fresh());
    let call = Call {
        operation,
        door,
        entry,
        input: Input::Http(input),
        identity,
        request,
        ip: None,
        wishes: Wishes::default(),
    };
    let answer = service.invoke(call).await?;
    Ok(serde_json::from_slice(&answer.body).unwrap_or(Json::Null))
}

async fn http_inputs_are_taken_from_their_places(place: Place) {
    let service = place.start(&compile(LEDGER)).unwrap();
    let (clerk, id) = join(&service, "cleo", "clerk").await;
    let list = ("GET", "/accounts");
    assert_eq!(http(&service, &clerk, list, "/accounts", "ignored").await.unwrap(), json!([]));
    assert_eq!(http(&service, &clerk, list, "/accounts?only=l%6Fw", "").await.unwrap(), json!([]));
    let wrong = http(&service, &clerk, list, "/accounts?only=top&only=low&other=1&x=%zz", "").await;
    assert_eq!(told(wrong), ["/only duplicate", "/other unknown", "/x encoding"]);
    let wrong = http(&service, &clerk, ("GET", "/accounts/{account}"), "/accounts/7", "").await;
    assert_eq!(wrong.as_ref().unwrap_err().violations[0].place.name(), "path");
    assert_eq!(told(wrong), ["/account type"]);
    let open = ("POST", "/accounts");
    let malformed = http(&service, &clerk, open, "/accounts", "{\"code\": ").await.unwrap_err();
    assert_eq!(service.program().faults[malformed.fault].name, "Malformed");
    let twice = http(&service, &clerk, open, "/accounts", r#"{"code":"AA-001","code":"AA-002"}"#).await;
    assert_eq!(told(twice), ["/code duplicate", "/holder required"]);
    assert_eq!(told(http(&service, &clerk, open, "/accounts", "[]").await), [" type"]);
    assert_eq!(
        told(http(&service, &clerk, open, "/accounts", "").await),
        ["/code required", "/holder required"]
    );
    let body: &'static str = format!(r#"{{"code":"AA-001","holder":"{id}","note":" \u00e4 "}}"#).leak();
    let made = http(&service, &clerk, open, "/accounts", body).await.unwrap();
    assert_eq!(
        (&made["note"], &made["holder_name"], &made["mine"]),
        (&json!("ä"), &json!("cleo"), &json!(true))
    );
    assert_eq!(made["balance"], "0.00");
}

async fn arguments_of_commands_are_read_by_their_types(place: Place) {
    let service = place.start(&compile(LEDGER)).unwrap();
    let (clerk, id) = join(&service, "cleo", "clerk").await;
    let program = service.program();
    let run = async |name: &str, arguments: &[(&str, &str)]| {
        let (operation, _) = program.operations.iter().find(|(_, it)| it.name == name).unwrap();
        let arguments = arguments.iter().map(|(name, text)| ((*name).into(), (*text).to_owned())).collect();
        let identity = Identity::bearer(clerk.clone());
        let (door, entry, request) = (Door::Cli, Entry::Local, RequestId::fresh());
        let call = Call {
            operation,
            door,
            entry,
            input: Input::Arguments(arguments),
            identity,
            request,
            ip: None,
            wishes: Wishes::default(),
        };
        let answer = service.invoke(call).await?;
        Ok(serde_json::from_slice::<Json>(&answer.body).unwrap())
    };
    let given = [("code", "AA-001"), ("holder", &id), ("balance", "1.10"), ("note", "1.10")];
    let made = run("open_account", &given).await.unwrap();
    assert_eq!((&made["balance"], &made["note"]), (&json!("1.10"), &json!("1.10")));
    run("open_account", &[("code", "BB-002"), ("holder", &id)]).await.unwrap();
    let moves = r#"[{ "from": "AA-001", "to": "BB-002", "amount": "1.10" }]"#;
    assert_eq!(run("transfer", &[("moves", moves)]).await.unwrap()[1]["balance"], "1.10");
    let wrong = run("open_account", &[("code", "CC-003"), ("code", "CC-004"), ("hodler", &id)]).await;
    assert_eq!(told(wrong), ["/code duplicate", "/hodler unknown", "/holder required"]);
    assert_eq!(told(run("transfer", &[("moves", "AA-001")]).await), ["/moves/0 type"]);
    assert!(SECRET.len() >= 32);
}
