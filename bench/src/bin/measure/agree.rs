//! All servers do the same, seen before anything is measured.
use crate::client;
use crate::server::{Maker, Server};
use crate::subject::{Asks, Subject};
use anyhow::{Context, ensure};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// One request of each scenario must be answered alike, but for what is new each time.
pub fn check(subject: &Subject, folder: &Path) -> anyhow::Result<()> {
    let by_quater = answers(subject, Maker::Quater, folder)?;
    for maker in [Maker::Hand, Maker::Rust] {
        let others = answers(subject, maker, folder)?;
        ensure!(by_quater == others, "the answers differ:\n{by_quater:#?}\n{maker:?}: {others:#?}");
    }
    Ok(())
}

fn answers(subject: &Subject, maker: Maker, folder: &Path) -> anyhow::Result<Vec<Value>> {
    let database = subject.database.copy("agree")?;
    let mut server = Server::start(&subject.programs, maker, &database)?;
    server.first_answer(&subject.first, &subject.token)?;
    let send = |head: &str, body: Option<&Value>| client::send(server.address, head, &subject.token, body);
    let mut found = Vec::new();
    for scenario in &subject.scenarios {
        let file = scenario.asks.file(&server, &subject.token, folder)?;
        let lines = fs::read_to_string(file)?;
        let mut line = lines.lines();
        let mut first = || line.next().context("something to ask for");
        let mut answer = match &scenario.asks {
            Asks::Paths(_) => send(&format!("GET {}", first()?), None)?,
            Asks::Pages(_) => lines
                .lines()
                .take(3)
                .map(|path| send(&format!("GET {path}"), None))
                .collect::<Result<_, _>>()?,
            Asks::Product => send(
                "POST /products",
                Some(&json!({ "sku": "NEW-0001", "title": "  Made \"here\"  ", "price": "2.5" })),
            )?,
            Asks::Order(_) => {
                send("POST /orders", Some(&json!({ "lines": [{ "sku": first()?, "qty": 2 }] })))?
            }
            Asks::Tool(_) => {
                let called = send("POST /mcp", Some(&tool(scenario.operation, first()?)))?;
                called.pointer("/result/structuredContent").cloned().unwrap_or(called)
            }
        };
        let is_new = matches!(scenario.asks, Asks::Product | Asks::Order(_));
        forget(&mut answer, if is_new { &["id", "placed"] } else { &["next"] });
        found.push(answer);
    }
    server.stop()?;
    database.remove()?;
    Ok(found)
}

fn tool(name: &str, id: &str) -> Value {
    json!({
        "jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": {
            "name": name, "arguments": { "product": id },
            "_meta": {
                "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientCapabilities": {},
            },
        },
    })
}

/// Takes out what may differ.
fn forget(answer: &mut Value, names: &[&str]) {
    match answer {
        Value::Array(items) => items.iter_mut().for_each(|item| forget(item, names)),
        Value::Object(members) => names.iter().for_each(|name| {
            members.entry(*name).and_modify(|value| *value = Value::Null);
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
