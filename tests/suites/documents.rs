//! The documents that callers read: they say what is true, every tool accepts them, and they change
//! only where somebody meant it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::wildcard_enum_match_arm,
    reason = "tests"
)]

#[path = "documents/artifact.rs"]
mod artifact;
#[path = "documents/published.rs"]
mod published;
#[path = "documents/sample.rs"]
mod sample;
#[path = "documents/shapes.rs"]
mod shapes;

use quater_ir::Program;
use quater_ir::surface::{Hints, Tool};
use serde_json::{Value, json};
use std::path::Path;

/// Compares with a golden file, or writes it under `UPDATE_EXPECT=1`.
#[track_caller]
fn golden(name: &str, document: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("suites/documents/goldens").join(name);
    let value: Value = serde_json::from_str(document).unwrap();
    let text = format!("{}\n", serde_json::to_string_pretty(&value).unwrap());
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, text).unwrap();
    } else {
        let expected = std::fs::read_to_string(&path).unwrap();
        assert!(text == expected, "{name} differs; see the difference with UPDATE_EXPECT=1 and git diff");
    }
}

fn tool<'p>(program: &'p Program, name: &str) -> &'p Tool {
    program.surface.tools.iter().find(|tool| tool.name == name).unwrap()
}

fn validator(schema: &Value) -> jsonschema::Validator {
    jsonschema::options().should_validate_formats(true).build(schema).unwrap()
}

/// A schema of the document, with the document's components at hand.
fn component(document: &Value, schema: &Value) -> jsonschema::Validator {
    let mut whole = schema.clone();
    whole["components"] = document["components"].clone();
    validator(&whole)
}

fn openapi(program: &Program) -> Value {
    serde_json::from_str(&program.surface.openapi).unwrap()
}

fn endpoints(document: &Value) -> impl Iterator<Item = (String, &Value)> {
    document["paths"].as_object().unwrap().iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().unwrap();
        methods.iter().map(move |(method, endpoint)| (format!("{method} {path}"), endpoint))
    })
}

#[test]
fn goldens_hold() {
    let program = sample::program();
    golden("openapi.json", &program.surface.openapi);
    golden("tools.json", &serde_json::to_string(&documents_of_tools(&program)).unwrap());
}

fn documents_of_tools(program: &Program) -> Vec<Value> {
    let parsed = |text: &String| serde_json::from_str::<Value>(text).unwrap();
    let document = |tool: &Tool| {
        json!({
            "name": tool.name, "title": tool.title, "description": tool.description, "hints": tool.hints,
            "wrapped": tool.wrapped, "input": parsed(&tool.input_schema),
            "output": tool.output_schema.as_ref().map(parsed),
        })
    };
    program.surface.tools.iter().map(document).collect()
}

#[test]
fn the_same_program_gives_the_same_bytes() {
    assert_eq!(sample::program().surface, sample::program().surface);
}

/// What waits for approval is told as it is answered, and where to look.
#[test]
fn what_waits_is_told_of() {
    let mut sources = quater_compiler::report::Sources::default();
    let text = include_str!("runtime/refunds.qtr");
    sources.add(quater_compiler::report::Source::new("refunds.qtr", text.to_owned()));
    let document = openapi(&quater_compiler::analyse(sources).program.unwrap());
    let waits = &document["paths"]["/refunds"]["post"]["responses"]["202"];
    assert_eq!(waits["headers"]["Location"]["$ref"], "#/components/headers/Location");
    assert_eq!(document["components"]["headers"]["Location"]["schema"]["format"], "uri-reference");
    let schema = component(&document, &waits["content"]["application/json"]["schema"]);
    let mut answer = json!({
        "status": "waiting_approval", "approval": "01a21945-7fe6-729d-aad6-e95fde1c2c5e", "operation": "refund",
        "expires": "2026-11-26T20:11:54.853Z", "url": "/quater/v1/approvals/01a21945-7fe6-729d-aad6-e95fde1c2c5e",
    });
    assert!(schema.is_valid(&answer));
    answer["status"] = json!("done");
    assert!(!schema.is_valid(&answer));
}

