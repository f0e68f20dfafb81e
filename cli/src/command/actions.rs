//! `quater actions`
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::service::{self, Draw};
use crate::target;
use crate::type_text::type_text;
use crate::words;
use clap::{Args, Subcommand};
use quater_ir::Program;
use quater_ir::operation::{Access, Door, Input, Operation};
use quater_ir::surface::Command;
use quater_ir::value::Literal;
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
    #[arg(value_name = "WORDS")]
    words: Vec<String>,
}

impl Actions {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        let (What::List(asked) | What::Search(asked) | What::Describe(asked)) = &self.what;
        let (target, words) = target::split(&asked.words);
        let Some(program) = service::compile(&target, Draw::Errors)?.program else {
            return Ok(Exit::Findings);
        };
        let commands = program.surface.commands.iter();
        match &self.what {
            What::List(_) => Ok(list(commands.collect(), &program, asked.json)),
            What::Search(_) => {
                let found: Vec<&Command> =
                    commands.filter(|command| speaks_of(command, words, &program)).collect();
                let exit = if found.is_empty() { Exit::Findings } else { Exit::Clean };
                list(found, &program, asked.json);
                Ok(exit)
            }
            What::Describe(_) => Ok(describe(words, &program, asked.json)),
        }
    }
}

fn list(commands: Vec<&Command>, program: &Program, as_json: bool) -> Exit {
    let summary = |command: &Command| {
        program.operations[command.operation].docs.lines().next().unwrap_or("").to_owned()
    };
    if as_json {
        let items = commands.iter().map(|command| {
            let name = program.operations[command.operation].name.as_str();
            json!({ "command": command.words.join(" "), "operation": name, "summary": summary(command) })
        });
        output::out(&format!("{}\n", items.collect::<Json>()));
        return Exit::Clean;
    }
    let width = commands.iter().map(|command| command.words.join(" ").chars().count()).max().unwrap_or(0);
    for command in commands {
        let line = format!("{:width$}  {}", command.words.join(" "), summary(command));
        output::out(&format!("{}\n", line.trim_end()));
    }
    Exit::Clean
}

fn speaks_of(command: &Command, words: &[String], program: &Program) -> bool {
    let operation = &program.operations[command.operation];
    let inputs = operation.inputs.iter().flat_map(|input| [input.name.as_str(), input.docs.as_str()]);
    let own = command
        .words
        .iter()
        .map(|word| word.as_str())
        .chain([operation.name.as_str(), operation.docs.as_str()]);
    let text = own.chain(inputs).collect::<Vec<_>>().join(" ").to_lowercase();
    words.iter().all(|word| text.contains(&word.to_lowercase()))
}

/// Words are looked up as `quater call` does, so that a wrong one gets the same suggestions.
fn describe(asked: &[String], program: &Program, as_json: bool) -> Exit {
    let named = |command: &&Command| {
        let name = &program.operations[command.operation].name;
        command.words.iter().eq(asked) || matches!(asked, [only] if name == only)
    };
    let Some(command) = program.surface.commands.iter().find(named) else {
        let error = words::read(words::command("quater actions describe", program), program, asked).err();
        return error.map_or(Exit::Usage, |error| super::call::told(&error));
    };
    let operation = &program.operations[command.operation];
    output::out(&if as_json {
        format!("{}\n", object(command, operation, program))
    } else {
        page(command, operation, program)
    });
    Exit::Clean
}

fn object(command: &Command, operation: &Operation, program: &Program) -> Json {
    let input = |input: &Input| {
        json!({
            "name": input.name.as_str(), "type": type_text(&input.ty, program), "docs": input.docs,
            "required": is_required(input), "secret": input.secret,
        })
    };
    let fault =
        |fault: &quater_ir::fault::Fault| json!({ "code": fault.name.as_str(), "status": fault.status });
    json!({
        "command": command.words.join(" "), "operation": operation.name.as_str(), "docs": operation.docs,
        "inputs": operation.inputs.iter().map(input).collect::<Vec<_>>(),
        "output": operation.output.as_ref().map(|ty| type_text(ty, program)),
        "access": operation.access.iter().map(access).collect::<Vec<_>>(),
        "writes": operation.effects.writes(),
        "doors": Door::ALL.into_iter().filter(|door| operation.doors.has(*door)).map(Door::name).collect::<Vec<_>>(),
        "errors": operation.faults.iter().map(|id| fault(&program.faults[*id])).collect::<Vec<_>>(),
    })
}

fn page(command: &Command, operation: &Operation, program: &Program) -> String {
    let mut text = format!("{}\n", command.words.join(" "));
    text.extend(operation.docs.lines().map(|line| format!("  {line}\n")));
    for input in &operation.inputs {
        let needed = if is_required(input) { "" } else { ", may be left out" };
        text.push_str(&format!("  input   {}: {}{needed}\n", input.name, type_text(&input.ty, program)));
        text.extend(
            (!input.docs.is_empty()).then(|| format!("          {}\n", input.docs.trim().replace('\n', " "))),
        );
    }
    let output = operation.output.as_ref().map_or_else(|| "nothing".to_owned(), |ty| type_text(ty, program));
    text.push_str(&format!("  output  {output}\n"));
    text.push_str(&format!(
        "  access  {}\n",
        operation.access.iter().map(access).collect::<Vec<_>>().join("; ")
    ));
    for id in &operation.faults {
        let fault = &program.faults[*id];
        text.push_str(&format!("  error   {} ({})\n", fault.name, fault.status));
    }
    text
}

fn is_required(input: &Input) -> bool {
    input.default.is_none() && !input.ty.is_optional()
}

fn access(access: &Access) -> String {
    let name = |literal: &Literal| match literal {
        Literal::Text(text) => text.to_string(),
        Literal::Int(number) => number.to_string(),
        Literal::Null | Literal::Bool(_) | Literal::Float(_) | Literal::Decimal(_) | Literal::Duration(_) => {
            format!("{literal:?}")
        }
    };
    match access {
        Access::Public => "public".to_owned(),
        Access::SignedIn => "signed in".to_owned(),
        Access::Role(roles) => format!("role {}", roles.iter().map(name).collect::<Vec<_>>().join(", ")),
        Access::When(_) => "when a condition on the caller holds".to_owned(),
    }
}
