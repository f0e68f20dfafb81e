//! What is measured: a service, the same by hand, a database to begin with, and what is asked of both.
use crate::client;
use crate::server::{Maker, Server};
use anyhow::Context;
use rusqlite::Connection;
use std::fs;
use std::path::{Path, PathBuf};

/// Where the programs are.
#[derive(Debug, Clone)]
pub struct Programs {
    pub quater: PathBuf,
    /// By hand.
    pub peer: PathBuf,
    /// The declared service with bodies in Rust.
    pub native: PathBuf,
    /// The folder of the declared service.
    pub service: PathBuf,
    pub secret: &'static str,
}

pub struct Subject {
    pub title: &'static str,
    pub programs: Programs,
    pub database: Database,
    pub token: String,
    /// A request that is answered as soon as the server serves.
    pub first: String,
    pub scenarios: Vec<Scenario>,
    /// A read by key of the table that grows; asked of Quater alone.
    pub keyed: Scenario,
}

/// What is asked again and again.
#[derive(Debug, Clone)]
pub struct Scenario {
    pub title: &'static str,
    pub operation: &'static str,
    pub asks: Asks,
    /// Whether there is a body in Rust for it, too.
    pub in_rust: bool,
}

#[derive(Debug, Clone)]
pub enum Asks {
    /// `GET` of each path of a file.
    Paths(PathBuf),
    /// The pages of a list, one after another.
    Pages(&'static str),
    /// A tool for each id of a file.
    Tool(PathBuf),
    /// A new product, each time another.
    Product,
    /// An order of one line, each for the next product code of a file.
    Order(PathBuf),
}

/// How many pages of a list are gone through before it begins again.
const PAGES: usize = 40;

impl Asks {
    /// The word for the script of the load.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Paths(_) | Self::Pages(_) => "paths",
            Self::Tool(_) => "tool",
            Self::Product => "product",
            Self::Order(_) => "order",
        }
    }

    /// The file for the script of the load.
    pub fn file(&self, server: &Server, token: &str, folder: &Path) -> anyhow::Result<PathBuf> {
        Ok(match self {
            Self::Paths(path) | Self::Tool(path) | Self::Order(path) => path.clone(),
            // Written once, empty: nothing is read from it.
            Self::Product => write(folder, "none", &[])?,
            Self::Pages(first) => {
                let mut paths = vec![(*first).to_owned()];
                while paths.len() < PAGES {
                    let path = paths.last().context("the first page")?;
                    let page = client::send(server.address, &format!("GET {path}"), token, None)?;
                    let next = page.get("next").and_then(|next| next.as_str());
                    let Some(next) = next else { break };
                    paths.push(format!("{first}&cursor={next}"));
                }
                write(folder, "pages", &paths)?
            }
        })
    }
}

/// A file with a line each.
pub fn write(folder: &Path, name: &str, lines: &[String]) -> anyhow::Result<PathBuf> {
    let path = folder.join(name);
    fs::write(&path, lines.join("\n") + "\n")?;
    Ok(path)
}

/// A database that nobody uses.
#[derive(Debug, Clone)]
pub enum Database {
    Sqlite(PathBuf),
    /// The address of the cluster, and the name in it.
    Postgres(String, String),
}

impl Database {
    /// A fresh copy to write in.
    pub fn copy(&self, name: &str) -> anyhow::Result<Self> {
        match self {
            Self::Sqlite(path) => {
                let copy = Self::Sqlite(path.with_file_name(format!("{name}.db")));
                copy.remove()?;
                fs::copy(path, path.with_file_name(format!("{name}.db")))?;
                Ok(copy)
            }
            Self::Postgres(cluster, from) => {
                let copy = Self::Postgres(cluster.clone(), format!("{from}_{name}"));
                copy.remove()?;
                cluster_of(cluster)?
                    .batch_execute(&format!("CREATE DATABASE {from}_{name} TEMPLATE {from}"))?;
                Ok(copy)
            }
        }
    }

    pub fn remove(&self) -> anyhow::Result<()> {
        match self {
            Self::Sqlite(path) => {
                for end in ["db", "db-wal", "db-shm"] {
                    match fs::remove_file(path.with_extension(end)) {
                        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                            return Err(error.into());
                        }
                        Ok(()) | Err(_) => {}
                    }
                }
            }
            Self::Postgres(cluster, name) => {
                cluster_of(cluster)?
                    .batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))?;
            }
        }
        Ok(())
    }

    /// What a service is told.
    pub fn url(&self, maker: Maker) -> String {
        match (self, maker) {
            (Self::Sqlite(path), Maker::Quater | Maker::Rust) => format!("sqlite:{}", path.display()),
            (Self::Sqlite(path), Maker::Hand) => path.display().to_string(),
            // None of them encrypts on the way, which Quater does by itself where the server offers it.
            (Self::Postgres(cluster, name), _) => format!("{cluster}/{name}?sslmode=disable"),
        }
    }

    /// How many calls of an operation went well, by the audit.
    pub fn records(&self, operation: &str) -> anyhow::Result<i64> {
        let count = "SELECT count(*) FROM _quater_audit WHERE result = 'ok' AND operation = $1";
        Ok(match self {
            Self::Sqlite(path) => Connection::open(path)?.query_row(count, [operation], |row| row.get(0))?,
            Self::Postgres(..) => {
                let mut client = postgres::Client::connect(&self.url(Maker::Quater), postgres::NoTls)?;
                client.query_one(count, &[&operation])?.try_get(0)?
            }
        })
    }
}

pub fn cluster_of(cluster: &str) -> anyhow::Result<postgres::Client> {
    Ok(postgres::Client::connect(&format!("{cluster}/postgres"), postgres::NoTls)?)
}
