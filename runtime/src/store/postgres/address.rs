//! `postgres:` URLs: what the driver knows of them, and what is ours.
use super::tls::{Tls, Trust};
use crate::service::StartError;
use std::fmt;
use std::path::Path;
use std::time::Duration;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

/// Connections of a service that says nothing about it; one more writes the audit.
const POOL: usize = 8;

/// Most connections that a service may ask for.
const MOST: usize = 512;

/// How long a statement may take where nothing is said about it.
const STATEMENT: Duration = Duration::from_secs(30);

/// How long a server may take to greet where nothing is said about it.
const CONNECT: Duration = Duration::from_secs(5);

/// Where a database of Postgres's is, and how it is talked to.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) config: Config,
    pub(crate) tls: Tls,
    /// How many connections serve calls.
    pub(crate) pool: usize,
    /// Whether connections come from a pooler that lends each for one transaction: then nothing may be
    /// kept between transactions, prepared statements and settings included.
    pub(crate) lent: bool,
    pub(crate) statement_timeout: Duration,
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url())
    }
}

impl Address {
    /// Reads a `postgres:` or `postgresql:` URL; relative paths of certificates are within a folder.
    pub(crate) fn parse(url: &str, folder: &Path) -> Result<Self, StartError> {
        let (plain, query) = url.split_once('?').unwrap_or((url, ""));
        let mut read = Read { sslmode: "prefer".to_owned(), ..Read::default() };
        let passed: Vec<&str> =
            query.split('&').filter(|pair| !pair.is_empty() && !read.takes(pair)).collect();
        let mark = if passed.is_empty() { "" } else { "?" };
        let bad = |reason: String| StartError::BadAddress { url: without_secrets(plain), reason };
        let config = format!("{plain}{mark}{}", passed.join("&")).parse::<Config>();
        let mut config = config.map_err(|error| bad(reason(&error)))?;
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT);
        }
        if config.get_application_name().is_none() {
            config.application_name("quater");
        }
        if config.get_hosts().is_empty() {
            return Err(bad("it names no host".to_owned()));
        }
        let tls = read.tls(&config, folder).map_err(bad)?;
        config.ssl_mode(match tls {
            Tls::Never => SslMode::Disable,
            Tls::Offered(_) => SslMode::Prefer,
            Tls::Always(_) => SslMode::Require,
        });
        let pool = read.pool().map_err(bad)?;
        let (lent, statement_timeout) = (read.lent().map_err(bad)?, read.statement_timeout().map_err(bad)?);
        Ok(Self { config, tls, pool, lent, statement_timeout })
    }

    /// Its URL for messages: no user, no password.
    pub(crate) fn url(&self) -> String {
        let hosts =
            self.config.get_hosts().iter().zip(self.config.get_ports().iter().chain([&5432].repeat(8)));
        let hosts = hosts.map(|(host, port)| match host {
            Host::Tcp(name) => format!("{name}:{port}"),
            #[cfg(unix)]
            Host::Unix(path) => path.display().to_string(),
        });
        let hosts: Vec<String> = hosts.collect();
        format!("postgres://{}/{}", hosts.join(","), self.config.get_dbname().unwrap_or_default())
    }
}

/// What of a URL is ours, as it is written there.
#[derive(Default)]
struct Read {
    pool: Option<String>,
    pooler: Option<String>,
    statement_timeout: Option<String>,
    sslmode: String,
    sslrootcert: Option<String>,
}

impl Read {
    /// Whether a setting is ours.
    fn takes(&mut self, pair: &str) -> bool {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let value = decoded(value);
        match name {
            "pool" => self.pool = Some(value),
            "pooler" => self.pooler = Some(value),
            "statement_timeout" => self.statement_timeout = Some(value),
            "sslmode" => self.sslmode = value,
            "sslrootcert" => self.sslrootcert = Some(value),
            _ => return false,
        }
        true
    }

    fn pool(&self) -> Result<usize, String> {
        let Some(text) = &self.pool else { return Ok(POOL) };
        let pool = text.parse().ok().filter(|pool| (1..=MOST).contains(pool));
        pool.ok_or_else(|| format!("`pool` is a number of connections from 1 to {MOST}"))
    }

    fn lent(&self) -> Result<bool, String> {
        match self.pooler.as_deref() {
            None | Some("session") => Ok(false),
            Some("transaction") => Ok(true),
            Some(_) => Err("`pooler` is `session` or `transaction`".to_owned()),
        }
    }

    fn statement_timeout(&self) -> Result<Duration, String> {
        let Some(text) = &self.statement_timeout else { return Ok(STATEMENT) };
        let (number, unit) = text.split_at(text.find(|it: char| !it.is_ascii_digit()).unwrap_or(text.len()));
        let unit = match unit {
            "" | "ms" => Some(1),
            "s" => Some(1_000),
            "min" => Some(60_000),
            _ => None,
        };
        let milliseconds =
            number.parse::<u64>().ok().zip(unit).and_then(|(number, unit)| number.checked_mul(unit));
        let within = milliseconds.filter(|it| (1..=86_400_000).contains(it));
        let within = within.ok_or("`statement_timeout` is a time such as `500ms`, `5s` or `2min`")?;
        Ok(Duration::from_millis(within))
    }

    fn tls(&self, config: &Config, folder: &Path) -> Result<Tls, String> {
        let roots = self.sslrootcert.as_deref().filter(|it| *it != "system").map(|path| folder.join(path));
        let tcp = config.get_hosts().iter().any(|host| matches!(host, Host::Tcp(_)));
        let anyone = || -> Trust { roots.clone().map_or(Trust::Anyone, |path| Trust::Issuer(Some(path))) };
        match self.sslmode.as_str() {
            "disable" => Ok(Tls::Never),
            "prefer" if !tcp => Ok(Tls::Never),
            "require" | "verify-ca" | "verify-full" if !tcp => {
                Err(format!("`sslmode={}` needs a host name, and this is a socket", self.sslmode))
            }
            "prefer" => Ok(Tls::Offered(anyone())),
            "require" => Ok(Tls::Always(anyone())),
            "verify-ca" => Ok(Tls::Always(Trust::Issuer(roots))),
            "verify-full" => Ok(Tls::Always(Trust::Name(roots))),
            _ => Err("`sslmode` is `disable`, `prefer`, `require`, `verify-ca` or `verify-full`".to_owned()),
        }
    }
}

fn reason(error: &tokio_postgres::Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}

/// A URL without what stands before its host.
fn without_secrets(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://{rest}"),
        (_, _) => url.to_owned(),
    }
}

fn decoded(value: &str) -> String {
    crate::invoke::query::decode(value, false).map_or_else(|| value.to_owned(), Into::into)
}
