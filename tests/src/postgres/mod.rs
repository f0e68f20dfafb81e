//! Databases of Postgres for tests: of the server that `QUATER_TEST_POSTGRES` names, or of one that is started
//! from the programs that are installed and stops with the process.
#![allow(clippy::expect_used, clippy::panic, reason = "tests")]
mod cluster;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock, mpsc};
use std::thread::JoinHandle;
use tokio::runtime::Builder;
use tokio_postgres::{Error, NoTls, SimpleQueryMessage};

/// Names a server where databases may be made.
pub const VARIABLE: &str = "QUATER_TEST_POSTGRES";

/// A database of its own; it goes with its value.
pub struct Database {
    server: Arc<Server>,
    name: String,
}

/// Rows that somebody else holds in a transaction, until this is dropped.
pub struct Held {
    release: Option<mpsc::Sender<()>>,
    holder: Option<JoinHandle<()>>,
}

struct Server {
    /// Ends with `/`, and `?…` may follow the name of a database.
    url: String,
    settings: String,
    /// The certificate that those of a server of our own come from.
    root: Option<PathBuf>,
    keeper: Option<Child>,
}

impl Database {
    /// An empty one. Says that the test is skipped, and gives none, where there is no server; in CI that is a
    /// failure.
    pub fn fresh() -> Option<Self> {
        static SERVER: OnceLock<Result<Arc<Server>, String>> = OnceLock::new();
        let server = SERVER.get_or_init(|| Server::find().map(Arc::new));
        told(server.clone()).map(|server| Server::make(&server, "template0"))
    }

    /// An empty one on a server that no other test has, which a test may kill. It needs the programs.
    pub fn apart() -> Option<Self> {
        told(cluster::start().map(Arc::new)).map(|server| Server::make(&server, "template0"))
    }

    /// The file of the root certificate that the server's own comes from; nothing for one without.
    pub fn root(&self) -> Option<&Path> {
        self.server.root.as_deref()
    }

    /// Runs a statement in a transaction that stays open.
    pub fn hold(&self, sql: &str) -> Held {
        let (release, released) = mpsc::channel::<()>();
        let (holding, held) = mpsc::channel();
        let (url, sql) = (self.url(), sql.to_owned());
        let holder = std::thread::spawn(move || {
            let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let (client, connection) = tokio_postgres::connect(&url, NoTls).await.expect("a connection");
                tokio::spawn(connection);
                client.batch_execute(&format!("BEGIN; {sql}")).await.expect("the rows are free");
                holding.send(()).expect("somebody waits");
                tokio::task::spawn_blocking(move || released.recv().is_ok()).await.expect("a release");
                drop(client.batch_execute("ROLLBACK").await);
            });
        });
        held.recv().expect("the rows are held");
        Held { release: Some(release), holder: Some(holder) }
    }

    /// Another with the same tables and rows; nobody may be connected to this one.
    pub fn copy(&self) -> Self {
        Server::make(&self.server, &self.name)
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
        texts(run(&self.url(), sql).unwrap_or_else(|error| panic!("{sql}: {error:?}")))
    }

    /// The same of a server that may be away.
    pub fn try_rows(&self, sql: &str) -> Option<Vec<String>> {
        run(&self.url(), sql).ok().map(texts)
    }

    /// The number that a query gives.
    pub fn count(&self, sql: &str) -> i64 {
        self.rows(sql).first().and_then(|text| text.parse().ok()).expect("the query gives one number")
    }
}

fn texts(messages: Vec<SimpleQueryMessage>) -> Vec<String> {
    let row = |message| {
        let SimpleQueryMessage::Row(row) = message else { return None };
        Some((0..row.len()).map(|at| row.get(at).unwrap_or("null")).collect::<Vec<_>>().join("|"))
    };
    messages.into_iter().filter_map(row).collect()
}

impl Drop for Database {
    fn drop(&mut self) {
        self.server.administer(&format!("DROP DATABASE IF EXISTS \"{}\" WITH (FORCE)", self.name));
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        drop(self.release.take());
        if let Some(holder) = self.holder.take() {
            drop(holder.join());
        }
    }
}

/// Says that a test is skipped where there is no server; in CI that is a failure.
fn told(server: Result<Arc<Server>, String>) -> Option<Arc<Server>> {
    let why = match server {
        Ok(server) => return Some(server),
        Err(why) => why,
    };
    assert!(std::env::var_os("CI").is_none(), "in CI nothing is skipped: {why}");
    let test = std::thread::current().name().unwrap_or("a test on Postgres").to_owned();
    // The harness keeps back the lines of the macros.
    drop(writeln!(std::io::stderr(), "\nskipped: {test}: {why}"));
    None
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
                Ok(Self { url, settings: settings.to_owned(), root: None, keeper: None })
            }
            Err(_) => cluster::start(),
        }
    }

    fn address(&self, database: &str) -> String {
        let mark = if self.settings.is_empty() { "" } else { "?" };
        format!("{}{database}{mark}{}", self.url, self.settings)
    }

    fn make(server: &Arc<Self>, template: &str) -> Database {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("quater_test_{}_{number}", std::process::id());
        server.administer(&format!("CREATE DATABASE \"{name}\" TEMPLATE \"{template}\" ENCODING 'UTF8'"));
        Database { server: Arc::clone(server), name }
    }

    /// Runs a statement in the database that every server has.
    fn administer(&self, sql: &str) {
        let done = run(&self.address("postgres"), sql);
        if !std::thread::panicking() {
            done.unwrap_or_else(|error| panic!("{sql}: {error:?}"));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut keeper) = self.keeper.take() {
            drop(keeper.stdin.take());
            drop(keeper.wait());
        }
    }
}
