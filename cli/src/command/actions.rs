//! `quater actions`
use crate::catalogue::Catalogue;
use crate::client::Client;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::remotes;
use crate::service::{self, Draw};
use crate::target::{self, Target};
use clap::Args;
use clap_complete::engine::ArgValueCandidates;
use quater_host::command::actions::{self, From};

/// Arguments of `quater actions`.
#[derive(Args)]
#[group(skip)]
#[command(mut_subcommands(|command| command.mut_arg("words", |words| words
    .help("A `.qtr` file or a folder (this one, unless named), then what is looked for")
    .add(ArgValueCandidates::new(remotes::names)))))]
pub(crate) struct Actions {
    #[command(flatten)]
    actions: actions::Actions,
}

impl Actions {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        let all = self.actions.words();
        let (target, words) = target::split(all)?;
        let Some(catalogue) = catalogue(&target, Draw::Errors)? else { return Ok(Exit::Findings) };
        let target = all.first().filter(|_| words.len() < all.len()).map(String::as_str);
        Ok(self.actions.tell(&catalogue, words, From { program: "quater", target }))
    }
}

/// What can be called of a target; nothing where it has errors, which have been drawn.
pub(crate) fn catalogue(target: &Target, draw: Draw) -> Result<Option<Catalogue>, Failure> {
    match target {
        Target::Here(path) => {
            let program = service::compile_told(path, draw)?.program;
            Ok(program.map(|program| Catalogue::of(&program)).transpose()?)
        }
        Target::There(remote) => Client::new(remote, None)?.catalogue().map(Some),
    }
}
