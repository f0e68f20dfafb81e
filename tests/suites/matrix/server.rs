//! The real binary, serving the store or another file.
use crate::judges::root;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Signs the tokens of every store that is served here.
pub(crate) const SIGNING_KEY: &str = "a key of the tests, and of nothing else";

/// A served file; ends with its value.
pub(crate) struct Server {
    process: Child,
    /// `http://127.0.0.1:PORT`
    pub(crate) url: String,
}

/// A command of the binary with the environment of the store and nothing besides.
pub(crate) fn quater(database: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_quater"));
    command.env_clear().env("SIGNING_KEY", SIGNING_KEY).current_dir(root());
    command.env("DATABASE_URL", database);
    command
}

/// The address of a file.
pub(crate) fn file(path: &Path) -> String {
    format!("sqlite:{}", path.display())
}

impl Server {
    /// Serves the store from a database, and logs into a folder.
    pub(crate) fn start(database: &str, folder: &Path) -> Self {
        Self::serve(&root().join("examples/store"), database, folder)
    }

    /// Serves a file or a folder.
    pub(crate) fn serve(target: &Path, database: &str, folder: &Path) -> Self {
        Self::serve_with(target, database, folder, &[])
    }

    /// The same with more in the environment.
    pub(crate) fn serve_with(target: &Path, database: &str, folder: &Path, env: &[(&str, &str)]) -> Self {
        let mut command = quater(database);
        command.arg("run").arg(target).args(["--listen", "127.0.0.1:0"]).envs(env.iter().copied());
        Self::spawn(command, folder)
    }

    /// Waits for what a command serves.
    pub(crate) fn spawn(mut command: Command, folder: &Path) -> Self {
        let log = folder.join("store.log");
        let mut process = command.stdout(Stdio::piped()).stderr(File::create(&log).unwrap()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let Some((_, url)) = line.trim().rsplit_once(" at ") else {
            panic!("the service does not start: {line}{}", fs::read_to_string(log).unwrap());
        };
        Self { process, url: url.to_owned() }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let id = self.process.id().to_string();
        let told = Command::new("kill").args(["-TERM", &id]).status();
        if !told.is_ok_and(|status| status.success()) {
            _ = self.process.kill();
        }
        let ended = self.process.wait();
        if !std::thread::panicking() {
            assert_eq!(ended.unwrap().code(), Some(0), "the service ends well");
        }
    }
}
