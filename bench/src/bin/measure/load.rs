//! Load by wrk, and what a server took to bear it.
use crate::server::{Maker, Memory, Server};
use crate::subject::{Scenario, Subject};
use anyhow::{Context, ensure};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

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
    subject: &Subject,
    maker: Maker,
    scenario: &Scenario,
    folder: &Path,
    seconds: u64,
) -> anyhow::Result<Sample> {
    let database = subject.database.copy("run")?;
    let mut server = Server::start(&subject.programs, maker, &database)?;
    let start = server.first_answer(&subject.first, &subject.token)?;
    let rest = server.memory()?;
    let file = scenario.asks.file(&server, &subject.token, folder)?;
    let load = |seconds, from| wrk(&server, scenario, &file, &subject.token, seconds, from);
    let warm = load(1, 0)?;
    let before = server.cpu()?;
    // What the warming added stays below this number.
    let loaded = load(seconds, 1_000_000)?;
    let cpu = server.cpu()? - before;
    let memory = server.memory()?;
    server.stop()?;
    let kept = database.records(scenario.operation)?;
    let sent = i64::try_from(warm.requests + loaded.requests)?;
    ensure!(kept >= sent, "{maker:?} {}: {sent} calls, {kept} records", scenario.title);
    database.remove()?;
    Ok(Sample {
        rate: loaded.requests as f64 / loaded.duration.as_secs_f64(),
        p50: loaded.p50,
        p99: loaded.p99,
        cpu: cpu.as_secs_f64() * 1e6 / loaded.requests as f64,
        rest,
        memory,
        start,
    })
}

fn wrk(
    server: &Server,
    scenario: &Scenario,
    file: &Path,
    token: &str,
    seconds: u64,
    from: u64,
) -> anyhow::Result<Wrk> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/load.lua");
    let run = Command::new("wrk")
        .args(["-t1", "-c64", "--timeout", "5s", "--latency"])
        .arg(format!("-d{seconds}s"))
        .args(["-s", script, &format!("http://{}", server.address), "--"])
        .args([scenario.asks.word(), token])
        .arg(file)
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
    ensure!(refused == 0 && broken == 0, "{}: {refused} refused, {broken} broken", scenario.title);
    let micros = Duration::from_micros;
    Ok(Wrk { requests, duration: micros(duration), p50: micros(p50), p99: micros(p99) })
}
