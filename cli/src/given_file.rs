//! Files on the command line: `@path`, or `@-` for standard input.
use crate::failure::Failure;
use clap_complete::engine::{CompletionCandidate, PathCompleter, ValueCompleter};
use std::ffi::OsStr;
use std::fs::File;
use std::io::{Cursor, Read, stdin};
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// A file of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GivenFile {
    /// The input that it is for.
    pub(crate) input: String,
    /// Where it is; nothing for standard input.
    path: Option<PathBuf>,
}

/// What somebody typed for a file.
pub(crate) fn typed(text: &str) -> Result<String, String> {
    match text.strip_prefix('@') {
        Some(path) if !path.is_empty() => Ok(text.to_owned()),
        _ => Err("a file is `@PATH`, or `@-` for standard input".to_owned()),
    }
}

/// How a path that somebody has begun to type may go on.
pub(crate) fn paths(begun: &OsStr) -> Vec<CompletionCandidate> {
    let begun = begun.to_string_lossy();
    let found = PathCompleter::any().complete(OsStr::new(begun.strip_prefix('@').unwrap_or(&begun)));
    found.into_iter().map(|path| path.add_prefix("@")).collect()
}

impl GivenFile {
    /// The file that was typed for an input.
    pub(crate) fn new(input: &str, typed: &str) -> Self {
        let path = typed.strip_prefix('@').unwrap_or(typed);
        Self { input: input.to_owned(), path: (path != "-").then(|| PathBuf::from(path)) }
    }

    /// Whether it can be read only once.
    pub(crate) const fn is_input(&self) -> bool {
        self.path.is_none()
    }

    /// What it is called.
    pub(crate) fn name(&self) -> String {
        let name = self.path.as_deref().and_then(Path::file_name);
        name.map_or_else(|| "stdin".to_owned(), |name| name.to_string_lossy().into_owned())
    }

    /// Its bytes, as they come.
    pub(crate) fn open(&self) -> Result<Box<dyn Read + Send>, Failure> {
        let Some(path) = &self.path else { return Ok(Box::new(stdin())) };
        let unreadable = |why| Failure::Unreadable { path: path.clone(), why };
        let file = File::open(path).map_err(unreadable)?;
        if file.metadata().map_err(unreadable)?.is_dir() {
            return Err(unreadable(std::io::ErrorKind::IsADirectory.into()));
        }
        Ok(Box::new(file))
    }
}

/// A body of several parts (RFC 7578): the call, then its files as they are read; and the boundary between them.
pub(crate) fn body(call: &str, files: &[GivenFile]) -> Result<(Box<dyn Read + Send>, String), Failure> {
    let boundary = Uuid::new_v4().simple().to_string();
    let text = |text: String| Cursor::new(text.into_bytes());
    let head = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"call\"\r\n\r\n{call}\r\n");
    let mut body: Box<dyn Read + Send> = Box::new(text(head));
    for file in files {
        let (input, name) = (&file.input, file.name());
        let media = quater_runtime::http::media_of(&name);
        let quoted: String = name.chars().filter(|it| !it.is_control()).collect();
        let quoted = quoted.replace('"', "%22");
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"input.{input}\"; filename=\"{quoted}\"\r\n\
             Content-Type: {media}\r\n\r\n"
        );
        body = Box::new(body.chain(text(head)).chain(file.open()?).chain(text("\r\n".to_owned())));
    }
    Ok((Box::new(body.chain(text(format!("--{boundary}--\r\n")))), boundary))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::{GivenFile, body, typed};
    use std::io::Read;

    #[test]
    fn files_are_told_from_other_texts() {
        assert!(typed("photo.png").is_err() && typed("@").is_err() && typed("").is_err());
        assert!(typed("@photo.png").is_ok() && typed("@-").is_ok());
        assert!(GivenFile::new("photo", "@-").is_input());
        assert_eq!(GivenFile::new("photo", "@a/b.png").name(), "b.png");
    }

    #[test]
    fn a_body_has_the_call_first() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a\"b.csv");
        std::fs::write(&path, "1,2").unwrap();
        let file = GivenFile::new("sheet", &format!("@{}", path.display()));
        let (mut body, boundary) = body("{}", &[file]).unwrap();
        let mut text = String::new();
        body.read_to_string(&mut text).unwrap();
        let wanted = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"call\"\r\n\r\n{{}}\r\n--{boundary}\r\n\
             Content-Disposition: form-data; name=\"input.sheet\"; filename=\"a%22b.csv\"\r\n\
             Content-Type: text/csv\r\n\r\n1,2\r\n--{boundary}--\r\n"
        );
        assert_eq!(text.replace("; charset=utf-8", ""), wanted);
    }
}
