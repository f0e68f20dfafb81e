//! MCP by the official clients, each a process that reads calls and writes results as lines of JSON.
use crate::cases::{Reached, Wishes};
use crate::doors::{Door, operations};
use crate::expect::{Failure, Outcome};
use crate::judges;
use crate::people::{People, Place};
use crate::server::Server;
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;

/// Which of the official kits.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kit {
    Python,
    TypeScript,
}

/// How a client comes to a revision of the protocol.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Mode {
    /// Asks what the server speaks, and gets the stateless revision.
    Auto,
    /// Shakes hands.
    Legacy,
}

/// A client at work. The stateless ones sign in with keys, the others with tokens.
pub(crate) struct Agents {
    people: Arc<People>,
    operations: BTreeMap<String, Reached>,
    mode: Mode,
    client: Child,
    answers: BufReader<ChildStdout>,
    // Behind the client, so that it ends after it.
    _server: Server,
}

impl Agents {
    pub(crate) fn open(kit: Kit, mode: Mode, people: Arc<People>, place: &Place) -> Self {
        let server = place.serve();
        let mut client = process(kit)
            .args([format!("{}/mcp", server.url), format!("{mode:?}").to_lowercase()])
            .arg(judges::folder())
            .env_remove("HTTP_PROXY")
            .env_remove("http_proxy")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let answers = BufReader::new(client.stdout.take().unwrap());
        Self { people, operations: operations(), mode, client, answers, _server: server }
    }

    fn token(&self, caller: &str) -> Option<String> {
        match self.mode {
            Mode::Auto => self.people.key(caller),
            Mode::Legacy => self.people.token(caller),
        }
    }

    fn ask(&mut self, line: &Json) -> Json {
        writeln!(self.client.stdin.as_mut().unwrap(), "{line}").unwrap();
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        serde_json::from_str(&answer).unwrap_or_else(|why| panic!("{line} is answered by {why}: {answer}"))
    }

    fn tools(&mut self, token: Option<&str>) -> Outcome {
        let answer = self.ask(&json!({ "token": token, "tool": null }));
        let revision = if self.mode == Mode::Auto { "2026-07-28" } else { "2025-11-25" };
        assert_eq!(answer["revision"], revision, "{answer}");
        Outcome::Gives(answer["tools"].clone())
    }
}

fn process(kit: Kit) -> Command {
    let (program, script) = match kit {
        Kit::Python => ("python/bin/python", "mcp_client.py"),
        Kit::TypeScript => ("node_modules/node/bin/node", "mcp_client.mjs"),
    };
    let mut command = Command::new(judges::folder().join(program));
    command.arg(judges::root().join("tests/judges").join(script));
    command
}

impl Door for Agents {
    fn name(&self) -> &'static str {
        "mcp"
    }

    fn entry(&self) -> &'static str {
        "remote"
    }

    fn decide(&mut self, caller: &str, verb: &str, input: &Json) -> Outcome {
        let arguments = json!({ "approval": input["approval"], "decision": verb });
        let line = json!({ "token": self.token(caller), "tool": "quater_decide", "arguments": arguments });
        let answer = self.ask(&line);
        match (answer["is_error"].as_bool(), answer["text"][0].as_str()) {
            (Some(false), _) => Outcome::Gives(answer["structured"].clone()),
            (Some(true), Some(text)) => tool_error(&answer, text),
            _ => turned_away(&answer),
        }
    }

    fn call(&mut self, caller: &str, operation: &str, input: &Json, wishes: &Wishes) -> Outcome {
        let token = self.token(caller);
        if operation == "tools" {
            return self.tools(token.as_deref());
        }
        let mut meta = serde_json::Map::new();
        meta.extend(wishes.key.as_ref().map(|key| ("quater/key".to_owned(), json!(key))));
        meta.extend(wishes.dry.then(|| ("quater/dry_run".to_owned(), json!(true))));
        let answer =
            self.ask(&json!({ "token": token, "tool": operation, "arguments": input, "meta": meta }));
        let told = &answer["meta"];
        if told["quater/dry_run"].is_object() {
            return Outcome::tried(&told["quater/dry_run"]);
        }
        if told["quater/approval"].is_object() {
            return Outcome::waits(&told["quater/approval"]);
        }
        let text = answer["text"].as_array().map(|blocks| blocks[0].as_str().unwrap().to_owned());
        match (answer["is_error"].as_bool(), text) {
            (Some(false), Some(text)) => {
                Outcome::Gives(success(&answer["structured"], &text, &self.operations[operation]))
            }
            (Some(true), Some(text)) => tool_error(&answer, &text),
            _ => turned_away(&answer),
        }
    }
}

impl Drop for Agents {
    fn drop(&mut self) {
        // It ends with its input.
        drop(self.client.stdin.take());
        _ = self.client.wait();
    }
}

/// Structured content, which the text says too; lists stand in an object.
fn success(structured: &Json, text: &str, reached: &Reached) -> Json {
    if structured.is_null() {
        assert_eq!(text, "done", "{}", reached.name);
        return Json::Null;
    }
    assert_eq!(*structured, serde_json::from_str::<Json>(text).unwrap(), "{}", reached.name);
    if !reached.list {
        return structured.clone();
    }
    assert_eq!(structured.as_object().unwrap().len(), 1, "{structured}");
    structured["result"].clone()
}

/// An error that a model reads: its text names the code, the payload and every pointer.
fn tool_error(answer: &Json, text: &str) -> Outcome {
    assert!(answer["structured"].is_null(), "an error is not what the output schema says: {answer}");
    let failure = Failure::read(&answer["meta"]["quater/error"], "message", "violations", "message");
    assert!(text.starts_with(&format!("{}: {}", failure.code, failure.message)), "{text}");
    assert!(failure.data.as_ref().is_none_or(|data| text.contains(&data.to_string())), "{text}");
    for [pointer, _, message] in &failure.violations {
        assert!(text.contains(&format!("`{pointer}`: {message}")), "{text}");
    }
    Outcome::Fails(failure)
}

/// What HTTP said before the tool was called: nobody, or a bad credential.
fn turned_away(answer: &Json) -> Outcome {
    let code = answer["denied"]["code"].as_str().unwrap_or_else(|| panic!("no code in {answer}"));
    Outcome::Fails(Failure {
        status: answer["denied"]["status"].as_u64(),
        code: code.to_owned(),
        message: answer["message"].as_str().unwrap_or_default().to_owned(),
        ..Failure::default()
    })
}
