//! The language server over the wire: the real binary, driven as an editor drives it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

struct Editor {
    server: Child,
    input: ChildStdin,
    messages: Receiver<Value>,
    asked: i32,
}

fn read(output: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if output.read_line(&mut line).unwrap() == 0 {
            return None;
        }
        match line.trim_end().split_once(": ") {
            Some(("Content-Length", value)) => length = value.parse().unwrap(),
            Some(_) => {}
            None => break,
        }
    }
    let mut body = vec![0; length];
    output.read_exact(&mut body).unwrap();
    Some(serde_json::from_slice(&body).unwrap())
}

impl Editor {
    fn start(capabilities: Value) -> (Self, Value) {
        let mut server = Command::new(env!("CARGO_BIN_EXE_quater"))
            .args(["lsp", "--stdio"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (input, mut output) =
            (server.stdin.take().unwrap(), BufReader::new(server.stdout.take().unwrap()));
        let (sender, messages) = channel();
        thread::spawn(move || {
            while let Some(message) = read(&mut output)
                && sender.send(message).is_ok()
            {}
        });
        let mut editor = Self { server, input, messages, asked: 0 };
        let params = json!({ "processId": null, "rootUri": null, "capabilities": capabilities });
        let answer = editor.ask("initialize", params);
        editor.tell("initialized", json!({}));
        (editor, answer["result"].clone())
    }

    fn send(&mut self, message: Value) {
        let text = message.to_string();
        write!(self.input, "Content-Length: {}\r\n\r\n{text}", text.len()).unwrap();
        self.input.flush().unwrap();
    }

    fn receive(&mut self) -> Value {
        self.messages.recv_timeout(Duration::from_secs(20)).expect("a message from the server")
    }

    fn tell(&mut self, method: &str, params: Value) {
        self.send(json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.asked += 1;
        let id = self.asked;
        self.send(json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        loop {
            let message = self.receive();
            if message["id"] == id {
                return message;
            }
        }
    }

    fn open(&mut self, uri: &str, text: &str) {
        let document = json!({ "uri": uri, "languageId": "quater", "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
    }

    fn change(&mut self, uri: &str, version: i32, text: &str) {
        let params = json!({ "textDocument": { "uri": uri, "version": version }, "contentChanges": [{ "text": text }] });
        self.tell("textDocument/didChange", params);
    }

    /// The next diagnostics of a document.
    fn diagnostics(&mut self, uri: &str) -> Value {
        loop {
            let message = self.receive();
            if message["method"] == "textDocument/publishDiagnostics" && message["params"]["uri"] == uri {
                return message["params"]["diagnostics"].clone();
            }
        }
    }

    fn leave(mut self) -> i32 {
        assert_eq!(self.ask("shutdown", Value::Null)["result"], Value::Null);
        self.tell("exit", Value::Null);
        self.server.wait().unwrap().code().unwrap()
    }
}

const GOOD: &str = "service shop version 1\n";
const BAD: &str = "service shop version 1\n\n/* þ */ oops {\n";

#[test]
fn diagnostics_come_as_one_types_and_go_when_mended() {
    let (mut editor, can) = Editor::start(json!({}));
    assert_eq!(can["capabilities"]["positionEncoding"], "utf-16");
    assert_eq!(can["capabilities"]["textDocumentSync"]["change"], 1);
    let uri = "untitled:Untitled-1";
    editor.open(uri, BAD);
    let found = editor.diagnostics(uri);
    assert_eq!(found[0]["source"], "quater");
    assert_eq!((&found[0]["severity"], &found[0]["range"]["start"]["line"]), (&json!(1), &json!(2)));
    assert!(found[0]["code"].as_str().unwrap().starts_with('E'));
    editor.change(uri, 2, GOOD);
    assert_eq!(editor.diagnostics(uri), json!([]));
    editor.change(uri, 3, BAD);
    assert_ne!(editor.diagnostics(uri), json!([]));
    editor.tell("textDocument/didClose", json!({ "textDocument": { "uri": uri } }));
    assert_eq!(editor.diagnostics(uri), json!([]));
    assert_eq!(editor.leave(), 0);
}

#[test]
fn a_document_is_judged_with_the_files_it_uses() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("money.qtr"), "type Money = decimal(2)\n").unwrap();
    let text = "service shop version 1\nuse Money from \"./money.qtr\"\ntype Price { amount: Money }\n";
    let uri = format!("file://{}", folder.path().join("shop.qtr").display());
    let (mut editor, _) = Editor::start(json!({ "general": { "positionEncodings": ["utf-8", "utf-16"] } }));
    editor.open(&uri, text);
    assert_eq!(unknown_names(&editor.diagnostics(&uri)), Vec::<Value>::new());
    editor.change(&uri, 2, &text.replace("Money }", "Mony }"));
    assert_eq!(unknown_names(&editor.diagnostics(&uri)), [json!({ "line": 2, "character": 21 })]);
    assert_eq!(editor.leave(), 0);
}

/// Where diagnostics say that a name is not known.
fn unknown_names(diagnostics: &Value) -> Vec<Value> {
    let all = diagnostics.as_array().unwrap().iter();
    let of_names = all.filter(|one| one["code"].as_str().unwrap().starts_with("E02"));
    of_names.map(|one| one["range"]["start"].clone()).collect()
}

#[test]
fn formatting_is_one_edit_or_none() {
    let (mut editor, _) = Editor::start(json!({}));
    let options = json!({ "tabSize": 2, "insertSpaces": true });
    for (uri, text, edits) in
        [("untitled:1", "service   shop version 1\n", 1), ("untitled:2", GOOD, 0), ("untitled:3", BAD, 0)]
    {
        editor.open(uri, text);
        let answer = editor
            .ask("textDocument/formatting", json!({ "textDocument": { "uri": uri }, "options": options }));
        assert_eq!(answer["result"].as_array().map_or(0, Vec::len), edits, "{answer}");
        if edits == 1 {
            assert_eq!(answer["result"][0]["newText"], GOOD);
        }
    }
    assert_eq!(editor.leave(), 0);
}

#[test]
fn what_the_server_does_not_know_is_refused_and_it_goes_on() {
    let (mut editor, _) = Editor::start(json!({}));
    assert_eq!(editor.ask("textDocument/unheardOf", json!({}))["error"]["code"], -32601);
    assert_eq!(editor.ask("textDocument/formatting", json!({ "textDocument": 1 }))["error"]["code"], -32602);
    editor.tell("textDocument/didOpen", json!({ "nonsense": Path::new("x") }));
    assert_eq!(editor.leave(), 0);
}

#[test]
fn an_editor_that_vanishes_ends_the_server() {
    let (editor, _) = Editor::start(json!({}));
    let Editor { mut server, input, .. } = editor;
    drop(input);
    assert_eq!(server.wait().unwrap().code(), Some(1));
}
