//! `actions`
use crate::built::Built;
use crate::catalogue::{Action, Catalogue, Input};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::words;
use clap::{Args, Subcommand};
use serde_json::{Value as Json, json};

/// Arguments of `actions`.
#[derive(Args)]
pub struct Actions {
    #[command(subcommand)]
    what: What,
}

/// From where something is called.
#[derive(Debug, Clone, Copy)]
pub struct From<'a> {
    /// The program that somebody types.
    pub program: &'a str,
    /// How the service is named behind it, where that is needed.
    pub target: Option<&'a str>,
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
    /// What is looked for
    #[arg(value_name = "WORDS")]
    words: Vec<String>,
}

impl Actions {
    /// Tells of a built service.
    ///
    /// # Errors
    /// Where its actions can't be read.
    pub fn run(&self, built: &Built) -> Result<Exit, Failure> {
        let program = &built.artifact.program;
        let from = From { program: &program.service.name, target: None };
        Ok(self.tell(&Catalogue::of(program)?, self.words(), from))
    }

    /// The words behind the command.
    pub fn words(&self) -> &[String] {
        let (What::List(asked) | What::Search(asked) | What::Describe(asked)) = &self.what;
        &asked.words
    }

    /// Tells what some words ask for.
    pub fn tell(&self, catalogue: &Catalogue, words: &[String], from: From<'_>) -> Exit {
        let all = catalogue.actions.iter();
        match &self.what {
            What::List(asked) => list(&all.collect::<Vec<_>>(), asked.json),
            What::Search(asked) => {
                let found: Vec<&Action> = all.filter(|action| speaks_of(action, words)).collect();
                list(&found, asked.json);
                if found.is_empty() {
                    return Exit::Findings;
                }
            }
            What::Describe(asked) => return describe(words, catalogue, from, asked.json),
        }
        Exit::Clean
    }
}

fn list(actions: &[&Action], as_json: bool) {
    if as_json {
        let items = actions.iter().map(|action| {
            json!({ "command": action.command.join(" "), "operation": action.name, "summary": action.summary })
        });
        return output::json(&format!("{}\n", items.collect::<Json>()));
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
fn describe(asked: &[String], catalogue: &Catalogue, from: From<'_>, as_json: bool) -> Exit {
    let named = |action: &&Action| action.command == asked || matches!(asked, [only] if action.name == *only);
    let Some(action) = catalogue.actions.iter().find(named) else {
        let command = words::command(format!("{} actions describe", from.program), catalogue);
        let error = words::read(command, catalogue, asked).err();
        return error.map_or(Exit::Usage, |error| output::usage(&error));
    };
    output::told(
        as_json,
        &if as_json { format!("{}\n", object(action, catalogue)) } else { page(action, catalogue, from) },
    );
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

fn page(action: &Action, catalogue: &Catalogue, from: From<'_>) -> String {
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
    text.push_str(&format!("  call    {}\n", example(action, from)));
    text
}

/// A line to copy: the target as it was named, what must be given, and nothing else.
fn example(action: &Action, from: From<'_>) -> String {
    let mut line = format!("{} call", from.program);
    line.extend(from.target.map(|target| format!(" {target}")));
    line.push_str(&format!(" {}", action.command.join(" ")));
    for input in action.inputs.iter().filter(|input| input.required) {
        line.push_str(&format!(" --{} {}", words::kebab(&input.name), words::value_name(input)));
    }
    line
}
