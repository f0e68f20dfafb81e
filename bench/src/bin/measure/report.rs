//! `RESULTS.md`.
use crate::growth::Growth;
use crate::load::Sample;
use std::time::Duration;

/// The rounds of one scenario, Quater's and the other's side by side.
pub struct Rounds {
    /// Of what.
    pub subject: &'static str,
    pub title: &'static str,
    pub quater: Vec<Sample>,
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
         {seconds} s, 64 connections; the two servers took turns, on one machine with their load.\n\n{machine}\n\n"
    );
    out.push_str(&how);
    let mut line = |text: String| {
        out.push_str(&text);
        out.push('\n');
    };
    line("| | by | req/s | p50 ms | p99 ms | CPU µs/req | MiB at rest | after load | of it own |".into());
    line("|---|---|--:|--:|--:|--:|--:|--:|--:|".into());
    for rounds in rounds {
        line(row(&rounds.name(), "Quater", &rounds.quater));
        line(row("", "hand", &rounds.hand));
    }
    line(
        "\nQuater to hand, median of the rounds' ratios (req/s higher is better, the others lower):\n".into(),
    );
    line("| | req/s | p99 | CPU/req | memory |".into());
    line("|---|--:|--:|--:|--:|".into());
    rounds.iter().for_each(|rounds| line(ratios(rounds)));
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
    line("| | round | req/s Quater | hand | p99 ms Quater | hand | CPU µs Quater | hand |".into());
    line("|---|--:|--:|--:|--:|--:|--:|--:|".into());
    rounds.iter().for_each(|rounds| every(rounds, &mut line));
    line(format!("\n## Notes\n\n{}", notes.trim()));
    out
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

fn ratios(rounds: &Rounds) -> String {
    let of = |value: fn(&Sample) -> f64| {
        let pairs = rounds.quater.iter().zip(&rounds.hand);
        median(pairs.map(|(quater, hand)| value(quater) / value(hand)))
    };
    format!(
        "| {} | {:.2} | {:.2} | {:.2} | {:.2} |",
        rounds.name(),
        of(|it| it.rate),
        of(|it| milliseconds(it.p99)),
        of(|it| it.cpu),
        of(|it| it.memory.resident as f64),
    )
}

fn every(rounds: &Rounds, line: &mut impl FnMut(String)) {
    for (round, (quater, hand)) in rounds.quater.iter().zip(&rounds.hand).enumerate() {
        let mut text = format!("| {} | {} |", rounds.name(), round + 1);
        let pairs = [
            (quater.rate, hand.rate, 0),
            (milliseconds(quater.p99), milliseconds(hand.p99), 2),
            (quater.cpu, hand.cpu, 1),
        ];
        for (quater, hand, digits) in pairs {
            text.push_str(&format!(" {quater:.digits$} | {hand:.digits$} |"));
        }
        line(text);
    }
}
