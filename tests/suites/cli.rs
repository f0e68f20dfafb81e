//! Transcripts of the command line, run on the real binary: `tests/data/cli/*.transcript`.
//!
//! Lines at the margin are prose and begin a fresh folder, a copy of `tests/data/cli/files`; `EXAMPLES` stands for
//! the folder of the examples. Indented ones are
//! `$ command`, and what came of it: `? exit code` unless 0, `| standard output`, `! standard error`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use regex::Regex;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("tests/data/cli")
}

#[test]
fn transcripts_hold() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for entry in fs::read_dir(data()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "transcript") {
            count += 1;
            let want = fs::read_to_string(&path).unwrap();
            let got = replay(&want);
            if got != want && std::env::var_os("UPDATE_EXPECT").is_some() {
                fs::write(&path, got).unwrap();
            } else if got != want {
                wrong.push(format!("{}:\n{}", path.display(), first_difference(&want, &got)));
            }
        }
    }
    assert!(count > 0, "there are no transcripts");
    assert!(wrong.is_empty(), "{}\nUPDATE_EXPECT=1 writes what came instead", wrong.join("\n"));
}

/// A device that is always full stands for a disk that is.
#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_written_is_told() {
    let folder = fresh();
    fs::write(folder.path().join("shop.qtr"), "service shop version 1\n\nbroken\n").unwrap();
    let calls: [(&[&str], i32); 4] = [
        (&["llms"], 2),
        (&["explain", "E0101"], 2),
        (&["explain", "--help"], 2),
        (&["check", "shop.qtr", "--json"], 1),
    ];
    for (arguments, code) in calls {
        let start = |stdout: Stdio| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_quater"));
            command.args(arguments).current_dir(folder.path()).stdout(stdout).stderr(Stdio::piped());
            command.spawn().unwrap()
        };
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = start(full.into()).wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(said.contains("standard output cannot be written"), "{arguments:?}: {said}");

        let mut child = start(Stdio::piped());
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(if code == 2 { 0 } else { code }), "{arguments:?}: {output:?}");
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "", "{arguments:?}: a reader that has gone");
    }
}

fn first_difference(want: &str, got: &str) -> String {
    let (mut want, mut got) = (want.lines(), got.lines());
    let mut command = "";
    loop {
        match (want.next(), got.next()) {
            (None, None) => return "only the ends differ".to_owned(),
            (a, b) if a == b => command = a.filter(|line| line.starts_with("  $")).unwrap_or(command),
            (a, b) => return format!("{command}\n- {}\n+ {}", a.unwrap_or("(end)"), b.unwrap_or("(end)")),
        }
    }
}

fn replay(transcript: &str) -> String {
    let mut out = String::new();
    let mut folder = fresh();
    let mut in_prose = true;
    for line in transcript.lines() {
        if let Some(command) = line.strip_prefix("  $ ") {
            writeln!(out, "{line}").unwrap();
            outcome(&run(command, folder.path()), folder.path(), &mut out);
            in_prose = false;
        } else if !line.starts_with("  ") {
            if !in_prose && !line.is_empty() {
                (folder, in_prose) = (fresh(), true);
            }
            writeln!(out, "{line}").unwrap();
        }
    }
    out
}

fn fresh() -> TempDir {
    let folder = TempDir::new().unwrap();
    for entry in fs::read_dir(data().join("files")).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), folder.path().join(entry.file_name())).unwrap();
    }
    fs::write(folder.path().join("latin1.qtr"), b"service a version 1\n// caf\xe9\n").unwrap();
    folder
}

/// Runs `NAME=value… program words… [< file]`; words may be put into single quotes.
fn run(line: &str, folder: &Path) -> Output {
    let mut words = words(line).into_iter().peekable();
    let mut variables = Vec::new();
    while let Some((name, value)) = words.peek().and_then(|word| word.split_once('=')) {
        variables.push((name.to_owned(), value.to_owned()));
        words.next();
    }
    let program = words.next().expect("a command");
    let examples = data().join("../../../examples");
    let examples = examples.to_string_lossy();
    let mut arguments: Vec<String> = words.map(|word| word.replace("EXAMPLES", &examples)).collect();
    let input = match arguments.iter().position(|word| word == "<") {
        Some(at) => fs::read(folder.join(arguments.drain(at..).nth(1).expect("a file behind `<`"))).unwrap(),
        None => Vec::new(),
    };
    let program = if program == "quater" { env!("CARGO_BIN_EXE_quater").to_owned() } else { program };
    let mut child = Command::new(&program)
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .envs(variables)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|e| panic!("{program}: {e}"));
    // A command that does not read its input closes it.
    _ = child.stdin.take().unwrap().write_all(&input);
    child.wait_with_output().unwrap()
}

fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted, mut open) = (Vec::new(), String::new(), false, false);
    for c in line.chars() {
        match c {
            '\'' => (quoted, open) = (!quoted, true),
            ' ' if !quoted => {
                if open {
                    words.push(std::mem::take(&mut word));
                }
                open = false;
            }
            c => {
                word.push(c);
                open = true;
            }
        }
    }
    words.extend(open.then_some(word));
    words
}

fn outcome(output: &Output, folder: &Path, out: &mut String) {
    let code = output.status.code().expect("an exit code");
    if code != 0 {
        writeln!(out, "  ? {code}").unwrap();
    }
    for (sigil, bytes) in [('|', &output.stdout), ('!', &output.stderr)] {
        let text = String::from_utf8(bytes.clone()).expect("output is UTF-8");
        for line in steady(&text, folder).lines() {
            writeln!(out, "{}", format!("  {sigil} {line}").trim_end()).unwrap();
        }
    }
}

/// The text without what differs from run to run.
fn steady(text: &str, folder: &Path) -> String {
    let text =
        text.replace(&*folder.to_string_lossy(), "FOLDER").replace(env!("CARGO_PKG_VERSION"), "VERSION");
    let changing = [
        ("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UUID"),
        ("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z", "INSTANT"),
        // A column is as wide as its longest time.
        ("[0-9]+[.][0-9] ms {2,}", "TIME  "),
        ("took {2,}", "took  "),
        ("[0-9]+[.][0-9] ms", "TIME"),
        ("\"took\":[0-9]+", "\"took\":TIME"),
    ];
    changing.iter().fold(text, |text, (pattern, name)| {
        Regex::new(pattern).unwrap().replace_all(&text, *name).into_owned()
    })
}
