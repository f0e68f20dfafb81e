//! Uploads by ticket: files that are too large to stand in a message come before their call, each by a ticket that
//! says what it is for. A ticket is good for one upload, one caller, one input of one operation, one size and
//! digest, for a while, and for one call that is done.
use super::receive::hex;
use super::{Files, Intake, Place, plain, sniff};
use crate::call::{Identity, Refusal};
use crate::kernel::secret;
use crate::value::File;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::{Bytes, BytesMut};
use quater_ir::fault::{CONFLICT, NOT_FOUND, TOO_LARGE, UNAVAILABLE};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};
use smol_str::SmolStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use std::{fs, io};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use uuid::Uuid;

/// How long a ticket holds, in milliseconds.
const LIFE: i64 = 15 * 60 * 1_000;

/// After which time what is left of an upload is removed.
const OLD: Duration = Duration::from_secs(3_600);

/// Bytes that are read at a time.
const CHUNK: usize = 64 * 1024;

/// Longest ticket that is looked at.
const LONGEST: usize = 2_048;

/// What a ticket says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ticket {
    #[serde(rename = "o")]
    operation: SmolStr,
    #[serde(rename = "i")]
    input: SmolStr,
    /// A sealed digest of what the caller shows.
    #[serde(rename = "c")]
    caller: SmolStr,
    #[serde(rename = "n")]
    name: SmolStr,
    #[serde(rename = "t")]
    media: SmolStr,
    #[serde(rename = "s")]
    size: u64,
    #[serde(rename = "d")]
    digest: SmolStr,
    /// Until when it holds, in milliseconds since 1970.
    #[serde(rename = "e")]
    until: i64,
    #[serde(rename = "x")]
    id: SmolStr,
}

/// What a caller says of a file before it comes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Announced {
    #[serde(default)]
    name: SmolStr,
    #[serde(default, rename = "type")]
    media: SmolStr,
    size: u64,
    digest: SmolStr,
}

/// An upload that a call uses. It is there again for the next try, unless the call is done.
pub(crate) struct Claimed {
    pub(crate) file: Arc<File>,
    used: PathBuf,
    upload: PathBuf,
}

impl Announced {
    /// Reads what a caller says.
    pub(crate) fn read(given: &Json) -> Result<Self, serde_json::Error> {
        Self::deserialize(given)
    }
}

impl Ticket {
    /// A ticket for a file of an input.
    pub(crate) fn issue(
        intake: Intake<'_>,
        (input, announced): (&str, &Announced),
        (key, identity): (&[u8], &Identity),
        now: i64,
    ) -> Result<Self, Refusal> {
        let wrong = |code, why: String| Err(Refusal::about(input, code, why));
        let Some((_, rules)) = intake.input(input) else {
            return wrong("type", "is no file".to_owned());
        };
        let most = intake.most(rules);
        if announced.size > most {
            return Err(Refusal::saying(TOO_LARGE, format!("`{input}` has more than {most} bytes")));
        }
        let Announced { name, media, size, digest } = announced;
        if digest.len() != 64 || !digest.bytes().all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f')) {
            return wrong("digest", "`digest` is a SHA-256 in 64 lower-case hex digits".to_owned());
        }
        intake.files.forget_old_uploads();
        Ok(Self {
            operation: intake.operation.name.clone(),
            input: input.into(),
            caller: caller(key, identity),
            name: plain(name),
            media: sniff::declared(media),
            size: *size,
            digest: digest.clone(),
            until: now.saturating_add(LIFE),
            id: SmolStr::new(Uuid::new_v4().simple().to_string()),
        })
    }

    /// As it goes to the client.
    pub(crate) fn sealed(&self, key: &[u8]) -> Option<String> {
        let text = URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).ok()?);
        let seal = URL_SAFE_NO_PAD.encode(secret::seal(key, &sealed(&text))?);
        Some(format!("{text}.{seal}"))
    }

    /// What a text says that this service has sealed and that still holds.
    pub(crate) fn read(key: &[u8], text: &str, now: i64) -> Option<Self> {
        let (text, seal) = text.split_once('.').filter(|_| text.len() <= LONGEST)?;
        let seal = URL_SAFE_NO_PAD.decode(seal).ok()?.try_into().ok()?;
        if !secret::is_sealed(key, &sealed(text), &seal) {
            return None;
        }
        let ticket: Self = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        (now < ticket.until).then_some(ticket)
    }

    /// Whether it was given to this caller for this input of this operation.
    pub(crate) fn is_for(&self, operation: &str, input: &str, (key, identity): (&[u8], &Identity)) -> bool {
        self.caller == caller(key, identity) && self.operation == operation && self.input == input
    }

    /// What came by it, as a file of a call.
    async fn taken(&self, upload: &Path, intake: Intake<'_>) -> Result<Arc<File>, Refusal> {
        let input = intake.input(&self.input).ok_or_else(no_ticket)?;
        let mut incoming = intake.begin(input, &self.media).await?;
        let mut from = tokio::fs::File::open(upload).await.map_err(|error| disk(&error))?;
        loop {
            let mut chunk = BytesMut::with_capacity(CHUNK);
            if from.read_buf(&mut chunk).await.map_err(|error| disk(&error))? == 0 {
                break;
            }
            incoming.take(&chunk.freeze()).await?;
        }
        let file = incoming.end(&self.name).await?;
        if file.digest != self.digest {
            intake.files.remove(&file);
            return Err(no_ticket());
        }
        Ok(file)
    }

    /// Until when it holds.
    pub(crate) const fn until(&self) -> i64 {
        self.until
    }

    /// Most bytes that come by it.
    pub(crate) const fn size(&self) -> u64 {
        self.size
    }
}

