//! A service that may be named before other words.
use crate::project;
use std::path::{Path, PathBuf};

/// Takes a target off the front of some words: what is written as a path, or is a folder that holds `.qtr` files.
/// Without one, this folder is meant.
pub(crate) fn split(words: &[String]) -> (PathBuf, &[String]) {
    match words.split_first() {
        Some((first, rest)) if is_target(first) => (PathBuf::from(first), rest),
        Some(_) | None => (PathBuf::from("."), words),
    }
}

fn is_target(word: &str) -> bool {
    let path = Path::new(word);
    let written = word == "." || word == ".." || word.contains(['/', '\\']) || word.ends_with(".qtr");
    let holds = || path.is_dir() && project::qtr_files(path).is_ok_and(|files| !files.is_empty());
    !word.starts_with('-') && (written || holds())
}
