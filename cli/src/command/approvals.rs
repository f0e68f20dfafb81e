//! `quater approvals`
use crate::client::Client;
use crate::ended::Ended;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::remotes::{self, Remote};
use crate::service;
use crate::target::{self, Target};
use clap::Args;
use clap_complete::engine::ArgValueCandidates;
use quater_host::command::approvals::{self, Asked};
use quater_runtime::Decision;

/// Arguments of `quater approvals`.
#[derive(Args)]
#[group(skip)]
#[command(mut_subcommands(|command| command.mut_arg("words", |words| words
    .help("A `.qtr` file or a folder (this one, unless named), then the id of a request; for `list` the last id that \
           you have seen, where there are more than a hundred")
    .add(ArgValueCandidates::new(remotes::names)))))]
pub(crate) struct Approvals {
    #[command(flatten)]
    approvals: approvals::Approvals,
}

impl Approvals {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        let asked = self.approvals.asked();
        let (target, words) = target::split(&asked.words)?;
        let decision = self.approvals.decision(words)?;
        let ended = match target {
            Target::Here(path) => match service::compile_called(&path, &asked.environment)?.here() {
                Some(here) => asked.here(here, decision)?,
                None => return Ok(Exit::Findings),
            },
            Target::There(remote) => there(&remote, asked, decision)?,
        };
        Ok(self.approvals.show(ended, decision)?)
    }
}

/// Asks a service elsewhere.
fn there(remote: &Remote, asked: &Asked, decision: Decision) -> Result<Ended, Failure> {
    const PLACE: &str = "/quater/v1/approvals";
    let mut client = Client::new(remote, asked.who.token()?)?;
    client.catalogue()?;
    let reply = match decision {
        Decision::List { after: None } => client.get(PLACE)?,
        Decision::List { after: Some(id) } => client.get(&format!("{PLACE}?after={id}"))?,
        Decision::Show(id) => client.get(&format!("{PLACE}/{id}"))?,
        Decision::Grant(id) => client.post(&format!("{PLACE}/{id}/grant"))?,
        Decision::Deny(id) => client.post(&format!("{PLACE}/{id}/deny"))?,
    };
    Ok(reply.ended())
}
