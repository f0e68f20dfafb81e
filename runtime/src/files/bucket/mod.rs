//! Files in a bucket of an S3-compatible store: a small one in one request, a large one in parts while it is
//! still being received. A key is there when its file is whole, and not before.
mod address;
mod list;
mod upload;

use address::Address;
use bytes::Bytes;
use http::StatusCode;
use reqwest::{Client, Method, RequestBuilder, Response};
use rusty_s3::{Credentials, S3Action};
use std::error::Error;
use std::io;
use std::sync::{Arc, mpsc};
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;

pub(super) use upload::Upload;

/// How long a signed request may wait before the store takes it.
const SIGNED: Duration = Duration::from_secs(900);

/// How long the store may take to be reached, and to send anything.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long one request may take with all that it carries.
const LONGEST: Duration = Duration::from_secs(120);

/// How long a file may be on its way down.
const DAY: Duration = Duration::from_secs(86_400);

/// How long a thread waits for the store.
const WAIT: Duration = Duration::from_secs(30);

/// How often something is asked at most, and the rest before the second time.
const TRIES: u32 = 3;
const PAUSE: Duration = Duration::from_millis(200);

/// How many files are received at once: each holds a part in memory.
const UNDER_WAY: usize = 16;

/// The namespace of what the store says.
const NAMESPACE: &str = "http://s3.amazonaws.com/doc/2006-03-01/";

/// Most bytes of an answer that is read as a whole.
const ANSWER: usize = 4 << 20;

/// A bucket, or the part of it under a prefix.
pub(super) struct Bucket {
    inner: Arc<Inner>,
    /// For what nobody waits for, and for threads that are of no runtime.
    runtime: Option<Runtime>,
    turns: Semaphore,
}

/// What is shared with work that goes on by itself.
struct Inner {
    s3: rusty_s3::Bucket,
    credentials: Credentials,
    prefix: String,
    client: Client,
}

/// What the store answers that is no success.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refused {
    #[error("the store answers {status} {code}")]
    Status { status: u16, code: String },
    #[error("the store does not answer: {0}")]
    Unanswered(String),
    #[error("the store does not answer in time")]
    Late,
    #[error("the store answers what it should not: {0}")]
    Answer(&'static str),
}

impl Refused {
    /// Whether there is no such thing.
    pub(super) const fn is_gone(&self) -> bool {
        matches!(self, Self::Status { status: 404, .. })
    }
}

impl From<Refused> for io::Error {
    fn from(refused: Refused) -> Self {
        let kind = if refused.is_gone() { io::ErrorKind::NotFound } else { io::ErrorKind::Other };
        Self::new(kind, refused)
    }
}

impl From<reqwest::Error> for Refused {
    fn from(error: reqwest::Error) -> Self {
        if error.is_timeout() {
            return Self::Late;
        }
        // The address of a request carries its signature.
        let error = error.without_url();
        let mut cause: &dyn Error = &error;
        while let Some(inner) = cause.source() {
            cause = inner;
        }
        Self::Unanswered(cause.to_string())
    }
}

impl Bucket {
    /// The bucket at an address; says what keeps it from being used.
    pub(super) fn open(address: &str) -> Result<Self, String> {
        let Address { bucket, credentials, prefix } = Address::parse(address)?;
        let mut runtime = Builder::new_multi_thread();
        let runtime = runtime.worker_threads(1).thread_name("quater-files").enable_all();
        let runtime = runtime.build().map_err(|error| format!("no thread for it: {error}"))?;
        let client = Client::builder().connect_timeout(PATIENCE).read_timeout(PATIENCE).timeout(LONGEST);
        let client = client.redirect(reqwest::redirect::Policy::none()).build();
        let client = client.map_err(|_| "no client can be made for it")?;
        let place = format!("`{}` at {}", bucket.name(), bucket.base_url().host_str().unwrap_or(""));
        let inner = Arc::new(Inner { s3: bucket, credentials, prefix, client });
        let opened = Self { inner, runtime: Some(runtime), turns: Semaphore::new(UNDER_WAY) };
        let found = opened.wait(|inner| async move {
            let action = inner.s3.head_bucket(Some(&inner.credentials));
            inner.done(|| inner.head(action.sign(SIGNED))).await
        });
        found.map(|_| opened).map_err(|refused| format!("the bucket {place}: {refused}"))
    }

