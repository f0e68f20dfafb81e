//! `quater approvals`
#![expect(clippy::indexing_slicing, reason = "a member of JSON that is not there reads as null")]
use super::call::identity;
use crate::client::Client;
use crate::ended::Ended;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::remotes::{self, Remote};
use crate::service::{self, Environment};
use crate::target::{self, Target};
use clap::{Args, Subcommand};
use clap_complete::engine::ArgValueCandidates;
use quater_ir::operation::Door;
use quater_runtime::{Decision, Entry, RequestId, Review};
use serde_json::Value as Json;
use std::path::Path;
use uuid::Uuid;

/// Arguments of `quater approvals`.
#[derive(Args)]
pub(crate) struct Approvals {
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

#[derive(Args)]
struct Asked {
    /// Your credential
    #[arg(long, env = "QUATER_TOKEN", hide_env_values = true)]
    token: Option<String>,
    /// Print JSON, errors too
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    environment: Environment,
    /// A `.qtr` file or a folder (this one, unless named), then the id of a request; for `list` the last id that
    /// you have seen, where there are more than a hundred
    #[arg(value_name = "WORDS", add = ArgValueCandidates::new(remotes::names))]
    words: Vec<String>,
}

impl Approvals {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        let (What::List(asked) | What::Show(asked) | What::Grant(asked) | What::Deny(asked)) = &self.what;
        let (target, words) = target::split(&asked.words)?;
        let decision = self.decision(words.first())?;
        let ended = match target {
            Target::Here(path) => here(&path, asked, decision)?,
            Target::There(remote) => Some(there(&remote, asked, decision)?),
        };
        let Some(ended) = ended else { return Ok(Exit::Findings) };
        if let Ended::Done(text) = &ended
            && matches!(decision, Decision::List { .. })
            && !asked.json
        {
            return list(text);
        }
        ended.show(asked.json)
    }

    fn decision(&self, id: Option<&String>) -> Result<Decision, Failure> {
        let text = id.map_or("", String::as_str);
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

/// Asks a service in this process; nothing where its files have errors.
fn here(path: &Path, asked: &Asked, decision: Decision) -> Result<Option<Ended>, Failure> {
    let compiled = service::compile_called(path, &asked.environment)?;
    let Some(program) = compiled.program else { return Ok(None) };
    let (door, entry, request) = (Door::Cli, Entry::Local, RequestId::fresh());
    let identity = identity(asked.token.as_ref(), &program, door);
    let review = Review { decision, door, entry, identity, request, ip: None };
    let outcome = service::call_on(async {
        let service = service::start_once(&program, &compiled.folder, &asked.environment)?;
        let outcome = service.review(review).await;
        service.stop().await;
        Ok(outcome)
    })?;
    Ok(Some(Ended::here(outcome, &program, request)))
}

/// Asks a service elsewhere.
fn there(remote: &Remote, asked: &Asked, decision: Decision) -> Result<Ended, Failure> {
    const PLACE: &str = "/quater/v1/approvals";
    let mut client = Client::new(remote, asked.token.as_ref())?;
    client.catalogue()?;
    Ok(Ended::there(match decision {
        Decision::List { after: None } => client.get(PLACE)?,
        Decision::List { after: Some(id) } => client.get(&format!("{PLACE}?after={id}"))?,
        Decision::Show(id) => client.get(&format!("{PLACE}/{id}"))?,
        Decision::Grant(id) => client.post(&format!("{PLACE}/{id}/grant"))?,
        Decision::Deny(id) => client.post(&format!("{PLACE}/{id}/deny"))?,
    }))
}

/// A line a request.
fn list(text: &str) -> Result<Exit, Failure> {
    let page: Json = serde_json::from_str(text).map_err(|why| Failure::Answer { why })?;
    for request in page["items"].as_array().into_iter().flatten() {
        let text = |name: &str| request[name].as_str().unwrap_or_default().to_owned();
        let line = [text("approval"), text("state"), text("operation"), request["arguments"].to_string()];
        output::out(&format!("{}\n", line.join("  ")));
    }
    if let Some(last) = page["next"].as_str() {
        output::err(&format!("there are more: `quater approvals list {last}`\n"));
    }
    Ok(Exit::Clean)
}