/// What a caller shows, so that only this service can tell.
fn caller(key: &[u8], identity: &Identity) -> SmolStr {
    secret::seal(key, &[&b"caller\0"[..], &identity.digest()].concat())
        .map_or_else(SmolStr::default, |it| hex(&it))
}

/// What is sealed: nothing else of this service begins so.
fn sealed(text: &str) -> Vec<u8> {
    [b"upload\0", text.as_bytes()].concat()
}

/// An upload on its way; what does not become whole is removed.
pub(crate) struct Uploading {
    ticket: Ticket,
    part: PathBuf,
    upload: PathBuf,
    out: tokio::fs::File,
    digest: Sha256,
    size: u64,
}

impl Files {
    /// Where uploads wait for their calls: on this machine, wherever files are kept.
    fn uploads(&self) -> PathBuf {
        match &self.place {
            Place::Folder(folder) => folder.join("uploads"),
            Place::Bucket(_) => std::env::temp_dir().join(format!("quater-uploads-{}", std::process::id())),
        }
    }

    /// Begins to take what a ticket is for.
    pub(crate) async fn begin_upload(&self, ticket: Ticket) -> io::Result<Result<Uploading, Refusal>> {
        let folder = self.uploads();
        tokio::fs::create_dir_all(&folder).await?;
        let upload = folder.join(ticket.id.as_str());
        if upload.exists() || used(&upload).exists() {
            return Ok(Err(twice()));
        }
        let part = folder.join(format!("{}.{}", ticket.id, Uuid::new_v4().simple()));
        let out = tokio::fs::File::create_new(&part).await?;
        Ok(Ok(Uploading { ticket, part, upload, out, digest: Sha256::new(), size: 0 }))
    }

    /// Lets a call use what came by a ticket, which no other can use meanwhile.
    pub(crate) async fn claim(
        &self,
        ticket: &Ticket,
        intake: Intake<'_>,
    ) -> Result<Option<Claimed>, Refusal> {
        let upload = self.uploads().join(ticket.id.as_str());
        let used = used(&upload);
        if !upload.exists() || fs::File::create_new(&used).is_err() {
            return Ok(None);
        }
        let file = ticket.taken(&upload, intake).await;
        if file.is_err() {
            fs::remove_file(&used).map_err(|error| disk(&error))?;
        }
        Ok(Some(Claimed { file: file?, used, upload }))
    }

    /// Removes what is left of uploads that nobody can use any more.
    pub(crate) fn forget_old_uploads(&self) {
        let now = SystemTime::now();
        for entry in fs::read_dir(self.uploads()).into_iter().flatten().flatten() {
            let made = entry.metadata().and_then(|it| it.modified()).ok();
            let age = made.and_then(|made| now.duration_since(made).ok());
            if age.is_some_and(|age| age > OLD)
                && let Err(error) = fs::remove_file(entry.path())
            {
                tracing::warn!(%error, "an old upload is not removed yet");
            }
        }
    }
}

