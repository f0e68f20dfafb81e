//! Secrets come from where nobody else reads them: variables, files, standard input.
use super::{REFUNDS, Shop, quater, text};
use serde_json::{Value as Json, json};
use std::fs;
use std::io::Write;
use std::process::{Output, Stdio};

const SAFE: &str = r#"service safe version 1

/// Say how long a word is.
operation weigh(word: text(..40) secret, token: text(..40)? secret, others: [text(..9)](..3) secret) -> { size: int } {
  cli "weigh"
  allow public
  limit 60/min per ip
  return { size: len(reveal word "its length alone") }
}
"#;

/// A command that something is typed for.
fn fed(shop: &Shop, arguments: &[&str], input: &str) -> Output {
    let mut command = quater(shop.path());
    let piped = || Stdio::piped();
    let mut child = command.args(arguments).stdin(piped()).stdout(piped()).stderr(piped()).spawn().unwrap();
    // A command that does not read its input closes it.
    _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn weigh<'a>(target: &'a str, rest: &[&'a str]) -> Vec<&'a str> {
    [&["call", target, "weigh", "--others", "a", "--json"], rest].concat()
}

fn list(output: &Output) -> Json {
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_credential_comes_from_a_variable_a_file_or_standard_input() {
    let shop = Shop::open(REFUNDS);
    shop.quater(&["connect", "shop", &shop.url]);
    let cleo = shop.join("cleo", "clerk");
    let file = shop.path().join("token");
    fs::write(&file, format!("{cleo}\n")).unwrap();
    let file = file.to_str().unwrap();
    for target in ["shop", "shop.qtr"] {
        let before = ["call", "--token-file", file, target, "refunds", "--json"];
        let behind = ["call", target, "refunds", "--json", "--token-file", file];
        let piped = ["call", target, "refunds", "--json", "--token-file", "-"];
        let first = ["call", "--token-file", "-", target, "refunds", "--json"];
        let of_all = ["approvals", "list", target, "--json", "--token-file", file];
        for arguments in [&before[..], &behind, &of_all] {
            list(&shop.quater(arguments));
        }
        for arguments in [&piped[..], &first] {
            assert_eq!(list(&fed(&shop, arguments, &format!("{cleo}\n"))), json!([]), "{target}");
        }
        for (variable, value) in [("QUATER_TOKEN", cleo.as_str()), ("QUATER_TOKEN_FILE", file)] {
            let mut command = quater(shop.path());
            list(&command.args(["call", target, "refunds", "--json"]).env(variable, value).output().unwrap());
        }
        // What is said on the command line goes before what surrounds it, and two are one too many.
        let mut command = quater(shop.path());
        list(&command.args(before).env("QUATER_TOKEN", "no.such.token").output().unwrap());
        for arguments in [
            &["call", "--token", "a", "--token-file", file, target, "refunds"][..],
            &["call", target, "refunds", "--token", "a", "--token-file", file],
            &["call", target, "refunds", "--token-file", "nothing"],
        ] {
            assert_eq!(shop.quater(arguments).status.code(), Some(2), "{arguments:?}");
        }
        let empty = fed(&shop, &piped, "\n");
        assert_eq!(empty.status.code(), Some(2), "{empty:?}");
        assert!(text(&empty.stdout).contains("standard input holds no token"), "{empty:?}");
    }
    let checked = shop.quater(&["conform", "shop", "--token-file", file]);
    assert_eq!(checked.status.code(), Some(0), "{}", text(&checked.stdout));
    assert_eq!(fed(&shop, &["login", "shop"], &cleo).status.code(), Some(0));
    list(&shop.quater(&["call", "shop", "refunds", "--json"]));
    let agent = fed(&shop, &["mcp", "shop.qtr", "--token-file", "-"], &cleo);
    assert_eq!(agent.status.code(), Some(2), "{agent:?}");
}

#[test]
fn a_secret_input_comes_from_a_file_or_standard_input() {
    let shop = Shop::open(SAFE);
    shop.quater(&["connect", "shop", &shop.url]);
    fs::write(shop.path().join("word"), "four\n").unwrap();
    for target in ["shop", "shop.qtr"] {
        assert_eq!(list(&shop.quater(&weigh(target, &["--word-file", "word"])))["size"], 4);
        assert_eq!(list(&fed(&shop, &weigh(target, &["--word-file", "-"]), "seven77"))["size"], 7);
        let twice = fed(&shop, &weigh(target, &["--word-file", "-", "--token-file", "-"]), "a");
        assert_eq!(twice.status.code(), Some(2), "{twice:?}");
        assert!(text(&twice.stdout).contains("can be read once"), "{twice:?}");
        let both = shop.quater(&weigh(target, &["--word-file", "word", "--word", "a"]));
        assert_eq!(both.status.code(), Some(2), "{both:?}");
    }
    let help = text(&shop.quater(&["call", "shop.qtr", "weigh", "--help"]).stdout);
    assert!(help.contains("--word-file <FILE>") && !help.contains("--others-file"), "{help}");
    // The input has the name of the option, which then stands before the words.
    assert!(help.contains("`--token` is an input here"), "{help}");
    assert!(help.contains("`--token-file` is an input here"), "{help}");
    let log = fs::read(shop.path().join("shop.db")).unwrap_or_default();
    assert!(!text(&log).contains("seven77"), "a secret is kept nowhere");
}
