//! A running service and whoever calls it from elsewhere: the command line, agents on standard input and output,
//! a client in another language, callers who go away.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

#[path = "remote/agents.rs"]
mod agents;
#[path = "remote/attacks.rs"]
mod attacks;
#[path = "remote/completion.rs"]
mod completion;
#[path = "remote/files.rs"]
mod files;
#[path = "remote/gone.rs"]
mod gone;
#[path = "remote/json.rs"]
mod json;
#[path = "remote/plain.rs"]
mod plain;
#[path = "remote/secrets.rs"]
mod secrets;
#[path = "remote/sessions.rs"]
mod sessions;
#[path = "remote/steps.rs"]
mod steps;
#[path = "remote/watching.rs"]
mod watching;
#[path = "remote/wrong.rs"]
mod wrong;

use serde_json::{Value as Json, json};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

const REFUNDS: &str = include_str!("runtime/refunds.qtr");
const SECRET: &str = "0123456789abcdef0123456789abcdef";

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// A service that runs, with a folder of its own, and a home for those who call it.
struct Shop {
    process: Child,
    url: String,
    folder: TempDir,
}

impl Drop for Shop {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

impl Shop {
    fn open(text: &str) -> Self {
        Self::open_on(text, "sqlite:shop.db")
    }

    /// On another database.
    fn open_on(text: &str, database: &str) -> Self {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("shop.qtr"), text).unwrap();
        let mut process = quater(folder.path())
            .args(["run", "shop.qtr", "--listen", "127.0.0.1:0"])
            .env("DATABASE_URL", database)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let url = format!("http://{}", line.trim().rsplit_once("http://").expect("an address").1);
        Self { process, url, folder }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn quater(&self, arguments: &[&str]) -> Output {
        quater(self.path()).args(arguments).output().unwrap()
    }

