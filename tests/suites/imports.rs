//! `examples/imports`, a service with a body in Rust, through every door; and that its crate is what
//! `quater gen rust` writes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use quater_compiler::report::{Source, Sources};
use quater_host::{Service, Settings};
use quater_runtime::http::{HttpOptions, serve};
use reqwest::blocking::{Client, Response};
use serde_json::{Value as Json, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use tempfile::TempDir;
use tokio::sync::{oneshot, watch};

/// Services whose crates stand in this repository, by their folders.
const CRATES: [&str; 5] =
    ["bench/native", "examples/imports", "tests/agreement", "tests/agents", "tests/till"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn program() -> Arc<quater_ir::Program> {
    let file = root().join("examples/imports/imports.qtr");
    let mut sources = Sources::default();
    sources.add(Source::new("imports.qtr", fs::read_to_string(file).unwrap()));
    Arc::new(quater_compiler::analyse(sources).program.unwrap())
}

/// The shop, served in this process.
struct Shop {
    url: String,
    folder: TempDir,
    threads: Option<tokio::runtime::Runtime>,
    stop: Option<oneshot::Sender<()>>,
}

impl Shop {
    fn open() -> Self {
        let folder = TempDir::new().unwrap();
        let program = program();
        let settings = Settings::new(Default::default(), folder.path().to_owned());
        let service =
            Service::start_with(program, &settings, imports::generated::bodies(imports::Team)).unwrap();
        let threads = tokio::runtime::Runtime::new().unwrap();
        let listener = threads.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel::<()>();
        threads.spawn(async move {
            let (_newest, services) = watch::channel(service);
            let stopped = async { drop(stopped.await) };
            serve(services, listener, HttpOptions::default(), stopped).await.unwrap();
        });
        Self { url, folder, threads: Some(threads), stop: Some(stop) }
    }

    fn post(&self, path: &str, token: Option<&str>, body: &Json) -> Response {
        let request = Client::new().post(format!("{}{path}", self.url));
        let request = token.into_iter().fold(request, |request, token| request.bearer_auth(token));
        request.header("content-type", "application/json").body(body.to_string()).send().unwrap()
    }

    fn json(&self, path: &str, token: Option<&str>, body: &Json) -> Json {
        serde_json::from_str(&self.post(path, token, body).text().unwrap()).unwrap()
    }

    /// The key of the first manager of a shop.
    fn manager(&self, shop: &str) -> String {
        let made = self.json("/shops", None, &json!({ "shop": shop, "name": "Mia" }));
        made["key"].as_str().unwrap().to_owned()
    }

    fn products(&self, token: &str) -> Vec<(String, String, String)> {
        let text = Client::new().get(format!("{}/products", self.url)).bearer_auth(token).send().unwrap();
        let products: Json = serde_json::from_str(&text.text().unwrap()).unwrap();
        let text = |product: &Json, name: &str| product[name].as_str().unwrap().to_owned();
        let products = products.as_array().unwrap().iter();
        products.map(|it| (text(it, "sku"), text(it, "title"), text(it, "price"))).collect()
    }

    /// The real command, with a home of its own.
    fn quater(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_quater"));
        command.env_clear().env("HOME", self.folder.path()).current_dir(self.folder.path());
        command.args(arguments).output().unwrap()
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        _ = self.stop.take().map(|stop| stop.send(()));
        if let Some(threads) = self.threads.take() {
            threads.shutdown_timeout(std::time::Duration::from_secs(5));
        }
    }
}

fn row(sku: &str, title: &str, price: &str) -> Json {
    json!({ "sku": sku, "title": title, "price": price })
}

fn list() -> Json {
    json!({ "rows": [
        row("abc-0001", " Chair ", "1,299.00"),
        row("ABC-0002", "Table", "80"),
        row("ABC-0003", "Lamp", "about ten"),
        row("not a number", "Shelf", "5.00"),
        row("ABC-0004", "", "5.00"),
        row("ABC-0005", "Rug", "12.345"),
        row("ABC-0006", "Bed", "0"),
    ] })
}

fn product(sku: &str, title: &str, price: &str) -> (String, String, String) {
    (sku.to_owned(), title.to_owned(), price.to_owned())
}

#[test]
fn a_price_list_is_taken_over() {
    let shop = Shop::open();
    let (north, south) = (shop.manager("north"), shop.manager("south"));
    let report = shop.json("/imports", Some(&north), &list());
    assert_eq!([&report["read"], &report["created"], &report["changed"]], [&json!(7), &json!(4), &json!(0)]);
    let skipped = report["skipped"].as_array().unwrap();
    let lines: Vec<i64> = skipped.iter().map(|it| it["line"].as_i64().unwrap()).collect();
    assert_eq!(lines, [3, 4, 5], "{report}");
    assert_eq!(skipped[0]["why"], "`about ten` is no price");
    assert!(skipped[1]["why"].as_str().unwrap().starts_with("sku "), "{report}");
    assert!(skipped[2]["why"].as_str().unwrap().starts_with("title "), "{report}");
    let all = [
        product("ABC-0001", "Chair", "1299.00"),
        product("ABC-0002", "Table", "80.00"),
        product("ABC-0005", "Rug", "12.34"),
        product("ABC-0006", "Bed", "0.00"),
    ];
    assert_eq!(shop.products(&north), all);
    let again = json!({ "rows": [row("ABC-0002", "Table", "90"), row("ABC-0001", "Chair", "1299")] });
    let report = shop.json("/imports", Some(&north), &again);
    assert_eq!([&report["created"], &report["changed"]], [&json!(0), &json!(1)], "{report}");
    assert_eq!(shop.products(&north)[1], product("ABC-0002", "Table", "90.00"));
    assert_eq!(shop.products(&south), [], "another shop has its own");
    let report = shop.json("/imports", Some(&south), &again);
    assert_eq!([&report["created"], &report["changed"]], [&json!(2), &json!(0)], "{report}");
}

#[test]
fn what_is_of_no_use_leaves_nothing() {
    let shop = Shop::open();
    let manager = shop.manager("north");
    let bad = json!({ "rows": [row("ABC-0001", "Chair", "1"), row("", "", ""), row("x", "y", "z")] });
    let refused = shop.post("/imports", Some(&manager), &bad);
    assert_eq!(refused.status(), 422);
    let problem: Json = serde_json::from_str(&refused.text().unwrap()).unwrap();
    assert_eq!(problem["data"], json!({ "bad": 2, "total": 3 }), "{problem}");
    assert_eq!(problem["detail"], "2 of 3 rows are of no use: nothing was taken over");
    assert_eq!(shop.products(&manager), []);
    let clerk = shop.json("/clerks", Some(&manager), &json!({ "name": "Cleo" }));
    let refused = shop.post("/imports", clerk["key"].as_str(), &list());
    assert_eq!(refused.status(), 403);
    assert_eq!(shop.post("/imports", None, &list()).status(), 401);
}

/// The lines of a stream of events, as JSON.
fn events(text: &str) -> Vec<Json> {
    text.lines().filter_map(|line| serde_json::from_str(line.strip_prefix("data:")?.trim()).ok()).collect()
}

#[test]
fn agents_hear_how_far_it_is() {
    let shop = Shop::open();
    let manager = shop.manager("north");
    let rows: Vec<Json> = (0..120).map(|at| row(&format!("ABC-{at:04}"), "Chair", "5")).collect();
    let call = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {
        "name": "import_prices", "arguments": { "rows": rows }, "_meta": { "progressToken": "here" },
    } });
    let request = Client::new().post(format!("{}/mcp", shop.url)).bearer_auth(&manager);
    let request =
        request.header("content-type", "application/json").header("mcp-protocol-version", "2025-11-25");
    let answer =
        request.header("accept", "application/json, text/event-stream").body(call.to_string()).send();
    let events = events(&answer.unwrap().text().unwrap());
    let told = events.iter().filter(|it| it["method"] == "notifications/progress");
    let done: Vec<i64> = told.map(|it| it["params"]["progress"].as_f64().unwrap() as i64).collect();
    assert_eq!(done.last(), Some(&120), "{events:?}");
    assert!(done.len() > 1 && done.is_sorted(), "{done:?}");
    let result = &events.last().unwrap()["result"];
    assert_eq!(result["structuredContent"]["created"], 120, "{result}");
    assert_eq!(shop.products(&manager).len(), 120);
}

