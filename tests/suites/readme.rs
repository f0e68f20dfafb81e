//! The tour of the README, step by step: every `$ ` line of its console blocks is run, and what it prints must be
//! what stands below it, where `…` is anything within a line.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use quater_tests::postgres::Database;
use regex::Regex;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// Where the README says that the store is served.
const WRITTEN: &str = "127.0.0.1:8080";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// One command of the tour and what it prints.
struct Step {
    line: usize,
    command: String,
    printed: String,
}

/// The steps below the heading of the tour.
fn tour() -> Vec<Step> {
    let text = std::fs::read_to_string(root().join("README.md")).unwrap();
    let mut steps: Vec<Step> = Vec::new();
    let (mut toured, mut console) = (false, false);
    for (at, line) in text.lines().enumerate() {
        match (line, steps.last_mut()) {
            (heading, _) if heading.starts_with("## ") => toured = heading == "## Five minutes",
            ("```console", _) => console = toured,
            ("```", _) => console = false,
            _ if !console => {}
            (line, Some(step)) if open(&step.command) => step.command = format!("{}\n{line}", step.command),
            (line, step) => match (line.strip_prefix("$ "), step) {
                (Some(command), _) => {
                    steps.push(Step { line: at + 1, command: command.to_owned(), printed: String::new() });
                }
                (None, Some(step)) => writeln!(step.printed, "{line}").unwrap(),
                (None, None) => panic!("line {}: an answer to nothing", at + 1),
            },
        }
    }
    steps
}

/// Whether a command goes on in the next line: behind a backslash, or within quotes.
fn open(command: &str) -> bool {
    command.ends_with('\\') || command.matches('\'').count() % 2 == 1
}

/// The store of the first step, served at a free port with a database of its own.
struct Store {
    process: Child,
    announced: String,
    address: String,
}

impl Store {
    fn start(step: &Step, database: &str) -> Self {
        let arguments = step.command.strip_prefix("cargo run -- ").expect("the first step serves the store");
        let mut process = Command::new(env!("CARGO_BIN_EXE_quater"))
            .args(arguments.split_whitespace())
            .args(["--listen", "127.0.0.1:0"])
            .env("DATABASE_URL", database)
            .current_dir(root())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let announced: String =
            lines.take(step.printed.lines().count()).map(|line| line.unwrap() + "\n").collect();
        let address =
            announced.lines().next().unwrap().rsplit_once("http://").expect("an address").1.to_owned();
        Self { process, announced, address }
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        _ = Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status();
        _ = self.process.wait();
    }
}

fn url(folder: &Path) -> String {
    format!("sqlite:{}", folder.join("store.db").display())
}

/// Runs commands in one shell, with a line of its own behind what each prints.
fn run(steps: &[Step], address: &str, folder: &Path, database: &str) -> Vec<String> {
    let folder_of_binary = Path::new(env!("CARGO_BIN_EXE_quater")).parent().unwrap();
    let path = format!("{}:{}", folder_of_binary.display(), std::env::var("PATH").unwrap());
    let end = "\n== end of a step ==\n";
    let mut script = String::from("exec 2>&1\n");
    for step in steps {
        let command = step.command.replace(WRITTEN, address).replace("broken.qtr", "$SCRATCH/broken.qtr");
        writeln!(script, "{command}\nprintf '{}'", end.replace('\n', "\\n")).unwrap();
    }
    let mut shell = Command::new("bash")
        .current_dir(root())
        .env("PATH", path)
        .env("DATABASE_URL", database)
        .env("SCRATCH", folder)
        .env_remove("QUATER_TOKEN")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    shell.stdin.take().unwrap().write_all(script.as_bytes()).unwrap();
    let output = String::from_utf8(shell.wait_with_output().unwrap().stdout).unwrap();
    let shown = output.replace(address, WRITTEN).replace(&format!("{}/", folder.display()), "");
    let printed = shown.split(end).map(|text| format!("{}\n", text.trim_end_matches('\n')));
    printed.take(steps.len()).map(|text| if text == "\n" { String::new() } else { text }).collect()
}

fn fits(written: &str, printed: &str) -> bool {
    let pattern = regex::escape(written).replace('…', "[^\n]*?");
    Regex::new(&format!(r"\A{pattern}\z")).unwrap().is_match(printed)
}

#[test]
fn every_step_of_the_tour_prints_what_it_says() {
    let folder = TempDir::new().unwrap();
    walk(&folder, &url(folder.path()));
}

#[test]
fn every_step_of_the_tour_prints_what_it_says_on_postgres() {
    let Some(database) = Database::fresh() else { return };
    walk(&TempDir::new().unwrap(), &database.url());
}

fn walk(folder: &TempDir, database: &str) {
    let steps = tour();
    assert!(steps.len() > 10, "the tour has only {} steps", steps.len());
    let (first, rest) = steps.split_first().unwrap();
    let store = Store::start(first, database);
    let mut printed = vec![store.announced.replace(&store.address, WRITTEN)];
    printed.extend(run(rest, &store.address, folder.path(), database));
    drop(store);
    assert_eq!(printed.len(), steps.len(), "the shell has ended early");
    let wrong = steps.iter().zip(&printed).filter(|(step, printed)| !fits(&step.printed, printed));
    let wrong: Vec<String> = wrong
        .map(|(step, printed)| {
            let Step { line, command, printed: written } = step;
            format!("README.md:{line}: $ {command}\nwritten:\n{written}printed:\n{printed}")
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
