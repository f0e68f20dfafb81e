//! `quater build`: what it makes is whole, the same everywhere, and never served where it is not.
use crate::judges::root;
use crate::server::{SIGNING_KEY, Server, file, quater};
use quater_compiler::report::Code;
use quater_tests::golden;
use regex::bytes::Regex;
use serde_json::{Value as Json, json};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;
use tempfile::TempDir;

/// What a built service is a copy of.
const RUNNER: &str = env!("CARGO_BIN_EXE_quater-runner");

/// The store as an executable, made once.
static STORE: LazyLock<(TempDir, PathBuf)> = LazyLock::new(|| {
    let folder = TempDir::new().unwrap();
    let store = folder.path().join("store");
    let made = build(&root().join("examples/store"), &store, &[]);
    assert!(made.status.success(), "{}", said(&made));
    (folder, store)
});

/// Runs `quater build TARGET -o FILE`.
pub(crate) fn build(target: &Path, to: &Path, more: &[&str]) -> Output {
    let mut command = quater("sqlite:unused.db");
    command.arg("build").arg(target).arg("-o").arg(to).args(more).output().unwrap()
}

pub(crate) fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// The executable with nothing else at hand than what it needs.
pub(crate) fn alone(executable: &Path, folder: &Path) -> Command {
    let mut command = Command::new(executable);
    command.env_clear().env("SIGNING_KEY", SIGNING_KEY).current_dir(folder);
    command
}

fn post(url: &str, body: &Json) -> Json {
    let client = reqwest::blocking::Client::new();
    let answer = client.post(url).header("content-type", "application/json").body(body.to_string()).send();
    serde_json::from_str(&answer.unwrap().text().unwrap()).unwrap()
}

#[test]
fn an_executable_serves_alone() {
    let folder = TempDir::new().unwrap();
    let moved = folder.path().join("moved");
    fs::copy(&STORE.1, &moved).unwrap();
    let mut run = alone(&moved, folder.path());
    run.args(["--listen", "127.0.0.1:0"]);
    let store = Server::spawn(run, folder.path());
    let form = json!({ "email": "max@store.example", "password": "correct horse", "name": "north" });
    let token = post(&format!("{}/branches", store.url), &form)["token"].as_str().unwrap().to_owned();
    let contract = reqwest::blocking::get(format!("{}/openapi.json", store.url)).unwrap().text().unwrap();
    let from_source = TempDir::new().unwrap();
    let other = Server::start(&file(&from_source.path().join("store.db")), from_source.path());
    let same = reqwest::blocking::get(format!("{}/openapi.json", other.url)).unwrap().text().unwrap();
    assert!(contract == same, "the contract is that of the source");
    drop(store);
    assert!(folder.path().join("store.db").is_file(), "its data begin where it runs");
    let me = alone(&moved, folder.path()).args(["call", "me", "--token", &token]).output().unwrap();
    assert!(said(&me).contains("max@store.example"), "{}", said(&me));
    let audit = alone(&moved, folder.path()).args(["audit", "--json"]).output().unwrap();
    assert!(said(&audit).contains("open_branch"), "{}", said(&audit));
    let status = alone(&moved, folder.path()).args(["migrate", "status"]).output().unwrap();
    assert!(said(&status).contains("applied   version 1"), "{}", said(&status));
}

#[test]
fn an_executable_has_the_commands_of_an_operator() {
    let folder = TempDir::new().unwrap();
    let run = |words: &[&str]| alone(&STORE.1, folder.path()).args(words).output().unwrap();
    let mut text = String::new();
    for words in [
        &["--help"][..],
        &["--version"],
        &["actions", "search", "price"],
        &["check"],
        &["check", "--production"],
        &["run", "elsewhere.qtr"],
        &["run", "--help"],
        &["check", "--help"],
        &["actions", "describe", "products", "get"],
        &["seed", "missing.json"],
        &["seed", "missing.json", "--json"],
        &["build"],
        &["call", "elsewhere.qtr", "me"],
    ] {
        let output = run(words);
        text.push_str(&format!("$ store {}\n", words.join(" ")));
        text.push_str(&said(&output));
        text.push_str(&format!("? {}\n\n", output.status.code().unwrap()));
    }
    golden::expect(&root().join("tests/suites/shipping/store.txt"), &text);
}