    /// Begins to take a file of at most so many bytes, once there is room for it.
    pub(super) async fn receive(&self, key: &str, most: u64) -> io::Result<Upload<'_>> {
        let turn = tokio::time::timeout(PATIENCE, self.turns.acquire()).await;
        let Ok(Ok(turn)) = turn else { return Err(io::Error::other("too many files are being received")) };
        Ok(Upload::new(self, self.inner.key(key), most, turn))
    }

    /// How many bytes a file has.
    pub(super) async fn size(&self, key: &str) -> io::Result<u64> {
        let (inner, key) = (&self.inner, self.inner.key(key));
        let action = inner.s3.head_object(Some(&inner.credentials), &key);
        let answer = inner.done(|| inner.head(action.sign(SIGNED))).await?;
        let length = answer.headers().get(http::header::CONTENT_LENGTH);
        let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
        Ok(length.ok_or(Refused::Answer("no length of a file"))?)
    }

    /// So many bytes of a file from a place on, as they come.
    pub(super) async fn part(&self, key: &str, from: u64, length: u64) -> io::Result<reqwest::Body> {
        if length == 0 {
            return Ok(reqwest::Body::from(Bytes::new()));
        }
        let (inner, key) = (&self.inner, self.inner.key(key));
        let range = format!("bytes={from}-{}", from + length - 1);
        let action = inner.s3.get_object(Some(&inner.credentials), &key);
        let answer = inner.done(|| {
            // However long it is taken: what stands still is found by the time between two pieces.
            inner.ask(Method::GET, action.sign(SIGNED)).header("range", &range).timeout(DAY)
        });
        let answer = answer.await?;
        if answer.status() != StatusCode::PARTIAL_CONTENT {
            return Err(Refused::Answer("the whole of a file for a part of it").into());
        }
        Ok(http::Response::from(answer).into_body())
    }

    /// The bytes of a file, for a thread that waits.
    pub(super) fn read(&self, key: &str) -> io::Result<Vec<u8>> {
        let key = self.inner.key(key);
        let bytes = self.wait(move |inner| async move {
            let action = inner.s3.get_object(Some(&inner.credentials), &key);
            let answer = inner.done(|| inner.ask(Method::GET, action.sign(SIGNED))).await?;
            Ok(answer.bytes().await?.to_vec())
        });
        Ok(bytes?)
    }

    /// Removes a file some time soon.
    pub(super) fn remove(&self, key: &str) {
        let key = self.inner.key(key);
        self.beside(move |inner| async move { inner.remove(&key).await });
    }

    /// Does something that nobody waits for.
    fn beside<F>(&self, work: impl FnOnce(Arc<Inner>) -> F)
    where
        F: Future<Output = Result<(), Refused>> + Send + 'static,
    {
        let work = work(Arc::clone(&self.inner));
        if let Some(runtime) = &self.runtime {
            runtime.spawn(async move {
                if let Err(error) = work.await {
                    tracing::warn!(%error, "a file that nobody keeps is not removed yet");
                }
            });
        }
    }

    /// Does something that a thread waits for.
    fn wait<T, F>(&self, work: impl FnOnce(Arc<Inner>) -> F) -> Result<T, Refused>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Refused>> + Send + 'static,
    {
        let (done, waiting) = mpsc::sync_channel(1);
        let work = work(Arc::clone(&self.inner));
        if let Some(runtime) = &self.runtime {
            runtime.spawn(async move { done.send(work.await).ok() });
        }
        waiting.recv_timeout(WAIT).map_err(|_| Refused::Late)?
    }
}