/// What says that an upload is used.
fn used(upload: &Path) -> PathBuf {
    upload.with_extension("used")
}

fn twice() -> Refusal {
    Refusal::saying(CONFLICT, "this ticket is used: a new upload needs a new one")
}

impl Uploading {
    /// Takes the next bytes.
    pub(crate) async fn take(&mut self, bytes: &Bytes) -> Result<(), Refusal> {
        self.size += bytes.len() as u64;
        if self.size > self.ticket.size {
            let message = format!("the ticket is for {} bytes", self.ticket.size);
            return Err(Refusal::saying(TOO_LARGE, message));
        }
        self.digest.update(bytes);
        self.out.write_all(bytes).await.map_err(|error| disk(&error))
    }

    /// Keeps what has come, if it is what the ticket is for.
    pub(crate) async fn end(mut self) -> Result<(), Refusal> {
        if self.size != self.ticket.size {
            let message = format!("has {} bytes, and the ticket is for {}", self.size, self.ticket.size);
            return Err(Refusal::about("", "size", message));
        }
        if hex(&self.digest.clone().finalize()) != self.ticket.digest {
            return Err(Refusal::about("", "digest", "has another digest than the ticket is for"));
        }
        self.out.flush().await.map_err(|error| disk(&error))?;
        self.out.sync_all().await.map_err(|error| disk(&error))?;
        match fs::hard_link(&self.part, &self.upload) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(twice()),
            Err(_) => fs::rename(&self.part, &self.upload).map_err(|error| disk(&error)),
        }
    }
}

impl Drop for Uploading {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.part)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "a part of an upload is not removed yet");
        }
    }
}

impl Claimed {
    /// Ends the use: for good where the call is done, else another call may use the upload.
    pub(crate) fn end(self, done: bool) {
        let removed = fs::remove_file(if done { &self.upload } else { &self.used });
        if let Err(error) = removed {
            tracing::warn!(%error, "an upload is not put away yet");
        }
    }
}

fn disk(error: &io::Error) -> Refusal {
    tracing::error!(%error, "an upload cannot be stored");
    Refusal::saying(UNAVAILABLE, "the upload cannot be stored now")
}

/// What the sender of an upload is told whose ticket is none.
pub(crate) fn no_ticket() -> Refusal {
    Refusal::saying(NOT_FOUND, "there is no such ticket, or it has ended")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn ticket() -> Ticket {
        Ticket {
            operation: "put".into(),
            input: "photo".into(),
            caller: caller(&[1; 32], &Identity::Nobody),
            name: "a.png".into(),
            media: "image/png".into(),
            size: 3,
            digest: hex(&Sha256::digest(b"abc")),
            until: 1_000,
            id: Uuid::new_v4().simple().to_string().into(),
        }
    }

    #[test]
    fn a_ticket_is_what_this_service_sealed_while_it_holds() {
        let (own, other) = ([1; 32], [2; 32]);
        let sealed = ticket().sealed(&own).unwrap();
        assert!(Ticket::read(&own, &sealed, 999).is_some());
        assert_eq!(Ticket::read(&own, &sealed, 1_000), None, "it has ended");
        assert_eq!(Ticket::read(&other, &sealed, 999), None, "sealed by another");
        let (text, seal) = sealed.split_once('.').unwrap();
        let larger = String::from_utf8(URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap().replace(":3,", ":9,");
        for forged in
            [format!("{}.{seal}", URL_SAFE_NO_PAD.encode(larger)), format!("{text}."), String::new()]
        {
            assert_eq!(Ticket::read(&own, &forged, 0), None, "{forged}");
        }
    }

    #[test]
    fn a_ticket_is_for_one_caller_and_one_input() {
        let ticket = ticket();
        let key: &[u8] = &[1; 32];
        assert!(ticket.is_for("put", "photo", (key, &Identity::Nobody)));
        assert!(!ticket.is_for("put", "film", (key, &Identity::Nobody)));
        assert!(!ticket.is_for("drop", "photo", (key, &Identity::Nobody)));
        let somebody = Identity::Presented(crate::call::Presented {
            credentials: Vec::new(),
            headers: Vec::new(),
            own: true,
        });
        assert!(!ticket.is_for("put", "photo", (key, &somebody)));
    }
}
