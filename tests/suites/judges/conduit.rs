//! RealWorld's API as others wrote it down: its collection of requests, and every path and status of its contract.
//! Both stand beside this repository, in `shared/realworld`, and are none of it.
use crate::ask::{approves, judge};
use crate::judges;
use crate::server::{Server, file};
use quater_tests::postgres::Database;
use serde_json::Value as Json;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// What RealWorld says, where it is there. It is others' and no part of this repository, so nothing can put it in its
/// place, not in CI either; where it is not there that is said.
fn realworld() -> Option<PathBuf> {
    let folder = judges::root().parent().map(|above| above.join("shared/realworld"));
    let found = folder.filter(|folder| folder.is_dir());
    if found.is_none() {
        let test = std::thread::current().name().unwrap_or("conduit").to_owned();
        let told = format!("\nleft out: {test}: there is no `shared/realworld` beside this repository\n");
        drop(std::io::stderr().write_all(told.as_bytes()));
    }
    found.filter(|_| judges::ready())
}

fn serve(database: &str, folder: &Path) -> Server {
    Server::serve(&judges::root().join("examples/conduit"), database, folder)
}

/// Has newman send the whole collection, and counts what it found right.
fn collection_passes(database: &str, folder: &Path) {
    let Some(realworld) = realworld() else { return };
    let server = serve(database, folder);
    let report = folder.join("report.json");
    let mut newman = judge("node_modules/.bin/newman");
    newman.arg("run").arg(realworld.join("Conduit.postman_collection.json")).current_dir(folder);
    for value in ["USERNAME=nell", "EMAIL=nell@x.example", "PASSWORD=correct-horse"] {
        newman.args(["--global-var", value]);
    }
    newman.args(["--global-var", &format!("APIURL={}/api", server.url)]);
    approves(newman.args(["--reporters", "cli,json", "--reporter-json-export"]).arg(&report));
    let report: Json = serde_json::from_str(&fs::read_to_string(report).unwrap()).unwrap();
    let counted = |what: &str, how: &str| report["run"]["stats"][what][how].as_u64().unwrap();
    assert_eq!((counted("assertions", "failed"), counted("requests", "failed")), (0, 0));
    assert!(counted("assertions", "total") >= 311, "the collection asserts less than it did");
}

#[test]
fn its_collection_passes() {
    let folder = TempDir::new().unwrap();
    collection_passes(&file(&folder.path().join("conduit.db")), folder.path());
}

#[test]
fn its_collection_passes_on_postgres() {
    let Some(database) = Database::fresh() else { return };
    collection_passes(&database.url(), TempDir::new().unwrap().path());
}

/// A line of the table.
struct Case<'t> {
    status: &'t str,
    who: &'t str,
    method: &'t str,
    path: String,
    body: &'t str,
}

impl<'t> Case<'t> {
    fn read(line: &'t str) -> Self {
        let mut words = line.splitn(5, ' ');
        let mut word = || words.next().unwrap_or("");
        let (status, who, method, path) = (word(), word(), word(), word());
        Self { status, who, method, path: path.replace("LONG", &"x".repeat(150)), body: word() }
    }
}

/// The contract, as JSON; RealWorld writes that a profile always has a text and a picture, and answers with null.
fn contract(realworld: &Path) -> Json {
    let read =
        "import json, sys, yaml; json.dump(yaml.safe_load(open(sys.argv[1])), sys.stdout, default=str)";
    let text = approves(judge("python/bin/python").args(["-c", read]).arg(realworld.join("openapi.yml")));
    let mut contract: Json = serde_json::from_str(&text).unwrap();
    for name in ["User", "Profile"] {
        for field in ["bio", "image"] {
            contract["components"]["schemas"][name]["properties"][field]["type"] =
                serde_json::json!(["string", "null"]);
        }
    }
    contract
}

