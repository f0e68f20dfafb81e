//! HTTP and the command line, each over its real transport.
use crate::cases::{self, Reached, Wishes};
use crate::expect::{Failure, Outcome};
use crate::people::{People, Place};
use crate::server::{Server, quater};
use reqwest::blocking::{Client, Response};
use reqwest::{Method, Url};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

/// A way in.
pub(crate) trait Door {
    fn name(&self) -> &'static str;

    /// Where its calls come from, in the words of the audit.
    fn entry(&self) -> &'static str;

    fn call(&mut self, caller: &str, operation: &str, input: &Json, wishes: &Wishes) -> Outcome;

    /// Grants or denies a request.
    fn decide(&mut self, caller: &str, verb: &str, input: &Json) -> Outcome;

    /// Where decisions come from, in the words of the audit.
    fn decides(&self) -> String {
        format!("{} {}", self.name(), self.entry())
    }
}

/// A request that is decided, over HTTP as the action protocol has it.
fn decide(client: &Client, url: &str, token: Option<String>, verb: &str, input: &Json) -> Outcome {
    let id = input["approval"].as_str().unwrap();
    let mut request = client.post(format!("{url}/quater/v1/approvals/{id}/{verb}"));
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    let response = request.send().unwrap();
    let status = response.status().as_u16();
    let reply: Json = serde_json::from_str(&response.text().unwrap()).unwrap();
    if status == 200 {
        return Outcome::Gives(reply);
    }
    Outcome::Fails(Failure::read(&reply["error"], "message", "violations", "message"))
}

/// How each operation is reached, by its name.
pub(crate) fn operations() -> BTreeMap<String, Reached> {
    cases::operations().into_iter().map(|operation| (operation.name.clone(), operation)).collect()
}

/// The members of an input.
fn members(input: &Json) -> Map<String, Json> {
    input.as_object().expect("an input is an object").clone()
}

/// A value as plain text, where a door has no JSON.
fn plain(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Over a socket, with tokens.
pub(crate) struct Http {
    people: Arc<People>,
    operations: BTreeMap<String, Reached>,
    client: Client,
    server: Server,
}

impl Http {
    pub(crate) fn open(people: Arc<People>, place: &Place) -> Self {
        let client = Client::builder().no_proxy().timeout(Duration::from_secs(30)).build().unwrap();
        Self { people, operations: operations(), client, server: place.serve() }
    }

    fn send(&self, reached: &Reached, caller: &str, input: &Json, wishes: &Wishes) -> Response {
        let mut rest = members(input);
        let mut path = reached.path.clone();
        for name in in_path(reached) {
            let value = rest.shift_remove(name).unwrap_or_else(|| panic!("{} needs {name}", reached.name));
            path = path.replace(&format!("{{{name}}}"), &plain(&value));
        }
        let method = Method::from_bytes(reached.method.as_bytes()).unwrap();
        let mut url = Url::parse(&format!("{}{path}", self.server.url)).unwrap();
        if !has_body(reached) && !rest.is_empty() {
            url.query_pairs_mut().extend_pairs(rest.iter().map(|(name, value)| (name, plain(value))));
        }
        let mut request = self.client.request(method, url);
        if let Some(token) = self.people.token(caller) {
            request = request.bearer_auth(token);
        }
        if let Some(key) = &wishes.key {
            request = request.header("idempotency-key", key);
        }
        if wishes.dry {
            request = request.header("dry-run", "true");
        }
        if has_body(reached) {
            request = request.header("content-type", "application/json").body(Json::Object(rest).to_string());
        }
        request.send().unwrap()
    }
}

fn in_path(reached: &Reached) -> impl Iterator<Item = &str> {
    reached.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

fn has_body(reached: &Reached) -> bool {
    !["GET", "DELETE"].contains(&reached.method.as_str())
}

impl Door for Http {
    fn name(&self) -> &'static str {
        "http"
    }

    fn entry(&self) -> &'static str {
        "remote"
    }

    fn decide(&mut self, caller: &str, verb: &str, input: &Json) -> Outcome {
        decide(&self.client, &self.server.url, self.people.token(caller), verb, input)
    }

    fn call(&mut self, caller: &str, operation: &str, input: &Json, wishes: &Wishes) -> Outcome {
        let reached = &self.operations[operation];
        let response = self.send(reached, caller, input, wishes);
        let status = response.status().as_u16();
        let kind = response.headers().get("content-type").map(|kind| kind.to_str().unwrap().to_owned());
        let text = response.text().unwrap();
        let json = || serde_json::from_str::<Json>(&text).unwrap();
        if status == 202 {
            return Outcome::waits(&json());
        }
        if status < 400 && wishes.dry {
            assert_eq!((status, &json()["dry_run"]), (200, &true.into()), "{operation}: {text}");
            return Outcome::tried(&json());
        }
        if status < 400 {
            assert_eq!(status, reached.status, "{operation}: {text}");
            if text.is_empty() {
                return Outcome::Gives(Json::Null);
            }
            assert_eq!(kind.as_deref(), Some("application/json"), "{operation}: {text}");
            return Outcome::Gives(serde_json::from_str(&text).unwrap());
        }
        assert_eq!(kind.as_deref(), Some("application/problem+json"), "{operation}: {text}");
        let problem: Json = serde_json::from_str(&text).unwrap();
        hold_problem(&problem, status, reached);
        Outcome::Fails(Failure::read(&problem, "detail", "errors", "detail"))
    }
}

