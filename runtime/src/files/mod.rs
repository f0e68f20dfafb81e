//! Stored files: bytes in a folder or a bucket, each file under a key of its own. What is known of a file stands in
//! the row that keeps it; the bytes are there, whole and safe, before that row is committed.

mod bucket;
mod inline;
mod intake;
mod link;
mod receive;
mod sniff;
mod sweep;
mod upload;

use crate::facts::Facts;
use crate::service::{Settings, StartError};
use crate::start;
use crate::value::File;
use bucket::Bucket;
use quater_ir::resource::ResourceKind;
use smol_str::SmolStr;
use std::path::{Path, PathBuf};
use std::{fs, io};
use tokio::io::AsyncSeekExt;

pub(crate) use intake::{Intake, rules};
pub(crate) use link::{Linked, linked, ticket};
pub(crate) use sweep::sweep;
pub(crate) use upload::{Announced, Claimed, Ticket, no_ticket};

/// Most bytes of a name that are kept.
const NAME: usize = 200;

/// Where files are.
pub(crate) struct Files {
    place: Place,
    /// Whether rows keep what is here; else it goes when its call has ended.
    kept: bool,
}

enum Place {
    Folder(PathBuf),
    Bucket(Bucket),
}

/// Bytes of a stored file, as they come.
pub(crate) enum Bytes {
    File(tokio::fs::File),
    Answer(reqwest::Body),
}

impl Files {
    /// The place of a program's files; one that does not outlive the process where no row keeps any.
    pub(crate) fn open(facts: &Facts, settings: &Settings) -> Result<Self, StartError> {
        let mut places = facts.program.resources.values().filter_map(|resource| match &resource.kind {
            ResourceKind::Files { url } => Some((&resource.name, url)),
            ResourceKind::Database { .. }
            | ResourceKind::Queue { .. }
            | ResourceKind::Http(_)
            | ResourceKind::Mail { .. } => None,
        });
        let Some((name, url)) = places.next() else {
            let folder = std::env::temp_dir().join(format!("quater-{}", std::process::id()));
            return Ok(Self { place: Place::Folder(folder), kept: false });
        };
        if let Some((second, _)) = places.next() {
            return Err(StartError::Unsupported { what: format!("a second place for files (`{second}`)") });
        }
        let bad = |reason: String| StartError::BadFiles { resource: name.clone(), reason };
        let value = start::constant(facts, url).map_err(|_| bad("its URL has no value".to_owned()))?;
        let text = value.text().map_err(|_| bad("its URL is no text".to_owned()))?;
        let place = if let Some(folder) = text.strip_prefix("file:") {
            let folder = settings.data.join(folder.strip_prefix("//").unwrap_or(folder));
            let refused = |error: io::Error| bad(format!("the folder `{}`: {error}", folder.display()));
            fs::create_dir_all(&folder).map_err(refused)?;
            Place::Folder(folder)
        } else if text.starts_with("s3:") {
            Place::Bucket(Bucket::open(text).map_err(bad)?)
        } else {
            return Err(bad("its URL begins with neither `file:` nor `s3:`".to_owned()));
        };
        Ok(Self { place, kept: true })
    }

    /// Whether rows keep what is here.
    pub(crate) const fn is_kept(&self) -> bool {
        self.kept
    }

    /// How many bytes there are of a key.
    pub(crate) async fn size(&self, key: &str) -> io::Result<u64> {
        if !is_key(key) {
            return Err(io::ErrorKind::NotFound.into());
        }
        match &self.place {
            Place::Folder(folder) => Ok(tokio::fs::metadata(at(folder, key)?).await?.len()),
            Place::Bucket(bucket) => bucket.size(key).await,
        }
    }

