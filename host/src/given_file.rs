//! Files on the command line: `@path`, or `@-` for standard input; behind it what they are, as in `@-;type=text/csv`.
use crate::failure::Failure;
use crate::secret;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// What stands before the media type of a file.
const TYPE: &str = ";type=";

/// What stands before its name.
const NAME: &str = ";filename=";

/// A file of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenFile {
    /// The input that it is for.
    pub input: String,
    /// Where it is; nothing for standard input.
    path: Option<PathBuf>,
    /// What it is called, where that is said.
    name: Option<String>,
    /// Its media type, where that is said.
    media: Option<String>,
}

/// What somebody typed for a file.
pub fn typed(text: &str) -> Result<String, String> {
    let file = GivenFile::new("", text);
    if text.strip_prefix('@').is_none_or(|path| path.is_empty() || path.starts_with(';')) {
        return Err(
            "a file is `@PATH`, or `@-` for standard input, with `;type=` and `;filename=` behind it where \
                    its name does not tell"
                .to_owned(),
        );
    }
    match file.media {
        Some(media) if !is_media(&media) => {
            Err(format!("`{media}` is no media type: write one such as `text/csv`"))
        }
        Some(_) | None => Ok(text.to_owned()),
    }
}

/// Whether a text is a media type without parameters.
fn is_media(text: &str) -> bool {
    let token = |part: &str| {
        let fits = |it: u8| it.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&it);
        !part.is_empty() && part.bytes().all(fits)
    };
    text.split_once('/').is_some_and(|(kind, of)| token(kind) && token(of))
}

impl GivenFile {
    /// The file that was typed for an input.
    pub fn new(input: &str, typed: &str) -> Self {
        let (mut path, mut name, mut media) = (typed.strip_prefix('@').unwrap_or(typed), None, None);
        while let Some((before, behind)) = path.rfind(';').map(|at| path.split_at(at)) {
            if let (Some(said), None) = (behind.strip_prefix(TYPE), &media) {
                media = Some(said.to_owned());
            } else if let (Some(said), None) = (behind.strip_prefix(NAME), &name) {
                name = Some(said.to_owned());
            } else {
                break;
            }
            path = before;
        }
        Self { input: input.to_owned(), path: (path != "-").then(|| PathBuf::from(path)), name, media }
    }

    /// Whether it can be read only once.
    pub const fn is_input(&self) -> bool {
        self.path.is_none()
    }

    /// What it is called.
    pub fn name(&self) -> String {
        let own = || self.path.as_deref().and_then(Path::file_name);
        let name = self.name.clone().or_else(|| own().map(|name| name.to_string_lossy().into_owned()));
        name.unwrap_or_else(|| "stdin".to_owned())
    }

    /// Its media type: what is said, else what its name tells.
    pub fn media(&self) -> String {
        self.media.clone().unwrap_or_else(|| quater_runtime::http::media_of(&self.name()).to_owned())
    }

    /// Its bytes, as they come.
    pub fn open(&self) -> Result<Box<dyn Read + Send>, Failure> {
        let Some(path) = &self.path else { return Ok(Box::new(secret::input()?)) };
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

    #[test]
    fn what_a_file_is_stands_behind_it() {
        let told = |text: &str| {
            let file = GivenFile::new("sheet", text);
            (file.path.map(|path| path.display().to_string()), file.name, file.media)
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(told("@-;type=text/csv"), (None, None, some("text/csv")));
        assert_eq!(told("@a;b.csv"), (some("a;b.csv"), None, None));
        assert_eq!(
            told("@a.bin;type=text/csv;filename=b;c"),
            (some("a.bin;type=text/csv;filename=b;c"), None, None)
        );
        let both = (None, some("b.csv"), some("text/csv"));
        assert_eq!(
            [told("@-;type=text/csv;filename=b.csv"), told("@-;filename=b.csv;type=text/csv")],
            [both.clone(), both]
        );
        assert_eq!(GivenFile::new("sheet", "@-;filename=b.csv").media(), "text/csv; charset=utf-8");
        assert_eq!(GivenFile::new("sheet", "@-").media(), "application/octet-stream");
        assert!(
            typed("@-;type=csv").is_err()
                && typed("@;type=text/csv").is_err()
                && typed("@-;type=a/b c").is_err()
        );
    }
}
