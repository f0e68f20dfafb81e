//! `quater connect`, `login`, `logout` and `remotes`
use crate::client::{self, Client};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::remotes::{self, Remote, Remotes};
use clap::{Args, Subcommand};
use clap_complete::engine::ArgValueCandidates;
use quater_host::secret::{self, Who};
use serde_json::{Value as Json, json};
use std::path::Path;

/// Arguments of `quater connect`.
#[derive(Args)]
pub(crate) struct Connect {
    /// What to call it: letters, digits, `-` and `_`
    name: String,
    /// The root of the service: `https`, unless it is on this machine
    url: String,
    /// Print JSON, errors too
    #[arg(long)]
    json: bool,
}

/// Arguments of `quater login`.
#[derive(Args)]
pub(crate) struct Login {
    /// The remote
    #[arg(add = ArgValueCandidates::new(remotes::names))]
    name: String,
    /// Your credential; without it, it is read from standard input.
    #[command(flatten)]
    who: Who,
    /// Print JSON, errors too
    #[arg(long)]
    json: bool,
}

/// Arguments of `quater logout`.
#[derive(Args)]
pub(crate) struct Logout {
    /// The remote
    #[arg(add = ArgValueCandidates::new(remotes::names))]
    name: String,
    /// Print JSON, errors too
    #[arg(long)]
    json: bool,
}

/// Arguments of `quater remotes`.
#[derive(Args)]
pub(crate) struct Known {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Every remote, its address, and whether you are signed in
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Forget a remote, its token too
    Remove {
        /// The remote
        #[arg(add = ArgValueCandidates::new(remotes::names))]
        name: String,
        /// Print JSON, errors too
        #[arg(long)]
        json: bool,
    },
}

impl Connect {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
        if self.name.is_empty() || self.name.starts_with('-') || !self.name.chars().all(plain) {
            return Err(Failure::BadRemoteName { name: self.name.clone() });
        }
        let mut remotes = Remotes::load()?;
        let url = client::root(&self.url)?.to_string();
        // A token belongs to the service that it was given for.
        let kept = remotes.get(&self.name).filter(|known| known.url == url);
        let remote = Remote { token: kept.and_then(|known| known.token.clone()), url };
        let catalogue = match Client::new(&remote, None)?.catalogue() {
            Ok(catalogue) => Some(catalogue),
            // What it can do is told after `login`.
            Err(Failure::SignedOut { .. }) if remote.token.is_none() => None,
            Err(failure) => return Err(failure),
        };
        let url = remote.url.clone();
        remotes.put(self.name.clone(), remote);
        remotes.store()?;
        let name = &self.name;
        let service = catalogue.as_ref().map(|catalogue| &catalogue.service.name);
        let count = catalogue.as_ref().map(|catalogue| catalogue.actions.len());
        let sentence = match service.zip(count) {
            Some((service, count)) => format!("`{name}` is {service} at {url}, with {count} actions"),
            None => format!("`{name}` is at {url}; `quater login {name}` to hear what it can do"),
        };
        let told = json!({ "name": name, "url": url, "service": service, "actions": count });
        tell(self.json, &told, &sentence);
        Ok(Exit::Clean)
    }
}

impl Login {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        let mut remotes = Remotes::load()?;
        remotes.need(&self.name)?;
        let token = match self.who.token()? {
            Some(token) => token.trim().to_owned(),
            // Whoever sits at a terminal is asked for it.
            None => secret::token(Path::new("-"))?,
        };
        if token.is_empty() || token.contains(char::is_control) {
            return Err(Failure::NoToken);
        }
        remotes.need(&self.name)?.token = Some(token);
        remotes.store()?;
        let done = json!({ "name": self.name, "signed_in": true });
        tell(self.json, &done, &format!("the token for `{}` is kept", self.name));
        Ok(Exit::Clean)
    }
}

/// Says what was done, to a program or to somebody.
fn tell(as_json: bool, object: &Json, sentence: &str) {
    output::told(as_json, &if as_json { format!("{object}\n") } else { format!("{sentence}\n") });
}

impl Logout {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        let mut remotes = Remotes::load()?;
        remotes.need(&self.name)?.token = None;
        remotes.store()?;
        let done = json!({ "name": self.name, "signed_in": false });
        tell(self.json, &done, &format!("the token for `{}` is gone", self.name));
        Ok(Exit::Clean)
    }
}

impl Known {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        let mut remotes = Remotes::load()?;
        match &self.what {
            What::List { json: true } => {
                let all = remotes.all().map(|(name, remote)| {
                    json!({ "name": name, "url": remote.url, "signed_in": remote.token.is_some() })
                });
                output::json(&format!("{}\n", all.collect::<Json>()));
            }
            What::List { json: false } => {
                for (name, remote) in remotes.all() {
                    let signed = if remote.token.is_some() { "  (signed in)" } else { "" };
                    output::out(&format!("{name}  {}{signed}\n", remote.url));
                }
            }
            What::Remove { name, json } => {
                if !remotes.remove(name) {
                    return Err(Failure::NoRemote { name: name.clone() });
                }
                remotes.store()?;
                let done = json!({ "name": name, "removed": true });
                tell(*json, &done, &format!("`{name}` is forgotten"));
            }
        }
        Ok(Exit::Clean)
    }
}
