//! `quater call`
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::service::{self, Draw, Environment};
use crate::target;
use crate::words::{self, Typed};
use clap::Args;
use quater_ir::Program;
use quater_ir::operation::Door;
use quater_runtime::{Answer, Call as Invocation, Entry, Identity, Input, Refusal, RequestId};
use serde_json::{Map, Value as Json, json};

/// Arguments of `quater call`.
#[derive(Args)]
#[command(override_usage = "quater call [OPTIONS] [TARGET] WORDS... [--ARGUMENT VALUE]...")]
pub(crate) struct Call {
    /// Credential of the caller
    #[arg(long, env = "QUATER_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// Print one JSON object, errors too
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    environment: Environment,
    /// A `.qtr` file or a folder (this one, unless named), then the words of a command and its arguments;
    /// `--help` behind the words lists them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "WORDS")]
    words: Vec<String>,
}

impl Call {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        let (target, words) = target::split(&self.words);
        let compiled = service::compile_in(&target, Draw::Errors, &self.environment)?;
        let Some(program) = compiled.program else { return Ok(Exit::Findings) };
        let typed = match words::read(words::command("quater call", &program), &program, words) {
            Ok(typed) => typed,
            Err(error) => return Ok(told(&error)),
        };
        let as_json = self.json || typed.json;
        let request = RequestId::fresh();
        let outcome = service::block_on(async {
            let service = service::start(&program, &compiled.folder, &self.environment)?;
            let outcome = service.invoke(self.invocation(typed, &program, request)).await;
            service.stop().await;
            Ok(outcome)
        })?;
        match outcome {
            Ok(answer) => done(&answer, as_json),
            Err(refusal) if as_json => {
                output::out(&format!("{}\n", object(&refusal, &program, request)));
                Ok(Exit::Findings)
            }
            Err(refusal) => {
                output::err(&lines(&refusal, &program));
                Ok(Exit::Findings)
            }
        }
    }

    fn invocation(&self, typed: Typed, program: &Program, request: RequestId) -> Invocation {
        let token = typed.token.or_else(|| self.token.clone());
        let identity = token.map_or(Identity::Nobody, |text| Identity::token(program, Door::Cli, &text));
        let (operation, input) = (typed.operation, Input::Arguments(typed.arguments));
        Invocation { operation, door: Door::Cli, entry: Entry::Local, input, identity, request, ip: None }
    }
}

/// Help goes to standard output and is what was asked for; anything else is wrong usage.
pub(crate) fn told(error: &clap::Error) -> Exit {
    _ = error.print();
    if error.use_stderr() { Exit::Usage } else { Exit::Clean }
}

fn done(answer: &Answer, as_json: bool) -> Result<Exit, Failure> {
    let text = String::from_utf8_lossy(&answer.body);
    if as_json || text.is_empty() {
        output::out(&if text.is_empty() && as_json {
            "null\n".to_owned()
        } else if text.is_empty() {
            String::new()
        } else {
            format!("{text}\n")
        });
        return Ok(Exit::Clean);
    }
    let value: Json = serde_json::from_str(&text).map_err(|why| Failure::Answer { why })?;
    output::out(&format!("{value:#}\n"));
    Ok(Exit::Clean)
}

fn object(refusal: &Refusal, program: &Program, request: RequestId) -> Json {
    let fault = &program.faults[refusal.fault];
    let mut object = Map::new();
    object.insert("code".into(), fault.name.as_str().into());
    object.insert("status".into(), fault.status.into());
    object.insert("message".into(), refusal.message.as_str().into());
    object.insert("request_id".into(), request.to_string().into());
    let data = refusal.payload.as_deref().and_then(|text| serde_json::from_slice::<Json>(text).ok());
    object.extend(data.map(|data| ("data".to_owned(), data)));
    if !refusal.violations.is_empty() {
        let violations = refusal.violations.iter();
        let violation =
            violations.map(|one| json!({ "pointer": one.pointer, "code": one.code, "message": one.message }));
        object.insert("violations".into(), violation.collect());
    }
    Json::Object(object)
}

fn lines(refusal: &Refusal, program: &Program) -> String {
    let fault = &program.faults[refusal.fault];
    let mut text = format!("{}: {}\n", fault.name, refusal.message);
    for violation in &refusal.violations {
        let place = violation.pointer.trim_start_matches('/').replace('/', ".");
        text.push_str(&format!("  {place}: {}\n", violation.message));
    }
    text
}
