//! A request at a time, over a connection of its own.
use anyhow::{Context, ensure};
use serde_json::Value;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// Sends a request and gives the body of a good answer.
pub fn send(address: SocketAddr, head: &str, token: &str, body: Option<&Value>) -> anyhow::Result<Value> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    let body = body.map(Value::to_string);
    let mut request = format!("{head} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
    request.push_str("Accept: application/json, text/event-stream\r\n");
    if !token.is_empty() {
        request.push_str(&format!("Authorization: Bearer {token}\r\n"));
    }
    if head.contains("/mcp") {
        request.push_str(
            "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: get_product\r\n",
        );
    }
    if let Some(body) = &body {
        request.push_str(&format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len()));
    }
    request.push_str("\r\n");
    request.push_str(body.as_deref().unwrap_or(""));
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let (top, body) = answer.split_once("\r\n\r\n").context("an answer has a head and a body")?;
    let good = top.starts_with("HTTP/1.1 200") || top.starts_with("HTTP/1.1 201");
    ensure!(good, "{head}: {answer}");
    serde_json::from_str(body).with_context(|| format!("{head}: {answer}"))
}
