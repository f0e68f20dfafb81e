//! How forms say what members of enums are called, to clients of each revision that knows forms.
use crate::{judges, served};
use reqwest::blocking::{Client, Response};
use serde_json::{Value as Json, json};
use std::fs;
use std::io::{BufRead, BufReader};
use tempfile::TempDir;

const TOOL: &str = "test_elicitation_sep1330_enums";

fn send(url: &str, revision: &str, session: Option<&str>, message: &Json) -> Response {
    let request = Client::new().post(format!("{url}/mcp")).header("content-type", "application/json");
    let mut request = request.header("accept", "application/json, text/event-stream");
    if let Some(session) = session {
        request = request.header("mcp-session-id", session).header("mcp-protocol-version", revision);
    }
    if revision == "2026-07-28" {
        request = request.header("mcp-protocol-version", revision);
        request = request.header("mcp-method", "tools/call").header("mcp-name", TOOL);
    }
    request.body(message.to_string()).send().unwrap()
}

/// The messages of an answer, as they come.
fn messages(answer: Response) -> impl Iterator<Item = Json> {
    let lines = BufReader::new(answer).lines().map(Result::unwrap);
    lines.filter_map(|line| serde_json::from_str(line.strip_prefix("data: ").unwrap_or(&line)).ok())
}

/// What a client of a revision with sessions is asked, and what comes of its answer.
fn asked(url: &str, revision: &str, content: &Json) -> (Json, String) {
    let params = json!({
        "protocolVersion": revision, "capabilities": { "elicitation": {} }, "clientInfo": { "name": "t", "version": "1" },
    });
    let hello = json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": params });
    let welcome = send(url, revision, None, &hello);
    let session = welcome.headers()["mcp-session-id"].to_str().unwrap().to_owned();
    let tell = |message: &Json| send(url, revision, Some(&session), message);
    tell(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }));
    let call = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": { "name": TOOL } });
    let mut heard = messages(tell(&call));
    let question = heard.next().unwrap();
    assert_eq!(question["method"], "elicitation/create", "{question}");
    let result = json!({ "action": "accept", "content": content });
    tell(&json!({ "jsonrpc": "2.0", "id": question["id"], "result": result }));
    let done = heard.next().unwrap();
    let said = done["result"]["content"][0]["text"].as_str().unwrap_or_else(|| panic!("{done}")).to_owned();
    (question["params"]["requestedSchema"]["properties"].clone(), said)
}

#[test]
fn forms_are_those_of_the_revision() {
    let folder = TempDir::new().unwrap();
    let text = fs::read_to_string(judges::root().join("tests/agents/agents.qtr")).unwrap();
    let titled = [("value1", "First Option"), ("value2", "Second Option"), ("value3", "Third Option")];
    let options: Vec<Json> =
        titled.iter().map(|(value, title)| json!({ "const": value, "title": title })).collect();
    let (values, titles) = (titled.map(|(value, _)| value), titled.map(|(_, title)| title));
    let about = "What people choose by its title.";
    let plain = json!({ "type": "string", "enum": ["option1", "option2", "option3"] });
    let named = json!({
        "type": "string", "description": "The same, of which one speaks for itself.",
        "enum": ["opt1", "opt2", "other"], "enumNames": ["Option One", "Option Two", "other"],
    });
    let listed = |items: Json| json!({ "type": "array", "items": items, "maxItems": 3 });
    let untitled = listed(plain.clone());
    let now = json!({
        "untitledSingle": plain, "untitledMulti": untitled, "legacyEnum": named,
        "titledSingle": { "type": "string", "description": about, "oneOf": options },
        "titledMulti": listed(json!({ "anyOf": options })),
    });
    let earlier = json!({
        "untitledSingle": plain, "untitledMulti": untitled, "legacyEnum": named,
        "titledSingle": { "type": "string", "description": about, "enum": values, "enumNames": titles },
        "titledMulti": listed(json!({ "type": "string", "enum": values })),
    });
    let filled = json!({
        "untitledSingle": "option1", "titledSingle": "value2", "legacyEnum": "other",
        "untitledMulti": ["option2"], "titledMulti": ["value1", "value3"],
    });
    served(&text, folder.path(), |url| {
        for (revision, wanted) in [("2025-06-18", &earlier), ("2025-11-25", &now)] {
            let (asked, said) = asked(url, revision, &filled);
            assert_eq!(asked, *wanted, "{revision}");
            assert!(said.contains("accept") && said.contains("Value2") && said.contains("Other"), "{said}");
        }
        let meta = json!({
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": { "elicitation": { "form": {} } },
        });
        let params = json!({ "_meta": meta, "name": TOOL });
        let call = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params });
        let told = messages(send(url, "2026-07-28", None, &call)).next().unwrap();
        let schema = &told["result"]["inputRequests"]["choices"]["params"]["requestedSchema"];
        assert_eq!(schema["properties"], now, "{told}");
    });
}
