//! The command line of a service that is an executable of its own.
use crate::listen::{self, Listen, Traced};
use crate::{Program, ServeError, env_file, output};
use clap::error::ErrorKind;
use clap::{Parser, ValueEnum};
use quater_ir::artifact;
use quater_ir::setting::Setting;
use quater_runtime::http::{self, HttpOptions};
use quater_runtime::migrate::{self, Allowed};
use quater_runtime::native::Bodies;
use quater_runtime::{Service, Settings};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// As much as a main thread has, for bodies in Rust; what is not used costs nothing.
const STACK: usize = 8 << 20;

/// Serve over HTTP and MCP.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(flatten)]
    listen: Listen,
    #[command(flatten)]
    traced: Traced,
    /// Read environment values from a file; those of the environment itself win
    #[arg(long, value_name = "FILE")]
    env_file: Option<PathBuf>,
    /// The folder where relative paths of databases and files begin
    #[arg(long, value_name = "DIR", default_value = ".")]
    data: PathBuf,
    /// Before serving, bring the database to the tables of the service if every step of that is safe
    #[arg(long, value_enum, value_name = "STEPS")]
    migrate: Option<Steps>,
    /// Answer to the declared host names alone and log each request as JSON
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
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Steps {
    /// Those that lose nothing, now or for an older version that still runs.
    Safe,
    /// Those that lose nothing: for whoever works on the service alone.
    Own,
}

/// Serves a program that `quater gen rust` wrote, as the command line says; ends when it is told to.
pub fn serve(service: &[u8], bodies: Bodies) -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(told) => {
            let asked = matches!(told.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            _ = told.print();
            return if asked { ExitCode::SUCCESS } else { ExitCode::from(2) };
        }
    };
    listen::log(arguments.production);
    match run(&arguments, service, bodies) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::err(&reasons(&error));
            ExitCode::from(2)
        }
    }
}

/// An error with what is behind it, one line each.
fn reasons(error: &ServeError) -> String {
    let mut text = format!("error: {error}\n");
    let mut behind = std::error::Error::source(error);
    while let Some(cause) = behind {
        text.push_str(&format!("  because: {cause}\n"));
        behind = cause.source();
    }
    text
}

/// The program of such a crate.
///
/// # Errors
/// Where another version has written it.
pub fn program(service: &[u8]) -> Result<Arc<Program>, ServeError> {
    let read = artifact::read(service).map_err(|why| ServeError::Program { why })?;
    Ok(Arc::new(read.program))
}

/// The program with the settings that variables say; what stands in its routes and documents already can't be told
/// otherwise.
fn told(program: Arc<Program>, values: &BTreeMap<String, String>) -> Result<Arc<Program>, ServeError> {
    let mut told = Arc::unwrap_or_clone(program);
    for (variable, text) in values {
        let Some(setting) = Setting::of_variable(variable) else { continue };
        let bad = |why| ServeError::BadSetting { variable: variable.clone(), why };
        let was = setting.shown(&told.service);
        setting.read(text).map_err(bad)?.tell(&mut told.service);
        if setting.is_built_in() && setting.shown(&told.service) != was {
            return Err(bad("it stands in what was generated: say it in the file".to_owned()));
        }
    }
    Ok(Arc::new(told))
}

fn run(arguments: &Arguments, service: &[u8], bodies: Bodies) -> Result<(), ServeError> {
    let values = env_file::values(arguments.env_file.as_deref())?;
    let program = told(program(service)?, &values)?;
    let env = values.into_iter().map(|(name, value)| (name.into(), value)).collect();
    let traces = arguments.traced.traces(&program)?;
    let settings = Settings { traces: traces.clone(), ..Settings::new(env, arguments.data.clone()) };
    // Brief bodies run on these threads.
    let mut threads = tokio::runtime::Builder::new_multi_thread();
    let threads = threads.enable_all().thread_stack_size(STACK).build();
    let threads = threads.map_err(|why| ServeError::Serve { why })?;
    threads.block_on(async {
        let listener = arguments.listen.bind().await?;
        if let Some(steps) = arguments.migrate {
            let allowed = match steps {
                Steps::Safe => Allowed::default(),
                Steps::Own => Allowed { contract: true, ..Allowed::default() },
            };
            for planned in migrate::before_start(&program, &settings, &allowed)? {
                output::err(&format!("migrated: {}\n", planned.step));
            }
        }
        let service = Service::start_with(Arc::clone(&program), &settings, bodies)?;
        let stop = listen::stop_signal()?;
        listen::announce(&program, &listener)?;
        let (_newest, services) = watch::channel(service.clone());
        arguments.listen.scraped(&services).await?;
        let (grace, linger) = (Duration::from_secs(arguments.grace), Duration::from_secs(arguments.linger));
        let options =
            HttpOptions { production: arguments.production, grace, linger, ..HttpOptions::default() };
        let served = http::serve(services, listener, options, listen::stopped(stop)).await;
        service.stop().await;
        if let Some(traces) = traces {
            // Waits for what sends them, which no thread of this runtime may.
            drop(tokio::task::spawn_blocking(move || traces.stop()).await);
        }
        served.map_err(|why| ServeError::Serve { why })
    })
}