/// What only problem details have (RFC 9457): type and title, the status once more, and where each value stood.
fn hold_problem(problem: &Json, status: u16, reached: &Reached) {
    assert_eq!(problem["status"], status, "{problem}");
    assert_eq!(problem["type"], format!("/docs#{}", problem["code"].as_str().unwrap()), "{problem}");
    assert!(problem["title"].is_string() && problem["request_id"].is_string(), "{problem}");
    for violation in problem["errors"].as_array().into_iter().flatten() {
        let first = violation["pointer"].as_str().unwrap().split('/').nth(1).unwrap_or("");
        let rest = if has_body(reached) { "body" } else { "query" };
        let stood = if in_path(reached).any(|name| name == first) { "path" } else { rest };
        assert_eq!(violation["in"], stood, "{problem}");
    }
}

/// A process for each call, on the database that no server has open, with keys.
pub(crate) struct CommandLine {
    people: Arc<People>,
    operations: BTreeMap<String, Reached>,
    database: String,
}

impl CommandLine {
    pub(crate) fn open(people: Arc<People>, place: &Place) -> Self {
        Self { people, operations: operations(), database: place.url() }
    }
}

/// `--name=value`, a list by repeating it; what is null is left out.
fn flags(input: &Json) -> Vec<String> {
    let flag = |name: &str, value: &Json| format!("--{}={}", name.replace('_', "-"), plain(value));
    let mut flags = Vec::new();
    for (name, value) in &members(input) {
        match value {
            Json::Null => {}
            Json::Array(items) if !items.is_empty() => {
                flags.extend(items.iter().map(|item| flag(name, item)))
            }
            Json::Array(_) | Json::Object(_) | Json::String(_) | Json::Number(_) | Json::Bool(_) => {
                flags.push(flag(name, value));
            }
        }
    }
    flags
}

impl Door for CommandLine {
    fn name(&self) -> &'static str {
        "cli"
    }

    fn entry(&self) -> &'static str {
        "local"
    }

    fn decide(&mut self, caller: &str, verb: &str, input: &Json) -> Outcome {
        let mut command = self.command(caller);
        command.args(["approvals", verb, "--json", "examples/store", input["approval"].as_str().unwrap()]);
        self.ended(command, verb, input, false)
    }

    fn call(&mut self, caller: &str, operation: &str, input: &Json, wishes: &Wishes) -> Outcome {
        let mut command = self.command(caller);
        command.args(["call", "--json"]);
        if let Some(key) = &wishes.key {
            command.args(["--key", key]);
        }
        if wishes.dry {
            command.arg("--dry-run");
        }
        command.arg("examples/store").args(&self.operations[operation].words).args(flags(input));
        self.ended(command, operation, input, wishes.dry)
    }
}

