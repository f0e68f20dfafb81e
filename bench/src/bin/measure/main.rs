//! Quater beside the same service by hand, and beside itself with bodies in Rust: measures them in turns and writes the results.
mod agree;
mod client;
mod growth;
mod large;
mod load;
mod report;
mod server;
mod shop;
mod subject;

use anyhow::{Context, bail};
use report::Rounds;
use server::Maker;
use std::fs;
use std::path::{Path, PathBuf};
use subject::{Database, Programs, Scenario, Subject};

/// How many orders each branch has.
const ORDERS_A_BRANCH: u32 = 5_000;

/// What `bench/run` says.
struct Arguments {
    programs: Programs,
    folder: PathBuf,
    notes: PathBuf,
    results: PathBuf,
    rounds: usize,
    seconds: u64,
}

fn arguments() -> anyhow::Result<Arguments> {
    let mut given = std::env::args().skip(1);
    let mut next = |name: &str| given.next().with_context(|| format!("{name} is missing"));
    Ok(Arguments {
        programs: Programs {
            quater: next("the quater command")?.into(),
            peer: next("the other service")?.into(),
            native: next("the service with bodies in Rust")?.into(),
            service: next("the folder of the service")?.into(),
            secret: "measured-with-a-key-that-guards-nothing",
        },
        folder: next("a folder to work in")?.into(),
        notes: next("the notes")?.into(),
        results: next("the results")?.into(),
        rounds: next("the number of rounds")?.parse()?,
        seconds: next("the seconds of a round")?.parse()?,
    })
}

fn main() -> anyhow::Result<()> {
    let Arguments { programs, folder, notes, results, rounds: count, seconds } = arguments()?;
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let folder = folder.canonicalize()?;
    let notes = if notes.exists() { fs::read_to_string(&notes)? } else { bail!("there are no notes") };
    let machine = machine()?;
    let only = std::env::var("ONLY").ok();
    let checking = large::check(&programs.quater, &folder)?;
    let mut subjects = vec![("SQLite", Database::Sqlite(folder.join("shop.db")))];
    match std::env::var("QUATER_BENCH_POSTGRES") {
        Ok(cluster) => subjects.push(("Postgres", Database::Postgres(cluster, "quater_bench_shop".into()))),
        Err(_) => eprintln!("Postgres: skipped, QUATER_BENCH_POSTGRES names none"),
    }
    let mut rounds = Vec::new();
    for (title, database) in subjects {
        let subject = shop::subject(title, programs.clone(), database, &folder, ORDERS_A_BRANCH)?;
        agree::check(&subject, &folder)?;
        rounds.extend(compare(&subject, only.as_deref(), &folder, count, seconds)?);
        subject.database.remove()?;
    }
    if only.is_some() {
        return Ok(());
    }
    let growth = growth::measure(&programs, &folder, seconds)?;
    fs::write(&results, report::write(&machine, seconds, &rounds, &growth, &checking, &notes))?;
    Ok(())
}

fn compare(
    subject: &Subject,
    only: Option<&str>,
    folder: &Path,
    count: usize,
    seconds: u64,
) -> anyhow::Result<Vec<Rounds>> {
    let mut all = Vec::new();
    let wanted = |scenario: &&Scenario| only.is_none_or(|only| scenario.title.contains(only));
    for scenario in subject.scenarios.iter().filter(wanted) {
        let (quater, rust, hand) = (Vec::new(), Vec::new(), Vec::new());
        let mut all_three = Rounds { subject: subject.title, title: scenario.title, quater, rust, hand };
        let mut makers = vec![Maker::Quater, Maker::Hand];
        if scenario.in_rust {
            makers.push(Maker::Rust);
        }
        for _ in 0..count {
            for &maker in &makers {
                let sample = load::measure(subject, maker, scenario, folder, seconds)?;
                eprintln!(
                    "{:<9} {:<21} {maker:<7?} {:>8.0} req/s, {:>6.1} µs, p99 {:>6.2} ms",
                    subject.title,
                    scenario.title,
                    sample.rate,
                    sample.cpu,
                    sample.p99.as_secs_f64() * 1e3,
                );
                match maker {
                    Maker::Quater => all_three.quater.push(sample),
                    Maker::Rust => all_three.rust.push(sample),
                    Maker::Hand => all_three.hand.push(sample),
                }
            }
            // Who begins changes, so that none always meets the warmer machine.
            makers.rotate_left(1);
        }
        all.push(all_three);
    }
    Ok(all)
}

/// The machine in one line.
fn machine() -> anyhow::Result<String> {
    let first = |path: &str, name: &str| -> anyhow::Result<String> {
        let text = fs::read_to_string(Path::new(path))?;
        let line = text.lines().find_map(|line| line.strip_prefix(name)).context(name.to_owned())?;
        Ok(line.trim_start_matches([':', '\t', ' ']).trim().to_owned())
    };
    let cores = std::thread::available_parallelism()?;
    let load = fs::read_to_string("/proc/loadavg")?;
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    let memory = first("/proc/meminfo", "MemTotal")?;
    Ok(format!(
        "{cores} cores of `{}`, {memory} of memory, Linux {}. Before it began, {} processes wanted to run \
         (load average of a minute; 0 is a quiet machine).",
        first("/proc/cpuinfo", "model name")?,
        kernel.trim(),
        load.split(' ').next().context("load")?
    ))
}