/// Lengths of time that are taken fit their schema, and those that are refused do not.
#[test]
fn years_and_months_are_no_lengths() {
    let program = sample::program();
    let text = &program.surface.openapi;
    let at = text.find("\"duration\"").unwrap();
    let pattern = text[at..].split("\"pattern\":").nth(1).unwrap().trim_start();
    let pattern: String = serde_json::Deserializer::from_str(pattern).into_iter().next().unwrap().unwrap();
    let schema = validator(&json!({ "type": "string", "pattern": pattern }));
    for (length, fits) in [
        ("P7D", true),
        ("P1W", true),
        ("PT15M", true),
        ("P1DT2H3M4S", true),
        ("-PT1S", true),
        ("P1Y", false),
        ("P1M", false),
        ("P1YT1M", false),
    ] {
        assert_eq!(schema.is_valid(&json!(length)), fits, "{length}");
    }
}

#[test]
fn tools_take_what_their_inputs_take() {
    let program = sample::program();
    let line = json!({ "sku": "PEN-0001", "qty": 2 });
    let with = |name: &str, value: Value| {
        let mut line = line.clone();
        line[name] = value;
        json!({ "lines": [line] })
    };
    let user = |name: &str| json!({ "email": "a@b.example", "password": "12345678", "name": name });
    let long = |count: usize| json!({ "lines": vec![line.clone(); count] });
    let cases = [
        ("place_order", json!({ "lines": [line] }), true),
        ("place_order", with("note", Value::Null), true),
        ("place_order", with("gift", json!(true)), true),
        ("place_order", with("qty", json!(100)), false),
        ("place_order", with("qty", json!(1.5)), false),
        ("place_order", with("sku", json!("xPEN-0001")), false),
        ("place_order", with("note", json!("")), false),
        ("place_order", with("surprise", json!(1)), false),
        ("place_order", json!({}), false),
        ("place_order", json!({ "lines": [] }), false),
        ("place_order", long(50), true),
        ("place_order", long(51), false),
        ("place_order", json!({ "lines": [line], "tip": "0.5" }), true),
        ("place_order", json!({ "lines": [line], "tip": "-0.50" }), false),
        ("place_order", json!({ "lines": [line], "tip": "0.505" }), false),
        ("place_order", json!({ "lines": [line], "tip": "1e3" }), false),
        ("place_order", json!({ "lines": [line], "tip": 0.5 }), false),
        ("place_order", json!({ "lines": [line], "tip": null }), false),
        ("place_order", json!({ "lines": [line], "for_day": null }), true),
        ("place_order", json!({ "lines": [line], "for_day": "2026-02-30" }), false),
        ("place_order", json!({ "lines": [line], "extra": 1 }), false),
        ("sign_up", user(" Ann "), true),
        ("sign_up", user("  "), false),
        ("sign_up", json!({ "email": "nobody", "password": "12345678", "name": "a" }), false),
        ("sign_up", json!({ "email": "a@b.example", "password": "1234567", "name": "a" }), false),
        ("move_order", json!({ "order": "019a0000-0000-7000-8000-000000000001", "to": "paid" }), true),
        ("move_order", json!({ "order": "17", "to": "paid" }), false),
        ("move_order", json!({ "order": "019a0000-0000-7000-8000-000000000001", "to": "lost" }), false),
        ("list_orders", json!({}), true),
        ("list_orders", json!({ "status": null, "most": 100 }), true),
        ("list_orders", json!({ "most": 101 }), false),
        ("remove_some", json!({}), true),
        ("remove_some", json!({ "who": 1 }), false),
    ];
    for (name, arguments, fits) in cases {
        let schema: Value = serde_json::from_str(&tool(&program, name).input_schema).unwrap();
        assert_eq!(validator(&schema).is_valid(&arguments), fits, "{name} {arguments}");
    }
}

