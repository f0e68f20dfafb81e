//! Why a command could not do its work; findings in a `.qtr` file are reports instead.
use miette::Diagnostic;
use std::io;
use std::path::PathBuf;
use thiserror::Error;

/// An operational error.
#[derive(Debug, Error, Diagnostic)]
pub(crate) enum Failure {
    #[error("there is no `{path}`")]
    #[diagnostic(help("name a `.qtr` file, or a folder that holds a service"))]
    Missing { path: PathBuf },

    #[error("`{path}` cannot be read")]
    Unreadable {
        path: PathBuf,
        #[source]
        why: io::Error,
    },

    #[error("`{path}` cannot be written")]
    Unwritable {
        path: PathBuf,
        #[source]
        why: io::Error,
    },

    #[error("`{path}` is not UTF-8: line {line} holds bytes that are no text")]
    #[diagnostic(help("save the file as UTF-8"))]
    NotUtf8 { path: PathBuf, line: usize },

    #[error("`{path}` is larger than {} MB", crate::project::LARGEST >> 20)]
    #[diagnostic(help("a service of that size is better written as several files with `use`"))]
    TooLarge { path: PathBuf },

    #[error("`{folder}` holds no file with a `service` declaration")]
    #[diagnostic(help(
        "write `service name version 1` in one of its `.qtr` files, or make a new one with `quater new`"
    ))]
    NoService { folder: PathBuf },

    #[error("`{folder}` holds {} services: {}", files.len(), listed(files))]
    #[diagnostic(help("name the file instead of the folder"))]
    ManyServices { folder: PathBuf, files: Vec<PathBuf> },

    #[error("`{path}` line {line}: {why}")]
    #[diagnostic(help("each line is `NAME=value`, empty, or a comment that begins with `#`"))]
    EnvFile { path: PathBuf, line: usize, why: &'static str },

    #[error("`{name}` cannot be the name of a service")]
    #[diagnostic(help("a name begins with a letter and has only lower-case letters, digits, `_` and `-`"))]
    BadName { name: String },

    #[error("`{path}` is there already")]
    #[diagnostic(help("give the new service another name, or remove that folder"))]
    Exists { path: PathBuf },

    #[error("the editor's connection broke")]
    Editor {
        #[source]
        why: quater_lsp::Broken,
    },

    #[error("there is no code `{code}`")]
    #[diagnostic(help("{help}"))]
    UnknownCode { code: String, help: String },
}

fn listed(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| format!("`{}`", path.display())).collect::<Vec<_>>().join(", ")
}
