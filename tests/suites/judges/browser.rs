//! The documentation page in a real browser, by `tests/judges/docs_page.mjs`: each way to sign in, uploads, who can use
//! it, and that it asks nobody but its service. `QUATER_SCREENSHOTS=docs/pictures` puts new pictures there.
use crate::ask::{approves, judge};
use crate::judges;
use crate::server::{Server, file};
use serde_json::{Value as Json, json};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A browser, where there is one; says so where there is none, and in CI that is a failure.
fn browser() -> Option<&'static str> {
    let has = |program: &&str| Command::new(program).arg("--version").output().is_ok();
    let found = ["chromium", "chromium-browser", "google-chrome"].into_iter().find(has);
    if found.is_none() {
        assert!(std::env::var_os("CI").is_none(), "in CI nothing is skipped: there is no Chromium here");
        let test = std::thread::current().name().unwrap_or("the documentation page").to_owned();
        drop(writeln!(std::io::stderr(), "\nskipped: {test}: there is no Chromium here"));
    }
    found.filter(|_| judges::ready())
}

fn path_of(program: &str) -> String {
    let found = Command::new("sh").args(["-c", "command -v \"$0\"", program]).output().unwrap();
    String::from_utf8(found.stdout).unwrap().trim().to_owned()
}

/// Has a browser take steps on the page of a service; with pictures where they are wished for.
fn takes(steps: &Json, folder: &Path) {
    let Some(browser) = browser() else { return };
    let (script, file) = (judges::folder().join("docs_page.mjs"), folder.join("steps.json"));
    fs::copy(judges::root().join("tests/judges/docs_page.mjs"), &script).unwrap();
    fs::write(&file, steps.to_string()).unwrap();
    let mut run = judge("node_modules/node/bin/node");
    run.arg(script).arg(path_of(browser)).arg(file);
    if let Some(folder) = std::env::var_os("QUATER_SCREENSHOTS") {
        let folder: PathBuf = judges::root().join(folder);
        fs::create_dir_all(&folder).unwrap();
        run.arg(folder);
    }
    approves(&mut run);
}

fn post(server: &Server, path: &str, body: &Json, user: Option<(&str, &str)>) -> Json {
    let request = reqwest::blocking::Client::new().post(format!("{}{path}", server.url));
    let request = match user {
        Some((name, password)) => request.basic_auth(name, Some(password)),
        None => request,
    };
    let answer = request.header("content-type", "application/json").body(body.to_string()).send().unwrap();
    assert!(answer.status().is_success(), "{path}: {}", answer.text().unwrap());
    serde_json::from_str(&answer.text().unwrap()).unwrap_or(Json::Null)
}

/// Tokens behind `Bearer` and behind another word; and the pictures that the manual shows.
#[test]
fn the_documentation_page_takes_tokens() {
    if browser().is_none() {
        return;
    }
    let folder = TempDir::new().unwrap();
    let store = Server::start(&file(&folder.path().join("store.db")), folder.path());
    let form = json!({ "email": "max@store.example", "password": "correct horse", "name": "north" });
    let token = post(&store, "/branches", &form, None)["token"].clone();
    let sign_in = json!({ "way": "login", "token": token, "operation": "me" });
    let shots = json!([
        { "name": "documentation", "hash": "#/place_order", "theme": "light" },
        { "hash": "#/list_orders", "theme": "dark" },
    ]);
    takes(&json!({ "url": store.url, "signIns": [sign_in], "shots": shots }), folder.path());
    let other = TempDir::new().unwrap();
    let target = judges::root().join("examples/conduit");
    let conduit = Server::serve(&target, &file(&other.path().join("conduit.db")), other.path());
    let form =
        json!({ "user": { "username": "max", "email": "max@x.example", "password": "correct horse" } });
    let token = post(&conduit, "/api/users", &form, None)["user"]["token"].clone();
    let sign_in = json!({ "way": "login", "token": token, "operation": "current_user" });
    takes(&json!({ "url": conduit.url, "signIns": [sign_in] }), other.path());
}

/// A key, a cookie, a name with a password: side by side.
#[test]
fn the_documentation_page_takes_keys_cookies_and_passwords() {
    if browser().is_none() {
        return;
    }
    let folder = TempDir::new().unwrap();
    let target = judges::root().join("tests/suites/auth/gate.qtr");
    let env = [("ISSUER", "http://127.0.0.1:1"), ("KEYS", "http://127.0.0.1:1/keys")];
    let gate = Server::serve_with(&target, &file(&folder.path().join("gate.db")), folder.path(), &env);
    let form = json!({ "email": "ann@x.example", "subject": "ann", "password": "correct horse" });
    post(&gate, "/users", &form, None);
    let form = json!({ "session": "session-1", "key": "key-12345", "site": null, "life": "PT1H" });
    post(&gate, "/enter", &form, Some(("ann@x.example", "correct horse")));
    let sign_ins = json!([
        { "way": "machine", "token": "key-12345", "operation": "me" },
        { "way": "session", "token": "session-1", "operation": "me" },
        { "way": "people", "user": "ann@x.example", "token": "correct horse", "operation": "me" },
    ]);
    takes(&json!({ "url": gate.url, "signIns": sign_ins }), folder.path());
}

#[test]
fn the_documentation_page_sends_files() {
    if browser().is_none() {
        return;
    }
    let folder = TempDir::new().unwrap();
    let target = judges::root().join("tests/suites/files/album.qtr");
    let media = format!("file:{}", folder.path().join("media").display());
    let env = [("MEDIA_URL", media.as_str())];
    let album = Server::serve_with(&target, &file(&folder.path().join("album.db")), folder.path(), &env);
    post(&album, "/users", &json!({ "word": "open" }), None);
    let client =
        reqwest::blocking::Client::new().post(format!("{}/cards", album.url)).header("x-key", "open");
    let made = client.header("content-type", "application/json").body(r#"{"title":"one"}"#).send().unwrap();
    let card: Json = serde_json::from_str(&made.text().unwrap()).unwrap();
    let upload = json!({
        "signIn": { "way": "key", "token": "open" },
        "operation": "put_picture",
        "fields": { "card": card["id"] },
        "files": { "picture": { "name": "a.png", "mimeType": "image/png", "base64": "iVBORw0KGgowMTIzNDU2Nzg5" } },
    });
    takes(&json!({ "url": album.url, "signIns": [], "uploads": [upload] }), folder.path());
}