    /// So many bytes of a key from a place on.
    pub(crate) async fn part(&self, key: &str, from: u64, length: u64) -> io::Result<Bytes> {
        if !is_key(key) {
            return Err(io::ErrorKind::NotFound.into());
        }
        match &self.place {
            Place::Folder(folder) => {
                let mut file = tokio::fs::File::open(at(folder, key)?).await?;
                file.seek(io::SeekFrom::Start(from)).await?;
                Ok(Bytes::File(file))
            }
            Place::Bucket(bucket) => bucket.part(key, from, length).await.map(Bytes::Answer),
        }
    }

    /// Removes a file that no row keeps.
    pub(crate) fn remove(&self, file: &File) {
        let removed = match &self.place {
            Place::Folder(folder) => at(folder, &file.key).and_then(fs::remove_file),
            Place::Bucket(bucket) => {
                bucket.remove(&file.key);
                Ok(())
            }
        };
        if let Some(error) = removed.err().filter(|error| error.kind() != io::ErrorKind::NotFound) {
            tracing::warn!(%error, "a file that nobody keeps is not removed yet");
        }
    }

    /// The bytes of a file; nothing where they are gone.
    pub(crate) fn read(&self, file: &File) -> Option<Vec<u8>> {
        let bytes = match &self.place {
            Place::Folder(folder) => at(folder, &file.key).and_then(fs::read),
            Place::Bucket(bucket) => bucket.read(&file.key),
        };
        bytes.inspect_err(|error| tracing::warn!(%error, "a stored file cannot be read")).ok()
    }
}

/// Whether a text is the key of a file, and so no path.
fn is_key(key: &str) -> bool {
    key.len() == 32 && key.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Where the bytes of a key are in a folder; nothing for what is no key.
fn path(folder: &Path, key: &str) -> Option<PathBuf> {
    is_key(key).then(|| folder.join(key.get(30..).unwrap_or_default()).join(key))
}

fn at(folder: &Path, key: &str) -> io::Result<PathBuf> {
    path(folder, key).ok_or_else(|| io::ErrorKind::NotFound.into())
}

/// Whether a letter only says how others are shown, and so can make a name look like another one: the controls of the
/// bidirectional algorithm (UAX 9), and the ends of lines and paragraphs.
fn turns(letter: char) -> bool {
    matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The last part of a name as a client wrote it, without what could be read as a path or as a control.
fn plain(name: &str) -> SmolStr {
    let last = name.rsplit(['/', '\\']).next().unwrap_or("");
    let mut kept: String = last.chars().filter(|letter| !letter.is_control() && !turns(*letter)).collect();
    let mut end = kept.len().min(NAME);
    while !kept.is_char_boundary(end) {
        end -= 1;
    }
    kept.truncate(end);
    if matches!(kept.trim(), "" | "." | "..") { SmolStr::new_static("file") } else { kept.trim().into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_no_paths() {
        let cases = [
            ("photo.png", "photo.png"),
            ("../../etc/passwd", "passwd"),
            ("folder\\system.ini", "system.ini"),
            ("a/../", "file"),
            ("..", "file"),
            ("", "file"),
            ("a\r\nSet-Cookie: x\0.png", "aSet-Cookie: x.png"),
            ("holiday\u{202e}gnp.exe\u{2069}", "holidaygnp.exe"),
            ("  r\u{e9}sum\u{e9}.pdf ", "r\u{e9}sum\u{e9}.pdf"),
        ];
        for (given, wanted) in cases {
            assert_eq!(plain(given), wanted, "{given:?}");
        }
        assert_eq!(plain(&"\u{e9}".repeat(150)).len(), 200);
    }

    #[test]
    fn only_keys_lead_to_files() {
        let folder = Path::new("/media");
        let key = "0123456789abcdef0123456789abcdef";
        assert_eq!(path(folder, key), Some(PathBuf::from(format!("/media/ef/{key}"))));
        for other in ["", "..", "../../etc/passwd", "0123456789ABCDEF0123456789abcdef", "a.secret"] {
            assert_eq!(path(folder, other), None, "{other}");
        }
        assert_eq!(path(folder, &format!("{}/", &key[..31])), None);
    }
}