/// The path of the contract that a request is for: fixed segments go before parameters.
fn template<'c>(contract: &'c Json, path: &str) -> &'c str {
    let plain = path.split('?').next().unwrap();
    let fits = |known: &&String| {
        let (known, asked): (Vec<_>, Vec<_>) = (known.split('/').collect(), plain.split('/').collect());
        known.len() == asked.len()
            && known.iter().zip(asked).all(|(it, has)| it.starts_with('{') || *it == has)
    };
    let paths = contract["paths"].as_object().unwrap();
    let found = paths.keys().filter(fits).min_by_key(|known| known.matches('{').count());
    found.unwrap_or_else(|| panic!("the contract has no `{path}`"))
}

/// What the contract says of an answer: nothing, or the schema of its body.
fn schema(contract: &Json, method: &str, template: &str, status: &str) -> Option<Json> {
    let said = &contract["paths"][template][method.to_lowercase()]["responses"][status];
    let name = said["$ref"].as_str().unwrap_or_else(|| panic!("{method} {template} has no {status}"));
    let response = contract.pointer(name.strip_prefix('#').unwrap()).unwrap();
    let mut schema = response.pointer("/content/application~1json/schema")?.clone();
    schema["components"] = contract["components"].clone();
    Some(schema)
}

/// Every answer that the contract tells of, by method, path and status.
fn told(contract: &Json) -> BTreeSet<String> {
    let paths = contract["paths"].as_object().unwrap().iter();
    let operations = paths.flat_map(|(path, methods)| {
        methods.as_object().unwrap().iter().map(move |(method, operation)| (path, method, operation))
    });
    let answers = operations.flat_map(|(path, method, operation)| {
        let statuses = operation["responses"].as_object().unwrap().keys();
        statuses.map(move |status| format!("{status} {} {path}", method.to_uppercase()))
    });
    answers.collect()
}

/// Asks for every answer that the contract tells of, and holds each to its schema.
fn answers_as_told(database: &str, folder: &Path) {
    let Some(realworld) = realworld() else { return };
    let server = serve(database, folder);
    let contract = contract(&realworld);
    let table = fs::read_to_string(judges::root().join("tests/cases/conduit/statuses.txt")).unwrap();
    let client = reqwest::blocking::Client::new();
    let mut tokens = BTreeMap::from([("forged".to_owned(), "eyJhbGciOiJIUzI1NiJ9.e30.c2VhbA".to_owned())]);
    let (mut left, mut wrong) = (told(&contract), Vec::new());
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        if let Some(never) = line.strip_prefix("never ") {
            assert!(left.remove(never), "the contract does not tell of `{never}`, or it was had");
            continue;
        }
        let case = Case::read(line);
        let mut request =
            client.request(case.method.parse().unwrap(), format!("{}/api{}", server.url, case.path));
        if let Some(token) = tokens.get(case.who) {
            request = request.header("authorization", format!("Token {token}"));
        }
        if !case.body.is_empty() {
            request = request.header("content-type", "application/json").body(case.body.to_owned());
        }
        let answer = request.send().unwrap();
        let (status, text) = (answer.status().as_u16().to_string(), answer.text().unwrap());
        let template = template(&contract, &case.path);
        let schema = schema(&contract, case.method, template, case.status);
        left.remove(&format!("{} {} {template}", case.status, case.method));
        if status != case.status {
            wrong.push(format!("{line}\n  {status} {text}"));
            continue;
        }
        let body: Json = serde_json::from_str(&text).unwrap_or(Json::Null);
        if let Some(schema) = schema
            && let Err(error) = jsonschema::validate(&schema, &body)
        {
            wrong.push(format!("{line}\n  {text}\n  {error}"));
        }
        if let (Some(name), Some(token)) = (body["user"]["username"].as_str(), body["user"]["token"].as_str())
        {
            tokens.insert(name.to_owned(), token.to_owned());
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(left.is_empty(), "nobody asks for these answers: {left:#?}");
}

#[test]
fn every_answer_of_its_contract_is_had() {
    let folder = TempDir::new().unwrap();
    answers_as_told(&file(&folder.path().join("conduit.db")), folder.path());
}

#[test]
fn every_answer_of_its_contract_is_had_on_postgres() {
    let Some(database) = Database::fresh() else { return };
    answers_as_told(&database.url(), TempDir::new().unwrap().path());
}
