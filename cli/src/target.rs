//! What a command is about: a service here, or one elsewhere.
use crate::failure::Failure;
use crate::project;
use crate::remotes::{Remote, Remotes};
use std::path::{Path, PathBuf};

/// A service that was named before other words.
pub(crate) enum Target {
    /// Its files.
    Here(PathBuf),
    /// Its address, and the caller's token.
    There(Remote),
}

/// Takes a target off the front of some words: what is written as a path, or is a folder that holds `.qtr` files, or
/// the name of a remote. Without one, this folder is meant.
pub(crate) fn split(words: &[String]) -> Result<(Target, &[String]), Failure> {
    let here = || (Target::Here(PathBuf::from(".")), words);
    let Some((first, rest)) = words.split_first() else { return Ok(here()) };
    if is_path(first) {
        return Ok((Target::Here(PathBuf::from(first)), rest));
    }
    if let Some(remote) = Remotes::load()?.get(first) {
        return Ok((Target::There(remote.clone()), rest));
    }
    let is_nothing = || project::qtr_files(Path::new(".")).is_ok_and(|files| files.is_empty());
    if !first.starts_with('-') && is_nothing() {
        return Err(Failure::NoTarget { word: first.clone() });
    }
    Ok(here())
}

/// The same for commands that need the files.
pub(crate) fn path(words: &[String]) -> (PathBuf, &[String]) {
    match words.split_first() {
        Some((first, rest)) if is_path(first) => (PathBuf::from(first), rest),
        Some(_) | None => (PathBuf::from("."), words),
    }
}

/// Whether a target is named as a built service.
pub(crate) fn is_built(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "qir")
}

/// Whether a word is written as a path, or is a folder that holds `.qtr` files.
pub(crate) fn is_path(word: &str) -> bool {
    let path = Path::new(word);
    let written =
        word == "." || word == ".." || word.contains(['/', '\\']) || word.ends_with(".qtr") || is_built(path);
    let holds = || path.is_dir() && project::qtr_files(path).is_ok_and(|files| !files.is_empty());
    !word.starts_with('-') && (written || holds())
}
