//! Editors that nobody here wrote, over the real binary: the client library of Visual Studio Code with the
//! capabilities of six editors, Neovim and Emacs without a screen, Helix in a terminal, the highlighter and the packager
//! of the extension.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

#[path = "matrix/judges.rs"]
mod judges;

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

const QUATER: &str = env!("CARGO_BIN_EXE_quater");

#[track_caller]
fn succeeds(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let said =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}\n{said}");
    said
}

/// A program of Node, with a Node that is new enough, where the tools of the extension are.
fn node(program: &Path) -> Command {
    let folder = judges::folder();
    let mut path = OsString::from(folder.join("node_modules/node/bin"));
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap());
    let mut command = Command::new("node");
    command.env("PATH", path).arg(program).current_dir(folder.join("editor"));
    command
}

#[test]
fn a_client_that_others_wrote_understands_every_answer() {
    if judges::ready() {
        let client = judges::root().join("tests/judges/editor_client.mjs");
        let said = succeeds(node(&client).arg(QUATER));
        assert_eq!(said.matches("every answer is as the protocol has it").count(), 6, "{said}");
    }
}

#[test]
fn neovim_shows_mends_and_renames() {
    if Command::new("nvim").arg("--version").output().is_err() {
        assert!(std::env::var_os("CI").is_none(), "in CI nothing is skipped: there is no nvim here");
        return;
    }
    let script = judges::root().join("tests/judges/editor.lua");
    let home = TempDir::new().unwrap();
    let mut nvim = Command::new("nvim");
    nvim.args(["--headless", "--clean", "-c"]).arg(format!("luafile {}", script.display()));
    let said =
        succeeds(nvim.env("QUATER", QUATER).env("HOME", home.path()).env("XDG_STATE_HOME", home.path()));
    assert!(said.contains("reported, mended, renamed over two files"), "{said}");
}

#[test]
fn emacs_set_up_by_the_manual_shows_and_renames() {
    if Command::new("emacs").arg("--version").output().is_err() {
        assert!(std::env::var_os("CI").is_none(), "in CI nothing is skipped: there is no emacs here");
        return;
    }
    let folder = TempDir::new().unwrap();
    let mut emacs = Command::new("emacs");
    emacs.args(["-q", "--batch", "-l"]).arg(judges::root().join("tests/judges/editor.el"));
    emacs.env("DOCS", judges::root().join("docs/editors.md")).env("FOLDER", folder.path());
    let said = succeeds(emacs.env("QUATER", QUATER).env("HOME", folder.path()));
    assert!(said.contains("reported, mended, renamed over two files"), "{said}");
}

#[test]
#[ignore = "wants `hx`, Helix 25.01, which Debian 12 does not have"]
fn helix_set_up_by_the_manual_shows_mends_and_renames() {
    let folder = TempDir::new().unwrap();
    let mut helix = Command::new("python3");
    helix.arg(judges::root().join("tests/judges/editor_helix.py")).arg("hx");
    helix.env("DOCS", judges::root().join("docs/editors.md")).env("FOLDER", folder.path());
    helix.env("GRAMMAR", judges::root().join("editors/tree-sitter-quater"));
    let said = succeeds(helix.env("QUATER", QUATER));
    assert!(said.contains("coloured, reported, mended, renamed over two files"), "{said}");
}

#[test]
#[ignore = "wants `tree-sitter` 0.25.10, which takes minutes to build"]
fn the_parser_is_what_tree_sitter_makes_of_its_grammar() {
    let (kept, folder) = (judges::root().join("editors/tree-sitter-quater"), TempDir::new().unwrap());
    for file in ["grammar.js", "tree-sitter.json"] {
        fs::copy(kept.join(file), folder.path().join(file)).unwrap();
    }
    succeeds(Command::new("tree-sitter").args(["generate", "--abi", "14"]).current_dir(folder.path()));
    for file in ["src/parser.c", "src/grammar.json", "src/tree_sitter/parser.h"] {
        let made = fs::read(folder.path().join(file)).unwrap();
        assert!(fs::read(kept.join(file)).unwrap() == made, "{file} is not what is made of grammar.js");
    }
}

/// Every file below some folders that holds a service that is right.
fn right_programs() -> Vec<PathBuf> {
    let root = judges::root();
    let mut open: Vec<PathBuf> =
        vec![root.join("examples"), root.join("tests/doors"), root.join("tests/cases/matrix")];
    let mut found = Vec::new();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|extension| extension == "qtr") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The same, and every block of the manual.
fn corpus(folder: &Path) -> Vec<PathBuf> {
    let mut files = right_programs();
    assert!(files.len() > 2);
    let manual = fs::read_to_string(judges::root().join("docs/language.md")).unwrap();
    for (nth, block) in manual.split("```qtr").skip(1).enumerate() {
        let (_, body) = block.split_once('\n').unwrap();
        let path = folder.join(format!("manual{nth}.qtr"));
        fs::write(&path, body.split("\n```").next().unwrap().to_owned() + "\n").unwrap();
        files.push(path);
    }
    files
}

#[test]
fn highlighting_gives_each_word_and_literal_its_scope() {
    if judges::ready() {
        let folder = TempDir::new().unwrap();
        let source = judges::root().join("editors/vscode");
        let place = judges::folder().join("editor");
        // The installed folder has the tools; what is judged are the files as they are now.
        for file in ["scopes.mjs", "syntaxes/quater.tmLanguage.json"] {
            fs::copy(source.join(file), place.join(file)).unwrap();
        }
        succeeds(node(&place.join("scopes.mjs")).args(corpus(folder.path())));
    }
}

#[test]
fn the_tree_of_every_right_program_has_no_error() {
    if judges::ready() {
        let folder = TempDir::new().unwrap();
        let files = corpus(folder.path());
        let mut judge = Command::new(judges::folder().join("python/bin/python"));
        judge.arg(judges::root().join("tests/judges/tree_sitter.py"));
        judge.arg(judges::root().join("editors/tree-sitter-quater")).arg(folder.path());
        let said = succeeds(judge.args(files));
        assert!(said.contains(" 0 errors, queries: folds, highlights"), "{said}");
    }
}

#[test]
fn the_extension_packages() {
    if judges::ready() {
        let folder = TempDir::new().unwrap();
        let package = folder.path().join("quater.vsix");
        let packager = judges::folder().join("editor/node_modules/@vscode/vsce/vsce");
        let said =
            succeeds(node(&packager).args(["package", "--allow-missing-repository", "-o"]).arg(&package));
        assert!(fs::metadata(&package).unwrap().len() > 100_000, "{said}");
        assert!(said.contains("vscode-languageclient") && said.contains("quater.tmLanguage.json"), "{said}");
    }
}
