//! Why a command could not do its work; findings in a `.qtr` file are reports instead.
use crate::exit::Exit;
use miette::Diagnostic;
use quater_compiler::contract::Unreadable;
use quater_host::failure::Failure as Hosted;
use std::io;
use std::path::PathBuf;
use thiserror::Error;

/// An operational error.
#[derive(Debug, Error, Diagnostic)]
pub(crate) enum Failure {
    #[error(transparent)]
    #[diagnostic(transparent)]
    Hosted(#[from] Hosted),

    #[error("`{path}` does not end with `.qir`, by which a built service is known")]
    #[diagnostic(help("name it so, or leave `--ir` out for an executable"))]
    NotQir { path: PathBuf },

    #[error("there is no `{path}`, which a built service is a copy of")]
    #[diagnostic(help(
        "`cargo build` in a checkout makes it beside `quater`, and `cargo install --path cli` installs both; \
         `--runner PATH` names one that is elsewhere"
    ))]
    NoRunner { path: PathBuf },

    #[error("`{path}` is no runner that a service can be put behind: {why}")]
    #[diagnostic(help(
        "name a `quater-runner` of this version as it was built: neither stripped nor packed, for the system that \
         the service is for"
    ))]
    OtherRunner { path: PathBuf, why: quater_host::carried::NoRunner },

    #[error("`{folder}` holds no file with a `service` declaration")]
    #[diagnostic(help(
        "write `service name version 1` in one of its `.qtr` files, or make a new one with `quater new`"
    ))]
    NoService { folder: PathBuf },

    #[error(
        "`{word}` is neither a file, a folder with a service nor a remote, and this folder holds no service"
    )]
    #[diagnostic(help(
        "name the service first, as in `quater call ./shop {word}`; `quater remotes list` shows the remotes"
    ))]
    NoTarget { word: String },

    #[error("`{folder}` holds {} services: {}", files.len(), listed(files))]
    #[diagnostic(help("name the file instead of the folder"))]
    ManyServices { folder: PathBuf, files: Vec<PathBuf> },

    #[error("`{name}` cannot be the name of a service")]
    #[diagnostic(help("a name begins with a letter and has only lower-case letters, digits, `_` and `-`"))]
    BadName { name: String },

    #[error("`{path}` is there already")]
    #[diagnostic(help("give the new service another name, or remove that folder"))]
    Exists { path: PathBuf },

    #[error("one operation is explained at a time")]
    #[diagnostic(help(
        "write `quater explain-query FOLDER OPERATION`; `quater actions list` names what can be called"
    ))]
    OneOperation,

    #[error("`{path}` does not hold remotes")]
    #[diagnostic(help("remove it and `quater connect` anew"))]
    BadRemotes {
        path: PathBuf,
        #[source]
        why: serde_json::Error,
    },

    #[error("there is no place to keep remotes in")]
    #[diagnostic(help("set `HOME`, or `QUATER_HOME` to a folder"))]
    NoHome,

    #[error("`{name}` is no remote")]
    #[diagnostic(help(
        "`quater connect {name} URL` makes it one; `quater remotes list` shows those that are known"
    ))]
    NoRemote { name: String },

    #[error("`{name}` cannot be the name of a remote")]
    #[diagnostic(help("a name has letters, digits, `-` and `_`"))]
    BadRemoteName { name: String },

    #[error("there is no token")]
    #[diagnostic(help("give it in `QUATER_TOKEN`, with `--token-file`, or on standard input"))]
    NoToken,

    #[error("`{url}` is not usable: {why}")]
    BadUrl { url: String, why: &'static str },

    #[error("the service at `{url}` cannot be reached")]
    Unreached {
        url: String,
        #[source]
        why: reqwest::Error,
    },

    #[error("the service at `{url}` hung up before it answered")]
    #[diagnostic(help("whether the call was done is not known; one with `--key` may be made again"))]
    HungUp { url: String },

    #[error("the service at `{url}` tells only those who are signed in what it can do")]
    #[diagnostic(help(
        "`quater login` keeps a token for a remote; `QUATER_TOKEN` or `--token-file` is one for a call"
    ))]
    SignedOut { url: String },

    #[error("what answers at `{url}` has no actions, or does not speak version 1 of the action protocol")]
    #[diagnostic(help("an operation with a `cli` line is an action"))]
    NoActions { url: String },

    #[error("`cargo` does not do its work")]
    #[diagnostic(help("a service with bodies in Rust is built by cargo: https://rustup.rs has it"))]
    Cargo {
        #[source]
        why: io::Error,
    },

    #[error("files cannot be watched")]
    Watch {
        #[source]
        why: notify::Error,
    },

    #[error("the editor's connection broke")]
    Editor {
        #[source]
        why: quater_lsp::Broken,
    },

    #[error("two outputs go to {}", file.as_ref().map_or("standard output".to_owned(), |file| format!("`{}`", file.display())))]
    #[diagnostic(help("give each a file of its own: `--output sarif=report.sarif --output github`"))]
    SameOutput { file: Option<PathBuf> },

    #[error("`{name}` is no lock that can be compared: {why}")]
    #[diagnostic(help("`quater lock` writes it anew from the service"))]
    Lock { name: String, why: Unreadable },

    #[error("`{name}` has {errors} {}, so nothing can be compared with it", if *errors == 1 { "error" } else { "errors" })]
    #[diagnostic(help("`quater check` shows what is wrong with a service"))]
    Uncheckable { name: String, errors: usize },

    #[error("`{revision}` is no revision of a repository here")]
    #[diagnostic(help("write `git:` and a branch, a tag or a commit, as in `git:main`"))]
    NoRevision { revision: String },

    #[error("`{revision}` holds neither `quater.lock` nor a service in this folder")]
    #[diagnostic(help("name a revision in which the service was there already"))]
    NothingThen { revision: String },

    #[error("`git` cannot be started")]
    #[diagnostic(help("it reads the files of `git:…`; compare with a file instead, or install it"))]
    NoGit {
        #[source]
        why: io::Error,
    },

    #[error("there is no baseline `{path}`")]
    #[diagnostic(help("make it with `--write-baseline`"))]
    NoBaseline { path: PathBuf },

    #[error("`{path}` is no baseline of this version")]
    #[diagnostic(help("write it anew with `--write-baseline`"))]
    Baseline {
        path: PathBuf,
        #[source]
        why: Option<serde_json::Error>,
    },

    #[error("the fixes come to no end, so none was made")]
    #[diagnostic(help(
        "`--fix --diff` would not end either; mend the findings by hand, and tell us of them"
    ))]
    EndlessFixes,

    #[error("there is no code `{code}`")]
    #[diagnostic(help("{help}"))]
    UnknownCode { code: String, help: String },
}

impl Failure {
    /// How a process ends that fails so.
    pub(crate) fn exit(&self) -> Exit {
        if let Self::Hosted(failure) = self {
            failure.exit()
        } else if matches!(self, Self::Unreached { .. } | Self::HungUp { .. } | Self::NoActions { .. }) {
            Exit::Unreached
        } else if matches!(self, Self::SignedOut { .. }) {
            Exit::Denied
        } else {
            Exit::Usage
        }
    }
}

fn listed(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| format!("`{}`", path.display())).collect::<Vec<_>>().join(", ")
}
