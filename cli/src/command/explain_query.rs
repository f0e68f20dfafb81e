//! `quater explain-query`
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::service::{self, Draw};
use crate::target;
use clap::Args;
use quater_host::failure::Failure as Hosted;
use quater_host::near::near;
use quater_host::service::{Environment, settings};
use quater_ir::operation::Operation;
use quater_ir::{Id, Program};
use quater_runtime::{Explained, Settings, explain};
use serde_json::{Value as Json, json};

/// Arguments of `quater explain-query`.
#[derive(Args)]
pub(crate) struct ExplainQuery {
    /// Print JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    environment: Environment,
    /// A `.qtr` file or a folder (this one, unless named), then the operation
    #[arg(value_name = "OPERATION", required = true)]
    words: Vec<String>,
}

impl ExplainQuery {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        let (target, words) = target::path(&self.words);
        let compiled = service::compile(&target, Draw::Errors)?;
        let Some(program) = compiled.program else { return Ok(Exit::Findings) };
        let [name] = words else { return Err(Failure::OneOperation) };
        let id = named(&program, name)?;
        let settings = settings(&compiled.folder, &self.environment)?;
        let settings = Settings { declared_at: compiled.declared_at, ..settings };
        let statements = explain(&program, &settings, id).map_err(Hosted::from)?;
        output::told(self.json, &if self.json { object(&statements) } else { page(&statements) });
        Ok(Exit::Clean)
    }
}

fn named(program: &Program, name: &str) -> Result<Id<Operation>, Failure> {
    let operations = || program.operations.iter();
    if let Some((id, _)) = operations().find(|(_, operation)| operation.name == name) {
        return Ok(id);
    }
    let near = near(name, operations().map(|(_, operation)| operation.name.as_str()));
    Err(Hosted::NoOperation { name: name.to_owned(), near: near.map(str::to_owned) }.into())
}

fn page(statements: &[Explained]) -> String {
    if statements.is_empty() {
        return "asks the database nothing\n".to_owned();
    }
    let mut text = String::new();
    for (at, Explained { sql, plan }) in statements.iter().enumerate() {
        text.push_str(if at > 0 { "\n" } else { "" });
        text.push_str(&format!("{sql}\n"));
        text.extend(plan.iter().map(|line| format!("    {line}\n")));
    }
    text
}

fn object(statements: &[Explained]) -> String {
    let statement = |it: &Explained| json!({ "sql": it.sql, "plan": it.plan });
    format!("{}\n", statements.iter().map(statement).collect::<Json>())
}
