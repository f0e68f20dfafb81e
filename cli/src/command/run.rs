//! `quater run`
use crate::exit::Exit;
use crate::failure::Failure;
use crate::listen::{self, Listen};
use crate::service::{self, Draw, Environment};
use clap::{Args, ValueEnum};
use quater_runtime::http::{HttpOptions, serve};
use quater_runtime::migrate::Allowed;
use std::path::PathBuf;
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
    /// Before serving, bring the database to the tables of the service if every step of that is safe
    #[arg(long, value_enum, value_name = "STEPS")]
    migrate: Option<Steps>,
    /// Answer to the declared host names alone, and log as JSON
    #[arg(long)]
    production: bool,
}

/// Steps that are done without being asked for.
#[derive(Clone, Copy, ValueEnum)]
enum Steps {
    Safe,
}

impl Run {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        let compiled = service::compile_in(&self.target, Draw::All, &self.environment)?;
        let Some(program) = compiled.program else { return Ok(Exit::Findings) };
        listen::log(self.production);
        service::block_on(async {
            let listener = self.listen.bind().await?;
            if let Some(Steps::Safe) = self.migrate {
                service::migrate(&program, &compiled.folder, &self.environment, &Allowed::default())?;
            }
            let service = service::start(&program, &compiled.folder, &self.environment)?;
            let stop = listen::stop_signal()?;
            listen::announce(&program, &listener)?;
            let (_newest, services) = watch::channel(service.clone());
            let options = HttpOptions { production: self.production, ..HttpOptions::default() };
            let served = serve(services, listener, options, listen::stopped(stop)).await;
            service.stop().await;
            served.map(|()| Exit::Clean).map_err(|why| Failure::Serve { why })
        })
    }
}
