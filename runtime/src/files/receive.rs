//! A file that is being received.
use super::bucket::Upload;
use super::{Files, Place, plain, sniff};
use crate::value::File;
use bytes::Bytes;
use quater_ir::types::FileRules;
use sha2::{Digest, Sha256};
use smol_str::SmolStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::{fs, io};
use tokio::io::AsyncWriteExt;
use uuid::Uuid;

/// Bytes from which the type of a file is told.
const HEAD: usize = 1_024;

/// Why a file is not taken.
#[derive(Debug)]
pub(crate) enum Untaken {
    /// It has more bytes than this.
    TooLarge(u64),
    /// Its type is none of those that are taken.
    OtherType(SmolStr),
    /// Where files are kept it is not taken.
    Unkept(io::Error),
}

impl From<io::Error> for Untaken {
    fn from(error: io::Error) -> Self {
        Self::Unkept(error)
    }
}

/// A file that is being received; what does not become whole is removed.
pub(crate) struct Receiving<'f> {
    rules: &'f FileRules,
    most: u64,
    key: SmolStr,
    sink: Sink<'f>,
    declared: SmolStr,
    head: Vec<u8>,
    media: Option<SmolStr>,
    digest: Sha256,
    size: u64,
}

/// Where its bytes go.
enum Sink<'f> {
    Folder(Written),
    Bucket(Box<Upload<'f>>),
}

/// A file in a folder that is being written.
struct Written {
    path: PathBuf,
    out: tokio::fs::File,
    /// Whether it has to outlive the process.
    kept: bool,
    whole: bool,
}

impl Files {
    /// Begins to take a file.
    pub(crate) async fn receive<'f>(
        &'f self,
        media: &str,
        rules: &'f FileRules,
        most: u64,
    ) -> Result<Receiving<'f>, Untaken> {
        let key = SmolStr::new(Uuid::new_v4().simple().to_string());
        let sink = match &self.place {
            Place::Folder(folder) => Sink::Folder(Written::begin(folder, &key, self.kept).await?),
            Place::Bucket(bucket) => Sink::Bucket(Box::new(bucket.receive(&key, most).await?)),
        };
        let (declared, head, digest) = (sniff::declared(media), Vec::new(), Sha256::new());
        Ok(Receiving { rules, most, key, sink, declared, head, media: None, digest, size: 0 })
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
        match &mut self.sink {
            Sink::Folder(written) => written.out.write_all(bytes).await?,
            Sink::Bucket(upload) => upload.take(bytes).await?,
        }
        Ok(())
    }

    /// Tells the type from the first bytes, and refuses one that is not taken before the rest has come.
    fn tell(&mut self) -> Result<SmolStr, Untaken> {
        let media = sniff::media(&self.head, &self.declared);
        if !self.rules.media.is_empty() && !self.rules.media.contains(&media) {
            return Err(Untaken::OtherType(media));
        }
        self.media = Some(media.clone());
        Ok(media)
    }

    /// The file, now that it is whole and kept.
    pub(crate) async fn end(mut self, name: &str) -> Result<Arc<File>, Untaken> {
        let media = self.media.take().map_or_else(|| self.tell(), Ok)?;
        match &mut self.sink {
            Sink::Folder(written) => written.end().await?,
            Sink::Bucket(upload) => upload.end(&media).await?,
        }
        Ok(Arc::new(File {
            name: plain(name),
            media,
            size: self.size,
            digest: hex(&self.digest.finalize()),
            key: self.key,
            kept: AtomicBool::new(false),
        }))
    }
}

impl Written {
    async fn begin(folder: &Path, key: &str, kept: bool) -> io::Result<Self> {
        let path = super::path(folder, key).ok_or_else(|| io::Error::other("no key"))?;
        if let Some(folder) = path.parent() {
            tokio::fs::create_dir_all(folder).await?;
        }
        let out = tokio::fs::File::create_new(&path).await?;
        Ok(Self { path, out, kept, whole: false })
    }

    /// Has the disk keep it, its name too.
    async fn end(&mut self) -> io::Result<()> {
        self.out.flush().await?;
        self.out.sync_all().await?;
        if let (true, Some(folder)) = (self.kept, self.path.parent()) {
            tokio::fs::File::open(folder).await?.sync_all().await?;
        }
        self.whole = true;
        Ok(())
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        if !self.whole
            && let Err(error) = fs::remove_file(&self.path)
        {
            tracing::warn!(%error, "half a file is not removed yet");
        }
    }
}

pub(super) fn hex(bytes: &[u8]) -> SmolStr {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into()
}
