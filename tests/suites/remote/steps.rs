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
