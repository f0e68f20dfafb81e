//! Stored files: bytes in a folder, each file under a key of its own. What is known of a file stands in the row
//! that keeps it; the bytes are there, whole and on the disk, before that row is committed.

mod link;
mod sniff;
mod sweep;

use crate::facts::Facts;
use crate::service::{Settings, StartError};
use crate::start;
use crate::value::File;
use bytes::Bytes;
use quater_ir::resource::ResourceKind;
use quater_ir::types::FileRules;
use sha2::{Digest, Sha256};
use smol_str::SmolStr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::{fs, io};
use tokio::io::AsyncWriteExt;
use uuid::Uuid;

pub(crate) use link::{Linked, linked, ticket};
pub(crate) use sweep::sweep;

/// Most bytes of a name that are kept.
const NAME: usize = 200;

/// Bytes from which the type of a file is told.
const HEAD: usize = 1_024;

/// A folder of files.
pub(crate) struct Files {
    folder: PathBuf,
    /// Whether rows keep what is here; else it goes when its call has ended.
    kept: bool,
}

/// Why a file is not taken.
#[derive(Debug)]
pub(crate) enum Untaken {
    /// It has more bytes than this.
    TooLarge(u64),
    /// Its type is none of those that are taken.
    OtherType(SmolStr),
    /// The disk does not take it.
    Disk(io::Error),
}

/// A file that is being received; what does not become whole is removed.
pub(crate) struct Receiving<'f> {
    files: &'f Files,
    rules: &'f FileRules,
    most: u64,
    key: SmolStr,
    path: PathBuf,
    out: tokio::fs::File,
    declared: SmolStr,
    head: Vec<u8>,
    media: Option<SmolStr>,
    digest: Sha256,
    size: u64,
    whole: bool,
}

impl Files {
    /// The folder of a program's files; one that does not outlive the process where no row keeps any.
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
            return Ok(Self { folder, kept: false });
        };
        if let Some((second, _)) = places.next() {
            return Err(StartError::Unsupported { what: format!("a second place for files (`{second}`)") });
        }
        let bad = |reason: String| StartError::BadFiles { resource: name.clone(), reason };
        let value = start::constant(facts, url).map_err(|_| bad("its URL has no value".to_owned()))?;
        let text = value.text().map_err(|_| bad("its URL is no text".to_owned()))?;
        let Some(folder) = text.strip_prefix("file:") else {
            let what = format!("files at `{}`", text.split(':').next().unwrap_or(""));
            return Err(StartError::Unsupported { what });
        };
        let folder = settings.data.join(folder.strip_prefix("//").unwrap_or(folder));
        let refused = |error: io::Error| bad(format!("the folder `{}`: {error}", folder.display()));
        fs::create_dir_all(&folder).map_err(refused)?;
        Ok(Self { folder, kept: true })
    }

    /// Where the bytes of a key are; nothing for what is no key.
    pub(crate) fn path(&self, key: &str) -> Option<PathBuf> {
        let is_key = key.len() == 32 && key.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        is_key.then(|| self.folder.join(key.get(30..).unwrap_or_default()).join(key))
    }

    /// Whether rows keep what is here.
    pub(crate) const fn is_kept(&self) -> bool {
        self.kept
    }

    /// Begins to take a file.
    pub(crate) async fn receive<'f>(
        &'f self,
        name_and_type: (&str, &str),
        rules: &'f FileRules,
        most: u64,
    ) -> Result<Receiving<'f>, Untaken> {
        let key = SmolStr::new(Uuid::new_v4().simple().to_string());
        let path = self.path(&key).ok_or_else(|| Untaken::Disk(io::Error::other("no key")))?;
        if let Some(folder) = path.parent() {
            tokio::fs::create_dir_all(folder).await.map_err(Untaken::Disk)?;
        }
        let out = tokio::fs::File::create_new(&path).await.map_err(Untaken::Disk)?;
        let (declared, head, digest) = (sniff::declared(name_and_type.1), Vec::new(), Sha256::new());
        let (media, size, whole) = (None, 0, false);
        Ok(Receiving { files: self, rules, most, key, path, out, declared, head, media, digest, size, whole })
    }

    /// Removes a file that no row keeps.
    pub(crate) fn remove(&self, file: &File) {
        let removed = self.path(&file.key).map(fs::remove_file);
        if let Some(Err(error)) =
            removed.filter(|it| !matches!(it, Err(error) if error.kind() == io::ErrorKind::NotFound))
        {
            tracing::warn!(%error, "a file that nobody keeps is not removed yet");
        }
    }

    /// The bytes of a file; nothing where they are gone.
    pub(crate) fn read(&self, file: &File) -> Option<Vec<u8>> {
        let bytes = fs::read(self.path(&file.key)?);
        bytes.inspect_err(|error| tracing::warn!(%error, "a stored file cannot be read")).ok()
    }
}