#[test]
fn every_kind_of_value_has_its_schema() {
    let program = sample::program();
    let schema: Value = serde_json::from_str(&tool(&program, "kinds").input_schema).unwrap();
    let validator = validator(&schema);
    let thread = json!({ "text": "a", "replies": [{ "text": "b", "replies": [] }] });
    let good = json!({
        "whole": 9_007_199_254_740_991_i64, "part": 0.5, "bytes": "AAEC", "length": "PT1H", "any": [1],
        "word": " aa ", "who": 7, "thread": thread,
    });
    assert!(validator.is_valid(&good), "{:?}", validator.iter_errors(&good).collect::<Vec<_>>());
    let bad = [
        ("whole", json!(9_007_199_254_740_992_i64)),
        ("part", json!(0.6)),
        ("bytes", json!("A".repeat(28))),
        ("length", json!("one hour")),
        ("word", json!("ab")),
        ("who", json!("7")),
        ("thread", json!({ "text": "a", "replies": [{ "text": "" , "replies": [] }] })),
    ];
    for (name, value) in bad {
        let mut arguments = good.clone();
        arguments[name] = value;
        assert!(!validator.is_valid(&arguments), "{name} takes {}", arguments[name]);
    }
}

#[test]
fn tools_are_described_truthfully() {
    let program = sample::program();
    let hints =
        |read_only, destructive, idempotent| Hints { read_only, destructive, idempotent, open_world: false };
    let cases = [
        ("sign_up", "Sign up", hints(false, false, false)),
        ("place_order", "Place order", hints(false, false, false)),
        ("list_orders", "List orders", hints(true, false, true)),
        ("move_order", "Move order", hints(false, true, true)),
        ("remove_some", "Remove some", hints(false, true, false)),
    ];
    for (name, title, hints) in cases {
        let tool = tool(&program, name);
        assert_eq!((tool.title.as_str(), tool.hints), (title, hints), "{name}");
    }
    assert!(tool(&program, "list_orders").wrapped && !tool(&program, "place_order").wrapped);
    assert!(tool(&program, "kinds").wrapped, "null is no object");
    assert!(tool(&program, "remove_some").output_schema.is_none());
}

#[test]
fn a_fresh_value_is_not_the_same_twice() {
    use quater_ir::body::Statement;
    let mut program = sample::program();
    let id = program.operations.iter().find(|(_, it)| it.name == "move_order").unwrap().0;
    let Statement::Update { update, .. } = &mut program.operations[id].body.block[0] else { panic!() };
    update.values[0].value = sample::chance();
    let tool = quater_compiler::emit::tool::tool(&program, id, "move_order".into());
    assert!(!tool.hints.idempotent);
}

#[test]
fn schemas_are_schemas() {
    schemas_of(&sample::program());
    schemas_of(&shapes::program());
}

fn schemas_of(program: &Program) {
    for tool in &program.surface.tools {
        for schema in [Some(&tool.input_schema), tool.output_schema.as_ref()].into_iter().flatten() {
            let schema: Value = serde_json::from_str(schema).unwrap();
            assert!(jsonschema::meta::is_valid(&schema), "{} {schema}", tool.name);
            assert_eq!(schema["type"], "object", "{}", tool.name);
        }
    }
    for (name, schema) in openapi(program)["components"]["schemas"].as_object().unwrap() {
        assert!(jsonschema::meta::is_valid(schema), "{name} {schema}");
    }
}

#[test]
fn secrets_are_written_and_never_read() {
    let program = sample::program();
    assert!(!program.surface.openapi.contains("margin"));
    let document = openapi(&program);
    let body =
        &document["paths"]["/api/users"]["post"]["requestBody"]["content"]["application/json"]["schema"];
    assert_eq!(body["properties"]["password"]["writeOnly"], true);
    assert_eq!(body["properties"]["email"].get("writeOnly"), None);
}

#[test]
fn references_lead_somewhere_and_everything_is_used() {
    references_of(&openapi(&sample::program()));
    references_of(&openapi(&shapes::program()));
}

fn references_of(document: &Value) {
    let mut used = Vec::new();
    references(document, &mut used);
    let components = document["components"].as_object().unwrap();
    for reference in &used {
        assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference} is not there");
    }
    for (kind, members) in components.iter().filter(|(kind, _)| *kind != "securitySchemes") {
        for name in members.as_object().unwrap().keys() {
            let place = format!("#/components/{kind}/{name}");
            assert!(used.contains(&place), "nothing refers to {place}");
        }
    }
}

fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
            members.values().for_each(|member| references(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn examples_fit_their_schemas() {
    assert_eq!(fitting_examples(&openapi(&sample::program())), 10, "four request bodies and six outputs");
    assert_eq!(fitting_examples(&openapi(&shapes::program())), 19, "eight request bodies and eleven outputs");
}

fn fitting_examples(document: &Value) -> usize {
    let mut count = 0;
    for (name, endpoint) in endpoints(document) {
        let answers = endpoint["responses"].as_object().unwrap().values();
        for holder in answers.chain(endpoint.get("requestBody")) {
            let media = &holder["content"]["application/json"];
            if let Some(example) = media.get("example") {
                let validator = component(document, &media["schema"]);
                let errors: Vec<_> = validator.iter_errors(example).map(|error| error.to_string()).collect();
                assert!(errors.is_empty(), "{name}: {errors:?} in {example}");
                count += 1;
            }
        }
    }
    count
}

#[test]
fn requests_say_what_they_take_to_the_last_character() {
    let document = openapi(&sample::program());
    let media = &document["paths"]["/api/users"]["post"]["requestBody"]["content"]["application/json"];
    let validator = component(&document, &media["schema"]);
    let cases = [
        ("name", " Ann ", true),
        ("name", " ", false),
        ("name", "\0Ann", false),
        ("password", "1234567\0", false),
    ];
    for (name, value, fits) in cases {
        let mut body = media["example"].clone();
        body[name] = json!(value);
        assert_eq!(validator.is_valid(&body), fits, "{name} {value:?}");
    }
}

#[test]
fn faults_are_told_by_status() {
    let document = openapi(&sample::program());
    let order = &document["paths"]["/api/orders"]["post"]["responses"];
    let statuses: Vec<_> = order.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        statuses,
        ["201", "400", "401", "405", "408", "409", "413", "415", "421", "422", "500", "503"]
    );
    let mapping = &order["409"]["content"]["application/problem+json"]["schema"]["discriminator"]["mapping"];
    let codes: Vec<_> = mapping.as_object().unwrap().keys().collect();
    assert_eq!(codes, ["Conflict", "OutOfStock"]);
    assert_eq!(order["400"]["$ref"], "#/components/responses/Malformed");
    let people = document["paths"]["/api/people"]["delete"]["responses"].as_object().unwrap();
    assert!(!people.contains_key("413") && people["204"].get("content").is_none());
    let moved = document["paths"]["/api/orders/{order}"]["patch"]["responses"].as_object().unwrap();
    assert!(moved.contains_key("403") && moved.contains_key("404"));
}

#[test]
fn paths_are_one_whatever_their_parameters_are_called() {
    let document = openapi(&sample::program());
    let path = &document["paths"]["/api/orders/{order}"];
    assert_eq!(path["patch"]["parameters"][0]["name"], "order");
    assert_eq!(path["get"]["parameters"][0]["name"], "order", "the route calls it `id`");
    assert_eq!(document["paths"].get("/api/orders/{id}"), None);
    assert_eq!(path["get"]["summary"], "One order");
}

#[test]
fn what_is_made_leads_on() {
    let document = openapi(&sample::program());
    let links = &document["paths"]["/api/orders"]["post"]["responses"]["201"]["links"];
    let names: Vec<_> = links.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(names, ["move_order", "get_order"]);
    assert_eq!(links["get_order"]["parameters"], json!({ "order": "$response.body#/id" }));
    assert_eq!(document["paths"]["/api/users"]["post"]["responses"]["201"].get("links"), None);
}

#[test]
fn security_says_who_must_sign_in() {
    let document = openapi(&sample::program());
    let both = json!([{ "login": [] }, { "machine": [] }]);
    assert_eq!(document["paths"]["/api/orders"]["get"]["security"], both);
    let public = json!([{}, { "login": [] }, { "machine": [] }]);
    assert_eq!(document["paths"]["/api/users"]["post"]["security"], public);
    let schemes: Vec<_> = document["components"]["securitySchemes"].as_object().unwrap().keys().collect();
    assert_eq!(schemes, ["login", "machine"], "`agent` is for other doors");
}

/// The service whose bodies and errors stand in envelopes.
fn blog() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("doors/envelopes.qtr");
    let mut sources = quater_compiler::report::Sources::default();
    sources.add(quater_compiler::report::Source::new("blog.qtr", std::fs::read_to_string(path).unwrap()));
    openapi(&quater_compiler::analyse(sources).program.unwrap())
}

