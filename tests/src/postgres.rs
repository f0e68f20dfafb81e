//! Databases of Postgres for tests: of the server that `QUATER_TEST_POSTGRES` names, or of one that is started
//! from the programs that are installed and stops with the process.
#![allow(clippy::expect_used, clippy::panic, reason = "tests")]
use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::runtime::Builder;
use tokio_postgres::{Error, NoTls, SimpleQueryMessage};

/// Names a server where databases may be made.
pub const VARIABLE: &str = "QUATER_TEST_POSTGRES";

/// How long a server of our own may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// Keeps a server as long as its input stays open, which ends with the process that asked for it, however that
/// ends.
const KEEPER: &str = "\"$0\" \"$@\" >/dev/null 2>&1 & server=$!; read -r _; kill -INT $server; wait $server; rm -rf \"$FOLDER\"";

/// A database of its own; it goes with its value.
pub struct Database {
    server: &'static Server,
    name: String,
}

struct Server {
    /// Ends with `/`, and `?…` may follow the name of a database.
    url: String,
    settings: String,
    _keeper: Option<Child>,
}

impl Database {
    /// An empty one. Says that the test is skipped, and gives none, where there is no server; in CI that is a
    /// failure.
    pub fn fresh() -> Option<Self> {
        static SERVER: OnceLock<Result<Server, String>> = OnceLock::new();
        match SERVER.get_or_init(Server::find) {
            Ok(server) => Some(server.make("template0")),
            Err(why) => {
                assert!(std::env::var_os("CI").is_none(), "in CI nothing is skipped: {why}");
                let test = std::thread::current().name().unwrap_or("a test on Postgres").to_owned();
                // The harness keeps back the lines of the macros.
                drop(writeln!(std::io::stderr(), "\nskipped: {test}: {why}"));
                None
            }
        }
    }

    /// Another with the same tables and rows; nobody may be connected to this one.
    pub fn copy(&self) -> Self {
        self.server.make(&self.name)
    }

    /// Its address.
    pub fn url(&self) -> String {
        self.server.address(&self.name)
    }

    /// Its address with another setting.
    pub fn url_with(&self, setting: &str) -> String {
        let url = self.url();
        let mark = if url.contains('?') { '&' } else { '?' };
        format!("{url}{mark}{setting}")
    }

    /// Runs statements.
    pub fn run(&self, sql: &str) {
        run(&self.url(), sql).unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }

    /// What a query gives: the columns of each row as text, `|` between them.
    pub fn rows(&self, sql: &str) -> Vec<String> {
        let messages = run(&self.url(), sql).unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        let row = |message| {
            let SimpleQueryMessage::Row(row) = message else { return None };
            Some((0..row.len()).map(|at| row.get(at).unwrap_or("null")).collect::<Vec<_>>().join("|"))
        };
        messages.into_iter().filter_map(row).collect()
    }

    /// The number that a query gives.
    pub fn count(&self, sql: &str) -> i64 {
        self.rows(sql).first().and_then(|text| text.parse().ok()).expect("the query gives one number")
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.server.administer(&format!("DROP DATABASE IF EXISTS \"{}\" WITH (FORCE)", self.name));
    }
}

/// Runs statements on a thread of their own: asynchronous tests may not wait within their runtime.
fn run(url: &str, sql: &str) -> Result<Vec<SimpleQueryMessage>, Error> {
    let work = async {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
        tokio::spawn(connection);
        client.simple_query(sql).await
    };
    let apart = || Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(work);
    std::thread::scope(|scope| scope.spawn(apart).join()).expect("the driver does not panic")
}

impl Server {
    fn find() -> Result<Self, String> {
        match std::env::var(VARIABLE) {
            Ok(url) => {
                let (plain, settings) = url.split_once('?').unwrap_or((&url, ""));
                let scheme = plain.find("://").map_or(0, |at| at + 3);
                let end =
                    plain.get(scheme..).and_then(|rest| rest.find('/')).map_or(plain.len(), |at| scheme + at);
                let url = format!("{}/", plain.get(..end).unwrap_or(plain));
                Ok(Self { url, settings: settings.to_owned(), _keeper: None })
            }
            Err(_) => start(),
        }
    }

    fn address(&self, database: &str) -> String {
        let mark = if self.settings.is_empty() { "" } else { "?" };
        format!("{}{database}{mark}{}", self.url, self.settings)
    }

    fn make(&'static self, template: &str) -> Database {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("quater_test_{}_{number}", std::process::id());
        self.administer(&format!("CREATE DATABASE \"{name}\" TEMPLATE \"{template}\" ENCODING 'UTF8'"));
        Database { server: self, name }
    }

