//! `run`
use crate::exit::Exit;
use crate::failure::Failure;
use crate::listen::{self, Listen, Traced};
use crate::production;
use crate::service::{Environment, Here, block_on};
use clap::{Args, ValueEnum};
use quater_runtime::http::{HttpOptions, serve};
use quater_runtime::migrate::Allowed;
use std::time::Duration;
use tokio::sync::watch;

/// Arguments of `run`.
#[derive(Debug, Args)]
pub struct Run {
    #[command(flatten)]
    listen: Listen,
    /// Where environment values come from.
    #[command(flatten)]
    pub environment: Environment,
    #[command(flatten)]
    traced: Traced,
    /// Before serving, bring the database to the tables of the service if every step of that is safe
    #[arg(long, value_enum, value_name = "STEPS")]
    migrate: Option<Steps>,
    /// Answer to the declared host names alone, log each request as JSON, and do not start with anything that
    /// `check --production` objects to
    #[arg(long)]
    pub production: bool,
    /// Seconds that requests under way may go on after a stop
    #[arg(long, value_name = "SECONDS", default_value_t = 10, env = "QUATER_GRACE")]
    grace: u64,
    /// Seconds after a stop in which new requests are still answered, while `/readyz` says 503
    #[arg(long, value_name = "SECONDS", default_value_t = 0, env = "QUATER_LINGER")]
    linger: u64,
}

/// Steps that are done without being asked for.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Steps {
    // Those that lose nothing, now or for an older version that still runs.
    Safe,
    // Those that lose nothing: `quater dev` says so, since nobody else works on its database.
    #[value(hide = true)]
    Own,
}

impl Run {
    /// Serves until it is told to stop.
    ///
    /// # Errors
    /// Where the service, the address or the database is not to be had, or in production where it is not ready for it.
    pub fn run(&self, mut here: Here) -> Result<Exit, Failure> {
        if self.production {
            production::ready(&here, &self.environment)?;
        }
        listen::log(self.production);
        block_on(async {
            let listener = self.listen.bind().await?;
            match self.migrate {
                Some(Steps::Safe) => here.migrate(&self.environment, &Allowed::default())?,
                Some(Steps::Own) => {
                    here.migrate(&self.environment, &Allowed { contract: true, ..Allowed::default() })?;
                }
                None => {}
            }
            let traces = self.traced.traces(&here.program)?;
            let (grace, linger) = (Duration::from_secs(self.grace), Duration::from_secs(self.linger));
            let (production, pack) = (self.production, here.pack.take());
            let service = here.start(&self.environment, traces.clone())?;
            let stop = listen::stop_signal()?;
            listen::announce(service.program(), &listener)?;
            let (_newest, services) = watch::channel(service.clone());
            self.listen.scraped(&services).await?;
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
