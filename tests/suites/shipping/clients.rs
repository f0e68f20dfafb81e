//! `quater gen typescript` and `quater gen python`: the files are as expected, compilers that nobody here wrote have
//! nothing to say against them, and they work against the live services.
use super::built::said;
use crate::judges::{self, root};
use crate::server::{Server, file, quater};
use quater_tests::golden;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// Services whose clients are checked, and the names of those.
const SERVICES: [(&str, &str); 8] = [
    ("store", "examples/store"),
    ("conduit", "examples/conduit"),
    ("desk", "tests/suites/shipping/desk.qtr"),
    ("doors", "tests/doors/service.qtr"),
    ("gate", "tests/suites/auth/gate.qtr"),
    ("album", "tests/suites/files/album.qtr"),
    ("shapes", "tests/suites/runtime/shapes.qtr"),
    ("library", "tests/suites/lists/library.qtr"),
];

/// What errors may look like: with and without what clients tell them apart by, and what they show.
const ENVELOPES: [&str; 5] = [
    "{ error: fault.code }",
    "{ error: { code: fault.code, text: fault.message } }",
    "{ errors: { body: fault.messages } }",
    "{ code: fault.code, fields: fault.fields }",
    "{ status: fault.status }",
];

/// Clients of services with such errors; gives their names.
fn enveloped(language: &str, end: &str, folder: &Path) -> Vec<String> {
    let write = |(at, errors): (usize, &&str)| {
        let (name, service) = (format!("envelope{at}"), folder.join("envelope.qtr"));
        let text = format!(
            "service envelope version 1 {{\n  errors as {errors}\n}}\n\noperation hi(name: text(..20)) -> {{ message: text }} {{\n  \
             http GET /hi\n  allow public\n  return {{ message: name }}\n}}\n"
        );
        fs::write(&service, text).unwrap();
        fs::write(folder.join(format!("{name}.{end}")), client(language, service.to_str().unwrap())).unwrap();
        format!("{name}.{end}")
    };
    ENVELOPES.iter().enumerate().map(write).collect()
}

fn client(language: &str, service: &str) -> String {
    let output = quater("sqlite:unused.db").args(["gen", language, service]).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// All clients of a language, in a folder of their own.
fn clients(language: &str, end: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, service) in SERVICES {
        fs::write(folder.path().join(format!("{name}.{end}")), client(language, service)).unwrap();
    }
    let flow = format!("tests/suites/shipping/flow.{end}");
    fs::copy(root().join(flow), folder.path().join(format!("flow.{end}"))).unwrap();
    folder
}

#[track_caller]
fn approves(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}\n{}", said(&output));
}

/// The services of a flow, their data in a folder.
fn servers(folder: &Path) -> Vec<Server> {
    let serve = |(name, service): &(&str, &str)| {
        let mut command = quater(&file(&folder.join(format!("{name}.db"))));
        command.env("MEDIA_URL", format!("file:{}", folder.join("media").display()));
        command.arg("run").arg(root().join(service)).args(["--listen", "127.0.0.1:0"]);
        Server::spawn(command, folder)
    };
    SERVICES.iter().take(3).map(serve).collect()
}

/// A program of the judges, with their Node first.
fn judge(program: &str) -> Command {
    let folder = judges::folder();
    let mut path = OsString::from(folder.join("node_modules/node/bin"));
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap());
    let mut command = Command::new(folder.join(program));
    command.env("PATH", path);
    command
}

#[test]
fn clients_are_as_expected() {
    for (language, end) in [("typescript", "ts"), ("python", "py")] {
        let golden = root().join(format!("tests/suites/shipping/golden/desk.{end}"));
        golden::expect(&golden, &client(language, "tests/suites/shipping/desk.qtr"));
    }
}

#[test]
fn the_typescript_client_works() {
    if !judges::ready() {
        return;
    }
    let folder = clients("typescript", "ts");
    let mut tsc = judge("node_modules/.bin/tsc");
    tsc.args([
        "--noEmit",
        "--strict",
        "--noUnusedLocals",
        "--noUncheckedIndexedAccess",
        "--erasableSyntaxOnly",
    ]);
    tsc.args(["--exactOptionalPropertyTypes", "--noImplicitReturns", "--verbatimModuleSyntax"]);
    tsc.args(["--allowImportingTsExtensions", "--module", "esnext", "--moduleResolution", "bundler"]);
    tsc.args(["--target", "es2022", "--lib", "es2022,dom,dom.iterable"]);
    tsc.current_dir(folder.path()).arg("flow.ts");
    for (name, _) in SERVICES {
        tsc.arg(format!("{name}.ts"));
    }
    tsc.args(enveloped("typescript", "ts", folder.path()));
    approves(&mut tsc);
    fs::write(folder.path().join("package.json"), "{\"type\": \"module\"}").unwrap();
    let servers = servers(folder.path());
    let mut node = judge("node_modules/node/bin/node");
    node.current_dir(folder.path()).args(["--no-warnings", "--experimental-strip-types", "flow.ts"]);
    approves(node.args(servers.iter().map(|server| &server.url)));
}

#[test]
fn the_python_client_works() {
    if !judges::ready() {
        return;
    }
    let folder = clients("python", "py");
    let mut mypy = judge("python/bin/mypy");
    mypy.args(["--strict", "--warn-unreachable", "--cache-dir", "cache", "flow.py"])
        .current_dir(folder.path());
    for (name, _) in SERVICES {
        mypy.arg(format!("{name}.py"));
    }
    mypy.args(enveloped("python", "py", folder.path()));
    approves(&mut mypy);
    let servers = servers(folder.path());
    let mut python = judge("python/bin/python");
    python.current_dir(folder.path()).arg("flow.py");
    approves(python.args(servers.iter().map(|server| &server.url)));
}
