//! `call`
use crate::bar::Bar;
use crate::catalogue::Catalogue;
use crate::ended::{Ended, PAUSE};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::given_file::GivenFile;
use crate::output;
use crate::secret::{self, Who};
use crate::service::{Environment, Here, call_on};
use crate::words::{self, Typed};
use clap::Args;
use quater_ir::Program;
use quater_ir::operation::Door;
use quater_runtime::{
    Call as Invocation, Decision, Entry, Identity, Input, Key, Parts, Progress, Refusal, RequestId, Review,
    Service, Wishes,
};
use std::sync::Arc;
use uuid::Uuid;

/// Arguments of `call`.
#[derive(Debug, Clone, Args)]
pub struct Call {
    /// Who calls.
    #[command(flatten)]
    pub who: Who,
    /// Print one JSON object, errors too
    #[arg(long)]
    json: bool,
    /// Change nothing, and tell what would be changed
    #[arg(long)]
    dry_run: bool,
    /// Name the call: the same key gives the first result again
    #[arg(long)]
    key: Option<String>,
    /// Wait for approval where the call needs it, then make it
    #[arg(long)]
    wait: bool,
    #[command(flatten)]
    environment: Environment,
    /// The words of a command and its arguments; `--help` behind the words lists them
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "WORDS")]
    pub words: Vec<String>,
}

impl Call {
    /// What was typed behind a program, or how the process ends.
    ///
    /// # Errors
    /// Where it can't be done so.
    pub fn typed(
        &self,
        program: &str,
        catalogue: &Catalogue,
        words: &[String],
    ) -> Result<Result<Typed, Exit>, Failure> {
        let mut typed =
            match words::read(words::command(format!("{program} call"), catalogue), catalogue, words) {
                Ok(typed) => typed,
                Err(error) => return Ok(Err(output::usage(&error))),
            };
        if typed.token.is_none() {
            typed.token = match &typed.token_file {
                Some(file) => Some(secret::token(file)?),
                None => self.who.token()?.cloned(),
            };
        }
        for (name, file) in std::mem::take(&mut typed.secrets) {
            let held = secret::read(&file, &name)?;
            typed.arguments.push((name, held));
        }
        typed.key = typed.key.or_else(|| self.key.clone());
        typed.json |= self.json;
        typed.dry |= self.dry_run;
        typed.wait |= self.wait;
        output::decided(typed.json);
        if typed.wait && typed.files.iter().any(GivenFile::is_input) {
            return Err(Failure::WaitingInput);
        }
        if typed.key.as_ref().is_some_and(|text| Key::new(text).is_none()) {
            return Err(Failure::BadKey);
        }
        Ok(Ok(typed))
    }

    /// Makes the call that some words name; of a service that is had anew where the words name another environment.
    ///
    /// # Errors
    /// Where the service can't be started, or the call can't be made so.
    pub fn run<E: From<Failure>>(
        &self,
        of: impl Fn(&Environment) -> Result<Option<Here>, E>,
        program: &str,
        words: &[String],
    ) -> Result<Exit, E> {
        let Some(mut here) = of(&self.environment)? else { return Ok(Exit::Findings) };
        let typed = match self.typed(program, &Catalogue::of(&here.program)?, words)? {
            Ok(typed) => typed,
            Err(exit) => return Ok(exit),
        };
        let behind = typed.env_file.clone().map(|file| Environment { env_file: Some(file) });
        let from = behind.as_ref().unwrap_or(&self.environment);
        if behind.is_some() {
            // Settings of the service may stand in it.
            let Some(other) = of(from)? else { return Ok(Exit::Findings) };
            here = other;
        }
        let program = Arc::clone(&here.program);
        let most = program.service.body_limit;
        if typed.size() > most {
            let refused = Err(Refusal::too_large(most));
            return Ok(Ended::here(refused, &program, RequestId::fresh()).show(typed.json)?);
        }
        let ended = call_on(async {
            let service = here.start_once(from)?;
            let ended = invoke(&service, &typed).await;
            service.stop().await;
            ended
        })?;
        Ok(ended.show(typed.json)?)
    }
}

/// Makes a call in this process; with `--wait` again, once it is decided.
async fn invoke(service: &Service, typed: &Typed) -> Result<Ended, Failure> {
    let program = service.program();
    let named = program.operations.iter().find(|(_, operation)| operation.name == typed.action);
    let (operation, _) =
        named.ok_or_else(|| Failure::NoOperation { name: typed.action.clone(), near: None })?;
    let (door, entry) = (Door::Cli, Entry::Local);
    loop {
        let request = RequestId::fresh();
        let identity = identity(typed.token.as_ref(), program, door);
        let arguments = typed.arguments.iter().map(|(name, text)| (name.into(), text.clone())).collect();
        let (progress, mut heard) = Progress::heard();
        let key = typed.key.as_deref().and_then(Key::new);
        let wishes = Wishes { key, dry: typed.dry, progress, ..Wishes::default() };
        let mut files = Parts::default();
        for file in &typed.files {
            let (name, media, mut from) = (file.name(), file.media(), file.open()?);
            let of = (operation, file.input.as_str());
            let taken =
                service.take_file(of, (&identity, door), (&name, &media, &mut *from), &mut files).await;
            if let Err(refusal) = taken {
                return Ok(Ended::here(Err(refusal), program, request));
            }
        }
        let input = Input::Arguments(arguments).with(files);
        let call = Invocation {
            operation,
            door,
            entry,
            input,
            identity: identity.clone(),
            request,
            ip: None,
            wishes,
        };
        let bar = Bar::here(typed.json);
        let done = heard.during(service.invoke(call), async |told| bar.show(&told)).await;
        bar.end();
        let ended = Ended::here(done, program, request);
        let Ended::Waiting { id, .. } = &ended else { return Ok(ended) };
        let Some(id) = Uuid::try_parse(id).ok().filter(|_| typed.wait) else { return Ok(ended) };
        if !decided(service, id, &identity).await {
            return Ok(ended);
        }
    }
}

/// Waits until a request is decided; false where it expires, or can't be seen.
async fn decided(service: &Service, id: Uuid, identity: &Identity) -> bool {
    loop {
        let (door, entry, request) = (Door::Cli, Entry::Local, RequestId::fresh());
        let (decision, identity) = (Decision::Show(id), identity.clone());
        let shown = service.review(Review { decision, door, entry, identity, request, ip: None }).await;
        let state =
            shown.ok().and_then(|answer| serde_json::from_slice::<serde_json::Value>(&answer.body).ok());
        match state.as_ref().and_then(|it| it["state"].as_str()) {
            Some("waiting") => tokio::time::sleep(PAUSE).await,
            Some("expired") | None => return false,
            Some(_) => return true,
        }
    }
}

/// Who has a token at a door.
pub fn identity(token: Option<&String>, program: &Program, door: Door) -> Identity {
    token.map_or(Identity::Nobody, |text| Identity::token(program, door, text))
}
