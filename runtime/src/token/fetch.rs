//! Asking an issuer for its documents.
use reqwest::header::{CACHE_CONTROL, ETAG, HeaderValue, IF_NONE_MATCH};
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode, Url};
use std::net::IpAddr;
use std::time::Duration;

/// Most bytes of a document.
const DOCUMENT: usize = 512 * 1024;

/// How long an issuer may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Why a document cannot be had.
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    #[error("it cannot be reached")]
    Unreachable(#[from] reqwest::Error),
    #[error("it answers with {0}")]
    Status(StatusCode),
    #[error("its answer has more than {DOCUMENT} bytes")]
    TooLarge,
    #[error("its answer is not {0}")]
    Unreadable(&'static str),
    #[error("it calls itself `{0}`")]
    OtherIssuer(String),
    #[error("it names `{0}`, which is not encrypted")]
    Unsafe(Url),
}

/// What an issuer answers.
pub(super) enum Fetched {
    /// What is known is still so.
    Same {
        life: Option<Duration>,
    },
    Document {
        text: Vec<u8>,
        etag: Option<HeaderValue>,
        life: Option<Duration>,
    },
}

/// A client for issuers: it follows nobody elsewhere.
pub(super) fn client() -> Result<Client, FetchError> {
    let builder = Client::builder().redirect(Policy::none()).timeout(PATIENCE).connect_timeout(PATIENCE);
    Ok(builder.user_agent(concat!("quater/", env!("CARGO_PKG_VERSION"))).build()?)
}

/// Gets a document, unless it is the one that is known already.
pub(super) async fn get(
    client: &Client,
    url: &Url,
    known: Option<&HeaderValue>,
) -> Result<Fetched, FetchError> {
    let mut request = client.get(url.clone());
    if let Some(known) = known {
        request = request.header(IF_NONE_MATCH, known);
    }
    let mut response = request.send().await?;
    let life = response.headers().get(CACHE_CONTROL).and_then(|said| life(said.to_str().ok()?));
    if response.status() == StatusCode::NOT_MODIFIED && known.is_some() {
        return Ok(Fetched::Same { life });
    }
    if response.status() != StatusCode::OK {
        return Err(FetchError::Status(response.status()));
    }
    let etag = response.headers().get(ETAG).cloned();
    let mut text = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if text.len() + chunk.len() > DOCUMENT {
            return Err(FetchError::TooLarge);
        }
        text.extend_from_slice(&chunk);
    }
    Ok(Fetched::Document { text, etag, life })
}

/// How long an answer may be used again (RFC 9111, section 5.2.2.1).
fn life(said: &str) -> Option<Duration> {
    let mut words = said.split(',').map(str::trim);
    let seconds = words.find_map(|word| word.strip_prefix("max-age="))?;
    seconds.parse().ok().map(Duration::from_secs)
}

/// Whether what an address answers can be believed: it is encrypted, or does not leave the machine.
pub(crate) fn is_safe(url: &Url) -> bool {
    let host = url.host_str().unwrap_or("").trim_matches(['[', ']']);
    let here = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    url.scheme() == "https" || url.scheme() == "http" && here
}
