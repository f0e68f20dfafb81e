//! Calls that tell how far they have come, at every door that can tell.
use super::agents::Agent;
use super::{Shop, repository, text};
use serde_json::{Value as Json, json};
use std::process::Command;

pub(super) const STEPS: &str = include_str!("steps.qtr");

/// The lines of an answer, and its media type.
fn followed(shop: &Shop, action: &str, body: &Json) -> (String, Vec<Json>) {
    let url = format!("{}/quater/v1/actions/{action}", shop.url);
    let request = reqwest::blocking::Client::new().post(url).header("content-type", "application/json");
    let response = request.body(body.to_string()).send().unwrap();
    let media = response.headers()["content-type"].to_str().unwrap().to_owned();
    let lines = response.text().unwrap();
    (media, lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

fn step(done: u32, total: u32, text: &str) -> Json {
    json!({ "status": "progress", "done": done, "total": total, "text": text })
}

#[test]
fn the_action_protocol_tells_steps_in_lines() {
    let shop = Shop::open(STEPS);
    let (media, lines) = followed(&shop, "look", &json!({ "progress": true }));
    assert_eq!(media, "application/x-ndjson");
    assert_eq!(lines[..3], [step(1, 3, "step 1"), step(2, 3, "step 2"), step(3, 3, "step 3")]);
    assert_eq!(
        (lines.len(), &lines[3]["status"], &lines[3]["result"]),
        (4, &json!("done"), &json!({ "seen": 0 }))
    );
    let marks = json!({ "input": { "names": ["a", "b"] }, "progress": true, "key": "once" });
    let (_, lines) = followed(&shop, "mark_all", &marks);
    assert_eq!(lines[..2], [step(1, 2, "wrote a"), step(2, 2, "wrote b")]);
    assert_eq!(lines[2]["result"], json!({ "marked": 2 }));
    // A result that is kept is given at once, and what is not asked for is not told.
    let again = followed(&shop, "mark_all", &marks);
    assert_eq!((again.0.as_str(), again.1.len()), ("application/json", 1));
    assert_eq!(again.1[0]["result"], json!({ "marked": 2 }));
    let quiet = followed(&shop, "look", &json!({}));
    assert_eq!((quiet.0.as_str(), quiet.1.len()), ("application/json", 1));
    // An error behind steps is the last line; one before them is an answer as ever.
    let (_, lines) =
        followed(&shop, "mark_all", &json!({ "input": { "names": ["c", "spoiled"] }, "progress": true }));
    assert_eq!(lines[0], step(1, 2, "wrote c"));
    assert_eq!((&lines[1]["status"], &lines[1]["error"]["code"]), (&json!("error"), &json!("Spoiled")));
    let (media, lines) = followed(&shop, "mark_all", &json!({ "input": { "names": [] }, "progress": true }));
    assert_eq!((media.as_str(), &lines[0]["error"]["code"]), ("application/json", &json!("Invalid")));
    // A dry run tells, too.
    let (_, lines) = followed(
        &shop,
        "mark_all",
        &json!({ "input": { "names": ["d"] }, "progress": true, "dry_run": true }),
    );
    assert_eq!((&lines[0], &lines[1]["status"]), (&step(1, 1, "wrote d"), &json!("dry_run")));
    assert_eq!(followed(&shop, "look", &json!({})).1[0]["result"], json!({ "seen": 2 }));
}

/// A request to a route that asks for events: its status, its media type and its text.
fn watched(
    shop: &Shop,
    request: (&str, &str),
    headers: &[(&str, &str)],
    body: &Json,
) -> (u16, String, String) {
    let (method, path) = request;
    let client = reqwest::blocking::Client::new();
    let mut request = client.request(method.parse().unwrap(), format!("{}{path}", shop.url));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    if !body.is_null() {
        request = request.header("content-type", "application/json").body(body.to_string());
    }
    let response = request.send().unwrap();
    let media = response.headers()["content-type"].to_str().unwrap().to_owned();
    (response.status().as_u16(), media, response.text().unwrap())
}

#[test]
fn routes_tell_steps_in_events() {
    let shop = Shop::open(STEPS);
    let events = ("accept", "text/event-stream");
    let told = |done: u32, total: u32, text: &str| {
        format!("event: progress\ndata: {{\"done\":{done},\"total\":{total},\"text\":\"{text}\"}}\n\n")
    };
    let steps = [told(1, 3, "step 1"), told(2, 3, "step 2"), told(3, 3, "step 3")].concat();
    let end = |data: &str| format!("event: end\ndata: {data}\n\n");
    let (status, media, text) = watched(&shop, ("GET", "/look"), &[events], &Json::Null);
    assert_eq!((status, media.as_str(), text), (200, "text/event-stream", steps + &end(r#"{"seen":0}"#)));
    // Who does not ask, or likes another form as much, hears nothing.
    for accept in ["*/*", "application/json, text/event-stream", "text/event-stream;q=0"] {
        let quiet = watched(&shop, ("GET", "/look"), &[("accept", accept)], &Json::Null);
        assert_eq!(quiet, (200, "application/json".to_owned(), r#"{"seen":0}"#.to_owned()), "{accept}");
    }
    let marks = json!({ "names": ["a", "b"] });
    let once = [events, ("idempotency-key", "once")];
    let wrote = told(1, 2, "wrote a") + &told(2, 2, "wrote b");
    let (_, _, text) = watched(&shop, ("POST", "/marks"), &once, &marks);
    assert_eq!(text, wrote + &end(r#"{"marked":2}"#));
    // A result that is kept comes at once, and an error behind steps is the last event.
    assert_eq!(watched(&shop, ("POST", "/marks"), &once, &marks).2, end(r#"{"marked":2}"#));
    let (status, _, text) =
        watched(&shop, ("POST", "/marks"), &[events], &json!({ "names": ["c", "spoiled"] }));
    let problem = text.strip_prefix(&(told(1, 2, "wrote c") + "event: problem\ndata: ")).unwrap();
    let problem: Json = serde_json::from_str(problem.trim_end()).unwrap();
    assert_eq!(
        (status, &problem["status"], &problem["problem"]["code"]),
        (200, &json!(409), &json!("Spoiled"))
    );
    assert_eq!(problem["problem"]["data"], json!({ "name": "spoiled" }));
    // What is refused before any step is answered as ever; so is a dry run that tells nothing.
    let (status, media, _) = watched(&shop, ("POST", "/marks"), &[events], &json!({ "names": [] }));
    assert_eq!((status, media.as_str()), (422, "application/problem+json"));
    let dry = [events, ("dry-run", "true")];
    let (_, _, text) = watched(&shop, ("POST", "/marks"), &dry, &json!({ "names": ["d"] }));
    let (step, result) = text.split_once("event: end\ndata: ").unwrap();
    assert_eq!((step, result.contains("\"dry_run\":true")), (told(1, 1, "wrote d").as_str(), true));
    let (status, _, text) = watched(&shop, ("POST", "/rest"), &[events], &Json::Null);
    assert_eq!((status, text), (200, told(1, 1, "rested") + &end("")));
    assert_eq!(watched(&shop, ("GET", "/look"), &[], &Json::Null).2, r#"{"seen":2}"#, "nothing else stays");
}

/// The messages that a tool call is answered with over HTTP.
fn called(shop: &Shop, revision: &str, meta: Json) -> (String, Vec<Json>) {
    let mut meta = meta;
    let request = reqwest::blocking::Client::new().post(format!("{}/mcp", shop.url));
    let mut request = request
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream")
        .header("mcp-protocol-version", revision);
    if revision == "2026-07-28" {
        request = request.header("mcp-method", "tools/call").header("mcp-name", "look");
        meta["io.modelcontextprotocol/protocolVersion"] = json!(revision);
        meta["io.modelcontextprotocol/clientCapabilities"] = json!({});
    }
    let params = json!({ "name": "look", "arguments": {}, "_meta": meta });
    let call = json!({ "jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": params });
    let response = request.body(call.to_string()).send().unwrap();
    let media = response.headers()["content-type"].to_str().unwrap().to_owned();
    let body = response.text().unwrap();
    let messages = if media.starts_with("text/event-stream") {
        let data = body.lines().filter_map(|line| line.strip_prefix("data:")).map(str::trim);
        data.filter(|data| !data.is_empty()).map(|data| serde_json::from_str(data).unwrap()).collect()
    } else {
        vec![serde_json::from_str(&body).unwrap()]
    };
    (media, messages)
}

#[test]
fn agents_hear_steps_in_every_revision() {
    let shop = Shop::open(STEPS);
    for revision in ["2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"] {
        for token in [json!("mine"), json!(12)] {
            let (media, messages) = called(&shop, revision, json!({ "progressToken": token }));
            assert!(media.starts_with("text/event-stream"), "{revision}: {media}");
            let (last, steps) = messages.split_last().unwrap();
            assert_eq!(
                (&last["id"], &last["result"]["structuredContent"]),
                (&json!(7), &json!({ "seen": 0 }))
            );
            let wanted = [1, 2, 3].map(|step| {
                let params = json!({
                    "progressToken": token, "progress": f64::from(step), "total": 3.0, "message": format!("step {step}"),
                });
                json!({ "jsonrpc": "2.0", "method": "notifications/progress", "params": params })
            });
            assert_eq!(steps, wanted, "{revision}");
        }
        let (media, messages) = called(&shop, revision, json!({}));
        assert_eq!((media.as_str(), messages.len()), ("application/json", 1), "{revision}: nobody asked");
    }
}

#[test]
fn agents_on_standard_input_and_output_hear_steps() {
    let folder = tempfile::TempDir::new().unwrap();
    std::fs::write(folder.path().join("shop.qtr"), STEPS).unwrap();
    let mut agent = Agent::start(folder.path(), None);
    let params = json!({ "name": "look", "arguments": {}, "_meta": { "progressToken": "t" } });
    let (told, before) = agent.ask_hearing("tools/call", params);
    assert_eq!(told["result"]["structuredContent"], json!({ "seen": 0 }));
    let done: Vec<&Json> = before.iter().map(|told| &told["params"]["progress"]).collect();
    assert_eq!(done, [&json!(1.0), &json!(2.0), &json!(3.0)]);
    assert_eq!(agent.end(), Some(0));
}

#[test]
fn commands_tell_steps_on_standard_error_alone() {
    let shop = Shop::open(STEPS);
    shop.quater(&["connect", "shop", &shop.url]);
    for target in ["shop", "shop.qtr"] {
        let told = shop.quater(&["call", target, "mark", "--names", "a", "--names", "b", "--json"]);
        assert_eq!(text(&told.stdout), "{\"marked\":2}\n", "{target}");
        let wanted = "{\"progress\":{\"done\":1,\"total\":2,\"text\":\"wrote a\"}}\n\
                      {\"progress\":{\"done\":2,\"total\":2,\"text\":\"wrote b\"}}\n";
        assert_eq!(text(&told.stderr), wanted, "{target}");
        // A pipe is not drawn on.
        let told = shop.quater(&["call", target, "look"]);
        assert_eq!(text(&told.stderr), "", "{target}");
        let failed = shop.quater(&["call", target, "mark", "--names", "c", "--names", "spoiled", "--json"]);
        assert_eq!(failed.status.code(), Some(13), "{target}");
        assert!(text(&failed.stdout).starts_with("{\"code\":\"Spoiled\""), "{target}: {failed:?}");
    }
}

#[test]
fn a_client_in_another_language_hears_steps() {
    let shop = Shop::open(STEPS);
    let script = repository().join("tests/suites/remote/steps.py");
    let mut python = Command::new("python3");
    let output =
        python.arg(script).arg(&shop.url).env("PYTHONPATH", repository().join("examples/python-client"));
    let output = output.output().unwrap();
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
}