#[test]
fn bodies_in_rust_are_not_left_behind() {
    let folder = TempDir::new().unwrap();
    let to = folder.path().join("imports");
    let output = build(&root().join("examples/imports"), &to, &[]);
    assert_eq!((output.status.code(), to.exists()), (Some(2), false), "{}", said(&output));
    assert!(said(&output).contains("is written in Rust") && said(&output).contains("quater gen rust"));
}

#[test]
fn the_runner_reads_no_source() {
    let (runner, quater) = (fs::read(RUNNER).unwrap(), fs::read(env!("CARGO_BIN_EXE_quater")).unwrap());
    // A sentence of the compiler, which is in whatever links its catalog of reports.
    let told = Regex::new(&regex::escape(Code::E0401.title())).unwrap();
    assert!(told.is_match(&quater) && !told.is_match(&runner), "no compiler is linked");
    let folder = TempDir::new().unwrap();
    let output = alone(Path::new(RUNNER), folder.path()).arg("run").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        said(&output),
        "error: this executable carries no service\n  help: `quater build` makes a copy of it that does\n"
    );
}

#[test]
fn only_a_runner_of_this_version_is_filled() {
    let folder = TempDir::new().unwrap();
    let place = |name: &str| folder.path().join(name);
    let runner = fs::read(RUNNER).unwrap();
    let at = Regex::new(r"(?-u)quater carries:\xF1").unwrap().find(&runner).unwrap().start();
    let mut older = runner.clone();
    older[at + 32] = 1;
    fs::write(place("older"), older).unwrap();
    fs::write(place("text"), "nothing of the kind").unwrap();
    fs::write(place("same"), runner).unwrap();
    let built = |runner: &Path| {
        let to = place("built");
        let output = build(&root().join("examples/store"), &to, &["--runner", runner.to_str().unwrap()]);
        let text = said(&output).replace("\n  │ ", " ").replace(folder.path().to_str().unwrap(), "");
        assert_eq!((output.status.code(), to.is_file()), (Some(2), false), "{text}");
        text
    };
    let (version, format) = (env!("CARGO_PKG_VERSION"), quater_ir::FORMAT);
    let older = format!("quater {version} (format 1), and this is quater {version} (format {format})");
    for (runner, told) in [
        (place("missing"), "there is no `/missing`"),
        (place("older"), older.as_str()),
        (place("text"), "it has no place for a service"),
        (PathBuf::from(env!("CARGO_BIN_EXE_quater")), "it has no place for a service"),
        (STORE.1.clone(), "it carries a service already"),
    ] {
        let text = built(&runner);
        assert!(text.contains(told) && text.contains("help:"), "{told}: {text}");
    }
    let to = place("built");
    let named = place("same");
    let made = build(&root().join("examples/store"), &to, &["--runner", named.to_str().unwrap()]);
    assert!(made.status.success(), "{}", said(&made));
    assert!(fs::read(to).unwrap() == fs::read(&STORE.1).unwrap(), "the same bytes from the same runner");
}

#[test]
fn a_built_file_is_served_without_source() {
    let folder = TempDir::new().unwrap();
    let built = folder.path().join("store.qir");
    assert!(build(&root().join("examples/store"), &built, &["--ir"]).status.success());
    let store = Server::serve(&built, "sqlite:store.db", folder.path());
    let form = json!({ "email": "max@store.example", "password": "correct horse", "name": "north" });
    let token = post(&format!("{}/branches", store.url), &form)["token"].as_str().unwrap().to_owned();
    drop(store);
    assert!(folder.path().join("store.db").is_file(), "its data begin beside it");
    let me =
        quater("sqlite:store.db").arg("call").arg(&built).args(["me", "--token", &token]).output().unwrap();
    assert!(said(&me).contains("max@store.example"), "{}", said(&me));
    let again = folder.path().join("again");
    assert!(build(&built, &again, &[]).status.success());
    assert!(fs::read(again).unwrap() == fs::read(&STORE.1).unwrap(), "from the file as from the source");
}