impl Receiving<'_> {
    /// Takes the next bytes.
    pub(crate) async fn take(&mut self, bytes: &Bytes) -> Result<(), Untaken> {
        self.size += bytes.len() as u64;
        if self.size > self.most {
            return Err(Untaken::TooLarge(self.most));
        }
        if self.media.is_none() {
            let room = HEAD.saturating_sub(self.head.len()).min(bytes.len());
            self.head.extend_from_slice(bytes.get(..room).unwrap_or_default());
            if self.head.len() >= HEAD {
                self.tell()?;
            }
        }
        self.digest.update(bytes);
        self.out.write_all(bytes).await.map_err(Untaken::Disk)
    }

    /// Tells the type from the first bytes, and refuses one that is not taken before the rest has come.
    fn tell(&mut self) -> Result<(), Untaken> {
        let media = sniff::media(&self.head, &self.declared);
        if !self.rules.media.is_empty() && !self.rules.media.contains(&media) {
            return Err(Untaken::OtherType(media));
        }
        self.media = Some(media);
        Ok(())
    }

    /// The file, now that it is whole and on the disk.
    pub(crate) async fn end(mut self, name: &str) -> Result<Arc<File>, Untaken> {
        if self.media.is_none() {
            self.tell()?;
        }
        self.out.flush().await.map_err(Untaken::Disk)?;
        self.out.sync_all().await.map_err(Untaken::Disk)?;
        if let (true, Some(folder)) = (self.files.kept, self.path.parent()) {
            let entry = tokio::fs::File::open(folder).await.map_err(Untaken::Disk)?;
            entry.sync_all().await.map_err(Untaken::Disk)?;
        }
        self.whole = true;
        Ok(Arc::new(File {
            name: plain(name),
            media: self.media.clone().unwrap_or_default(),
            size: self.size,
            digest: hex(&self.digest.clone().finalize()),
            key: self.key.clone(),
            kept: AtomicBool::new(false),
        }))
    }
}

impl Drop for Receiving<'_> {
    fn drop(&mut self) {
        if !self.whole
            && let Err(error) = fs::remove_file(&self.path)
        {
            tracing::warn!(%error, "half a file is not removed yet");
        }
    }
}

/// The last part of a name as a client wrote it, without what could be read as a path or as a control.
fn plain(name: &str) -> SmolStr {
    let last = name.rsplit(['/', '\\']).next().unwrap_or("");
    let mut kept: String = last.chars().filter(|letter| !letter.is_control()).collect();
    let mut end = kept.len().min(NAME);
    while !kept.is_char_boundary(end) {
        end -= 1;
    }
    kept.truncate(end);
    if matches!(kept.trim(), "" | "." | "..") { SmolStr::new_static("file") } else { kept.trim().into() }
}

fn hex(bytes: &[u8]) -> SmolStr {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into()
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
            ("  r\u{e9}sum\u{e9}.pdf ", "r\u{e9}sum\u{e9}.pdf"),
        ];
        for (given, wanted) in cases {
            assert_eq!(plain(given), wanted, "{given:?}");
        }
        assert_eq!(plain(&"\u{e9}".repeat(150)).len(), 200);
    }

    #[test]
    fn only_keys_lead_to_files() {
        let files = Files { folder: PathBuf::from("/media"), kept: true };
        let key = "0123456789abcdef0123456789abcdef";
        assert_eq!(files.path(key), Some(PathBuf::from(format!("/media/ef/{key}"))));
        for other in ["", "..", "../../etc/passwd", "0123456789ABCDEF0123456789abcdef", "a.secret"] {
            assert_eq!(files.path(other), None, "{other}");
        }
        assert_eq!(files.path(&format!("{}/", &key[..31])), None);
    }
}
