//! `quater dev`
use super::{dev_rust, generate_rust};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::service::{self, Compiled, Draw};
use crate::watching::Changes;
use clap::Args;
use quater_host::failure::Failure as Hosted;
use quater_host::listen::{self, Listen};
use quater_host::service::{Environment, Here, block_on, settings};
use quater_ir::Program;
use quater_runtime::Service;
use quater_runtime::http::{HttpOptions, longest, serve};
use quater_runtime::migrate::Allowed;
use smol_str::SmolStr;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Arguments of `quater dev`.
#[derive(Args)]
pub(crate) struct Dev {
    /// A `.qtr` file, or a folder that holds a service
    #[arg(default_value = ".")]
    target: PathBuf,
    #[command(flatten)]
    listen: Listen,
    #[command(flatten)]
    environment: Environment,
}

/// What the files came to.
enum Attempt {
    /// A new version.
    New(Running),
    /// The version that runs already.
    Same,
    /// Nothing that runs; why has been told.
    Bad,
}

/// What is served, and what it was made of.
struct Running {
    program: Arc<Program>,
    env: BTreeMap<SmolStr, String>,
    service: Service,
}

impl Dev {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        let folder = if self.target.is_dir() { Some(self.target.as_path()) } else { self.target.parent() };
        if let Some(folder) = folder.filter(|folder| generate_rust::is_crate(folder)) {
            let (target, listen, environment) = (&self.target, &self.listen, &self.environment);
            return dev_rust::run(&dev_rust::Crate { target, folder, listen, environment });
        }
        listen::log(false);
        block_on(async {
            let listener = self.listen.bind().await?;
            let stop = listen::stop_signal()?;
            let mut changes = Changes::of(&["qtr"], self.environment.env_file.as_deref())?;
            let first = tokio::select! {
                () = listen::stopped(stop.clone()) => return Ok(Exit::Clean),
                first = self.first(&mut changes) => first?,
            };
            listen::announce(&first.program, &listener)?;
            let (newest, services) = watch::channel(first.service.clone());
            self.listen.scraped(&services).await?;
            let served = tokio::select! {
                served = serve(services, listener, HttpOptions::default(), listen::stopped(stop)) => served,
                never = self.reload(first, &newest, &mut changes) => match never? {},
            };
            let last = newest.borrow().clone();
            last.stop().await;
            Ok(served.map(|()| Exit::Clean).map_err(|why| Hosted::Serve { why })?)
        })
    }

    /// The first version that runs; what is in the way is told, and mended by a change.
    async fn first(&self, changes: &mut Changes) -> Result<Running, Failure> {
        loop {
            if let Attempt::New(running) = self.attempt(None, changes)? {
                return Ok(running);
            }
            output::err("waiting for a change\n");
            changes.next().await?;
        }
    }

    /// Puts each good version into service; a bad one is told, and the last good one goes on.
    async fn reload(
        &self,
        mut running: Running,
        newest: &watch::Sender<Service>,
        changes: &mut Changes,
    ) -> Result<std::convert::Infallible, Failure> {
        let mut was_bad = false;
        loop {
            changes.next().await?;
            let attempt = self.attempt(Some(&running), changes)?;
            let mended = std::mem::replace(&mut was_bad, matches!(attempt, Attempt::Bad));
            match attempt {
                Attempt::New(new) => {
                    newest.send_replace(new.service.clone());
                    tokio::spawn(retire(std::mem::replace(&mut running, new).service));
                    output::err("reloaded\n");
                }
                Attempt::Same if mended => output::err("mended: the files say what runs\n"),
                Attempt::Same => {}
                Attempt::Bad => output::err("the last good version goes on\n"),
            }
        }
    }

    /// Makes a service of what the files say now, if that is new and runs.
    fn attempt(&self, old: Option<&Running>, changes: &mut Changes) -> Result<Attempt, Failure> {
        let compiled = match service::compile_in(&self.target, Draw::All, &self.environment) {
            Ok(compiled) => compiled,
            Err(failure) => {
                let folder =
                    if self.target.is_dir() { Some(self.target.as_path()) } else { self.target.parent() };
                changes.watch(&[folder.unwrap_or(&self.target).to_owned()])?;
                output::failure(&failure);
                return Ok(Attempt::Bad);
            }
        };
        let Compiled { program, folder, folders, declared_at, .. } = compiled;
        changes.watch(&folders)?;
        let Some(program) = program else { return Ok(Attempt::Bad) };
        let env = match settings(&folder, &self.environment) {
            Ok(settings) => settings.env,
            Err(failure) => {
                output::failure(&failure.into());
                return Ok(Attempt::Bad);
            }
        };
        if old.is_some_and(|old| old.program == program && old.env == env) {
            return Ok(Attempt::Same);
        }
        // Nobody else works on this database, so what loses nothing is done.
        let allowed = Allowed { contract: true, ..Allowed::default() };
        let here = Here { declared_at, ..Here::new(Arc::clone(&program), folder) };
        let started =
            here.migrate(&self.environment, &allowed).and_then(|()| here.start(&self.environment, None));
        match started {
            Ok(service) => Ok(Attempt::New(Running { program, env, service })),
            Err(failure) => {
                output::failure(&failure.into());
                Ok(Attempt::Bad)
            }
        }
    }
}

/// Stops an old version when the longest request that met it has ended.
async fn retire(service: Service) {
    tokio::time::sleep(longest(service.program()) + Duration::from_secs(1)).await;
    service.stop().await;
}