#[test]
fn envelopes_are_part_of_the_contract() {
    let document = blog();
    let body = |path: &str, method: &str| {
        let schema = &document["paths"][path][method]["requestBody"]["content"]["application/json"]["schema"];
        component(&document, schema)
    };
    let write = body("/posts", "post");
    assert!(write.is_valid(&json!({ "post": { "slug": "a", "title": "An a" } })));
    for wrong in [json!({ "slug": "a", "title": "An a" }), json!({ "post": {} }), json!({})] {
        assert!(!write.is_valid(&wrong), "{wrong}");
    }
    let rename = body("/posts/{post}", "put");
    assert!(rename.is_valid(&json!({ "post": { "name": "New" } })), "the count may be left out");
    assert!(!rename.is_valid(&json!({ "post": { "name": "New", "likes": 1 } })));
    let answer = |path: &str, method: &str, status: &str| {
        let answer = &document["paths"][path][method]["responses"][status];
        component(&document, &answer["content"]["application/json"]["schema"])
    };
    let renamed = answer("/posts/{post}", "put", "200");
    assert!(renamed.is_valid(&json!({ "name": "New", "of": [9, null] })));
    assert!(!renamed.is_valid(&json!({ "name": "New", "of": [9, 1] })));
    assert!(answer("/posts/{post}", "delete", "200").is_valid(&json!({ "dropped": true })));
    let taken = answer("/posts", "post", "409");
    let mut error = json!({
        "errors": { "body": ["there is a post `a`"] }, "code": "Taken", "status": 409, "data": { "slug": "a" }, "by": "blog",
    });
    let shared = &document["components"]["responses"]["Taken"]["content"]["application/json"]["schema"];
    let taken = if taken.is_valid(&json!(7)) { component(&document, shared) } else { taken };
    assert!(taken.is_valid(&error));
    error["by"] = json!("shop");
    assert!(!taken.is_valid(&error));
}

#[test]
fn what_goes_is_marked() {
    let document = blog();
    let gone = &document["paths"]["/titles"]["get"];
    assert_eq!(gone["deprecated"], json!(true));
    assert!(gone["description"].as_str().unwrap().ends_with(
        "Deprecated: titles come with posts. It may be gone after 2199-01-31. Use `count_posts` instead."
    ));
    assert!(gone["responses"]["200"]["headers"]["Sunset"].is_object());
    assert_eq!(document["paths"]["/count"]["get"]["deprecated"], Value::Null);
}

#[test]
fn a_channel_is_a_get_that_begins_to_listen() {
    let page = include_str!("../../docs/language.md");
    let block = page.split("```qtr").find(|block| block.contains("service chat version 1")).unwrap();
    let text = block.split_once('\n').unwrap().1.split("```").next().unwrap();
    let mut sources = quater_compiler::report::Sources::default();
    sources.add(quater_compiler::report::Source::new("chat.qtr", text.to_owned()));
    let document = openapi(&quater_compiler::analyse(sources).program.unwrap());
    let feed = &document["paths"]["/notes/feed"]["get"]["responses"];
    let message = component(&document, &feed["200"]["content"]["text/event-stream"]["schema"]);
    assert!(message.is_valid(&json!({ "event": "created", "data": {
        "id": "0199b2f0-0000-7000-8000-000000000000", "words": "a", "state": "draft" } })));
    assert!(!message.is_valid(&json!({ "event": "created", "data": { "id": 5 } })));
    assert!(feed["101"].is_object() && feed["400"].is_object(), "{feed:#}");
    let room = &document["paths"]["/rooms/{name}"]["get"];
    assert!(room["responses"]["200"].is_null(), "{room:#}");
    assert_eq!(room["parameters"][0]["name"], "name");
    let received = component(&document, &room["x-receives"]);
    assert!(received.is_valid(&json!({ "words": "hello" })) && !received.is_valid(&json!({ "words": "" })));
    references_of(&document);
}
