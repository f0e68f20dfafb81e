//! Files on the command line: `@path`, or `@-` for standard input.
use crate::failure::Failure;
use std::fs::File;
use std::io::{Read, stdin};
use std::path::{Path, PathBuf};

/// A file of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenFile {
    /// The input that it is for.
    pub input: String,
    /// Where it is; nothing for standard input.
    path: Option<PathBuf>,
}

/// What somebody typed for a file.
pub fn typed(text: &str) -> Result<String, String> {
    match text.strip_prefix('@') {
        Some(path) if !path.is_empty() => Ok(text.to_owned()),
        _ => Err("a file is `@PATH`, or `@-` for standard input".to_owned()),
    }
}

impl GivenFile {
    /// The file that was typed for an input.
    pub fn new(input: &str, typed: &str) -> Self {
        let path = typed.strip_prefix('@').unwrap_or(typed);
        Self { input: input.to_owned(), path: (path != "-").then(|| PathBuf::from(path)) }
    }

    /// Whether it can be read only once.
    pub const fn is_input(&self) -> bool {
        self.path.is_none()
    }

    /// What it is called.
    pub fn name(&self) -> String {
        let name = self.path.as_deref().and_then(Path::file_name);
        name.map_or_else(|| "stdin".to_owned(), |name| name.to_string_lossy().into_owned())
    }

    /// Its bytes, as they come.
    pub fn open(&self) -> Result<Box<dyn Read + Send>, Failure> {
        let Some(path) = &self.path else { return Ok(Box::new(stdin())) };
        let unreadable = |why| Failure::Unreadable { path: path.clone(), why };
        let file = File::open(path).map_err(unreadable)?;
        if file.metadata().map_err(unreadable)?.is_dir() {
            return Err(unreadable(std::io::ErrorKind::IsADirectory.into()));
        }
        Ok(Box::new(file))
    }
}

#[cfg(test)]
mod tests {
    use super::{GivenFile, typed};

    #[test]
    fn files_are_told_from_other_texts() {
        assert!(typed("photo.png").is_err() && typed("@").is_err() && typed("").is_err());
        assert!(typed("@photo.png").is_ok() && typed("@-").is_ok());
        assert!(GivenFile::new("photo", "@-").is_input());
        assert_eq!(GivenFile::new("photo", "@a/b.png").name(), "b.png");
    }
}
