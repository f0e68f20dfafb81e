//! The language server over the wire: the real binary, driven as an editor drives it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

#[path = "editor/cases.rs"]
mod cases;
#[path = "editor/drawn.rs"]
mod drawn;
#[path = "editor/wire.rs"]
mod wire;

use serde_json::{Value, json};
use std::path::Path;
use tempfile::TempDir;
use wire::Editor;

const GOOD: &str = "service shop version 1\n";
const BAD: &str = "service shop version 1\n\n/* þ */ oops {\n";

#[test]
fn diagnostics_come_as_one_types_and_go_when_mended() {
    let (mut editor, can) = Editor::start(json!({}));
    assert_eq!(can["capabilities"]["positionEncoding"], "utf-16");
    assert_eq!(can["capabilities"]["textDocumentSync"]["change"], 2);
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

const HELLO: &str = "service shop version 1

/// Say hello.
operation hello(name: text(..40)) -> { hello: text(..60) } {
  http GET /hello
  allow public
  return { hello: name }
}
";

#[test]
fn what_breaks_the_lock_is_told_as_one_types() {
    let folder = TempDir::new().unwrap();
    let place = folder.path().canonicalize().unwrap();
    let (path, lock) = (place.join("service.qtr"), place.join("quater.lock"));
    std::fs::write(&path, HELLO).unwrap();
    let quater = std::process::Command::new(env!("CARGO_BIN_EXE_quater")).arg("lock").arg(&place).output();
    assert!(quater.unwrap().status.success());
    let (uri, lock_uri) = (format!("file://{}", path.display()), format!("file://{}", lock.display()));
    let (mut editor, _) = Editor::start(json!({}));
    editor.open(&uri, HELLO);
    assert_eq!(editor.diagnostics(&uri), json!([]));
    editor.change(&uri, 2, &HELLO.replace("/hello\n", "/hi\n"));
    let told = editor.diagnostics(&uri);
    assert_eq!(
        (&told[0]["code"], &told[0]["range"]["start"]["line"]),
        (&json!("E0709"), &json!(3)),
        "{told}"
    );
    editor.change(&uri, 3, HELLO);
    assert_eq!(editor.diagnostics(&uri), json!([]));
    let good = std::fs::read(&lock).unwrap();
    let change = json!({ "changes": [{ "uri": lock_uri, "type": 2 }] });
    std::fs::write(&lock, "nonsense").unwrap();
    editor.tell("workspace/didChangeWatchedFiles", change.clone());
    let told = editor.diagnostics(&lock_uri);
    assert!(told[0]["message"].as_str().unwrap().contains("quater lock"), "{told}");
    std::fs::write(&lock, good).unwrap();
    editor.tell("workspace/didChangeWatchedFiles", change);
    assert_eq!(editor.diagnostics(&lock_uri), json!([]));
    assert_eq!(editor.leave(), 0);
}

#[test]
fn services_of_one_workspace_are_apart() {
    let folder = TempDir::new().unwrap();
    let (mut editor, _) = Editor::start(json!({}));
    let uris = ["one", "two"].map(|name| {
        let place = folder.path().canonicalize().unwrap().join(name);
        std::fs::create_dir(&place).unwrap();
        std::fs::write(place.join("service.qtr"), HELLO).unwrap();
        format!("file://{}", place.join("service.qtr").display())
    });
    for (uri, name) in uris.iter().zip(["first", "second"]) {
        editor.open(uri, &HELLO.replace("operation hello", &format!("operation {name}")));
        assert_eq!(editor.diagnostics(uri), json!([]));
    }
    // The same name in another service means nothing here, and breaking one leaves the other as it is.
    editor.change(&uris[0], 2, &HELLO.replace("return { hello: name }", "return call second(name)"));
    let told = editor.diagnostics(&uris[0]);
    assert!(told[0]["message"].as_str().unwrap().contains("there is no operation `second`"), "{told}");
    let answer = editor.ask("textDocument/diagnostic", json!({ "textDocument": { "uri": uris[1] } }));
    assert_eq!(answer["result"]["items"], json!([]));
    let found = editor.ask("workspace/symbol", json!({ "query": "second" }))["result"].clone();
    assert_eq!(
        (found.as_array().unwrap().len(), &found[0]["location"]["uri"]),
        (1, &json!(uris[1])),
        "{found}"
    );
    assert_eq!(editor.leave(), 0);
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

#[test]
fn of_many_names_those_are_offered_that_what_is_typed_may_become() {
    let kinds: String = (0..300).map(|nth| format!("type Kind{nth} = text(..{})\n", nth + 1)).collect();
    let text = format!("service shop version 1\n{kinds}\ntype Line {{ it: Kind29 }}\n");
    let (mut editor, _) = Editor::start(json!({}));
    let uri = "untitled:Untitled-1";
    editor.open(uri, &text);
    let mut offered = |character: u32| {
        let place = json!({ "line": 302, "character": character });
        let params = json!({ "textDocument": { "uri": uri }, "position": place });
        let found = editor.ask("textDocument/completion", params)["result"].clone();
        assert_eq!(found["isIncomplete"], true);
        let items = found["items"].as_array().unwrap().iter();
        items.map(|item| item["label"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let (before, behind) = ("type Line { it: ".len() as u32, "type Line { it: Kind29".len() as u32);
    let labels = offered(behind);
    assert_eq!(labels[..3], ["Kind29", "Kind290", "Kind291"]);
    assert!(labels.contains(&"Kind209".to_owned()) && !labels.contains(&"Kind1".to_owned()), "{labels:?}");
    assert!((200..250).contains(&offered(before).len()), "200 names, and words");
    assert_eq!(editor.leave(), 0);
}