#[test]
fn the_command_line_imports_too() {
    let shop = Shop::open();
    let manager = shop.manager("north");
    let connected = shop.quater(&["connect", "shop", &shop.url]);
    assert!(connected.status.success(), "{connected:?}");
    let rows = list()["rows"].to_string();
    let output =
        shop.quater(&["call", "shop", "prices", "import", "--rows", &rows, "--token", &manager, "--json"]);
    assert!(output.status.success(), "{output:?}");
    let report: Json = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["created"], 4, "{report}");
    assert_eq!(shop.products(&manager).len(), 4);
}

#[test]
fn by_itself_the_file_is_refused() {
    let output = Command::new(env!("CARGO_BIN_EXE_quater"))
        .args(["run", "examples/imports", "--listen", "127.0.0.1:0"])
        .env("DATABASE_URL", "sqlite::memory:")
        .current_dir(root())
        .output()
        .unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.contains("`import_prices`") && told.contains("quater gen rust"), "{told}");
}

/// The Rust of each crate is what would be written. The service in it is older where only its documents differ: it
/// must be one that is read and has the same operations.
#[test]
fn crates_are_what_the_generator_writes() {
    for folder in CRATES {
        let made = TempDir::new().unwrap();
        let update = std::env::var_os("UPDATE_EXPECT").is_some();
        let into = if update { root().join(folder) } else { made.path().to_owned() };
        let mut command = Command::new(env!("CARGO_BIN_EXE_quater"));
        let output =
            command.args(["gen", "rust", folder, "-o"]).arg(&into).current_dir(root()).output().unwrap();
        assert!(output.status.success(), "{folder}: {}", String::from_utf8_lossy(&output.stderr));
        let (here, there) = (root().join(folder).join("src/generated"), into.join("src/generated"));
        for entry in fs::read_dir(&here).unwrap() {
            let name = entry.unwrap().file_name();
            if name != "service.qir" {
                let read = |folder: &Path| fs::read_to_string(folder.join(&name)).unwrap_or_default();
                assert_eq!(read(&here), read(&there), "{folder}: {name:?}; UPDATE_EXPECT=1 writes it");
            }
        }
    }
    let names = |program: &quater_ir::Program| {
        program.operations.values().map(|it| (it.name.clone(), it.inputs.len())).collect::<Vec<_>>()
    };
    let carried = quater_host::program(imports::generated::SERVICE).unwrap();
    assert_eq!(names(&carried), names(&program()));
}

