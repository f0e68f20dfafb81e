//! `quater call`
#![expect(clippy::indexing_slicing, reason = "a member of JSON that is not there reads as null")]
use crate::bar::Bar;
use crate::client::Client;
use crate::ended::{Ended, PAUSE};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::remotes::{self, Remote};
use crate::service;
use crate::target::{self, Target};
use clap::Args;
use clap_complete::engine::ArgValueCandidates;
use quater_host::command::call;
use quater_runtime::Told;

/// Arguments of `quater call`.
#[derive(Args)]
#[group(skip)]
#[command(
    override_usage = "quater call [OPTIONS] [TARGET] WORDS... [--ARGUMENT VALUE]...",
    mut_arg("words", |words| words
        .help("A `.qtr` file, a folder (this one, unless named) or a remote, then the words of a command and its \
               arguments; `--help` behind the words lists them")
        .add(ArgValueCandidates::new(remotes::names)))
)]
pub(crate) struct Call {
    #[command(flatten)]
    call: call::Call,
}

impl Call {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        let (target, words) = target::split(&self.call.words)?;
        match target {
            Target::Here(path) => {
                let here = |from: &_| Ok(service::compile_called(&path, from)?.here());
                self.call.run(here, "quater", words)
            }
            Target::There(remote) => self.there(&remote, words),
        }
    }

    fn there(&self, remote: &Remote, words: &[String]) -> Result<Exit, Failure> {
        let mut client = Client::new(remote, self.call.who.token()?)?;
        let catalogue = client.catalogue()?;
        let typed = match self.call.typed("quater", &catalogue, words)? {
            Ok(typed) => typed,
            Err(exit) => return Ok(exit),
        };
        client.sign(typed.token.as_ref());
        let bar = Bar::here(typed.json);
        let show = |told: &Told| bar.show(told);
        let tell = (bar.is_seen() && catalogue.tells(&typed.action)).then_some(&show as &dyn Fn(&Told));
        let call = || {
            let called = client.call(&typed, tell);
            bar.end();
            called
        };
        let mut ended = call()?.ended();
        while let Ended::Waiting { id, .. } = &ended
            && typed.wait
        {
            let shown = client.get(&format!("/quater/v1/approvals/{id}"))?;
            match shown.body["state"].as_str() {
                Some("waiting") => std::thread::sleep(PAUSE),
                Some("expired") => break,
                Some(_) | None => ended = call()?.ended(),
            }
        }
        let unknown = matches!(&ended, Ended::Failed(error) if error["status"] == 401) && !typed.json;
        let exit = ended.show(typed.json)?;
        if let (true, Some(name)) = (unknown, self.call.words.first()) {
            output::err(&format!(
                "  help: `quater login {name}` keeps your credential; `QUATER_TOKEN` or `--token-file` gives another one\n"
            ));
        }
        Ok(exit)
    }
}