#[test]
fn the_same_service_gives_the_same_bytes() {
    let folders = [TempDir::new().unwrap(), TempDir::new().unwrap()];
    let built = folders.iter().enumerate().map(|(at, folder)| {
        let folder = folder.path();
        fs::copy(root().join("examples/store/store.qtr"), folder.join("store.qtr")).unwrap();
        let mut command = quater("sqlite:unused.db");
        let target = if at == 0 { folder.join("store.qtr") } else { PathBuf::from(".") };
        let made = command.current_dir(folder).arg("build").arg(target).arg("--ir").output().unwrap();
        assert!(made.status.success(), "{}", said(&made));
        fs::read(folder.join("store.qir")).unwrap()
    });
    let built: Vec<Vec<u8>> = built.collect();
    assert!(built[0] == built[1]);
    let text = String::from_utf8(built[0].clone()).unwrap();
    let place = folders[0].path().to_str().unwrap();
    assert!(!text.contains(place) && !text.contains(root().to_str().unwrap()), "no place of this machine");
    let executable = folders[0].path().join("store");
    assert!(build(&folders[0].path().join("store.qir"), &executable, &[]).status.success());
    assert!(fs::read(executable).unwrap() == fs::read(&STORE.1).unwrap());
}

#[test]
fn damage_is_told_and_nothing_is_served() {
    let folder = TempDir::new().unwrap();
    let whole = fs::read(&STORE.1).unwrap();
    let built = folder.path().join("store.qir");
    assert!(build(&root().join("examples/store"), &built, &["--ir"]).status.success());
    let length = fs::read(&built).unwrap().len();
    let begin = whole.len() - length;
    let broken = folder.path().join("broken");
    fs::copy(&STORE.1, &broken).unwrap();
    let tried = |bytes: &[u8]| {
        fs::write(&broken, bytes).unwrap();
        let output = loop {
            let tried = alone(&broken, folder.path()).args(["actions", "list"]).output();
            // What another test starts meanwhile holds the file open for writing until it is another program.
            if !tried.as_ref().is_err_and(|error| error.kind() == ErrorKind::ExecutableFileBusy) {
                break tried.unwrap();
            }
        };
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        said(&output)
    };
    for cut in [begin, begin + 1, begin + length / 2, whole.len() - 1] {
        assert!(tried(&whole[..cut]).contains("has lost the service that it carried"), "cut at {cut}");
    }
    for (at, told) in [
        (begin + 3, "it is not a built service"),
        (begin + length / 3, "the digest differs"),
        (whole.len() - 1, "the digest differs"),
    ] {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x01;
        let got = tried(&damaged);
        assert!(got.contains(told), "byte {at}: {got}");
    }
    let qir = fs::read_to_string(&built).unwrap();
    let format = format!("\"format\":{}", quater_ir::FORMAT);
    fs::write(&built, qir.replacen(&format, "\"format\":7", 1)).unwrap();
    let output = quater("sqlite:unused.db").arg("run").arg(&built).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let told = format!("it has format 7, and this build of quater reads format {}", quater_ir::FORMAT);
    assert!(said(&output).replace("\n  │ ", " ").contains(&told), "{}", said(&output));
}

#[test]
fn settings_that_shape_a_service_are_those_it_was_built_with() {
    let folder = TempDir::new().unwrap();
    let list = |name: &str, value: &str| {
        let mut command = alone(&STORE.1, folder.path());
        command.env(name, value).args(["call", "products", "list"]).output().unwrap()
    };
    for (name, value) in [
        ("QUATER_BASE", "/api"),
        ("QUATER_ERRORS", "{\"why\": \"fault.message\"}"),
        ("QUATER_DECIMALS", "numbers"),
        ("QUATER_UNKNOWN_MEMBERS", "ignore"),
    ] {
        let output = list(name, value);
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert!(said(&output).contains("was built in as"), "{}", said(&output));
    }
    for (name, value) in [("QUATER_BASE", "/"), ("QUATER_DECIMALS", "texts"), ("QUATER_BODY", "2mb")] {
        let output = list(name, value);
        assert!(said(&output).contains("Unauthorized"), "{name}: {}", said(&output));
    }
    let other = folder.path().join("other.qir");
    let mut command = quater("sqlite:unused.db");
    command.env("QUATER_BASE", "/api").arg("build").arg(root().join("examples/store"));
    assert!(command.args(["--ir", "-o"]).arg(&other).output().unwrap().status.success());
    let store = Server::serve(&other, "sqlite:other.db", folder.path());
    assert_eq!(reqwest::blocking::get(format!("{}/api/me", store.url)).unwrap().status(), 401);
    assert_eq!(reqwest::blocking::get(format!("{}/me", store.url)).unwrap().status(), 404);
}

