//! Lines that a shell completes: words, inputs and values, of services here and elsewhere.
use super::{REFUNDS, Shop, quater, text};
use std::path::Path;
use std::process::Command;

/// What is typed, the last word not to its end, and words that it may become.
const LINES: [(&[&str], &[&str]); 15] = [
    (&["call", "p"], &["pay", "people"]),
    (&["call", "shop.qtr", "peo"], &["people"]),
    (&["call", "shop", "people", ""], &["join"]),
    (&["call", "--token", "call", "shop", "people", "join", "--r"], &["--role"]),
    (&["call", "people", "join", "--role", ""], &["clerk", "manager"]),
    (&["call", "people", "--json", "join", "--role=m"], &["--role=manager"]),
    (&["call", "sh"], &["shop"]),
    (&["actions", "describe", "shop", "peo"], &["people"]),
    (&["login", ""], &["shop"]),
    (&["remotes", "remove", "s"], &["shop"]),
    (&["completions", "ba"], &["bash"]),
    (&["call", "--token-file", "call", "shop", "people", "join", "--r"], &["--role"]),
    (&["explain", "E050"], &["E0501", "E0503"]),
    (&["explain-query", "shop.qtr", "pa"], &["pay"]),
    (&["audit", "shop.qtr", "--operation", "list"], &["list_refunds"]),
];

fn shop() -> Shop {
    let shop = Shop::open(REFUNDS);
    assert!(shop.quater(&["connect", "shop", &shop.url]).status.success());
    shop
}

#[test]
fn lines_are_completed() {
    let shop = shop();
    for (line, wanted) in LINES {
        for shell in ["bash", "zsh", "fish"] {
            let mut asked = quater(shop.path());
            asked.env("QUATER_COMPLETE", shell).env("_CLAP_COMPLETE_INDEX", line.len().to_string());
            let told = asked.args(["--", "quater"]).args(line).output().unwrap();
            let (found, complaints) = (text(&told.stdout), text(&told.stderr));
            // A description may stand behind a value.
            let values: Vec<&str> = found.split(['\n', '\u{b}', '\t']).collect();
            let is_there = |word: &&str| {
                values
                    .iter()
                    .any(|it| it.trim_end_matches(' ') == *word || it.starts_with(&format!("{word}:")))
            };
            assert!(wanted.iter().all(is_there), "{shell} {line:?}: {found}");
            assert_eq!(complaints, "", "{shell} {line:?}");
        }
    }
}

/// A folder without a service, and one whose service has errors, have no words, and nobody hears of that.
#[test]
fn nothing_is_said_in_the_middle_of_a_line() {
    let shop = shop();
    std::fs::write(shop.path().join("shop.qtr"), "service shop version 1 {").unwrap();
    for line in [&["call", ""][..], &["call", "nothing.qtr", ""], &["call", "shop.qtr", ""], &["nothing", ""]]
    {
        let mut asked = quater(shop.path());
        asked.env("QUATER_COMPLETE", "bash").env("_CLAP_COMPLETE_INDEX", line.len().to_string());
        let told = asked.args(["--", "quater"]).args(line).output().unwrap();
        assert_eq!((told.status.code(), text(&told.stderr)), (Some(0), String::new()), "{line:?}");
    }
}

/// The script, in the shell that everybody has.
#[test]
fn bash_completes_by_the_script() {
    let shop = shop();
    let program = Path::new(env!("CARGO_BIN_EXE_quater"));
    let path = format!("{}:/usr/bin:/bin", program.parent().unwrap().display());
    let asked = "source <(quater completions bash)\nCOMP_WORDS=(quater call people join --ro)\nCOMP_CWORD=4\n\
                 _clap_complete_quater quater --ro join\nprintf '%s\\n' \"${COMPREPLY[@]}\"";
    let mut bash = Command::new("bash");
    bash.args(["-c", asked]).current_dir(shop.path()).env("PATH", path);
    let told = bash.env("QUATER_HOME", shop.path().join("home")).output().unwrap();
    assert_eq!((text(&told.stdout).trim(), text(&told.stderr).trim()), ("--role", ""));
}
