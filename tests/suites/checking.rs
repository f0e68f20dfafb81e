//! `quater check` as people and CI use it: it stays and looks again, and `docs/ci.md` is true.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use regex::Regex;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(20);

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The store in a folder of its own, with a file beside it in a folder that is broken.
fn store() -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::copy(root().join("examples/store/store.qtr"), folder.path().join("store.qtr")).unwrap();
    folder
}

fn quater(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_quater"));
    command.args(arguments).current_dir(folder).env_remove("GITHUB_STEP_SUMMARY");
    command
}

#[test]
fn a_watched_service_is_checked_at_every_save() {
    let folder = store();
    let file = folder.path().join("store.qtr");
    let good = fs::read_to_string(&file).unwrap();
    let mut watch = quater(folder.path(), &["check", "--watch"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (sender, lines) = mpsc::channel();
    let stderr = BufReader::new(watch.stderr.take().unwrap());
    std::thread::spawn(move || stderr.lines().map_while(Result::ok).all(|line| sender.send(line).is_ok()));
    let expect = |part: &str| {
        while !lines.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("nothing says {part}")).contains(part) {
        }
    };
    expect("0 errors");
    expect("waiting for a change");
    fs::write(&file, good.replace("Money(0..)", "Mony(0..)")).unwrap();
    expect(" errors, 0 warnings in 1 file");
    expect("waiting for a change");
    fs::remove_file(&file).unwrap();
    expect("holds no file");
    expect("waiting for a change");
    fs::write(&file, good).unwrap();
    expect("0 errors");
    watch.kill().unwrap();
    watch.wait().unwrap();
}

/// Commands of the page with the exit code that it promises, where it does.
fn commands(page: &str) -> Vec<(String, Option<i32>)> {
    let in_table = Regex::new(r"^\| ([0-9]) \|.*`(quater [^`]+)` \|$").unwrap();
    let in_cell = Regex::new(r"\| `(quater [^`]+)` \|$").unwrap();
    let in_block = Regex::new(r"^(?: *- run: | *- )?(quater [^#]+?) *(?:#.*)?$").unwrap();
    let command = |line: &str| {
        if let Some(found) = in_table.captures(line) {
            return Some((found[2].to_owned(), Some(found[1].parse().unwrap())));
        }
        let found = in_cell.captures(line).or_else(|| in_block.captures(line))?;
        Some((found[1].to_owned(), None))
    };
    page.lines().filter_map(command).collect()
}

#[test]
fn every_command_of_the_page_about_ci_does_what_it_says() {
    let page = fs::read_to_string(root().join("docs/ci.md")).unwrap();
    let folder = store();
    fs::write(folder.path().join("broken.qtr"), "service broken version 1\n\ntype A { b: tex }\n").unwrap();
    let found = commands(&page);
    assert!(found.len() > 15, "{found:?}");
    for (command, code) in found.iter().filter(|(command, _)| !command.ends_with("--watch")) {
        // The broken service is there for the one command that names it.
        let folder = if command.contains("broken") { folder.path() } else { &alone(folder.path()) };
        let arguments: Vec<&str> = command.split(' ').skip(1).collect();
        let done = quater(folder, &arguments).output().unwrap();
        let said = String::from_utf8_lossy(&done.stderr);
        assert_eq!(done.status.code(), code.or(Some(0)), "{command}: {said}");
        for file in arguments.iter().filter_map(|word| word.split_once('=').map(|(_, file)| file)) {
            assert!(folder.join(file).is_file(), "{command} wrote no {file}");
        }
    }
}

/// A folder below with the store alone.
fn alone(folder: &Path) -> PathBuf {
    let alone = folder.join("alone");
    fs::create_dir_all(&alone).unwrap();
    fs::copy(folder.join("store.qtr"), alone.join("store.qtr")).unwrap();
    alone
}

#[test]
fn every_option_and_format_of_the_page_exists_and_none_is_forgotten() {
    let page = fs::read_to_string(root().join("docs/ci.md")).unwrap();
    let help = quater(&root(), &["check", "--help"]).output().unwrap().stdout;
    let help = String::from_utf8(help).unwrap();
    let option = Regex::new("--[a-z][a-z-]+").unwrap();
    let elsewhere = ["--locked", "--path", "--check"];
    for found in option.find_iter(&page).filter(|found| !elsewhere.contains(&found.as_str())) {
        assert!(help.contains(found.as_str()), "`quater check` has no {}", found.as_str());
    }
    let formats = Regex::new(r"(?m)^ +- ([a-z]+):").unwrap();
    let formats: Vec<&str> =
        formats.captures_iter(&help).map(|found| found.get(1).unwrap().as_str()).collect();
    assert!(formats.contains(&"sarif"), "{help}");
    for format in formats.iter().filter(|format| !["error", "warning"].contains(format)) {
        assert!(page.contains(&format!("| `{format}` | ")), "{format} is not in the table");
    }
}
