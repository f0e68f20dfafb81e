//! `quater run`
use crate::carried;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::production;
use crate::service::{self, Draw, Environment};
use clap::{Args, ValueEnum};
use quater_host::listen::{self, Listen, Traced};
use quater_runtime::http::{HttpOptions, serve};
use quater_runtime::migrate::Allowed;
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::watch;

/// Arguments of `quater run`.
#[derive(Args)]
pub(crate) struct Run {
    /// A `.qtr` file, or a folder that holds a service
    #[arg(default_value = ".")]
    target: PathBuf,
    #[command(flatten)]
    listen: Listen,
    #[command(flatten)]
    environment: Environment,
    #[command(flatten)]
    traced: Traced,
    /// Before serving, bring the database to the tables of the service if every step of that is safe
    #[arg(long, value_enum, value_name = "STEPS")]
    migrate: Option<Steps>,
    /// Answer to the declared host names alone, log each request as JSON, and do not start with anything that
    /// `quater check --production` objects to
    #[arg(long)]
    production: bool,
    /// Seconds that requests under way may go on after a stop
    #[arg(long, value_name = "SECONDS", default_value_t = 10, env = "QUATER_GRACE")]
    grace: u64,
    /// Seconds after a stop in which new requests are still answered, while `/readyz` says 503
    #[arg(long, value_name = "SECONDS", default_value_t = 0, env = "QUATER_LINGER")]
    linger: u64,
}

/// Steps that are done without being asked for.
#[derive(Clone, Copy, ValueEnum)]
enum Steps {
    Safe,
}

impl Run {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        let strangers = self.production;
        let compiled = service::compile_for(&self.target, Draw::All, &self.environment, strangers)?;
        let Some(program) = compiled.program else { return Ok(Exit::Findings) };
        if strangers {
            production::ready(&program, &self.environment)?;
        }
        listen::log(self.production);
        service::block_on(async {
            let listener = self.listen.bind().await?;
            if let Some(Steps::Safe) = self.migrate {
                service::migrate(&program, &compiled.folder, &self.environment, &Allowed::default())?;
            }
            let traces = self.traced.traces(&program)?;
            let service =
                service::start_traced(&program, &compiled.folder, &self.environment, traces.clone())?;
            let stop = listen::stop_signal()?;
            listen::announce(&program, &listener)?;
            let (_newest, services) = watch::channel(service.clone());
            self.listen.scraped(&services).await?;
            let grace = Duration::from_secs(self.grace);
            let linger = Duration::from_secs(self.linger);
            let (production, pack) = (self.production, carried::pack()?);
            let options = HttpOptions { production, grace, linger, pack, ..HttpOptions::default() };
            let served = serve(services, listener, options, listen::stopped(stop)).await;
            service.stop().await;
            if let Some(traces) = traces {
                // Waits for what sends them, which no thread of this runtime may.
                drop(tokio::task::spawn_blocking(move || traces.stop()).await);
            }
            served.map(|()| Exit::Clean).map_err(|why| Failure::Serve { why })
        })
    }
}
