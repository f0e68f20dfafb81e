//! A service that is here: what every command does with it first.
use crate::failure::{Failure, Wrong};
use crate::{env_file, output};
use clap::Args;
use quater_ir::Program;
use quater_ir::setting::{Setting, Value};
use quater_runtime::environment;
use quater_runtime::http::Pack;
use quater_runtime::migrate::{self, Allowed};
use quater_runtime::native::Bodies;
use quater_runtime::{Service, Settings, Traces};
use smol_str::SmolStr;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::runtime::Builder;

/// As much as a main thread has, since brief bodies in Rust run where they arrive; what is not used costs nothing.
const STACK: usize = 8 << 20;

/// Where environment values come from.
#[derive(Debug, Clone, Default, Args)]
pub struct Environment {
    /// Read environment values from a file; those of the environment itself win
    #[arg(long, value_name = "FILE")]
    pub env_file: Option<PathBuf>,
}

/// A service that can be started.
pub struct Here {
    /// What it is.
    pub program: Arc<Program>,
    /// Where relative paths of its databases and files begin.
    pub folder: PathBuf,
    /// Its bodies in Rust.
    pub bodies: Bodies,
    /// Files of its `static` folders, where they are not in folders.
    pub pack: Option<Pack>,
    /// Where each environment value is declared; nothing of a service that was built.
    pub declared_at: BTreeMap<SmolStr, String>,
}

impl Here {
    /// A service whose bodies and files are where its program says.
    pub fn new(program: Arc<Program>, folder: PathBuf) -> Self {
        Self { program, folder, bodies: Bodies::new(), pack: None, declared_at: BTreeMap::new() }
    }

    /// What it needs from outside.
    ///
    /// # Errors
    /// Where a file of environment values is not there, or is none.
    pub fn settings(&self, from: &Environment) -> Result<Settings, Failure> {
        Ok(Settings { declared_at: self.declared_at.clone(), ..settings(&self.folder, from)? })
    }

    /// Opens the database and plans the program.
    ///
    /// # Errors
    /// Where it can't be started with these values, or on this database.
    pub fn start(self, from: &Environment, traces: Option<Traces>) -> Result<Service, Failure> {
        let settings = Settings { traces, ..self.settings(from)? };
        Ok(Service::start_with(self.program, &settings, self.bodies)?)
    }

    /// The same for one call, which one connection does.
    ///
    /// # Errors
    /// As [`Here::start`].
    pub fn start_once(self, from: &Environment) -> Result<Service, Failure> {
        let settings = Settings { readers: 0, ..self.settings(from)? };
        Ok(Service::start_with(self.program, &settings, self.bodies)?)
    }

    /// Brings the database to the tables of the program, if that is allowed, and tells what was done.
    ///
    /// # Errors
    /// Where it is not allowed, or does not work.
    pub fn migrate(&self, from: &Environment, allowed: &Allowed) -> Result<(), Failure> {
        let settings = self.settings(from)?;
        // Nothing is done to a database for a service that does not start.
        environment::judge(&self.program, &settings)?;
        for planned in migrate::before_start(&self.program, &settings, allowed)? {
            output::err(&format!("migrated: {}\n", planned.step));
        }
        Ok(())
    }
}

/// What a service needs from outside whose relative paths begin at a folder.
///
/// # Errors
/// Where a file of environment values is not there, or is none.
pub fn settings(folder: &Path, from: &Environment) -> Result<Settings, Failure> {
    let values = env_file::values(from.env_file.as_deref())?;
    let env = values.into_iter().map(|(name, value)| (name.into(), value)).collect();
    Ok(Settings::new(env, folder.to_owned()))
}

/// The settings that variables of a file and of the process say.
///
/// # Errors
/// Where variables say something that can't be: all of them.
pub fn said(env_file: Option<&Path>) -> Result<BTreeMap<Setting, Value>, Failure> {
    let (said, wrong) = heard(&env_file::values(env_file)?);
    if wrong.is_empty() { Ok(said) } else { Err(Failure::BadVariables { wrong }) }
}

/// The settings that variables say, and what is wrong with the others.
pub(crate) fn heard(values: &BTreeMap<String, String>) -> (BTreeMap<Setting, Value>, Vec<Wrong>) {
    let (mut said, mut wrong) = (BTreeMap::new(), Vec::new());
    for (variable, text) in values {
        let Some(setting) = Setting::of_variable(variable) else { continue };
        match setting.read(text) {
            Ok(value) => _ = said.insert(setting, value),
            Err(why) => {
                let line = format!("`{variable}` (the setting `{}`): {why}", setting.about().word);
                wrong.push(Wrong { variable: variable.clone(), line });
            }
        }
    }
    (said, wrong)
}

/// Runs a future on threads of its own.
///
/// # Errors
/// Those of the future; where there are no threads.
pub fn block_on<T, E: From<Failure>>(future: impl Future<Output = Result<T, E>>) -> Result<T, E> {
    let runtime = Builder::new_multi_thread().enable_all().thread_stack_size(STACK).build();
    let runtime = runtime.map_err(|why| Failure::Threads { why })?;
    runtime.block_on(future)
}

/// Does one call on this thread.
///
/// # Errors
/// As [`block_on`].
pub fn call_on<T>(future: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.map_err(|why| Failure::Threads { why })?.block_on(future)
}