    /// Runs a statement in the database that every server has.
    fn administer(&self, sql: &str) {
        let done = run(&self.address("postgres"), sql);
        if !std::thread::panicking() {
            done.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        }
    }
}

/// Starts a server in a folder of its own.
fn start() -> Result<Server, String> {
    let programs = programs().ok_or("there is no `initdb`, and QUATER_TEST_POSTGRES names no server")?;
    let folder = std::env::temp_dir().join(format!("quater-postgres-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    let user = other_user(&folder)?;
    let data = folder.join("data");
    let mut made = as_user(user, &programs.join("initdb"));
    made.arg("--pgdata").arg(&data).args(["--username", "postgres", "--auth", "trust", "--no-sync"]);
    let made = made.args(["--encoding", "UTF8", "--locale", "C"]).current_dir(&folder).output();
    let made = made.map_err(|error| format!("`initdb` does not start: {error}"))?;
    if !made.status.success() {
        return Err(format!("`initdb` fails: {}", String::from_utf8_lossy(&made.stderr)));
    }
    let port = free_port();
    let mut keeper = Command::new("sh");
    keeper.args(["-c", KEEPER]).args(parts(&served(user, &programs, &data, port)));
    let keeper = keeper.env("FOLDER", &folder).current_dir(&folder).stdin(Stdio::piped()).spawn();
    let keeper = keeper.map_err(|error| error.to_string())?;
    let url = format!("postgres://postgres@127.0.0.1:{port}/");
    let server = Server { url, settings: String::new(), _keeper: Some(keeper) };
    await_start(&server)?;
    Ok(server)
}

fn served(user: Option<&str>, programs: &Path, data: &Path, port: u16) -> Command {
    let mut command = as_user(user, &programs.join("postgres"));
    command.arg("-D").arg(data);
    let port = format!("port={port}");
    // The machine does not fail in a test: what the system has taken is safe.
    let settings =
        [&port, "listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", "max_connections=300"];
    command.args(settings.iter().flat_map(|setting| ["-c", setting]));
    command
}

/// A command as the words of a shell.
fn parts(command: &Command) -> Vec<std::ffi::OsString> {
    std::iter::once(command.get_program()).chain(command.get_args()).map(Into::into).collect()
}

fn await_start(server: &Server) -> Result<(), String> {
    let begun = Instant::now();
    loop {
        let Err(last) = run(&server.address("postgres"), "SELECT 1") else { return Ok(()) };
        if begun.elapsed() > PATIENCE {
            return Err(format!("the server that was started does not answer: {last}"));
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("a listener has an address").port()
}

/// The folder of the programs of a server.
fn programs() -> Option<PathBuf> {
    let asked = Command::new("pg_config").arg("--bindir").output().ok();
    let asked = asked.and_then(|it| String::from_utf8(it.stdout).ok()).map(|it| PathBuf::from(it.trim()));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = asked.into_iter().chain(std::env::split_paths(&path)).collect();
    for root in ["/usr/lib/postgresql", "/opt/homebrew/opt"] {
        let inside = std::fs::read_dir(root).into_iter().flatten().flatten();
        let mut versions: Vec<PathBuf> = inside.map(|entry| entry.path().join("bin")).collect();
        versions.sort();
        folders.extend(versions.into_iter().rev());
    }
    folders.into_iter().find(|folder| folder.join("initdb").exists() && folder.join("postgres").exists())
}

/// Whom a server runs as where that may not be root, which gives the folder away.
fn other_user(folder: &Path) -> Result<Option<&'static str>, String> {
    let id = Command::new("id").arg("-u").output().map_err(|error| error.to_string())?;
    if String::from_utf8_lossy(&id.stdout).trim() != "0" {
        return Ok(None);
    }
    let exists = |user: &&&str| Command::new("id").arg(user).output().is_ok_and(|it| it.status.success());
    let user = ["postgres", "nobody"].iter().find(exists).copied();
    let user = user.ok_or("a server does not run as root, and there is nobody else")?;
    let given = Command::new("chown").arg(user).arg(folder).status();
    if given.is_ok_and(|status| status.success()) { Ok(Some(user)) } else { Err("no `chown`".to_owned()) }
}

fn as_user(user: Option<&str>, program: &Path) -> Command {
    let Some(user) = user else { return Command::new(program) };
    let mut command = Command::new("setpriv");
    command.args(["--reuid", user, "--regid", user, "--clear-groups"]).arg(program);
    command
}
