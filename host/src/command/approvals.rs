//! `approvals`
#![expect(clippy::indexing_slicing, reason = "a member of JSON that is not there reads as null")]
use super::call::identity;
use crate::built::Built;
use crate::ended::Ended;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::secret::Who;
use crate::service::{Environment, Here, call_on};
use clap::{Args, Subcommand};
use quater_ir::operation::Door;
use quater_runtime::{Decision, Entry, RequestId, Review};
use serde_json::Value as Json;
use std::sync::Arc;
use uuid::Uuid;

/// Arguments of `approvals`.
#[derive(Args)]
pub struct Approvals {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Requests that you have made or may decide, oldest first
    List(Asked),
    /// One request
    Show(Asked),
    /// Agree to a request: the caller can then make the call once
    Grant(Asked),
    /// Refuse a request
    Deny(Asked),
}

/// How somebody asks.
#[derive(Debug, Clone, Args)]
pub struct Asked {
    /// Who asks.
    #[command(flatten)]
    pub who: Who,
    /// Print JSON, errors too
    #[arg(long)]
    json: bool,
    /// Where environment values come from.
    #[command(flatten)]
    pub environment: Environment,
    /// The id of a request; for `list` the last id that you have seen, where there are more than a hundred
    #[arg(value_name = "WORDS")]
    pub words: Vec<String>,
}

impl Approvals {
    /// How it is asked.
    pub fn asked(&self) -> &Asked {
        let (What::List(asked) | What::Show(asked) | What::Grant(asked) | What::Deny(asked)) = &self.what;
        asked
    }

    /// Asks a built service.
    ///
    /// # Errors
    /// Where it can't be started, or what is asked for can't be.
    pub fn run(&self, built: Built) -> Result<Exit, Failure> {
        let asked = self.asked();
        let decision = self.decision(&asked.words)?;
        self.show(asked.here(built.told_by(&asked.environment)?.here(), decision)?, decision)
    }

    /// Shows what came of it.
    ///
    /// # Errors
    /// Where an answer is not as the protocol says.
    pub fn show(&self, ended: Ended, decision: Decision) -> Result<Exit, Failure> {
        let as_json = self.asked().json;
        match &ended {
            Ended::Done(text) if matches!(decision, Decision::List { .. }) && !as_json => list(text),
            Ended::Done(_) | Ended::Waiting { .. } | Ended::Failed(_) => ended.show(as_json),
        }
    }

    /// What some words behind the command ask for.
    ///
    /// # Errors
    /// Where they are no id.
    pub fn decision(&self, words: &[String]) -> Result<Decision, Failure> {
        let text = words.first().map_or("", String::as_str);
        let id = Uuid::try_parse(text);
        let named = || id.clone().map_err(|_| Failure::BadRequest { text: text.to_owned() });
        Ok(match self.what {
            What::List(_) if text.is_empty() => Decision::List { after: None },
            What::List(_) => Decision::List { after: Some(named()?) },
            What::Show(_) => Decision::Show(named()?),
            What::Grant(_) => Decision::Grant(named()?),
            What::Deny(_) => Decision::Deny(named()?),
        })
    }
}

impl Asked {
    /// Asks a service in this process.
    ///
    /// # Errors
    /// Where it can't be started.
    pub fn here(&self, here: Here, decision: Decision) -> Result<Ended, Failure> {
        let program = Arc::clone(&here.program);
        let (door, entry, request) = (Door::Cli, Entry::Local, RequestId::fresh());
        let identity = identity(self.who.token()?, &program, door);
        let review = Review { decision, door, entry, identity, request, ip: None };
        let outcome = call_on(async {
            let service = here.start_once(&self.environment)?;
            let outcome = service.review(review).await;
            service.stop().await;
            Ok(outcome)
        })?;
        Ok(Ended::here(outcome, &program, request))
    }
}

/// A line a request.
fn list(text: &str) -> Result<Exit, Failure> {
    let page: Json = serde_json::from_str(text).map_err(|why| Failure::Answer { why })?;
    let row = |request: &Json| {
        ["approval", "state", "operation", "caller", "expires", "arguments"]
            .map(|name| request[name].as_str().map_or_else(|| request[name].to_string(), str::to_owned))
    };
    let rows: Vec<_> = page["items"].as_array().into_iter().flatten().map(row).collect();
    if !rows.is_empty() {
        let head = ["request", "state", "operation", "caller", "expires", "arguments"].map(str::to_owned);
        output::out(&output::table(&[vec![head], rows].concat()));
    }
    if let Some(last) = page["next"].as_str() {
        output::err(&format!("there are more: `approvals list {last}`\n"));
    }
    Ok(Exit::Clean)
}
