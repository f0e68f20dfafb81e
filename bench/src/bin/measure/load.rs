//! Load by wrk, and what a server took to bear it.
use crate::seed::Seed;
use crate::server::{Maker, Memory, Programs, Server};
use anyhow::{Context, ensure};
use rusqlite::Connection;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scenario {
    Get,
    List,
    Post,
    Mcp,
}

impl Scenario {
    pub const ALL: [Self; 4] = [Self::Get, Self::List, Self::Post, Self::Mcp];

    pub fn title(self) -> &'static str {
        match self {
            Self::Get => "GET by key",
            Self::List => "list of 20",
            Self::Post => "typed POST",
            Self::Mcp => "MCP call",
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::List => "list",
            Self::Post => "post",
            Self::Mcp => "mcp",
        }
    }

    fn operation(self) -> &'static str {
        match self {
            Self::Get | Self::Mcp => "get_product",
            Self::List => "list_products",
            Self::Post => "add_product",
        }
    }
}

/// One measurement.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// Requests a second.
    pub rate: f64,
    pub p50: Duration,
    pub p99: Duration,
    /// The server's processor time a request, in microseconds.
    pub cpu: f64,
    /// Before any load.
    pub rest: Memory,
    /// After the load.
    pub memory: Memory,
    /// From the start of the process to its first answer.
    pub start: Duration,
}

struct Wrk {
    requests: u64,
    duration: Duration,
    p50: Duration,
    p99: Duration,
}

/// Starts a server on a fresh copy of the database, loads it, and sees that it kept its audit.
pub fn measure(
    programs: &Programs,
    maker: Maker,
    scenario: Scenario,
    seed: &Seed,
    seconds: u64,
) -> anyhow::Result<Sample> {
    let database = seed.database.with_file_name("run.db");
    for end in ["db", "db-wal", "db-shm"] {
        match fs::remove_file(database.with_extension(end)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            Ok(()) | Err(_) => {}
        }
    }
    fs::copy(&seed.database, &database)?;
    let mut server = Server::start(programs, maker, &database)?;
    let start = server.first_answer(&format!("GET /products/{}", seed.first), &seed.token)?;
    let rest = server.memory()?;
    let warm = wrk(&server, scenario, seed, 1, 0)?;
    let before = server.cpu()?;
    // What the warming added stays below this number.
    let load = wrk(&server, scenario, seed, seconds, 1_000_000)?;
    let cpu = server.cpu()? - before;
    let memory = server.memory()?;
    server.stop()?;
    let kept = records(&database, scenario)?;
    let sent = i64::try_from(warm.requests + load.requests)?;
    ensure!(kept >= sent, "{maker:?} {}: {sent} calls, {kept} records", scenario.title());
    Ok(Sample {
        rate: load.requests as f64 / load.duration.as_secs_f64(),
        p50: load.p50,
        p99: load.p99,
        cpu: cpu.as_secs_f64() * 1e6 / load.requests as f64,
        rest,
        memory,
        start,
    })
}

fn records(database: &Path, scenario: Scenario) -> anyhow::Result<i64> {
    let connection = Connection::open(database)?;
    let count = "SELECT count(*) FROM _quater_audit WHERE operation = ? AND result = 'ok'";
    Ok(connection.query_row(count, [scenario.operation()], |row| row.get(0))?)
}

fn wrk(server: &Server, scenario: Scenario, seed: &Seed, seconds: u64, from: u64) -> anyhow::Result<Wrk> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/load.lua");
    let run = Command::new("wrk")
        .args(["-t1", "-c64", "--timeout", "5s", "--latency"])
        .arg(format!("-d{seconds}s"))
        .args(["-s", script, &format!("http://{}", server.address), "--"])
        .args([scenario.word(), &seed.token])
        .arg(&seed.ids)
        .arg(from.to_string())
        .output()
        .context("wrk")?;
    let output = String::from_utf8_lossy(&run.stdout);
    let line = output.lines().find_map(|line| line.strip_prefix("RESULT "));
    let line = line.with_context(|| format!("{output}{}", String::from_utf8_lossy(&run.stderr)))?;
    let numbers = line.split(' ').map(|number| number.parse::<u64>()).collect::<Result<Vec<_>, _>>()?;
    let [requests, duration, p50, p99, refused, broken] = *numbers.as_slice() else {
        anyhow::bail!("six numbers, not {line}");
    };
    ensure!(refused == 0 && broken == 0, "{}: {refused} refused, {broken} broken", scenario.title());
    let micros = Duration::from_micros;
    Ok(Wrk { requests, duration: micros(duration), p50: micros(p50), p99: micros(p99) })
}