/// A project from nothing, built against this repository, would be built for minutes: that what it begins with is
/// whole, and again the same, is looked at here.
#[test]
fn a_new_project_begins_with_all_it_needs() {
    let folder = TempDir::new().unwrap();
    let quater = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_quater"));
        command.args(arguments).current_dir(folder.path()).output().unwrap()
    };
    let sources = root();
    let made = quater(&["new", "--rust", "notes", "--quater", sources.to_str().unwrap()]);
    assert!(made.status.success(), "{made:?}");
    let read = |path: &str| fs::read_to_string(folder.path().join("notes").join(path)).unwrap();
    assert!(read("Cargo.toml").contains("package = \"quater-host\", path = \""), "{}", read("Cargo.toml"));
    assert!(
        read("src/generated/mod.rs").contains("Declared at `notes.qtr:"),
        "{}",
        read("src/generated/mod.rs")
    );
    let bodies = read("src/bodies.rs");
    fs::write(folder.path().join("notes/src/bodies.rs"), format!("{bodies}// mine\n")).unwrap();
    fs::write(folder.path().join("notes/src/generated/old.rs"), "").unwrap();
    assert_eq!(quater(&["gen", "rust", "notes", "-o", "notes", "--check"]).status.code(), Some(4));
    assert!(quater(&["gen", "rust", "notes"]).status.success());
    assert!(read("src/bodies.rs").ends_with("// mine\n"), "what is written by hand stays");
    assert!(!folder.path().join("notes/src/generated/old.rs").exists());
    assert_eq!(quater(&["gen", "rust", "notes", "-o", "notes", "--check"]).status.code(), Some(0));
}

/// A way in.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Door {
    Http,
    Mcp,
    Actions,
}

