//! Both servers do the same, seen before anything is measured.
use crate::client;
use crate::seed::Seed;
use crate::server::{Maker, Programs, Server};
use anyhow::ensure;
use serde_json::{Value, json};
use std::fs;

/// What both must answer alike.
pub fn check(programs: &Programs, seed: &Seed) -> anyhow::Result<()> {
    let by_quater = answers(programs, Maker::Quater, seed)?;
    let by_hand = answers(programs, Maker::Hand, seed)?;
    ensure!(by_quater == by_hand, "the answers differ:\n{by_quater:#?}\n{by_hand:#?}");
    Ok(())
}

fn answers(programs: &Programs, maker: Maker, seed: &Seed) -> anyhow::Result<Vec<Value>> {
    let database = seed.database.with_file_name("agree.db");
    fs::copy(&seed.database, &database)?;
    let mut server = Server::start(programs, maker, &database)?;
    let one = format!("GET /products/{}", seed.first);
    server.first_answer(&one, &seed.token)?;
    let made = json!({ "sku": "NEW-0001", "title": "  Made \"here\"  ", "price": "2.5" });
    let call = json!({
        "jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": {
            "name": "get_product", "arguments": { "product": seed.first },
            "_meta": {
                "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientCapabilities": {},
            },
        },
    });
    let send = |head: &str, body: Option<&Value>| client::send(server.address, head, &seed.token, body);
    let mut created = send("POST /products", Some(&made))?;
    if let Some(id) = created.get_mut("id") {
        *id = Value::Null;
    }
    let called = send("POST /mcp", Some(&call))?;
    let content = called.pointer("/result/structuredContent").cloned().unwrap_or(called);
    let found = vec![send(&one, None)?, send("GET /products", None)?, created, content];
    server.stop()?;
    for end in ["db", "db-wal", "db-shm"] {
        let left = database.with_extension(end);
        if left.exists() {
            fs::remove_file(left)?;
        }
    }
    Ok(found)
}