const SITE: &str = "service site version 1

static /pages from \"./public\" cache 1h spa precompressed

/// Says hello.
operation hello() -> text(..10) {
  http GET /hello
  allow public
  return \"hello\"
}
";

#[test]
fn folders_of_files_go_along() {
    let source = TempDir::new().unwrap();
    let place = |name: &str| source.path().join(name);
    fs::create_dir_all(place("public/css")).unwrap();
    fs::write(place("site.qtr"), SITE).unwrap();
    for (name, text) in [
        ("public/index.html", "<p>all"),
        ("public/css/page.css", "p {}"),
        ("public/css/page.css.br", "small"),
        ("public/css/index.html", "<p>css"),
        ("public/.secret", "hidden"),
        ("secret.txt", "outside"),
    ] {
        fs::write(place(name), text).unwrap();
    }
    std::os::unix::fs::symlink(place("secret.txt"), place("public/link.txt")).unwrap();
    let (folder, site) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let executable = folder.path().join("site");
    assert!(build(&place("site.qtr"), &executable, &[]).status.success());
    source.close().unwrap();
    let mut run = alone(&executable, site.path());
    run.args(["--listen", "127.0.0.1:0"]);
    let server = Server::spawn(run, site.path());
    let client =
        reqwest::blocking::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let ask = |path: &str, header: (&'static str, &str)| {
        let answer = client.get(format!("{}{path}", server.url)).header(header.0, header.1).send().unwrap();
        let tag = answer.headers().get("etag").map(|tag| tag.to_str().unwrap().to_owned());
        (answer.status().as_u16(), tag, answer.text().unwrap())
    };
    let plain = |path: &str| {
        let (status, _, text) = ask(path, ("accept", "*/*"));
        (status, text)
    };
    assert_eq!(plain("/pages/"), (200, "<p>all".to_owned()));
    assert_eq!(plain("/pages/some/where"), (200, "<p>all".to_owned()), "a page of the application");
    assert_eq!(plain("/pages/css/"), (200, "<p>css".to_owned()));
    assert_eq!(plain("/pages/css").0, 308);
    for missing in ["/pages/.secret", "/pages/link.txt", "/pages/nothing.txt", "/pages/../secret.txt"] {
        assert_eq!(plain(missing).0, 404, "{missing}");
    }
    let (status, tag, text) = ask("/pages/css/page.css", ("range", "bytes=2-3"));
    assert_eq!((status, text.as_str()), (206, "{}"));
    let (status, small, text) = ask("/pages/css/page.css", ("accept-encoding", "br"));
    assert_eq!((status, text.as_str()), (200, "small"));
    assert_ne!(tag, small);
    assert_eq!(ask("/pages/css/page.css", ("if-none-match", &tag.unwrap())).0, 304);
    drop(server);
    let mut bytes = fs::read(&executable).unwrap();
    *bytes.last_mut().unwrap() ^= 0x01;
    fs::write(&executable, &bytes).unwrap();
    let output = alone(&executable, site.path()).args(["--listen", "127.0.0.1:0"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("which it carries, was cut off or changed"), "{}", said(&output));
}

#[test]
fn the_unit_of_systemd_is_one() {
    if Command::new("systemd-analyze").arg("--version").output().is_err() {
        return;
    }
    let folder = TempDir::new().unwrap();
    let text = fs::read_to_string(root().join("docs/deploy/store.service")).unwrap();
    let unit = folder.path().join("store.service");
    fs::write(&unit, text.replace("/usr/local/bin/store", STORE.1.to_str().unwrap())).unwrap();
    let verified = Command::new("systemd-analyze").arg("verify").arg(&unit).output().unwrap();
    assert!(verified.status.success() && said(&verified).is_empty(), "{}", said(&verified));
}
