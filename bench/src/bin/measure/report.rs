//! `RESULTS.md`.
use crate::growth::Growth;
use crate::load::Sample;
use std::time::Duration;

/// The rounds of one scenario, Quater's and the others' side by side.
pub struct Rounds {
    /// Of what.
    pub subject: &'static str,
    pub title: &'static str,
    pub quater: Vec<Sample>,
    /// None where no body is in Rust.
    pub rust: Vec<Sample>,
    pub hand: Vec<Sample>,
}

impl Rounds {
    fn name(&self) -> String {
        format!("{}: {}", self.subject, self.title)
    }
}

/// What checking the generated file took.
pub struct Checking {
    pub what: String,
    pub runs: Vec<Duration>,
}

pub fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.into_iter().collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

pub fn write(
    machine: &str,
    seconds: u64,
    rounds: &[Rounds],
    growth: &[Growth],
    checking: &Checking,
    notes: &str,
) -> String {
    let mut out = String::from("# Results\n\n");
    let count = rounds.first().map_or(0, |rounds| rounds.quater.len());
    let how = format!(
        "Written by `bench/run`; `bench/README.md` says what is measured and how. Medians of {count} rounds of \
         {seconds} s, 64 connections; the servers took turns, on one machine with their load.\n\n{machine}\n\n"
    );
    out.push_str(&how);
    let mut line = |text: String| {
        out.push_str(&text);
        out.push('\n');
    };
    line("| | by | req/s | p50 ms | p99 ms | CPU µs/req | MiB at rest | after load | of it own |".into());
    line("|---|---|--:|--:|--:|--:|--:|--:|--:|".into());
    rounds.iter().flat_map(rows).for_each(&mut line);
    line(
        "\nQuater to hand, median of the rounds' ratios (req/s higher is better, the others lower):\n".into(),
    );
    line("| | req/s | p99 | CPU/req | memory |".into());
    line("|---|--:|--:|--:|--:|".into());
    rounds.iter().flat_map(compared).for_each(&mut line);
    let starts = |samples: fn(&Rounds) -> &Vec<Sample>| {
        let all = rounds.iter().flat_map(samples);
        median(all.map(|sample| milliseconds(sample.start)))
    };
    line(format!(
        "\nStart of the process to the first answer: {:.1} ms, by hand {:.1} ms.",
        starts(|rounds| &rounds.quater),
        starts(|rounds| &rounds.hand)
    ));
    line(format!(
        "`quater check` on {}: {:.0} ms (median of {}; {:.0} ms at best).",
        checking.what,
        median(checking.runs.iter().copied().map(milliseconds)),
        checking.runs.len(),
        checking.runs.iter().copied().map(milliseconds).fold(f64::INFINITY, f64::min)
    ));
    line("\n## Growth\n\nProcessor time of Quater a request on SQLite, by orders in the table:\n".into());
    line("| orders | one by key, µs | a page among 40, µs |".into());
    line("|--:|--:|--:|".into());
    growth.iter().for_each(|it| line(format!("| {} | {:.1} | {:.1} |", it.orders, it.keyed, it.paged)));
    line("\n## Every round\n".into());
    line("| | round | req/s Quater | Rust body | hand | p99 ms Quater | Rust body | hand | CPU µs Quater | Rust body | hand |".into());
    line("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|".into());
    rounds.iter().for_each(|rounds| every(rounds, &mut line));
    line(format!("\n## Notes\n\n{}", notes.trim()));
    out
}

fn rows(rounds: &Rounds) -> Vec<String> {
    let mut rows = vec![row(&rounds.name(), "Quater", &rounds.quater)];
    if !rounds.rust.is_empty() {
        rows.push(row("", "Rust body", &rounds.rust));
    }
    rows.push(row("", "hand", &rounds.hand));
    rows
}

fn compared(rounds: &Rounds) -> Vec<String> {
    let mut lines = vec![ratios(&rounds.name(), &rounds.quater, &rounds.hand)];
    if !rounds.rust.is_empty() {
        lines.push(ratios(&format!("{}, body in Rust", rounds.name()), &rounds.rust, &rounds.hand));
    }
    lines
}

fn row(title: &str, by: &str, samples: &[Sample]) -> String {
    let of = |value: fn(&Sample) -> f64| median(samples.iter().map(value));
    format!(
        "| {title} | {by} | {:.0} | {:.2} | {:.2} | {:.1} | {:.1} | {:.1} | {:.1} |",
        of(|it| it.rate),
        of(|it| milliseconds(it.p50)),
        of(|it| milliseconds(it.p99)),
        of(|it| it.cpu),
        of(|it| it.rest.resident as f64 / 1024.0),
        of(|it| it.memory.resident as f64 / 1024.0),
        of(|it| it.memory.own as f64 / 1024.0),
    )
}

fn ratios(name: &str, ours: &[Sample], hand: &[Sample]) -> String {
    let of = |value: fn(&Sample) -> f64| {
        let pairs = ours.iter().zip(hand);
        median(pairs.map(|(ours, hand)| value(ours) / value(hand)))
    };
    format!(
        "| {name} | {:.2} | {:.2} | {:.2} | {:.2} |",
        of(|it| it.rate),
        of(|it| milliseconds(it.p99)),
        of(|it| it.cpu),
        of(|it| it.memory.resident as f64),
    )
}

fn every(rounds: &Rounds, line: &mut impl FnMut(String)) {
    for (round, (quater, hand)) in rounds.quater.iter().zip(&rounds.hand).enumerate() {
        let mut text = format!("| {} | {} |", rounds.name(), round + 1);
        let values: [(fn(&Sample) -> f64, usize); 3] =
            [(|it| it.rate, 0), (|it| milliseconds(it.p99), 2), (|it| it.cpu, 1)];
        for (value, digits) in values {
            let rust = rounds.rust.get(round).map_or_else(|| "–".to_owned(), |it| format!("{:.digits$}", value(it)));
            text.push_str(&format!(" {:.digits$} | {rust} | {:.digits$} |", value(quater), value(hand)));
        }
        line(text);
    }
}
