//! `quater actions`
use crate::catalogue::{Action, Catalogue, Input};
use crate::client::Client;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::remotes;
use crate::service::{self, Draw};
use crate::target::{self, Target};
use crate::words;
use clap::{Args, Subcommand};
use clap_complete::engine::ArgValueCandidates;
use serde_json::{Value as Json, json};

/// Arguments of `quater actions`.
#[derive(Args)]
pub(crate) struct Actions {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Every command with what it is for
    List(Asked),
    /// Commands that have to do with a word
    Search(Asked),
    /// One command: inputs, output, who may call it, how it can fail
    Describe(Asked),
}

#[derive(Args)]
struct Asked {
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// A `.qtr` file or a folder (this one, unless named), then what is looked for
    #[arg(value_name = "WORDS", add = ArgValueCandidates::new(remotes::names))]
    words: Vec<String>,
}

impl Actions {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        let (What::List(asked) | What::Search(asked) | What::Describe(asked)) = &self.what;
        let (target, words) = target::split(&asked.words)?;
        let Some(catalogue) = catalogue(&target, Draw::Errors)? else { return Ok(Exit::Findings) };
        let all = catalogue.actions.iter();
        match &self.what {
            What::List(_) => list(&all.collect::<Vec<_>>(), asked.json),
            What::Search(_) => {
                let found: Vec<&Action> = all.filter(|action| speaks_of(action, words)).collect();
                list(&found, asked.json);
                if found.is_empty() {
                    return Ok(Exit::Findings);
                }
            }
            What::Describe(_) => {
                let named = asked.words.first().filter(|_| words.len() < asked.words.len());
                return Ok(describe(words, &catalogue, named, asked.json));
            }
        }
        Ok(Exit::Clean)
    }
}

/// What can be called of a target; nothing where it has errors, which have been drawn.
pub(crate) fn catalogue(target: &Target, draw: Draw) -> Result<Option<Catalogue>, Failure> {
    match target {
        Target::Here(path) => {
            service::compile_told(path, draw)?.program.map(|program| Catalogue::of(&program)).transpose()
        }
        Target::There(remote) => Client::new(remote, None)?.catalogue().map(Some),
    }
}

fn list(actions: &[&Action], as_json: bool) {
    if as_json {
        let items = actions.iter().map(|action| {
            json!({ "command": action.command.join(" "), "operation": action.name, "summary": action.summary })
        });
        return output::out(&format!("{}\n", items.collect::<Json>()));
    }
    let width = actions.iter().map(|action| action.command.join(" ").chars().count()).max().unwrap_or(0);
    for action in actions {
        let line = format!("{:width$}  {}", action.command.join(" "), action.summary);
        output::out(&format!("{}\n", line.trim_end()));
    }
}

fn speaks_of(action: &Action, words: &[String]) -> bool {
    let inputs = action.inputs.iter().flat_map(|input| [input.name.as_str(), input.description.as_str()]);
    let own = action.command.iter().map(String::as_str);
    let own = own.chain([action.name.as_str(), action.description.as_str()]);
    let text = own.chain(inputs).collect::<Vec<_>>().join(" ").to_lowercase();
    words.iter().all(|word| text.contains(&word.to_lowercase()))
}

/// Words are looked up as `quater call` does, so that a wrong one gets the same suggestions.
fn describe(asked: &[String], catalogue: &Catalogue, target: Option<&String>, as_json: bool) -> Exit {
    let named = |action: &&Action| action.command == asked || matches!(asked, [only] if action.name == *only);
    let Some(action) = catalogue.actions.iter().find(named) else {
        let error = words::read(words::command("quater actions describe", catalogue), catalogue, asked).err();
        return error.map_or(Exit::Usage, |error| output::usage(&error));
    };
    output::out(&if as_json {
        format!("{}\n", object(action, catalogue))
    } else {
        page(action, catalogue, target)
    });
    Exit::Clean
}

fn object(action: &Action, catalogue: &Catalogue) -> Json {
    let input = |input: &Input| {
        json!({
            "name": input.name, "type": input.ty, "docs": input.description,
            "required": input.required, "secret": input.secret,
        })
    };
    let fault = |code: &String| json!({ "code": code, "status": catalogue.status(code) });
    json!({
        "command": action.command.join(" "), "operation": action.name, "docs": action.description,
        "inputs": action.inputs.iter().map(input).collect::<Vec<_>>(),
        "output": action.output,
        "access": action.access,
        "writes": action.writes,
        "idempotent": action.idempotent,
        "approval": action.approval.as_ref().map(|approval| &approval.by),
        "doors": action.doors,
        "errors": action.errors.iter().map(fault).collect::<Vec<_>>(),
    })
}

fn page(action: &Action, catalogue: &Catalogue, target: Option<&String>) -> String {
    let mut text = format!("{}\n", action.command.join(" "));
    text.extend(action.description.lines().map(|line| format!("  {line}\n")));
    for input in &action.inputs {
        let needed = if input.required { "" } else { ", may be left out" };
        text.push_str(&format!("  input   {}: {}{needed}\n", input.name, input.ty));
        let docs = input.description.trim().replace('\n', " ");
        text.extend((!docs.is_empty()).then(|| format!("          {docs}\n")));
    }
    text.push_str(&format!("  output  {}\n", action.output.as_deref().unwrap_or("nothing")));
    text.push_str(&format!("  access  {}\n", action.access.join("; ")));
    if action.idempotent {
        text.push_str("  key     the same `--key` gives the first result again\n");
    }
    if let Some(approval) = &action.approval {
        text.push_str(&format!("  waits   for approval by {}\n", approval.by.join("; ")));
    }
    for code in &action.errors {
        text.push_str(&format!("  error   {code} ({})\n", catalogue.status(code)));
    }
    text.push_str(&format!("  call    {}\n", example(action, target)));
    text
}

/// A line to copy: the target as it was named, what must be given, and nothing else.
fn example(action: &Action, target: Option<&String>) -> String {
    let mut line = "quater call".to_owned();
    line.extend(target.map(|target| format!(" {target}")));
    line.push_str(&format!(" {}", action.command.join(" ")));
    for input in action.inputs.iter().filter(|input| input.required) {
        line.push_str(&format!(" --{} {}", words::kebab(&input.name), words::value_name(input)));
    }
    line
}