impl CommandLine {
    fn command(&self, caller: &str) -> Command {
        let mut command = quater(&self.database);
        if let Some(key) = self.people.key(caller) {
            command.env("QUATER_TOKEN", key);
        }
        command
    }

    fn ended(&self, mut command: Command, operation: &str, input: &Json, dry: bool) -> Outcome {
        let output = command.output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        let json: Json = serde_json::from_str(&text)
            .unwrap_or_else(|why| panic!("{operation} {input}: {why}\n{text}{told}"));
        match output.status.code() {
            Some(0) if dry => Outcome::tried(&json),
            Some(0) => Outcome::Gives(json),
            Some(6) => Outcome::waits(&json),
            Some(code) if code == exit(&json) => {
                Outcome::Fails(Failure::read(&json, "message", "violations", "message"))
            }
            code => panic!("{operation} {input} ends with {code:?}\n{text}{told}"),
        }
    }
}

/// The exit code of an error, by its status.
fn exit(error: &Json) -> i32 {
    match error["status"].as_u64() {
        Some(400 | 413 | 415 | 422) => 10,
        Some(401 | 403) => 11,
        Some(404) => 12,
        Some(409) => 13,
        Some(408 | 429 | 503) => 14,
        Some(500) => 15,
        _ => 1,
    }
}

/// The action protocol over a socket, with keys.
pub(crate) struct Actions {
    people: Arc<People>,
    client: Client,
    server: Server,
}

impl Actions {
    pub(crate) fn open(people: Arc<People>, place: &Place) -> Self {
        let client = Client::builder().no_proxy().timeout(Duration::from_secs(30)).build().unwrap();
        Self { people, client, server: place.serve() }
    }
}

impl Door for Actions {
    fn name(&self) -> &'static str {
        "cli"
    }

    fn entry(&self) -> &'static str {
        "remote"
    }

    fn decide(&mut self, caller: &str, verb: &str, input: &Json) -> Outcome {
        decide(&self.client, &self.server.url, self.people.key(caller), verb, input)
    }

    fn decides(&self) -> String {
        "http remote".to_owned()
    }

    fn call(&mut self, caller: &str, operation: &str, input: &Json, wishes: &Wishes) -> Outcome {
        let mut request = self.client.post(format!("{}/quater/v1/actions/{operation}", self.server.url));
        if let Some(key) = self.people.key(caller) {
            request = request.bearer_auth(key);
        }
        let mut body = serde_json::json!({ "input": input, "dry_run": wishes.dry });
        if let Some(key) = &wishes.key {
            body["key"] = key.as_str().into();
        }
        let response =
            request.header("content-type", "application/json").body(body.to_string()).send().unwrap();
        let status = response.status().as_u16();
        let reply: Json = serde_json::from_str(&response.text().unwrap()).unwrap();
        if status == 202 {
            return Outcome::waits(&reply);
        }
        if status < 400 && wishes.dry {
            assert_eq!((status, &reply["status"]), (200, &"dry_run".into()), "{operation}: {reply}");
            return Outcome::tried(&reply);
        }
        if status < 400 {
            assert_eq!((status, &reply["status"]), (200, &serde_json::json!("done")), "{operation}: {reply}");
            return Outcome::Gives(reply["result"].clone());
        }
        assert_eq!(
            (&reply["status"], &reply["error"]["status"]),
            (&"error".into(), &status.into()),
            "{reply}"
        );
        Outcome::Fails(Failure::read(&reply["error"], "message", "violations", "message"))
    }
}
