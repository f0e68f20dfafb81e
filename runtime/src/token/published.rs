//! Keys that are published at a URL: fetched when they are first needed, kept for a time, and asked for once
//! more where a token names one that is not among them.
use super::fetch::{self, FetchError, Fetched};
use super::head::Head;
use super::keys::KeySet;
use reqwest::header::HeaderValue;
use reqwest::{Client, StatusCode, Url};
use serde::Deserialize;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// How long keys are used where the issuer does not say.
const LIFE: Duration = Duration::from_secs(600);

/// Shortest and longest time that an issuer may say.
const LIVES: [Duration; 2] = [Duration::from_secs(60), Duration::from_secs(24 * 3_600)];

/// How long old keys are used while the issuer does not answer.
const STALE: Duration = Duration::from_secs(24 * 3_600);

/// Least time between two questions: whoever makes up names of keys must not make us a nuisance.
const PAUSE: Duration = Duration::from_secs(5);

/// Where keys are published.
pub(crate) enum Source {
    /// At this URL.
    At(Url),
    /// Where the issuer's own document says (OpenID Connect Discovery, RFC 8414).
    Issuer(String),
}

/// Keys that somebody publishes.
pub(crate) struct Published {
    source: Source,
    client: OnceLock<Client>,
    known: RwLock<Option<Arc<Known>>>,
    /// When the last question was put; held while one is under way.
    asked: Mutex<Option<Instant>>,
}

/// What an issuer has said.
struct Known {
    keys: Arc<KeySet>,
    url: Url,
    etag: Option<HeaderValue>,
    fetched: Instant,
    life: Duration,
}

#[derive(Deserialize)]
struct Discovered {
    issuer: String,
    jwks_uri: String,
}

impl Published {
    pub(super) const fn new(source: Source) -> Self {
        Self { source, client: OnceLock::new(), known: RwLock::new(None), asked: Mutex::const_new(None) }
    }

    fn latest(&self) -> Option<Arc<Known>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The keys, as long as they may be used.
    pub(super) fn known(&self) -> Option<Arc<KeySet>> {
        let latest = self.latest()?;
        (latest.fetched.elapsed() < latest.life + STALE).then(|| Arc::clone(&latest.keys))
    }

    /// Whether nothing need be asked for a token.
    fn serves(&self, head: &Head) -> bool {
        self.latest()
            .is_some_and(|known| known.fetched.elapsed() < known.life && known.keys.find(head).is_some())
    }

    /// Asks for keys where that may help; a call at a time, and not too often.
    pub(super) async fn prepare(&self, head: &Head) {
        if self.serves(head) {
            return;
        }
        let mut asked = self.asked.lock().await;
        if self.serves(head) || asked.is_some_and(|asked| asked.elapsed() < PAUSE) {
            return;
        }
        *asked = Some(Instant::now());
        match self.fetch().await {
            Ok(known) => {
                *self.known.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(known));
            }
            Err(error) => {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                tracing::warn!(from = %self.name(), %error, cause, "no keys for tokens");
            }
        }
    }

    fn name(&self) -> &str {
        match &self.source {
            Source::At(url) => url.as_str(),
            Source::Issuer(issuer) => issuer,
        }
    }

    async fn fetch(&self) -> Result<Known, FetchError> {
        let client = match self.client.get() {
            Some(client) => client,
            None => {
                let made = fetch::client()?;
                self.client.get_or_init(|| made)
            }
        };
        let before = self.latest();
        let url = match &self.source {
            Source::At(url) => url.clone(),
            Source::Issuer(issuer) => discover(client, issuer).await?,
        };
        let etag = before.as_ref().filter(|known| known.url == url).and_then(|known| known.etag.as_ref());
        let fetched = Instant::now();
        let [shortest, longest] = LIVES;
        let lasts = |life: Option<Duration>| life.unwrap_or(LIFE).clamp(shortest, longest);
        match (fetch::get(client, &url, etag).await?, &before) {
            (Fetched::Same { life }, Some(known)) => Ok(Known {
                keys: Arc::clone(&known.keys),
                url,
                etag: known.etag.clone(),
                fetched,
                life: lasts(life),
            }),
            (Fetched::Same { .. }, None) => Err(FetchError::Status(StatusCode::NOT_MODIFIED)),
            (Fetched::Document { text, etag, life }, _) => {
                let keys = KeySet::read(&text).ok_or(FetchError::Unreadable("a set of keys"))?;
                Ok(Known { keys: Arc::new(keys), url, etag, fetched, life: lasts(life) })
            }
        }
    }
}

/// Where an issuer says that its keys are. It must call itself what we call it.
async fn discover(client: &Client, issuer: &str) -> Result<Url, FetchError> {
    let unreadable = || FetchError::Unreadable("a description of an issuer");
    let own = Url::parse(issuer).map_err(|_| unreadable())?;
    let trimmed = own.path().trim_end_matches('/').to_owned();
    let at = |path: String| {
        let mut url = own.clone();
        url.set_path(&path);
        url
    };
    let first = at(format!("{trimmed}/.well-known/openid-configuration"));
    let fetched = match fetch::get(client, &first, None).await {
        Err(FetchError::Status(StatusCode::NOT_FOUND)) => {
            let second = at(format!("/.well-known/oauth-authorization-server{trimmed}"));
            fetch::get(client, &second, None).await?
        }
        fetched => fetched?,
    };
    let Fetched::Document { text, .. } = fetched else { return Err(unreadable()) };
    let found: Discovered = serde_json::from_slice(&text).map_err(|_| unreadable())?;
    if found.issuer != issuer {
        return Err(FetchError::OtherIssuer(found.issuer));
    }
    let keys = Url::parse(&found.jwks_uri).map_err(|_| unreadable())?;
    if fetch::is_safe(&keys) { Ok(keys) } else { Err(FetchError::Unsafe(keys)) }
}
