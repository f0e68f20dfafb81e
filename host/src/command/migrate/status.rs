//! `migrate status`
use super::{open, shown};
use crate::command::Operate;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::service::{Environment, Here};
use clap::Args;
use quater_ir::storage::migration::Grade;
use quater_runtime::migrate::{self, Allowed, MigrateError, Past, short};
use serde_json::json;

/// Arguments of `migrate status`.
#[derive(Args)]
pub struct Status {
    #[command(flatten)]
    environment: Environment,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

impl Operate for Status {
    fn environment(&self) -> &Environment {
        &self.environment
    }

    fn run(&self, here: Here) -> Result<Exit, Failure> {
        let mut database = open(&here, &self.environment)?;
        let status = match database.status() {
            Err(error @ MigrateError::UnderWay { .. }) => return Err(Failure::UnderWay(error)),
            status => status?,
        };
        output::told(
            self.json,
            &if self.json {
                format!("{}\n", object(&status, database.url()))
            } else {
                text(&status, database.url())
            },
        );
        let plan = &status.plan;
        Ok(if plan.grade() == Grade::Lossy && !plan.done {
            Exit::Broken
        } else if plan.is_empty() && plan.drift.is_empty() {
            Exit::Clean
        } else {
            Exit::Stale
        })
    }
}

fn text(status: &migrate::Status, url: &str) -> String {
    let mut text = format!("database  {url}\n");
    for past in &status.past {
        let steps = shown::counted(past.steps.len(), "step");
        let digest = short(&past.digest);
        text.push_str(&format!(
            "applied   version {} ({digest}), {steps}, {}\n",
            past.version,
            migrate::instant(past.applied)
        ));
    }
    let plan = &status.plan;
    if status.past.is_empty() {
        text.push_str("applied   nothing: there are no tables yet\n");
    }
    text.push_str(&format!("service   version {} ({})\n", plan.version, short(&plan.digest)));
    text.push_str(&shown::drift(plan));
    plan.beside.iter().for_each(|line| text.push_str(&format!("beside    {line}\n")));
    if plan.done {
        text.push_str("pending   nothing but to write down what was done by hand: `quater migrate apply`\n");
    } else if plan.is_empty() {
        text.push_str("pending   nothing\n");
    } else {
        let count = shown::counted(plan.steps.len(), "step");
        text.push_str(&format!("pending   {count}: `quater migrate plan` shows how\n"));
        for (at, planned) in plan.steps.iter().enumerate() {
            text.push_str(&shown::step(at + 1, planned));
        }
    }
    text
}

fn object(status: &migrate::Status, url: &str) -> serde_json::Value {
    let past = |past: &Past| {
        json!({
            "version": past.version, "digest": past.digest, "applied": migrate::instant(past.applied), "build": past.build,
            "steps": past.steps,
        })
    };
    let mut object = shown::object(&status.plan, url, &Allowed::default());
    object.insert("applied".to_owned(), status.past.iter().map(past).collect());
    json!(object)
}