    /// What a command that must succeed prints, as JSON.
    fn json(&self, arguments: &[&str]) -> Json {
        let output = self.quater(arguments);
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {output:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// What a command that must fail prints with `--json`.
    fn fails(&self, exit: i32, arguments: &[&str]) -> Json {
        let output = self.quater(arguments);
        assert_eq!(output.status.code(), Some(exit), "{arguments:?}: {output:?}");
        serde_json::from_slice(&output.stdout).unwrap_or(Json::Null)
    }

    /// The token of somebody new.
    fn join(&self, name: &str, role: &str) -> String {
        let made =
            ["call", "shop", "people", "join", "--name", name, "--branch", "north", "--role", role, "--json"];
        self.json(&made)["token"].as_str().unwrap().to_owned()
    }
}

fn quater(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_quater"));
    command.current_dir(folder).env("QUATER_HOME", folder.join("home"));
    command.env("SIGNING_KEY", SECRET).env("DATABASE_URL", "sqlite:shop.db").env_remove("QUATER_TOKEN");
    command.env_remove("QUATER_TOKEN_FILE");
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// That a request for approval is listed with who asked, and until when it may be decided.
fn listed_for_people(shop: &Shop, request: &Json, token: &str) {
    let table = text(&shop.quater(&["approvals", "list", "shop", "--token", token]).stdout);
    let (head, row) = table.split_once('\n').unwrap();
    assert!(head.starts_with("request ") && head.contains("caller") && head.contains("expires"), "{table}");
    let (caller, expires) = (request["caller"].as_str().unwrap(), request["expires"].as_str().unwrap());
    assert!(row.contains(caller) && row.contains(expires), "{table}");
}

#[test]
fn a_remote_is_called_as_a_service_here() {
    let shop = Shop::open(REFUNDS);
    let connected = shop.json(&["connect", "shop", &shop.url, "--json"]);
    let url = format!("{}/", shop.url);
    assert_eq!(connected, json!({ "name": "shop", "url": url, "service": "refunds", "actions": 5 }));
    let (cleo, max) = (shop.join("cleo", "clerk"), shop.join("max", "manager"));
    shop.fails(11, &["call", "shop", "refunds", "--json"]);
    let told = text(&shop.quater(&["call", "shop", "refunds"]).stderr);
    assert!(told.contains("`quater login shop`"), "{told}");
    assert_eq!(shop.quater(&["login", "shop", "--token", &cleo]).status.code(), Some(0));
    assert_eq!(shop.json(&["call", "shop", "refunds", "--json"]), json!([]));
    let pay = [
        "call",
        "shop",
        "pay",
        "--amount",
        "2.50",
        "--why",
        "broken",
        "--labels",
        "{\"kind\":\"a\"}",
        "--json",
    ];
    let keyed = [&pay[..], &["--key", "one"]].concat();
    let first = shop.json(&keyed);
    assert_eq!(shop.json(&keyed), first, "a key gives the first result again");
    let tried = shop.json(&[&pay[..], &["--dry-run"]].concat());
    assert_eq!(tried["effects"][0], json!({ "entity": "Refund", "created": 1, "updated": 0, "deleted": 0 }));
    assert_eq!(shop.json(&["call", "shop", "refunds", "--json"]).as_array().unwrap().len(), 1);
    let invalid = shop.fails(10, &["call", "shop", "pay", "--amount", "x", "--why", "y", "--json"]);
    assert_eq!(invalid["violations"][0]["pointer"], "/amount");
    // The same from the files, on the same database.
    let here = ["call", "shop.qtr", "refunds", "--json", "--token", &cleo];
    assert_eq!(shop.json(&here), shop.json(&["call", "shop", "refunds", "--json"]));

    let refund = ["call", "shop", "refund", "--amount", "600", "--why", "broken", "--json"];
    let waiting = shop.fails(6, &refund);
    let id = waiting["approval"].as_str().unwrap();
    shop.fails(11, &["approvals", "grant", "shop", id, "--json"]);
    let listed = shop.json(&["approvals", "list", "shop", "--json", "--token", &max]);
    assert_eq!(listed["items"][0]["approval"], id);
    listed_for_people(&shop, &listed["items"][0], &max);
    let mut waits = quater(shop.path());
    let waits = waits.args(refund).arg("--wait").stdout(Stdio::piped()).spawn().unwrap();
    shop.json(&["approvals", "grant", "shop", id, "--json", "--token", &max]);
    let done = waits.wait_with_output().unwrap();
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    assert_eq!(serde_json::from_slice::<Json>(&done.stdout).unwrap()["amount"], "600.00");
    shop.fails(13, &["approvals", "deny", "shop", id, "--json", "--token", &max]);
    shop.fails(12, &["approvals", "show", "shop", "00000000-0000-7000-8000-000000000000", "--json"]);

    assert_eq!(shop.json(&["logout", "shop", "--json"]), json!({ "name": "shop", "signed_in": false }));
    shop.fails(11, &["call", "shop", "refunds", "--json"]);
    assert_eq!(
        shop.json(&["remotes", "remove", "shop", "--json"]),
        json!({ "name": "shop", "removed": true })
    );
    assert_eq!(text(&shop.quater(&["remotes", "list"]).stdout), "");
}

/// The service here is called on the database that the running one has open, too.
#[test]
fn a_call_here_waits_for_approval() {
    let shop = Shop::open(REFUNDS);
    shop.quater(&["connect", "shop", &shop.url]);
    let (cleo, max) = (shop.join("cleo", "clerk"), shop.join("max", "manager"));
    let refund =
        ["call", "shop.qtr", "refund", "--amount", "700", "--why", "broken", "--json", "--token", &cleo];
    let waiting = shop.fails(6, &refund);
    let waits = quater(shop.path()).args(refund).arg("--wait").stdout(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(std::time::Duration::from_millis(1_500));
    let grant =
        ["approvals", "grant", "shop.qtr", waiting["approval"].as_str().unwrap(), "--json", "--token", &max];
    assert_eq!(shop.json(&grant)["state"], "granted");
    let done = waits.wait_with_output().unwrap();
    assert_eq!(done.status.code(), Some(0), "{done:?}");
    assert_eq!(serde_json::from_slice::<Json>(&done.stdout).unwrap()["amount"], "700.00");
    shop.fails(6, &refund);
    let for_people: Vec<&str> = refund.into_iter().filter(|word| *word != "--json").collect();
    let told = shop.quater(&for_people);
    let id = serde_json::from_slice::<Json>(&told.stdout).unwrap()["approval"].as_str().unwrap().to_owned();
    assert!(text(&told.stderr).contains(&format!("`approvals grant {id}`")), "{told:?}");
}

/// Where the documents are off, what can be called is told to those who may call it.
#[test]
fn a_service_without_documents_tells_nobody_what_it_can_do() {
    let closed = REFUNDS.replace("service refunds version 1", "service refunds version 1 {\n  docs off\n}");
    let shop = Shop::open(&closed.replace("allow role clerk, manager", "allow role manager"));
    let manifest = |token: Option<&str>| {
        let request = reqwest::blocking::Client::new().get(format!("{}/quater/v1", shop.url));
        let answer =
            token.map_or(request.try_clone(), |token| Some(request.bearer_auth(token))).unwrap().send();
        let answer = answer.unwrap();
        let (status, challenge) =
            (answer.status().as_u16(), answer.headers().get("www-authenticate").cloned());
        (status, challenge, serde_json::from_str::<Json>(&answer.text().unwrap()).unwrap())
    };
    let (status, challenge, told) = manifest(None);
    assert_eq!((status, &told["error"]["code"], told.get("actions")), (401, &json!("Unauthorized"), None));
    assert!(challenge.unwrap().to_str().unwrap().starts_with("Bearer "));
    assert_eq!(manifest(Some("garbled")).0, 401);
    let connected = shop.json(&["connect", "shop", &shop.url, "--json"]);
    assert_eq!((&connected["name"], &connected["actions"]), (&json!("shop"), &Json::Null));
    let refused = shop.fails(11, &["actions", "list", "--json", "shop"]);
    assert_eq!(refused["code"], "Unauthorized");
    let here = ["call", "shop.qtr", "people", "join", "--name", "cleo", "--branch", "north", "--json"];
    let cleo = shop.json(&here)["token"].as_str().unwrap().to_owned();
    let (status, _, told) = manifest(Some(&cleo));
    let mut names: Vec<&str> =
        told["actions"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(
        (status, names),
        (200, vec!["join", "list_refunds", "pay", "take_back"]),
        "no clerk may `refund`"
    );
    assert_eq!(shop.quater(&["login", "shop", "--token", &cleo]).status.code(), Some(0));
    assert_eq!(shop.json(&["call", "shop", "refunds", "--json"]), json!([]));
    let checked = shop.quater(&["conform", "shop"]);
    assert_eq!(checked.status.code(), Some(0), "{}", text(&checked.stdout));
}

#[test]
fn actions_are_told_the_same_from_here_and_from_elsewhere() {
    let shop = Shop::open(REFUNDS);
    shop.quater(&["connect", "shop", &shop.url]);
    for what in [&["list"][..], &["search", "waits"], &["describe", "refund"], &["describe", "pay"]] {
        let ask = |target: &str| {
            let (verb, rest) = what.split_first().unwrap();
            let arguments = [&["actions", verb, "--json", target][..], rest].concat();
            shop.json(&arguments)
        };
        assert_eq!(ask("shop"), ask("shop.qtr"), "{what:?}");
    }
    let again = ["call", "shop", "pya", "--amount", "1"];
    assert_eq!(shop.quater(&again).status.code(), Some(2));
}

#[test]
fn tokens_are_kept_from_others() {
    use std::os::unix::fs::PermissionsExt;
    let shop = Shop::open(REFUNDS);
    shop.quater(&["connect", "shop", &shop.url]);
    shop.quater(&["login", "shop", "--token", "a-secret"]);
    let file = shop.path().join("home/remotes.json");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!text(&shop.quater(&["remotes", "list", "--json"]).stdout).contains("a-secret"));
    // A name that moves to another service does not take its token there.
    let other = Shop::open(REFUNDS);
    assert_eq!(shop.quater(&["connect", "shop", &other.url]).status.code(), Some(0));
    assert!(!fs::read_to_string(&file).unwrap().contains("a-secret"));
    for url in ["http://shop.example", "ftp://localhost", "https://u:p@localhost", "nonsense"] {
        assert_eq!(shop.quater(&["connect", "other", url]).status.code(), Some(2), "{url}");
    }
    let gone = shop.fails(7, &["connect", "gone", "http://127.0.0.1:9", "--json"]);
    assert_eq!(gone["code"], "Unreached", "{gone}");
    assert_eq!(shop.quater(&["login", "nobody", "--token", "x"]).status.code(), Some(2));
}

/// What is typed on a terminal is not shown there.
#[test]
fn a_token_is_typed_unseen() {
    let shop = Shop::open(REFUNDS);
    shop.quater(&["connect", "shop", &shop.url]);
    let mut typed = Command::new("python3");
    typed.arg(repository().join("tests/suites/remote/typed.py")).arg(env!("CARGO_BIN_EXE_quater"));
    typed.args(["shop", "a-secret"]).env("QUATER_HOME", shop.path().join("home")).env_remove("QUATER_TOKEN");
    let told = typed.output().unwrap();
    assert_eq!(told.status.code(), Some(0), "{told:?}");
    let shown = text(&told.stdout);
    assert!(shown.contains("the token for `shop` is kept") && !shown.contains("a-secret"), "{shown}");
    assert!(fs::read_to_string(shop.path().join("home/remotes.json")).unwrap().contains("a-secret"));
}

#[test]
fn services_conform() {
    let store = fs::read_to_string(repository().join("examples/store/store.qtr")).unwrap();
    for service in [REFUNDS, steps::STEPS, &store] {
        let shop = Shop::open(service);
        let checked = shop.quater(&["conform", &shop.url]);
        assert_eq!(checked.status.code(), Some(0), "{}", text(&checked.stdout));
        let checked = shop.quater(&["conform", &shop.url, "--json"]);
        assert!(serde_json::from_slice::<Json>(&checked.stdout).unwrap().as_array().unwrap().len() >= 13);
    }
    let shop = Shop::open(REFUNDS);
    shop.quater(&["connect", "shop", &shop.url]);
    let token = shop.join("max", "manager");
    let checked = shop.quater(&["conform", "shop", "--token", &token]);
    assert_eq!(checked.status.code(), Some(0), "{}", text(&checked.stdout));
    assert!(text(&checked.stdout).contains("a dry run tells its effects"));
}

#[test]
fn a_client_in_another_language_does_it_all() {
    let shop = Shop::open(REFUNDS);
    let client = repository().join("examples/python-client");
    let script = repository().join("tests/suites/remote/client.py");
    let output =
        Command::new("python3").arg(script).arg(&shop.url).env("PYTHONPATH", client).output().unwrap();
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
}