/// What a call gives, or the code of its error.
fn through(door: Door, shop: &Shop, token: Option<&str>, call: (&str, &Json, bool)) -> Result<Json, String> {
    let (operation, input, dry) = call;
    let (path, body) = match door {
        Door::Http if operation == "list_products" => ("/products".to_owned(), None),
        Door::Http => ("/imports".to_owned(), Some(input.clone())),
        Door::Mcp => {
            let params = json!({ "name": operation, "arguments": input, "_meta": { "quater/dry_run": dry } });
            let call = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params });
            ("/mcp".to_owned(), Some(call))
        }
        Door::Actions => {
            (format!("/quater/v1/actions/{operation}"), Some(json!({ "input": input, "dry_run": dry })))
        }
    };
    let method = if body.is_some() { reqwest::Method::POST } else { reqwest::Method::GET };
    let mut request = Client::new().request(method, format!("{}{path}", shop.url));
    request = request.header("accept", "application/json, text/event-stream");
    request = token.into_iter().fold(request, |request, token| request.bearer_auth(token));
    request = if dry && door == Door::Http { request.header("dry-run", "true") } else { request };
    if let Some(body) = body {
        request = request.header("content-type", "application/json").body(body.to_string());
    }
    let told: Json = serde_json::from_str(&request.send().unwrap().text().unwrap()).unwrap();
    let code = match door {
        Door::Http => &told["code"],
        Door::Mcp if told["error"].is_object() => &told["error"]["data"]["code"],
        Door::Mcp => &told["result"]["_meta"]["quater/error"]["code"],
        Door::Actions => &told["error"]["code"],
    };
    if let Some(code) = code.as_str() {
        return Err(code.to_owned());
    }
    let found = match door {
        Door::Http => told,
        Door::Mcp if dry => told["result"]["_meta"]["quater/dry_run"].clone(),
        Door::Mcp if operation == "list_products" => told["result"]["structuredContent"]["result"].clone(),
        Door::Mcp => told["result"]["structuredContent"].clone(),
        Door::Actions if dry => told,
        Door::Actions => told["result"].clone(),
    };
    Ok(if dry { json!([found["result"], found["effects"]]) } else { found })
}

/// Each kind of case, with what must come of it by hand, through every door that the service has: its crate serves it,
/// so nobody calls it by its files.
#[test]
fn every_door_does_the_same() {
    let two = json!({ "rows": [row("ABC-0001", "Chair", "5"), row("ABC-0002", "Table", "80.50")] });
    let bad = json!({ "rows": [row("", "", ""), row("x", "y", "z")] });
    let large = json!({ "rows": vec![row("ABC-0001", &"a".repeat(1_000), "5"); 1_500] });
    let report = |created: u32, changed: u32| json!({ "read": 2, "created": created, "changed": changed, "skipped": [] });
    let effects = json!([{ "entity": "Product", "created": 2, "updated": 0, "deleted": 0 }]);
    let error = |code: &str| Err(code.to_owned());
    for door in [Door::Http, Door::Mcp, Door::Actions] {
        let shop = Shop::open();
        let manager = shop.manager("north");
        let hired = shop.json("/clerks", Some(&manager), &json!({ "name": "Cleo" }));
        let clerk = hired["key"].as_str().unwrap().to_owned();
        let holds =
            |token: Option<&str>, operation: &str, input: &Json, dry: bool, wanted: Result<Json, String>| {
                let got = through(door, &shop, token, (operation, input, dry));
                assert_eq!(got, wanted, "{door:?}: {operation} {:.200}", input.to_string());
            };
        let (boss, clerk, nothing) = (Some(&*manager), Some(&*clerk), json!({}));
        holds(None, "list_products", &nothing, false, error("Unauthorized"));
        holds(Some("garbled"), "import_prices", &two, false, error("Unauthorized"));
        holds(clerk, "import_prices", &two, false, error("Forbidden"));
        holds(boss, "import_prices", &nothing, false, error("Invalid"));
        holds(boss, "import_prices", &json!({ "rows": [] }), false, error("Invalid"));
        holds(boss, "import_prices", &large, false, error("TooLarge"));
        holds(boss, "import_prices", &bad, false, error("NotAPriceList"));
        holds(boss, "import_prices", &two, true, Ok(json!([report(2, 0), effects])));
        holds(clerk, "list_products", &nothing, false, Ok(json!([])));
        holds(boss, "import_prices", &two, false, Ok(report(2, 0)));
        holds(boss, "import_prices", &two, false, Ok(report(0, 0)));
        let listed = through(door, &shop, clerk, ("list_products", &nothing, false)).unwrap();
        let lines: Vec<_> = listed.as_array().unwrap().iter().map(|it| [&it["sku"], &it["price"]]).collect();
        assert_eq!(lines, [["ABC-0001", "5.00"], ["ABC-0002", "80.50"]], "{door:?}: {listed}");
        let database = rusqlite::Connection::open(shop.folder.path().join("imports.db")).unwrap();
        let broken = "CREATE TRIGGER broken BEFORE INSERT ON product BEGIN SELECT json('{'); END";
        database.execute_batch(broken).unwrap();
        let third = json!({ "rows": [row("ABC-0003", "Lamp", "9")] });
        holds(boss, "import_prices", &third, false, error("Internal"));
    }
}
