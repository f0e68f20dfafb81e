//! `quater dev` of a crate that `quater gen rust` made: written again, built and started at each change.
use super::generate_rust::{self, Asked};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::watching::Changes;
use crate::{output, project};
use quater_compiler::emit::rust::GENERATED;
use quater_host::failure::Failure as Hosted;
use quater_host::listen::{self, Listen};
use quater_host::service::{Environment, block_on};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::Duration;

/// How often a process is asked whether it has ended.
const ASKED_EVERY: Duration = Duration::from_millis(20);

/// How long a version may go on with requests after it was told to stop.
const GRACE: Duration = Duration::from_secs(12);

/// What is served, and how.
pub(crate) struct Crate<'a> {
    /// The service's file, or its folder.
    pub(crate) target: &'a Path,
    pub(crate) folder: &'a Path,
    pub(crate) listen: &'a Listen,
    pub(crate) environment: &'a Environment,
}

/// Serves a crate until it is told to stop.
pub(crate) fn run(made: &Crate<'_>) -> Result<Exit, Failure> {
    block_on(async {
        let stop = listen::stop_signal()?;
        let mut changes = Changes::of(&["qtr", "rs", "toml"], made.environment.env_file.as_deref())?;
        let mut running: Option<Child> = None;
        loop {
            changes.watch(&made.folders())?;
            if made.build()? {
                if let Some(old) = running.take() {
                    end(old).await?;
                }
                running = Some(made.start()?);
            } else if running.is_some() {
                output::err("the last good version goes on\n");
            } else {
                output::err("waiting for a change\n");
            }
            tokio::select! {
                () = listen::stopped(stop.clone()) => break,
                changed = changes.next() => changed?,
            }
        }
        if let Some(last) = running {
            end(last).await?;
        }
        Ok(Exit::Clean)
    })
}

impl Crate<'_> {
    /// Where what is written by hand stands: the crate, all of `src` but for what is generated, and files that the
    /// service takes from elsewhere.
    fn folders(&self) -> Vec<PathBuf> {
        let mut folders = vec![self.folder.to_owned()];
        let mut open = vec![self.folder.join("src")];
        while let Some(folder) = open.pop() {
            let entries = fs::read_dir(&folder).into_iter().flatten().flatten().map(|entry| entry.path());
            open.extend(entries.filter(|path| path.is_dir() && !path.ends_with(GENERATED)));
            folders.push(folder);
        }
        folders.extend(project::load(self.target).iter().flat_map(project::folders_of));
        folders.retain(|folder| folder.as_os_str().is_empty() || folder.is_dir());
        folders
    }

    /// Writes what belongs to the generator and builds; whether there is something to run.
    fn build(&self) -> Result<bool, Failure> {
        let (target, folder) = (self.target, Some(self.folder));
        let asked = Asked { target, folder, quater: None, environment: self.environment };
        match generate_rust::generate(&asked, false) {
            Ok(Exit::Clean) => {}
            Ok(_) => return Ok(false),
            Err(failure) => {
                output::failure(&failure);
                return Ok(false);
            }
        }
        let built = self.cargo("build").status().map_err(|why| Failure::Cargo { why })?;
        Ok(built.success())
    }

    fn start(&self) -> Result<Child, Failure> {
        let mut run = self.cargo("run");
        // Nobody else works on this database, so what loses nothing is done.
        run.arg("--").args(self.listen.arguments()).args(["--migrate", "own"]);
        if let Some(file) = &self.environment.env_file {
            let file =
                std::path::absolute(file).map_err(|why| Hosted::Unreadable { path: file.clone(), why })?;
            run.arg("--env-file").arg(file);
        }
        run.spawn().map_err(|why| Failure::Cargo { why })
    }

    fn cargo(&self, word: &str) -> Command {
        let mut command = Command::new("cargo");
        command.arg(word).arg("--quiet").current_dir(self.folder);
        command
    }
}

/// Lets a process end what it has begun, for a while.
async fn end(mut process: Child) -> Result<(), Failure> {
    let failed = |why| Failure::Cargo { why };
    let told = Command::new("kill").arg(process.id().to_string()).status();
    if !told.is_ok_and(|status| status.success()) {
        process.kill().map_err(failed)?;
    }
    let mut left = GRACE;
    while process.try_wait().map_err(failed)?.is_none() {
        if left.is_zero() {
            process.kill().map_err(failed)?;
        }
        tokio::time::sleep(ASKED_EVERY).await;
        left = left.saturating_sub(ASKED_EVERY);
    }
    Ok(())
}