impl Drop for Bucket {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            // A runtime may not be waited for within another.
            runtime.shutdown_background();
        }
    }
}

impl Inner {
    fn key(&self, key: &str) -> String {
        format!("{}{key}", self.prefix)
    }

    fn ask(&self, method: Method, url: reqwest::Url) -> RequestBuilder {
        self.client.request(method, url)
    }

    fn head(&self, url: reqwest::Url) -> RequestBuilder {
        self.ask(Method::HEAD, url)
    }

    /// Asks for something that can be asked for twice, and gives what is a success.
    async fn done(&self, request: impl Fn() -> RequestBuilder) -> Result<Response, Refused> {
        let mut tried = 1;
        loop {
            let refused = match request().send().await {
                Ok(answer) if answer.status().is_success() => return Ok(answer),
                Ok(answer) => refused(answer).await,
                Err(error) => error.into(),
            };
            let again = match &refused {
                Refused::Status { status, .. } => matches!(status, 500 | 502..=504),
                Refused::Unanswered(_) => true,
                Refused::Late | Refused::Answer(_) => false,
            };
            if !again || tried == TRIES {
                return Err(refused);
            }
            tokio::time::sleep(PAUSE * tried).await;
            tried += 1;
        }
    }

    async fn remove(&self, key: &str) -> Result<(), Refused> {
        let action = self.s3.delete_object(Some(&self.credentials), key);
        let removed = self.done(|| self.ask(Method::DELETE, action.sign(SIGNED))).await;
        removed.map(drop).or_else(|refused| if refused.is_gone() { Ok(()) } else { Err(refused) })
    }
}

/// What an answer says that is no success: its status, and the code in its body.
async fn refused(answer: Response) -> Refused {
    let status = answer.status().as_u16();
    let text = text(answer).await.unwrap_or_default();
    let code = text.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>"));
    Refused::Status { status, code: code.map_or("", |(code, _)| code).chars().take(64).collect() }
}

/// The text of an answer that is not too long.
async fn text(mut answer: Response) -> Result<String, Refused> {
    let mut whole = Vec::new();
    while let Some(bytes) = answer.chunk().await? {
        whole.extend_from_slice(&bytes);
        if whole.len() > ANSWER {
            return Err(Refused::Answer("more than it should"));
        }
    }
    String::from_utf8(whole).map_err(|_| Refused::Answer("no UTF-8"))
}

/// An answer as XML of the namespace that S3 has today: some stores write an older one, or none.
async fn document(answer: Response) -> Result<String, Refused> {
    let text = text(answer).await?;
    named(&text).ok_or(Refused::Answer("no XML"))
}

fn named(text: &str) -> Option<String> {
    let letter = |at: &usize| text.as_bytes().get(at + 1).is_some_and(u8::is_ascii_alphabetic);
    let begin = text.match_indices('<').map(|(at, _)| at).find(letter)?;
    let (before, root) = text.split_at(begin);
    let (tag, rest) = root.split_once('>')?;
    let name = tag.split([' ', '\t', '\r', '\n', '/']).next()?;
    let empty = if tag.ends_with('/') { "/" } else { "" };
    Some(format!("{before}{name} xmlns=\"{NAMESPACE}\"{empty}>{rest}"))
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn answers_are_read_in_one_namespace() {
        let wanted =
            r#"<?xml version="1.0"?><A xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><B>b</B></A>"#;
        for root in ["<A>", "<A >", r#"<A xmlns="http://doc.s3.amazonaws.com/2006-03-01/">"#, "<A\n x='y'>"] {
            let given = format!(r#"<?xml version="1.0"?>{root}<B>b</B></A>"#);
            assert_eq!(named(&given).as_deref(), Some(wanted), "{root}");
        }
        assert_eq!(named("<A/>").as_deref(), Some(r#"<A xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>"#));
        for other in ["", "<", "<?xml?>", "no XML", "<A"] {
            assert_eq!(named(other), None, "{other}");
        }
    }
}
