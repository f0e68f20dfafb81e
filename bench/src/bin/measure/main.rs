//! Quater beside the same service by hand: measures both in turns and writes the results.
mod agree;
mod client;
mod large;
mod load;
mod report;
mod seed;
mod server;

use anyhow::{Context, bail};
use load::Scenario;
use report::Rounds;
use server::{Maker, Programs};
use std::fs;
use std::path::{Path, PathBuf};

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
            store: next("the folder of the store")?.into(),
            secret: "measured-with-a-key-that-guards-nothing".into(),
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
    let machine = machine()?;
    let checking = large::check(&programs.quater, &folder)?;
    let seed = seed::seed(&programs, &folder)?;
    agree::check(&programs, &seed)?;
    let mut rounds: Vec<Rounds> = Vec::new();
    for scenario in Scenario::ALL {
        let mut both = Rounds { scenario, quater: Vec::new(), hand: Vec::new() };
        for round in 0..count {
            // Who begins changes, so that neither always meets the warmer machine.
            let order =
                if round % 2 == 0 { [Maker::Quater, Maker::Hand] } else { [Maker::Hand, Maker::Quater] };
            for maker in order {
                let sample = load::measure(&programs, maker, scenario, &seed, seconds)?;
                eprintln!(
                    "{:<11} {maker:<7?} {:>8.0} req/s, {:>6.1} µs",
                    scenario.title(),
                    sample.rate,
                    sample.cpu
                );
                match maker {
                    Maker::Quater => both.quater.push(sample),
                    Maker::Hand => both.hand.push(sample),
                }
            }
        }
        rounds.push(both);
    }
    let notes = if notes.exists() { fs::read_to_string(&notes)? } else { bail!("there are no notes") };
    fs::write(&results, report::write(&machine, seconds, &rounds, &checking, &notes))?;
    Ok(())
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
